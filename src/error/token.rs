//! Errors in sealing and opening.

use std::fmt;

use crate::id::KeyId;
use crate::time::Timestamp;

/// Why claims and payload were not sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SealError {
    /// No key of the ring may seal at this moment.
    NoSealingKey,
    /// The claims have a class that is switched off.
    ClassOff,
    /// The session is over: no lifetime is left.
    Over,
    /// A time that does not fit the format: 2^40 seconds since 1970 (the year 36,812) or later.
    TimeOutOfRange,
    /// A schema number above 2^24 − 1.
    SchemaOutOfRange,
    /// The token would exceed its limit.
    TooLong {
        /// The most characters.
        limit: usize,
    },
    /// The operating system provided no randomness.
    Random,
}

impl SealError {
    /// Returns a short fixed text to count failures by.
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
            Self::NoSealingKey => f.write_str("no key in the ring can seal now"),
            Self::ClassOff => f.write_str("the session's class is switched off"),
            Self::Over => f.write_str("nothing is left of the session's lifetime"),
            Self::TimeOutOfRange => f.write_str("a time does not fit the format"),
            Self::SchemaOutOfRange => f.write_str("the schema number does not fit the format"),
            Self::TooLong { limit } => {
                write!(f, "the token would be longer than {limit} characters")
            }
            Self::Random => f.write_str("the operating system provided no randomness"),
        }
    }
}

/// Which of its three ends an expired token had reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// The expiry stamped into it when it was sealed.
    Stamp,
    /// Today's idle timeout, counted from when it was last sealed.
    Idle,
    /// Today's absolute timeout, counted from when the session was created.
    Absolute,
}

/// Why a token was refused. The variants are in the order in which [`open`](crate::token::Sealer::open) checks.
///
/// For logs and metrics, never for the browser: an answer that distinguishes the reasons is an oracle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OpenError {
    /// The token is longer than any that this sealer makes.
    TooLong {
        /// How many characters it has.
        length: usize,
        /// The most characters.
        limit: usize,
    },
    /// The token is not in the format: alphabet, length, padding or envelope.
    Malformed,
    /// The version is a different one: sealed in the other mode, or by a later release.
    WrongVersion,
    /// The ring has no key with the token's key id: a retired key, a foreign key, or this node lacks the newest ring.
    UnknownKey {
        /// The key id in the token. Nothing in the token has been authenticated at this point.
        key: KeyId,
    },
    /// The token was sealed in the future: a clock is wrong, here or where it was sealed.
    NotYetValid {
        /// The token's time.
        from: Timestamp,
        /// The opener's time.
        now: Timestamp,
    },
    /// The token is past one of its ends.
    Expired {
        /// Which end it was.
        by: Expiry,
        /// The first moment at which it was refused.
        at: Timestamp,
        /// The opener's time.
        now: Timestamp,
    },
    /// The tag does not match: forged, altered, or sealed for another application, cookie or use.
    NotAuthentic,
    /// The class of this session is switched off.
    ClassOff,
    /// A [`Revocation`](crate::Revocation) hook says that the session was ended on the server.
    Revoked,
    /// The token has a shape that this cookie neither writes nor reads: its data had another layout, or comes from a release that
    /// this node does not know.
    UnknownShape {
        /// The number of its shape.
        found: u32,
        /// The number of the shape that this cookie writes.
        written: u32,
    },
    /// The payload does not match its schema number, or [`try_upgrade`](crate::SessionCookieBuilder::try_upgrade) refused it.
    BadPayload,
    /// Two cookies of one name hold two different valid sessions: one of them may have been planted.
    Ambiguous,
    /// The session is bound to a device, and the request carries no fresh proof of that device; see [`device`](crate::device).
    /// The session is not ended.
    #[cfg(feature = "device-binding")]
    StaleDevice,
}

impl OpenError {
    /// Whether only this node may be refusing: another may have the key, the shape, or a better clock.
    pub(crate) const fn may_be_good_elsewhere(&self) -> bool {
        match self {
            Self::UnknownKey { .. } | Self::UnknownShape { .. } | Self::NotYetValid { .. } => true,
            // With a proof it is good here.
            #[cfg(feature = "device-binding")]
            Self::StaleDevice => true,
            Self::TooLong { .. }
            | Self::Malformed
            | Self::WrongVersion
            | Self::Expired { .. }
            | Self::NotAuthentic
            | Self::ClassOff
            | Self::Revoked
            | Self::BadPayload
            | Self::Ambiguous => false,
        }
    }

    /// Returns a short fixed text to count refusals by.
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

/// The fact that a [bound token](crate::token::BoundSealer) was sealed with has changed since: the token was used, or is out of date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactChanged(pub(crate) ());

impl fmt::Display for FactChanged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the fact that the token is bound to has changed")
    }
}

impl std::error::Error for FactChanged {}
impl std::error::Error for SealError {}
impl std::error::Error for OpenError {}
