//! Cookies of the `cookie` crate's private and signed jars (0.16 to 0.18), as set by axum-extra, Rocket 0.5, poem and others, and
//! what two session crates keep in them.

use std::fmt;

use super::key::JarKey;
use super::records;
use super::{OldCookie, OldCookieReader, OldSession};
use crate::crypto::{AeadKey, MAC, MacKey, NONCE, TAG};
use crate::encoding::decode_standard;
use crate::error::OldCookieError;
use crate::payload::Values;

/// Characters of the signature in front of a signed value.
const SIGNATURE: usize = 44;

/// Reads cookies from a private or signed jar of the `cookie` crate. `Debug` hides the key.
///
/// ```
/// # use hardtack::{Application, Key, SetupError};
/// use hardtack::migrate::{Jar, JarKey, Moving, Predecessor};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { id: u64 }
///
/// # let secret = [7; 64];
/// let key = JarKey::new(&secret)?; // what Key::from was given
/// let read = Jar::private(&key).text(|text| Some(User { id: text.parse().ok()? }));
/// let moving = Moving { since: "2030-03-01T00:00:00Z".parse()?, until: "2030-06-01T00:00:00Z".parse()? };
/// let users = Application::new("shop", Key::generate()?)?
///     .session::<User>()
///     .predecessor(Predecessor::new("user", moving, read))
///     .build()?;
/// # Ok::<(), SetupError>(())
/// ```
pub struct Jar(Kind);

enum Kind {
    Private(Box<AeadKey>),
    Signed(MacKey),
}

/// The part of a cookie that the jar authenticates.
struct Authentic {
    text: String,
    /// The same for every spelling of one cookie.
    bytes: Vec<u8>,
}

impl Jar {
    /// Reads a private jar, which is encrypted and bound to the cookie's name.
    pub fn private(key: &JarKey) -> Self {
        Self(Kind::Private(Box::new(AeadKey::new(key.encryption()))))
    }

    /// Reads a signed jar.
    ///
    /// The signature does not cover the cookie's name: any signed cookie of the old site is authentic under any name. Do not take
    /// a text for a session if another cookie could hold the same text: a signed `7` may be a user's id or a page number.
    pub fn signed(key: &JarKey) -> Self {
        Self(Kind::Signed(MacKey::new(key.signing())))
    }

    /// Makes a reader for the text that the application put into the jar.
    pub fn text<T>(
        self,
        read: impl Fn(&str) -> Option<T> + Send + Sync + 'static,
    ) -> impl OldCookieReader<T> {
        move |cookie: OldCookie<'_>| {
            let Authentic { text, bytes } = self.open(cookie)?;
            let data = read(&text).ok_or(OldCookieError::Unreadable)?;
            Ok(OldSession::new(data, bytes))
        }
    }

    /// Makes a reader for what actix-session (0.10, 0.11) keeps with its `CookieSessionStore`, private by default. Pass
    /// `.actix_session(Some)` for a session of [`Values`], or a closure that turns the `Values` into a `T`.
    pub fn actix_session<T>(
        self,
        read: impl Fn(Values) -> Option<T> + Send + Sync + 'static,
    ) -> impl OldCookieReader<T> {
        move |cookie: OldCookie<'_>| {
            let Authentic { text, bytes } = self.open(cookie)?;
            let values = records::actix_session(&text).ok_or(OldCookieError::Unreadable)?;
            let data = read(values).ok_or(OldCookieError::Unreadable)?;
            Ok(OldSession::new(data, bytes))
        }
    }

    /// Makes a reader for what tower-sessions-cookie-store (0.5) keeps, signed by default. Pass `.tower_sessions(Some)` for a
    /// session of [`Values`], or a closure that turns the `Values` into a `T`. A session past its expiry date is refused; one
    /// without [`with_expiry`] lasts two weeks.
    ///
    /// Such a session has an id, so ending it refuses all its cookies, including those of earlier responses.
    ///
    /// [`with_expiry`]: https://docs.rs/tower-sessions-cookie-store
    pub fn tower_sessions<T>(
        self,
        read: impl Fn(Values) -> Option<T> + Send + Sync + 'static,
    ) -> impl OldCookieReader<T> {
        move |cookie: OldCookie<'_>| {
            let Authentic { text, .. } = self.open(cookie)?;
            let record = records::tower_sessions(&text).ok_or(OldCookieError::Unreadable)?;
            if record.expires <= cookie.now {
                return Err(OldCookieError::Expired);
            }
            let data = read(record.values).ok_or(OldCookieError::Unreadable)?;
            Ok(OldSession::new(data, record.id.to_be_bytes()))
        }
    }

    fn open(&self, cookie: OldCookie<'_>) -> Result<Authentic, OldCookieError> {
        let value = percent_decoded(cookie.value);
        match &self.0 {
            Kind::Private(key) => open_private(key, cookie.name, &value),
            // Some programs set the cookie without escapes, whatever it contains.
            Kind::Signed(key) => open_signed(key, &value).or_else(|error| {
                if value == cookie.value { Err(error) } else { open_signed(key, cookie.value) }
            }),
        }
    }
}

/// Opens base64 of nonce, ciphertext and tag (AES-256-GCM). The name is the additional data.
fn open_private(key: &AeadKey, name: &str, value: &[u8]) -> Result<Authentic, OldCookieError> {
    let bytes = decode_standard(value).ok_or(OldCookieError::Malformed)?;
    let (nonce, rest) = bytes.split_first_chunk::<NONCE>().ok_or(OldCookieError::Malformed)?;
    let (sealed, tag) = rest.split_last_chunk::<TAG>().ok_or(OldCookieError::Malformed)?;
    let mut text = sealed.to_vec();
    let opened = key.open(nonce, name.as_bytes(), &mut text, tag);
    opened.map_err(|_| OldCookieError::NotAuthentic)?;
    let text = String::from_utf8(text).map_err(|_| OldCookieError::Unreadable)?;
    Ok(Authentic { text, bytes })
}

/// Opens base64 of an HMAC-SHA-256, followed by the message that it covers.
fn open_signed(key: &MacKey, value: &[u8]) -> Result<Authentic, OldCookieError> {
    let (signature, message) =
        value.split_at_checked(SIGNATURE).ok_or(OldCookieError::Malformed)?;
    let tag = decode_standard(signature).ok_or(OldCookieError::Malformed)?;
    let tag = <[u8; MAC]>::try_from(tag).map_err(|_| OldCookieError::Malformed)?;
    key.verify(message, &tag).map_err(|_| OldCookieError::NotAuthentic)?;
    let text = str::from_utf8(message).map_err(|_| OldCookieError::Unreadable)?;
    Ok(Authentic { text: text.to_owned(), bytes: message.to_vec() })
}

/// Decodes `%41` to `A`, and leaves everything else alone.
fn percent_decoded(value: &[u8]) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut decoded = Vec::with_capacity(value.len());
    let mut rest = value;
    while let [first, behind @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match escaped {
            Some((high, low)) => {
                decoded.push((high << 4 | low) as u8);
                rest = &rest[3..];
            }
            None => {
                decoded.push(*first);
                rest = behind;
            }
        }
    }
    decoded
}

impl fmt::Debug for Jar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.0 {
            Kind::Private(_) => "Jar(private)",
            Kind::Signed(_) => "Jar(signed)",
        })
    }
}

#[cfg(test)]
mod tests;
