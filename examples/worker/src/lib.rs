//! Log in, look, rename, log out, on Cloudflare Workers. docs/edge.md says how to run it.

use std::sync::OnceLock;

use axum::body::Body;
use axum::extract::Path;
use axum::http::Response;
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Form, Router};
use hardtack::{
    Application, KeyRing, Session, SessionCookie, SessionError, SessionLayer, SessionSlot,
};
use serde::{Deserialize, Serialize};
use tower_service::Service;
use worker::{Context, Env, HttpRequest, event};

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

#[derive(Deserialize)]
struct Login {
    name: String,
    remember: Option<String>,
}

#[event(fetch)]
async fn fetch(request: HttpRequest, env: Env, _: Context) -> worker::Result<Response<Body>> {
    let users = users(&env).map_err(|error| error.to_string())?;
    let mut app = Router::new()
        .route("/", get(home))
        .route("/login", post(login))
        .route("/profile", get(profile))
        .route("/rename/{name}", post(rename))
        .route("/logout", post(logout))
        .layer(SessionLayer::new(users)); // refuses other sites' requests as well
    Ok(app.call(request).await?)
}

/// The session cookie, made at an isolate's first request and not before: outside a request Workers have no randomness, and their clock
/// reads 0.
fn users(env: &Env) -> Result<SessionCookie<User>, Box<dyn std::error::Error>> {
    static USERS: OnceLock<SessionCookie<User>> = OnceLock::new();
    if let Some(users) = USERS.get() {
        return Ok(users.clone());
    }
    let ring: KeyRing = env.secret("SESSION_KEYS")?.to_string().parse()?;
    let users = Application::new("shop", ring)?.session::<User>().build()?;
    Ok(USERS.get_or_init(|| users).clone())
}

async fn home(user: Option<Session<User>>) -> String {
    match user {
        Some(user) => format!("{} is logged in", user.name),
        None => "POST name=Ada to /login".to_owned(),
    }
}

async fn login(slot: SessionSlot<User>, Form(form): Form<Login>) -> Result<Redirect, SessionError> {
    let user = User { id: 7, name: form.name };
    match form.remember {
        Some(_) => slot.start_remembered(user)?,
        None => slot.start(user)?,
    };
    Ok(Redirect::to("/profile"))
}

/// 401 without a session.
async fn profile(user: Session<User>) -> String {
    format!("{} is {}, until {}", user.id, user.name, user.claims().expires())
}

async fn rename(mut user: Session<User>, Path(name): Path<String>) -> Result<(), SessionError> {
    user.update(|user| user.name = name)
}

async fn logout(slot: SessionSlot<User>) -> Result<Redirect, SessionError> {
    slot.end()?;
    Ok(Redirect::to("/"))
}
