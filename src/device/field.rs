//! Header fields that hold one structured string (RFC 9651 section 3.3.3).

use super::Refusal;
use crate::head::RequestHead;

/// Returns the string in the only line of this field, `None` if there is no such line. Ignores parameters, as the draft does.
pub(crate) fn one_line(
    request: &impl RequestHead,
    name: &'static str,
    longest: usize,
) -> Result<Option<Vec<u8>>, Refusal> {
    let mut found = Ok(None);
    request.lines(name, &mut |line| {
        found = match &found {
            Ok(None) if line.len() > longest => Err(Refusal::TooLong),
            Ok(None) => string(line).map(|text| Some(text.to_vec())).ok_or(Refusal::Malformed),
            Ok(Some(_)) => Err(Refusal::Doubled),
            Err(refusal) => Err(*refusal),
        };
    });
    found
}

/// Returns the inside of a quoted string, or a bare word, which browsers have sent too. All that may come is base64url and dots, so
/// escapes are refused.
fn string(line: &[u8]) -> Option<&[u8]> {
    let line = line.trim_ascii();
    let (text, behind) = match line.strip_prefix(b"\"") {
        Some(quoted) => {
            let end = quoted.iter().position(|&byte| byte == b'"')?;
            (&quoted[..end], &quoted[end + 1..])
        }
        None => {
            let end = line.iter().position(|&byte| byte == b';').unwrap_or(line.len());
            line.split_at(end)
        }
    };
    let is_ours = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    let ends = behind.is_empty() || behind.starts_with(b";");
    (ends && !text.is_empty() && text.iter().all(is_ours)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::head::stub::Request;

    #[test]
    fn one_string_is_read_quoted_or_not() {
        let read = |line: &str| string(line.as_bytes()).map(|text| text.to_vec());
        for line in ["\"a.B_-9\"", "a.B_-9", " a.B_-9 ", "\"a.B_-9\";p=1", "a.B_-9;p=\"1\""] {
            assert_eq!(read(line).as_deref(), Some(&b"a.B_-9"[..]), "{line}");
        }
        for line in [
            "",
            "\"",
            "\"\"",
            "\"a",
            "a\"",
            "\"a\"b",
            "\"a\", \"b\"",
            "a, b",
            "a b",
            "\"a\\\"b\"",
            "\u{e9}",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }

    #[test]
    fn a_line_that_is_doubled_or_too_long_is_refused() {
        let asked = |lines: &[&str]| {
            let request = Request::new("POST", "/");
            let request = lines.iter().fold(request, |request, line| request.with("x", line));
            one_line(&request, "x", 4)
        };
        assert_eq!(asked(&[]), Ok(None));
        assert_eq!(asked(&["abcd"]), Ok(Some(b"abcd".to_vec())));
        assert_eq!(asked(&["abcde"]), Err(Refusal::TooLong));
        assert_eq!(asked(&["a", "a"]), Err(Refusal::Doubled));
        assert_eq!(asked(&["a b", "a"]), Err(Refusal::Malformed), "the first fault counts");
    }
}
