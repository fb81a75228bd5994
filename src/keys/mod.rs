//! Key rings: replaced while servers run, kept in a file that a fleet shares, rotated by a policy.
//!
//! [`Key`] and [`KeyRing`] are at the crate's root; everything else is here. [Operations](crate::guide::operations) has a fleet's
//! first deployment, the calendar and the emergency.

use std::fmt;
use std::str::FromStr;

use crate::crypto::Zeroizing;
pub use crate::error::KeyError;
use crate::error::KeyProblem;
#[cfg(feature = "ring-file")]
pub use crate::error::RingFileError;
pub use crate::id::KeyId;
use crate::key::Key;
use crate::time::Timestamp;

#[cfg(feature = "ring-file")]
mod file;
mod handle;
#[cfg(feature = "ring-file")]
mod policy;
#[cfg(feature = "ring-file")]
mod repair;
#[cfg(feature = "ring-file")]
mod rotation;
#[cfg(feature = "ring-file")]
mod watch;

#[cfg(feature = "ring-file")]
pub use file::{RingEntry, RingFile, RingPath};
pub use handle::Keys;
#[cfg(feature = "ring-file")]
pub use policy::{RotationPolicy, RotationPolicyBuilder};
#[cfg(feature = "ring-file")]
pub use rotation::{RingWarning, Rotation};
#[cfg(feature = "ring-file")]
pub use watch::RingStatus;

/// A key in a ring, and when it may do what.
pub(crate) struct RingKey {
    pub(crate) key: Key,
    /// When it starts to seal, until a later key does; `None` if it only opens.
    seal_from: Option<Timestamp>,
    /// When it stops opening (exclusive); `None` if it opens for as long as it is in the ring.
    pub(crate) open_until: Option<Timestamp>,
}

impl RingKey {
    pub(crate) fn opens(&self, now: Timestamp) -> bool {
        self.open_until.is_none_or(|until| now < until)
    }

    fn seals(&self, now: Timestamp) -> bool {
        self.seal_from.is_some_and(|from| from <= now) && self.opens(now)
    }
}

/// An application's root keys, never empty. The newest key whose time has come seals, and every key that has not ended opens. Once
/// the newest ends, the one before it seals again.
///
/// Rotation is publish → seal → retire: put a key on every node *before* any node seals with it, and remove it only when its last
/// token has expired. In a plain list the **first key seals, the rest only open**. So publish by appending, promote by moving to
/// the front, and retire by deleting.
///
/// ```
/// use hardtack::{Key, KeyRing, Timestamp};
///
/// let first = Key::generate()?;
/// let next = Key::generate()?;
/// // On every node today; it seals from noon on and until then already opens.
/// let noon = Timestamp::from_secs(1_800_014_400);
/// let ring = KeyRing::new(first).with_key(next, noon, None)?;
/// assert_eq!(ring.key_ids().count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct KeyRing {
    keys: Vec<RingKey>,
    /// Indices of the `keys` that seal at some time, the latest `seal_from` first.
    order: Vec<usize>,
}

impl KeyRing {
    /// Makes a ring with one key, which seals from the beginning of time.
    pub fn new(key: Key) -> Self {
        let seal_from = Some(Timestamp::from_secs(0));
        Self { keys: vec![RingKey { key, seal_from, open_until: None }], order: vec![0] }
    }

    /// Adds a key that seals from `seal_from` on, and opens from now until `open_until` (exclusive; `None` means for good).
    ///
    /// # Errors
    /// The key is in the ring already, another key has the same `seal_from`, or `open_until` is not after `seal_from`.
    pub fn with_key(
        mut self,
        key: Key,
        seal_from: Timestamp,
        open_until: Option<Timestamp>,
    ) -> Result<Self, KeyError> {
        self.add(key, seal_from, open_until)?;
        Ok(self)
    }

