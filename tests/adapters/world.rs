//! What every site under test has: an application with two session cookies, and a clock that the tests move.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};

use hardtack::denylist::Denylist;
use hardtack::keys::{Keys, RingFile};
use hardtack::migrate::{Moving, OldCookie, OldCookieError, OldSession, Predecessor};
use hardtack::testing::{ManualClock, request_cookie};
use hardtack::{
    Application, ApplicationBuilder, Class, DAY, Key, KeyRing, SessionCookie, SessionCookieBuilder,
    SessionData, Timestamp,
};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    pub id: u64,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    pub items: Vec<u32>,
}

impl User {
    pub fn ada() -> Self {
        Self { id: 7, name: "Ada".to_owned() }
    }
}

#[derive(Serialize, Deserialize)]
pub struct Clash;

/// A type of session that no site has installed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Absent;

/// The cookie of the system that this site had before: `7/Ada/1800000000`, a user and when they logged in.
pub const OLD: &str = "old";

/// A path that another site may post to through the browser, because the outermost layer exempts it.
pub const EXEMPT: &str = "/act/callback";
/// The same, exempted by a layer further in, where that has no effect.
pub const EXEMPT_WITHIN: &str = "/act/callback-within";
/// A path that a program may post to without saying where it comes from.
pub const WITHOUT_ORIGIN: &str = "/act/robot";

#[derive(Clone)]
pub struct World {
    pub clock: ManualClock,
    /// Trusts `https://sso.example`.
    pub shop: Application,
    /// The text of the key that seals, so that the next ring can still open with it.
    key: Arc<Mutex<String>>,
    pub users: SessionCookie<User>,
    pub carts: SessionCookie<Cart>,
    /// A mistake: another cookie under the users' name, which takes an application of the same name beside this one.
    pub clash: SessionCookie<Clash>,
    pub denylist: Denylist<u64>,
    /// What a slow handler waits for: nothing, where nobody can be quicker.
    pub slowly: fn(),
    /// Whether requests of other sites are refused.
    pub checks_origin: bool,
    /// How many handlers have panicked on purpose.
    pub panics: Arc<AtomicUsize>,
}

impl World {
    pub fn new() -> Self {
        let since = Timestamp::from_secs(1_800_000_000);
        let clock = ManualClock::at(since);
        let old = Predecessor::new(OLD, Moving { since, until: since + 90 * DAY }, user_of_old);
        let key = Key::generate().unwrap();
        let text = key.to_text().to_string();
        let shop = application(key, &clock).trust("https://sso.example").build().unwrap();
        let denylist = shop.denylist();
        let hook = denylist.by_subject(|user: &User| &user.id);
        let users = shop.session().revocation(hook).predecessor(old);
        #[cfg(feature = "device-binding")]
        let users = users.device_binding(hardtack::device::DeviceBinding::default());
        Self {
            users: users.build().unwrap(),
            carts: shop.session().name("__Host-shop~cart").build().unwrap(),
            clash: application(shop.keys(), &clock).build().unwrap().session().build().unwrap(),
            clock,
            shop,
            key: Arc::new(Mutex::new(text)),
            denylist,
            slowly: || {},
            checks_origin: true,
            panics: Arc::default(),
        }
    }

    /// The `Cookie` line of a user who has just logged in.
    pub fn user(&self, name: &str, class: Class) -> String {
        let user = User { id: 7, name: name.to_owned() };
        request_cookie(&self.users, class, &user).unwrap()
    }

    pub fn ada(&self) -> String {
        self.user("Ada", Class::Standard)
    }

    /// The settings of a cookie of the application's name and keys that does not know of this one's.
    pub fn stranger<T: SessionData>(&self) -> SessionCookieBuilder<T> {
        application(self.shop.keys(), &self.clock).build().unwrap().session()
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

    /// Another server's cookie of the same application and name, under a different key.
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

/// A system that authenticated nothing, which does not matter to the scenarios.
fn user_of_old(cookie: OldCookie<'_>) -> Result<OldSession<User>, OldCookieError> {
    let text = str::from_utf8(cookie.value).map_err(|_| OldCookieError::Malformed)?;
    let parts: Vec<_> = text.split('/').collect();
    let &[id, name, issued] = &parts[..] else { return Err(OldCookieError::Malformed) };
    let number = |text: &str| text.parse().map_err(|_| OldCookieError::Malformed);
    let user = User { id: number(id)?, name: name.to_owned() };
    Ok(OldSession::new(user, text).issued(Timestamp::from_secs(number(issued)?)))
}

/// The shop's name and clock. Each application that comes of it knows nothing of the others.
fn application(keys: impl Into<Keys>, clock: &ManualClock) -> ApplicationBuilder {
    Application::builder("shop", keys).clock(clock.clone())
}
