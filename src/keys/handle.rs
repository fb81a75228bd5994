//! The keys that applications hold: a ring that you can replace while servers run.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

use super::KeyRing;
#[cfg(feature = "ring-file")]
use super::watch::Watched;
use crate::id::KeyId;
use crate::key::Key;
use crate::log::{self, RingFrom};
use crate::time::Timestamp;

/// Holds the current [`KeyRing`] of one or more applications, and replaces it while servers run. Clones share one ring.
///
/// An application made from a ring gets its own. If several applications share keys, make the `Keys` first:
///
/// ```
/// use hardtack::keys::Keys;
/// use hardtack::{Application, Key, KeyRing};
///
/// let keys = Keys::from(KeyRing::new(Key::generate()?)); // or KeyRing::from_env("SESSION_KEYS")?
/// let shop = Application::new("shop", &keys)?;
/// let blog = Application::new("blog", &keys)?;
/// keys.replace(KeyRing::new(Key::generate()?)); // for both
/// # Ok::<(), hardtack::SetupError>(())
/// ```
///
/// With the feature `ring-file`, `Keys::watch` follows a file.
#[derive(Clone)]
pub struct Keys(Arc<Shared>);

struct Shared {
    /// A copy of the current ring's generation. Readers keep what they derived until it changes. Checking it is one load from a
    /// cache line that nobody writes; loading the ring itself would cost several.
    generation: AtomicU64,
    present: ArcSwap<Generation>,
    /// Keeps the ring in step with a file until it is dropped.
    #[cfg(feature = "ring-file")]
    watched: Option<Watched>,
}

/// A ring, and how many rings this handle held before it.
pub(crate) struct Generation {
    pub(crate) number: u64,
    pub(crate) ring: Arc<KeyRing>,
}

impl Keys {
    /// Replaces the ring, for everything made with this handle or a clone of it. If the handle follows a file, the file's next
    /// change replaces this ring again.
    pub fn replace(&self, ring: KeyRing) {
        self.put(ring);
        self.log_ring(RingFrom::Hand);
    }

    /// Logs which ring is in use now. A subscriber to the event may use the handle.
    #[expect(clippy::disallowed_methods, reason = "which key seals now, for people to read")]
    pub(super) fn log_ring(&self, from: RingFrom) {
        let ring = self.present().ring.clone();
        log::ring_loaded(from, ring.key_ids(), ring.sealing_key_id(Timestamp::now()));
    }

    pub(super) fn put(&self, ring: KeyRing) {
        let ring = Arc::new(ring);
        let before = self
            .0
            .present
            .rcu(|present| Generation { number: present.number + 1, ring: Arc::clone(&ring) });
        self.0.generation.fetch_max(before.number + 1, Ordering::Release);
    }

    /// Returns the ids of the current ring's keys, in the order in which they were added.
    pub fn key_ids(&self) -> Vec<KeyId> {
        self.present().ring.key_ids().collect()
    }

    /// Called when a token has a key id that the ring lacks. Shared memory is written only at the first such token after each
    /// look at the file, and never for a token whose key is known.
    #[cold]
    pub(crate) fn missed(&self) {
        #[cfg(feature = "ring-file")]
        if let Some(watched) = &self.0.watched {
            watched.wish();
        }
    }

    pub(crate) fn generation(&self) -> u64 {
        self.0.generation.load(Ordering::Acquire)
    }

    pub(crate) fn present(&self) -> Arc<Generation> {
        self.0.present.load_full()
    }
}

impl Shared {
    fn new(ring: KeyRing) -> Self {
        let present = Generation { number: 0, ring: Arc::new(ring) };
        Self {
            generation: AtomicU64::new(0),
            present: ArcSwap::from_pointee(present),
            #[cfg(feature = "ring-file")]
            watched: None,
        }
    }
}

/// What following a file needs from a handle.
#[cfg(feature = "ring-file")]
impl Keys {
    pub(super) fn watched(ring: KeyRing, watched: Watched) -> Self {
        Self(Arc::new(Shared { watched: Some(watched), ..Shared::new(ring) }))
    }

    pub(super) fn watch_of(&self) -> Option<&Watched> {
        self.0.watched.as_ref()
    }

    /// Refers to the handle without keeping it or its thread alive.
    pub(super) fn downgrade(&self) -> impl Fn() -> Option<Self> + Send + 'static {
        let shared = Arc::downgrade(&self.0);
        move || shared.upgrade().map(Self)
    }
}

impl From<KeyRing> for Keys {
    fn from(ring: KeyRing) -> Self {
        Self(Arc::new(Shared::new(ring)))
    }
}

impl From<Key> for Keys {
    fn from(key: Key) -> Self {
        KeyRing::new(key).into()
    }
}

impl From<&Keys> for Keys {
    fn from(handle: &Keys) -> Self {
        handle.clone()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keys").field(&self.present().ring).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_handle_see_a_replacement() {
        let (old, new) = (Key::generate().unwrap(), Key::generate().unwrap());
        let (old_id, new_id) = (old.id(), new.id());
        let handle = Keys::from(old);
        let clone = Keys::from(&handle);
        assert_eq!((clone.key_ids(), clone.generation()), (vec![old_id], 0));
        handle.replace(KeyRing::new(new));
        assert_eq!((clone.key_ids(), clone.generation()), (vec![new_id], 1));
        assert_eq!(format!("{clone:?}"), format!("Keys(KeyRing([KeyId({new_id})]))"));
    }
}
