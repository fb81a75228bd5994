//! What the tests of slots share: a server with one session cookie and a clock, and a browser that holds its cookie.
#![allow(dead_code, reason = "each test file uses a part")]

use std::time::Duration;

use hardtack::keys::Keys;
use hardtack::testing::{self, Change, Head, ManualClock};
use hardtack::{
    Application, Class, Codec, Key, SessionCookie, SessionCookieBuilder, SessionError, SessionSlot,
    Timestamp,
};
use serde::{Deserialize, Serialize};

pub const T: u64 = 1_800_000_000;

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct User {
    pub id: u64,
    pub name: String,
}

pub fn user(id: u64, name: &str) -> User {
    User { id, name: name.to_owned() }
}

pub struct Site {
    pub clock: ManualClock,
    pub ring: Keys,
    pub cookie: SessionCookie<User>,
}

pub fn site() -> Site {
    site_with(|builder| builder)
}

pub fn site_with(
    set: impl FnOnce(SessionCookieBuilder<User>) -> SessionCookieBuilder<User>,
) -> Site {
    site_at(&ManualClock::at(Timestamp::from_secs(T)), set)
}

/// A site that reads this clock.
pub fn site_at(
    clock: &ManualClock,
    set: impl FnOnce(SessionCookieBuilder<User>) -> SessionCookieBuilder<User>,
) -> Site {
    let ring = Keys::from(Key::generate().unwrap());
    let cookie = set(application(&ring, clock).session()).build().unwrap();
    Site { cookie, clock: clock.clone(), ring }
}

/// A ring that neither opens nor seals: its only key is not due yet.
#[cfg(feature = "ring-file")]
pub fn ring_that_does_not_seal() -> hardtack::KeyRing {
    let never = Timestamp::from_secs(u64::MAX);
    hardtack::keys::RingFile::new(Key::generate().unwrap(), never).into()
}

/// The application `shop`.
pub fn application(keys: &Keys, clock: &ManualClock) -> Application {
    Application::builder("shop", keys).clock(clock.clone()).build().unwrap()
}

impl Site {
    /// The `Cookie` line of a request with a new session of this user.
    pub fn line(&self, user: &User) -> String {
        testing::request_cookie(&self.cookie, Class::Standard, user).unwrap()
    }

    pub fn slot(&self, line: &str) -> SessionSlot<User> {
        self.cookie.slot((!line.is_empty()).then_some(line))
    }

    /// The application on another node or in another release: of the same keys and clock, with no name taken.
    pub fn again(&self) -> Application {
        application(&self.ring, &self.clock)
    }

    /// The same cookie from another release, numbered by hand: it writes `schema`, and reads `other` too.
    pub fn release(&self, schema: u32, other: u32) -> SessionCookie<User> {
        self.again()
            .session()
            .schema(schema)
            .upgrade_schema(other, Codec::Postcard, |user: User| user)
            .build()
            .unwrap()
    }

    pub fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    #[track_caller]
    pub fn change(&self, head: &Head) -> Change<User> {
        testing::change(&self.cookie, head.all("set-cookie")).unwrap()
    }
}

/// Commits to a response of this status and gives its head.
#[track_caller]
pub fn commit(slot: &SessionSlot<User>, status: u16) -> Head {
    try_commit(slot, Head::new(status)).unwrap()
}

pub fn try_commit(slot: &SessionSlot<User>, mut head: Head) -> Result<Head, SessionError> {
    slot.commit(&mut head)?;
    Ok(head)
}

/// The `Cookie` line that a browser sends after this response, which set a session.
#[track_caller]
pub fn sent_back(head: &Head) -> String {
    let line = head.all("set-cookie").next().expect("a cookie was set");
    line.split(';').next().unwrap().to_owned()
}

#[track_caller]
pub fn lines(head: &Head, name: &str) -> Vec<String> {
    head.all(name).map(str::to_owned).collect()
}
