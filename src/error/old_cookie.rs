//! Cookies of another system.

use std::fmt;

/// Why no session came of a cookie that another system had set.
///
/// For logs and metrics, never for the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OldCookieError {
    /// Longer than 8192 bytes. The reader is not asked.
    TooLong,
    /// Not of the old format.
    Malformed,
    /// Signature or tag do not match: forged, altered, or made with another key or under another name.
    NotAuthentic,
    /// Made by the old system for another use.
    WrongPurpose,
    /// Authentic and past its end: the one that the old format has, or the timeouts of the new session.
    Expired,
    /// Made in the future: a clock is wrong, or the move lies ahead.
    NotYetValid,
    /// Authentic, and nobody's session: the reader made nothing of what it holds.
    Unreadable,
    /// Two different values of one name are sessions: one of them may have been planted.
    Ambiguous,
    /// Ended on the server, by a [`Revocation`](crate::Revocation) hook.
    Revoked,
}

impl OldCookieError {
    /// A short fixed text to count refusals by.
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

    /// Whether the old system made the value, as the session that it was asked for. Any other may be another application's.
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
            Self::Malformed => "the old cookie is not of its format",
            Self::NotAuthentic => "the old cookie is not authentic",
            Self::WrongPurpose => "the old cookie was made for another use",
            Self::Expired => "the old cookie has expired",
            Self::NotYetValid => "the old cookie is not valid yet",
            Self::Unreadable => "the old cookie holds no session",
            Self::Ambiguous => "two old cookies of one name hold different sessions",
            Self::Revoked => "the old cookie's session was ended",
        })
    }
}

impl std::error::Error for OldCookieError {}
