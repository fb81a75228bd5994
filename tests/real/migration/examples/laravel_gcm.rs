//! Laravel 8 to 12: cookies that its `EncryptCookies` sealed with the cipher `AES-256-GCM`.
//!
//! - **Checked**, as Laravel does: the tag, and the name, whose hash the text begins with.
//! - **Unchecked** by the old format: any time. A copy of the cookie counts until the cut-off, and the
//!   session starts at `since`.
//!
//! The text in the cookie is the application's; here it is JSON. `laravel_session` holds the id of a session
//! in a store: docs/migration.md, "From a store".
use aes_gcm::{Aes256Gcm, aead::Aead};
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use hardtack::migrate::{Moving, OldCookie, OldCookieReader, OldSession, Predecessor};
use hardtack::migrate::{OldCookieError, OldCookieError::*};
use hardtack::{Application, KeyRing};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Reads cookies sealed with this key: the base64 in `APP_KEY`, decoded.
pub fn gcm<T: DeserializeOwned + 'static>(key: [u8; 32]) -> impl OldCookieReader<T> {
    let cipher = Aes256Gcm::new(&key.into());
    move |cookie: OldCookie<'_>| {
        let json: Vec<u8> = percent_encoding::percent_decode(cookie.value).collect();
        let json = BASE64.decode(json).or(Err(Malformed))?;
        let parts: Parts = serde_json::from_slice(&json).or(Err(Malformed))?;
        let decoded = [&parts.iv, &parts.value, &parts.tag].map(|part| BASE64.decode(part));
        let ([Ok(iv), Ok(sealed), Ok(tag)], "") = (decoded, &parts.mac[..]) else {
            return Err(Malformed);
        };
        let iv: [u8; 12] = iv.try_into().or(Err(Malformed))?;
        let sealed = [sealed, tag].concat();
        let text = cipher.decrypt(&iv.into(), &sealed[..]).or(Err(NotAuthentic))?;
        Ok(OldSession::new(data(&key, cookie.name, &text)?, [&iv, &sealed[..]].concat()))
    }
}

/// Base64 of JSON, of parts in base64. The part `mac` is empty.
#[derive(Deserialize)]
struct Parts {
    iv: String,
    value: String,
    mac: String,
    tag: String,
}

/// The text is `HASH|DATA`, where the hash is the name's.
fn data<T: DeserializeOwned>(key: &[u8], name: &str, text: &[u8]) -> Result<T, OldCookieError> {
    let (hash, data) = text.split_first_chunk::<40>().ok_or(WrongPurpose)?;
    let hash = base16ct::lower::decode_vec(hash).or(Err(WrongPurpose))?;
    let hmac = Hmac::<sha1::Sha1>::new_from_slice(key).or(Err(WrongPurpose))?;
    hmac.chain_update(name).chain_update("v2").verify_slice(&hash).or(Err(WrongPurpose))?;
    let json = data.strip_prefix(b"|").ok_or(WrongPurpose)?;
    serde_json::from_slice(json).or(Err(Unreadable))
}

#[derive(Serialize, Deserialize)]
struct User {
    user_id: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [since, until] = ["2030-03-01T00:00:00Z".parse()?, "2030-04-01T00:00:00Z".parse()?];
    let reader = gcm([7; 32]);
    let old = Predecessor::new("shop_user", Moving { since, until }, reader);
    let shop = Application::new("shop", KeyRing::from_env("SESSION_KEYS")?)?;
    shop.session::<User>().predecessor(old).build()?;
    Ok(())
}
