//! When keys come and go: the one place that knows it. Here is no clock and no disk.

use std::fmt;

use super::RingKey;
use super::file::{RingFile, seal_from};
use super::policy::{RotationPolicy, later};
use crate::error::{RingFileError, RingFileProblem};
use crate::id::KeyId;
use crate::key::Key;
use crate::time::Timestamp;

/// What a rotation did, and by when the fleet must have it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rotation {
    /// The new key.
    pub key: KeyId,
    /// It seals from here on.
    pub seal_from: Timestamp,
    /// The changed file must lie on every node before this moment: a reload and the leeway before `seal_from`.
    pub publish_by: Timestamp,
    /// The keys that this rotation gave an end, and the end.
    pub retiring: Vec<(KeyId, Timestamp)>,
}

/// What [`RingFile::check`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RingWarning {
    /// No key seals now: nobody can log in.
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
    /// The key stops opening while tokens of it may live: their sessions will be lost.
    RetiresTooEarly {
        /// The key.
        key: KeyId,
        /// When it stops opening.
        open_until: Timestamp,
        /// When it may.
        needed: Timestamp,
    },
    /// The newest key has an end: after it nothing seals.
    EndsWithoutSuccessor {
        /// The key.
        key: KeyId,
        /// When it stops opening.
        open_until: Timestamp,
    },
    /// The key opens nothing any more: take it away.
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
            Self::NoSealingKey => f.write_str("no key seals now"),
            Self::Overdue { key, since } => {
                write!(f, "key {key} is overdue: its lifetime ended {}", since)
            }
            Self::NoSuccessor { key, by } => {
                write!(f, "key {key} needs a successor: its lifetime ends {}", by)
            }
            Self::RetiresTooEarly { key, open_until, needed } => {
                let (until, needed) = (open_until, needed);
                write!(f, "key {key} opens until {until} while its tokens may live until {needed}")
            }
            Self::EndsWithoutSuccessor { key, open_until } => {
                let until = open_until;
                write!(f, "key {key} opens until {until} and has no successor")
            }
            Self::Ended { key, since } => {
                write!(f, "key {key} opens nothing since {}: retire it", since)
            }
        }
    }
}

impl RingFile {
    /// Publishes `key` as the next one and gives the present one an end, by `policy`.
    ///
    /// # Errors
    /// An earlier rotation that still waits for its moment; a key that is in the ring already.
    pub fn rotate(
        &mut self,
        key: Key,
        policy: &RotationPolicy,
        now: Timestamp,
    ) -> Result<Rotation, RingFileError> {
        if let Some(pending) = self.entries().find(|entry| entry.seal_from > now) {
            let (key, seal_from) = (pending.id, pending.seal_from);
            return Err(RingFileError::from(RingFileProblem::Pending { key, seal_from }));
        }
        self.publish(key, policy, now, later(now, policy.activation))
    }

    /// Lets `key` seal at once, for the day on which the present one has leaked.
    ///
    /// Until a node has read the changed file, it refuses the sessions that others seal under the new key. The present key opens on, for
    /// whoever holds it too: [`remove`](Self::remove) it, and all its sessions end.
    ///
    /// Of two that start in one second, the second seals from the next one on.
    ///
    /// # Errors
    /// A key that is in the ring already.
    pub fn rotate_now(
        &mut self,
        key: Key,
        policy: &RotationPolicy,
        now: Timestamp,
    ) -> Result<Rotation, RingFileError> {
        let mut starts = now;
        while self.entries().any(|entry| entry.seal_from == starts) {
            starts = later(starts, 1);
        }
        self.publish(key, policy, now, starts)
    }

