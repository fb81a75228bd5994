//! The cookies that every site under test has, and a response as far as the tests look at it.

use std::sync::atomic::{AtomicBool, Ordering};

use hardtack::testing::{Change, ManualClock, change, request_cookie};
use hardtack::{Claims, Class, CrossOriginProtection, Key, Revocation, SessionCookie, Timestamp};
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
    pub users: SessionCookie<User>,
    pub themes: SessionCookie<Theme>,
}

impl World {
    pub fn new() -> Self {
        Self::with(Never)
    }

    /// Sessions open, and are over when the response commits.
    pub fn revoking_in_mid_request() -> Self {
        Self::with(SecondTime(AtomicBool::new(false)))
    }

    fn with(hook: impl Revocation<User>) -> Self {
        let clock = ManualClock::at(Timestamp::from_secs(1_800_000_000));
        let users = SessionCookie::builder("shop", Key::generate().unwrap())
            .clock(clock.clone())
            .revocation(hook)
            .build()
            .unwrap();
        let themes = SessionCookie::builder("shop", Key::generate().unwrap())
            .name("__Host-theme")
            .clock(clock.clone())
            .build()
            .unwrap();
        Self { clock, users, themes }
    }

    /// The `Cookie` line of a user who is logged in.
    pub fn ada(&self) -> String {
        request_cookie(&self.users, Class::Standard, &User::ada()).unwrap()
    }

    /// For both cookies, with a trusted origin.
    pub fn protection(&self) -> CrossOriginProtection {
        let protection = CrossOriginProtection::of(&self.users).and(&self.themes);
        protection.trust("https://sso.example").unwrap()
    }

    pub fn dark(&self) -> String {
        request_cookie(&self.themes, Class::Standard, &Theme { dark: true }).unwrap()
    }
}

struct Never;

impl Revocation<User> for Never {
    fn is_revoked(&self, _: &Claims) -> bool {
        false
    }

    fn ended(&self, _: &Claims, _: Timestamp) {}
}

struct SecondTime(AtomicBool);

impl Revocation<User> for SecondTime {
    fn is_revoked(&self, _: &Claims) -> bool {
        self.0.swap(true, Ordering::SeqCst)
    }

    fn ended(&self, _: &Claims, _: Timestamp) {}
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
