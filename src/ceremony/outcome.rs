//! What `begin` and `finish` return: an id and cookies to set, a cookie to remove, a refusal.

use std::fmt;

use crate::cookie::SetCookie;
use crate::crypto::Zeroizing;
use crate::error::CeremonyError;

/// A ceremony that was begun: the id that the page brings back, and the cookies of the response.
#[must_use = "a ceremony that is not sent to the browser cannot be finished"]
pub struct Begun {
    id: Zeroizing<String>,
    set_cookies: Vec<SetCookie>,
}

impl Begun {
    pub(super) fn new(id: Zeroizing<String>, set_cookies: Vec<SetCookie>) -> Self {
        Self { id, set_cookies }
    }

    /// The id to bring back, in a form's hidden field or a script's request: 36 characters of base64url.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The lines to set on the response, each in a separate `Set-Cookie` header: the ceremony's cookie last, removals of the oldest before it.
    /// Add `Cache-Control: no-store`, where no adapter does. In axum the ceremony is a part of the response and sets both itself:
    /// `(begun, Html(form))`.
    pub fn set_cookies(&self) -> impl Iterator<Item = &SetCookie> {
        self.set_cookies.iter()
    }

    pub(crate) fn into_parts(self) -> (Zeroizing<String>, Vec<SetCookie>) {
        (self.id, self.set_cookies)
    }
}

/// The `Set-Cookie` line that removes a ceremony's cookie. In axum it is a part of the response: `(removal, redirect)`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the ceremony's cookie stays until its removal is on the response"]
pub struct Removal(SetCookie);

impl Removal {
    pub(super) fn new(line: SetCookie) -> Self {
        Self(line)
    }

    /// The line to set on the response.
    pub fn set_cookie(&self) -> &SetCookie {
        &self.0
    }

    pub(crate) fn into_set_cookie(self) -> SetCookie {
        self.0
    }
}

/// Why a ceremony was not finished, and the removal of its cookie. The adapters answer as [`CeremonyError`] says, with the
/// removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedCeremony {
    reason: CeremonyError,
    removal: Option<Removal>,
}

impl RefusedCeremony {
    pub(super) fn new(reason: CeremonyError, removal: Option<Removal>) -> Self {
        Self { reason, removal }
    }

    /// Why. For logs and decisions of the server, not for the browser.
    pub fn reason(&self) -> CeremonyError {
        self.reason
    }

    /// The line that removes the cookie, if the request carried it and no server would accept it any more.
    pub fn removal(&self) -> Option<&Removal> {
        self.removal.as_ref()
    }
}

impl From<CeremonyError> for RefusedCeremony {
    fn from(reason: CeremonyError) -> Self {
        Self { reason, removal: None }
    }
}

impl fmt::Display for RefusedCeremony {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}

impl std::error::Error for RefusedCeremony {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.reason)
    }
}

/// Leaves the id out.
impl fmt::Debug for Begun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Begun").field("set_cookies", &self.set_cookies).finish_non_exhaustive()
    }
}
