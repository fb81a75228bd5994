//! A handler that asked for a session and got none.

use std::fmt;

/// Why a handler was not given the session that it asks for. The adapters answer with an empty body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionRejection {
    /// The request carries none that opens: status 401.
    NoSession,
    /// The layer, middleware or fairing for this type of session is not installed: a mistake in the server, status 500.
    NotInstalled,
}

impl fmt::Display for SessionRejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoSession => "no session",
            Self::NotInstalled => {
                "no layer, middleware or fairing is installed for this type of session"
            }
        })
    }
}

impl std::error::Error for SessionRejection {}
