//! Exchanging ended sessions.

use std::fmt;

use crate::time::Timestamp;

/// Why bytes were not merged into a [`Denylist`](crate::denylist::Denylist), which is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DenylistError {
    /// More or fewer bytes than the count in it says.
    Length {
        /// Bytes that a snapshot with this count has.
        expected: usize,
        /// Bytes that there are.
        found: usize,
    },
    /// Another version: of a later release, or not a snapshot.
    Version {
        /// The version's byte.
        found: u8,
    },
    /// The keys are not in strictly ascending order.
    Order,
    /// Refuses sessions of a time more than two days ahead: a clock is wrong, here or where it was made.
    Ahead {
        /// The latest time in it.
        not_before: Timestamp,
        /// The present moment here.
        now: Timestamp,
    },
}

impl fmt::Display for DenylistError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { expected, found } => {
                write!(f, "snapshot has {found} bytes instead of {expected}")
            }
            Self::Version { found } => write!(f, "snapshot has version {found} instead of 1"),
            Self::Order => f.write_str("snapshot's keys are not in ascending order"),
            Self::Ahead { not_before, now } => {
                write!(f, "snapshot is of the future: {not_before}, now {now}")
            }
        }
    }
}

impl std::error::Error for DenylistError {}
