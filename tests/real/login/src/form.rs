//! The form's door: to sign up, to log in with a password, and to ask for it again before a sensitive change.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header::COOKIE};
use axum::response::{IntoResponse, Redirect, Response, Result};
use axum::{Form, Router, routing::get, routing::post};
use hardtack::flash::{Flash, FlashLevel};
use hardtack::login::Proof;
use hardtack::{MINUTE, Session, SessionSlot};
use serde::Deserialize;

use crate::page::{escape, page};
use crate::passkey::ask_for_second;
use crate::shop::{Shop, User, not_accepted, refused};

pub fn routes() -> Router<Arc<Shop>> {
    Router::new()
        .route("/sign-up", post(sign_up))
        .route("/password", post(log_in))
        .route("/account/email", get(email).post(set_email))
        .route("/confirm", post(confirm))
}

#[derive(Deserialize)]
struct SignUp {
    name: String,
    email: String,
    password: String,
}

async fn sign_up(
    State(shop): State<Arc<Shop>>,
    users: SessionSlot<User>,
    Form(form): Form<SignUp>,
) -> Result<Response> {
    if form.password.len() < 8 || form.name.contains(" at ") {
        return Ok(not_accepted());
    }
    let Some(account) = shop.store.sign_up(&form.name, &form.email, &form.password) else {
        return Ok(not_accepted());
    };
    users.start(User::of(&account))?.prove(Proof::Password)?;
    Ok(Redirect::to("/").into_response())
}

#[derive(Deserialize)]
struct LogIn {
    name: String,
    password: String,
}

async fn log_in(
    State(shop): State<Arc<Shop>>,
    users: SessionSlot<User>,
    headers: HeaderMap,
    Form(form): Form<LogIn>,
) -> Result<Response> {
    // A real site slows down who tries many.
    let Some(account) = shop.store.by_password(&form.name, &form.password) else {
        return Ok((StatusCode::UNAUTHORIZED, not_accepted()).into_response());
    };
    if let Some(page) = ask_for_second(&shop, &users, &headers, &account)? {
        return Ok(page);
    }
    users.start(User::of(&account))?.prove(Proof::Password)?;
    Ok(Redirect::to("/").into_response())
}

async fn email(
    State(shop): State<Arc<Shop>>,
    user: Session<User>,
    headers: HeaderMap,
) -> Result<Response> {
    if user.require_recent(10 * MINUTE).is_err() {
        return ask(&shop, &user, &headers, "/account/email".to_owned());
    }
    let account = shop.store.by_id(user.id).ok_or(StatusCode::UNAUTHORIZED)?;
    let body = format!(
        "<form method=post><input name=email value='{}'><button id=set-email>Save</button></form>",
        escape(&account.email)
    );
    Ok(page(&[], &body).into_response())
}

#[derive(Deserialize)]
struct Email {
    email: String,
}

async fn set_email(
    State(shop): State<Arc<Shop>>,
    user: Session<User>,
    flash: SessionSlot<Flash>,
    Form(form): Form<Email>,
) -> Result<Redirect> {
    // A few minutes more than the form: what was typed is not lost to a slow hand.
    user.require_recent(15 * MINUTE)?;
    if shop.store.set_email(user.id, &form.email) {
        flash.push(FlashLevel::Success, "your address was saved")?;
    }
    Ok(Redirect::to("/"))
}

/// The question for the password, which leads back to where the user was.
fn ask(shop: &Shop, user: &Session<User>, headers: &HeaderMap, back: String) -> Result<Response> {
    let begun = shop.confirm.begin(headers.get_all(COOKIE), user, &back)?;
    let body = format!(
        "<p>Your password, please.<form method=post action=/confirm><input type=hidden name=id value='{}'>\
         <input type=password name=password><button id=confirm>Confirm</button></form>",
        begun.id()
    );
    Ok((begun, page(&[], &body)).into_response())
}

#[derive(Deserialize)]
struct Confirmed {
    id: String,
    password: String,
}

async fn confirm(
    State(shop): State<Arc<Shop>>,
    mut user: Session<User>,
    headers: HeaderMap,
    Form(form): Form<Confirmed>,
) -> Result<Response> {
    let asked = shop.confirm.finish(headers.get_all(COOKIE), &user, &form.id);
    let (back, removal) = asked.map_err(refused)?;
    if !shop.store.is_password_of(user.id, &form.password) {
        return Ok((StatusCode::UNAUTHORIZED, removal, not_accepted()).into_response());
    }
    user.prove(Proof::Password)?;
    Ok((removal, Redirect::to(&back)).into_response())
}
