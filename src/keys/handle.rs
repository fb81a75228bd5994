//! The keys that applications hold: a ring that can be replaced under running servers.

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

/// Holds the present [`KeyRing`] of one or more applications, and replaces it under running servers. Clones are one handle.
///
/// An application has its own where it is made from a ring; make the `Keys` first where several applications share them:
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
    /// The present ring's generation again. Readers keep what they derived until it moves: one load of a line that
    /// nobody writes, where a load of the ring itself would cost several.
    generation: AtomicU64,
    present: ArcSwap<Generation>,
    /// What keeps the ring in step with a file; it stops as this is dropped.
    #[cfg(feature = "ring-file")]
    watched: Option<Watched>,
}

/// A ring, and how many came before it in its handle.
pub(crate) struct Generation {
    pub(crate) number: u64,
    pub(crate) ring: Arc<KeyRing>,
}

impl Keys {
    /// Replaces the present ring, for everything that was made with this handle or a clone of it. Where the handle follows a
    /// file, the file's next change replaces this ring in turn.
    pub fn replace(&self, ring: KeyRing) {
        self.put(ring);
        self.log_ring(RingFrom::Hand);
    }

    /// Says which ring is in force now. Whoever hears of it may use the handle.
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

    /// The ids of the present ring's keys, in the order of adding.
    pub fn key_ids(&self) -> Vec<KeyId> {
        self.present().ring.key_ids().collect()
    }

    /// A sealer met a key id that the ring does not have. What is shared between threads is written at the first such token
    /// after each look at the file, and never for a token whose key is known.
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

/// What following a file needs of a handle.
#[cfg(feature = "ring-file")]
impl Keys {
    pub(super) fn watched(ring: KeyRing, watched: Watched) -> Self {
        Self(Arc::new(Shared { watched: Some(watched), ..Shared::new(ring) }))
    }

    pub(super) fn watch_of(&self) -> Option<&Watched> {
        self.0.watched.as_ref()
    }

    /// Refers to the handle without keeping it, or its thread, alive.
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
