//! Origins and hosts, parsed from a header's bytes so that they can be compared. Contains no policy.
//!
//! The rules come from RFC 6454 section 6.2 for `Origin`, RFC 9110 section 7.2 for `Host`, and RFC 3986 section 3.2 for both.

use std::net::Ipv6Addr;

/// `scheme://host[:port]`. Leaving out the port means the scheme's default port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// In lower case.
    scheme: String,
    host: Host,
    port: Option<u16>,
}

/// `host[:port]`, as in `Host` and `:authority`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Authority {
    host: Host,
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Host {
    /// In lower case. A trailing dot makes a different host, as it does for browsers.
    Name(String),
    V6(Ipv6Addr),
}

impl Origin {
    /// Parses an origin; `None` for anything else: a path, a user, a wildcard, `null`.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (scheme, rest) = std::str::from_utf8(bytes).ok()?.split_once("://")?;
        let in_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        if !scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            || !scheme.bytes().all(in_scheme)
        {
            return None;
        }
        let scheme = scheme.to_ascii_lowercase();
        let Authority { host, port } = Authority::parse(rest.as_bytes())?;
        let port = port.or(default_port(&scheme));
        Some(Self { scheme, host, port })
    }

    /// Whether a request to this authority may belong to this origin. We do not know the request's own scheme, least of all
    /// behind a proxy, so a missing port counts as the origin's default. A scheme private to an app belongs to no site.
    pub(crate) fn may_be(&self, authority: &Authority) -> bool {
        let Some(default) = default_port(&self.scheme) else { return false };
        self.host == authority.host && self.port == authority.port.or(Some(default))
    }
}

impl Authority {
    /// Parses an authority; `None` for anything else: an empty host or port, a user, percent-encoding, anything that is not
    /// ASCII.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (address, port) = rest.split_once(']')?;
                (Host::V6(address.parse().ok()?), port)
            }
            None => {
                let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
                let in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
                if name.is_empty() || !name.bytes().all(in_name) {
                    return None;
                }
                (Host::Name(name.to_ascii_lowercase()), port)
            }
        };
        let port = match port.strip_prefix(':') {
            // `parse` alone would accept a sign.
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                Some(digits.parse().ok()?)
            }
            Some(_) => return None,
            None if port.is_empty() => None,
            None => return None,
        };
        Some(Self { host, port })
    }
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_origin_is_none() {
        for text in [
            "",
            "null",
            "shop.example",
            "://shop.example",
            "https:shop.example",
            "https:/shop.example",
            "https://",
            "https://shop.example/",
            "https://shop.example/path",
            "https://shop.example?q",
            "https://shop.example#f",
            "https://user@shop.example",
            "https://user:1@shop.example",
            "https://*.example",
            "https://*",
            "*",
            "https://shop.example:",
            "https://shop.example:https",
            "https://shop.example:65536",
            "https://shop.example:+443",
            "https://shop.example:-1",
            "https://shop.example:443:443",
            "https://:443",
            "https://shop.example ",
            " https://shop.example",
            "https://shop.example,https://shop.example",
            "https://shop.example https://blog.example",
            "https://b\u{fc}cher.example",
            "https://b%C3%BCcher.example",
            "https://[::1",
            "https://::1",
            "https://[::1]443",
            "https://[fe80::1%25eth0]",
            "https://[127.0.0.1]",
            "https://[]",
            "https://shop.example\0",
            "1https://shop.example",
            "ht tp://shop.example",
            "file://",
            "data:text/html,x",
            "https://https://shop.example",
        ] {
            assert_eq!(Origin::parse(text.as_bytes()), None, "{text:?}");
        }
        assert_eq!(Origin::parse(b"https://\xFF"), None);
    }

    #[test]
    fn origins_are_the_same_in_every_spelling_that_means_the_same() {
        let same = |a: &str, b: &str| {
            let parse =
                |text: &str| Origin::parse(text.as_bytes()).unwrap_or_else(|| panic!("{text}"));
            parse(a) == parse(b)
        };
        for (a, b, expected) in [
            ("https://shop.example", "https://shop.example", true),
            ("https://shop.example", "HTTPS://Shop.EXAMPLE", true),
            ("https://shop.example", "https://shop.example:443", true),
            ("http://shop.example", "http://shop.example:80", true),
            ("http://shop.example:8080", "http://shop.example:08080", true),
            ("https://[::1]", "https://[0:0:0:0:0:0:0:1]:443", true),
            ("https://[2001:DB8::1]", "https://[2001:db8::1]", true),
            ("capacitor://localhost", "capacitor://localhost", true),
            ("https://shop.example", "http://shop.example", false),
            ("https://shop.example", "https://shop.example:80", false),
            ("https://shop.example", "https://shop.example.", false),
            ("https://shop.example", "https://www.shop.example", false),
            ("https://shop.example", "https://shop.example.evil.example", false),
            ("https://127.0.0.1", "https://[::ffff:127.0.0.1]", false),
            ("capacitor://localhost", "capacitor://localhost:80", false),
        ] {
            assert_eq!(same(a, b), expected, "{a} {b}");
            assert_eq!(same(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn an_origin_is_compared_with_a_host() {
        let may_be = |origin: &str, host: &str| {
            let origin = Origin::parse(origin.as_bytes()).unwrap();
            origin.may_be(&Authority::parse(host.as_bytes()).unwrap_or_else(|| panic!("{host}")))
        };
        for (origin, host, expected) in [
            ("https://shop.example", "shop.example", true),
            ("https://shop.example", "SHOP.example", true),
            ("https://shop.example", "shop.example:443", true),
            // Which scheme the request came by is not known.
            ("http://shop.example", "shop.example", true),
            ("http://shop.example", "shop.example:80", true),
            ("http://shop.example", "shop.example:443", false),
            // An app's own scheme: to be trusted by name.
            ("app://shop.example", "shop.example", false),
            ("app://shop.example:443", "shop.example:443", false),
            ("https://shop.example", "shop.example:80", false),
            ("https://shop.example:8443", "shop.example:8443", true),
            ("https://shop.example:8443", "shop.example", false),
            ("https://shop.example", "shop.example:8443", false),
            ("http://[::1]:3000", "[::1]:3000", true),
            ("http://[::1]:3000", "[0:0::1]:3000", true),
            ("http://[::1]:3000", "127.0.0.1:3000", false),
            ("https://shop.example.", "shop.example.", true),
            ("https://shop.example.", "shop.example", false),
            ("https://shop.example", "shop.example.", false),
            ("https://evil.example", "shop.example", false),
            ("https://shop.example.evil.example", "shop.example", false),
            ("https://evilshop.example", "shop.example", false),
            ("tauri://localhost", "localhost", false),
        ] {
            assert_eq!(may_be(origin, host), expected, "{origin} {host}");
        }
        for host in [
            "",
            ":443",
            "shop.example:",
            "user@shop.example",
            "shop.example,blog.example",
            "shop example",
        ] {
            assert_eq!(Authority::parse(host.as_bytes()), None, "{host:?}");
        }
    }
}
