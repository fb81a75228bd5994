//! Django: `SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"`, with its JSON serializer.
//!
//! - **Checked**, as Django does: the signature (HMAC-SHA-256, a key made of `SECRET_KEY` for sessions) and
//!   the age, by `SESSION_COOKIE_AGE`. The time in the cookie becomes the session's start.
//! - **Unchecked** by the old format: the cookie's name. And `_auth_user_hash`, with which Django ends a
//!   user's sessions when the password changes: let a new password call `log_out_everywhere` here.
use std::{io::Read, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hardtack::migrate::{Moving, OldCookie, OldCookieReader, OldSession, Predecessor};
use hardtack::migrate::{OldCookieError, OldCookieError::*};
use hardtack::{Application, DAY, KeyRing, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

const SALT: &str = "django.contrib.sessions.backends.signed_cookies";

/// Reads sessions that were signed with `SECRET_KEY` at most `age` ago.
pub fn session<T: DeserializeOwned + 'static>(
    secret_key: &str,
    age: Duration,
) -> impl OldCookieReader<T> {
    let key = Sha256::digest([SALT, "signer", secret_key].concat());
    move |cookie: OldCookie<'_>| {
        let text = str::from_utf8(cookie.value).or(Err(Malformed))?;
        let (signed, tag) = text.rsplit_once(':').ok_or(Malformed)?;
        let (payload, made) = signed.rsplit_once(':').ok_or(Malformed)?;
        let tag = BASE64.decode(tag).or(Err(Malformed))?;
        let mac = Hmac::<Sha256>::new_from_slice(&key).or(Err(NotAuthentic))?;
        mac.chain_update(signed).verify_slice(&tag).or(Err(NotAuthentic))?;
        let made = base62(made).ok_or(Unreadable)?;
        if made + age < cookie.now {
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

fn base62(digits: &str) -> Option<Timestamp> {
    let alphabet = ('0'..='9').chain('A'..='Z').chain('a'..='z');
    let value = |digit| u64::try_from(alphabet.clone().position(|known| known == digit)?).ok();
    let add = |sum: u64, digit| sum.checked_mul(62)?.checked_add(value(digit)?);
    digits.chars().try_fold(0, add).map(Timestamp::from_secs)
}

#[derive(Serialize, Deserialize)]
struct User {
    _auth_user_id: String,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [since, until] = ["2030-03-01T00:00:00Z".parse()?, "2030-04-01T00:00:00Z".parse()?];
    let reader = session("Django's SECRET_KEY", 14 * DAY);
    let old = Predecessor::new("sessionid", Moving { since, until }, reader);
    let shop = Application::new("shop", KeyRing::from_env("SESSION_KEYS")?)?;
    shop.session::<User>().predecessor(old).build()?;
    Ok(())
}
