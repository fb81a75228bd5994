//! Flask's session cookie, signed by itsdangerous.
//!
//! - **Checked**, as Flask does: the signature (HMAC-SHA-1, a key made of `SECRET_KEY` for sessions) and the
//!   age, by `PERMANENT_SESSION_LIFETIME`. The time in the cookie becomes the session's start.
//! - **Unchecked** by the old format: the cookie's name. Flask's JSON writes tuples, bytes, dates and UUIDs
//!   as objects with one key that begins with a space: your T sees them as such.
use std::{io::Read, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hardtack::migrate::{Moving, OldCookie, OldCookieReader, OldSession, Predecessor};
use hardtack::migrate::{OldCookieError, OldCookieError::*};
use hardtack::{Application, DAY, KeyRing, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha1::Sha1;

/// Reads sessions that were signed with `SECRET_KEY` at most `lifetime` ago.
pub fn session<T: DeserializeOwned + 'static>(
    secret_key: &str,
    lifetime: Duration,
) -> impl OldCookieReader<T> {
    let hmac = |key: &[u8]| Hmac::<Sha1>::new_from_slice(key).or(Err(NotAuthentic));
    let key = hmac(secret_key.as_bytes()).map(|mac| mac.chain_update("cookie-session").finalize());
    move |cookie: OldCookie<'_>| {
        let text = str::from_utf8(cookie.value).or(Err(Malformed))?;
        let (signed, tag) = text.rsplit_once('.').ok_or(Malformed)?;
        let (payload, made) = signed.rsplit_once('.').ok_or(Malformed)?;
        let tag = BASE64.decode(tag).or(Err(Malformed))?;
        let mac = hmac(key.as_ref().or(Err(NotAuthentic))?.as_bytes())?;
        mac.chain_update(signed).verify_slice(&tag).or(Err(NotAuthentic))?;
        let made = seconds(made).ok_or(Unreadable)?;
        if made + lifetime < cookie.now {
            return Err(Expired);
        }
        let data = serde_json::from_slice(&json(payload)?).or(Err(Unreadable))?;
        Ok(OldSession::new(data, signed).issued(made))
    }
}

/// Base64url, of zlib where a point comes first.
fn json(payload: &str) -> Result<Vec<u8>, OldCookieError> {
    let bytes = BASE64.decode(payload.trim_start_matches('.')).or(Err(Unreadable))?;
    if !payload.starts_with('.') {
        return Ok(bytes);
    }
    let (zlib, mut json) = (flate2::read::ZlibDecoder::new(&bytes[..]), Vec::new());
    zlib.take(1 << 20).read_to_end(&mut json).or(Err(Unreadable))?;
    Ok(json)
}

/// Base64url of a big-endian number without leading zeros.
fn seconds(base64: &str) -> Option<Timestamp> {
    let add = |sum: u64, &byte: &u8| sum.checked_mul(256)?.checked_add(byte.into());
    BASE64.decode(base64).ok()?.iter().try_fold(0, add).map(Timestamp::from_secs)
}

#[derive(Serialize, Deserialize)]
struct User {
    user_id: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [since, until] = ["2030-03-01T00:00:00Z".parse()?, "2030-04-01T00:00:00Z".parse()?];
    let reader = session("Flask's SECRET_KEY", 31 * DAY);
    let old = Predecessor::new("session", Moving { since, until }, reader);
    let shop = Application::new("shop", KeyRing::from_env("SESSION_KEYS")?)?;
    shop.session::<User>().predecessor(old).build()?;
    Ok(())
}
