//! Rails 5.2 to 8: the session cookie, and any other of `cookies.encrypted`, as JSON.
//!
//! - **Checked**, as Rails does: the tag (AES-256-GCM, a key made of `secret_key_base`); the purpose, which
//!   is the cookie's name; the end, where the cookie has one.
//! - **Unchecked** by the old format: when it was made; the session starts at `since`. Rails also takes
//!   cookies without a purpose, those of 5.2: here only `Version::V5` does, and then no name is checked.
//!
//! Rails seals the session anew with each response. What ends one of these values here ends them all: it is
//! known by its `session_id`.
//!
//! A value of `cookies_serializer = :marshal` is unreadable: let Rails write JSON (`:hybrid`) for a while
//! before you move.
use aes_gcm::{Aes256Gcm, KeyInit, aead::Aead};
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use hardtack::migrate::{Moving, OldCookie, OldCookieReader, OldSession, Predecessor};
use hardtack::migrate::{OldCookieError, OldCookieError::*};
use hardtack::{Application, KeyRing, Timestamp};
use pbkdf2::pbkdf2_hmac_array;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

const SALT: &[u8] = b"authenticated encrypted cookie";

/// Whose `config.load_defaults` the site has; 7 is also 8's.
#[derive(Clone, Copy, PartialEq)]
pub enum Version {
    V5,
    V6,
    V7,
}

/// Reads cookies that were encrypted with this `secret_key_base`.
pub fn encrypted<T: DeserializeOwned + 'static>(
    secret_key_base: &str,
    version: Version,
) -> impl OldCookieReader<T> {
    let cipher = Aes256Gcm::new(&key(secret_key_base, version).into());
    move |cookie: OldCookie<'_>| {
        let text =
            percent_encoding::percent_decode(cookie.value).decode_utf8().or(Err(Malformed))?;
        let parts: Vec<_> = text.split("--").map(|part| BASE64.decode(part)).collect();
        let [Ok(sealed), Ok(iv), Ok(tag)] = &parts[..] else { return Err(Malformed) };
        let iv: [u8; 12] = iv[..].try_into().or(Err(Malformed))?;
        let sealed = [&sealed[..], tag].concat();
        let json = cipher.decrypt(&iv.into(), &sealed[..]).or(Err(NotAuthentic))?;
        let data = data(&json, version, cookie)?;
        let authentic = data["session_id"].as_str().map_or([&iv, &sealed[..]].concat(), Vec::from);
        Ok(OldSession::new(serde_json::from_value(data).or(Err(Unreadable))?, authentic))
    }
}

fn key<const N: usize>(secret: &str, version: Version) -> [u8; N] {
    match version {
        Version::V7 => pbkdf2_hmac_array::<sha2::Sha256, N>(secret.as_bytes(), SALT, 1000),
        _ => pbkdf2_hmac_array::<sha1::Sha1, N>(secret.as_bytes(), SALT, 1000),
    }
}

/// What is in the envelope `_rails`, if it was made for this cookie and is not past its end.
fn data(json: &[u8], version: Version, cookie: OldCookie<'_>) -> Result<Value, OldCookieError> {
    let value: Value = serde_json::from_slice(json).or(Err(Unreadable))?;
    let purpose = (version != Version::V5).then(|| format!("cookie.{}", cookie.name));
    if value["_rails"]["pur"].as_str() != purpose.as_deref() {
        return Err(WrongPurpose);
    }
    let end = value["_rails"]["exp"].as_str().map(|end| end.parse::<Timestamp>());
    if end.transpose().or(Err(Unreadable))?.is_some_and(|end| end <= cookie.now) {
        return Err(Expired);
    }
    let Some(message) = value["_rails"]["message"].as_str() else { return Ok(value) };
    serde_json::from_slice(&BASE64.decode(message).or(Err(Unreadable))?).or(Err(Unreadable))
}

#[derive(Serialize, Deserialize)]
struct User {
    user_id: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [since, until] = ["2030-03-01T00:00:00Z".parse()?, "2030-04-01T00:00:00Z".parse()?];
    let reader = encrypted("secret_key_base", Version::V7);
    let old = Predecessor::new("_shop_session", Moving { since, until }, reader);
    let shop = Application::new("shop", KeyRing::from_env("SESSION_KEYS")?)?;
    shop.session::<User>().predecessor(old).build()?;
    Ok(())
}
