//! What all servers of one run share: two session cookies, their keys, and a clock that the script moves.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use hardtack::testing::ManualClock;
use hardtack::{
    Claims, CrossOriginProtection, Key, KeyRing, Revocation, RingHandle, SessionCookie,
    SessionCookieBuilder, SessionId, Timestamp,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;

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
    pub revoked: Revoked,
    /// A permit for each response whose head has reached the client.
    pub heads_arrived: Arc<Semaphore>,
}

impl World {
    pub fn new() -> Self {
        let clock = ManualClock::at(Timestamp::from_secs(1_800_000_000));
        let key = Key::generate().unwrap();
        let text = key.to_text().to_string();
        let ring = RingHandle::from(key);
        let revoked = Revoked::default();
        Self {
            users: users_under(&ring, &clock).revocation(revoked.clone()).build().unwrap(),
            carts: SessionCookie::builder("shop", &ring)
                .name("__Host-cart")
                .clock(clock.clone())
                .build()
                .unwrap(),
            clock,
            ring,
            key: Arc::new(Mutex::new(text)),
            revoked,
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

/// The sessions that were ended on the server.
#[derive(Clone, Default)]
pub struct Revoked(Arc<Mutex<HashSet<SessionId>>>);

impl Revoked {
    pub fn revoke(&self, claims: &Claims) {
        self.0.lock().unwrap().insert(claims.session_id());
    }
}

impl Revocation<User> for Revoked {
    fn is_revoked(&self, claims: &Claims) -> bool {
        self.0.lock().unwrap().contains(&claims.session_id())
    }

    fn ended(&self, claims: &Claims, _: Timestamp) {
        self.revoke(claims);
    }
}
