//! Sealing and opening.

use std::fmt;

use crate::id::KeyId;
use crate::time::Timestamp;

/// Why claims and payload were not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// No key of the ring may seal at this moment.
    NoSealingKey,
    /// The class of the claims is switched off.
    ClassOff,
    /// The session is over: nothing is left of its lifetime.
    Over,
    /// A time does not fit the format: 2^40 seconds since 1970, the year 36,812, or later.
    TimeOutOfRange,
    /// A schema number above 2^24 − 1.
    SchemaOutOfRange,
    /// The token would be longer than its limit.
    TooLong {
        /// The most characters.
        limit: usize,
    },
    /// The operating system gave no randomness.
    Random,
}

impl SealError {
    /// A short fixed text to count failures by.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::NoSealingKey => "no sealing key",
            Self::ClassOff => "class off",
            Self::Over => "over",
            Self::TimeOutOfRange => "time out of range",
            Self::SchemaOutOfRange => "schema out of range",
            Self::TooLong { .. } => "too long",
            Self::Random => "no randomness",
        }
    }
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSealingKey => f.write_str("no key of the ring may seal now"),
            Self::ClassOff => f.write_str("the session's class is switched off"),
            Self::Over => f.write_str("nothing is left of the session's lifetime"),
            Self::TimeOutOfRange => f.write_str("a time does not fit the format"),
            Self::SchemaOutOfRange => f.write_str("the schema number does not fit the format"),
            Self::TooLong { limit } => {
                write!(f, "the token would be longer than {limit} characters")
            }
            Self::Random => f.write_str("the operating system gave no randomness"),
        }
    }
}

/// Which of three ends an expired token had reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// The moment stamped into it when it was sealed.
    Stamp,
    /// Today's idle timeout, counted from when it was last sealed.
    Idle,
    /// Today's absolute timeout, counted from when the session was created.
    Absolute,
}

/// Why a token was refused. The variants stand in the order in which [`open`](crate::token::Sealer::open) checks.
///
/// For logs and metrics, never for the browser: an answer that tells the reasons apart is an oracle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// Longer than any token of this sealer.
    TooLong {
        /// Its characters.
        length: usize,
        /// The most characters.
        limit: usize,
    },
    /// Not of the format: alphabet, length, padding, envelope.
    Malformed,
    /// Another version: sealed in the other mode, or by a later release.
    WrongVersion,
    /// No key of the ring has the token's key id: a retired key, a foreign key, or a node without the newest ring.
    UnknownKey {
        /// The id that the token names. Nothing of the token is authentic at this point.
        key: KeyId,
    },
    /// Sealed in the future: a clock is wrong, here or where it was sealed.
    NotYetValid {
        /// The token's time.
        from: Timestamp,
        /// The opener's time.
        now: Timestamp,
    },
    /// Past one of its ends.
    Expired {
        /// Which one.
        by: Expiry,
        /// The first moment at which it was refused.
        at: Timestamp,
        /// The opener's time.
        now: Timestamp,
    },
    /// The tag does not match: forged, altered, or sealed for another application, cookie or use.
    NotAuthentic,
    /// Its class of session is switched off.
    ClassOff,
    /// Ended on the server, by a [`Revocation`](crate::Revocation) hook.
    Revoked,
    /// Written with a shape that this cookie neither writes nor reads: its data was of another layout, or is one of a release that
    /// this node does not know.
    UnknownShape {
        /// Its number.
        found: u32,
        /// The number of the shape that this cookie writes.
        written: u32,
    },
    /// The payload is not what its schema number promises, or [`try_upgrade`](crate::SessionCookieBuilder::try_upgrade) refused it.
    BadPayload,
    /// Two cookies of one name hold two different valid sessions: one of them may have been planted.
    Ambiguous,
    /// Bound to a device, and the request carries no fresh proof of it; see [`device`](crate::device). Not ended.
    #[cfg(feature = "device-binding")]
    StaleDevice,
}

impl OpenError {
    /// Whether the refusal is this node's alone: another may have the key, the shape, or a better clock.
    pub(crate) const fn may_be_good_elsewhere(&self) -> bool {
        // With a proof it is good here.
        #[cfg(feature = "device-binding")]
        if matches!(self, Self::StaleDevice) {
            return true;
        }
        matches!(
            self,
            Self::UnknownKey { .. } | Self::UnknownShape { .. } | Self::NotYetValid { .. }
        )
    }

    /// A short fixed text to count refusals by.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "too long",
            Self::Malformed => "malformed",
            Self::WrongVersion => "wrong version",
            Self::UnknownKey { .. } => "unknown key",
            Self::NotYetValid { .. } => "not yet valid",
            Self::Expired { by, .. } => match by {
                Expiry::Stamp => "expired (stamp)",
                Expiry::Idle => "expired (idle)",
                Expiry::Absolute => "expired (absolute)",
            },
            Self::NotAuthentic => "not authentic",
            Self::ClassOff => "class off",
            Self::Revoked => "revoked",
            Self::UnknownShape { .. } => "unknown shape",
            Self::BadPayload => "bad payload",
            Self::Ambiguous => "ambiguous",
            #[cfg(feature = "device-binding")]
            Self::StaleDevice => "stale device",
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())?;
        match self {
            Self::TooLong { length, limit } => {
                write!(f, ": {length} characters, at most {limit}")
            }
            Self::NotYetValid { from, now } => write!(f, ": from {from}, now {now}"),
            Self::Expired { at, now, .. } => write!(f, ": at {at}, now {now}"),
            Self::UnknownKey { key } => write!(f, ": {key}"),
            Self::UnknownShape { found, written } => {
                write!(f, ": {found:06x}, this cookie writes {written:06x}")
            }
            _ => Ok(()),
        }
    }
}

impl std::error::Error for SealError {}
impl std::error::Error for OpenError {}
