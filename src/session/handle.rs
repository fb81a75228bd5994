//! The current session: read it like a `T`, and change it so that a failed change leaves it as it was.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

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
use crate::time::Timestamp;

/// The current session; dereferences to `T`: `session.name` is the field of `T`.
///
/// A handle shows the data from when it was made or last changed it. To change the data, use [`update`](Self::update), which
/// works on the request's newest data, or [`set`](Self::set). Handles of a session that was ended or replaced return
/// [`SessionError::Ended`] and never write to the new session.
///
/// If `T` has a method with the same name as one here, such as `update` or `end`, call it through [`data`](Self::data).
///
/// The guide has [what to call while a user is logged in](crate::guide::login#5-what-changes-while-logged-in), and a
/// [cookbook](crate::guide::cookbook).
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

    /// A session that can only be read, for when none may be started.
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
    /// If this response will seal the session because it was started, changed or touched, this already shows the new end.
    pub fn claims(&self) -> &Claims {
        &self.claims
    }
}

impl<T: SessionData> Session<T> {
    /// Replaces the session's data, whatever other handles wrote.
    ///
    /// # Errors
    /// The data does not fit, cannot be encoded, or would come back different ([`SessionError::WrittenOtherwise`] says where);
    /// the session was ended; the head was sent; or [`SessionError::Refused`]. The session stays as it was.
    pub fn set(&mut self, data: T) -> Result<(), SessionError> {
        let before = self.newest()?;
        self.store(before, true, data)
    }

    /// Calls `change` on a copy of the session's data and keeps the result if it fits. If `change` fails or panics, nothing
    /// changes.
    ///
    /// The cookie is sealed again only if the encoded data differs. A `HashMap` in `T` may come out of its copy in another order
    /// and so look changed; a `BTreeMap` does not.
    ///
    /// # Errors
    /// Those of [`set`](Self::set), and [`SessionError::Conflict`] if another handle changed the session while `change` ran.
    pub fn update<R>(&mut self, change: impl FnOnce(&mut T) -> R) -> Result<R, SessionError> {
        let before = self.newest()?;
        let cookie = &self.slot.0.cookie;
        let mut data = cookie.decode(&cookie.encode(&before.0)?)?;
        let result = change(&mut data);
        self.store(before, false, data)?;
        Ok(result)
    }

    /// Gives the session a new id, for a change of privilege (OWASP: "Renew the Session ID After Any Privilege Level Change").
    /// Data and `created` stay. The old id is over once the response commits; enforcing that takes a
    /// [`Revocation`](crate::Revocation) hook.
    ///
    /// # Errors
    /// Those of [`update`](Self::update), and no randomness for the id.
    pub fn renew(&mut self) -> Result<(), SessionError> {
        let session_id = new_session_id()?;
        self.seal_anew(|current| current.claims = current.claims.renewed(session_id))
    }

    /// Extends the session now instead of when a refresh is due, for a "Stay logged in" button. Data, id and `created` stay.
    ///
    /// [`claims`](Self::claims) then shows the new end. The absolute timeout still applies.
    ///
    /// # Errors
    /// Those of [`update`](Self::update).
    pub fn touch(&mut self) -> Result<(), SessionError> {
        self.seal_anew(Current::touch)
    }

    /// Replaces this session with a new one of the same class and data, but another id and a `created` of now. The old one ends
    /// once the response commits.
    ///
    /// Use it to keep the current device logged in after
    /// [`Denylist::log_out_everywhere`](crate::denylist::Denylist::log_out_everywhere); [`renew`](Self::renew) would keep
    /// `created`. The data is written in this build's shape, so anything more that a newer release sealed is lost, as with any
    /// change.
    ///
    /// # Errors
    /// Those of [`update`](Self::update) and of [`SessionSlot::start`].
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
    /// [`SessionError::Ended`] if it was ended or replaced already, [`SessionError::HeadSent`] if the response's head was sent.
    pub fn end(self) -> Result<(), SessionError> {
        let mut state = self.slot.lock();
        if state.commit != Commit::Open {
            drop(state);
            return self.slot.end();
        }
        // Under a single lock: this handle must not end a session that starts in the meantime.
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

    /// The present moment by the application's clock, and how far another node's may be ahead.
    pub(crate) fn now_and_leeway(&self) -> (Timestamp, Duration) {
        let cookie = &self.slot.0.cookie;
        (cookie.now(), cookie.leeway())
    }

    /// Whether the session came with the request.
    pub(crate) fn has_arrived(&self) -> bool {
        let mut state = self.slot.lock();
        state.current_of(self.serial).is_ok_and(|current| current.arrived.is_some())
    }

    /// The request's newest data of this session, and the number of its last change.
    fn newest(&self) -> Result<(Arc<T>, u64), SessionError> {
        let mut state = self.slot.lock();
        let current = state.current_of(self.serial)?;
        Ok((Arc::clone(&current.data), current.version))
    }

    /// Stores `data`, replacing `before` or what is there by now. No lock is held while `T`'s own code runs.
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

    /// Has the session sealed again with its current data, after `mark` has recorded why.
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

/// Omits the data.
impl<T> fmt::Debug for Session<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("claims", &self.claims).finish_non_exhaustive()
    }
}
