//! When keys come and go. All such decisions are here, without clock or disk.

use std::fmt;

use super::RingKey;
use super::file::{RingFile, seal_from};
use super::policy::{RotationPolicy, later};
use crate::error::{RingFileError, RingFileProblem};
use crate::id::KeyId;
use crate::key::Key;
use crate::time::Timestamp;

/// What a rotation or a new date did to the ring, and when the fleet must have it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rotation {
    /// The new key, or the key with a new date.
    pub key: KeyId,
    /// When it starts to seal.
    pub seal_from: Timestamp,
    /// When the changed file must be on every node: one reload plus leeway before `seal_from`.
    pub publish_by: Timestamp,
    /// The keys that got an end, or a later one, and that end.
    pub retiring: Vec<(KeyId, Timestamp)>,
}

/// A problem that [`RingFile::check`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RingWarning {
    /// No key seals now, so nobody can log in.
    NoSealingKey,
    /// The key has sealed for longer than its lifetime.
    Overdue {
        /// The key.
        key: KeyId,
        /// When its lifetime ended.
        since: Timestamp,
    },
    /// It is time to rotate: the successor should be on its way to the nodes.
    NoSuccessor {
        /// The key that needs one.
        key: KeyId,
        /// When its lifetime ends.
        by: Timestamp,
    },
    /// The key stops opening while its tokens may still be alive: their sessions will be lost.
    RetiresTooEarly {
        /// The key.
        key: KeyId,
        /// When it stops opening.
        open_until: Timestamp,
        /// The earliest safe end.
        needed: Timestamp,
    },
    /// The newest key has an end, after which nothing seals.
    EndsWithoutSuccessor {
        /// The key.
        key: KeyId,
        /// When it stops opening.
        open_until: Timestamp,
    },
    /// The key no longer opens anything: remove it.
    Ended {
        /// The key.
        key: KeyId,
        /// When it stopped opening.
        since: Timestamp,
    },
}

impl fmt::Display for RingWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSealingKey => f.write_str("no key seals now: `ring rotate --now`"),
            Self::Overdue { key, since } => {
                write!(f, "key {key} is overdue: its lifetime ended {since}: `ring rotate`")
            }
            Self::NoSuccessor { key, by } => {
                write!(f, "key {key} needs a successor: its lifetime ends {by}: `ring rotate`")
            }
            Self::RetiresTooEarly { key, open_until, needed } => {
                let (until, needed) = (open_until, needed);
                write!(
                    f,
                    "key {key} opens until {until} while its tokens may live until {needed}: `ring restore --key {key}`"
                )
            }
            Self::EndsWithoutSuccessor { key, open_until } => {
                let until = open_until;
                write!(f, "key {key} opens until {until} and has no successor: `ring rotate`")
            }
            Self::Ended { key, since } => {
                write!(f, "key {key} has opened nothing since {since}: `ring retire`")
            }
        }
    }
}

impl RingFile {
    /// Stores `policy` in the file. If the policy makes a key open longer, moves the key's end. Returns those keys and their
    /// ends. An end that was earlier than the previous policy required was chosen by somebody, and stays. So does an end that has
    /// passed: only [`reopen`](Self::reopen) lets that key open again.
    pub fn set_policy(
        &mut self,
        policy: RotationPolicy,
        now: Timestamp,
    ) -> Vec<(KeyId, Timestamp)> {
        let before = self.retirements();
        self.policy = Some(policy);
        self.lengthen_superseded(&before, now)
    }

    /// Publishes `key` as the next one and gives the current one an end, following the file's policy.
    ///
    /// # Errors
    /// An earlier rotation is still waiting for its moment, or the key is in the ring already.
    pub fn rotate(&mut self, key: Key, now: Timestamp) -> Result<Rotation, RingFileError> {
        self.rotate_at(key, later(now, self.policy().activation), now)
    }

    /// Like [`rotate`](Self::rotate), but with a time of your choice for the new key.
    ///
    /// # Errors
    /// Those of `rotate`; and the time is so near that there is no time to put the file on every node first.
    pub fn rotate_at(
        &mut self,
        key: Key,
        seal_from: Timestamp,
        now: Timestamp,
    ) -> Result<Rotation, RingFileError> {
        if let Some(pending) = self.entries().find(|entry| entry.seal_from > now) {
            let (key, seal_from) = (pending.id, pending.seal_from);
            return Err(RingFileError::from(RingFileProblem::Pending { key, seal_from }));
        }
        self.refuse_too_soon(seal_from, now)?;
        self.publish(key, now, seal_from)
    }

