//! Why a ring file is none. It stands here and not with the other errors because it names keys.

use std::fmt;
use std::io;

use crate::error::{KeyError, RingError};
use crate::key::KeyId;
use crate::time::Timestamp;

/// Why a ring file was not read, changed or written. Lines count from 1; no octet of the file is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RingFileError {
    /// There is nothing at the path.
    NotFound,
    /// The operating system denies this process the file or its folder.
    NoPermission,
    /// A directory, a device, a pipe.
    NotAFile,
    /// Others than the owner may read or write it: `chmod 600`.
    TooOpen {
        /// Its permission bits.
        mode: u32,
    },
    /// Longer than any ring file.
    TooLong {
        /// The most octets.
        limit: usize,
    },
    /// Any other failure of the operating system.
    Io {
        /// Which one.
        kind: io::ErrorKind,
    },
    /// Another process has held the lock for too long.
    Locked,
    /// A file is there already, and it was to be made.
    Exists,
    /// Not UTF-8.
    NotText {
        /// Where it stops being so.
        line: usize,
    },
    /// Not TOML: half-written, or a typing error.
    Syntax {
        /// Where it stops being so.
        line: usize,
    },
    /// No `[[key]]`: an empty file, say.
    Empty,
    /// Fewer or more keys than its `count` says: cut short, or edited without changing `count`.
    Count {
        /// What `count` says.
        said: usize,
        /// How many there are.
        found: usize,
    },
    /// A field that ring files do not have. Its name is not repeated: it may be a misplaced secret.
    UnknownField {
        /// Where it stands.
        line: usize,
    },
    /// A key lacks a field.
    Missing {
        /// Where the key starts.
        line: usize,
        /// Which field.
        field: &'static str,
    },
    /// A value of the wrong type.
    Type {
        /// Where it stands.
        line: usize,
        /// Of which field.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// No date of the calendar, or one without an offset from UTC, or one before 1970 or after 9999.
    Date {
        /// Where it stands.
        line: usize,
        /// Of which field.
        field: &'static str,
    },
    /// A secret that is no key.
    Secret {
        /// Where it stands.
        line: usize,
        /// What is wrong with it.
        error: KeyError,
    },
    /// Keys that make no ring: one twice, two with one `seal_from`, an `open_until` that is not after `seal_from`.
    Ring {
        /// Where the key starts that does not fit.
        line: usize,
        /// What is wrong with it.
        error: RingError,
    },
    /// A new key that does not fit the ring.
    NotAdded {
        /// What is wrong with it.
        error: RingError,
    },
    /// A rotation is under way: a key waits for its `seal_from`.
    Pending {
        /// That key.
        key: KeyId,
        /// When it starts sealing.
        seal_from: Timestamp,
    },
    /// The ring has no key of this id.
    NoSuchKey {
        /// The id.
        key: KeyId,
    },
    /// The key seals now, so it cannot go: rotate first.
    Sealing {
        /// Its id.
        key: KeyId,
    },
}

impl RingFileError {
    /// A short fixed text to count failures by.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::NotFound => "not found",
            Self::NoPermission => "no permission",
            Self::NotAFile => "not a file",
            Self::TooOpen { .. } => "too open",
            Self::TooLong { .. } => "too long",
            Self::Io { .. } => "i/o",
            Self::Locked => "locked",
            Self::Exists => "exists",
            Self::NotText { .. } => "not text",
            Self::Syntax { .. } => "syntax",
            Self::Empty => "empty",
            Self::Count { .. } => "count",
            Self::UnknownField { .. } => "unknown field",
            Self::Missing { .. } => "missing field",
            Self::Type { .. } => "wrong type",
            Self::Date { .. } => "bad date",
            Self::Secret { .. } => "bad secret",
            Self::Ring { .. } => "bad ring",
            Self::NotAdded { .. } => "not added",
            Self::Pending { .. } => "rotation pending",
            Self::NoSuchKey { .. } => "no such key",
            Self::Sealing { .. } => "key seals",
        }
    }
}

impl From<io::Error> for RingFileError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::NotFound,
            io::ErrorKind::PermissionDenied => Self::NoPermission,
            io::ErrorKind::IsADirectory => Self::NotAFile,
            kind => Self::Io { kind },
        }
    }
}

impl fmt::Display for RingFileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("there is no ring file"),
            Self::NoPermission => f.write_str("the ring file or its folder may not be used"),
            Self::NotAFile => f.write_str("the ring file is no regular file"),
            Self::TooOpen { mode } => {
                write!(f, "the ring file has mode {mode:03o}: only its owner may have access")
            }
            Self::TooLong { limit } => write!(f, "the ring file is longer than {limit} octets"),
            Self::Io { kind } => write!(f, "the ring file failed: {kind}"),
            Self::Locked => f.write_str("another process holds the ring file's lock"),
            Self::Exists => f.write_str("the ring file exists already"),
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
                write!(f, "line {line}: {field} is no date like 2030-01-31T12:00:00Z")
            }
            Self::Secret { line, error } => write!(f, "line {line}: secret: {error}"),
            Self::Ring { line, error } => write!(f, "line {line}: {error}"),
            Self::NotAdded { error } => error.fmt(f),
            Self::Pending { key, seal_from } => {
                write!(
                    f,
                    "a rotation is under way: key {key} seals from {}",
                    seal_from.to_rfc3339()
                )
            }
            Self::NoSuchKey { key } => write!(f, "the ring has no key {key}"),
            Self::Sealing { key } => write!(f, "key {key} seals now: rotate first"),
        }
    }
}

impl std::error::Error for RingFileError {}
