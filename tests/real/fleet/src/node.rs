//! One server of the fleet: axum, a session, a ring that follows a file. It ends when its parent does.

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::{delete, get, put};
use hardtack::keys::Keys;
use hardtack::{Application, Session, SessionError, SessionLayer, SessionSlot};
use serde::{Deserialize, Serialize};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use crate::{Error, scale};

#[derive(Serialize, Deserialize)]
struct Visit {
    user: u64,
    count: u64,
}

#[tokio::main(flavor = "current_thread")]
pub async fn serve(port: &str, ring: &str) -> Result<(), Error> {
    let keys = Keys::watch(ring, scale::LOOK)?;
    let fleet = Application::builder("fleet", &keys).leeway(scale::LEEWAY).build()?;
    let cookie = fleet.session::<Visit>().timeouts(scale::TIMEOUTS).remember_me(None).build()?;
    let app = Router::new()
        .route("/session/{user}", put(log_in))
        .route("/session", delete(log_out))
        .route("/count", get(read))
        .route("/count/{count}", put(write))
        .layer(SessionLayer::new(cookie))
        .route("/ring", get(status).with_state(keys));
    let listener = TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    let mut parent = tokio::io::stdin();
    tokio::select! {
        served = async { axum::serve(listener, app).await } => Ok(served?),
        // Nobody writes: this ends with the parent, however it ended.
        _ = parent.read_u8() => Ok(()),
    }
}

async fn log_in(slot: SessionSlot<Visit>, Path(user): Path<u64>) -> Result<(), SessionError> {
    slot.start(Visit { user, count: 0 }).map(drop)
}

async fn log_out(slot: SessionSlot<Visit>) -> Result<(), SessionError> {
    slot.end()
}

async fn read(visit: Session<Visit>) -> String {
    found(&visit)
}

async fn write(mut visit: Session<Visit>, Path(count): Path<u64>) -> Result<String, SessionError> {
    let found = found(&visit);
    visit.update(|visit| visit.count = count)?;
    Ok(found)
}

/// What the cookie brought: the answer to a write tells what was there before it.
fn found(visit: &Visit) -> String {
    format!("{} {}", visit.user, visit.count)
}

/// The ids of the ring's keys, then how following the file went.
async fn status(State(keys): State<Keys>) -> String {
    let Some(status) = keys.status() else { return String::new() };
    let ids: Vec<_> = status.key_ids.iter().map(ToString::to_string).collect();
    let (loads, early, failures) = (status.loads, status.early, status.failures);
    format!("{}\nloads {loads}, early looks {early}, failures {failures}", ids.join(" "))
}
