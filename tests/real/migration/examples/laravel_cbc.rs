//! Laravel 8 to 12: cookies that its `EncryptCookies` sealed with the cipher `AES-256-CBC`, the default.
//!
//! - **Checked**, as Laravel does: the MAC (HMAC-SHA-256), and the name, whose hash the text begins with.
//! - **Unchecked** by the old format: any time. A copy of the cookie counts until the cut-off, and the
//!   session starts at `since`.
//!
//! The text in the cookie is the application's; here it is JSON. `laravel_session` holds the id of a session
//! in a store: docs/migration.md, "From a store".
use aes::cipher::{BlockModeDecrypt, KeyIvInit, block_padding::Pkcs7};
use base64::{Engine, prelude::BASE64_STANDARD as BASE64};
use hardtack::migrate::{Moving, OldCookie, OldCookieReader, OldSession, Predecessor};
use hardtack::migrate::{OldCookieError, OldCookieError::*};
use hardtack::{Application, KeyRing};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Reads cookies sealed with this key: the base64 in `APP_KEY`, decoded.
pub fn cbc<T: DeserializeOwned + 'static>(key: [u8; 32]) -> impl OldCookieReader<T> {
    move |cookie: OldCookie<'_>| {
        let json: Vec<u8> = percent_encoding::percent_decode(cookie.value).collect();
        let json = BASE64.decode(json).or(Err(Malformed))?;
        let parts: Parts = serde_json::from_slice(&json).or(Err(Malformed))?;
        let tag = base16ct::lower::decode_vec(&parts.mac).or(Err(Malformed))?;
        if !parts.tag.is_empty() {
            return Err(Malformed);
        }
        let signed = parts.iv.clone() + &parts.value;
        let mac = Hmac::<sha2::Sha256>::new_from_slice(&key).or(Err(NotAuthentic))?;
        mac.chain_update(&signed).verify_slice(&tag).or(Err(NotAuthentic))?;
        let iv = BASE64.decode(&parts.iv).or(Err(Unreadable))?;
        let sealed = BASE64.decode(&parts.value).or(Err(Unreadable))?;
        let cipher =
            cbc::Decryptor::<aes::Aes256>::new_from_slices(&key, &iv).or(Err(Unreadable))?;
        let text = cipher.decrypt_padded_vec::<Pkcs7>(&sealed).or(Err(Unreadable))?;
        Ok(OldSession::new(data(&key, cookie.name, &text)?, signed))
    }
}

/// Base64 of JSON, of parts in base64. The part `tag` is empty.
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
    let reader = cbc([7; 32]);
    let old = Predecessor::new("shop_user", Moving { since, until }, reader);
    let shop = Application::new("shop", KeyRing::from_env("SESSION_KEYS")?)?;
    shop.session::<User>().predecessor(old).build()?;
    Ok(())
}
