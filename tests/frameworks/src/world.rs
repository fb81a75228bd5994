//! What all servers of one run share: two session cookies, their keys, and a clock that the script moves.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use hardtack::testing::ManualClock;
use hardtack::{
    CrossOriginProtection, Denylist, Key, KeyRing, RingHandle, SessionCookie, SessionCookieBuilder,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;
use tokio::task::block_in_place;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: u64,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    pub items: Vec<u32>,
}

#[derive(Clone)]
pub struct World {
    pub clock: ManualClock,
    pub ring: RingHandle,
    /// The text of the key that seals, so that the next ring can still open with it.
    key: Arc<Mutex<String>>,
    pub users: SessionCookie<User>,
    pub carts: SessionCookie<Cart>,
    pub denylist: Denylist,
    /// Where a slow response waits until the script lets it go on.
    pub gate: Gate,
    /// A permit for each response whose head has reached the client.
    pub heads_arrived: Arc<Semaphore>,
}

impl World {
    pub fn new() -> Self {
        let clock = ManualClock::at(Timestamp::from_secs(1_800_000_000));
        let key = Key::generate().unwrap();
        let text = key.to_text().to_string();
        let ring = RingHandle::from(key);
        let denylist = Denylist::builder().clock(clock.clone()).build().unwrap();
        let hook = denylist.by_subject(|user: &User| user.id);
        Self {
            users: users_under(&ring, &clock).revocation(hook).build().unwrap(),
            carts: SessionCookie::builder("shop", &ring)
                .name("__Host-cart")
                .clock(clock.clone())
                .build()
                .unwrap(),
            clock,
            ring,
            key: Arc::new(Mutex::new(text)),
            denylist,
            gate: Gate::default(),
            heads_arrived: Arc::new(Semaphore::new(0)),
        }
    }

    /// Puts a new key in front; the one that sealed so far still opens.
    pub fn rotate(&self) {
        let key = Key::generate().unwrap();
        let text = key.to_text().to_string();
        let old = std::mem::replace(&mut *self.key.lock().unwrap(), text);
        let ring = KeyRing::new(key).with_opening_key(old.parse().unwrap(), None).unwrap();
        self.ring.replace(ring);
    }

    /// Takes the sealing key away: what was sealed opens, nothing new can be sealed. [`rotate`](Self::rotate) ends it.
    pub fn stop_sealing(&self) {
        let key = self.key.lock().unwrap().parse().unwrap();
        self.ring.replace(KeyRing::opening(key));
    }

    /// What stands in front of every server, for both cookies.
    pub fn protection(&self) -> CrossOriginProtection {
        let protection = CrossOriginProtection::of(&self.users).and(&self.carts);
        protection.trust("https://sso.example").unwrap()
    }

    /// Another server's cookie of the same application and name, under a key of its own.
    pub fn elsewhere(&self) -> SessionCookie<User> {
        let ring = RingHandle::from(Key::generate().unwrap());
        users_under(&ring, &self.clock).build().unwrap()
    }

    /// A node of the same site whose clock is its own.
    pub fn node_with(&self, clock: &ManualClock) -> SessionCookie<User> {
        users_under(&self.ring, clock).build().unwrap()
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

fn users_under(ring: &RingHandle, clock: &ManualClock) -> SessionCookieBuilder<User> {
    SessionCookie::builder("shop", ring).clock(clock.clone())
}

/// Holds one handler back.
#[derive(Clone, Default)]
pub struct Gate(Arc<(Mutex<At>, Condvar)>);

#[derive(Clone, Copy, Default, PartialEq)]
enum At {
    #[default]
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
        *self.0.0.lock().unwrap() = at;
        self.0.1.notify_all();
    }

    fn until(&self, at: At) {
        let (state, moved) = &*self.0;
        let patience = Duration::from_secs(20);
        let state = state.lock().unwrap();
        let waited = moved.wait_timeout_while(state, patience, |now| *now != at).unwrap().1;
        assert!(!waited.timed_out(), "waited in vain");
    }
}
