//! What is told about a watched ring.

use crate::error::RingFileError;
use crate::id::KeyId;
use crate::time::Timestamp;

/// How a watched ring is doing, for metrics and alarms.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RingStatus {
    /// When the present ring was read, by the system's clock.
    pub loaded_at: Timestamp,
    /// When the file was last looked at.
    pub checked_at: Timestamp,
    /// The ids of the keys in force, in the order of the file; after a [`replace`](super::Keys::replace) by hand, those of that ring. A
    /// fleet is in step when its nodes agree on them.
    pub key_ids: Vec<KeyId>,
    /// The key that seals now, by the system's clock; `None`: no key may, and nobody can log in. Every node should name the same.
    pub sealing_key: Option<KeyId>,
    /// When the file that was last read was written, by the clock of whoever wrote it. Alarm when a rotation was published and
    /// this did not move.
    pub modified_at: Timestamp,
    /// Whether the file is a mount by itself, as with Kubernetes' `subPath` and a file given to `docker run -v`: one that is renamed
    /// into its place outside is then never seen. Mount its folder. Linux alone tells; elsewhere `false`.
    pub is_mount: bool,
    /// Rings loaded, the first included.
    pub loads: u64,
    /// Looks before their time, for a token whose key id the ring does not have.
    pub early: u64,
    /// Looks that failed, ever.
    pub failures: u64,
    /// Why the last look failed; `None`: it did not. Alarm when this stays.
    pub error: Option<RingFileError>,
}
