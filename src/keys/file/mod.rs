//! A key ring with dates and comments, in a file that the nodes of a fleet share.
//!
//! `text` knows the format and `disk` the operating system; the policy decides when keys come and go.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use super::{KeyRing, Keys, RingKey, RotationPolicy};
use crate::crypto::Zeroizing;
use crate::error::{KeyError, RingFileError, RingFileProblem};
use crate::id::KeyId;
use crate::key::Key;
use crate::time::Timestamp;

mod disk;
mod mount;
mod text;

pub(super) use disk::Found;

/// The path of a ring file, and who besides its owner may read it: by default nobody.
///
/// Wherever a `RingPath` is expected, you can pass a plain path. Permissions are checked on Unix only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RingPath {
    path: PathBuf,
    /// Permission bits of other users that are accepted.
    allowed: u32,
}

impl RingPath {
    /// Makes the path of a file that only its owner may read and write.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), allowed: 0 }
    }

    /// Accepts a group-readable file, which is what Kubernetes makes of a secret with `fsGroup`.
    ///
    /// # Warning
    /// Every process in the group can then forge any session.
    pub fn danger_group_readable(mut self) -> Self {
        self.allowed |= 0o040;
        self
    }

    /// Accepts a file that everybody may read.
    ///
    /// # Warning
    /// Every process on the machine can then forge any session.
    pub fn danger_world_readable(mut self) -> Self {
        self.allowed |= 0o044;
        self
    }

    pub(super) fn look(&self) -> Result<disk::Found, RingFileError> {
        disk::read(&self.path, self.allowed)
    }

    /// Whether the file was replaced at its source while a mount still shows this one.
    pub(super) fn is_left_behind(&self, found: &disk::Found) -> bool {
        mount::is_left_behind(&self.path, &found.metadata)
    }

    /// Whether the file is itself a mount point.
    pub(super) fn is_mount(&self) -> bool {
        mount::is_mount(&self.path)
    }
}

impl<P: Into<PathBuf>> From<P> for RingPath {
    fn from(path: P) -> Self {
        Self::new(path)
    }
}

/// A key ring in a file: TOML with a `[[key]]` for each key, dates and comments.
///
/// ```toml
/// count = 2                               # optional: the number of keys, which tells a file that was cut short
///
/// [policy]                                # optional, as is each line of it: what rotations follow
/// activation = "24h"
/// reload = "60s"
/// lifetime = "30d"
/// idle = "14d"
/// leeway = "60s"
///
/// [[key]]
/// secret = "htk1_…"                       # what `hardtack key new` prints
/// seal_from = 2030-01-01T00:00:00Z        # RFC 3339; whole seconds count
/// open_until = 2030-02-14T00:01:00Z       # optional, exclusive
/// comment = "new year"                    # optional
///
/// [[key]]
/// secret = "htk1_…"
/// seal_from = 2030-01-31T00:00:00Z
/// ```
///
/// [`Keys::watch`] follows such a file. Nodes only need to read it. To change it, use the `hardtack ring` command, or:
///
/// ```
/// use hardtack::keys::RingFile;
/// use hardtack::{Key, Timestamp};
/// # let folder = std::env::temp_dir().join(format!("hardtack-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("ring.toml");
///
/// RingFile::new(Key::generate()?, Timestamp::now()).create(&path)?;
/// let next = Key::generate()?;
/// let rotation = RingFile::update(&path, |file| file.rotate(next, Timestamp::now()))?;
/// println!("on every node before {}", rotation.publish_by);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct RingFile {
    /// Every key in it has a `seal_from`.
    pub(super) ring: KeyRing,
    /// One for each key.
    pub(super) comments: Vec<String>,
    /// `None` means the default policy, which is not written to the file.
    pub(super) policy: Option<RotationPolicy>,
}

/// A key in a [`RingFile`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RingEntry<'f> {
    /// The key's id.
    pub id: KeyId,
    /// When it starts to seal; it does so until a later key starts.
    pub seal_from: Timestamp,
    /// When it stops opening (exclusive); `None` if it opens for as long as it is in the file.
    pub open_until: Option<Timestamp>,
    /// A note, often empty.
    pub comment: &'f str,
}

impl RingFile {
    /// Makes a ring with one key, which seals from `seal_from` on.
    pub fn new(key: Key, seal_from: Timestamp) -> Self {
        let mut ring = KeyRing::new(key);
        ring.keys[0].seal_from = Some(seal_from);
        Self { ring, comments: vec![String::new()], policy: None }
    }

