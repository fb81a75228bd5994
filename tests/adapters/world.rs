//! The cookies that every site under test has, and a response as far as the tests look at it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hardtack::testing::{Change, ManualClock, change, request_cookie};
use hardtack::{
    Application, Claims, Class, Key, Revocation, SessionCookie, SessionCookieBuilder, Timestamp,
};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    pub id: u64,
    pub name: String,
}

impl User {
    pub fn ada() -> Self {
        Self { id: 7, name: "Ada".to_owned() }
    }

    pub fn grace() -> Self {
        Self { id: 8, name: "Grace".to_owned() }
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct Theme {
    pub dark: bool,
}

/// A type of session that no site has installed.
#[derive(Debug, Serialize, Deserialize)]
pub struct Absent;

#[derive(Clone)]
pub struct World {
    pub clock: ManualClock,
    /// Trusts `https://sso.example`.
    pub shop: Application,
    pub users: SessionCookie<User>,
    pub themes: SessionCookie<Theme>,
    looks: Arc<AtomicUsize>,
}

impl World {
    pub fn new() -> Self {
        Self::over_from(usize::MAX)
    }

    /// Sessions open, and are over when the response commits.
    pub fn revoking_in_mid_request() -> Self {
        Self::over_from(1)
    }

    /// A world whose users' sessions are over from this look on.
    fn over_from(look: usize) -> Self {
        let clock = ManualClock::at(Timestamp::from_secs(1_800_000_000));
        let shop = Application::builder("shop", Key::generate().unwrap())
            .trust("https://sso.example")
            .clock(clock.clone())
            .build()
            .unwrap();
        let looks = Arc::default();
        let hook = Looks { looks: Arc::clone(&looks), over_from: look };
        let users = shop.session().revocation(hook).build().unwrap();
        let themes = shop.session().name("__Host-shop~theme").build().unwrap();
        Self { clock, shop, users, themes, looks }
    }

    /// The `Cookie` line of a user who is logged in.
    pub fn ada(&self) -> String {
        request_cookie(&self.users, Class::Standard, &User::ada()).unwrap()
    }

    pub fn dark(&self) -> String {
        request_cookie(&self.themes, Class::Standard, &Theme { dark: true }).unwrap()
    }

    /// How often somebody looked at a user's session: a handler that has one, for a start.
    pub fn looks(&self) -> usize {
        self.looks.load(Ordering::SeqCst)
    }

    /// The settings of a cookie of the application's name and keys that does not know of this one's.
    pub fn stranger<T: hardtack::SessionData>(&self) -> SessionCookieBuilder<T> {
        Application::new("shop", self.shop.keys()).unwrap().session()
    }
}

/// Counts the looks at sessions.
struct Looks {
    looks: Arc<AtomicUsize>,
    over_from: usize,
}

impl Revocation<User> for Looks {
    fn is_revoked(&self, _: &Claims) -> bool {
        self.looks.fetch_add(1, Ordering::SeqCst) >= self.over_from
    }

    fn on_ended(&self, _: &Claims, _: Timestamp) {}
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|line| line.0 == name).map(|line| line.1.as_str()).collect()
    }

    #[track_caller]
    pub fn user(&self, world: &World) -> Change<User> {
        change(&world.users, self.all("set-cookie")).unwrap()
    }

    #[track_caller]
    pub fn theme(&self, world: &World) -> Change<Theme> {
        change(&world.themes, self.all("set-cookie")).unwrap()
    }

    /// The lines that the crate may add.
    pub fn added(&self) -> Vec<&str> {
        ["set-cookie", "vary", "cache-control"].iter().flat_map(|name| self.all(name)).collect()
    }
}
