//! Keys and rings.

use std::fmt;

/// Why octets or a text are no [`Key`](crate::Key).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The text does not start with `htk1_`.
    NotKeyText,
    /// The text has another length than the 53 characters of a key.
    TextLength {
        /// Characters found.
        found: usize,
    },
    /// A character is not of the base64url alphabet, or the last one is not canonical.
    Alphabet,
    /// The checksum does not match: a typing error.
    Checksum,
    /// A root key has 32 octets.
    Length {
        /// Octets found.
        found: usize,
    },
    /// All octets are equal.
    AllEqual,
    /// All 32 octets are printable ASCII: a pass phrase or hex text, not random octets.
    Printable,
    /// A key that stands in public documentation.
    Example,
    /// The operating system gave no randomness.
    Random,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotKeyText => f.write_str("key text does not start with htk1_"),
            Self::TextLength { found } => {
                write!(f, "key text has {found} characters instead of 53")
            }
            Self::Alphabet => f.write_str("key text is not canonical base64url"),
            Self::Checksum => f.write_str("key text has a wrong checksum: a typing error"),
            Self::Length { found } => write!(f, "key has {found} octets instead of 32"),
            Self::AllEqual => f.write_str("all octets of the key are equal"),
            Self::Printable => f.write_str(
                "key is printable text, not 32 random octets: make one with Key::generate",
            ),
            Self::Example => f.write_str("key is a published example"),
            Self::Random => f.write_str("the operating system gave no randomness"),
        }
    }
}

/// Why keys make no [`KeyRing`](crate::KeyRing).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RingError {
    /// No key was given.
    Empty,
    /// A key of a list is none.
    Key {
        /// Its place in the list, from 1.
        position: usize,
        /// What is wrong with it.
        error: KeyError,
    },
    /// The same key twice.
    Duplicate {
        /// The place of the second one, from 1 in the order of adding.
        position: usize,
    },
    /// Two keys with one `seal_from`: which of them seals would be chance.
    SameSealFrom {
        /// The place of the second one, from 1 in the order of adding.
        position: usize,
    },
    /// A key that would stop opening before it starts sealing.
    OpenUntilBeforeSealFrom {
        /// Its place, from 1 in the order of adding.
        position: usize,
    },
    /// The environment variable is not set.
    NotSet {
        /// Its name.
        variable: String,
    },
    /// The environment variable is not Unicode.
    NotUnicode {
        /// Its name.
        variable: String,
    },
}

impl fmt::Display for RingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("a key ring needs at least one key"),
            Self::Key { position, error } => write!(f, "key {position}: {error}"),
            Self::Duplicate { position } => {
                write!(f, "key {position}: already in the ring")
            }
            Self::SameSealFrom { position } => {
                write!(f, "key {position}: another key has the same seal_from")
            }
            Self::OpenUntilBeforeSealFrom { position } => {
                write!(f, "key {position}: open_until is not after seal_from")
            }
            Self::NotSet { variable } => {
                write!(f, "environment variable {variable} is not set")
            }
            Self::NotUnicode { variable } => {
                write!(f, "environment variable {variable} is not Unicode")
            }
        }
    }
}

impl std::error::Error for KeyError {}
impl std::error::Error for RingError {}
