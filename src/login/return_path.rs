//! Where a visitor may go after the log-in: paths of this site, from a list. Refuses anything that a browser could take for
//! another site.

use crate::error::{Problem, SetupError};

/// The longest path with its query, in bytes.
const LONGEST: usize = 1024;

/// The allowed paths of a [`LoginFlows`](super::LoginFlows), checked when it is built.
#[derive(Clone, Debug)]
pub(super) struct ReturnPaths(Vec<Rule>);

#[derive(Clone, Debug)]
enum Rule {
    /// This path.
    Exactly(String),
    /// Every path that starts with this, which ends in `/`.
    Below(String),
}

impl ReturnPaths {
    /// Parses entries: `/cart` is that path; `/account/*` is everything below `/account/`.
    pub(super) fn new(entries: &[String]) -> Result<Self, SetupError> {
        let rule = |entry: &String| {
            let path = entry.strip_suffix('*').unwrap_or(entry);
            let is_below = path.len() < entry.len();
            if !is_path(path) || path.contains('*') || (is_below && !path.ends_with('/')) {
                return Err(Problem::ReturnPath { path: entry.clone() }.into());
            }
            let rule = if is_below { Rule::Below } else { Rule::Exactly };
            Ok(rule(path.to_owned()))
        };
        entries.iter().map(rule).collect::<Result<_, _>>().map(Self)
    }

    /// Whether `target`, a path with or without a query, is on the list.
    pub(super) fn allow(&self, target: &str) -> bool {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, query),
            None => (target, ""),
        };
        target.len() <= LONGEST
            && is_path(path)
            && is_query(query)
            && self.0.iter().any(|rule| match rule {
                Rule::Exactly(allowed) => path == allowed,
                Rule::Below(start) => path.starts_with(start.as_str()),
            })
    }
}

/// Whether this is an absolute path (RFC 3986 section 3.3) that every browser, proxy and router reads alike: no empty segment, so
/// no `//host`; no backslash, which browsers take for a slash; no segment that starts with a dot; and no slash, backslash, dot,
/// percent sign or control character in percent-encoding.
fn is_path(path: &str) -> bool {
    let Some(rest) = path.strip_prefix('/') else { return false };
    let is_segment = |segment: &str| !segment.is_empty() && !segment.starts_with('.');
    let named = rest.strip_suffix('/').unwrap_or(rest);
    let disguised = |byte: u8| byte.is_ascii_control() || b"/\\.%".contains(&byte);
    (rest.is_empty() || named.split('/').all(is_segment)) && is_spelt(path, b"/:@", disguised)
}

/// Whether this is a query (RFC 3986 section 3.4).
fn is_query(query: &str) -> bool {
    is_spelt(query, b"/?:@", |_| false)
}

