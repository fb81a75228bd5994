//! iron-session 8: a seal of the form `Fe26.2`, with a password as text.
//!
//! - **Checked**, as iron-session does: the seal (HMAC-SHA-256, a key made of the password), which covers the
//!   ciphertext (AES-256-CBC) and the end, with a minute's leeway. The end less `ttl` becomes the
//!   session's start: name the `ttl` that the site had.
//! - **Unchecked** by the old format: the cookie's name. A seal without an end (`ttl: 0`) counts until the
//!   cut-off, and its session starts at `since`.
use std::time::Duration;

use aes::cipher::{BlockModeDecrypt, KeyIvInit, block_padding::Pkcs7};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use hardtack::migrate::OldCookieError::{Expired, Malformed, NotAuthentic, Unreadable};
use hardtack::migrate::{Moving, OldCookie, OldCookieReader, OldSession, Predecessor};
use hardtack::{Application, DAY, KeyRing, MINUTE, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Reads sessions that were sealed with this password, for `ttl`.
pub fn session<T: DeserializeOwned + 'static>(
    password: &str,
    ttl: Duration,
) -> impl OldCookieReader<T> {
    let password = password.to_owned();
    let key = move |salt: &str| {
        pbkdf2::pbkdf2_hmac_array::<sha1::Sha1, 32>(password.as_bytes(), salt.as_bytes(), 1)
    };
    move |cookie: OldCookie<'_>| {
        let text = str::from_utf8(cookie.value).or(Err(Malformed))?.strip_suffix("~2");
        let parts: Vec<_> = text.ok_or(Malformed)?.split('*').collect();
        let &["Fe26.2", id, salt, iv, sealed, end, mac_salt, tag] = &parts[..] else {
            return Err(Malformed);
        };
        let [iv, sealed_bytes, tag] = [iv, sealed, tag].map(|part| BASE64.decode(part));
        let (iv, sealed_bytes) = (iv.or(Err(Malformed))?, sealed_bytes.or(Err(Malformed))?);
        let signed = ["Fe26.2", id, salt, parts[3], sealed, end].join("*");
        let mac = Hmac::<sha2::Sha256>::new_from_slice(&key(mac_salt)).or(Err(NotAuthentic))?;
        mac.chain_update(&signed).verify_slice(&tag.or(Err(Malformed))?).or(Err(NotAuthentic))?;

        let cipher = cbc::Decryptor::<aes::Aes256>::new_from_slices(&key(salt), &iv);
        let json = cipher.or(Err(Unreadable))?.decrypt_padded_vec::<Pkcs7>(&sealed_bytes);
        let data = serde_json::from_slice(&json.or(Err(Unreadable))?).or(Err(Unreadable))?;
        let session = OldSession::new(data, signed);
        if end.is_empty() {
            return Ok(session);
        }
        let end = end.parse::<u64>().or(Err(Unreadable))? / 1000;
        if Timestamp::from_secs(end) + MINUTE <= cookie.now {
            return Err(Expired);
        }
        Ok(session.issued(Timestamp::from_secs(end.saturating_sub(ttl.as_secs()))))
    }
}

#[derive(Serialize, Deserialize)]
struct User {
    user_id: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [since, until] = ["2030-03-01T00:00:00Z".parse()?, "2030-04-01T00:00:00Z".parse()?];
    let reader = session("the old password", 14 * DAY);
    let old = Predecessor::new("session", Moving { since, until }, reader);
    let shop = Application::new("shop", KeyRing::from_env("SESSION_KEYS")?)?;
    shop.session::<User>().predecessor(old).build()?;
    Ok(())
}
