//! The one ring that all sealers of an application hold, swapped under running servers.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

use super::KeyRing;
use crate::key::{Key, KeyId};

/// What every sealer of an application holds: one ring for all, replaced at one stroke, read without a lock.
#[derive(Clone)]
pub struct RingHandle(Arc<Shared>);

struct Shared {
    /// The present ring's generation again. Readers keep what they derived until it moves: one load of a line that
    /// nobody writes, where a load of the ring itself would cost several.
    generation: AtomicU64,
    present: ArcSwap<Generation>,
}

/// A ring, and how many came before it in its handle.
pub(crate) struct Generation {
    pub(crate) number: u64,
    pub(crate) ring: Arc<KeyRing>,
}

impl RingHandle {
    /// Puts `ring` in the place of the present one, for every sealer that holds this handle or a clone of it.
    pub fn replace(&self, ring: KeyRing) {
        let ring = Arc::new(ring);
        let before = self
            .0
            .present
            .rcu(|present| Generation { number: present.number + 1, ring: Arc::clone(&ring) });
        self.0.generation.fetch_max(before.number + 1, Ordering::Release);
    }

    /// The ids of the present ring's keys, in the order of adding.
    pub fn key_ids(&self) -> Vec<KeyId> {
        self.present().ring.key_ids().collect()
    }

    pub(crate) fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    pub(crate) fn present(&self) -> Arc<Generation> {
        self.0.present.load_full()
    }
}

impl From<KeyRing> for RingHandle {
    fn from(ring: KeyRing) -> Self {
        let present = Generation { number: 0, ring: Arc::new(ring) };
        let present = ArcSwap::from_pointee(present);
        Self(Arc::new(Shared { generation: AtomicU64::new(0), present }))
    }
}

impl From<Key> for RingHandle {
    fn from(key: Key) -> Self {
        KeyRing::new(key).into()
    }
}

impl From<&RingHandle> for RingHandle {
    fn from(handle: &RingHandle) -> Self {
        handle.clone()
    }
}

impl fmt::Debug for RingHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RingHandle").field(&self.present().ring).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_handle_see_a_replacement() {
        let (old, new) = (Key::generate().unwrap(), Key::generate().unwrap());
        let (old_id, new_id) = (old.id(), new.id());
        let handle = RingHandle::from(old);
        let clone = RingHandle::from(&handle);
        assert_eq!((clone.key_ids(), clone.generation()), (vec![old_id], 0));
        handle.replace(KeyRing::new(new));
        assert_eq!((clone.key_ids(), clone.generation()), (vec![new_id], 1));
        assert_eq!(format!("{clone:?}"), format!("RingHandle(KeyRing([KeyId({new_id})]))"));
    }
}