    pub(super) fn refuse_too_soon(
        &self,
        seal_from: Timestamp,
        now: Timestamp,
    ) -> Result<(), RingFileError> {
        let soonest = self.policy().soonest(now);
        if seal_from < soonest {
            return Err(RingFileProblem::TooSoon { seal_from, soonest }.into());
        }
        Ok(())
    }

    /// Lets `key` seal at once, for when the current one has leaked.
    ///
    /// Until a node has read the changed file, it refuses the sessions that others seal under the new key. The current key keeps
    /// opening, also for the thief: [`remove`](Self::remove) it, which ends all its sessions.
    ///
    /// If two keys start in the same second, the second one seals from the next second on.
    ///
    /// # Errors
    /// The key is in the ring already.
    pub fn rotate_now(&mut self, key: Key, now: Timestamp) -> Result<Rotation, RingFileError> {
        let starts = self.first_free(now, key.id());
        self.publish(key, now, starts)
    }

    fn publish(
        &mut self,
        key: Key,
        now: Timestamp,
        starts: Timestamp,
    ) -> Result<Rotation, RingFileError> {
        let id = key.id();
        self.put_in(key, starts, None, String::new())?;
        Ok(Rotation {
            key: id,
            seal_from: starts,
            publish_by: now.max(self.policy().publish_by(starts)),
            retiring: self.retire_superseded(),
        })
    }

    pub(super) fn put_in(
        &mut self,
        key: Key,
        seal_from: Timestamp,
        open_until: Option<Timestamp>,
        comment: String,
    ) -> Result<(), RingFileError> {
        let added = self.add(key, seal_from, open_until, comment);
        added.map_err(|error| RingFileProblem::NotAdded { error }.into())
    }

    /// Returns the first second from `moment` on in which no key but `own` starts to seal. No two keys in a ring start together.
    pub(super) fn first_free(&self, mut moment: Timestamp, own: KeyId) -> Timestamp {
        while self.is_taken(moment, own) {
            moment = later(moment, 1);
        }
        moment
    }

    pub(super) fn is_taken(&self, moment: Timestamp, own: KeyId) -> bool {
        self.entries().any(|entry| entry.id != own && entry.seal_from == moment)
    }

    /// Gives an end to every key that has a successor and no end yet.
    fn retire_superseded(&mut self) -> Vec<(KeyId, Timestamp)> {
        self.end_superseded(|_, old, _| old.is_none())
    }

    /// The same for an end that comes before the last token's. An end that was too early `before` as well stays: somebody chose
    /// it because the key leaked. A key that no longer opens anything stays retired.
    pub(super) fn lengthen_superseded(
        &mut self,
        before: &[Option<Timestamp>],
        now: Timestamp,
    ) -> Vec<(KeyId, Timestamp)> {
        self.end_superseded(|index, old, needed| {
            let fits = |old| before.get(index).copied().flatten().is_some_and(|end| old >= end);
            old.is_none_or(|old| old > now && old < needed && fits(old))
        })
    }

    /// When each key retires under the policy, in the order of the file; `None` for a key without a successor.
    pub(super) fn retirements(&self) -> Vec<Option<Timestamp>> {
        let policy = self.policy();
        let successors = self.ring.keys.iter().map(|key| self.successor(key));
        successors.map(|next| Some(policy.retirement(seal_from(next?)))).collect()
    }

    fn end_superseded(
        &mut self,
        wanted: impl Fn(usize, Option<Timestamp>, Timestamp) -> bool,
    ) -> Vec<(KeyId, Timestamp)> {
        let policy = self.policy();
        let mut changed = Vec::new();
        for index in 0..self.ring.keys.len() {
            let key = &self.ring.keys[index];
            let Some(successor) = self.successor(key) else { continue };
            let end = policy.retirement(seal_from(successor));
            if wanted(index, key.open_until, end) {
                changed.push((key.key.id(), end));
                self.ring.keys[index].open_until = Some(end);
            }
        }
        changed
    }

