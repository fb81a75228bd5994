//! Phoenix: `Plug.Session` with `store: :cookie` and a `signing_salt` alone.
//!
//! - **Checked**, as Plug does: the signature (HMAC-SHA-256, a key made of `secret_key_base` and the salt).
//! - **Unchecked** by the old format: the cookie's name, and any time. A copy of the cookie counts until the
//!   cut-off, and the session starts at `since`.
//!
//! The session is an Erlang term, a map with texts for keys: `read` makes your T of it.
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use eetf::{Binary, Map, Term};
use hardtack::migrate::OldCookieError::{Malformed, NotAuthentic, Unreadable};
use hardtack::migrate::{Moving, OldCookie, OldCookieReader, OldSession, Predecessor};
use hardtack::{Application, KeyRing};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};

/// Reads sessions signed with the key of this salt.
pub fn signed<T: 'static>(
    secret_key_base: &str,
    signing_salt: &str,
    read: impl Fn(&Map) -> Option<T> + Send + Sync + 'static,
) -> impl OldCookieReader<T> {
    let key = key(secret_key_base, signing_salt);
    move |cookie: OldCookie<'_>| {
        let text = str::from_utf8(cookie.value).or(Err(Malformed))?;
        let (signed, tag) = text.rsplit_once('.').ok_or(Malformed)?;
        let payload = signed.strip_prefix("SFMyNTY.").ok_or(Malformed)?; // "HS256"
        let tag = BASE64.decode(tag).or(Err(Malformed))?;
        let mac = Hmac::<sha2::Sha256>::new_from_slice(&key).or(Err(NotAuthentic))?;
        mac.chain_update(signed).verify_slice(&tag).or(Err(NotAuthentic))?;
        let map = BASE64.decode(payload).ok().and_then(map);
        Ok(OldSession::new(map.as_ref().and_then(&read).ok_or(Unreadable)?, signed))
    }
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
    let reader = signed("secret_key_base", "signing_salt", user);
    let old = Predecessor::new("_shop_key", Moving { since, until }, reader);
    let shop = Application::new("shop", KeyRing::from_env("SESSION_KEYS")?)?;
    shop.session::<User>().predecessor(old).build()?;
    Ok(())
}
