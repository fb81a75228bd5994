//! What a reader of old cookies receives and returns.

use std::fmt;

use crate::crypto::sha256;
use crate::error::OldCookieError;
use crate::id::SessionId;
use crate::time::Timestamp;

/// The longest value in bytes that is given to a reader.
const LONGEST: usize = 8192;

/// A cookie of the old system, as it is in the request. `Debug` hides its value.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct OldCookie<'c> {
    /// The cookie's name.
    pub name: &'c str,
    /// The cookie's value, byte for byte, with its quotes and escapes.
    pub value: &'c [u8],
    /// The current time.
    pub now: Timestamp,
}

impl<'c> OldCookie<'c> {
    /// Makes a cookie to test a reader with.
    pub fn new(name: &'c str, value: &'c [u8], now: Timestamp) -> Self {
        Self { name, value, now }
    }

    /// Whether a value is too long for any reader.
    pub(crate) fn is_too_long(value: &[u8]) -> bool {
        value.len() > LONGEST
    }
}

impl fmt::Debug for OldCookie<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, length) = (self.name, self.value.len());
        f.debug_struct("OldCookie")
            .field("name", &name)
            .field("bytes", &length)
            .finish_non_exhaustive()
    }
}

/// A session found in an old cookie. `Debug` hides its data. Two are equal, and are the same session, if their data, their time
/// and the bytes that the old system authenticated are equal.
#[derive(PartialEq, Eq)]
#[must_use = "a reader returns it"]
pub struct OldSession<T> {
    pub(crate) data: T,
    pub(crate) issued: Option<Timestamp>,
    authentic: [u8; 32],
}

impl<T> OldSession<T> {
    /// Makes a session with this data. `authentic` are the bytes that the old system authenticated: the message under its
    /// signature, or the nonce and ciphertext that you decrypted.
    ///
    /// The session's id is derived from them, so that ending the session refuses the old cookie too. Pass decoded bytes: the
    /// *text* of a cookie can often be spelled in several ways (`%3D` and `=`, base64 with other trailing bits), and a copy in
    /// another spelling would be a different session.
    pub fn new(data: T, authentic: impl AsRef<[u8]>) -> Self {
        Self { data, issued: None, authentic: sha256(&[authentic.as_ref()]) }
    }

    /// Sets when the old system made the cookie, if its format tells: the session counts as started then. Return the same time
    /// for the same bytes.
    pub fn issued(mut self, at: Timestamp) -> Self {
        self.issued = Some(at);
        self
    }

    /// Returns the session's data, to test a reader with.
    pub const fn data(&self) -> &T {
        &self.data
    }

    /// Returns when the old system made the cookie, if its format tells. Use it to test a reader.
    pub const fn issued_at(&self) -> Option<Timestamp> {
        self.issued
    }

    /// The id of the session that moves from the old cookie `name` into `ours`: the same in every request with that old cookie.
    pub(crate) fn session_id(&self, name: &str, ours: &str) -> SessionId {
        const LABEL: &[u8] = b"hardtack session id of an old cookie\0";
        // Names hold no zero byte and the last part has a fixed length, so two inputs cannot run together.
        let parts = [LABEL, ours.as_bytes(), b"\0", name.as_bytes(), &self.authentic];
        let hash = sha256(&parts);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        SessionId(id)
    }
}

impl<T> fmt::Debug for OldSession<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OldSession").field("issued", &self.issued).finish_non_exhaustive()
    }
}

/// Reads the cookies of an old system. Closures implement it.
///
/// A reader must authenticate the value before it looks inside, and must return the same answer each time: it may be called
/// several times in one request. It checks what the old system checked: a signature, a purpose, an end.
pub trait OldCookieReader<T>: Send + Sync + 'static {
    /// Returns the session that the cookie holds.
    ///
    /// # Errors
    /// Why the cookie holds no session. [`OldCookieError::Ambiguous`] and [`OldCookieError::Revoked`] are for the session cookie
    /// to report.
    fn read(&self, cookie: OldCookie<'_>) -> Result<OldSession<T>, OldCookieError>;
}

impl<T, F> OldCookieReader<T> for F
where
    F: Fn(OldCookie<'_>) -> Result<OldSession<T>, OldCookieError> + Send + Sync + 'static,
{
    fn read(&self, cookie: OldCookie<'_>) -> Result<OldSession<T>, OldCookieError> {
        self(cookie)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_of_both_names_and_of_what_is_authentic() {
        let session = |bytes: &[u8]| OldSession::new((), bytes);
        let id = |name: &str, bytes: &[u8]| session(bytes).session_id(name, "s");
        assert_eq!(id("id", b"abc"), id("id", b"abc"));
        // Made by hand: printf 'hardtack session id of an old cookie\0s\0id' with `printf abc | sha256sum`'s bytes behind.
        assert_eq!(id("id", b"abc").to_string(), "bd41a2f1b0466b37ee22d0eb7015b0ad");
        let others = [id("id", b"abd"), id("ida", b"bc"), id("i", b"dabc"), id("id", b"")];
        for (place, other) in others.iter().enumerate() {
            assert_ne!(*other, id("id", b"abc"));
            assert!(!others[..place].contains(other));
        }
        for (name, ours) in [("id", "u"), ("id", ""), ("sid", ""), ("d", "si"), ("", "sid")] {
            assert_ne!(session(b"abc").session_id(name, ours), id("id", b"abc"));
        }
        // It does not depend on data or time.
        let later = OldSession::new(7, b"abc").issued(Timestamp::from_secs(1));
        assert_eq!(later.session_id("id", "s"), id("id", b"abc"));
    }

    #[test]
    fn a_reader_can_be_tested() {
        let session = OldSession::new(7, b"abc");
        assert_eq!((session.data(), session.issued_at()), (&7, None));
        assert!(session == OldSession::new(7, b"abc"));
        assert!(session != OldSession::new(8, b"abc"));
        assert!(session != OldSession::new(7, b"abd"));
        let issued = OldSession::new(7, b"abc").issued(Timestamp::from_secs(1));
        assert_eq!(issued.issued_at(), Some(Timestamp::from_secs(1)));
        assert!(session != issued);
    }

    #[test]
    fn debug_shows_no_value_and_no_data() {
        let cookie = OldCookie::new("id", b"secret", Timestamp::from_secs(7));
        assert_eq!(format!("{cookie:?}"), "OldCookie { name: \"id\", bytes: 6, .. }");
        let session = OldSession::new("secret", b"secret").issued(Timestamp::from_secs(7));
        assert_eq!(format!("{session:?}"), "OldSession { issued: Some(Timestamp(7)), .. }");
    }
}
