//! Errors in ring files.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use super::{KeyError, SetupError};
use crate::id::KeyId;
use crate::time::Timestamp;

/// Why a ring file was not read, changed or written. Lines count from 1.
///
/// It never contains a byte of the file. `Debug` prints the same sentence as `Display`; use [`label`](Self::label) to tell the
/// reasons apart.
#[derive(Clone)]
pub struct RingFileError(RingFileProblem);

#[derive(Clone, Debug)]
pub(crate) enum RingFileProblem {
    /// The path does not exist.
    NotFound,
    /// The operating system denies this process access to the file or its folder.
    NoPermission,
    /// The path is a directory, a device or a pipe.
    NotAFile,
    /// Users other than the owner may read or write the file: `chmod 600`.
    TooOpen { mode: u32 },
    /// The file is longer than any ring file.
    TooLong { limit: usize },
    /// The path is a mount point, so no file can be renamed into it.
    MountPoint,
    /// The file was replaced at its source, but the mount still shows the old one.
    LeftBehind,
    /// Any other failure of the operating system.
    Io(Arc<io::Error>),
    /// Another process has held the lock for too long.
    Locked,
    /// The thread that watches the file has died.
    Unwatched,
    /// The file to be created exists already.
    Exists,
    /// The file is not UTF-8.
    NotText { line: usize },
    /// The file is not TOML: half-written, or mistyped.
    Syntax { line: usize },
    /// There is no `[[key]]`, for instance because the file is empty.
    Empty,
    /// There are fewer or more keys than `count` says: cut short, or edited without changing `count`.
    Count { said: usize, found: usize },
    /// A field that ring files do not have. The error does not repeat its name, which may be a misplaced secret.
    UnknownField { line: usize },
    /// A key lacks a field.
    Missing { line: usize, field: &'static str },
    /// A value has the wrong type.
    Type { line: usize, field: &'static str, expected: &'static str },
    /// A date that is not in the calendar, has no offset from UTC, or lies before 1970 or after 9999.
    Date { line: usize, field: &'static str },
    /// A policy that would lose sessions.
    Policy { line: usize, error: Box<SetupError> },
    /// A secret that is not a key.
    Secret { line: usize, error: KeyError },
    /// Keys that do not form a ring: one is repeated, two share a `seal_from`, or an `open_until` is not after `seal_from`.
    Ring { line: usize, error: KeyError },
    /// A new key that does not fit into the ring.
    NotAdded { error: KeyError },
    /// A rotation is in progress: a key is waiting for its `seal_from`.
    Pending { key: KeyId, seal_from: Timestamp },
    /// A key would seal before every node has it.
    TooSoon { seal_from: Timestamp, soonest: Timestamp },
    /// No other key could seal while the newest one waits.
    OnlyOneSeals { key: KeyId },
    /// The key already opens for as long as any of its tokens lives.
    OpensAlready { key: KeyId, open_until: Option<Timestamp> },
    /// The ring has no key with this id.
    NoSuchKey { key: KeyId },
    /// The key is the one that seals now, so it cannot be removed: rotate first.
    Sealing { key: KeyId },
}

impl RingFileError {
    /// Returns a short fixed text to count failures by.
    pub const fn label(&self) -> &'static str {
        match &self.0 {
            RingFileProblem::NotFound => "not found",
            RingFileProblem::NoPermission => "no permission",
            RingFileProblem::NotAFile => "not a file",
            RingFileProblem::TooOpen { .. } => "too open",
            RingFileProblem::TooLong { .. } => "too long",
            RingFileProblem::MountPoint => "mount point",
            RingFileProblem::LeftBehind => "left behind",
            RingFileProblem::Io(_) => "i/o",
            RingFileProblem::Locked => "locked",
            RingFileProblem::Unwatched => "unwatched",
            RingFileProblem::Exists => "exists",
            RingFileProblem::NotText { .. } => "not text",
            RingFileProblem::Syntax { .. } => "syntax",
            RingFileProblem::Empty => "empty",
            RingFileProblem::Count { .. } => "count",
            RingFileProblem::UnknownField { .. } => "unknown field",
            RingFileProblem::Missing { .. } => "missing field",
            RingFileProblem::Type { .. } => "wrong type",
            RingFileProblem::Date { .. } => "bad date",
            RingFileProblem::Policy { .. } => "bad policy",
            RingFileProblem::Secret { .. } => "bad secret",
            RingFileProblem::Ring { .. } => "bad ring",
            RingFileProblem::NotAdded { .. } => "not added",
            RingFileProblem::Pending { .. } => "rotation pending",
            RingFileProblem::TooSoon { .. } => "too soon",
            RingFileProblem::OnlyOneSeals { .. } => "only one seals",
            RingFileProblem::OpensAlready { .. } => "opens already",
            RingFileProblem::NoSuchKey { .. } => "no such key",
            RingFileProblem::Sealing { .. } => "key seals",
        }
    }
}

impl From<RingFileProblem> for RingFileError {
    fn from(problem: RingFileProblem) -> Self {
        Self(problem)
    }
}

/// A link that must not be followed, or a pipe without a reader.
#[cfg(unix)]
fn is_special(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ELOOP | libc::ENXIO))
}

