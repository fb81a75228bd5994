//! Errors in exchanging ended sessions between nodes.

use std::fmt;

use crate::time::Timestamp;

/// Why a [`Denylist`](crate::denylist::Denylist) did not merge some bytes. The list is unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DenylistError {
    /// There are more or fewer bytes than the count in the snapshot says.
    Length {
        /// How many bytes a snapshot with this count has.
        expected: usize,
        /// How many bytes there are.
        found: usize,
    },
    /// The version is unknown: from a later release, or this is not a snapshot.
    Version {
        /// The version byte.
        found: u8,
    },
    /// The keys are not in strictly ascending order.
    Order,
    /// The snapshot refuses sessions until a moment that is more than two days from now: a clock is wrong, here or where it was
    /// made.
    Ahead {
        /// The latest time in the snapshot.
        not_before: Timestamp,
        /// The current time here.
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
                write!(f, "snapshot is from the future: {not_before}, now {now}")
            }
        }
    }
}

impl std::error::Error for DenylistError {}
