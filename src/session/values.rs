//! A key-value session, changed in one call.

use serde::Serialize;

use super::Session;
use crate::error::SessionError;
use crate::payload::Values;

impl Session<Values> {
    /// Puts `value` under `key`, in the place of any other.
    ///
    /// # Errors
    /// As [`Session::set`].
    pub fn insert(&mut self, key: &str, value: impl Serialize) -> Result<(), SessionError> {
        self.update(|values| values.insert(key, value))?.map_err(|_| SessionError::Encode)
    }

    /// Takes `key` out; whether it was there.
    ///
    /// # Errors
    /// As [`Session::set`].
    pub fn remove(&mut self, key: &str) -> Result<bool, SessionError> {
        self.update(|values| values.remove(key))
    }

    /// Takes all keys out; the session stays.
    ///
    /// # Errors
    /// As [`Session::set`].
    pub fn clear(&mut self) -> Result<(), SessionError> {
        self.update(|values| values.clear())
    }
}
