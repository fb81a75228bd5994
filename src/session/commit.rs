//! The end of a request: what of the session goes into the response head, and what stays out.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::state::{Commit, Current};
use super::{SessionSlot, caching};
use crate::claims::Claims;
use crate::cookie::SetCookie;
use crate::error::{OpenError, SessionError};
use crate::log;
use crate::session_cookie::SessionCookie;

/// A response whose head has not gone out yet, in the framework's own type: all that an adapter implements.
pub trait ResponseHead {
    /// The status code.
    fn status(&self) -> u16;

    /// Calls `each` with the value of every line of the field `name`, which is in lower case, in order.
    fn lines(&self, name: &str, each: &mut dyn FnMut(&[u8]));

    /// Adds a line.
    fn append(&mut self, name: &'static str, value: &str);

    /// Puts one line in the place of all lines of that name.
    fn replace(&mut self, name: &'static str, value: &str);
}

/// What a request left behind, taken out of the slot so that no lock is held while the hook and T's own code run.
struct Outcome<T> {
    current: Option<Current<T>>,
    /// There was a session, whatever of it is committed.
    present: bool,
    /// Sessions whose place the current one took.
    replaced: Vec<Claims>,
    /// A removal was asked for.
    ended: bool,
    /// The request carried the cookie, readable or not.
    carried: bool,
    ambiguous: bool,
    refresh: bool,
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> SessionSlot<T> {
    /// Writes what the request did to its session into the response: `Set-Cookie`, `Vary`, `Cache-Control`. Once; later calls do nothing,
    /// and later changes are [`SessionError::HeadSent`]. A slot that nobody looked at writes nothing.
    ///
    /// After a server error (status 5xx) only an end is committed: frameworks turn panics into such responses.
    ///
    /// # Errors
    /// A change that was asked for and cannot be sealed. Answer with an empty 500 of its own head, and commit into that: an
    /// end that was asked for too still goes out, and this second commit cannot fail.
    pub fn commit(&self, head: &mut impl ResponseHead) -> Result<(), SessionError> {
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

    fn take_outcome(&self) -> Option<Outcome<T>> {
        let mut state = self.lock();
        let before = std::mem::replace(&mut state.commit, Commit::Done);
        if before == Commit::Done || !state.looked {
            return None;
        }
        let current = state.current.as_mut().map(Current::hand_over);
        Some(Outcome {
            present: current.is_some(),
            current: current.filter(|_| before == Commit::Open),
            replaced: std::mem::take(&mut state.replaced),
            ended: state.ended,
            carried: !self.0.candidates.is_empty(),
            ambiguous: before == Commit::Open && state.refusal == Some(OpenError::Ambiguous),
            refresh: state.refresh,
        })
    }
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Outcome<T> {
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
        let asked = match &self.current {
            Some(current) => self.seal_asked(current, cookie)?,
            None => (self.ended && self.carried).then(|| cookie.removal()),
        };
        let is_asked = asked.is_some();
        let unasked =
            || self.current.as_ref().and_then(|current| self.seal_unasked(current, cookie));
        let line = asked.or_else(|| if shared { None } else { unasked() });
        // Before the cookie itself: a browser that takes both scopes for one, say because it knows no Partitioned, keeps the last.
        if line.is_some() || (self.ambiguous && !shared) {
            cookie.former_removals().for_each(|line| head.append("set-cookie", line.as_str()));
        }
        if let Some(line) = &line {
            head.append("set-cookie", line.as_str());
        }
        if is_asked && shared {
            caching::forbid_storing(head);
        } else if line.is_some() {
            caching::keep_private_with_cookie(head);
        } else if self.present {
            caching::keep_private(head);
        }
        if let Some(current) = &self.current {
            let over = self.replaced.iter().chain(current.renewed_from());
            over.for_each(|claims| cookie.note_ended(claims));
        }
        Ok(())
    }

    /// What the application asked for: a session started, changed, renewed or emptied.
    fn seal_asked(
        &self,
        current: &Current<T>,
        cookie: &SessionCookie<T>,
    ) -> Result<Option<SetCookie>, SessionError> {
        let Some(octets) = &current.pending else { return Ok(None) };
        if cookie.says_nothing(&current.data) {
            return Ok(self.carried.then(|| cookie.removal()));
        }
        if is_revoked(current, cookie) {
            return Err(SessionError::Ended);
        }
        cookie.seal_encoded(&current.data, octets, &current.claims, cookie.now()).map(Some)
    }

    /// A refresh or a migration. Where it fails, the cookie that the browser holds stays good.
    fn seal_unasked(&self, current: &Current<T>, cookie: &SessionCookie<T>) -> Option<SetCookie> {
        if !current.stale || !self.refresh || is_revoked(current, cookie) {
            return None;
        }
        if current.arrived.as_ref().is_some_and(|arrived| cookie.is_newer(arrived)) {
            // Sealing it here would put an older shape in its place, and lose what that has no field for.
            log::not_refreshed("newer schema");
            return None;
        }
        match cookie.seal(&current.data, &current.claims, cookie.now()) {
            Ok(line) => Some(line),
            Err(error) => {
                log::not_refreshed(error.label());
                None
            }
        }
    }
}

/// Whether the session that came with the request was ended while the response was made.
fn is_revoked<T: 'static>(current: &Current<T>, cookie: &SessionCookie<T>) -> bool {
    let Some((hook, arrived)) = cookie.revocation().zip(current.arrived.as_ref()) else {
        return false;
    };
    let mut data = current.arrived_data.iter().chain([&current.data]);
    hook.is_revoked(arrived) || data.any(|data| hook.is_revoked_for(arrived, data))
}
