//! Settings.

use std::error::Error;
use std::fmt;

use super::{KeyError, Misfit};
use crate::time::ParseTimestampError;

/// Why an application, a cookie or another part of it cannot be built, and what to change.
///
/// `Debug` prints the same sentence as `Display`, so a `main` that returns this error says what to do.
/// [`KeyError`](crate::keys::KeyError) and the errors of ring files convert into it.
#[derive(Clone, PartialEq, Eq)]
pub struct SetupError(Problem);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// An application's or use's name.
    Label {
        what: &'static str,
        name: String,
    },
    CookieName {
        name: String,
    },
    /// A cookie's value holds what a cookie cannot.
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
    /// One type, one name, twice.
    BuiltTwice {
        app: String,
        name: String,
        session: &'static str,
    },
    FlowsBuiltTwice {
        app: String,
        prefix: String,
    },
    /// One name, two types.
    NameTaken {
        app: String,
        name: String,
        first: &'static str,
        second: &'static str,
    },
    /// A name that log-in flows would take for one of theirs.
    FlowPrefix {
        name: String,
        prefix: String,
    },
    /// The name of an old cookie that another cookie has.
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
    /// A key of another system that it would not have taken either.
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
    /// The target has none, and none was given.
    NoClock,
    Schema,
    /// Two readers for one number.
    SameShape {
        session: &'static str,
        first: &'static str,
        second: &'static str,
        number: u32,
    },
    /// postcard cannot carry the type.
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
    /// A longer idle timeout than browsers keep cookies.
    IdleAboveBrowsers,
    PadBlock,
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
    /// Of the keys.
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
                    "cookie {name:?}: browsers demand Secure with this prefix: give it a name without the prefix, or keep Secure"
                );
            }
            Problem::PrefixNeedsHttpOnly { name } => {
                return write!(
                    f,
                    "cookie {name:?}: browsers demand HttpOnly with this prefix: give it a name without the prefix, or keep HttpOnly"
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
                    "cookie {name:?}: browsers demand Path=/ with this prefix: call .name(…) with a name that starts with __Secure-, or drop .path(…)"
                );
            }
            Problem::SameSiteNoneNeedsSecure => "browsers demand Secure with SameSite=None: keep Secure, or choose another SameSite",
            Problem::PartitionedNeedsSecure => "browsers demand Secure with Partitioned: keep Secure, or drop .partitioned()",
            Problem::Path => {
                "path: start with /, use no semicolon or control character, at most 1024 bytes"
            }
            Problem::Domain => "domain: use letters, digits, - and ., at most 1024 bytes",
            Problem::FormerScope => "a former scope is the present one: leave it out",
            Problem::BuiltTwice { app, name, session } => {
                return write!(
                    f,
                    "cookie {name:?} of application {app:?} was built already, for {session}: build it once, before any closure that runs once a worker, and clone the first; or call .name(…) for another cookie"
                );
            }
            Problem::FlowsBuiltTwice { app, prefix } => {
                return write!(
                    f,
                    "log-in flows of application {app:?} with cookies {prefix:?} were built already: build them once and clone the first; or call .cookie_prefix(…) for others"
                );
            }
            Problem::NameTaken { app, name, first, second } => {
                return write!(
                    f,
                    "cookie {name:?} of application {app:?} was built already for {first}: give the one for {second} a name of its own with .name(\"{name}~…\")"
                );
            }
            Problem::FlowPrefix { name, prefix } => {
                return write!(
                    f,
                    "cookie {name:?} starts with {prefix:?}, so the log-in flows would take it for an old flow and remove it: rename one of them"
                );
            }
            Problem::PredecessorName { name } => {
                return write!(
                    f,
                    "predecessor {name:?}: a session cookie or another predecessor has this name: give the new cookie another one with .name(…), and let one reader try all formats of an old one"
                );
            }
            Problem::PredecessorDates { name } => {
                return write!(f, "predecessor {name:?}: `since` must lie before `until`");
            }
            Problem::PredecessorKept { name } => {
                return write!(
                    f,
                    "predecessor {name:?}: .kept() does not go with SameSite::Strict, since the old cookie comes with links from elsewhere, where ours is withheld: use SameSite::Lax while it is kept"
                );
            }
            Problem::PredecessorClass { name } => {
                return write!(
                    f,
                    "predecessor {name:?}: its sessions are to be remembered, and .remember_me(None) switches that off"
                );
            }
            #[cfg(feature = "migrate")]
            Problem::OldKey { found, expected } => {
                return write!(f, "old key of length {found}: {expected}");
            }
            Problem::Date(error) => return error.fmt(f),
            Problem::IdleAboveAbsolute => {
                "an idle timeout is longer than its absolute timeout: shorten it or lengthen the other"
            }
            Problem::Timeout => "a timeout is at least one second and under 2^39 seconds",
            Problem::Leeway => "a leeway is at most a day",
            Problem::NoClock => {
                "this target has no clock: give the application one with Application::builder(…).clock(…)"
            }
            Problem::Schema => "a schema number is at most 16777215",
            Problem::SameShape { session, first, second, number } => {
                return write!(
                    f,
                    "sessions of {session}: {first} and {second} have one shape (number {number:06x}), so neither can be told from the other: remove one, or tell them apart with .revision(n)"
                );
            }
            Problem::NotPostcard { session, reason } => {
                return write!(
                    f,
                    "sessions of {session}: postcard cannot carry the type ({reason}, as flatten, untagged enums, enums with a tag inside and serde_json::Value do): use Codec::Json (feature json)"
                );
            }
            Problem::Untraceable { session, reason } => {
                return write!(
                    f,
                    "sessions of {session}: the shape cannot be traced: {reason}. Give a value that its parsers accept with .sample(value); or use Codec::Json (feature json); or number the shape by hand with .schema(n)"
                );
            }
            Problem::WrittenOtherwise { session, misfit } => {
                return write!(
                    f,
                    "sessions of {session}: {misfit}, so they would come back as other data: remove the attribute that makes the difference, or use Codec::Json (feature json)"
                );
            }
            Problem::IdleAboveBrowsers => {
                "browsers keep a cookie for 400 days at most: an idle timeout must not be longer"
            }
            Problem::PadBlock => "a padding block is 1 to 1024 bytes",
            Problem::TokenLimit => {
                "a token limit must leave room for an empty token, padded as configured"
            }
            #[cfg(feature = "ring-file")]
            Problem::Activation { least } => {
                return write!(
                    f,
                    "activation must be at least {least} s, twice the reload interval and the leeway: shorter, a node could get the new key too late"
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
                    "path to return to {path:?}: write a path of this site, or one that ends in /* for all below"
                );
            }
            Problem::NoIssuer => {
                "log-in flows know no provider: declare each with .issuer(\"https://…\", RequireIss::…)"
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
