//! A session that is there: reading it like a T, changing it so that a failure changes nothing.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use super::SessionSlot;
use super::slot::Instead;
use super::state::{Change, Commit, Current, TO_READ};
use crate::claims::Claims;
use crate::crypto::Wiped;
#[cfg(feature = "device-binding")]
use crate::device::Device;
use crate::error::SessionError;
use crate::payload::SessionData;
use crate::sealer::new_session_id;

/// The current session; dereferences to T: `session.name` is the field of T.
///
/// A handle shows the data as it was when the handle was made or last changed it. Change goes through [`update`](Self::update),
/// which works on the request's newest data, or [`set`](Self::set). Handles of a session that was ended or replaced answer
/// [`SessionError::Ended`] and never write into the new one.
///
/// A method of T that has the name of one here, `update` or `end` say, is reached through [`data`](Self::data).
///
/// ```
/// use hardtack::{Application, Key, Session, SessionError};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { name: String, admin: bool }
///
/// fn promote(mut user: Session<User>) -> Result<(), SessionError> {
///     user.update(|user| user.admin = true)?;
///     user.renew() // a new id with each change of privilege
/// }
///
/// let users = Application::new("shop", Key::generate()?)?.session::<User>().build()?;
/// let slot = users.slot([""]);
/// let user = slot.start(User { name: "Ada".into(), admin: false })?;
/// assert_eq!(user.name, "Ada");
/// promote(user)?;
/// assert!(slot.get().is_some_and(|user| user.admin));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Session<T> {
    pub(super) slot: SessionSlot<T>,
    data: Arc<T>,
    claims: Claims,
    pub(super) serial: u64,
    #[cfg(feature = "device-binding")]
    pub(super) device: Device,
}

impl<T> Session<T> {
    pub(super) fn new(slot: &SessionSlot<T>, current: &Current<T>) -> Self {
        Self {
            slot: slot.clone(),
            data: Arc::clone(&current.data),
            claims: current.claims.clone(),
            serial: current.serial,
            #[cfg(feature = "device-binding")]
            device: current.device,
        }
    }

    /// A session to read, where none can be started.
    pub(super) fn to_read(slot: &SessionSlot<T>, data: T, claims: Claims) -> Self {
        Self {
            slot: slot.clone(),
            data: Arc::new(data),
            claims,
            serial: TO_READ,
            #[cfg(feature = "device-binding")]
            device: Device::Unbound,
        }
    }

    /// Returns the data, as dereferencing does.
    pub fn data(&self) -> &T {
        &self.data
    }

    /// Returns when the session started, when it ends, its id, its class.
    ///
    /// Of a session that will be sealed with this response, because it was started, changed or touched, it shows the end to come.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}

impl<T: SessionData> Session<T> {
    /// Replaces the session's data, whatever other handles wrote.
    ///
    /// # Errors
    /// Data that does not fit, cannot be encoded, or would not come back as it is ([`SessionError::WrittenOtherwise`] says where);
    /// an ended session; a head that has gone out; [`SessionError::Refused`]. The session stays as it was.
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
        let session_id = new_session_id()?;
        self.seal_anew(|current| current.claims = current.claims.renewed(session_id))
    }

    /// Extends the session now, without waiting until a refresh is due: a button "Stay logged in". Data, id and `created` stay.
    ///
    /// [`claims`](Self::claims) then shows the end to come. The absolute timeout holds.
    ///
    /// # Errors
    /// As [`update`](Self::update).
    pub fn touch(&mut self) -> Result<(), SessionError> {
        self.seal_anew(Current::touch)
    }

    /// Starts a new session of the same class with the same data in the place of this one, which ends once the response commits: another
    /// id, and `created` now. It is how the device that asked stays logged in after
    /// [`Denylist::log_out_everywhere`](crate::denylist::Denylist::log_out_everywhere); [`renew`](Self::renew) keeps `created`.
    /// The data is written in this build's shape: what a newer release sealed beside it is gone, as with a change.
    ///
    /// # Errors
    /// As [`update`](Self::update), and as [`SessionSlot::start`].
    pub fn restart(&mut self) -> Result<(), SessionError> {
        let (data, version) = self.newest()?;
        let cookie = &self.slot.0.cookie;
        let copy = cookie.decode(&cookie.encode(&data)?)?;
        let instead = Instead::Of { serial: self.serial, version };
        *self = self.slot.start_of(self.claims.class, copy, instead)?;
        Ok(())
    }

    /// Ends the session, as [`SessionSlot::end`] does.
    ///
    /// # Errors
    /// [`SessionError::Ended`] where it was ended or replaced already, [`SessionError::HeadSent`] where the response's head has gone out.
    pub fn end(self) -> Result<(), SessionError> {
        let mut state = self.slot.lock();
        if state.commit != Commit::Open {
            drop(state);
            return self.slot.end();
        }
        // Under one lock: a session that starts meanwhile is not this handle's to end.
        state.current_of(self.serial)?;
        self.slot.end_in(state);
        Ok(())
    }

    /// Returns how many more bytes the encoded data may take before it no longer fits the cookie.
    ///
    /// # Errors
    /// [`SessionError::Encode`].
    pub fn remaining_capacity(&self) -> Result<usize, SessionError> {
        let cookie = &self.slot.0.cookie;
        let used = cookie.encode(&self.data)?.len();
        Ok(cookie.capacity(self.claims.class).saturating_sub(used))
    }

    /// The request's newest data of this session, and the number of its change.
    fn newest(&self) -> Result<(Arc<T>, u64), SessionError> {
        let mut state = self.slot.lock();
        let current = state.current_of(self.serial)?;
        Ok((Arc::clone(&current.data), current.version))
    }

    /// Keeps `data` in the place of `before`, or of what is there by now. No lock is held while T's own code runs.
    fn store(
        &mut self,
        (before, version): (Arc<T>, u64),
        overwrite: bool,
        data: T,
    ) -> Result<(), SessionError> {
        let sealed = self.slot.0.cookie.encode(&before)?;
        let change = self.check(Arc::new(data))?;
        self.apply(version, overwrite, sealed, change, |_| {})
    }

    /// Has the session sealed again with the data that it has, once `mark` has said what for.
    fn seal_anew(&mut self, mark: impl FnOnce(&mut Current<T>)) -> Result<(), SessionError> {
        let (data, version) = self.newest()?;
        let sealed = self.slot.0.cookie.encode(&data)?;
        let change = self.check(data)?;
        self.apply(version, false, sealed, change, mark)
    }

    fn check(&self, data: Arc<T>) -> Result<Change<T>, SessionError> {
        let cookie = &self.slot.0.cookie;
        let bytes = cookie.encode_checked(&data, self.claims.class)?;
        let sealed_as = cookie.stamp(&data, &self.claims, cookie.now()).ok();
        Ok(Change { data, bytes, sealed_as })
    }

    /// `sealed` is the encoding of the data as it was at `version`.
    fn apply(
        &mut self,
        version: u64,
        overwrite: bool,
        sealed: Wiped,
        change: Change<T>,
        mark: impl FnOnce(&mut Current<T>),
    ) -> Result<(), SessionError> {
        let mut state = self.slot.lock();
        let current = state.current_of(self.serial)?;
        if version != current.version && !overwrite {
            return Err(SessionError::Conflict);
        }
        if version == 0 && current.arrived.is_some() {
            current.sealed.get_or_insert(sealed);
        }
        mark(current);
        let old = current.change(change);
        let (claims, data) = (current.claims.clone(), Arc::clone(&current.data));
        drop(state);
        drop(old);
        self.claims = claims;
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
