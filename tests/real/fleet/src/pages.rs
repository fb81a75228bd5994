//! What a node answers, in two ways: to members alone, and to everybody.

use axum::Router;
use axum::extract::Path;
use axum::routing::{delete, get, put};
use hardtack::{Session, SessionError, SessionSlot};

use crate::visit::Visit;

/// Who has no session gets a 401.
pub fn members<V: Visit>() -> Router {
    Router::new()
        .route("/session/{user}", put(log_in::<V>))
        .route("/session", delete(log_out::<V>))
        .route("/user", get(user::<V>))
        .route("/count", get(read::<V>))
        .route("/count/{count}", put(write::<V>))
}

/// Who has no session gets one: it is a guest's until they log in.
pub fn guests<V: Visit>() -> Router {
    Router::new()
        .route("/session/{user}", put(log_in_guest::<V>))
        .route("/session", delete(log_out::<V>))
        .route("/count", get(read_or_start::<V>))
        .route("/count/{count}", put(write_or_start::<V>))
}

async fn log_in<V: Visit>(slot: SessionSlot<V>, Path(user): Path<u64>) -> Result<(), SessionError> {
    slot.start(V::new(user)).map(drop)
}

async fn log_in_guest<V: Visit>(
    slot: SessionSlot<V>,
    Path(user): Path<u64>,
) -> Result<(), SessionError> {
    let mut visit = slot.get_or_start()?;
    visit.set(V::new(user))?;
    visit.renew()
}

async fn log_out<V: Visit>(slot: SessionSlot<V>) -> Result<(), SessionError> {
    slot.end()
}

async fn user<V: Visit>(visit: Session<V>) -> String {
    visit.user().to_string()
}

async fn read<V: Visit>(visit: Session<V>) -> String {
    visit.show()
}

async fn read_or_start<V: Visit>(slot: SessionSlot<V>) -> Result<String, SessionError> {
    Ok(slot.get_or_start()?.show())
}

async fn write<V: Visit>(
    visit: Session<V>,
    Path(count): Path<u64>,
) -> Result<String, SessionError> {
    change(visit, count)
}

async fn write_or_start<V: Visit>(
    slot: SessionSlot<V>,
    Path(count): Path<u64>,
) -> Result<String, SessionError> {
    change(slot.get_or_start()?, count)
}

/// What the cookie brought: the answer to a write tells what was there before it.
fn change<V: Visit>(mut visit: Session<V>, count: u64) -> Result<String, SessionError> {
    let found = visit.show();
    visit.update(|visit| visit.set_count(count))?;
    Ok(found)
}
