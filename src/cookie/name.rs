//! Cookie names, and the prefixes whose rules browsers enforce (RFC 6265bis section 4.1.3).

use super::Attributes;
use crate::error::{Problem, SetupError};

/// A prefix and what it requires besides Secure. Longest first, since `__Host-Http-` also starts with `__Host-`.
struct Prefix {
    text: &'static str,
    http_only: bool,
    host_only: bool,
}

const PREFIXES: [Prefix; 4] = [
    Prefix { text: "__host-http-", http_only: true, host_only: true },
    Prefix { text: "__secure-", http_only: false, host_only: false },
    Prefix { text: "__http-", http_only: true, host_only: false },
    Prefix { text: "__host-", http_only: false, host_only: true },
];

/// Whether `name` is a token (RFC 9110 section 5.6.2) of at most 256 characters.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=256).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Fails if a browser would drop the cookie because it breaks the rules of its name.
pub(crate) fn check_name(name: &str, attributes: &Attributes) -> Result<(), SetupError> {
    let named = || name.to_owned();
    if !is_name(name) {
        return Err(Problem::CookieName { name: named() }.into());
    }
    // Browsers ignore case here, so that `__HOST-` cannot slip past a server that ignores it too.
    let lower = name.to_ascii_lowercase();
    let Some(prefix) = PREFIXES.iter().find(|prefix| lower.starts_with(prefix.text)) else {
        return Ok(());
    };
    if !attributes.secure {
        return Err(Problem::PrefixNeedsSecure { name: named() }.into());
    }
    if prefix.http_only && !attributes.http_only {
        return Err(Problem::PrefixNeedsHttpOnly { name: named() }.into());
    }
    if prefix.host_only && attributes.scope.domain.is_some() {
        return Err(Problem::PrefixForbidsDomain { name: named() }.into());
    }
    if prefix.host_only && attributes.scope.path != "/" {
        return Err(Problem::PrefixNeedsRootPath { name: named() }.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tokens() {
        for name in ["a", "__Host-session", "a.b!c#d$e%f&g'h*i+j^k`l|m~n", &"n".repeat(256)] {
            assert!(is_name(name), "{name:?}");
        }
        for name in ["", "a b", "a=b", "a;b", "a/b", "a\"", "caf\u{e9}", "a\t", &"n".repeat(257)] {
            assert!(!is_name(name), "{name:?}");
        }
    }

    #[test]
    fn each_prefix_has_its_rules_whatever_its_case() {
        let rule = |name: &str, change: fn(&mut Attributes)| {
            let mut attributes = Attributes::default();
            change(&mut attributes);
            check_name(name, &attributes).err().map(|error| error.problem().clone())
        };
        let plain = |a: &mut Attributes| a.secure = false;
        let scripted = |a: &mut Attributes| a.http_only = false;
        let domain = |a: &mut Attributes| a.scope.domain = Some("example.com".to_owned());
        let path = |a: &mut Attributes| a.scope.path = "/shop".to_owned();
        // What a prefix requires: Secure, HttpOnly, no Domain, Path=/.
        let table = [
            ("session", [false, false, false, false]),
            ("__Secure-s", [true, false, false, false]),
            ("__Http-s", [true, true, false, false]),
            ("__Host-s", [true, false, true, true]),
            ("__Host-Http-s", [true, true, true, true]),
        ];
        for (name, demands) in table {
            for name in [name.to_owned(), name.to_uppercase(), name.to_lowercase()] {
                let named = || name.clone();
                let [secure, http_only, host, root] = demands;
                let expected = [
                    secure.then(|| Problem::PrefixNeedsSecure { name: named() }),
                    http_only.then(|| Problem::PrefixNeedsHttpOnly { name: named() }),
                    host.then(|| Problem::PrefixForbidsDomain { name: named() }),
                    root.then(|| Problem::PrefixNeedsRootPath { name: named() }),
                ];
                let found = [
                    rule(&name, plain),
                    rule(&name, scripted),
                    rule(&name, domain),
                    rule(&name, path),
                ];
                assert_eq!(found, expected, "{name}");
                assert_eq!(rule(&name, |_| ()), None, "{name}");
            }
        }
    }
}
