//! Ring files.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use super::{KeyError, SetupError};
use crate::id::KeyId;
use crate::time::Timestamp;

/// Why a ring file was not read, changed or written. Lines count from 1.
///
/// No byte of the file is in it. `Debug` prints the same sentence as `Display`; [`label`](Self::label) tells the reasons
/// apart.
#[derive(Clone)]
pub struct RingFileError(RingFileProblem);

#[derive(Clone, Debug)]
pub(crate) enum RingFileProblem {
    /// There is nothing at the path.
    NotFound,
    /// The operating system denies this process the file or its folder.
    NoPermission,
    /// A directory, a device, a pipe.
    NotAFile,
    /// Others than the owner may read or write it: `chmod 600`.
    TooOpen { mode: u32 },
    /// Longer than any ring file.
    TooLong { limit: usize },
    /// Something is mounted at the path, so no file can be renamed into it.
    MountPoint,
    /// The file was replaced where it comes from, and the mount still shows the old one.
    LeftBehind,
    /// Any other failure of the operating system.
    Io(Arc<io::Error>),
    /// Another process has held the lock for too long.
    Locked,
    /// The thread that watches it has died.
    Unwatched,
    /// A file is there already, and it was to be made.
    Exists,
    /// Not UTF-8.
    NotText { line: usize },
    /// Not TOML: half-written, or a typing error.
    Syntax { line: usize },
    /// No `[[key]]`: an empty file, say.
    Empty,
    /// Fewer or more keys than its `count` says: cut short, or edited without changing `count`.
    Count { said: usize, found: usize },
    /// A field that ring files do not have. Its name is not repeated: it may be a misplaced secret.
    UnknownField { line: usize },
    /// A key lacks a field.
    Missing { line: usize, field: &'static str },
    /// A value of the wrong type.
    Type { line: usize, field: &'static str, expected: &'static str },
    /// No date of the calendar, or one without an offset from UTC, or one before 1970 or after 9999.
    Date { line: usize, field: &'static str },
    /// A policy that loses sessions.
    Policy { line: usize, error: Box<SetupError> },
    /// A secret that is no key.
    Secret { line: usize, error: KeyError },
    /// Keys that make no ring: one twice, two with one `seal_from`, an `open_until` that is not after `seal_from`.
    Ring { line: usize, error: KeyError },
    /// A new key that does not fit the ring.
    NotAdded { error: KeyError },
    /// A rotation is under way: a key waits for its `seal_from`.
    Pending { key: KeyId, seal_from: Timestamp },
    /// A key would seal before every node has it.
    TooSoon { seal_from: Timestamp, soonest: Timestamp },
    /// No other key could seal while the newest one waits.
    OnlyOneSeals { key: KeyId },
    /// The key opens for as long as any of its tokens lives.
    OpensAlready { key: KeyId, open_until: Option<Timestamp> },
    /// The ring has no key of this id.
    NoSuchKey { key: KeyId },
    /// The key seals now, so it cannot go: rotate first.
    Sealing { key: KeyId },
}

impl RingFileError {
    /// A short fixed text to count failures by.
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

/// A link where none is followed, or a pipe without a reader.
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
            Self::NotFound => f.write_str("there is no ring file"),
            Self::NoPermission => f.write_str("this user may not use the ring file or its folder: the file is to be the service's own (chown)"),
            Self::NotAFile => f.write_str("the ring file is not a regular file"),
            Self::TooOpen { mode } => {
                write!(f, "the ring file has mode {mode:03o}: only its owner may have access (chmod 600)")
            }
            Self::TooLong { limit } => write!(f, "the ring file is longer than {limit} bytes"),
            Self::MountPoint => f.write_str(
                "the ring file is a mount by itself, so it cannot be replaced here: change it where it is mounted from, or mount its folder",
            ),
            Self::LeftBehind => f.write_str(
                "the ring file was replaced where it is mounted from, and this mount still shows the old one: mount its folder, and restart",
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
                    "count says {said} and there are {found}: the file is cut short, or count was not changed"
                )
            }
            Self::UnknownField { line } => write!(f, "line {line}: ring files have no such field"),
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
                "{seal_from} is too soon: a node that gets the file late would refuse the key's sessions. The earliest is {soonest}: \
                 twice the reload and the leeway from now"
            ),
            Self::OnlyOneSeals { key } => write!(
                f,
                "key {key} cannot wait, since no other key may seal meanwhile: put this file on the nodes that lack it"
            ),
            Self::OpensAlready { key, open_until: None } => {
                write!(f, "key {key} opens without an end: there is nothing to restore")
            }
            Self::OpensAlready { key, open_until: Some(until) } => write!(
                f,
                "key {key} opens until {until}, when its last token has ended: there is nothing to restore"
            ),
            Self::NoSuchKey { key } => {
                write!(f, "the ring has no key {key}: `hardtack ring list` shows those it has")
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

/// Errors are equal that read the same.
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
