//! A session's data.

use std::fmt;

use super::{CsrfError, SealError};
use crate::time::Timestamp;

/// Why a session was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// The data would not fit the cookie. Nothing was changed.
    TooLarge {
        /// Bytes that the cookie would take.
        used: usize,
        /// The most bytes.
        limit: usize,
        /// Bytes of it that are the encoded data.
        data: usize,
    },
    /// The data's `Serialize` failed, or needs what the codec cannot do.
    Encode,
    /// The data does not come back from its own encoding.
    NotFaithful,
    /// The data's `Serialize` writes something else than its `Deserialize` reads: it would come back as other data.
    WrittenOtherwise(Misfit),
    /// The request's cookie was refused for a reason that another node may not share (unknown key, unknown shape, not yet valid), so
    /// [`get_or_start`](crate::SessionSlot::get_or_start) does not replace it; [`start`](crate::SessionSlot::start) would.
    Refused,
    /// The session of this handle was ended or replaced.
    Ended,
    /// The response's head has gone out already.
    HeadSent,
    /// Another handle changed the session while this update ran.
    Conflict,
    /// The [`Revocation`](crate::Revocation) hook accepts sessions of this data only from a moment on that is further ahead than the leeway.
    TooEarly {
        /// The first moment at which such a session may start.
        from: Timestamp,
        /// The present moment.
        now: Timestamp,
    },
    /// Sealing failed.
    Seal(SealError),
    /// The request brought no proof that it was made from a page of this session. So that a handler passes on with `?` what
    /// [`check_csrf`](crate::Session::check_csrf) refuses and what a change of the session runs into.
    Csrf(CsrfError),
    /// A value of a key-value session was not read or kept.
    Value(ValueError),
}

/// A place in a session's data that is written in another way than it is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Misfit {
    pub(crate) path: &'static str,
    pub(crate) what: &'static str,
}

impl Misfit {
    /// Returns the path of the place: `T.cart[].price`.
    pub const fn path(&self) -> &'static str {
        self.path
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.path, self.what)
    }
}

impl fmt::Debug for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl SessionError {
    /// A short fixed text to count failures by.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too large",
            Self::Encode => "encode",
            Self::NotFaithful => "not faithful",
            Self::WrittenOtherwise(_) => "written otherwise",
            Self::Refused => "refused",
            Self::Ended => "ended",
            Self::HeadSent => "head sent",
            Self::Conflict => "conflict",
            Self::TooEarly { .. } => "too early",
            Self::Seal(error) => error.label(),
            Self::Csrf(error) => error.label(),
            Self::Value(error) => error.label(),
        }
    }
}

impl From<SealError> for SessionError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

impl From<CsrfError> for SessionError {
    fn from(error: CsrfError) -> Self {
        Self::Csrf(error)
    }
}

impl From<ValueError> for SessionError {
    fn from(error: ValueError) -> Self {
        Self::Value(error)
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge { used, limit, data } => write!(
                f,
                "the cookie would take {used} bytes of {limit}, {data} of them data"
            ),
            Self::Encode => f.write_str(
                "the session data cannot be encoded: Codec::Json (feature json) carries more types",
            ),
            Self::NotFaithful => f.write_str(
                "the session data does not come back from its own encoding: Codec::Json (feature json) carries more types",
            ),
            Self::WrittenOtherwise(misfit) => write!(
                f,
                "session data: {misfit}: remove the attribute that makes the difference, or use Codec::Json (feature json)"
            ),
            Self::Refused => f.write_str(
                "the request's session cookie was refused here and may be good elsewhere: not replaced",
            ),
            Self::Ended => f.write_str("the session was ended or replaced"),
            Self::HeadSent => f.write_str("the response's head has gone out already"),
            Self::Conflict => f.write_str("the session was changed while this update ran"),
            Self::TooEarly { from, now } => {
                write!(f, "such a session may start from {from} on, now {now}")
            }
            Self::Seal(error) => error.fmt(f),
            Self::Csrf(error) => error.fmt(f),
            Self::Value(error) => error.fmt(f),
        }
    }
}

/// The user of a session has not proved lately who they are. The adapters answer 403 with an empty body, and log an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotRecent {
    /// When they last did.
    pub at: Option<Timestamp>,
    /// The present moment.
    pub now: Timestamp,
}

impl fmt::Display for NotRecent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(f, "the last proof of identity was at {at}, now {}", self.now),
            None => f.write_str("no proof of identity was given in this session"),
        }
    }
}

impl std::error::Error for NotRecent {}

/// Why a value of a key-value session was not read or kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueError {
    /// JSON cannot carry it, or its `Serialize` failed.
    Encode,
    /// What is kept under the key is of another type.
    Decode,
}

impl ValueError {
    /// A short fixed text to count failures by.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Encode => "value not encoded",
            Self::Decode => "value of another type",
        }
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Encode => "the value cannot be written as JSON",
            Self::Decode => "the value under this key is of another type",
        })
    }
}

impl std::error::Error for SessionError {}
impl std::error::Error for ValueError {}
