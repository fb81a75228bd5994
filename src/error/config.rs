//! Settings.

use std::fmt;

/// Why a [`Sealer`](crate::Sealer) or [`SessionCookie`](crate::SessionCookie) cannot be built, and what to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigError {
    /// An application's or use's name is not 1 to 64 of `A-Z a-z 0-9 . _ -`.
    Name,
    /// The cookie's name is empty, too long, or not a token of RFC 6265bis.
    CookieName,
    /// A cookie's value holds what a cookie cannot: white space, a control character, `;`, `,`, `"` or a backslash.
    CookieValue,
    /// `__Secure-`, `__Host-`, `__Http-` and `__Host-Http-` need Secure.
    PrefixNeedsSecure,
    /// `__Http-` and `__Host-Http-` need HttpOnly.
    PrefixNeedsHttpOnly,
    /// `__Host-` and `__Host-Http-` allow no Domain.
    PrefixForbidsDomain,
    /// `__Host-` and `__Host-Http-` need Path=/.
    PrefixNeedsRootPath,
    /// SameSite=None needs Secure.
    SameSiteNoneNeedsSecure,
    /// Partitioned needs Secure.
    PartitionedNeedsSecure,
    /// A path that does not start with `/`, ends in a space, holds `;` or a control character, or is longer than 1024 octets.
    Path,
    /// A domain that is not letters, digits, `-` and `.`, or is longer than 1024 octets.
    Domain,
    /// A former scope that is the present one.
    FormerScope,
    /// The idle timeout is longer than the absolute one.
    IdleAboveAbsolute,
    /// A timeout under a second, or one of 2^39 seconds and more.
    Lifetime,
    /// A leeway above a day.
    Leeway,
    /// A schema number above 2^24 − 1.
    Schema,
    /// Two readers for one schema number, or one for the number that is written.
    DuplicateMigration,
    /// A padding block outside 1 to 1024 octets.
    PadBlock,
    /// A token limit that not even an empty token fits, padded as it is configured.
    TokenLimit,
    /// A new key's activation under a second, or under twice the interval at which nodes read the ring.
    Activation,
    /// A key's lifetime shorter than its activation.
    KeyLifetime,
    /// A trusted origin that is not `scheme://host[:port]`.
    Origin,
    /// A denylist of no entry, or of more than 2^24.
    Capacity,
    /// A denylist that is out of touch in under a second.
    OutOfTouch,
    /// A path to return to after a log-in that is no path of this site, or `*` elsewhere than behind the last `/`.
    ReturnPath,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "application and use are named by 1 to 64 of A-Z a-z 0-9 . _ -",
            Self::CookieName => "cookie name is not a token of RFC 6265bis of 1 to 256 characters",
            Self::CookieValue => "cookie value holds a character that no cookie carries",
            Self::PrefixNeedsSecure => {
                "the name's prefix needs Secure: rename the cookie to drop Secure"
            }
            Self::PrefixNeedsHttpOnly => {
                "the name's prefix needs HttpOnly: rename the cookie to drop HttpOnly"
            }
            Self::PrefixForbidsDomain => {
                "the name's prefix allows no Domain: rename the cookie to set one"
            }
            Self::PrefixNeedsRootPath => {
                "the name's prefix needs Path=/: rename the cookie to set another"
            }
            Self::SameSiteNoneNeedsSecure => "SameSite=None needs Secure",
            Self::PartitionedNeedsSecure => "Partitioned needs Secure",
            Self::Path => {
                "path starts with / and holds no ; and no control character, 1024 octets at most"
            }
            Self::Domain => "domain is letters, digits, - and ., 1024 octets at most",
            Self::FormerScope => "a former scope is the present one: leave it out",
            Self::IdleAboveAbsolute => {
                "idle timeout is longer than the absolute one: shorten it or lengthen the other"
            }
            Self::Lifetime => "a timeout is at least one second and under 2^39",
            Self::Leeway => "a leeway is at most a day",
            Self::Schema => "a schema number is at most 16777215",
            Self::DuplicateMigration => "two readers for one schema number",
            Self::PadBlock => "a padding block is 1 to 1024 octets",
            Self::TokenLimit => "a token limit holds at least an empty token, padded as configured",
            Self::Activation => "activation is at least a second and twice the reload interval",
            Self::ReturnPath => {
                "a path to return to is one of this site, or ends in /* for all below"
            }
            Self::KeyLifetime => "a key's lifetime is at least its activation",
            Self::Origin => "a trusted origin is scheme://host or scheme://host:port, nothing else",
            Self::Capacity => "a denylist holds 1 to 16777216 entries",
            Self::OutOfTouch => "a denylist is out of touch after a second at the earliest",
        })
    }
}

impl std::error::Error for ConfigError {}
