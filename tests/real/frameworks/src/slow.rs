//! Responses that take their time: one whose handler waits, and one that is still being sent when its head has gone. One server runs at a
//! time, so that what they wait for is here once.

use std::io;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use hardtack::{SessionError, SessionSlot};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;
use tokio::task::block_in_place;

use crate::world::User;

/// Where a slow handler waits until the script lets it go on.
pub static GATE: Gate = Gate(Mutex::new(At::Nobody), Condvar::new());

/// A permit for each response whose head has reached the client.
pub static HEADS_ARRIVED: Semaphore = Semaphore::const_new(0);

/// `/stream`: a first chunk, and, once the client says that it has the head, a second one with what came of changing the session.
pub fn late_change(
    users: SessionSlot<User>,
) -> impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static {
    let mut user = users.get();
    let late = async move {
        HEADS_ARRIVED.acquire().await.expect("nobody closes it").forget();
        let label = |result: Result<(), SessionError>| match result {
            Ok(()) => "done",
            Err(error) => error.label(),
        };
        let update = match &mut user {
            Some(user) => label(user.update(|user| user.name = "Late".to_owned())),
            None => "no session",
        };
        let start = label(users.start(User { id: 8, name: "Late".to_owned() }).map(drop));
        let end = label(users.end());
        Ok(Bytes::from(format!("update: {update}, start: {start}, end: {end}")))
    };
    stream::iter([Ok(Bytes::from_static(b"early. "))]).chain(stream::once(late))
}

/// Holds one handler back.
pub struct Gate(Mutex<At>, Condvar);

#[derive(Clone, Copy, PartialEq)]
enum At {
    Nobody,
    Waiting,
    Released,
}

impl Gate {
    /// For the handler. It blocks its thread, so a runtime that shares its threads out is told; actix-web's threads are apart.
    pub fn wait(&self) {
        let wait = || {
            self.put(At::Waiting);
            self.until(At::Released);
            self.put(At::Nobody);
        };
        match Handle::current().runtime_flavor() {
            RuntimeFlavor::MultiThread => block_in_place(wait),
            _ => wait(),
        }
    }

    /// For the script: a handler waits by now.
    pub fn is_reached(&self) {
        self.until(At::Waiting);
    }

    pub fn open(&self) {
        self.put(At::Released);
    }

    fn put(&self, at: At) {
        *self.0.lock().unwrap() = at;
        self.1.notify_all();
    }

    fn until(&self, at: At) {
        let Self(state, moved) = self;
        let patience = Duration::from_secs(20);
        let state = state.lock().unwrap();
        let waited = moved.wait_timeout_while(state, patience, |now| *now != at).unwrap().1;
        assert!(!waited.timed_out(), "waited in vain");
    }
}
