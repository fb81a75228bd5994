//! The beginning of a request: may it have a session, and whose slot is it?

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

/// What the session layers of one request know of each other. An adapter keeps one in the request's extensions.
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
    /// Hand this slot to the handlers, and commit it on the response.
    Slot(SessionSlot<T>),
    /// A layer further out has begun the same session: its slot is the one, and it commits.
    Already,
}

/// Why a request must not reach its handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BeginError {
    /// Another site had the browser send it: answer 403.
    CrossOrigin(CrossOriginError),
    /// Another session cookie of the same name is there already, a mistake in the server: answer 500. Both would be set, and the
    /// browser would keep one of them.
    SameName,
}

impl<T: SessionData> SessionCookie<T> {
    /// Begins a request's session: what an adapter does before the handler runs. What it refuses has been logged.
    ///
    /// Where the request comes from is checked once an application, by the rules of the outermost layer: `others` tells. With the
    /// feature `http`, `begin_http` is the shorter way.
    ///
    /// # Errors
    /// [`BeginError`] says what to answer, with an empty body.
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
