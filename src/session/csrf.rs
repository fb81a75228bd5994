//! What is bound to a session's current id: CSRF tokens, and what the browser brings back in a ceremony.

use super::state::TO_READ;
use super::{Session, SessionSlot};
use crate::error::{CsrfError, SessionError};
use crate::id::SessionId;
use crate::payload::SessionData;

impl<T> Session<T> {
    /// Returns a token for a form or script on a page made for this session. [`check_csrf`](Self::check_csrf) looks for it in the
    /// request that the page makes. It is 75 characters of base64url, different each time, and needs no escaping in HTML or
    /// headers.
    ///
    /// Nothing is stored. A token is valid as long as the session keeps its id: in all tabs, and across a rotation of keys until
    /// the key that made it no longer opens. [`renew`](Self::renew) gives the session another id, so forms that are open at that
    /// time are refused: a token is bound to the session as it is (OWASP "Cross-Site Request Forgery Prevention Cheat Sheet").
    ///
    /// A log-in form has no session yet, and so no token: [`CrossOriginProtection`](crate::CrossOriginProtection) guards it.
    ///
    /// ```
    /// use hardtack::{Session, SessionError};
    ///
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct User { email: String }
    ///
    /// fn form(user: &Session<User>) -> Result<String, SessionError> {
    ///     let csrf = user.csrf_token()?;
    ///     Ok(format!(r#"<form method="post"><input type="hidden" name="csrf" value="{csrf}"> … "#))
    /// }
    ///
    /// fn submitted(user: &mut Session<User>, csrf: &str, email: String) -> Result<(), SessionError> {
    ///     user.check_csrf(csrf)?;
    ///     user.update(|user| user.email = email)
    /// }
    /// ```
    ///
    /// # Errors
    /// [`SessionError::Ended`]; [`SessionError::Refused`]; no key may seal; no randomness.
    pub fn csrf_token(&self) -> Result<String, SessionError> {
        let session = self.id_to_bring_back()?;
        let cookie = &self.slot.0.cookie;
        Ok(cookie.csrf().make(session, cookie.now())?)
    }

    /// Checks that `token`, which came with the request in a field or a header, was made by [`csrf_token`](Self::csrf_token) for
    /// this session. Call it before the request changes anything, and before [`renew`](Self::renew).
    ///
    /// # Errors
    /// Why it proves nothing. The adapters answer 403 with an empty body, and log an event.
    pub fn check_csrf(&self, token: impl AsRef<[u8]>) -> Result<(), CsrfError> {
        let session = self.present_id().ok_or(CsrfError::Ended)?;
        let cookie = &self.slot.0.cookie;
        cookie.csrf().check(token.as_ref(), session, cookie.now())
    }

    /// The id that the browser will come back with, for what is bound to it. A session that only this request sees has none.
    pub(crate) fn id_to_bring_back(&self) -> Result<SessionId, SessionError> {
        let none = if self.serial == TO_READ { SessionError::Refused } else { SessionError::Ended };
        self.present_id().ok_or(none)
    }

    /// The current id of this handle's session, even if another handle renewed it; works while the body is streamed, too.
    fn present_id(&self) -> Option<SessionId> {
        let state = self.slot.lock();
        let current = state.current().filter(|current| current.serial == self.serial);
        current.map(|current| current.claims.session_id)
    }
}

impl<T: SessionData> SessionSlot<T> {
    /// The id of the session that the browser will come back with, if it will. A refusal that another node may not share is an error:
    /// there the browser has one.
    pub(crate) fn id_to_bind(&self) -> Result<Option<SessionId>, SessionError> {
        match self.open() {
            Ok(Some(session)) => session.id_to_bring_back().map(Some),
            Err(refusal) if refusal.may_be_good_elsewhere() => Err(SessionError::Refused),
            Ok(None) | Err(_) => Ok(None),
        }
    }
}
