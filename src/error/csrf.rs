//! Requests that another site may have made.

use std::fmt;

/// Why a token is no proof that a request comes from a page of this session. The variants stand in the order of the checks.
///
/// For logs and metrics: whoever sent it is told 403 and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CsrfError {
    /// The session of this handle was ended or replaced.
    Ended,
    /// Not of the format: empty, another length, another alphabet.
    Malformed,
    /// No key of the ring has the token's key id: a retired key, a foreign key, or a node without the newest ring.
    UnknownKey,
    /// The tag does not match: forged, altered, or made for another session, cookie or application, or before the session was renewed.
    NotAuthentic,
}

impl CsrfError {
    /// A short fixed text to count refusals by.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Malformed => "malformed",
            Self::UnknownKey => "unknown key",
            Self::NotAuthentic => "not authentic",
        }
    }
}

impl fmt::Display for CsrfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ended => "the session was ended or replaced",
            Self::Malformed => "not a CSRF token",
            Self::UnknownKey => "no key of the ring may open the CSRF token",
            Self::NotAuthentic => "the CSRF token was not made for this session",
        })
    }
}

impl std::error::Error for CsrfError {}
