//! The passkeys' door: to register one, to log in with one, and to ask for one after the password.
//!
//! `webauthn-rs` hides the states of its ceremonies behind `danger-allow-state-serialisation`, because a browser must not read, change or
//! replay them. Here it can neither read nor change them: they are sealed under a separate key. `once` and the passkey's counter refuse
//! a replay.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header::CONTENT_TYPE, header::COOKIE};
use axum::response::{IntoResponse, Redirect, Response, Result};
use axum::{Form, Router, routing::get, routing::post};
use hardtack::ceremony::{Begun, Ceremony};
use hardtack::flash::{Flash, FlashLevel};
use hardtack::login::Proof;
use hardtack::{Application, Codec, MINUTE, Session, SessionSlot, SetupError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use webauthn_rs::prelude::{
    DiscoverableAuthentication, DiscoverableKey, PasskeyAuthentication, PasskeyRegistration, Url,
    Uuid,
};
use webauthn_rs::{Webauthn, WebauthnBuilder};

use crate::page::page;
use crate::shop::{Shop, User, not_accepted, refused};
use crate::store::Account;

pub struct Passkeys {
    webauthn: Webauthn,
    new: Ceremony<New>,
    log_ins: Ceremony<DiscoverableAuthentication>,
    second: Ceremony<Second>,
}

/// A passkey to come, and whose it will be.
#[derive(Serialize, Deserialize)]
struct New {
    user: i64,
    state: PasskeyRegistration,
}

/// Somebody whose password was right. They are not logged in yet.
#[derive(Serialize, Deserialize)]
struct Second {
    user: i64,
    state: PasskeyAuthentication,
}

impl Passkeys {
    /// `origin` is the site's, as browsers show it.
    pub fn new(shop: &Application, origin: &Url) -> Result<Self, SetupError> {
        // Their own list, beside the one of sessions: whoever begins and ends ceremonies fills it.
        let ended = shop.denylist::<()>();
        let host = origin.host_str().unwrap_or_default();
        let webauthn = WebauthnBuilder::new(host, origin).and_then(WebauthnBuilder::build);
        Ok(Self {
            webauthn: webauthn.expect("the origin has a host"),
            new: shop.ceremony("passkey-new").codec(Codec::Json).once(&ended).build()?,
            log_ins: shop.ceremony("passkey-log-in").codec(Codec::Json).once(&ended).build()?,
            second: shop.ceremony("second-factor").codec(Codec::Json).once(&ended).build()?,
        })
    }

    pub fn routes() -> Router<Arc<Shop>> {
        let script = ([(CONTENT_TYPE, "text/javascript")], include_str!("passkey.js"));
        Router::new()
            .route("/passkey.js", get(async move || script))
            .route("/passkey/new", post(new))
            .route("/passkey/new/done", post(new_done))
            .route("/passkey/log-in", post(log_in))
            .route("/passkey/log-in/done", post(log_in_done))
            .route("/second-factor/done", post(second_done))
    }
}

/// What the page's script sends back.
#[derive(Deserialize)]
struct Signed {
    id: String,
    credential: String,
}

impl Signed {
    /// `None` for what no browser sends.
    fn read<C: DeserializeOwned>(&self) -> Option<C> {
        serde_json::from_str(&self.credential).ok()
    }
}

/// For the page's script: the id to bring back, and what the browser's `navigator.credentials` takes.
fn answer(begun: Begun, options: &Value) -> Response {
    let body = json!({ "id": begun.id(), "options": options }).to_string();
    (begun, [(CONTENT_TYPE, "application/json")], body).into_response()
}

async fn new(
    State(shop): State<Arc<Shop>>,
    user: Session<User>,
    headers: HeaderMap,
) -> Result<Response> {
    // Whoever finds an open browser must not add a passkey to it.
    user.require_recent(10 * MINUTE)?;
    let account = shop.store.by_id(user.id).ok_or(StatusCode::UNAUTHORIZED)?;
    let known = shop.store.passkeys(user.id);
    let known = known.iter().map(|passkey| passkey.cred_id().clone()).collect();
    let (handle, name) = (Uuid::from_bytes(account.handle), &account.name);
    let started =
        shop.passkeys.webauthn.start_passkey_registration(handle, name, name, Some(known));
    let (options, state) = started.map_err(internal)?;
    let mut options = serde_json::to_value(options).map_err(internal)?;
    // The passkey is to say by itself whose it is.
    let choice = &mut options["publicKey"]["authenticatorSelection"];
    choice["residentKey"] = json!("required");
    choice["requireResidentKey"] = json!(true);
    let asked = New { user: user.id, state };
    let begun = shop.passkeys.new.begin(headers.get_all(COOKIE), &user, &asked)?;
    Ok(answer(begun, &options))
}

async fn new_done(
    State(shop): State<Arc<Shop>>,
    user: Session<User>,
    flash: SessionSlot<Flash>,
    headers: HeaderMap,
    Form(signed): Form<Signed>,
) -> Result<Response> {
    let asked = shop.passkeys.new.finish(headers.get_all(COOKIE), &user, &signed.id);
    let (asked, removal) = asked.map_err(refused)?;
    let passkey = signed.read().and_then(|credential| {
        shop.passkeys.webauthn.finish_passkey_registration(&credential, &asked.state).ok()
    });
    // The session is the one that asked; that its user is too, costs nothing to say.
    let added =
        passkey.filter(|passkey| asked.user == user.id && shop.store.add_passkey(user.id, passkey));
    if added.is_none() {
        return Ok((removal, not_accepted()).into_response());
    }
    flash.push(FlashLevel::Success, "your passkey was added")?;
    Ok((removal, Redirect::to("/")).into_response())
}

async fn log_in(
    State(shop): State<Arc<Shop>>,
    users: SessionSlot<User>,
    headers: HeaderMap,
) -> Result<Response> {
    let started = shop.passkeys.webauthn.start_discoverable_authentication();
    let (options, state) = started.map_err(internal)?;
    let begun = shop.passkeys.log_ins.begin(headers.get_all(COOKIE), &users, &state)?;
    Ok(answer(begun, &serde_json::to_value(options).map_err(internal)?))
}

async fn log_in_done(
    State(shop): State<Arc<Shop>>,
    users: SessionSlot<User>,
    flash: SessionSlot<Flash>,
    headers: HeaderMap,
    Form(signed): Form<Signed>,
) -> Result<Response> {
    let state = shop.passkeys.log_ins.finish(headers.get_all(COOKIE), &users, &signed.id);
    let (state, removal) = state.map_err(refused)?;
    let Some(account) = who(&shop, &signed, state) else {
        return Ok((removal, not_accepted()).into_response());
    };
    users.start(User::of(&account))?.prove(Proof::Passkey)?;
    flash.push(FlashLevel::Success, format!("signed in as {}", account.name))?;
    Ok((removal, Redirect::to("/")).into_response())
}

/// Whose passkey signed this ceremony's challenge, with a counter that goes forward.
fn who(shop: &Shop, signed: &Signed, state: DiscoverableAuthentication) -> Option<Account> {
    let webauthn = &shop.passkeys.webauthn;
    let credential = signed.read()?;
    let (handle, _) = webauthn.identify_discoverable_authentication(&credential).ok()?;
    let account = shop.store.by_handle(handle.as_bytes())?;
    let keys: Vec<DiscoverableKey> =
        shop.store.passkeys(account.id).into_iter().map(DiscoverableKey::from).collect();
    let done = webauthn.finish_discoverable_authentication(&credential, state, &keys).ok()?;
    shop.store.note_use(account.id, &done).then_some(account)
}

/// The page after a password that is right, where the account has passkeys: `None` where it has none.
pub fn ask_for_second(
    shop: &Shop,
    users: &SessionSlot<User>,
    headers: &HeaderMap,
    account: &Account,
) -> Result<Option<Response>> {
    let passkeys = shop.store.passkeys(account.id);
    if passkeys.is_empty() {
        return Ok(None);
    }
    let started = shop.passkeys.webauthn.start_passkey_authentication(&passkeys);
    let (options, state) = started.map_err(internal)?;
    let asked = Second { user: account.id, state };
    let begun = shop.passkeys.second.begin(headers.get_all(COOKIE), users, &asked)?;
    let options = json!({ "id": begun.id(), "options": options }).to_string();
    let body = format!(
        "<p>Now your passkey.<form method=post action=/second-factor/done data-options='{}'>\
         <input type=hidden name=id><input type=hidden name=credential>\
         <button id=second-factor>Use the passkey</button></form><script src=/passkey.js></script>",
        crate::page::escape(&options)
    );
    Ok(Some((begun, page(&[], &body)).into_response()))
}

async fn second_done(
    State(shop): State<Arc<Shop>>,
    users: SessionSlot<User>,
    flash: SessionSlot<Flash>,
    headers: HeaderMap,
    Form(signed): Form<Signed>,
) -> Result<Response> {
    let asked = shop.passkeys.second.finish(headers.get_all(COOKIE), &users, &signed.id);
    let (asked, removal) = asked.map_err(refused)?;
    let done = signed.read().and_then(|credential| {
        shop.passkeys.webauthn.finish_passkey_authentication(&credential, &asked.state).ok()
    });
    let account = done
        .filter(|done| shop.store.note_use(asked.user, done))
        .and_then(|_| shop.store.by_id(asked.user));
    let Some(account) = account else {
        return Ok((removal, not_accepted()).into_response());
    };
    let mut user = users.start(User::of(&account))?;
    user.prove(Proof::Password)?;
    user.prove(Proof::Passkey)?;
    flash.push(FlashLevel::Success, format!("signed in as {}", account.name))?;
    Ok((removal, Redirect::to("/")).into_response())
}

/// A real site logs the error here.
fn internal<E: std::error::Error>(_: E) -> StatusCode {
    StatusCode::INTERNAL_SERVER_ERROR
}