#[cfg(not(unix))]
fn is_special(_: &io::Error) -> bool {
    false
}

impl From<io::Error> for RingFileError {
    fn from(error: io::Error) -> Self {
        Self(match error.kind() {
            io::ErrorKind::NotFound => RingFileProblem::NotFound,
            io::ErrorKind::PermissionDenied => RingFileProblem::NoPermission,
            io::ErrorKind::ResourceBusy => RingFileProblem::MountPoint,
            io::ErrorKind::IsADirectory => RingFileProblem::NotAFile,
            _ if is_special(&error) => RingFileProblem::NotAFile,
            _ => RingFileProblem::Io(Arc::new(error)),
        })
    }
}

impl fmt::Display for RingFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for RingFileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("the ring file does not exist"),
            Self::NoPermission => f.write_str("no permission to use the ring file or its folder: make the service's user their owner (chown)"),
            Self::NotAFile => f.write_str("the ring file is not a regular file"),
            Self::TooOpen { mode } => {
                write!(f, "the ring file has mode {mode:03o}: only its owner may have access (chmod 600)")
            }
            Self::TooLong { limit } => write!(f, "the ring file is longer than {limit} bytes"),
            Self::MountPoint => f.write_str(
                "the ring file is itself a mount point, so it cannot be replaced here: change it where it is mounted from, or mount its folder",
            ),
            Self::LeftBehind => f.write_str(
                "the ring file was replaced where it is mounted from, but this mount still shows the old one: mount its folder, and restart",
            ),
            Self::Io(error) => write!(f, "the ring file failed: {}", error.kind()),
            Self::Locked => f.write_str("another process holds the ring file's lock"),
            Self::Unwatched => f.write_str(
                "the thread that watches the ring file has died: restart the process to follow the file",
            ),
            Self::Exists => f.write_str("the ring file exists already: `ring rotate` adds a key to it"),
            Self::NotText { line } => write!(f, "line {line}: not UTF-8"),
            Self::Syntax { line } => write!(f, "line {line}: not TOML, or the file is cut short"),
            Self::Empty => f.write_str("the ring file has no [[key]]"),
            Self::Count { said, found } => {
                write!(
                    f,
                    "count says {said} keys but there are {found}: the file is cut short, or count was not updated"
                )
            }
            Self::UnknownField { line } => write!(f, "line {line}: unknown field"),
            Self::Missing { line, field } => write!(f, "line {line}: the key has no {field}"),
            Self::Type { line, field, expected } => {
                write!(f, "line {line}: {field} is not {expected}")
            }
            Self::Date { line, field } => {
                write!(f, "line {line}: {field} is not a date like 2030-01-31T12:00:00Z")
            }
            Self::Policy { line, error } => write!(f, "line {line}: policy: {error}"),
            Self::Secret { line, error } => write!(f, "line {line}: secret: {error}"),
            Self::Ring { line, error } => write!(f, "line {line}: {error}"),
            Self::NotAdded { error } => error.fmt(f),
            Self::Pending { key, seal_from } => {
                write!(f, "a rotation is under way: key {key} seals from {seal_from}")
            }
            Self::TooSoon { seal_from, soonest } => write!(
                f,
                "{seal_from} is too soon: a node that gets the file late would refuse the new key's sessions. The earliest is {soonest}: \
                 twice the reload and the leeway from now"
            ),
            Self::OnlyOneSeals { key } => write!(
                f,
                "key {key} cannot wait, because no other key can seal in the meantime: copy this file to the nodes that lack it"
            ),
            Self::OpensAlready { key, open_until: None } => {
                write!(f, "key {key} never stops opening: there is nothing to restore")
            }
            Self::OpensAlready { key, open_until: Some(until) } => write!(
                f,
                "key {key} opens until {until}, when its last token has expired: there is nothing to restore"
            ),
            Self::NoSuchKey { key } => {
                write!(f, "the ring has no key {key}: `hardtack ring list` shows its keys")
            }
            Self::Sealing { key } => write!(f, "key {key} seals now: rotate first"),
        }
    }
}

/// Prints what `Display` does.
impl fmt::Debug for RingFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Two errors are equal if they read the same.
impl PartialEq for RingFileError {
    fn eq(&self, other: &Self) -> bool {
        self.to_string() == other.to_string()
    }
}

impl Eq for RingFileError {}

impl Error for RingFileError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            RingFileProblem::Io(error) => Some(error),
            _ => None,
        }
    }
}
