//! Which session cookies a [`CrossOriginProtection`] protects.

use super::SessionCookie;
use crate::csrf::CrossOriginProtection;

impl CrossOriginProtection {
    /// Protects the sessions in this cookie.
    pub fn of<T>(cookie: &SessionCookie<T>) -> Self {
        Self::of_name(cookie.name())
    }

    /// Protects those in this one too.
    pub fn and<T>(self, cookie: &SessionCookie<T>) -> Self {
        self.and_name(cookie.name())
    }
}
