//! Phoenix: `Plug.Session` with `store: :cookie` and an `encryption_salt`, of plug_crypto 2 or 1.
//!
//! - **Checked**, as Plug does: the tag (XChaCha20-Poly1305, a key made of `secret_key_base` and the salt; in
//!   plug_crypto 1 AES-GCM twice, once around a key for each cookie).
//! - **Unchecked** by the old format: the cookie's name, and any time. A copy of the cookie counts until the
//!   cut-off, and the session starts at `since`.
//!
//! The session is an Erlang term, a map with texts for keys: `read` makes your T of it.
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes128Gcm, Aes256Gcm, KeyInit};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chacha20poly1305::XChaCha20Poly1305;
use eetf::{Binary, Map, Term};
use hardtack::migrate::OldCookieError::{Malformed, NotAuthentic, Unreadable};
use hardtack::migrate::{Moving, OldCookie, OldCookieReader, OldSession, Predecessor};
use hardtack::{Application, KeyRing};
use serde::{Deserialize, Serialize};

const AAD: &[u8] = b"A128GCM";

/// Reads sessions encrypted with the keys of these salts.
pub fn encrypted<T: 'static>(
    secret_key_base: &str,
    signing_salt: &str,
    encryption_salt: &str,
    read: impl Fn(&Map) -> Option<T> + Send + Sync + 'static,
) -> impl OldCookieReader<T> {
    let [signing, key] = [signing_salt, encryption_salt].map(|salt| key(secret_key_base, salt));
    move |cookie: OldCookie<'_>| {
        let text = str::from_utf8(cookie.value).or(Err(Malformed))?;
        let (kind, rest) = text.split_once('.').ok_or(Malformed)?;
        let parts: Result<Vec<_>, _> = rest.split('.').map(|part| BASE64.decode(part)).collect();
        let parts = parts.or(Err(Malformed))?;
        let term = match (kind, &parts[..]) {
            ("XCP", [sealed]) => version_2(&key, sealed),
            ("QTEyOEdDTQ", [wrapped, parts @ ..]) => version_1(&key, &signing, wrapped, parts),
            _ => return Err(Malformed),
        };
        let map = map(term.ok_or(NotAuthentic)?);
        Ok(OldSession::new(map.as_ref().and_then(&read).ok_or(Unreadable)?, parts.concat()))
    }
}

/// Nonce, tag, ciphertext.
fn version_2(key: &[u8; 32], sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, sealed) = sealed.split_first_chunk::<24>()?;
    let (tag, text) = sealed.split_first_chunk::<16>()?;
    let msg = &[text, tag].concat();
    XChaCha20Poly1305::new(key.into()).decrypt(nonce.into(), Payload { msg, aad: AAD }).ok()
}

/// A wrapped key (ciphertext, tag, nonce); then nonce, ciphertext, tag.
fn version_1(key: &[u8; 32], aad: &[u8], wrapped: &[u8], parts: &[Vec<u8>]) -> Option<Vec<u8>> {
    let (msg, nonce) = wrapped.split_last_chunk::<12>()?;
    let key = Aes256Gcm::new(key.into()).decrypt(nonce.into(), Payload { msg, aad }).ok()?;
    let [nonce, text, tag] = parts else { return None };
    let (nonce, msg) = (nonce.first_chunk::<12>()?, &[&text[..], tag].concat());
    Aes128Gcm::new_from_slice(&key).ok()?.decrypt(nonce.into(), Payload { msg, aad: AAD }).ok()
}

fn key(secret_key_base: &str, salt: &str) -> [u8; 32] {
    pbkdf2::pbkdf2_hmac_array::<sha2::Sha256, 32>(secret_key_base.as_bytes(), salt.as_bytes(), 1000)
}

fn map(term: Vec<u8>) -> Option<Map> {
    let Term::Map(map) = Term::decode(&term[..]).ok()? else { return None };
    Some(map)
}

#[derive(Serialize, Deserialize)]
struct User {
    user_id: i32,
}

fn user(session: &Map) -> Option<User> {
    let key = Term::from(Binary::from(b"user_id".as_slice()));
    let Term::FixInteger(id) = session.map.get(&key)? else { return None };
    Some(User { user_id: id.value })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [since, until] = ["2030-03-01T00:00:00Z".parse()?, "2030-04-01T00:00:00Z".parse()?];
    let reader = encrypted("secret_key_base", "signing_salt", "encryption_salt", user);
    let old = Predecessor::new("_shop_key", Moving { since, until }, reader);
    let shop = Application::new("shop", KeyRing::from_env("SESSION_KEYS")?)?;
    shop.session::<User>().predecessor(old).build()?;
    Ok(())
}