    fn add(
        &mut self,
        key: Key,
        seal_from: Timestamp,
        open_until: Option<Timestamp>,
    ) -> Result<(), KeyError> {
        let position = self.keys.len() + 1;
        if self.keys.iter().any(|other| other.seal_from == Some(seal_from)) {
            return Err(KeyProblem::SameSealFrom { position }.into());
        }
        if open_until.is_some_and(|until| until <= seal_from) {
            return Err(KeyProblem::OpenUntilBeforeSealFrom { position }.into());
        }
        self.push(RingKey { key, seal_from: Some(seal_from), open_until })
    }

    /// Adds a key that only opens, until `open_until` (exclusive; `None` means for good).
    ///
    /// # Errors
    /// The key is in the ring already.
    pub fn with_opening_key(
        mut self,
        key: Key,
        open_until: Option<Timestamp>,
    ) -> Result<Self, KeyError> {
        self.push(RingKey { key, seal_from: None, open_until })?;
        Ok(self)
    }

    fn push(&mut self, key: RingKey) -> Result<(), KeyError> {
        let position = self.keys.len() + 1;
        if self.keys.iter().any(|other| other.key.id() == key.key.id()) {
            return Err(KeyProblem::Duplicate { position }.into());
        }
        self.keys.push(key);
        self.reorder();
        Ok(())
    }

    fn reorder(&mut self) {
        let Self { keys, order, .. } = self;
        order.clear();
        // A few keys: a sort would be more code in a WebAssembly module than this.
        for (index, key) in keys.iter().enumerate().filter(|(_, key)| key.seal_from.is_some()) {
            let at = order.partition_point(|&other| keys[other].seal_from >= key.seal_from);
            order.insert(at, index);
        }
    }

    /// Parses key texts separated by white space or commas. The first key seals, the rest only open.
    ///
    /// # Errors
    /// There is no key, a text is not a key, or a key is repeated. The error names it by its position from 1, never by its text.
    pub fn from_text(text: &str) -> Result<Self, KeyError> {
        let mut ring: Option<Self> = None;
        let separator = |c: char| c.is_ascii_whitespace() || c == ',';
        for (index, word) in text.split(separator).filter(|word| !word.is_empty()).enumerate() {
            let at = |error: KeyError| error.in_list(index + 1);
            let key: Key = word.parse().map_err(at)?;
            ring = Some(match ring {
                None => Self::new(key),
                Some(ring) => ring.with_opening_key(key, None)?,
            });
        }
        ring.ok_or_else(|| KeyProblem::Empty.into())
    }

    /// Reads the environment variable `variable` in the form of [`from_text`](Self::from_text).
    ///
    /// # Errors
    /// Those of `from_text`; and the variable is not set or not Unicode.
    pub fn from_env(variable: &str) -> Result<Self, KeyError> {
        let name = variable.to_owned();
        match std::env::var(variable) {
            Ok(text) => {
                let ring = Self::from_text(&Zeroizing::new(text));
                ring.map_err(|error| error.in_variable(variable))
            }
            Err(std::env::VarError::NotPresent) => {
                Err(KeyProblem::NotSet { variable: name }.into())
            }
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(KeyProblem::NotUnicode { variable: name }.into())
            }
        }
    }

    /// Iterates over the ids of all keys, in the order in which they were added.
    pub fn key_ids(&self) -> impl Iterator<Item = KeyId> {
        self.keys.iter().map(|key| key.key.id())
    }

    /// Returns the id of the key that seals at `now`, if any may.
    pub fn sealing_key_id(&self, now: Timestamp) -> Option<KeyId> {
        self.sealing_key(now).map(|index| self.keys[index].key.id())
    }

    pub(crate) fn keys(&self) -> &[RingKey] {
        &self.keys
    }

    /// The newest key whose start has come and that still opens: what an ended one sealed would be refused at once.
    pub(crate) fn sealing_key(&self, now: Timestamp) -> Option<usize> {
        self.order.iter().copied().find(|&index| self.keys[index].seals(now))
    }
}

