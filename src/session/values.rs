//! A key-value session: each call changes one value, and the first value starts the session.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Session, SessionSlot};
use crate::error::SessionError;
use crate::payload::Values;

impl Session<Values> {
    /// Stores `value` under `key`, replacing any other.
    ///
    /// # Errors
    /// Those of [`Session::set`]; [`SessionError::Value`] if JSON cannot represent it.
    pub fn insert(&mut self, key: &str, value: impl Serialize) -> Result<(), SessionError> {
        Ok(self.update(|values| values.insert(key, value))??)
    }

    /// Removes `key`; returns whether it was there.
    ///
    /// # Errors
    /// Those of [`Session::set`].
    pub fn remove(&mut self, key: &str) -> Result<bool, SessionError> {
        self.update(|values| values.remove(key))
    }

    /// Removes all keys; the session stays.
    ///
    /// # Errors
    /// Those of [`Session::set`].
    pub fn clear(&mut self) -> Result<(), SessionError> {
        self.update(Values::clear)
    }
}

impl SessionSlot<Values> {
    /// Returns the request's key-value session, started or not.
    pub fn values(&self) -> SessionValues {
        SessionValues(self.clone())
    }
}

/// A key-value session that starts with its first value. Before that, there is nothing to read.
///
/// If a `SessionCookie<Values>` is installed, this is an extractor like the `Session` of actix-session and of tower-sessions,
/// with their `get`, `insert`, `remove`, `clear` and `renew`. Their `purge` and `flush` are [`end`](Self::end) here, and
/// `remove_as` is [`take`](Self::take). Unlike theirs, it keeps no change in a response with a server error (5xx). Clones share
/// one session.
///
/// ```
/// use hardtack::{Application, Key, SessionError, SessionValues, Values};
///
/// fn count(session: &SessionValues) -> Result<u32, SessionError> {
///     let count = session.get::<u32>("count")?.unwrap_or(0) + 1;
///     session.insert("count", count)?;
///     Ok(count)
/// }
///
/// let cookie = Application::new("shop", Key::generate()?)?.session::<Values>().build()?;
/// let session = cookie.slot([""]).values();
/// assert_eq!((count(&session)?, count(&session)?), (1, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct SessionValues(SessionSlot<Values>);

impl SessionValues {
    /// Returns the value under `key`; `Ok(None)` if there is no such key or no session.
    ///
    /// # Errors
    /// [`SessionError::Value`] if it is not a `U`.
    pub fn get<U: DeserializeOwned>(&self, key: &str) -> Result<Option<U>, SessionError> {
        match self.0.get() {
            Some(session) => Ok(session.data().get(key)?),
            None => Ok(None),
        }
    }

    /// Sets `key` to `value`. Starts a session if the request has none.
    ///
    /// # Errors
    /// Those of [`SessionSlot::start`]; [`SessionError::Value`] if JSON cannot represent it.
    pub fn insert(&self, key: &str, value: impl Serialize) -> Result<(), SessionError> {
        let text = Values::text(value)?;
        self.change(|values| values.insert_text(key, text.clone()))
    }

    /// Removes `key`; returns whether it was there.
    ///
    /// # Errors
    /// Those of [`Session::set`].
    pub fn remove(&self, key: &str) -> Result<bool, SessionError> {
        match self.get::<serde::de::IgnoredAny>(key)? {
            Some(_) => self.change(|values| values.remove(key)),
            None => Ok(false),
        }
    }

    /// Removes `key`; returns the value that was there.
    ///
    /// # Errors
    /// Those of [`Session::set`]; [`SessionError::Value`] if it is not a `U`, in which case nothing is removed.
    #[doc(alias = "remove_as")]
    pub fn take<U: DeserializeOwned>(&self, key: &str) -> Result<Option<U>, SessionError> {
        let value = self.get(key)?;
        if value.is_some() {
            self.remove(key)?;
        }
        Ok(value)
    }

    /// Returns whether there is a value under `key`.
    pub fn contains_key(&self, key: &str) -> bool {
        self.0.get().is_some_and(|session| session.data().contains_key(key))
    }

    /// Returns whether there is no value, or no session.
    pub fn is_empty(&self) -> bool {
        self.0.get().is_none_or(|session| session.data().is_empty())
    }

    /// Removes all keys; the session stays.
    ///
    /// # Errors
    /// Those of [`Session::set`].
    pub fn clear(&self) -> Result<(), SessionError> {
        match self.0.get() {
            Some(session) if !session.is_empty() => self.change(Values::clear),
            _ => Ok(()),
        }
    }

    /// Gives the session a new id. Call it at a log-in, so that a session planted before does not become the session after it.
    /// Does nothing if there is no session.
    ///
    /// # Errors
    /// Those of [`Session::renew`].
    #[doc(alias = "cycle_id")]
    pub fn renew(&self) -> Result<(), SessionError> {
        self.0.get().map_or(Ok(()), |mut session| session.renew())
    }

    /// Ends the session, as [`SessionSlot::end`] does.
    ///
    /// # Errors
    /// Those of [`SessionSlot::end`].
    #[doc(alias = "purge")]
    #[doc(alias = "flush")]
    pub fn end(&self) -> Result<(), SessionError> {
        self.0.end()
    }

    /// Returns the slot, for everything else.
    pub fn slot(&self) -> &SessionSlot<Values> {
        &self.0
    }

    /// Changes the values, and tries again whenever another task of the request was faster.
    fn change<R>(&self, change: impl Fn(&mut Values) -> R) -> Result<R, SessionError> {
        self.0.update_or_start(false, change)
    }
}

impl fmt::Debug for SessionValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionValues").field(&self.0).finish()
    }
}