    /// Removes every key that no longer opens anything, except the newest, and returns their ids.
    pub fn retire(&mut self, now: Timestamp) -> Vec<KeyId> {
        let newest = self.ring.order.first().copied();
        let ended = |&index: &usize| !self.ring.keys[index].opens(now) && Some(index) != newest;
        let ended: Vec<usize> = (0..self.ring.keys.len()).filter(ended).collect();
        ended.into_iter().rev().map(|index| self.take(index)).collect()
    }

    /// Removes one key, which ends all its sessions. An older key that was to retire in its favour gets a new end, unless its end
    /// was earlier already.
    ///
    /// # Errors
    /// The ring has no such key, or the key seals now.
    pub fn remove(&mut self, key: KeyId, now: Timestamp) -> Result<(), RingFileError> {
        let policy = self.policy();
        let index = self.index(key)?;
        if self.sealing_key_id(now) == Some(key) || self.ring.keys.len() == 1 {
            return Err(RingFileError::from(RingFileProblem::Sealing { key }));
        }
        let starts = seal_from(&self.ring.keys[index]);
        self.take(index);
        if starts > now {
            // It never sealed, so no key retires in its favour.
            let before = |&other: &usize| seal_from(&self.ring.keys[other]) < starts;
            let order = self.ring.order.clone();
            let in_its_favour = |&other: &usize| {
                self.ring.keys[other].open_until.is_none_or(|end| end >= policy.retirement(starts))
            };
            if let Some(predecessor) = order.into_iter().find(before).filter(in_its_favour) {
                let successor = self.successor(&self.ring.keys[predecessor]);
                let end = successor.map(|successor| policy.retirement(seal_from(successor)));
                self.ring.keys[predecessor].open_until = end;
            }
        }
        Ok(())
    }

    fn take(&mut self, index: usize) -> KeyId {
        self.take_key(index).0.key.id()
    }

    pub(super) fn take_key(&mut self, index: usize) -> (RingKey, String) {
        let comment = self.comments.remove(index);
        let key = self.ring.keys.remove(index);
        self.ring.reorder();
        (key, comment)
    }

    /// Returns when to start the next rotation.
    pub fn rotation_due(&self) -> Timestamp {
        self.policy().due(self.newest().map_or_else(Timestamp::default, seal_from))
    }

    /// Returns problems that need attention, worst first; none if all is well.
    pub fn check(&self, now: Timestamp) -> Vec<RingWarning> {
        let policy = self.policy();
        let mut warnings = Vec::new();
        match self.sealing_key_id(now) {
            None => warnings.push(RingWarning::NoSealingKey),
            Some(key) => warnings.extend(self.check_age(key, &policy, now)),
        }
        for entry in &self.ring.keys {
            let key = entry.key.id();
            let Some(open_until) = entry.open_until else { continue };
            let needed = self.successor(entry).map(|next| policy.retirement(seal_from(next)));
            warnings.extend(match needed {
                _ if !entry.opens(now) => Some(RingWarning::Ended { key, since: open_until }),
                None => Some(RingWarning::EndsWithoutSuccessor { key, open_until }),
                Some(needed) if open_until < needed => {
                    Some(RingWarning::RetiresTooEarly { key, open_until, needed })
                }
                Some(_) => None,
            });
        }
        warnings
    }

    fn check_age(
        &self,
        sealing: KeyId,
        policy: &RotationPolicy,
        now: Timestamp,
    ) -> Option<RingWarning> {
        let newest = self.newest().filter(|newest| newest.key.id() == sealing)?;
        let end = later(seal_from(newest), policy.lifetime);
        if now >= end {
            Some(RingWarning::Overdue { key: sealing, since: end })
        } else if now >= self.rotation_due() {
            Some(RingWarning::NoSuccessor { key: sealing, by: end })
        } else {
            None
        }
    }

    pub(super) fn newest(&self) -> Option<&RingKey> {
        self.ring.order.first().map(|&index| &self.ring.keys[index])
    }

    /// The key that seals next after this one.
    pub(super) fn successor(&self, key: &RingKey) -> Option<&RingKey> {
        let newer = |&&index: &&usize| self.ring.keys[index].seal_from > key.seal_from;
        let next = self.ring.order.iter().take_while(newer).last();
        next.map(|&index| &self.ring.keys[index])
    }
}
