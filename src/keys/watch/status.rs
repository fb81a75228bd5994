//! The state of a watched ring.

use crate::error::RingFileError;
use crate::id::KeyId;
use crate::time::Timestamp;

/// The state of a watched ring, for metrics and alarms.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RingStatus {
    /// When the current ring was read, by the system's clock.
    pub loaded_at: Timestamp,
    /// When the file was last looked at.
    pub checked_at: Timestamp,
    /// The ids of the keys in use, in the order of the file; after a [`replace`](super::Keys::replace) by hand, those of that
    /// ring. A fleet is in step when its nodes agree on them.
    pub key_ids: Vec<KeyId>,
    /// The key that seals now, by the system's clock; `None` if no key may, so that nobody can log in. Every node should report
    /// the same.
    pub sealing_key: Option<KeyId>,
    /// When the file that was last read was written, by its writer's clock. Alarm if you published a rotation and this did not
    /// move.
    pub modified_at: Timestamp,
    /// Whether the file is itself a mount point, as with Kubernetes' `subPath` and a file given to `docker run -v`. A file
    /// renamed into its place outside never shows up then: mount its folder instead. Only Linux tells; elsewhere `false`.
    pub is_mount: bool,
    /// How many rings were loaded, including the first.
    pub loads: u64,
    /// How many early looks there were, for tokens whose key id the ring lacks.
    pub early: u64,
    /// How many looks have failed in total.
    pub failures: u64,
    /// Why the last look failed; `None` if it did not. Alarm when this stays.
    pub error: Option<RingFileError>,
}
