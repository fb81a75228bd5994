//! Errors in settings.

use std::error::Error;
use std::fmt;

use super::{KeyError, Misfit};
use crate::time::ParseTimestampError;

/// Why an application, or a cookie or other part of it, cannot be built, and what to change.
///
/// `Debug` prints the same sentence as `Display`, so a `main` that returns this error tells you what to do.
/// [`KeyError`](crate::keys::KeyError) and the errors of ring files convert into it.
#[derive(Clone, PartialEq, Eq)]
pub struct SetupError(Problem);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The name of an application or of a use.
    Label {
        what: &'static str,
        name: String,
    },
    CookieName {
        name: String,
    },
    /// A value with characters that a cookie cannot hold.
    #[cfg(feature = "cookie")]
    CookieValue,
    PrefixNeedsSecure {
        name: String,
    },
    PrefixNeedsHttpOnly {
        name: String,
    },
    PrefixForbidsDomain {
        name: String,
    },
    PrefixNeedsRootPath {
        name: String,
    },
    SameSiteNoneNeedsSecure,
    PartitionedNeedsSecure,
    Path,
    Domain,
    FormerScope,
    /// The same type and name are built twice.
    BuiltTwice {
        app: String,
        name: String,
        session: &'static str,
    },
    PrefixTaken {
        app: String,
        prefix: String,
    },
    /// Two types are built under one name.
    NameTaken {
        app: String,
        name: String,
        first: &'static str,
        second: &'static str,
    },
    /// A cookie name that ceremonies or log-in flows would take for one of theirs.
    UnderPrefix {
        name: String,
        prefix: String,
    },
    /// An old cookie's name that another cookie uses.
    PredecessorName {
        name: String,
    },
    PredecessorDates {
        name: String,
    },
    PredecessorClass {
        name: String,
    },
    PredecessorKept {
        name: String,
    },
    /// A key that the other system would have refused as well.
    #[cfg(feature = "migrate")]
    OldKey {
        found: usize,
        expected: &'static str,
    },
    Date(ParseTimestampError),
    #[cfg(feature = "device-binding")]
    Device(super::DeviceProblem),
    IdleAboveAbsolute,
    Timeout,
    Leeway,
    /// The target has no clock, and you gave none.
    NoClock,
    Schema,
    /// Two readers for one shape number.
    SameShape {
        session: &'static str,
        first: &'static str,
        second: &'static str,
        number: u32,
    },
    /// postcard cannot encode the type.
    NotPostcard {
        session: &'static str,
        reason: String,
    },
    Untraceable {
        session: &'static str,
        reason: String,
    },
    WrittenOtherwise {
        session: &'static str,
        misfit: Misfit,
    },
    /// An idle timeout longer than browsers keep cookies.
    IdleAboveBrowsers,
    PadBlock,
    /// A budget in which not even an empty session fits.
    HeaderBudgetTooSmall {
        bytes: usize,
        least: usize,
    },
    /// A budget that the cookie never reaches.
    HeaderBudgetUnused {
        bytes: usize,
        most: usize,
    },
    TokenLimit,
    #[cfg(feature = "ring-file")]
    Activation {
        least: u64,
    },
    #[cfg(feature = "ring-file")]
    KeyLifetime,
    Origin {
        origin: String,
    },
    Capacity,
    StaleAfter,
    ReturnPath {
        path: String,
    },
    NoIssuer,
    Issuer {
        issuer: String,
    },
    IssuerTwice {
        issuer: String,
    },
    /// An error in the keys.
    Key(KeyError),
    #[cfg(feature = "ring-file")]
    RingFile(super::RingFileError),
}

impl SetupError {
    #[cfg(test)]
    pub(crate) fn problem(&self) -> &Problem {
        &self.0
    }
}

