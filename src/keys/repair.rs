//! Repairs a ring: brings back a key that went too early, or delays one that seals too early.

use super::file::{RingFile, seal_from};
use super::policy::later;
use super::rotation::Rotation;
use crate::error::{RingFileError, RingFileProblem};
use crate::id::KeyId;
use crate::key::Key;
use crate::time::Timestamp;

/// A key whose `seal_from` is earlier than this only opens: it was brought back, and has never sealed in this order.
const SEALS: Timestamp = Timestamp::from_secs(86_400);

impl RingFile {
    /// Adds an existing key, from a backup or another system. It opens until the last token sealed under it by now has expired,
    /// and does not seal unless no other key does: its `seal_from` is set to the first day of 1970, which marks a key that only
    /// opens. Returns when it stops opening.
    ///
    /// # Errors
    /// The key is in the ring already: [`reopen`](Self::reopen) it.
    pub fn add_opening_key(
        &mut self,
        key: Key,
        now: Timestamp,
    ) -> Result<Timestamp, RingFileError> {
        self.bring_back(key, None, None, String::new(), now)
    }

    /// Brings back a key that was removed too early, from another copy of the ring that still has it. It opens as it did there,
    /// and at least until the last token sealed under it by now has expired; it does not seal. Its `seal_from` stays if it is
    /// before that of the key that seals; otherwise it is set to the first day of 1970. Returns when the key stops opening.
    ///
    /// # Errors
    /// `copy` has no such key, or this ring has it already: [`reopen`](Self::reopen) it.
    pub fn restore(
        &mut self,
        key: KeyId,
        mut copy: RingFile,
        now: Timestamp,
    ) -> Result<Timestamp, RingFileError> {
        let index = copy.index(key)?;
        let (entry, comment) = copy.take_key(index);
        let (from, until) = (seal_from(&entry), entry.open_until);
        self.bring_back(entry.key, Some(from), until, comment, now)
    }

    /// Lets a key in the ring open again, or longer: until the last token that any node, even one that is behind, has sealed
    /// under it by now has expired. Returns when it stops opening.
    ///
    /// # Errors
    /// The ring has no such key, or the key opens for as long already.
    pub fn reopen(&mut self, key: KeyId, now: Timestamp) -> Result<Timestamp, RingFileError> {
        let index = self.index(key)?;
        let superseded = self.successor(&self.ring.keys[index]).map_or(now, seal_from);
        let needed = self.policy().retirement(superseded.max(now));
        let entry = &mut self.ring.keys[index];
        if entry.open_until.is_none_or(|until| until >= needed) {
            let open_until = entry.open_until;
            return Err(RingFileProblem::OpensAlready { key, open_until }.into());
        }
        entry.open_until = Some(needed);
        Ok(needed)
    }

    /// Lets the newest key seal later, because a node does not have it yet: from `until` on, by default an activation from now.
    /// It keeps opening, and the key before it seals in the meantime.
    ///
    /// # Errors
    /// No other key may seal in the meantime, since the others have ended or [only open](Self::add_opening_key); or `until` is so
    /// near that there is no time to put the file on every node first.
    pub fn postpone(
        &mut self,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Rotation, RingFileError> {
        let policy = self.policy();
        let starts = until.unwrap_or_else(|| later(now, policy.activation));
        self.refuse_too_soon(starts, now)?;
        let order = &self.ring.order;
        let seals = |&&index: &&usize| {
            let key = &self.ring.keys[index];
            key.seals(now) && seal_from(key) >= SEALS
        };
        let (Some(&newest), Some(_)) = (order.first(), order.iter().skip(1).find(seals)) else {
            let key = self.newest().map_or(KeyId([0; 8]), |key| key.key.id());
            return Err(RingFileProblem::OnlyOneSeals { key }.into());
        };
        let key = self.ring.keys[newest].key.id();
        let starts = self.first_free(starts, key);
        let before = self.retirements();
        let entry = &mut self.ring.keys[newest];
        entry.seal_from = Some(starts);
        // It has no successor, so an end would be nobody's gain.
        entry.open_until = None;
        self.ring.reorder();
        Ok(Rotation {
            key,
            seal_from: starts,
            publish_by: policy.publish_by(starts),
            retiring: self.lengthen_superseded(&before, now),
        })
    }

    fn bring_back(
        &mut self,
        key: Key,
        from: Option<Timestamp>,
        until: Option<Timestamp>,
        comment: String,
        now: Timestamp,
    ) -> Result<Timestamp, RingFileError> {
        let sealing = self.ring.sealing_key(now).map(|index| seal_from(&self.ring.keys[index]));
        let is_before =
            |from: &Timestamp| *from <= now && sealing.is_none_or(|seals| *from < seals);
        let free = |from| self.first_free(from, key.id());
        let starts = from.map(free).filter(is_before).unwrap_or_else(|| free(Timestamp::default()));
        let last = self.policy().retirement(now);
        let until = until.map_or(last, |until| until.max(last));
        self.put_in(key, starts, Some(until), comment)?;
        Ok(until)
    }
}
