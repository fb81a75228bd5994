//! What a reader of old cookies gets and gives.

use std::fmt;

use crate::crypto::sha256;
use crate::error::OldCookieError;
use crate::id::SessionId;
use crate::time::Timestamp;

/// The longest value that a reader is asked about, in bytes.
const LONGEST: usize = 8192;

/// A cookie of the old system, as the request carries it. `Debug` hides its value.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct OldCookie<'c> {
    /// Its name.
    pub name: &'c str,
    /// Its value, byte for byte: no quotes stripped, no escapes read.
    pub value: &'c [u8],
    /// The present moment.
    pub now: Timestamp,
}

impl<'c> OldCookie<'c> {
    /// Makes one, to try a reader with.
    pub fn new(name: &'c str, value: &'c [u8], now: Timestamp) -> Self {
        Self { name, value, now }
    }

    /// Whether a value is too long to be asked about.
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

/// A session that an old cookie held. `Debug` hides its data. Two are equal if data, time and the bytes that the old system vouched for
/// are: then they are one session.
#[derive(PartialEq, Eq)]
#[must_use = "a reader returns it"]
pub struct OldSession<T> {
    pub(crate) data: T,
    pub(crate) issued: Option<Timestamp>,
    authentic: [u8; 32],
}

impl<T> OldSession<T> {
    /// A session with this data. `authentic` are the bytes that the old system vouched for: the message under its signature, or the
    /// nonce and ciphertext that were decrypted.
    ///
    /// The session's id is made of them, so that ending it refuses the old cookie too. Decode them first: a cookie's *text* can often
    /// be spelled in several ways (`%3D` and `=`, base64 with other trailing bits), and a copy in another spelling would be
    /// another session.
    pub fn new(data: T, authentic: impl AsRef<[u8]>) -> Self {
        Self { data, issued: None, authentic: sha256(&[authentic.as_ref()]) }
    }

    /// When the old system made the cookie, where its format tells: the session counts as started then. The same bytes come with the
    /// same time.
    pub fn issued(mut self, at: Timestamp) -> Self {
        self.issued = Some(at);
        self
    }

    /// The session's data, to test a reader with.
    pub const fn data(&self) -> &T {
        &self.data
    }

    /// When the old system made the cookie, if its format tells: to test a reader with.
    pub const fn issued_at(&self) -> Option<Timestamp> {
        self.issued
    }

    /// The id of the session that moves from the old cookie `name` into `ours`: the same in every request that carries the old cookie.
    pub(crate) fn session_id(&self, name: &str, ours: &str) -> SessionId {
        const LABEL: &[u8] = b"hardtack session id of an old cookie\0";
        // No name has a zero in it, and what is behind them has one length: no two run together.
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

/// Reads the cookies of an old system. Closures are readers.
///
/// A reader authenticates the value before it looks at what is in it, and gives the same answer each time: it may be asked several
/// times in one request. It checks what the old system checked: a signature, a purpose, an end.
pub trait OldCookieReader<T>: Send + Sync + 'static {
    /// Returns the session that the cookie holds.
    ///
    /// # Errors
    /// Why the cookie holds no session. [`OldCookieError::Ambiguous`] and [`OldCookieError::Revoked`] are the session cookie's to say.
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
