//! The error of a handler that asked for a session and got none.

use std::fmt;

/// Why a handler did not get the session it asked for. The adapters answer with an empty body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionRejection {
    /// The request has no session that opens: status 401.
    NoSession,
    /// No layer, middleware or fairing is installed for this type of session. This is a mistake in the server: status 500.
    NotInstalled,
}

impl fmt::Display for SessionRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSession => "no session",
            Self::NotInstalled => {
                "no layer, middleware or fairing for this type of session is installed"
            }
        })
    }
}

impl std::error::Error for SessionRejection {}
