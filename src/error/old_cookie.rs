//! Errors in reading another system's cookies.

use std::fmt;

/// Why another system's cookie did not become a session.
///
/// For logs and metrics, never for the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OldCookieError {
    /// Longer than 8192 bytes. The reader is not called.
    TooLong,
    /// Not in the old format.
    Malformed,
    /// The signature or tag does not match: forged, altered, or made with another key or under another name.
    NotAuthentic,
    /// The old system made it for another use.
    WrongPurpose,
    /// Authentic, but past its end: the old format's own, or the timeouts of the new session.
    Expired,
    /// Made in the future: a clock is wrong, or `since` is still to come.
    NotYetValid,
    /// Authentic, but the reader found no session in it.
    Unreadable,
    /// Two different values under one name are both sessions: one of them may have been planted.
    Ambiguous,
    /// A [`Revocation`](crate::Revocation) hook says that the session was ended on the server.
    Revoked,
}

impl OldCookieError {
    /// Returns a short fixed text to count refusals by.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::TooLong => "too long",
            Self::Malformed => "malformed",
            Self::NotAuthentic => "not authentic",
            Self::WrongPurpose => "wrong purpose",
            Self::Expired => "expired",
            Self::NotYetValid => "not yet valid",
            Self::Unreadable => "unreadable",
            Self::Ambiguous => "ambiguous",
            Self::Revoked => "revoked",
        }
    }

    /// Whether the old system made the value, for the session that it is read for. Any other value may belong to another
    /// application.
    pub(crate) const fn is_authentic(&self) -> bool {
        match self {
            Self::TooLong | Self::Malformed | Self::NotAuthentic | Self::WrongPurpose => false,
            Self::Expired
            | Self::NotYetValid
            | Self::Unreadable
            | Self::Ambiguous
            | Self::Revoked => true,
        }
    }
}

impl fmt::Display for OldCookieError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "the old cookie is longer than 8192 bytes",
            Self::Malformed => "the old cookie is not in the old format",
            Self::NotAuthentic => "the old cookie is not authentic",
            Self::WrongPurpose => "the old cookie was made for another use",
            Self::Expired => "the old cookie has expired",
            Self::NotYetValid => "the old cookie is not valid yet",
            Self::Unreadable => "the old cookie holds no session",
            Self::Ambiguous => "two old cookies with the same name hold different sessions",
            Self::Revoked => "the old cookie's session was ended",
        })
    }
}

impl std::error::Error for OldCookieError {}