    fn publish(
        &mut self,
        key: Key,
        policy: &RotationPolicy,
        now: Timestamp,
        starts: Timestamp,
    ) -> Result<Rotation, RingFileError> {
        let id = key.id();
        let added = self.add(key, starts, None, String::new());
        added.map_err(|error| RingFileError::from(RingFileProblem::NotAdded { error }))?;
        let ahead = policy.reload.saturating_add(policy.leeway);
        Ok(Rotation {
            key: id,
            seal_from: starts,
            publish_by: now.max(Timestamp::from_secs(starts.as_secs().saturating_sub(ahead))),
            retiring: self.retire_superseded(policy),
        })
    }

    /// Gives every key that has a successor and no end its end.
    fn retire_superseded(&mut self, policy: &RotationPolicy) -> Vec<(KeyId, Timestamp)> {
        let mut retiring = Vec::new();
        for index in 0..self.ring.keys.len() {
            let key = &self.ring.keys[index];
            if key.open_until.is_none()
                && let Some(successor) = self.successor(key)
            {
                let end = policy.retirement(seal_from(successor));
                retiring.push((key.key.id(), end));
                self.ring.keys[index].open_until = Some(end);
            }
        }
        retiring
    }

    /// Takes away every key that opens nothing any more, the newest aside, and says which.
    pub fn retire(&mut self, now: Timestamp) -> Vec<KeyId> {
        let newest = self.ring.order.first().copied();
        let ended = |&index: &usize| !self.ring.keys[index].opens(now) && Some(index) != newest;
        let ended: Vec<usize> = (0..self.ring.keys.len()).filter(ended).collect();
        ended.into_iter().rev().map(|index| self.take(index)).collect()
    }

    /// Takes away one key, whose sessions all end with it. A key before it that was to retire in its favour gets its new end.
    ///
    /// # Errors
    /// The ring has no such key, or the key seals now.
    pub fn remove(
        &mut self,
        key: KeyId,
        policy: &RotationPolicy,
        now: Timestamp,
    ) -> Result<(), RingFileError> {
        let index = self.index(key)?;
        if self.sealing_key_id(now) == Some(key) || self.ring.keys.len() == 1 {
            return Err(RingFileError::from(RingFileProblem::Sealing { key }));
        }
        let starts = seal_from(&self.ring.keys[index]);
        self.take(index);
        if starts > now {
            // It never sealed, so nobody retires in its favour.
            let before = |&other: &usize| seal_from(&self.ring.keys[other]) < starts;
            let order = self.ring.order.clone();
            if let Some(predecessor) = order.into_iter().find(before) {
                let successor = self.successor(&self.ring.keys[predecessor]);
                let end = successor.map(|successor| policy.retirement(seal_from(successor)));
                self.ring.keys[predecessor].open_until = end;
            }
        }
        Ok(())
    }

    fn take(&mut self, index: usize) -> KeyId {
        self.comments.remove(index);
        let key = self.ring.keys.remove(index);
        self.ring.reorder();
        key.key.id()
    }

    /// When the next rotation is to start.
    pub fn rotation_due(&self, policy: &RotationPolicy) -> Timestamp {
        policy.due(self.newest().map_or_else(Timestamp::default, seal_from))
    }

    /// What somebody should look at, worst first; empty: all is well.
    pub fn check(&self, policy: &RotationPolicy, now: Timestamp) -> Vec<RingWarning> {
        let mut warnings = Vec::new();
        match self.sealing_key_id(now) {
            None => warnings.push(RingWarning::NoSealingKey),
            Some(key) => warnings.extend(self.check_age(key, policy, now)),
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
        } else if now >= self.rotation_due(policy) {
            Some(RingWarning::NoSuccessor { key: sealing, by: end })
        } else {
            None
        }
    }

    fn newest(&self) -> Option<&RingKey> {
        self.ring.order.first().map(|&index| &self.ring.keys[index])
    }

    /// The key that seals next after this one.
    fn successor(&self, key: &RingKey) -> Option<&RingKey> {
        let newer = |&&index: &&usize| self.ring.keys[index].seal_from > key.seal_from;
        let next = self.ring.order.iter().take_while(newer).last();
        next.map(|&index| &self.ring.keys[index])
    }
}
