//! What all servers of one run share: an application with two session cookies, and a clock that the script moves.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use hardtack::denylist::Denylist;
use hardtack::keys::{Keys, RingFile};
use hardtack::testing::ManualClock;
use hardtack::{Application, ApplicationBuilder, Key, KeyRing, SessionCookie, Timestamp};
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

#[derive(Serialize, Deserialize)]
pub struct Clash;

/// What another site may post to, through the browser, where the outermost layer exempts it.
pub const EXEMPT: &str = "/act/callback";
/// The same, said on a layer further in, where it does nothing.
pub const EXEMPT_WITHIN: &str = "/act/callback-within";

#[derive(Clone)]
pub struct World {
    pub clock: ManualClock,
    shop: Application,
    /// The text of the key that seals, so that the next ring can still open with it.
    key: Arc<Mutex<String>>,
    pub users: SessionCookie<User>,
    pub carts: SessionCookie<Cart>,
    /// A mistake: another cookie under the users' name, which takes an application of the same name beside this one.
    pub clash: SessionCookie<Clash>,
    pub denylist: Denylist<u64>,
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
        let shop = application(key, &clock).trust("https://sso.example").build().unwrap();
        let denylist = shop.denylist();
        let hook = denylist.by_subject(|user: &User| &user.id);
        Self {
            users: shop.session().revocation(hook).build().unwrap(),
            carts: shop.session().name("__Host-shop~cart").build().unwrap(),
            clash: application(shop.keys(), &clock).build().unwrap().session().build().unwrap(),
            clock,
            shop,
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
        self.shop.replace_keys(ring);
    }

    /// Takes the sealing key away: what was sealed opens, nothing new can be sealed. [`rotate`](Self::rotate) ends it.
    pub fn stop_sealing(&self) {
        let key = self.key.lock().unwrap().parse().unwrap();
        let never = Timestamp::from_secs(u64::MAX);
        self.shop.replace_keys(RingFile::new(key, never).into());
    }

    /// Another server's cookie of the same application and name, under a key of its own.
    pub fn elsewhere(&self) -> SessionCookie<User> {
        let shop = application(Key::generate().unwrap(), &self.clock).build().unwrap();
        shop.session().build().unwrap()
    }

    /// A node of the same site whose clock is its own.
    pub fn node_with(&self, clock: &ManualClock) -> SessionCookie<User> {
        application(self.shop.keys(), clock).build().unwrap().session().build().unwrap()
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// The shop's name and clock. Each application that comes of it knows nothing of the others.
fn application(keys: impl Into<Keys>, clock: &ManualClock) -> ApplicationBuilder {
    Application::builder("shop", keys).clock(clock.clone())
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
