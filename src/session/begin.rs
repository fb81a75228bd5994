//! The beginning of a request: may it have a session, and which slot does it use?

use std::fmt;
use std::sync::Arc;

use super::SessionSlot;
use super::state::Candidates;
use crate::csrf::{CrossOriginProtection, Passage};
use crate::error::CrossOriginError;
use crate::head::RequestHead;
use crate::log;
use crate::payload::SessionData;
use crate::session_cookie::{AnyCookie, SessionCookie};

/// What the session layers of one request know about each other. An adapter keeps it in the request's extensions.
#[derive(Clone, Default)]
pub struct InRequest(Vec<Installed>);

#[derive(Clone)]
struct Installed {
    cookie: Arc<dyn AnyCookie>,
    passage: Passage,
}

/// How the session of a request begins.
#[derive(Debug)]
#[must_use = "a slot does nothing until handlers can reach it"]
pub enum Begun<T> {
    /// Give this slot to the handlers, and commit it to the response.
    Slot(SessionSlot<T>),
    /// A layer further out has begun the same session: use its slot. That layer commits it.
    Already,
}

/// Why a request must not reach its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BeginError {
    /// Another site made the browser send it: answer 403.
    CrossOrigin(CrossOriginError),
    /// The request already has another session cookie with the same name, which is a mistake in the server: answer 500. The
    /// response would set both, and the browser would keep only one.
    SameName,
}

impl<T: SessionData> SessionCookie<T> {
    /// Begins a request's session. An adapter calls this before the handler runs. Refusals are already logged.
    ///
    /// The cross-origin check runs once per application, by the rules of the outermost layer; `others` keeps track. With the
    /// feature `http`, `begin_http` is shorter.
    ///
    /// # Errors
    /// A [`BeginError`], which says what to answer. Leave the body empty.
    pub fn begin(
        &self,
        request: &impl RequestHead,
        protection: &CrossOriginProtection,
        others: &mut InRequest,
    ) -> Result<Begun<T>, BeginError> {
        let cookie = self.as_any();
        if let Some(other) = others.0.iter().find(|other| other.cookie.name() == self.name()) {
            if Arc::ptr_eq(&other.cookie, &cookie) {
                return Ok(Begun::Already);
            }
            log::name_conflict(self.name());
            return Err(BeginError::SameName);
        }
        let same_site = |other: &&Installed| Arc::ptr_eq(other.cookie.site(), cookie.site());
        let passage = match others.0.iter().find(same_site) {
            Some(other) => other.passage,
            None => protection.check(request).map_err(BeginError::CrossOrigin)?,
        };
        others.0.push(Installed { cookie, passage });
        Ok(Begun::Slot(match passage {
            Passage::Exempt => self.exempt_slot(),
            Passage::Checked => {
                let mut candidates = Candidates::default();
                request.lines("cookie", &mut |line| candidates.read(line, self));
                self.slot_of(candidates)
            }
        }))
    }
}

impl fmt::Debug for InRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|installed| installed.cookie.name())).finish()
    }
}

impl fmt::Display for BeginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CrossOrigin(error) => error.fmt(f),
            Self::SameName => f.write_str("another session cookie of the same name is installed"),
        }
    }
}

impl std::error::Error for BeginError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::CrossOrigin(error) => Some(error),
            Self::SameName => None,
        }
    }
}
