//! A session that is there: reading it like a T, changing it so that a failure changes nothing.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::SessionSlot;
use super::state::Current;
use crate::claims::Claims;
use crate::error::SessionError;
use crate::sealer::fresh_session_id;

/// A present session. It reads like its data: `session.name` is the field of T.
///
/// A handle shows the data as it was when the handle was made or last changed it. Change goes through [`update`](Self::update), which
/// works on the request's newest data, or [`set`](Self::set). Handles of a session that was ended or replaced answer
/// [`SessionError::Ended`] and never write into the new one.
pub struct Session<T> {
    pub(super) slot: SessionSlot<T>,
    data: Arc<T>,
    claims: Claims,
    pub(super) serial: u64,
}

impl<T> Session<T> {
    pub(super) fn new(slot: &SessionSlot<T>, current: &Current<T>) -> Self {
        Self {
            slot: slot.clone(),
            data: Arc::clone(&current.data),
            claims: current.claims.clone(),
            serial: current.serial,
        }
    }

    /// When the session started, when it ends, its id, its class.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Session<T> {
    /// Puts `data` in the place of the session's data, whatever other handles wrote.
    ///
    /// # Errors
    /// Data that does not fit, cannot be encoded or does not come back; an ended session; a head that has gone out. The
    /// session stays as it was.
    pub fn set(&mut self, data: T) -> Result<(), SessionError> {
        let before = self.newest()?;
        self.store(before, true, data)
    }

    /// Changes a copy of the session's data with `change` and keeps it if it fits: a failed or panicking change changes nothing.
    ///
    /// The cookie is sealed anew only if the encoded data differs. A `HashMap` in T may come out of its copy in another order and
    /// so look changed; a `BTreeMap` does not.
    ///
    /// # Errors
    /// As [`set`](Self::set), and [`SessionError::Conflict`] where another handle changed the session while `change` ran.
    pub fn update<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> Result<R, SessionError> {
        let before = self.newest()?;
        let cookie = &self.slot.0.cookie;
        let mut data = cookie.decode(&cookie.encode(&before.0)?)?;
        let result = change(&mut data);
        self.store(before, false, data)?;
        Ok(result)
    }

    /// Gives the session a new id, for a change of privilege (OWASP: "Renew the Session ID After Any Privilege Level Change"). Data and
    /// `created` stay. The old id is over once the response commits, which takes a [`Revocation`](crate::Revocation) hook to enforce.
    ///
    /// # Errors
    /// As [`update`](Self::update), and no randomness for the id.
    pub fn renew(&mut self) -> Result<(), SessionError> {
        let session_id = fresh_session_id()?;
        let (data, version) = self.newest()?;
        let octets = self.slot.0.cookie.encode_checked(&data, self.claims.class)?;
        let mut state = self.slot.lock();
        let current = state.current_of(self.serial)?;
        if current.version != version {
            return Err(SessionError::Conflict);
        }
        current.claims.session_id = session_id;
        let claims = current.claims.clone();
        let old = current.change(Arc::clone(&data), octets);
        drop(state);
        drop(old);
        self.claims = claims;
        self.data = data;
        Ok(())
    }

    /// Starts a new session of the same class with the same data in the place of this one, which ends once the response commits: another
    /// id, and `created` now. It is how the device that asked stays logged in after
    /// [`Denylist::log_out_everywhere`](crate::Denylist::log_out_everywhere); [`renew`](Self::renew) keeps `created`.
    ///
    /// # Errors
    /// As [`update`](Self::update), and as [`SessionSlot::start`].
    pub fn restart(&mut self) -> Result<(), SessionError> {
        let (data, _) = self.newest()?;
        let cookie = &self.slot.0.cookie;
        let copy = cookie.decode(&cookie.encode(&data)?)?;
        *self = self.slot.start_of(self.claims.class, copy, true)?;
        Ok(())
    }

    /// Ends the session, as [`SessionSlot::end`] does.
    ///
    /// # Errors
    /// [`SessionError::Ended`] where it was ended or replaced already, [`SessionError::HeadSent`] where the response's head has gone out.
    pub fn end(self) -> Result<(), SessionError> {
        let mut state = self.slot.lock();
        // Under one lock: a session that starts meanwhile is not this handle's to end.
        state.current_of(self.serial)?;
        self.slot.end_in(state);
        Ok(())
    }

    /// How many more octets the encoded data may take before it no longer fits the cookie.
    ///
    /// # Errors
    /// [`SessionError::Encode`].
    pub fn remaining(&self) -> Result<usize, SessionError> {
        let cookie = &self.slot.0.cookie;
        let used = cookie.encode(&self.data)?.len();
        Ok(cookie.room(self.claims.class).saturating_sub(used))
    }

    /// The request's newest data of this session, and the number of its change.
    fn newest(&self) -> Result<(Arc<T>, u64), SessionError> {
        let mut state = self.slot.lock();
        let current = state.current_of(self.serial)?;
        Ok((Arc::clone(&current.data), current.version))
    }

    /// Keeps `data` in the place of `before`, or whatever stands there by now. No lock is held while T's own code runs.
    fn store(
        &mut self,
        (before, version): (Arc<T>, u64),
        overwrite: bool,
        data: T,
    ) -> Result<(), SessionError> {
        let cookie = &self.slot.0.cookie;
        let octets = cookie.encode_checked(&data, self.claims.class)?;
        let before = cookie.encode(&before)?;
        let data = Arc::new(data);
        let mut state = self.slot.lock();
        let current = state.current_of(self.serial)?;
        if version != current.version && !overwrite {
            return Err(SessionError::Conflict);
        }
        if version == 0 && current.arrived.is_some() {
            current.sealed.get_or_insert(before);
        }
        let old = current.change(Arc::clone(&data), octets);
        drop(state);
        drop(old);
        self.data = data;
        Ok(())
    }
}

impl<T> Deref for Session<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.data
    }
}

/// Leaves the data out.
impl<T> fmt::Debug for Session<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("claims", &self.claims).finish_non_exhaustive()
    }
}
