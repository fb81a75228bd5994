//! The mail's door: a link that logs in, in the browser that asked for it, and one that resets a password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, header::CONTENT_TYPE, header::COOKIE};
use axum::response::{Html, IntoResponse, Redirect, Response, Result};
use axum::{Form, Router, routing::get, routing::post};
use hardtack::ceremony::Ceremony;
use hardtack::flash::{Flash, FlashLevel};
use hardtack::login::Proof;
use hardtack::token::BoundSealer;
use hardtack::{Application, Class, MINUTE, SealError, SessionSlot, SetupError};
use serde::Deserialize;

use crate::page::page;
use crate::passkey::ask_for_second;
use crate::shop::{Shop, User, not_accepted, refused};
use crate::store::Account;

pub struct Links {
    log_ins: BoundSealer,
    resets: BoundSealer,
    /// Who asked for a link, in the browser that did; 0 for a name that nobody has.
    asked: Ceremony<i64>,
}

/// What a real site hands to its mailer.
#[derive(Clone, Debug)]
pub struct Mail {
    pub to: String,
    /// Path and fragment. What is behind `#` stays in the browser: no log and no Referer has it.
    pub link: String,
}

impl Links {
    pub fn new(shop: &Application) -> Result<Self, SetupError> {
        Ok(Self {
            log_ins: shop.sealer("log-in-link").idle(10 * MINUTE).build_bound()?,
            resets: shop.sealer("password-reset").idle(10 * MINUTE).build_bound()?,
            asked: shop.ceremony("link").build()?,
        })
    }

    pub fn routes() -> Router<Arc<Shop>> {
        let script = ([(CONTENT_TYPE, "text/javascript")], include_str!("link.js"));
        Router::new()
            .route("/link.js", get(async move || script))
            // Not the link's own path: there a link opened in the same tab would load nothing.
            .route("/link/ask", post(ask))
            .route("/link", get(link))
            .route("/link/open", post(open))
            .route("/reset/ask", post(ask_reset))
            .route("/reset", get(reset))
            .route("/reset/open", post(open_reset))
    }
}

/// What a link that logs in dies with.
fn log_in_fact(account: &Account) -> String {
    format!("{}\n{}", account.links, account.email)
}

/// What a link that resets the password dies with.
fn reset_fact(account: &Account) -> String {
    format!("{}\n{}", account.password.as_deref().unwrap_or_default(), account.email)
}

fn seal(
    shop: &Shop,
    links: &BoundSealer,
    account: &Account,
    fact: &str,
) -> Result<String, SealError> {
    let now = shop.application.now();
    let claims = links.new_claims(Class::Standard, now)?;
    links.seal(&claims, account.id.to_string().as_bytes(), fact.as_bytes(), now)
}

/// Whose link this is, as long as `fact` says the same as when it was sent.
fn whose(
    shop: &Shop,
    links: &BoundSealer,
    token: &str,
    fact: fn(&Account) -> String,
) -> Option<Account> {
    let asked = links.open(token.as_bytes(), shop.application.now()).ok()?;
    let account = shop.store.by_id(std::str::from_utf8(asked.payload()).ok()?.parse().ok()?)?;
    asked.check(fact(&account).as_bytes()).ok()?;
    Some(account)
}

#[derive(Deserialize)]
struct Ask {
    name: String,
}

async fn ask(
    State(shop): State<Arc<Shop>>,
    users: SessionSlot<User>,
    headers: HeaderMap,
    Form(form): Form<Ask>,
) -> Result<Response> {
    let account = shop.store.by_name(&form.name).filter(|account| !account.email.is_empty());
    let id = account.as_ref().map_or(0, |account| account.id);
    let begun = shop.links.asked.begin(headers.get_all(COOKIE), &users, &id)?;
    if let Some(account) = account
        && let Ok(token) = seal(&shop, &shop.links.log_ins, &account, &log_in_fact(&account))
    {
        shop.mail(&account.email, format!("/link#{}.{token}", begun.id()));
    }
    Ok((begun, sent()).into_response())
}

/// The same page for every name.
fn sent() -> Html<String> {
    page(&[], "<p id=sent>If we know you, a mail is on its way.")
}

/// Changes nothing: programs that check mails fetch every link in them.
async fn link() -> Html<String> {
    let body = "<form method=post action=/link/open><input type=hidden name=id><input type=hidden name=token>\
        <button id=open>Log in</button></form><script src=/link.js></script>";
    page(&[], body)
}

#[derive(Deserialize)]
struct Open {
    id: String,
    token: String,
}

async fn open(
    State(shop): State<Arc<Shop>>,
    users: SessionSlot<User>,
    flash: SessionSlot<Flash>,
    headers: HeaderMap,
    Form(form): Form<Open>,
) -> Result<Response> {
    let asked = shop.links.asked.finish(headers.get_all(COOKIE), &users, &form.id);
    let (asked, removal) = asked.map_err(refused)?;
    let account = whose(&shop, &shop.links.log_ins, &form.token, log_in_fact)
        .filter(|account| account.id == asked && shop.store.note_link(account.id, account.links));
    let Some(account) = account else {
        return Ok((removal, not_accepted()).into_response());
    };
    users.start(User::of(&account))?.prove(Proof::Link)?;
    flash.push(FlashLevel::Success, format!("signed in as {}", account.name))?;
    Ok((removal, Redirect::to("/")).into_response())
}

async fn ask_reset(State(shop): State<Arc<Shop>>, Form(form): Form<Ask>) -> Result<Html<String>> {
    let account = shop.store.by_name(&form.name).filter(|account| !account.email.is_empty());
    if let Some(account) = account
        && let Ok(token) = seal(&shop, &shop.links.resets, &account, &reset_fact(&account))
    {
        shop.mail(&account.email, format!("/reset#.{token}"));
    }
    Ok(sent())
}

async fn reset() -> Html<String> {
    let body = "<form method=post action=/reset/open><input type=hidden name=id><input type=hidden name=token>\
        <input type=password name=password><button id=open>Set it</button></form><script src=/link.js></script>";
    page(&[], body)
}

#[derive(Deserialize)]
struct OpenReset {
    token: String,
    password: String,
}

async fn open_reset(
    State(shop): State<Arc<Shop>>,
    users: SessionSlot<User>,
    headers: HeaderMap,
    Form(form): Form<OpenReset>,
) -> Result<Response> {
    let account = whose(&shop, &shop.links.resets, &form.token, reset_fact).filter(|account| {
        let before = account.password.as_deref();
        form.password.len() >= 8 && shop.store.reset_password(account.id, before, &form.password)
    });
    let Some(account) = account else { return Ok(not_accepted()) };
    shop.everywhere.log_out_everywhere(&account.id);
    // Who resets the password is not asked for the old one, and no less for the second factor.
    if let Some(page) = ask_for_second(&shop, &users, &headers, &account)? {
        return Ok(page);
    }
    users.start(User::of(&account))?.prove(Proof::Link)?;
    Ok(Redirect::to("/").into_response())
}