/// Whether the text consists of unreserved characters, sub-delims, those in `more`, and percent-encoded bytes that are not
/// `disguised`.
fn is_spelt(text: &str, more: &[u8], disguised: impl Fn(u8) -> bool) -> bool {
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        let plain = first.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(first);
        if plain || more.contains(first) {
            continue;
        }
        let (b'%', [high, low, after @ ..]) = (first, after) else { return false };
        let (Some(high), Some(low)) = (nibble(*high), nibble(*low)) else { return false };
        if disguised(high << 4 | low) {
            return false;
        }
        rest = after;
    }
    true
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(entries: &[&str]) -> Result<ReturnPaths, SetupError> {
        ReturnPaths::new(&entries.iter().map(|&entry| entry.to_owned()).collect::<Vec<_>>())
    }

    #[test]
    fn what_is_on_the_list_is_allowed() {
        let some = paths(&["/", "/cart", "/account/*", "/@me"]).unwrap();
        for target in [
            "/",
            "/?",
            "/?page=2&q=a+b",
            "/cart",
            "/cart?next=https://evil.example//%2f%2F..%5c",
            "/account/",
            "/account/orders",
            "/account/orders/",
            "/account/orders/7?a=%C3%A9&b=%20",
            "/account/caf%C3%A9",
            "/account/%41%7E",
            "/account/a:b@c;d=1,2!$&'()*+~-_.",
            "/account/a..b/c.html",
            "/@me",
        ] {
            assert!(some.allow(target), "{target:?}");
        }
        // The longest.
        let query = "x".repeat(LONGEST - "/cart?".len());
        assert!(some.allow(&format!("/cart?{query}")));
        assert!(!some.allow(&format!("/cart?{query}x")));
    }

    #[test]
    fn what_is_not_on_the_list_is_refused() {
        let some = paths(&["/", "/cart", "/account/*"]).unwrap();
        for target in [
            "/other",
            "/carts",
            "/cart/",
            "/cart/1",
            "/Cart",
            "/account",
            "/accounts/1",
            "/ACCOUNT/1",
            "/cart;x",
            "/%63art",
            "/account%2f1",
        ] {
            assert!(!some.allow(target), "{target:?}");
        }
        assert!(!paths(&[]).unwrap().allow("/"));
    }

    #[test]
    fn what_could_lead_to_another_site_is_refused_even_where_every_path_is_allowed() {
        let all = paths(&["/*"]).unwrap();
        assert!(all.allow("/") && all.allow("/a/b?c"));
        for target in [
            // another site, spelt out
            "",
            "evil.example",
            "https://evil.example",
            "HTTPS://evil.example/",
            "https:/evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            "data:text/html,x",
            "mailto:a@evil.example",
            "@evil.example",
            ".evil.example",
            ":80/",
            "?a",
            "#a",
            "*",
            // no scheme, another host
            "//evil.example",
            "///evil.example",
            "////evil.example",
            "//evil.example/cart",
            "//shop.example@evil.example",
            "/a//evil.example",
            "/a//",
            "//",
            // browsers take a backslash for a slash
            "\\\\evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "/\\/evil.example",
            "/a\\..\\b",
            // browsers drop tabs and line ends inside an address, and white space and controls around it
            "/\t/evil.example",
            "/\n/evil.example",
            "/\r/evil.example",
            "\t//evil.example",
            " //evil.example",
            "\u{0}//evil.example",
            "/\u{7f}/evil.example",
            "/a b",
            "/a\r\nSet-Cookie: a=b",
            // dots that climb
            "/..",
            "/.",
            "/../evil",
            "/./",
            "/a/../../evil.example",
            "/a/..;/b",
            "/.;/b",
            "/..//evil.example",
            // the same in disguise
            "/%2f/evil.example",
            "/%2Fevil.example",
            "/%2f%2fevil.example",
            "/%5cevil.example",
            "/%5Cevil.example",
            "/%2e%2e/evil.example",
            "/%2E/evil.example",
            "/.%2e/evil.example",
            "/%252f/evil.example",
            "/%25%32%66evil.example",
            "/%09/evil.example",
            "/%0d%0aSet-Cookie:a=b",
            "/%00/evil.example",
            "/%7f",
            // no percent-encoding at all
            "/%",
            "/%2",
            "/%zz",
            "/a?%",
            "/a?%0",
            "/a?%g0",
            // signs that no address holds
            "/a#//evil.example",
            "/a?b#c",
            "/a?b c",
            "/a?b\\c",
            "/a?\r\nx",
            "/<script>",
            "/\"",
            "/{a}",
            "/a|b",
            "/a^b",
            "/`",
            "/[::1]",
            // letters that some normalise to a slash or a dot
            "/\u{2044}evil.example",
            "/\u{ff0f}evil.example",
            "/\u{2024}\u{2024}/",
            "/\u{3002}",
            "/caf\u{e9}",
        ] {
            assert!(!all.allow(target), "{target:?}");
        }
    }

    #[test]
    fn an_entry_is_a_path_or_what_lies_below_one() {
        for entry in ["/", "/*", "/cart", "/cart/", "/account/*", "/caf%C3%A9"] {
            assert!(paths(&[entry]).is_ok(), "{entry:?}");
        }
        for entry in [
            "",
            "*",
            "cart",
            "/cart*",
            "/a/**",
            "/*/b",
            "//",
            "//*",
            "/a//*",
            "/..",
            "/../*",
            "/a?b",
            "/a#b",
            "/a b",
            "https://shop.example/",
            "/caf\u{e9}",
            "/%2f",
            "\\",
        ] {
            let path = entry.to_owned();
            assert_eq!(
                paths(&[entry]).err(),
                Some(Problem::ReturnPath { path }.into()),
                "{entry:?}"
            );
        }
    }
}
