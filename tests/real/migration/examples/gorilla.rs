//! gorilla/securecookie with its `JSONEncoder`.
//!
//! - **Checked**, as securecookie does: the signature (HMAC-SHA-256 with the hash key) over name, time and
//!   value, and the age, by `MaxAge`. The time in the cookie becomes the session's start.
//! - **Unchecked** by the old format: whether a value was encrypted. A signed one is noise to `encrypted`,
//!   and the other way round. gorilla/sessions writes Go's gob unless it was told to write JSON.
use std::time::Duration;

use aes::cipher::{KeyIvInit, StreamCipher};
use base64::{Engine, prelude::BASE64_URL_SAFE as BASE64};
use hardtack::migrate::{Moving, OldCookie, OldCookieReader, OldSession, Predecessor};
use hardtack::migrate::{OldCookieError, OldCookieError::*};
use hardtack::{Application, DAY, KeyRing, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Reads values that were signed with the hash key at most `age` ago, and not encrypted.
pub fn signed<T: DeserializeOwned + 'static>(
    hash_key: &[u8],
    age: Duration,
) -> impl OldCookieReader<T> {
    let hash_key = hash_key.to_owned();
    move |cookie: OldCookie<'_>| open(&hash_key, age, cookie, Some)
}

/// Reads values that were also encrypted, with a block key of 32 bytes: AES-256-CTR.
pub fn encrypted<T: DeserializeOwned + 'static>(
    hash_key: &[u8],
    block_key: [u8; 32],
    age: Duration,
) -> impl OldCookieReader<T> {
    let hash_key = hash_key.to_owned();
    let decrypt = move |value: Vec<u8>| {
        let (iv, mut text) = value.split_at_checked(16).map(|(iv, text)| (iv, text.to_owned()))?;
        let cipher = ctr::Ctr128BE::<aes::Aes256>::new_from_slices(&block_key, iv);
        cipher.ok()?.apply_keystream(&mut text);
        Some(text)
    };
    move |cookie: OldCookie<'_>| open(&hash_key, age, cookie, decrypt)
}

fn open<T: DeserializeOwned>(
    hash_key: &[u8],
    age: Duration,
    cookie: OldCookie<'_>,
    decrypt: impl Fn(Vec<u8>) -> Option<Vec<u8>>,
) -> Result<OldSession<T>, OldCookieError> {
    let bytes = BASE64.decode(cookie.value).or(Err(Malformed))?;
    // time|value|tag
    let mut parts = bytes.splitn(3, |&byte| byte == b'|');
    let (made, value, tag) = (parts.next(), parts.next(), parts.next());
    let (Some(made), Some(value), Some(tag)) = (made, value, tag) else { return Err(Malformed) };
    let signed = [cookie.name.as_bytes(), made, value].join(&b'|');
    let mac = Hmac::<sha2::Sha256>::new_from_slice(hash_key).or(Err(NotAuthentic))?;
    mac.chain_update(&signed).verify_slice(tag).or(Err(NotAuthentic))?;
    let made = str::from_utf8(made).ok().and_then(|made| made.parse().ok()).ok_or(Unreadable)?;
    let made = Timestamp::from_secs(made);
    if made + age < cookie.now {
        return Err(Expired);
    }
    let json = BASE64.decode(value).ok().and_then(decrypt).ok_or(Unreadable)?;
    Ok(OldSession::new(serde_json::from_slice(&json).or(Err(Unreadable))?, signed).issued(made))
}

#[derive(Serialize, Deserialize)]
struct User {
    user_id: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [since, until] = ["2030-03-01T00:00:00Z".parse()?, "2030-04-01T00:00:00Z".parse()?];
    let reader = encrypted(b"the hash key", [7; 32], 30 * DAY);
    let old = Predecessor::new("session", Moving { since, until }, reader);
    let shop = Application::new("shop", KeyRing::from_env("SESSION_KEYS")?)?;
    shop.session::<User>().predecessor(old).build()?;
    Ok(())
}
