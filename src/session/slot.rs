//! The slot: who may change which part of a session, and when.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::state::{Candidates, Commit, Current, Found, State};
use super::{Session, old};
use crate::claims::{Claims, Class};
#[cfg(feature = "device-binding")]
use crate::device::Device;
use crate::error::{OpenError, SessionError};
use crate::head::ResponseHead;
use crate::log;
use crate::payload::SessionData;
use crate::session_cookie::SessionCookie;

/// A request's place for its session of type `T`. Clones share it; the adapters give it to handlers.
///
/// Nothing is opened until a handler reads the session, and nothing reaches the response until the adapter commits it.
/// [`open`](Self::open) distinguishes no cookie, a refused cookie, and a session. A refusal never removes the cookie: a server
/// with an old ring or a wrong clock must not log people out. The [cookbook](crate::guide::cookbook) has recipes.
///
/// ```
/// use hardtack::{Application, Key, SessionError, SessionSlot};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { id: u64, name: String }
///
/// fn login(slot: &SessionSlot<User>, name: &str) -> Result<(), SessionError> {
///     slot.start(User { id: 7, name: name.to_owned() })?; // a new id, whatever was there before
///     Ok(())
/// }
///
/// fn greeting(slot: &SessionSlot<User>) -> String {
///     slot.get().map_or("Please log in".into(), |user| format!("Hello, {}", user.name))
/// }
///
/// fn logout(slot: &SessionSlot<User>) -> Result<(), SessionError> {
///     slot.end()
/// }
///
/// let users = Application::new("shop", Key::generate()?)?.session::<User>().build()?;
/// let slot = users.slot([""]); // an adapter makes it, from the request's `Cookie` lines
/// login(&slot, "Ada")?;
/// assert_eq!(greeting(&slot), "Hello, Ada");
/// logout(&slot)?;
/// assert_eq!(greeting(&slot), "Please log in");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SessionSlot<T>(pub(super) Arc<Shared<T>>);

pub(super) struct Shared<T> {
    pub(super) cookie: SessionCookie<T>,
    pub(super) candidates: Candidates,
    state: Mutex<State<T>>,
}

/// What a new session may replace.
#[derive(Clone, Copy)]
pub(super) enum Instead {
    /// Any session.
    OfAny,
    /// None: if another task has started a session in the meantime, use that one.
    OfNone,
    /// This session, unless another task has changed it in the meantime.
    Of { serial: u64, version: u64 },
}

impl<T: SessionData> SessionCookie<T> {
    /// Returns the slot of a request. Pass all of its `Cookie` header lines, as bytes, in order.
    ///
    /// This does not check where the request comes from; [`begin`](Self::begin) and the adapters do.
    pub fn slot<L: AsRef<[u8]>>(
        &self,
        cookie_lines: impl IntoIterator<Item = L>,
    ) -> SessionSlot<T> {
        let mut candidates = Candidates::default();
        for line in cookie_lines {
            candidates.read(line.as_ref(), self);
        }
        self.slot_of(candidates)
    }

    /// The slot of a request that sees no session but may start one.
    pub(crate) fn exempt_slot(&self) -> SessionSlot<T> {
        self.slot_of(Candidates::unread())
    }

    pub(super) fn slot_of(&self, candidates: Candidates) -> SessionSlot<T> {
        let state = Mutex::new(State::new());
        SessionSlot(Arc::new(Shared { cookie: self.clone(), candidates, state }))
    }
}

impl<T: SessionData> SessionSlot<T> {
    /// Opens the session: `Ok(None)` without a cookie.
    ///
    /// # Errors
    /// Why the cookie was refused. For logs and for the server's decisions, not for the browser.
    pub fn open(&self) -> Result<Option<Session<T>>, OpenError> {
        match &self.look().found {
            Found::Refused(refusal) => Err(*refusal),
            Found::Present(current) => Ok(Some(Session::new(self, current))),
            Found::Unopened | Found::Opening | Found::Absent | Found::Ended => Ok(None),
        }
    }

    /// Returns the session, if there is one; a refused cookie counts as no session.
    pub fn get(&self) -> Option<Session<T>> {
        self.open().ok().flatten()
    }

    /// Starts a standard session with a new id, and replaces any other.
    ///
    /// # Errors
    /// The data does not fit, cannot be encoded, or would come back different; the head was sent; or [`SessionError::TooEarly`].
    /// The earlier session stays.
    pub fn start(&self, data: T) -> Result<Session<T>, SessionError> {
        self.start_of(Class::Standard, data, Instead::OfAny)
    }

    /// Starts a remembered session with a new id, and replaces any other.
    ///
    /// # Errors
    /// Those of [`start`](Self::start).
    pub fn start_remembered(&self, data: T) -> Result<Session<T>, SessionError> {
        self.start_of(Class::Remembered, data, Instead::OfAny)
    }