impl From<Problem> for SetupError {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl From<KeyError> for SetupError {
    fn from(error: KeyError) -> Self {
        Self(Problem::Key(error))
    }
}

impl From<ParseTimestampError> for SetupError {
    fn from(error: ParseTimestampError) -> Self {
        Self(Problem::Date(error))
    }
}

#[cfg(feature = "ring-file")]
impl From<super::RingFileError> for SetupError {
    fn from(error: super::RingFileError) -> Self {
        Self(Problem::RingFile(error))
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Problem::Label { what, name } => {
                return write!(f, "{what} name {name:?}: use 1 to 64 of A-Z a-z 0-9 . _ -");
            }
            Problem::CookieName { name } => {
                return write!(
                    f,
                    "cookie name {name:?}: use 1 to 256 letters, digits and !#$%&'*+-.^_`|~"
                );
            }
            #[cfg(feature = "cookie")]
            Problem::CookieValue => {
                "cookie value: printable ASCII only, without white space, quote, comma, semicolon or backslash"
            }
            Problem::PrefixNeedsSecure { name } => {
                return write!(
                    f,
                    "cookie {name:?}: browsers require Secure with this prefix: give it a name without the prefix, or keep Secure"
                );
            }
            Problem::PrefixNeedsHttpOnly { name } => {
                return write!(
                    f,
                    "cookie {name:?}: browsers require HttpOnly with this prefix: give it a name without the prefix, or keep HttpOnly"
                );
            }
            Problem::PrefixForbidsDomain { name } => {
                return write!(
                    f,
                    "cookie {name:?}: browsers refuse Domain with this prefix: call .name(…) with a name that starts with __Secure-, or drop .domain(…)"
                );
            }
            Problem::PrefixNeedsRootPath { name } => {
                return write!(
                    f,
                    "cookie {name:?}: browsers require Path=/ with this prefix: call .name(…) with a name that starts with __Secure-, or drop .path(…)"
                );
            }
            Problem::SameSiteNoneNeedsSecure => "browsers require Secure with SameSite=None: keep Secure, or choose another SameSite",
            Problem::PartitionedNeedsSecure => "browsers require Secure with Partitioned: keep Secure, or drop .partitioned()",
            Problem::Path => {
                "path: start with /, use no semicolon or control character, at most 1024 bytes"
            }
            Problem::Domain => "domain: use letters, digits, - and ., at most 1024 bytes",
            Problem::FormerScope => "a former scope is the same as the current one: leave it out",
            Problem::BuiltTwice { app, name, session } => {
                return write!(
                    f,
                    "cookie {name:?} of application {app:?} was built already, for {session}: build it once, outside any closure that runs for each worker, and clone it; or call .name(…) for another cookie"
                );
            }
            Problem::PrefixTaken { app, prefix } => {
                return write!(
                    f,
                    "ceremonies or log-in flows of application {app:?} with cookies {prefix:?} were built already: build them once and clone them; or give the others another name, or a .cookie_prefix(…)"
                );
            }
            Problem::NameTaken { app, name, first, second } => {
                return write!(
                    f,
                    "cookie {name:?} of application {app:?} was built already for {first}: give the one for {second} another name with .name(\"{name}~…\")"
                );
            }
            Problem::UnderPrefix { name, prefix } => {
                return write!(
                    f,
                    "cookie {name:?} starts with {prefix:?}, so the ceremonies or log-in flows of that prefix would take it for an old one of theirs and remove it: rename one of them"
                );
            }
            Problem::PredecessorName { name } => {
                return write!(
                    f,
                    "predecessor {name:?}: a session cookie or another predecessor already has this name: rename the new cookie with .name(…), or let one reader try all formats of the old one"
                );
            }
            Problem::PredecessorDates { name } => {
                return write!(f, "predecessor {name:?}: `since` must be before `until`");
            }
            Problem::PredecessorKept { name } => {
                return write!(
                    f,
                    "predecessor {name:?}: .kept() does not work with SameSite::Strict: a link from another site brings the old cookie but not ours. Use SameSite::Lax while it is kept"
                );
            }
            Problem::PredecessorClass { name } => {
                return write!(
                    f,
                    "predecessor {name:?}: its sessions are remembered, but .remember_me(None) switches that off"
                );
            }
            #[cfg(feature = "migrate")]
            Problem::OldKey { found, expected } => {
                return write!(f, "old key of length {found}: {expected}");
            }
            Problem::Date(error) => return error.fmt(f),
            Problem::IdleAboveAbsolute => {
                "an idle timeout is longer than its absolute timeout: shorten the one or lengthen the other"
            }
            Problem::Timeout => "a timeout is at least one second and under 2^39 seconds",
            Problem::Leeway => "a leeway is at most a day",
            Problem::NoClock => {
                "this target has no clock: switch on the feature js if JavaScript runs the module, or set one with Application::builder(…).clock(…)"
            }
            Problem::Schema => "a schema number is at most 16777215",
            Problem::SameShape { session, first, second, number } => {
                return write!(
                    f,
                    "sessions of {session}: {first} and {second} have the same shape (number {number:06x}), so the cookie cannot tell them apart: remove one, or use .revision(n)"
                );
            }
            Problem::NotPostcard { session, reason } => {
                return write!(
                    f,
                    "sessions of {session}: postcard cannot encode the type ({reason}, as with flatten, untagged or internally tagged enums, and serde_json::Value): use Codec::Json (feature json)"
                );
            }
            Problem::Untraceable { session, reason } => {
                return write!(
                    f,
                    "sessions of {session}: the shape cannot be traced: {reason}. Pass a value that its parsers accept to .sample(value), use Codec::Json (feature json), or number the shape yourself with .schema(n)"
                );
            }
            Problem::WrittenOtherwise { session, misfit } => {
                return write!(
                    f,
                    "sessions of {session}: {misfit}, so they would come back as different data: remove the serde attribute that causes it, or use Codec::Json (feature json)"
                );
            }
            Problem::IdleAboveBrowsers => {
                "an idle timeout is at most 400 days: browsers keep cookies no longer"
            }
            Problem::PadBlock => "a padding block is 1 to 1024 bytes",
            Problem::HeaderBudgetTooSmall { bytes, least } => {
                return write!(
                    f,
                    "header budget of {bytes} bytes: an empty session takes {least}: raise the proxy's limit (nginx: proxy_buffer_size), or shorten other headers"
                );
            }
            Problem::HeaderBudgetUnused { bytes, most } => {
                return write!(
                    f,
                    "header budget of {bytes} bytes: the cookie never takes more than {most}: drop .header_budget(…)"
                );
            }
            Problem::TokenLimit => {
                "a token limit must leave room for an empty token, padded as configured"
            }
            #[cfg(feature = "ring-file")]
            Problem::Activation { least } => {
                return write!(
                    f,
                    "activation must be at least {least} s (twice the reload interval plus leeway), or a node could get the new key too late"
                );
            }
            #[cfg(feature = "ring-file")]
            Problem::KeyLifetime => "a key's lifetime is at least its activation",
            Problem::Origin { origin } => {
                return write!(
                    f,
                    "trusted origin {origin:?}: write scheme://host or scheme://host:port, nothing else"
                );
            }
            #[cfg(feature = "device-binding")]
            Problem::Device(problem) => return problem.fmt(f),
            Problem::Capacity => "a denylist holds 1 to 16777216 entries",
            Problem::StaleAfter => "a denylist goes stale after one second at the earliest",
            Problem::ReturnPath { path } => {
                return write!(
                    f,
                    "return path {path:?}: write a path on this site, or one that ends in /* for everything below it"
                );
            }
            Problem::NoIssuer => {
                "log-in flows have no provider: declare each with .issuer(\"https://…\", RequireIss::…)"
            }
            Problem::Issuer { issuer } => {
                return write!(
                    f,
                    "issuer {issuer:?}: write the provider's issuer identifier as its metadata has it, https://…"
                );
            }
            Problem::IssuerTwice { issuer } => {
                return write!(f, "issuer {issuer:?} is declared twice: declare it once");
            }
            Problem::Key(error) => return error.fmt(f),
            #[cfg(feature = "ring-file")]
            Problem::RingFile(error) => return error.fmt(f),
        })
    }
}

/// Prints what `Display` does.
impl fmt::Debug for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for SetupError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Problem::Key(error) => error.source(),
            #[cfg(feature = "ring-file")]
            Problem::RingFile(error) => error.source(),
            _ => None,
        }
    }
}