    /// Reads the file.
    ///
    /// # Errors
    /// The file is not a ring, or others may read or write it and `path` does not accept that.
    pub fn read(path: impl Into<RingPath>) -> Result<Self, RingFileError> {
        Self::from_bytes(&path.into().look()?.bytes)
    }

    /// Writes a new file with mode 0600, completely or not at all.
    ///
    /// # Errors
    /// The file exists or is locked, the ring is too long, or the operating system refuses.
    pub fn create(&self, path: impl Into<RingPath>) -> Result<(), RingFileError> {
        let path = disk::Target::of_new(&path.into().path)?;
        let _lock = path.lock()?;
        if path.exists() {
            return Err(RingFileProblem::Exists.into());
        }
        path.write(self.to_text().as_bytes(), None)
    }

    /// Changes the file under its lock: reads it, calls `change`, and replaces it in one step.
    ///
    /// Anyone who reads the file in the meantime sees either the old one or the new one. If `change` fails, nothing is written.
    /// The file keeps its owner, and its mode as far as `path` accepts it. TOML comments are lost; `comment` fields are kept.
    ///
    /// # Errors
    /// Those of [`read`](Self::read) and [`create`](Self::create), and whatever `change` returns.
    pub fn update<R>(
        path: impl Into<RingPath>,
        change: impl FnOnce(&mut Self) -> Result<R, RingFileError>,
    ) -> Result<R, RingFileError> {
        let path = path.into();
        let target = disk::Target::of_existing(&path.path)?;
        let _lock = target.lock()?;
        let found = disk::read(target.path(), path.allowed)?;
        let mut file = Self::from_bytes(&found.bytes)?;
        let result = change(&mut file)?;
        target.write(file.to_text().as_bytes(), Some(&found.metadata))?;
        Ok(result)
    }

    /// Returns the file's text, including the secrets. Wiped when dropped.
    pub fn to_text(&self) -> Zeroizing<String> {
        text::write(self)
    }

    /// Iterates over the keys, in the order of the file.
    pub fn entries(&self) -> impl Iterator<Item = RingEntry<'_>> {
        self.ring.keys.iter().zip(&self.comments).map(|(key, comment)| RingEntry {
            id: key.key.id(),
            seal_from: seal_from(key),
            open_until: key.open_until,
            comment,
        })
    }

    /// Returns the policy that changes to the file follow: the file's own, or the default.
    pub fn policy(&self) -> RotationPolicy {
        self.policy.unwrap_or_default()
    }

    /// Returns the id of the key that seals at `now`, if any may.
    pub fn sealing_key_id(&self, now: Timestamp) -> Option<KeyId> {
        self.ring.sealing_key_id(now)
    }

    /// Sets a key's comment. Do not put a secret there.
    ///
    /// # Errors
    /// The ring has no such key.
    pub fn set_comment(
        &mut self,
        key: KeyId,
        comment: impl Into<String>,
    ) -> Result<(), RingFileError> {
        let index = self.index(key)?;
        self.comments[index] = comment.into();
        Ok(())
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, RingFileError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => text::read(text),
            Err(error) => {
                Err(RingFileProblem::NotText { line: text::line(bytes, error.valid_up_to()) }
                    .into())
            }
        }
    }

    pub(super) fn index(&self, key: KeyId) -> Result<usize, RingFileError> {
        let place = self.ring.keys.iter().position(|other| other.key.id() == key);
        place.ok_or_else(|| RingFileProblem::NoSuchKey { key }.into())
    }

    pub(super) fn add(
        &mut self,
        key: Key,
        seal_from: Timestamp,
        open_until: Option<Timestamp>,
        comment: String,
    ) -> Result<(), KeyError> {
        self.ring.add(key, seal_from, open_until)?;
        self.comments.push(comment);
        Ok(())
    }
}

pub(super) fn seal_from(key: &RingKey) -> Timestamp {
    key.seal_from.unwrap_or_default()
}

/// Parses the text of a ring file, as [`RingFile::to_text`] writes it, wherever you keep it.
impl FromStr for RingFile {
    type Err = RingFileError;

    fn from_str(text: &str) -> Result<Self, RingFileError> {
        text::read(text)
    }
}

impl From<RingFile> for KeyRing {
    fn from(file: RingFile) -> Self {
        file.ring
    }
}

impl From<RingFile> for Keys {
    fn from(file: RingFile) -> Self {
        file.ring.into()
    }
}

/// Shows ids, dates and comments, but no secret.
impl fmt::Debug for RingFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.entries()).finish()
    }
}
