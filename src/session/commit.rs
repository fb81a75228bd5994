//! The end of a request: what part of the session goes into the response head, and what does not.

use super::state::{Candidates, Commit, Current, Found, Pending};
use super::{SessionSlot, caching};
use crate::claims::Claims;
use crate::cookie::SetCookie;
#[cfg(feature = "device-binding")]
use crate::device::{Device, Fact};
use crate::error::{OpenError, SealError, SessionError};
use crate::head::ResponseHead;
use crate::log;
use crate::payload::SessionData;
use crate::session_cookie::{Old, SessionCookie};
use crate::time::Timestamp;

/// What a request left behind, taken out of the slot so that no lock is held while the hook and `T`'s own code run.
pub(super) struct Outcome<'s, T> {
    pub(super) current: Option<Current<T>>,
    /// Whether there was a session, even if none of it is committed.
    present: bool,
    /// Sessions that the current one replaced.
    replaced: Vec<Claims>,
    /// Whether the application asked for a removal.
    ended: bool,
    /// What the request carried.
    pub(super) candidates: &'s Candidates,
    ambiguous: bool,
    refresh: bool,
    #[cfg(feature = "device-binding")]
    pub(super) offer: super::device::Offer,
    /// When the session was first read.
    opened_at: Timestamp,
    /// The predecessor that the arrived session came from.
    pub(super) moved: Option<usize>,
}

/// A response that takes this many whole seconds is slow: another one may have changed the session in the meantime.
const SLOW: u64 = 2;

impl<T: SessionData> SessionSlot<T> {
    /// [`commit`](Self::commit).
    pub(super) fn commit_outcome(&self, head: &mut impl ResponseHead) -> Result<(), SessionError> {
        let Some(mut outcome) = self.take_outcome() else { return Ok(()) };
        caching::vary_by_cookie(head);
        if (500..600).contains(&head.status()) {
            outcome.drop_all_but_an_end();
        }
        let done = outcome.write(&self.0.cookie, head);
        if done.is_err() {
            self.lock().commit = Commit::Failed;
        }
        done
    }

    fn take_outcome(&self) -> Option<Outcome<'_, T>> {
        let mut state = self.lock();
        let before = std::mem::replace(&mut state.commit, Commit::Done);
        if before == Commit::Done || matches!(state.found, Found::Unopened) {
            return None;
        }
        let is_open = before == Commit::Open;
        let (refresh, opened_at, moved) = (state.refresh, state.opened_at, state.moved);
        #[cfg(feature = "device-binding")]
        let offer = state.offer;
        let replaced = std::mem::take(&mut state.replaced);
        let ambiguous = is_open && matches!(state.found, Found::Refused(OpenError::Ambiguous));
        let (current, ended) = match &mut state.found {
            Found::Present(current) => (Some(current.hand_over()), current.after_end),
            found => (None, matches!(found, Found::Ended)),
        };
        drop(state);
        let present = current.is_some();
        let current = current.filter(|_| is_open);
        Some(Outcome {
            current,
            present,
            replaced,
            ended,
            candidates: &self.0.candidates,
            ambiguous,
            refresh,
            #[cfg(feature = "device-binding")]
            offer,
            opened_at,
            moved,
        })
    }
}

