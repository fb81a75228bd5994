//! Errors in keys and rings.

use std::fmt;

/// Why bytes or a text are not a [`Key`](crate::Key), or keys not a [`KeyRing`](crate::KeyRing).
///
/// It names a list entry by its position, counted from 1, and never by its text. `Debug` prints the same sentence as `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyError(KeyProblem);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum KeyProblem {
    /// The text does not start with `htk1_`.
    NotKeyText,
    /// The text starts with a quotation mark.
    Quoted,
    TextLength {
        found: usize,
    },
    /// A character is outside the base64url alphabet, or the last one is not canonical.
    Alphabet,
    Checksum,
    Length {
        found: usize,
    },
    AllEqual,
    /// All 32 bytes are printable ASCII: a pass phrase or hex text, not random bytes.
    Printable,
    /// A key printed in public documentation.
    Example,
    Random,
    /// A ring without keys.
    Empty,
    /// An error in one entry of a list, counted from 1.
    InList {
        position: usize,
        problem: Box<KeyProblem>,
    },
    Duplicate {
        position: usize,
    },
    /// Two keys have the same `seal_from`: nothing decides which of them seals.
    SameSealFrom {
        position: usize,
    },
    OpenUntilBeforeSealFrom {
        position: usize,
    },
    /// An error in the list in an environment variable.
    InVariable {
        variable: String,
        problem: Box<KeyProblem>,
    },
    NotSet {
        variable: String,
    },
    NotUnicode {
        variable: String,
    },
}

impl KeyError {
    pub(crate) fn in_list(self, position: usize) -> Self {
        Self(KeyProblem::InList { position, problem: Box::new(self.0) })
    }
}

impl KeyError {
    pub(crate) fn in_variable(self, variable: &str) -> Self {
        let variable = variable.to_owned();
        Self(KeyProblem::InVariable { variable, problem: Box::new(self.0) })
    }
}

impl From<KeyProblem> for KeyError {
    fn from(problem: KeyProblem) -> Self {
        Self(problem)
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for KeyProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotKeyText => {
                f.write_str("key text does not start with htk1_: make one with `hardtack key new`")
            }
            Self::Quoted => f.write_str(
                "key text is in quotation marks: `docker --env-file` keeps them where a shell strips them, so leave them out",
            ),
            Self::TextLength { found } => {
                write!(f, "key text has {found} characters instead of 53")
            }
            Self::Alphabet => f.write_str("key text is not canonical base64url"),
            Self::Checksum => f.write_str("key text has a wrong checksum: look for a typing error"),
            Self::Length { found } => write!(f, "key has {found} bytes instead of 32"),
            Self::AllEqual => f.write_str("all bytes of the key are equal"),
            Self::Printable => f.write_str(
                "key is printable text, not 32 random bytes: make one with Key::generate",
            ),
            Self::Example => f.write_str("key is a published example: make one with Key::generate"),
            Self::Random => f.write_str("the operating system provided no randomness"),
            Self::Empty => {
                f.write_str("a key ring needs at least one key: make one with `hardtack key new`")
            }
            Self::InList { position, problem } => write!(f, "key {position}: {problem}"),
            Self::Duplicate { position } => {
                write!(f, "key {position}: already in the ring")
            }
            Self::SameSealFrom { position } => {
                write!(f, "key {position}: another key has the same seal_from")
            }
            Self::OpenUntilBeforeSealFrom { position } => {
                write!(f, "key {position}: open_until is not after seal_from")
            }
            Self::InVariable { variable, problem } => {
                write!(f, "environment variable {variable}: {problem}")
            }
            Self::NotSet { variable } => write!(
                f,
                "environment variable {variable} is not set: fill it with key texts made by `hardtack key new`"
            ),
            Self::NotUnicode { variable } => {
                write!(f, "environment variable {variable} is not Unicode")
            }
        }
    }
}

/// Prints what `Display` does.
impl fmt::Debug for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for KeyError {}
