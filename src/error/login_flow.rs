//! Logging in at a provider and coming back.

use std::fmt;

use super::{OpenError, SealError};

/// Why a log-in flow was not begun, or a callback not accepted. The adapters answer with an empty body: 500 for
/// [`Seal`](Self::Seal) and [`UndeclaredIssuer`](Self::UndeclaredIssuer), 400 for all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginFlowError {
    /// The path to return to is not on the list: a forged link, or a page that should be on it.
    ReturnPath,
    /// The issuer was not declared with [`issuer`](crate::login::LoginFlowsBuilder::issuer), letter for letter: a slash at the end
    /// makes another one.
    UndeclaredIssuer,
    /// The callback's state is not of the form that this crate gives out.
    MalformedState,
    /// The request carries no cookie of the callback's flow: begun in another browser, finished already, or too long ago.
    NoFlow,
    /// The flow's cookie was refused.
    Refused(OpenError),
    /// The flow's cookie holds another state than the callback.
    WrongState,
    /// The callback names no issuer, and its provider always does (RFC 9207).
    NoIssuer,
    /// The callback comes from another issuer than the flow was begun with: a mix-up attack (RFC 9700 section 4.4).
    WrongIssuer,
    /// The flow could not be sealed.
    Seal(SealError),
}

impl LoginFlowError {
    /// A short fixed text to count failures by.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::ReturnPath => "return path",
            Self::UndeclaredIssuer => "undeclared issuer",
            Self::MalformedState => "malformed state",
            Self::NoFlow => "no flow",
            Self::Refused(error) => error.label(),
            Self::WrongState => "wrong state",
            Self::NoIssuer => "no issuer",
            Self::WrongIssuer => "wrong issuer",
            Self::Seal(error) => error.label(),
        }
    }
}

impl LoginFlowError {
    /// Whether the fault is the server's, and not in what the browser brought.
    pub const fn is_servers(&self) -> bool {
        matches!(self, Self::Seal(_) | Self::UndeclaredIssuer)
    }
}

impl From<SealError> for LoginFlowError {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

impl fmt::Display for LoginFlowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ReturnPath => "the path to return to is not on the list",
            Self::UndeclaredIssuer => {
                "the issuer was not declared with .issuer(…), letter for letter"
            }
            Self::MalformedState => "the callback's state is not one that was given out",
            Self::NoFlow => "no log-in flow of this state is open in this browser: the callback must come to the host that began it, with www or without",
            Self::Refused(error) => return error.fmt(f),
            Self::WrongState => "the log-in flow's cookie holds another state",
            Self::NoIssuer => "the callback names no issuer",
            Self::WrongIssuer => "the callback comes from another issuer",
            Self::Seal(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for LoginFlowError {}
