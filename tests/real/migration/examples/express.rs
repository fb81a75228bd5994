//! Express with `cookie-session`: a cookie of base64 JSON, and beside it one with `.sig` behind its name.
//!
//! - **Checked**, as keygrip does: the signature (HMAC-SHA-1, any of `keys`) over name and value.
//! - **Unchecked** by the old format: any time. A copy of the cookie counts until the cut-off, and the
//!   session starts at `since`.
//!
//! A reader gets one cookie, so `join` makes one of the two before hardtack sees the request. In axum, behind
//! the line with the session layer:
//! `.layer(map_request(async |mut request: Request| { join(request.headers_mut(), "session"); request }))`.
//! The cookie `session.sig` stays in the browser; nothing reads it any more.
use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use hardtack::migrate::OldCookieError::{Malformed, NotAuthentic, Unreadable};
use hardtack::migrate::{Moving, OldCookie, OldCookieReader, OldSession, Predecessor};
use hardtack::{Application, KeyRing};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderValue, header::COOKIE};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha1::Sha1;

/// Reads sessions that were signed with one of these keys, from what `join` made.
pub fn session<T: DeserializeOwned + 'static>(keys: &[&str]) -> impl OldCookieReader<T> {
    let new = |key: &&str| Hmac::<Sha1>::new_from_slice(key.as_bytes()).ok();
    let macs: Vec<_> = keys.iter().filter_map(new).collect();
    move |cookie: OldCookie<'_>| {
        let text = str::from_utf8(cookie.value).or(Err(Malformed))?;
        let (value, tag) = text.split_once('.').ok_or(Malformed)?;
        let tag = BASE64_URL_SAFE_NO_PAD.decode(tag).or(Err(Malformed))?;
        let signed = format!("{}={value}", cookie.name);
        let verify =
            |mac: &Hmac<Sha1>| mac.clone().chain_update(&signed).verify_slice(&tag).is_ok();
        if !macs.iter().any(verify) {
            return Err(NotAuthentic);
        }
        let json = BASE64_STANDARD.decode(value).or(Err(Unreadable))?;
        Ok(OldSession::new(serde_json::from_slice(&json).or(Err(Unreadable))?, signed))
    }
}

/// Adds a cookie `NAME=VALUE.SIGNATURE` where a request has one `NAME` and one `NAME.sig`.
pub fn join(headers: &mut HeaderMap, name: &str) {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    let cookies =
        lines.flat_map(|line| line.split(';')).filter_map(|one| one.trim().split_once('='));
    let cookies: Vec<_> = cookies.collect();
    let only = |wanted: &str| {
        let mut values = cookies.iter().filter(|(name, _)| *name == wanted);
        values.next().filter(|_| values.next().is_none()).map(|(_, value)| *value)
    };
    let (Some(value), Some(tag)) = (only(name), only(&format!("{name}.sig"))) else { return };
    if let Ok(line) = HeaderValue::try_from(format!("{name}={value}.{tag}")) {
        headers.append(COOKIE, line);
    }
}

#[derive(Serialize, Deserialize)]
struct User {
    user_id: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [since, until] = ["2030-03-01T00:00:00Z".parse()?, "2030-04-01T00:00:00Z".parse()?];
    let reader = session(&["a key", "an older key"]);
    let old = Predecessor::new("session", Moving { since, until }, reader);
    let shop = Application::new("shop", KeyRing::from_env("SESSION_KEYS")?)?;
    shop.session::<User>().predecessor(old).build()?;
    Ok(())
}
