//! A ring file's bytes on disk: who may read them, and how to replace them in one step.

use std::fs::{self, File, Metadata, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(not(unix))]
use elsewhere::{keep_owner, locking, mode, options, reading, sync_folder};
#[cfg(unix)]
use unix::{keep_owner, locking, mode, options, reading, sync_folder};

use crate::crypto::{self, Refused, Zeroizing};
use crate::error::{RingFileError, RingFileProblem};
use crate::time::Timestamp;

/// The longest ring file, in bytes: about three hundred keys.
const LIMIT: usize = 64 * 1024;
/// How long a writer waits for another one.
const PATIENCE: Duration = Duration::from_secs(10);

/// The bytes and metadata of one opened file.
pub(crate) struct Found {
    pub(crate) bytes: Zeroizing<Vec<u8>>,
    pub(super) metadata: Metadata,
}

impl Found {
    /// When the file was last written, or `now` if the file system does not tell.
    pub(crate) fn modified(&self, now: Timestamp) -> Timestamp {
        self.metadata.modified().map_or(now, Timestamp::from)
    }
}

/// Reads a regular file, if others have no more access to it than `allowed`.
pub(crate) fn read(path: &Path, allowed: u32) -> Result<Found, RingFileError> {
    let file = reading().open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(RingFileError::from(RingFileProblem::NotAFile));
    }
    let mode = mode(&metadata);
    if mode & 0o077 & !allowed != 0 {
        return Err(RingFileError::from(RingFileProblem::TooOpen { mode }));
    }
    // A buffer that never grows leaves no copy behind.
    let mut bytes = Zeroizing::new(vec![0; LIMIT + 1]);
    let length = fill(file, &mut bytes)?;
    if length > LIMIT {
        return Err(RingFileError::from(RingFileProblem::TooLong { limit: LIMIT }));
    }
    bytes.truncate(length);
    Ok(Found { bytes, metadata })
}