impl<T: SessionData> Outcome<'_, T> {
    /// Whether the request carried the cookie, readable or not.
    fn carried(&self) -> bool {
        !self.candidates.is_empty()
    }

    /// Whether the session is the one that arrived.
    fn goes_on(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current.arrived.is_some())
    }

    fn drop_all_but_an_end(&mut self) {
        self.current = None;
        self.ambiguous = false;
    }

    fn write(
        self,
        cookie: &SessionCookie<T>,
        head: &mut impl ResponseHead,
    ) -> Result<(), SessionError> {
        let shared = caching::is_shared(head);
        let now = cookie.now();
        let mut asked = match &self.current {
            Some(current) => self.seal_asked(current, cookie, now)?,
            None => None,
        };
        let ended = self.ended && self.current.is_none();
        let mut olds = Vec::new();
        if ended || asked.is_some() {
            olds = self.old_removals(cookie, now);
        }
        // If only the old cookie arrived, another response may have set ours in the meantime.
        if ended && (self.carried() || !olds.is_empty()) {
            asked = Some(cookie.removal());
        }
        let is_asked = asked.is_some();
        let unasked =
            || self.current.as_ref().and_then(|current| self.seal_unasked(current, cookie, now));
        let line = asked.or_else(|| if shared { None } else { unasked() });
        let has_moved = line.is_some() && self.moved.is_some() && self.goes_on();
        if has_moved && !is_asked {
            olds = self.old_removals(cookie, now);
        }
        // Before the cookie itself: a browser that treats both scopes as one, for instance because it does not know Partitioned,
        // keeps the last line.
        if line.is_some() || (self.ambiguous && !shared) {
            cookie.former_removals().for_each(|line| head.append("set-cookie", line.as_str()));
        }
        if let Some(line) = &line {
            head.append("set-cookie", line.as_str());
        }
        olds.iter().for_each(|line| head.append("set-cookie", line.as_str()));
        #[cfg(feature = "device-binding")]
        {
            let is_set = line.is_some();
            self.write_device(super::device::Written { ended, is_set, shared }, cookie, head, now);
        }
        if is_asked && shared {
            caching::forbid_storing(head);
        } else if line.is_some() || self.present {
            caching::keep_private(head);
        }
        if let Some(current) = &self.current {
            let over = self.replaced.iter().chain(current.renewed_from());
            over.for_each(|claims| cookie.note_ended(claims));
        }
        if has_moved {
            log::moved(self.old_name(cookie));
        }
        Ok(())
    }

    /// The lines that remove the old cookies in the request. A cookie that the old system needs stays until its user logs in or
    /// out.
    fn old_removals(&self, cookie: &SessionCookie<T>, now: Timestamp) -> Vec<SetCookie> {
        let by_itself = self.current.as_ref().is_some_and(|current| current.by_itself);
        let olds = self.candidates.old.authentic(cookie, self.moved, by_itself, now);
        olds.filter(|old| !(old.is_kept() && self.goes_on())).flat_map(Old::removals).collect()
    }

    /// The name of the old cookie that the session came in.
    fn old_name<'c>(&self, cookie: &'c SessionCookie<T>) -> &'c str {
        self.moved.and_then(|place| cookie.olds().get(place)).map_or("", Old::name)
    }

    /// Seals what the application asked for: a session started, changed, renewed or emptied.
    fn seal_asked(
        &self,
        current: &Current<T>,
        cookie: &SessionCookie<T>,
        now: Timestamp,
    ) -> Result<Option<SetCookie>, SessionError> {
        let Some(pending) = &current.pending else { return Ok(None) };
        if cookie.says_nothing(&current.data) {
            return Ok(self.carried().then(|| cookie.removal()));
        }
        let token = self.token(current, cookie);
        if self.is_ended(current, token, cookie) {
            return Err(SessionError::Ended);
        }
        let sealed = match pending {
            Pending::Bytes(bytes) => {
                cookie.seal_encoded(&current.data, bytes, &current.claims, now)
            }
            Pending::AsItCame => {
                cookie.seal_again(&current.data, token, &current.claims, self.opened_at, now)
            }
        };
        match sealed {
            // The absolute timeout passed while the response was being made, and the handler's work is done: show it to the
            // visitor.
            Err(SessionError::Seal(SealError::Over)) if current.arrived.is_some() => {
                log::not_kept("session over");
                Ok(None)
            }
            sealed => sealed.map(Some),
        }
    }

    /// Refreshes the session: seals the bytes that came, with the same shape number. If that fails, the cookie in the browser
    /// stays valid.
    fn seal_unasked(
        &self,
        current: &Current<T>,
        cookie: &SessionCookie<T>,
        now: Timestamp,
    ) -> Option<SetCookie> {
        let arrived = current.arrived.as_ref()?;
        #[cfg(feature = "device-binding")]
        if current.device == Device::Stale {
            return None;
        }
        let due = current.stale || cookie.is_refresh_due(&current.data, arrived, now);
        // A slow response would undo what a quicker one has changed since this request was sent.
        let slow = now.as_secs().saturating_sub(self.opened_at.as_secs()) >= SLOW;
        let waits = slow && cookie.can_wait(arrived, now);
        if !due || waits || !self.refresh {
            return None;
        }
        let token = self.token(current, cookie);
        if self.is_ended(current, token, cookie) {
            return None;
        }
        let sealed = match self.moved {
            Some(_) => self.seal_moved(current, cookie, now),
            None => cookie.seal_again(&current.data, token, &current.claims, self.opened_at, now),
        };
        match sealed {
            Ok(line) => Some(line),
            Err(error) if self.moved.is_some() => {
                log::not_moved(self.old_name(cookie), error.label());
                None
            }
            Err(error) => {
                log::not_refreshed(error.label());
                None
            }
        }
    }

    /// Seals a session from another system's cookie, with all the checks of a new one: nobody has sealed it here before.
    fn seal_moved(
        &self,
        current: &Current<T>,
        cookie: &SessionCookie<T>,
        now: Timestamp,
    ) -> Result<SetCookie, SessionError> {
        let bytes = cookie.encode_checked(&current.data, current.claims.class)?;
        cookie.seal_encoded(&current.data, &bytes, &current.claims, now)
    }

    /// The value of our cookie in which the session arrived.
    fn token(&self, current: &Current<T>, cookie: &SessionCookie<T>) -> Option<&[u8]> {
        let arrived = current.arrived.as_ref();
        arrived.and_then(|arrived| self.candidates.token(cookie, arrived))
    }

    /// Whether the session in `token` was ended while the response was being made: by the hook, or because its key was removed
    /// from the ring.
    fn is_ended(
        &self,
        current: &Current<T>,
        token: Option<&[u8]>,
        cookie: &SessionCookie<T>,
    ) -> bool {
        let Some(arrived) = &current.arrived else { return false };
        // A session that moved here was not sealed under any of our keys.
        if self.moved.is_none() && !token.is_some_and(|token| cookie.has_key_of(token)) {
            return true;
        }
        #[cfg(feature = "device-binding")]
        if !arrived.bound
            && current.device == Device::Unbound
            && cookie.is_noted(Fact::UnboundOver, arrived)
        {
            return true;
        }
        let Some(hook) = cookie.revocation() else { return false };
        let mut data = current.arrived_data.iter().chain([&current.data]);
        hook.is_revoked(arrived) || data.any(|data| hook.is_revoked_for(arrived, data))
    }
}
