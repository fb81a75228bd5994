//! Why a ceremony was not begun or not finished.

use std::fmt;

use super::{OpenError, SealError, SessionError};

/// Why a ceremony was not begun or not finished. The adapters answer with an empty body: 500 for [`Session`](Self::Session), 400 for all
/// others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CeremonyError {
    /// The id is not of the form that this crate gives out.
    MalformedId,
    /// The request carries no cookie of this ceremony: begun in another browser, finished already, or too long ago.
    NotOpen,
    /// The ceremony's cookie was refused.
    Refused(OpenError),
    /// The ceremony's cookie holds another id.
    WrongId,
    /// It was begun in another session, or without one.
    OtherSession,
    /// It was finished before; see [`once`](crate::ceremony::CeremonyBuilder::once).
    Used,
    /// The state could not be sealed, or this node cannot tell which session the request has.
    Session(SessionError),
}

impl CeremonyError {
    /// A short fixed text to count failures by.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::MalformedId => "malformed id",
            Self::NotOpen => "not open",
            Self::Refused(error) => error.label(),
            Self::WrongId => "wrong id",
            Self::OtherSession => "other session",
            Self::Used => "used",
            Self::Session(error) => error.label(),
        }
    }

    /// Whether the fault is the server's, and not in what the browser brought.
    pub const fn is_servers(&self) -> bool {
        match self {
            Self::Session(_) => true,
            Self::MalformedId
            | Self::NotOpen
            | Self::Refused(_)
            | Self::WrongId
            | Self::OtherSession
            | Self::Used => false,
        }
    }

    /// Whether no server will finish this ceremony any more, so that its cookie may go. A cookie that holds another id is another
    /// ceremony's.
    pub(crate) const fn is_final(&self) -> bool {
        match self {
            Self::Refused(error) => !error.may_be_good_elsewhere(),
            Self::OtherSession | Self::Used => true,
            Self::MalformedId | Self::NotOpen | Self::WrongId | Self::Session(_) => false,
        }
    }
}

impl From<OpenError> for CeremonyError {
    fn from(error: OpenError) -> Self {
        Self::Refused(error)
    }
}

impl From<SessionError> for CeremonyError {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

impl From<SealError> for CeremonyError {
    fn from(error: SealError) -> Self {
        Self::Session(error.into())
    }
}

impl fmt::Display for CeremonyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MalformedId => "the ceremony's id is not one that was given out",
            Self::NotOpen => "no ceremony of this id is open in this browser",
            Self::Refused(error) => return error.fmt(f),
            Self::WrongId => "the ceremony's cookie holds another id",
            Self::OtherSession => "the ceremony was begun in another session",
            Self::Used => "the ceremony was finished before",
            Self::Session(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for CeremonyError {}
