//! Reads `Cookie` lines as bytes (RFC 6265bis section 5.7.3), so that one odd cookie cannot hide another.

/// Iterates over the values of all cookies called `name` in one `Cookie` line, in order. Quotes and escapes are kept as they are.
pub(crate) fn values<'l>(line: &'l [u8], name: &str) -> impl Iterator<Item = &'l [u8]> {
    pairs(line).filter_map(move |(found, value)| (found == name.as_bytes()).then_some(value))
}

/// Iterates over all cookies whose names start with `prefix`, in order: the rest of the name, and the value.
pub(crate) fn values_by_prefix<'l>(
    line: &'l [u8],
    prefix: &str,
) -> impl Iterator<Item = (&'l [u8], &'l [u8])> {
    pairs(line)
        .filter_map(move |(found, value)| Some((found.strip_prefix(prefix.as_bytes())?, value)))
}

/// Iterates over all cookies in one line, in order: name and value.
pub(crate) fn pairs(line: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    parts(line).filter_map(split_once).map(|(name, value)| (trim(name), trim(value)))
}

fn parts(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(line);
    std::iter::from_fn(move || {
        let line = rest?;
        let end = position_of_semicolon(line);
        rest = end.map(|end| &line[end + 1..]);
        Some(&line[..end.unwrap_or(line.len())])
    })
}

/// Splits a pair at its `=`. A pair without one is a value without a name, and never ours.
fn split_once(pair: &[u8]) -> Option<(&[u8], &[u8])> {
    let equals = pair.iter().position(|&byte| byte == b'=')?;
    Some((&pair[..equals], &pair[equals + 1..]))
}

/// Scans in strides that the compiler turns into vector comparisons: a session may be 4 KB without a semicolon.
fn position_of_semicolon(bytes: &[u8]) -> Option<usize> {
    let has_none =
        |stride: &&[u8; 32]| stride.iter().fold(0, |n, &byte| n | u8::from(byte == b';')) == 0;
    let skipped = bytes.as_chunks::<32>().0.iter().take_while(has_none).count() * 32;
    bytes[skipped..].iter().position(|&byte| byte == b';').map(|place| skipped + place)
}

/// Trims space and tab only. Servers disagree about other white space, and attackers use that.
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_cookies_are_found_among_others() {
        let table: &[(&[u8], &[&[u8]])] = &[
            (b"", &[]),
            (b"s=1", &[b"1"]),
            (b"s=", &[b""]),
            (b"s", &[]),
            (b"=1", &[]),
            (b"S=1; ss=2; s =3", &[b"3"]),
            (b"a=1; s=2; b=3; s=4", &[b"2", b"4"]),
            (b"a=1;s=2;;\t s\t=\t4 ;", &[b"2", b"4"]),
            (b"s=a=b", &[b"a=b"]),
            (b"s=\"q\"", &[b"\"q\""]),
            (b"$Version=1; s=2; $Path=/", &[b"2"]),
            (b"a=\xFF\x00\n; s=2", &[b"2"]),
            (b"s=\x0B2", &[b"\x0B2"]),
            (b"a=\"; s=2; \"", &[b"2"]),
            (b"a=0123456789012345678901234567890123456789; s=2", &[b"2"]),
            (
                b"s=0123456789012345678901234567;s=\x01;s=3",
                &[b"0123456789012345678901234567", b"\x01", b"3"],
            ),
            (b";;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;;s=1;s=2", &[b"1", b"2"]),
            (b"s=01234567890123456789012345678;s=2", &[b"01234567890123456789012345678", b"2"]),
        ];
        for (line, expected) in table {
            let found: Vec<_> = values(line, "s").collect();
            assert_eq!(&found, expected, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn cookies_are_found_by_the_start_of_their_names() {
        let line = b"login-a=1; login=2;login-=3; LOGIN-b=4; xlogin-c=5;\tlogin-d = 6 ; login-e; login-a=7";
        let found: Vec<_> = values_by_prefix(line, "login-").collect();
        let expected: [(&[u8], &[u8]); 4] = [(b"a", b"1"), (b"", b"3"), (b"d", b"6"), (b"a", b"7")];
        assert_eq!(found, expected);
    }
}