    /// Returns the session, or starts a standard one, so that anonymous visitors get a session too.
    ///
    /// A refused cookie is replaced like an absent one, unless another node may accept it: its key or shape is unknown to this
    /// node, or it is not valid yet by this node's clock. In that case you can read the returned session, but each change fails
    /// with [`SessionError::Refused`], so that this node does not destroy what works on another.
    ///
    /// # Warning
    /// A cookie that the browser *holds back* looks absent: with [`SameSite::Lax`](crate::SameSite::Lax) on a POST from another
    /// site, with [`Strict`](crate::SameSite::Strict) on every link from elsewhere. An
    /// [exempt](crate::CrossOriginProtection::exempt) request sees no cookie either. A session started there replaces the one
    /// that the visitor has: they are logged out, or their cart is gone. Call this where visitors act, on your own pages; use
    /// [`get`](Self::get) where they arrive.
    ///
    /// # Errors
    /// Those of [`start`](Self::start).
    pub fn get_or_start(&self) -> Result<Session<T>, SessionError>
    where
        T: Default,
    {
        match self.open() {
            Ok(Some(session)) => Ok(session),
            Err(refusal) if refusal.may_be_good_elsewhere() => {
                let cookie = &self.0.cookie;
                let claims = cookie.new_claims(Class::Standard, cookie.now())?;
                Ok(Session::to_read(self, T::default(), claims))
            }
            Ok(None) | Err(_) => self.start_of(Class::Standard, T::default(), Instead::OfNone),
        }
    }

    /// Ends the session. The browser is told to delete the cookie if the request carried one, readable or not, and the
    /// [`Revocation`](crate::Revocation) hook learns the id at once. Ending an ended session does nothing.
    ///
    /// # Errors
    /// [`SessionError::HeadSent`] if a session or cookie remains and the response's head was sent. The hook is told all the same,
    /// but the browser keeps the cookie.
    pub fn end(&self) -> Result<(), SessionError> {
        let state = self.look();
        if state.commit == Commit::Open {
            self.end_in(state);
            return Ok(());
        }
        let (left, ended) = match &state.found {
            Found::Present(current) => (Some(current.claims.clone()), false),
            found => (None, matches!(found, Found::Ended)),
        };
        let moved = state.moved;
        drop(state);
        let Shared { cookie, candidates, .. } = &*self.0;
        let carries = || !candidates.is_empty() || candidates.old.is_authentic(cookie, moved);
        if ended || (left.is_none() && !carries()) {
            return Ok(());
        }
        // It is too late to remove the cookie, but the hook can refuse copies of it.
        self.note_over(left.iter(), left.is_none());
        Err(SessionError::HeadSent)
    }

    /// Does not refresh the session in this response. For routes that poll: an open page must not keep the session alive.
    pub fn no_refresh(&self) {
        self.lock().refresh = false;
    }

    /// Writes the session's changes into the response: `Set-Cookie`, `Vary`, `Cache-Control`.
    ///
    /// It does so once; later calls do nothing, and later changes fail with [`SessionError::HeadSent`]. A slot that nobody read
    /// writes nothing. A server error (5xx) commits only an end, because frameworks turn panics into such responses.
    ///
    /// It also decides whether a refresh is due. A response that comes two seconds or more after the session was first read does not
    /// refresh while more than a quarter of the idle time remains, because it could undo what a quicker response changed meanwhile.
    ///
    /// A session that was valid when the request read it stays valid for the response, even if its idle time runs out meanwhile:
    /// the request came in time. If the absolute timeout or [`expires_by`](crate::SessionCookieBuilder::expires_by) ends it, a
    /// change is dropped with a warning event, and the response is sent. If a [`Revocation`](crate::Revocation) hook ended it, or
    /// its key was removed from the ring, a change fails with [`SessionError::Ended`].
    ///
    /// # Errors
    /// A change that you asked for cannot be sealed. Answer with an empty 500 that shares no header with this response, and
    /// commit to that: if you asked to end the session, that still happens. The second commit cannot fail.
    pub fn commit(&self, head: &mut impl ResponseHead) -> Result<(), SessionError> {
        self.commit_outcome(head)
    }

    pub(super) fn start_of(
        &self,
        class: Class,
        data: T,
        instead: Instead,
    ) -> Result<Session<T>, SessionError> {
        let cookie = &self.0.cookie;
        let mut claims = cookie.new_claims_for(&data, class)?;
        let bytes = cookie.encode_checked(&data, class)?;
        let refused = self.look().has_refused();
        let carried = self.carried(refused);
        let mut state = self.lock();
        if state.commit != Commit::Open {
            return Err(SessionError::HeadSent);
        }
        if let (Found::Present(current), Instead::OfNone) = (&state.found, instead) {
            return Ok(Session::new(self, current));
        }
        if let Instead::Of { serial, version } = instead
            && state.current_of(serial)?.version != version
        {
            return Err(SessionError::Conflict);
        }
        let before = state.current().filter(|_| matches!(instead, Instead::Of { .. }));
        if let Some(before) = before {
            claims.bound = before.claims.bound;
            claims.session_id = before.claims.renewed(claims.session_id).session_id;
        }
        #[cfg(feature = "device-binding")]
        let device = before.map_or(Device::Unbound, |before| before.device);
        carried.into_iter().for_each(|claims| state.note_replaced(claims));
        let by_itself = matches!(instead, Instead::OfNone);
        let started = Current::started(data, claims, bytes, by_itself);
        #[cfg(feature = "device-binding")]
        let started = started.with_device(device);
        let old = state.start(started);
        let session = state.current().map(|started| Session::new(self, started));
        drop(state);
        // Dropped here, not under the lock, because this runs `T`'s own code.
        drop(old);
        session.ok_or(SessionError::Ended)
    }

