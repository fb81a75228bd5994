//! Cookie names, and the prefixes that browsers enforce rules for (RFC 6265bis section 4.1.3).

use super::Attributes;
use crate::error::ConfigError;

/// A prefix and what it demands besides Secure. Longest first: `__Host-Http-` is not `__Host-`.
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

/// A token of RFC 9110 section 5.6.2, of at most 256 characters.
pub(crate) fn is_name(name: &str) -> bool {
    (1..=256).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Fails where a browser would drop the cookie for breaking the rules of its name.
pub(crate) fn check_name(name: &str, attributes: &Attributes) -> Result<(), ConfigError> {
    if !is_name(name) {
        return Err(ConfigError::CookieName);
    }
    // Browsers compare without case, so that `__HOST-` cannot slip past a server that does.
    let lower = name.to_ascii_lowercase();
    let Some(prefix) = PREFIXES.iter().find(|prefix| lower.starts_with(prefix.text)) else {
        return Ok(());
    };
    if !attributes.secure {
        return Err(ConfigError::PrefixNeedsSecure);
    }
    if prefix.http_only && !attributes.http_only {
        return Err(ConfigError::PrefixNeedsHttpOnly);
    }
    if prefix.host_only && attributes.scope.domain.is_some() {
        return Err(ConfigError::PrefixForbidsDomain);
    }
    if prefix.host_only && attributes.scope.path != "/" {
        return Err(ConfigError::PrefixNeedsRootPath);
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
            check_name(name, &attributes).err()
        };
        let plain = |a: &mut Attributes| a.secure = false;
        let scripted = |a: &mut Attributes| a.http_only = false;
        let domain = |a: &mut Attributes| a.scope.domain = Some("example.com".to_owned());
        let path = |a: &mut Attributes| a.scope.path = "/shop".to_owned();
        let (secure, http_only) =
            (ConfigError::PrefixNeedsSecure, ConfigError::PrefixNeedsHttpOnly);
        let (host, root) = (ConfigError::PrefixForbidsDomain, ConfigError::PrefixNeedsRootPath);
        let table = [
            ("session", [None, None, None, None]),
            ("__Secure-s", [Some(secure), None, None, None]),
            ("__Http-s", [Some(secure), Some(http_only), None, None]),
            ("__Host-s", [Some(secure), None, Some(host), Some(root)]),
            ("__Host-Http-s", [Some(secure), Some(http_only), Some(host), Some(root)]),
        ];
        for (name, expected) in table {
            for name in [name.to_owned(), name.to_uppercase(), name.to_lowercase()] {
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
