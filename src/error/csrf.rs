//! Errors for requests that another site may have made.

use std::fmt;

use crate::id::KeyId;

/// Why a CSRF token does not prove that a request comes from a page of this session. The variants are in the order of the checks.
///
/// For logs and metrics: tell the sender 403 and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CsrfError {
    /// This handle's session was ended or replaced.
    Ended,
    /// The token is empty, or has the wrong length or alphabet.
    Malformed,
    /// The ring has no key with the token's key id: a retired key, a foreign key, or this node lacks the newest ring.
    UnknownKey {
        /// The key id in the token.
        key: KeyId,
    },
    /// The tag does not match: forged, altered, made for another session, cookie or application, or made before the session was
    /// renewed.
    NotAuthentic,
}

impl CsrfError {
    /// Returns a short fixed text to count refusals by.
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
                return write!(f, "no key in the ring can open the CSRF token: it names key {key}");
            }
            Self::NotAuthentic => "the CSRF token was not made for this session",
        })
    }
}

/// Why a state-changing request looks like another site's.
///
/// For logs and metrics: tell the sender 403 and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CrossOriginError {
    /// `Sec-Fetch-Site` says that the browser made it for a page of another site, or of another origin of this site.
    CrossSite,
    /// There is no `Sec-Fetch-Site`, and `Origin` is neither the request's host nor trusted.
    OtherOrigin,
    /// There is no `Sec-Fetch-Site`, and `Origin` is `null`: a sandboxed or local page, or a `Referrer-Policy: no-referrer`.
    OpaqueOrigin,
    /// Both headers are missing, and the request carries a session cookie of the application.
    NoOrigin,
    /// There is no `Sec-Fetch-Site`, and no `Host` or authority to compare `Origin` with.
    NoHost,
    /// `Origin` or the host is malformed, or is repeated with different values.
    Malformed,
}

impl CrossOriginError {
    /// Returns a short fixed text to count refusals by.
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
            Self::OtherOrigin => "the request comes from another origin, which is not trusted",
            Self::OpaqueOrigin => "the request's origin is null",
            Self::NoHost => "the request has an Origin but no host to compare it with",
            Self::NoOrigin => {
                "the request has a session cookie but neither Sec-Fetch-Site nor Origin"
            }
            Self::Malformed => "the request's origin or host is malformed",
        })
    }
}

impl std::error::Error for CsrfError {}
impl std::error::Error for CrossOriginError {}
