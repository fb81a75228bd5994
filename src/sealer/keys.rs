//! The keys that a sealer derives from its ring: the key ids, the signing keys, and the cache of epoch keys.
//!
//! A read takes one load of the handle's generation and one of the cache, and writes no memory that threads share. A write (a new
//! ring, a new epoch) copies the small table and swaps it.

use std::sync::Arc;

use arc_swap::{ArcSwap, Guard};

use crate::crypto::{AeadKey, MacKey};
use crate::id::KeyId;
use crate::keys::{KeyRing, Keys, RingKey};
use crate::layout::Mode;
use crate::purpose::Purpose;

/// The keys for one purpose, which follow a ring.
pub(super) struct PurposeKeys {
    handle: Keys,
    purpose: Purpose,
    mode: Mode,
    derived: ArcSwap<Derived>,
}

impl PurposeKeys {
    pub(super) fn new(handle: Keys, purpose: Purpose, mode: Mode) -> Self {
        let derived = ArcSwap::from_pointee(Derived::new(&handle, &purpose, mode));
        Self { handle, purpose, mode, derived }
    }

    pub(super) fn purpose(&self) -> &Purpose {
        &self.purpose
    }

    pub(super) fn load(&self) -> Guard<Arc<Derived>> {
        let derived = self.derived.load();
        if derived.generation >= self.handle.generation() {
            return derived;
        }
        drop(derived);
        self.follow();
        self.derived.load()
    }

    /// Called when a token's key id is not in the ring: there may be a newer ring.
    pub(super) fn missed(&self) {
        self.handle.missed();
    }

    /// Derives from the handle's current ring, and drops what was derived from the old one.
    #[cold]
    fn follow(&self) {
        let new = Arc::new(Derived::new(&self.handle, &self.purpose, self.mode));
        self.derived.rcu(|old| {
            let newest = if old.generation < new.generation { &new } else { old };
            Arc::clone(newest)
        });
    }

    pub(super) fn derive(&self, derived: &Derived, key: usize, epoch: u32) -> AeadKey {
        let [_, epoch @ ..] = epoch.to_be_bytes();
        AeadKey::new(&derived.ring.keys()[key].key.encrypt_key(epoch, &self.purpose))
    }

    /// Caches the key of an epoch whose token was authentic and in time, and drops those of epochs outside `live`. So there are
    /// never more than the live epochs times the keys of the ring.
    #[cold]
    pub(super) fn admit(
        &self,
        from: &Derived,
        key: usize,
        epoch: u32,
        aead: AeadKey,
        live: std::ops::RangeInclusive<u64>,
    ) {
        if !live.contains(&u64::from(epoch)) {
            return;
        }
        let place = slot(key, epoch);
        let aead = Arc::new(aead);
        self.derived.rcu(|old| {
            let is_live = |&(slot, _): &&(u64, _)| live.contains(&(slot & 0xFF_FFFF));
            let mut epochs: Vec<_> = old.epochs.iter().filter(is_live).cloned().collect();
            match epochs.binary_search_by_key(&place, |&(slot, _)| slot) {
                // Another ring has arrived meanwhile, or another thread was first.
                _ if old.generation != from.generation => return Arc::clone(old),
                Ok(_) => return Arc::clone(old),
                Err(index) => epochs.insert(index, (place, Arc::clone(&aead))),
            }
            Arc::new(Derived {
                generation: old.generation,
                ring: Arc::clone(&old.ring),
                ids: Arc::clone(&old.ids),
                macs: Arc::clone(&old.macs),
                epochs,
            })
        });
    }

    #[cfg(test)]
    pub(super) fn cached_epochs(&self) -> Vec<(usize, u32)> {
        let parts = |&(slot, _): &(u64, _)| ((slot >> 24) as usize, (slot & 0xFF_FFFF) as u32);
        self.load().epochs.iter().map(parts).collect()
    }
}

fn slot(key: usize, epoch: u32) -> u64 {
    (key as u64) << 24 | u64::from(epoch)
}

/// Everything derived from one generation of the ring so far.
pub(super) struct Derived {
    generation: u64,
    ring: Arc<KeyRing>,
    ids: Arc<IdTable>,
    /// One for each key, in signed mode.
    macs: Arc<[MacKey]>,
    /// Sorted by [`slot`], in encrypted mode.
    epochs: Vec<(u64, Arc<AeadKey>)>,
}

impl Derived {
    fn new(handle: &Keys, purpose: &Purpose, mode: Mode) -> Self {
        let present = handle.present();
        let keys = present.ring.keys();
        let macs = match mode {
            Mode::Encrypted => Arc::default(),
            Mode::Signed => keys.iter().map(|k| MacKey::new(&k.key.sign_key(purpose))).collect(),
        };
        Self {
            generation: present.number,
            ring: Arc::clone(&present.ring),
            ids: Arc::new(IdTable::new(keys.iter().map(|key| key.key.id()))),
            macs,
            epochs: Vec::new(),
        }
    }

    pub(super) fn ring(&self) -> &KeyRing {
        &self.ring
    }

    pub(super) fn find(&self, id: KeyId) -> Option<(usize, &RingKey)> {
        let index = self.ids.find(id)?;
        Some((index, self.ring.keys().get(index)?))
    }

    /// For signed mode.
    pub(super) fn mac(&self, key: usize) -> &MacKey {
        &self.macs[key]
    }

    pub(super) fn epoch(&self, key: usize, epoch: u32) -> Option<&AeadKey> {
        let index = self.epochs.binary_search_by_key(&slot(key, epoch), |&(slot, _)| slot).ok()?;
        Some(&self.epochs[index].1)
    }
}

/// Maps key ids to indices in one or two probes, whatever the ring's size. The ids are already hashes, and only the holder of the
/// keys can choose them, so this needs no hash function.
struct IdTable {
    /// At most half full; a place without a key holds `EMPTY`.
    places: Vec<(KeyId, usize)>,
}

const EMPTY: usize = usize::MAX;

impl IdTable {
    fn new(ids: impl ExactSizeIterator<Item = KeyId>) -> Self {
        let mut places = vec![(KeyId([0; 8]), EMPTY); (ids.len() * 2).next_power_of_two()];
        for (index, id) in ids.enumerate() {
            let mut place = home(id, places.len());
            while places[place].1 != EMPTY {
                place = (place + 1) % places.len();
            }
            places[place] = (id, index);
        }
        Self { places }
    }

    fn find(&self, id: KeyId) -> Option<usize> {
        let mut place = home(id, self.places.len());
        loop {
            match self.places[place] {
                (_, EMPTY) => return None,
                (found, index) if found == id => return Some(index),
                _ => place = (place + 1) & (self.places.len() - 1),
            }
        }
    }
}

fn home(id: KeyId, places: usize) -> usize {
    u64::from_le_bytes(id.0) as usize & (places - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_is_found_and_no_other() {
        for keys in [1usize, 2, 3, 64] {
            // All at home in one place: the worst table there is.
            let id = |n: usize| KeyId([0, 0, 0, 0, 0, 0, 0, n as u8]);
            let table = IdTable::new((0..keys).map(id));
            for n in 0..keys {
                assert_eq!(table.find(id(n)), Some(n));
            }
            assert_eq!(table.find(id(keys)), None);
            assert_eq!(table.find(KeyId([1; 8])), None);
        }
    }
}
