//! The entries, in 256 sorted shards that are swapped whole: readers take no lock and write nothing that threads share. There is
//! no clock, callback or log here: each write returns what happened.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::ArcSwap;

use crate::time::Timestamp;

/// Bytes in a session id, and in a subject's hash.
pub(super) const KEY: usize = 16;
const SHARDS: usize = 256;
/// A not-before that refuses nothing.
const EPOCH: Timestamp = Timestamp::from_secs(0);

/// Refuses what was created until `not_before` under one key, which is a session's id or a subject's hash. A session's id never
/// appears with another `created`, so ending a session fits the same rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: [u8; KEY],
    pub(super) not_before: Timestamp,
    /// When there is nothing left to refuse.
    pub(super) until: Timestamp,
}

/// The documentation of the capacity counts with this size.
const _: () = assert!(size_of::<Entry>() == 32);

impl Entry {
    /// An entry that refuses as much as both do.
    fn join(self, other: Self) -> Self {
        Self {
            key: self.key,
            not_before: self.not_before.max(other.not_before),
            until: self.until.max(other.until),
        }
    }
}

/// What a write did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// How many entries were new, or now refuse more or longer.
    pub(super) news: usize,
    /// The global not-before, if one was taken over from another node.
    pub(super) taken_over: Option<Timestamp>,
    /// The global not-before, if it was raised to make room in the full list.
    pub(super) raised: Option<Timestamp>,
}

type Shard = Vec<Entry>;

pub(super) struct Entries {
    /// Indexed by the first byte of the key, each sorted by key.
    shards: Box<[ArcSwap<Shard>; SHARDS]>,
    /// Refuses everything created until then, no matter whose it is. Raised before the entries that it covers are dropped, and
    /// read after them.
    not_before: AtomicU64,
    capacity: usize,
    writing: Mutex<()>,
}

impl Entries {
    pub(super) fn new(capacity: usize) -> Self {
        let empty = Arc::new(Shard::new());
        Self {
            shards: Box::new(std::array::from_fn(|_| ArcSwap::new(Arc::clone(&empty)))),
            not_before: AtomicU64::new(0),
            capacity,
            writing: Mutex::new(()),
        }
    }

    pub(super) fn refuses(&self, key: &[u8; KEY], created: Timestamp) -> bool {
        // The order matters: if an entry has just been dropped, the global not-before already covers it.
        self.find(key).is_some_and(|entry| created <= entry.not_before)
            || created <= self.not_before()
    }

    /// Sessions created under this key must be later than this; 1970 if none are refused.
    pub(super) fn not_before_of(&self, key: &[u8; KEY]) -> Timestamp {
        let own = self.find(key).map_or(Timestamp::default(), |entry| entry.not_before);
        own.max(self.not_before())
    }

    pub(super) fn not_before(&self) -> Timestamp {
        Timestamp::from_secs(self.not_before.load(Ordering::SeqCst))
    }

    fn find(&self, key: &[u8; KEY]) -> Option<Entry> {
        let shard = self.shard(key).load();
        let found = shard.binary_search_by(|entry| entry.key.cmp(key)).ok()?;
        shard.get(found).copied()
    }

    fn shard(&self, key: &[u8; KEY]) -> &ArcSwap<Shard> {
        let [first, ..] = *key;
        &self.shards[usize::from(first)]
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.load().len()).sum()
    }

    /// The global not-before and all entries that are still needed after `now`, sorted by key.
    pub(super) fn all(&self, now: Timestamp) -> (Timestamp, Vec<Entry>) {
        let mut all = Vec::with_capacity(self.len());
        for shard in self.shards.iter() {
            all.extend(shard.load().iter().filter(|entry| entry.until > now));
        }
        // Read last: it covers any entry that was dropped in the meantime.
        (self.not_before(), all)
    }

    /// Joins `incoming`, sorted by key, and `not_before` into the list. Entries that have expired by `now` are left out, and
    /// removed from the shards that are written. If the list is full after that, it replaces its oldest entries with a global
    /// not-before, which refuses more.
    ///
    /// Entries that the global not-before covers are dropped only at that point: if they were dropped earlier, `until` would
    /// depend on the order of merges.
    pub(super) fn merge(
        &self,
        incoming: &[Entry],
        not_before: Timestamp,
        now: Timestamp,
    ) -> Outcome {
        let writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut outcome = Outcome::default();
        if not_before > self.not_before() {
            self.not_before.store(not_before.as_secs(), Ordering::SeqCst);
            outcome.taken_over = Some(not_before);
        }
        for run in incoming.chunk_by(|a, b| a.key.first() == b.key.first()) {
            if let Some(first) = run.first() {
                let shard = self.shard(&first.key);
                outcome.news += self.write(shard, run, now, EPOCH, &writing);
            }
        }
        if self.len() > self.capacity {
            outcome.raised = self.make_room(now, &writing);
        }
        outcome
    }

    /// Drops what has expired or is covered by the global not-before. If less than a 64th of the list becomes free, raises the
    /// global not-before until at least a quarter is. This copies the whole list, so it must not run again for every entry that
    /// expires.
    fn make_room(&self, now: Timestamp, writing: &MutexGuard<'_, ()>) -> Option<Timestamp> {
        self.sweep(now, writing);
        let (_, all) = self.all(now);
        if all.len() <= self.capacity - self.capacity / 64 {
            return None;
        }
        let free = all.len() - (self.capacity - self.capacity.div_ceil(4));
        let mut moments: Vec<_> = all.iter().map(|entry| entry.not_before).collect();
        let (_, &mut moment, _) = moments.select_nth_unstable(free.saturating_sub(1));
        self.not_before.store(moment.as_secs(), Ordering::SeqCst);
        self.sweep(now, writing);
        Some(moment)
    }

    fn sweep(&self, now: Timestamp, writing: &MutexGuard<'_, ()>) {
        let covered = self.not_before();
        for shard in self.shards.iter() {
            self.write(shard, &[], now, covered, writing);
        }
    }

    /// Swaps a shard for one that includes the news from `incoming` and drops what has expired or refuses no more than `covered`.
    /// Returns how many entries were new.
    fn write(
        &self,
        shard: &ArcSwap<Shard>,
        incoming: &[Entry],
        now: Timestamp,
        covered: Timestamp,
        _writing: &MutexGuard<'_, ()>,
    ) -> usize {
        let counts = |entry: &&Entry| entry.until > now && entry.not_before > covered;
        let old = shard.load();
        let is_known = |entry: &Entry| {
            let found = old.binary_search_by(|known| known.key.cmp(&entry.key));
            found.is_ok_and(|place| old[place].join(*entry) == old[place])
        };
        // Checked before anything is copied: repeating what is known, as when a log-out is replayed a thousand times, costs one
        // look-up each.
        if !incoming.is_empty() && incoming.iter().filter(counts).all(is_known) {
            return 0;
        }
        let mut kept = old.iter().filter(counts).peekable();
        let mut new = Shard::with_capacity(old.len() + incoming.len());
        let mut news = 0;
        for &entry in incoming.iter().filter(counts) {
            while let Some(before) = kept.next_if(|kept| kept.key < entry.key) {
                new.push(*before);
            }
            let known = kept.next_if(|kept| kept.key == entry.key);
            let joined = known.map_or(entry, |known| known.join(entry));
            news += usize::from(known != Some(&joined));
            new.push(joined);
        }
        new.extend(kept);
        if news > 0 || new.len() < old.len() {
            new.shrink_to_fit();
            shard.store(Arc::new(new));
        }
        news
    }
}
