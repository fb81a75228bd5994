//! Errors in logging in at a provider and coming back.

use std::fmt;

use super::{OpenError, SealError};

/// Why a log-in flow did not begin, or a callback was not accepted. The adapters answer with an empty body: 500 for
/// [`Seal`](Self::Seal) and [`UndeclaredIssuer`](Self::UndeclaredIssuer), 400 for all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginFlowError {
    /// The return path is not on the list: a forged link, or a page that you forgot to list.
    ReturnPath,
    /// The issuer was not declared with [`issuer`](crate::login::LoginFlowsBuilder::issuer). It must match to the letter: a
    /// trailing slash makes another issuer.
    UndeclaredIssuer,
    /// The callback's state does not have the form that this crate gives out.
    MalformedState,
    /// The request carries no cookie for the callback's flow: it began in another browser, has finished already, or began too
    /// long ago.
    NoFlow,
    /// The flow's cookie did not open.
    Refused(OpenError),
    /// The flow's cookie holds a different state than the callback.
    WrongState,
    /// The callback names no issuer, although its provider always does (RFC 9207).
    NoIssuer,
    /// The callback comes from a different issuer than the flow began with: a mix-up attack (RFC 9700 section 4.4).
    WrongIssuer,
    /// The flow could not be sealed.
    Seal(SealError),
}

impl LoginFlowError {
    /// Returns a short fixed text to count failures by.
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
    /// Whether the server is at fault, rather than what the browser sent.
    pub const fn is_servers(&self) -> bool {
        match self {
            Self::Seal(_) | Self::UndeclaredIssuer => true,
            Self::ReturnPath
            | Self::MalformedState
            | Self::NoFlow
            | Self::Refused(_)
            | Self::WrongState
            | Self::NoIssuer
            | Self::WrongIssuer => false,
        }
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
            Self::ReturnPath => "the return path is not on the list",
            Self::UndeclaredIssuer => {
                "the issuer is not one that .issuer(…) declared, to the letter"
            }
            Self::MalformedState => "the callback's state is malformed",
            Self::NoFlow => "this browser has no open log-in flow with this state: the callback must arrive at the host that began it, with or without www",
            Self::Refused(error) => return error.fmt(f),
            Self::WrongState => "the log-in flow's cookie holds a different state",
            Self::NoIssuer => "the callback names no issuer",
            Self::WrongIssuer => "the callback comes from a different issuer",
            Self::Seal(error) => return error.fmt(f),
        })
    }
}

impl std::error::Error for LoginFlowError {}
