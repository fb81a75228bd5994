//! Requests that another site may have made.

use std::fmt;

use crate::id::KeyId;

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
    UnknownKey {
        /// The id that the token names.
        key: KeyId,
    },
    /// The tag does not match: forged, altered, or made for another session, cookie or application, or before the session was renewed.
    NotAuthentic,
}

impl CsrfError {
    /// A short fixed text to count refusals by.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Malformed => "malformed",
            Self::UnknownKey { .. } => "unknown key",
            Self::NotAuthentic => "not authentic",
        }
    }
}

impl fmt::Display for CsrfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ended => "the session was ended or replaced",
            Self::Malformed => "not a CSRF token",
            Self::UnknownKey { key } => {
                return write!(f, "no key of the ring may open the CSRF token: its key is {key}");
            }
            Self::NotAuthentic => "the CSRF token was not made for this session",
        })
    }
}

/// Why a request that may change something is taken for another site's.
///
/// For logs and metrics: whoever sent it is told 403 and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrossOriginError {
    /// `Sec-Fetch-Site` says so: the browser made it for a page of another site, or of another origin of this one.
    CrossSite,
    /// There is no `Sec-Fetch-Site`, and `Origin` is neither the request's host nor trusted.
    OtherOrigin,
    /// There is no `Sec-Fetch-Site`, and `Origin` is `null`: a sandboxed or local page, or a `Referrer-Policy: no-referrer`.
    OpaqueOrigin,
    /// There is neither header, and the request carries a session cookie of the application.
    NoOrigin,
    /// There is no `Sec-Fetch-Site`, and neither a `Host` nor an authority to hold `Origin` against.
    NoHost,
    /// `Origin` or the host is malformed, or comes several times and not always the same.
    Malformed,
}

impl CrossOriginError {
    /// A short fixed text to count refusals by.
    pub const fn label(&self) -> &'static str {
        match self {
            Self::CrossSite => "cross site",
            Self::OtherOrigin => "other origin",
            Self::OpaqueOrigin => "opaque origin",
            Self::NoOrigin => "no origin",
            Self::NoHost => "no host",
            Self::Malformed => "malformed",
        }
    }
}

impl fmt::Display for CrossOriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CrossSite => "the browser made the request for a page of another origin",
            Self::OtherOrigin => "the request's origin is neither its host nor trusted",
            Self::OpaqueOrigin => "the request's origin is null",
            Self::NoHost => "the request has an origin, and no host to hold it against",
            Self::NoOrigin => "the request has a session cookie and does not tell its origin",
            Self::Malformed => "the request's origin or host is malformed",
        })
    }
}

impl std::error::Error for CsrfError {}
impl std::error::Error for CrossOriginError {}