fn fill(mut file: impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match file.read(&mut buffer[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(length)
}

/// Where to write: a name in a folder with all links resolved, so that the new file is next to the old one.
pub(super) struct Target {
    folder: PathBuf,
    path: PathBuf,
}

impl Target {
    pub(super) fn of_existing(path: &Path) -> Result<Self, RingFileError> {
        Self::of(path.canonicalize()?)
    }

    pub(super) fn of_new(path: &Path) -> Result<Self, RingFileError> {
        let name = path.file_name().ok_or(RingFileError::from(RingFileProblem::NotAFile))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        Self::of(folder.unwrap_or(Path::new(".")).canonicalize()?.join(name))
    }

    fn of(path: PathBuf) -> Result<Self, RingFileError> {
        let folder =
            path.parent().ok_or(RingFileError::from(RingFileProblem::NotAFile))?.to_owned();
        Ok(Self { folder, path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether anything has this name, even a dangling link.
    pub(super) fn exists(&self) -> bool {
        self.path.symlink_metadata().is_ok()
    }

    /// Takes the lock for this file and holds it until the result is dropped.
    ///
    /// The lock is a separate file, because the ring file itself gets replaced. It is never removed, because removing it could
    /// let two writers in.
    pub(super) fn lock(&self) -> Result<File, RingFileError> {
        self.lock_within(PATIENCE)
    }

    #[expect(clippy::disallowed_methods, reason = "how long to wait for a lock")]
    fn lock_within(&self, patience: Duration) -> Result<File, RingFileError> {
        let mut name = self.path.clone().into_os_string();
        name.push(".lock");
        let lock = locking().open(name)?;
        if !lock.metadata()?.is_file() {
            return Err(RingFileError::from(RingFileProblem::NotAFile));
        }
        let start = Instant::now();
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(lock),
                Err(TryLockError::Error(error)) => return Err(error.into()),
                Err(TryLockError::WouldBlock) if start.elapsed() > patience => {
                    return Err(RingFileError::from(RingFileProblem::Locked));
                }
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(20)),
            }
        }
    }

    /// Replaces the old file with a new one that holds these bytes. The new file is complete and on disk before it gets the name,
    /// and keeps the `old` file's owner and mode. Refuses to write anything that could not be read again.
    pub(super) fn write(&self, bytes: &[u8], old: Option<&Metadata>) -> Result<(), RingFileError> {
        if bytes.len() > LIMIT {
            return Err(RingFileError::from(RingFileProblem::TooLong { limit: LIMIT }));
        }
        let random = crypto::os_random::<8>();
        let random =
            random.map_err(|Refused| RingFileError::from(io::Error::other("no randomness")))?;
        self.sweep();
        let name = format!("{}{:016x}{TEMPORARY}", self.temporary(), u64::from_ne_bytes(*random));
        let temporary = self.folder.join(name);
        let written = fill_new(&temporary, bytes, old)
            .and_then(|()| fs::rename(&temporary, &self.path))
            .and_then(|()| sync_folder(&self.folder));
        if written.is_err() {
            // It is gone already if the folder is what failed.
            let _ = fs::remove_file(&temporary);
        }
        Ok(written?)
    }
}

/// How the names of temporary files end.
const TEMPORARY: &str = ".tmp";

impl Target {
    /// How the names of this file's temporary files start.
    fn temporary(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        format!(".{name}.hardtack-")
    }

    /// Removes what a crash during a write left behind, because it holds secrets. We hold the lock, so nobody is writing.
    fn sweep(&self) {
        let start = self.temporary();
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with(&start) && name.ends_with(TEMPORARY) {
                // A file that cannot be removed does no harm.
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn fill_new(path: &Path, bytes: &[u8], old: Option<&Metadata>) -> io::Result<()> {
    let mut file = options().create_new(true).open(path)?;
    if let Some(old) = old {
        keep_owner(&file, old)?;
    }
    file.write_all(bytes)?;
    file.sync_all()
}

#[cfg(unix)]
mod unix {
    use std::fs::{self, File, Metadata, OpenOptions};
    use std::io;
    use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
    use std::path::Path;

    pub(super) fn options() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.write(true).mode(0o600);
        options
    }

    /// Opening a pipe must not wait for its other end.
    pub(super) fn reading() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.read(true).custom_flags(libc::O_NONBLOCK);
        options
    }

    /// Nor must a lock file. It also follows no link, since somebody else could have placed one.
    pub(super) fn locking() -> OpenOptions {
        let mut options = options();
        options.create(true).custom_flags(libc::O_NONBLOCK | libc::O_NOFOLLOW);
        options
    }

    pub(super) fn mode(metadata: &Metadata) -> u32 {
        metadata.permissions().mode() & 0o7777
    }

    /// A ring that root rotates stays readable for the service that owns it.
    pub(super) fn keep_owner(file: &File, old: &Metadata) -> io::Result<()> {
        let new = file.metadata()?;
        if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
            fchown(file, Some(old.uid()), Some(old.gid()))?;
        }
        // Anyone who was allowed to read the old file may read the new one.
        file.set_permissions(fs::Permissions::from_mode(0o600 | (mode(old) & 0o044)))
    }

    /// Without this, a crash of the machine could bring the old file back.
    pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }
}

/// On other systems, the folder decides who may read a file.
#[cfg(not(unix))]
mod elsewhere {
    use std::fs::{File, Metadata, OpenOptions};
    use std::io;
    use std::path::Path;

    pub(super) fn options() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.write(true);
        options
    }

    pub(super) fn reading() -> OpenOptions {
        let mut options = OpenOptions::new();
        options.read(true);
        options
    }

    pub(super) fn locking() -> OpenOptions {
        let mut options = options();
        options.create(true);
        options
    }

    pub(super) fn mode(_: &Metadata) -> u32 {
        0o600
    }

    pub(super) fn keep_owner(_: &File, _: &Metadata) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn sync_folder(_: &Path) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives out one byte at a time, and an error in between.
    struct Interrupted(io::ErrorKind, usize);

    impl Read for Interrupted {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.1 += 1;
            match self.1 {
                2 => Err(self.0.into()),
                1..5 => {
                    buffer[0] = 7;
                    Ok(1)
                }
                _ => Ok(0),
            }
        }
    }

    #[test]
    fn reading_goes_on_after_an_interruption_and_after_nothing_else() {
        let mut buffer = [0; 8];
        let read = |kind, buffer: &mut [u8]| fill(Interrupted(kind, 0), buffer);
        assert_eq!(read(io::ErrorKind::Interrupted, &mut buffer).unwrap(), 3);
        assert_eq!(buffer, [7, 7, 7, 0, 0, 0, 0, 0]);
        assert_eq!(read(io::ErrorKind::Interrupted, &mut buffer[..2]).unwrap(), 2);
        let error = read(io::ErrorKind::TimedOut, &mut buffer).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn a_lock_that_is_held_is_waited_for_and_not_for_ever() {
        let name = std::env::temp_dir().join(format!("hardtack-{}", std::process::id()));
        let target = Target::of_new(&name).unwrap();
        let held = target.lock().unwrap();
        let patience = Duration::from_millis(50);
        let start = Instant::now();
        assert_eq!(
            target.lock_within(patience).err(),
            Some(RingFileError::from(RingFileProblem::Locked))
        );
        assert!(start.elapsed() > patience);
        thread::scope(|scope| {
            let waiting = scope.spawn(|| target.lock().map(|_| ()));
            thread::sleep(patience);
            drop(held);
            assert_eq!(waiting.join().unwrap(), Ok(()));
        });
        fs::remove_file(name.with_extension("lock")).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_or_a_link_in_the_place_of_a_file_is_refused_at_once() {
        let folder = std::env::temp_dir().join(format!("hardtack-pipe-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let pipe = |name: &str| {
            let path = folder.join(name);
            let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
            assert!(made.success());
            path
        };
        let label = |error: RingFileError| error.label();
        let ring = pipe("ring.toml");
        assert_eq!(read(&ring, 0o077).map(|_| ()).map_err(label), Err("not a file"));
        let target = Target::of_new(&folder.join("other.toml")).unwrap();
        let lock = pipe("other.toml.lock");
        assert_eq!(target.lock().map(|_| ()).map_err(label), Err("not a file"));
        fs::remove_file(&lock).unwrap();
        let victim = folder.join("victim");
        std::os::unix::fs::symlink(&victim, &lock).unwrap();
        assert_eq!(target.lock().map(|_| ()).map_err(label), Err("not a file"));
        assert!(!victim.exists(), "the link was followed");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_a_crash_has_left_goes_with_the_next_write() {
        let folder = std::env::temp_dir().join(format!("hardtack-sweep-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let target = Target::of_new(&folder.join("ring.toml")).unwrap();
        let left = folder.join(".ring.toml.hardtack-0123456789abcdef.tmp");
        let others = folder.join(".other.toml.hardtack-0123456789abcdef.tmp");
        for path in [&left, &others] {
            fs::write(path, "secret").unwrap();
        }
        target.write(b"new", None).unwrap();
        assert!(!left.exists() && others.exists(), "only this file's own");
        let names = fs::read_dir(&folder).unwrap().count();
        assert_eq!(names, 2);
        fs::remove_dir_all(folder).unwrap();
    }
}