/// Parses the form of [`from_text`](KeyRing::from_text).
impl FromStr for KeyRing {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        Self::from_text(text)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeyRing").field(&self.key_ids().collect::<Vec<_>>()).finish()
    }
}

#[cfg(test)]
impl KeyRing {
    /// Keys with a start and an end each, and no rule for the first one: for the vectors, and never public.
    pub(crate) fn of(
        keys: impl IntoIterator<Item = (Key, Option<Timestamp>, Option<Timestamp>)>,
    ) -> Result<Self, KeyError> {
        let mut ring = Self { keys: Vec::new(), order: Vec::new() };
        for (key, seal_from, open_until) in keys {
            match seal_from {
                Some(seal_from) => ring.add(key, seal_from, open_until)?,
                None => ring.push(RingKey { key, seal_from, open_until })?,
            }
        }
        Ok(ring)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::generate().unwrap()
    }

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_secs(seconds)
    }

    #[test]
    fn the_newest_key_whose_time_has_come_seals() {
        let keys = [key(), key(), key()];
        let [first, second, third] = [keys[0].id(), keys[1].id(), keys[2].id()];
        let [a, b, c] = keys;
        let ring = KeyRing::new(a).with_key(c, at(300), Some(at(400))).unwrap();
        let ring = ring.with_key(b, at(200), None).unwrap();
        for (now, expected) in [
            (0, first),
            (199, first),
            (200, second),
            (299, second),
            (300, third),
            (399, third),
            (400, second),
        ] {
            assert_eq!(ring.sealing_key_id(at(now)), Some(expected), "{now}");
        }
    }

    #[test]
    fn a_list_seals_with_its_first_key() {
        let (a, b) = (key(), key());
        let text = format!(" {},\n{}\t", *a.to_text(), *b.to_text());
        let ring: KeyRing = text.parse().unwrap();
        assert_eq!(ring.key_ids().collect::<Vec<_>>(), [a.id(), b.id()]);
        assert_eq!(ring.sealing_key_id(at(u64::MAX)), Some(a.id()));
    }

    #[test]
    fn what_makes_no_ring_is_named_by_its_position() {
        let good = key().to_text();
        let read = |text: &str| KeyRing::from_text(text).map(|_| ()).unwrap_err();
        assert_eq!(read(" ,\n"), KeyProblem::Empty.into());
        assert_eq!(
            read(&format!("{} hunter2", *good)),
            KeyError::from(KeyProblem::NotKeyText).in_list(2)
        );
        assert_eq!(read(&format!("{0} {0}", *good)), KeyProblem::Duplicate { position: 2 }.into());
        let ring = || KeyRing::new(key());
        let refused = |ring: Result<KeyRing, KeyError>| ring.map(|_| ()).unwrap_err();
        assert_eq!(
            refused(ring().with_key(key(), at(0), None)),
            KeyProblem::SameSealFrom { position: 2 }.into()
        );
        assert_eq!(
            refused(ring().with_key(key(), at(5), Some(at(5)))),
            KeyProblem::OpenUntilBeforeSealFrom { position: 2 }.into()
        );
    }

    #[test]
    #[cfg_attr(target_os = "unknown", ignore = "no environment there")]
    fn a_ring_is_read_from_the_environment() {
        // Cargo sets this one for tests; it holds no key.
        let error = KeyRing::from_env("CARGO_PKG_NAME").map(|_| ()).unwrap_err();
        assert_eq!(
            error,
            KeyError::from(KeyProblem::NotKeyText).in_list(1).in_variable("CARGO_PKG_NAME")
        );
        let variable = "HARDTACK_TEST_NOT_SET".to_owned();
        let error = KeyRing::from_env(&variable).map(|_| ()).unwrap_err();
        assert_eq!(error, KeyProblem::NotSet { variable }.into());
    }
}
