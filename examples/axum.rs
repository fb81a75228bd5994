//! Log in, look, rename, log out, with axum: `cargo run --example axum --features axum`.

use axum::extract::Path;
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Form, Router};
use hardtack::{Application, Key, Session, SessionError, SessionLayer, SessionSlot};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

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

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A server that restarts takes its keys from the environment: KeyRing::from_env("SESSION_KEYS").
    let shop = Application::new("shop", Key::generate()?)?;
    let users = shop.session::<User>().build()?;
    let app = Router::new()
        .route("/", get(home))
        .route("/login", post(login))
        .route("/profile", get(profile))
        .route("/rename/{name}", post(rename))
        .route("/logout", post(logout))
        .layer(SessionLayer::new(users)); // refuses other sites' requests as well
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