    /// Changes the session, or a new one, and tries again if another task of the request was faster. With `replace`, also
    /// replaces a refused cookie, whatever the reason.
    pub(crate) fn update_or_start<R>(
        &self,
        replace: bool,
        change: impl Fn(&mut T) -> R,
    ) -> Result<R, SessionError>
    where
        T: Default,
    {
        let get = || match self.get() {
            None if replace => self.start_of(Class::Standard, T::default(), Instead::OfNone),
            _ => self.get_or_start(),
        };
        loop {
            match get()?.update(&change) {
                Err(SessionError::Conflict | SessionError::Ended) => {}
                done => return done,
            }
        }
    }

    /// Ends whatever session `state` holds.
    pub(super) fn end_in(&self, mut state: MutexGuard<'_, State<T>>) {
        let refused = state.has_refused();
        let before = std::mem::replace(&mut state.found, Found::Ended);
        let replaced = std::mem::take(&mut state.replaced);
        drop(state);
        let arrived = match &before {
            Found::Present(current) => current.arrived.as_ref(),
            _ => None,
        };
        self.note_over(replaced.iter().chain(arrived), refused);
    }

    /// Tells the hook that these sessions are over, together with the others that the request carries.
    fn note_over<'c>(&self, over: impl Iterator<Item = &'c Claims> + Clone, refused: bool) {
        let cookie = &self.0.cookie;
        let carried = self.carried(refused);
        let is_new =
            |claims: &&Claims| over.clone().all(|other| other.session_id != claims.session_id);
        carried.iter().filter(is_new).for_each(|claims| cookie.note_ended(claims));
        over.clone().for_each(|claims| cookie.note_ended(claims));
    }

    /// The sessions that no handler sees, for the hook. Some are behind a refusal (ambiguous, of a shape that this node cannot
    /// read, or refused by a hook that is out of touch), others are in another system's cookies. The browser that carries them
    /// may end them all. Call it without holding a lock, because it reads a clock.
    fn carried(&self, refused: bool) -> Vec<Claims> {
        let Shared { cookie, candidates, .. } = &*self.0;
        if cookie.revocation().is_none() {
            return Vec::new();
        }
        let mut sessions = candidates.old.claims(cookie);
        if refused {
            sessions.extend(candidates.claims(cookie));
        }
        // Tell the hook about each session once, however often the request repeats it. They go in one by one, because `collect`
        // sorts, and a WebAssembly module would carry a whole sort for it.
        let mut carried = BTreeMap::new();
        for claims in sessions {
            carried.insert(claims.session_id, claims);
        }
        carried.into_values().collect()
    }

    /// Opens the candidates if nobody has yet, and records that somebody read the session.
    ///
    /// No lock is held while the clock, the hook and `T`'s own code run: they may block, or read this slot. If two tasks read at
    /// once, both may open; the first to finish counts. A panic leaves the slot unopened, so that it never reads as "no session".
    pub(super) fn look(&self) -> MutexGuard<'_, State<T>> {
        let mut state = self.lock();
        if !state.is_unopened() {
            return state;
        }
        let late = state.commit == Commit::Done && matches!(state.found, Found::Unopened);
        state.found = Found::Opening;
        drop(state);
        if late {
            log::looked_late(self.0.cookie.name());
        }
        let cookie = &self.0.cookie;
        let now = cookie.now();
        let (mut moved, mut refusals) = (None, Vec::new());
        let found = match cookie.choose(self.0.candidates.open(cookie, now)) {
            Ok(Some(opened)) => Found::Present(Current::arrived(opened)),
            Ok(None) => {
                let old = self.0.candidates.old.open(cookie, now);
                (moved, refusals) = (old.moved, old.refusals);
                old.found
            }
            Err(refusal) => Found::Refused(refusal),
        };
        #[cfg(feature = "device-binding")]
        let found = self.judge_device(found, now);
        let mut state = self.lock();
        if !state.is_unopened() {
            drop(state);
            drop(found);
            return self.lock();
        }
        let absent = matches!(found, Found::Absent);
        let refusal = if let Found::Refused(refusal) = &found { Some(*refusal) } else { None };
        state.found = found;
        state.opened_at = now;
        state.moved = moved;
        if !absent && refusal.is_none() && refusals.is_empty() {
            return state;
        }
        drop(state);
        old::note(&refusals, cookie);
        if absent {
            log::no_cookie(cookie.name(), self.0.candidates.exempt);
        }
        if let Some(refusal) = refusal {
            log::refused::<T>(cookie.name(), &refusal);
        }
        self.lock()
    }
}

impl<T> SessionSlot<T> {
    /// None of the application's code runs under the lock, so nothing panics there.
    pub(super) fn lock(&self) -> MutexGuard<'_, State<T>> {
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
