//! Errors in a session's data.

use std::fmt;

use super::{CsrfError, SealError};
use crate::time::Timestamp;

/// Why a session was not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionError {
    /// The data does not fit into the cookie. Nothing was changed.
    TooLarge {
        /// How many bytes the cookie would take.
        used: usize,
        /// The most bytes that it may take.
        limit: usize,
        /// How many of the `used` bytes are encoded data.
        data: usize,
    },
    /// The response's header does not fit into the proxy's buffer, as set by
    /// [`header_budget`](crate::SessionCookieBuilder::header_budget). Nothing was changed.
    AboveHeaderBudget {
        /// How many bytes of the header the cookie's lines would take.
        used: usize,
        /// The most bytes that they may take.
        budget: usize,
        /// How many bytes the encoded data has.
        data: usize,
    },
    /// The data's `Serialize` failed, or needs something that the codec cannot do.
    Encode,
    /// Decoding the encoded data gives different data.
    NotFaithful,
    /// The data's `Serialize` writes something other than its `Deserialize` reads, so it would come back as different data.
    WrittenOtherwise(Misfit),
    /// The request's cookie was refused for a reason that may not hold on another node (unknown key, unknown shape, not yet
    /// valid). That is why [`get_or_start`](crate::SessionSlot::get_or_start) does not replace it;
    /// [`start`](crate::SessionSlot::start) would.
    Refused,
    /// This handle's session was ended or replaced.
    Ended,
    /// The head of the response has already been sent.
    HeadSent,
    /// Another handle changed the session while this update ran.
    Conflict,
    /// The [`Revocation`](crate::Revocation) hook accepts no session with this data yet, and the moment from which it does is
    /// further ahead than the leeway.
    TooEarly {
        /// The first moment at which such a session may start.
        from: Timestamp,
        /// The current time.
        now: Timestamp,
    },
    /// Sealing failed.
    Seal(SealError),
    /// The request did not prove that it comes from a page of this session. This variant lets a handler use `?` both on
    /// [`check_csrf`](crate::Session::check_csrf) and on changes of the session.
    Csrf(CsrfError),
    /// A value of a key-value session was not read or stored.
    Value(ValueError),
}

/// A place in a session's data that is written in one way and read in another.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Misfit {
    pub(crate) path: &'static str,
    pub(crate) what: &'static str,
}

impl Misfit {
    /// Returns the path to the place: `T.cart[].price`.
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
    /// Returns a short fixed text to count failures by.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too large",
            Self::AboveHeaderBudget { .. } => "above header budget",
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
                "the cookie would take {used} bytes, more than {limit}; the data takes {data} of them"
            ),
            Self::AboveHeaderBudget { used, budget, data } => write!(
                f,
                "the cookie would take {used} bytes of the response's header, and .header_budget(…) allows {budget}: {data} bytes are data"
            ),
            Self::Encode => f.write_str(
                "the session data cannot be encoded: Codec::Json (feature json) supports more types",
            ),
            Self::NotFaithful => f.write_str(
                "the session data does not come back from its own encoding: Codec::Json (feature json) supports more types",
            ),
            Self::WrittenOtherwise(misfit) => write!(
                f,
                "session data: {misfit}: remove the serde attribute that causes it, or use Codec::Json (feature json)"
            ),
            Self::Refused => f.write_str(
                "this node refused the request's session cookie, but another may accept it: not replaced",
            ),
            Self::Ended => f.write_str("the session was ended or replaced"),
            Self::HeadSent => f.write_str("the response's head has already been sent"),
            Self::Conflict => f.write_str("the session was changed while this update ran"),
            Self::TooEarly { from, now } => {
                write!(f, "a session with this data may start at {from} at the earliest, now {now}")
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

/// Why a value of a key-value session was not read or stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueError {
    /// JSON cannot represent it, or its `Serialize` failed.
    Encode,
    /// The value under this key has another type.
    Decode,
}

impl ValueError {
    /// Returns a short fixed text to count failures by.
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
