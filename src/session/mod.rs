//! One request's place for a session: shared by its handlers, opened at the first look, committed once.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::claims::{Claims, Class};
use crate::error::{OpenError, SessionError};
use crate::log;
use crate::session_cookie::SessionCookie;

mod caching;
mod commit;
mod csrf;
mod handle;
mod state;
#[cfg(feature = "json")]
mod values;

pub use commit::ResponseHead;
pub use handle::Session;
use state::{Candidates, Commit, Current, State};

/// One request's place for the session of type T. Clones share it; handlers keep one in the request's extensions.
///
/// Nothing is opened until somebody looks, and nothing reaches the response until [`commit`](Self::commit). The three answers of
/// [`open`](Self::open) differ: no cookie, a refused one, a session. No refusal removes a cookie: a server with an old ring
/// or a wrong clock must not log people out.
pub struct SessionSlot<T>(Arc<Shared<T>>);

struct Shared<T> {
    cookie: SessionCookie<T>,
    candidates: Candidates,
    state: Mutex<State<T>>,
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> SessionCookie<T> {
    /// A slot for the request whose `Cookie` header lines these are: all of them, as octets, in order.
    pub fn slot<L: AsRef<[u8]>>(
        &self,
        cookie_lines: impl IntoIterator<Item = L>,
    ) -> SessionSlot<T> {
        let mut candidates = Candidates::default();
        for line in cookie_lines {
            for value in self.find(line.as_ref()) {
                candidates.push(value, self.check_length(value).err());
            }
        }
        let state = Mutex::new(State::new());
        SessionSlot(Arc::new(Shared { cookie: self.clone(), candidates, state }))
    }
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> SessionSlot<T> {
    /// The session: `Ok(None)` without a cookie.
    ///
    /// # Errors
    /// Why the cookie was refused. For logs and decisions of the server, not for the browser.
    pub fn open(&self) -> Result<Option<Session<T>>, OpenError> {
        let state = self.look();
        match state.refusal {
            Some(refusal) if state.current.is_none() && !state.ended => Err(refusal),
            _ => Ok(state.current.as_ref().map(|current| Session::new(self, current))),
        }
    }

    /// The session, if there is one: a refused cookie counts as none.
    pub fn get(&self) -> Option<Session<T>> {
        self.open().ok().flatten()
    }

    /// Why the request's cookie was refused, if it was.
    pub fn rejection(&self) -> Option<OpenError> {
        self.look().refusal
    }

    /// Starts a standard session with a new id, in the place of any other.
    ///
    /// # Errors
    /// Data that does not fit, cannot be encoded or does not come back; a head that has gone out; [`SessionError::TooEarly`]. The earlier
    /// session stays.
    pub fn start(&self, data: T) -> Result<Session<T>, SessionError> {
        self.start_of(Class::Standard, data, true)
    }

    /// Starts a remembered session with a new id, in the place of any other.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn start_remembered(&self, data: T) -> Result<Session<T>, SessionError> {
        self.start_of(Class::Remembered, data, true)
    }

    /// `replace`: in the place of any other; else another task's session, started meanwhile, is the answer.
    fn start_of(&self, class: Class, data: T, replace: bool) -> Result<Session<T>, SessionError> {
        let cookie = &self.0.cookie;
        let claims = cookie.fresh_for(&data, class)?;
        let octets = cookie.encode_checked(&data, class)?;
        let refused = self.look().has_refused();
        let carried = if refused { self.carried() } else { Vec::new() };
        let mut state = self.lock();
        if state.commit != Commit::Open {
            return Err(SessionError::HeadSent);
        }
        if let Some(current) = state.current.as_ref().filter(|_| !replace) {
            return Ok(Session::new(self, current));
        }
        state.replaced.extend(carried);
        let (started, old) = state.put(Current::started(data, claims, octets));
        let session = Session::new(self, started);
        drop(state);
        // Dropped here, not under the lock: T's own code runs.
        drop(old);
        Ok(session)
    }

    /// The session, or a new standard one: anonymous visitors get a session too.
    ///
    /// A refused cookie is replaced like an absent one. Where that must not happen, say on a node whose ring may be old,
    /// look at [`open`](Self::open) first.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub fn get_or_start(&self) -> Result<Session<T>, SessionError>
    where
        T: Default,
    {
        match self.get() {
            Some(session) => Ok(session),
            None => self.start_of(Class::Standard, T::default(), false),
        }
    }

    /// Ends the session: the browser is told to forget the cookie if the request carried it, readable or not, and the
    /// [`Revocation`](crate::Revocation) hook learns the id at once. Ending what has ended does nothing.
    ///
    /// # Errors
    /// [`SessionError::HeadSent`] where a session or a cookie is left and the response's head has gone out.
    pub fn end(&self) -> Result<(), SessionError> {
        let state = self.look();
        if state.commit != Commit::Open {
            let left = state.current.is_some() || (!state.ended && !self.0.candidates.is_empty());
            return if left { Err(SessionError::HeadSent) } else { Ok(()) };
        }
        self.end_in(state);
        Ok(())
    }

    /// Ends whatever session `state` holds.
    fn end_in(&self, mut state: MutexGuard<'_, State<T>>) {
        let refused = state.has_refused();
        state.ended = true;
        let current = state.current.take();
        let replaced = std::mem::take(&mut state.replaced);
        drop(state);
        let carried = if refused { self.carried() } else { Vec::new() };
        let arrived = current.as_ref().and_then(|current| current.arrived.as_ref());
        let over = replaced.iter().chain(&carried).chain(arrived);
        over.for_each(|claims| self.0.cookie.note_ended(claims));
    }

    /// The sessions behind a refusal, for the hook: ambiguous, of a schema that this node cannot read, or refused by a hook for want of
    /// news. Whoever carries them may end them all. No lock is held, since a clock is read.
    fn carried(&self) -> Vec<Claims> {
        let cookie = &self.0.cookie;
        match cookie.revocation() {
            Some(_) => self.0.candidates.claims(cookie).collect(),
            None => Vec::new(),
        }
    }

    /// Leaves the session's age alone in this response, for routes that poll: a page left open must not keep it alive.
    pub fn no_refresh(&self) {
        self.lock().refresh = false;
    }

    /// Opens the candidates if nobody has, and notes that somebody looked.
    ///
    /// No lock is held while the clock, the hook and T's own code run: they may block, or look at this slot. Two who look at once may
    /// both open; the first to be done counts. A panic leaves the slot unopened, so that it never reads as "no session".
    fn look(&self) -> MutexGuard<'_, State<T>> {
        let mut state = self.lock();
        state.looked = true;
        if state.opened {
            return state;
        }
        drop(state);
        let cookie = &self.0.cookie;
        let found = cookie.choose(self.0.candidates.open(cookie));
        let mut state = self.lock();
        if state.opened {
            drop(state);
            drop(found);
            return self.lock();
        }
        state.opened = true;
        match found {
            Ok(opened) => state.current = opened.map(Current::arrived),
            Err(refusal) => {
                state.refusal = Some(refusal);
                drop(state);
                log::refused(refusal.label());
                return self.lock();
            }
        }
        state
    }
}

impl<T> SessionSlot<T> {
    /// Nothing of the application's runs under the lock, so nothing panics there.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Clone for SessionSlot<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for SessionSlot<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionSlot").field("cookie", &self.0.cookie).finish_non_exhaustive()
    }
}
