//! biscotti: values encrypted or signed under a master key, in JSON that the application wrote.
//!
//! - **Checked**, as biscotti does: the tag (AES-256-GCM-SIV, or HMAC-SHA-256), which covers the name.
//! - **Unchecked** by the old format: any time. A copy of the cookie counts until the cut-off, and the
//!   session starts at `since`.
use aes_gcm_siv::aead::{Aead, KeyInit as _, Payload};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hardtack::migrate::OldCookieError::{Malformed, NotAuthentic, Unreadable};
use hardtack::migrate::{Moving, OldCookie, OldCookieReader, OldSession, Predecessor};
use hardtack::{Application, KeyRing};
use hkdf::{Hkdf, InvalidPrkLength};
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::Sha256;

/// Reads values encrypted under this master key, which has at least 32 bytes.
pub fn encrypted<T: DeserializeOwned + 'static>(
    master: &[u8],
) -> Result<impl OldCookieReader<T> + use<T>, InvalidPrkLength> {
    let cipher =
        aes_gcm_siv::Aes256GcmSiv::new(&key(master, b"COOKIE;AEAD-AES-256-GCM-SIV")?.into());
    Ok(move |cookie: OldCookie<'_>| {
        let sealed = BASE64.decode(cookie.value).or(Err(Malformed))?;
        let (nonce, msg) = sealed.split_first_chunk::<12>().ok_or(Malformed)?;
        let payload = Payload { msg, aad: cookie.name.as_bytes() };
        let json = cipher.decrypt(nonce.into(), payload).or(Err(NotAuthentic))?;
        Ok(OldSession::new(serde_json::from_slice(&json).or(Err(Unreadable))?, sealed))
    })
}

/// Reads values signed under this master key, which has at least 32 bytes.
pub fn signed<T: DeserializeOwned + 'static>(
    master: &[u8],
) -> Result<impl OldCookieReader<T> + use<T>, InvalidPrkLength> {
    let key = key(master, b"COOKIE;HMAC-SHA256")?;
    Ok(move |cookie: OldCookie<'_>| {
        let signed = BASE64.decode(cookie.value).or(Err(Malformed))?;
        let (tag, json) = signed.split_first_chunk::<32>().ok_or(Malformed)?;
        let mac = Hmac::<Sha256>::new_from_slice(&key).or(Err(NotAuthentic))?;
        let mac = mac.chain_update(cookie.name).chain_update([0]).chain_update(json);
        mac.verify_slice(tag).or(Err(NotAuthentic))?;
        Ok(OldSession::new(serde_json::from_slice(json).or(Err(Unreadable))?, json))
    })
}

fn key(master: &[u8], label: &[u8]) -> Result<[u8; 32], InvalidPrkLength> {
    let mut key = [0; 32];
    Hkdf::<Sha256>::from_prk(master)?.expand(label, &mut key).or(Err(InvalidPrkLength))?;
    Ok(key)
}

#[derive(Serialize, Deserialize)]
struct User {
    user_id: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [since, until] = ["2030-03-01T00:00:00Z".parse()?, "2030-04-01T00:00:00Z".parse()?];
    let reader = encrypted(b"the old master key, 32 bytes or more")?;
    let old = Predecessor::new("session", Moving { since, until }, reader);
    let shop = Application::new("shop", KeyRing::from_env("SESSION_KEYS")?)?;
    shop.session::<User>().predecessor(old).build()?;
    Ok(())
}
