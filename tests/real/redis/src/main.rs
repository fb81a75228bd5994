//! One of several servers of a shop: who is logged out on one of them is logged out on all.
//!
//! Takes `SESSION_KEYS`, `REDIS_URL`, and `FAIL_MODE`, `open` or `closed`, for when Redis cannot be reached.

use std::env;
use std::time::Duration;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Form, Router};
use hardtack::denylist::{Denylist, FailMode};
use hardtack::{Application, KeyRing, Session, SessionError, SessionLayer, SessionSlot};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

mod exchange;

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

async fn login(slot: SessionSlot<User>, Form(user): Form<User>) -> Result<(), SessionError> {
    // A real server checks a password here.
    slot.start(user)?;
    Ok(())
}

/// 401 without a session.
async fn profile(user: Session<User>) -> String {
    format!("{} is {}", user.id, user.name)
}

/// The hook puts the session on the denylist, and `on_change` tells the other nodes.
async fn logout(slot: SessionSlot<User>) -> Result<(), SessionError> {
    slot.end()
}

/// All devices but this one, say after a change of password: first everybody out, then this one in again.
async fn logout_elsewhere(
    State(denylist): State<Denylist<u64>>,
    mut session: Session<User>,
) -> Result<(), SessionError> {
    denylist.log_out_everywhere(&session.id);
    session.restart()
}

/// For a monitor, so not for the public: raise an alarm on `stale`, and on `entries` near `capacity`.
async fn status(State(denylist): State<Denylist<u64>>) -> String {
    format!("{:?}", denylist.status())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tracing_subscriber::fmt().with_ansi(false).with_writer(std::io::stderr).init();
    let fail_mode = match env::var("FAIL_MODE")?.as_str() {
        "open" => FailMode::Open,
        "closed" => FailMode::Closed,
        other => return Err(format!("FAIL_MODE is open or closed, not {other}").into()),
    };
    let shop = Application::new("shop", KeyRing::from_env("SESSION_KEYS")?)?;

    // The request that ends a session waits for no network: a separate task sends what comes out of the channel.
    let (tell, changes) = mpsc::unbounded_channel();
    let denylist = shop
        .denylist_builder()
        .stale_after(Duration::from_secs(3), fail_mode)
        .on_change(move |bytes| drop(tell.send(bytes.to_vec())))
        .build()?;
    let redis = redis::Client::open(env::var("REDIS_URL")?)?;
    tokio::spawn(exchange::keep_in_step(redis, denylist.clone(), changes));

    let users =
        shop.session::<User>().revocation(denylist.by_subject(|user: &User| &user.id)).build()?;
    let app = Router::new()
        .route("/login", post(login))
        .route("/profile", get(profile))
        .route("/logout", post(logout))
        .route("/logout-elsewhere", post(logout_elsewhere))
        .route("/status", get(status))
        .with_state(denylist)
        .layer(SessionLayer::new(users));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app).await?)
}
