//! hardtack, as its users call it: the clock is read at each call.

use hardtack::testing::Head;
use hardtack::{Key, SessionCookie, Timestamp};

use crate::contestant::{Contestant, Kind, Level};
use crate::data::Data;

pub const NAME: &str = "__Host-session";

pub fn cookie<T: Data>(kind: Kind, key: Key) -> SessionCookie<T> {
    let builder = SessionCookie::builder("shop", key);
    match kind {
        Kind::Encrypted => builder.build().unwrap(),
        Kind::Signed => builder.signed().build().unwrap(),
    }
}

pub fn token<T: Data>(data: &T, kind: Kind) -> Contestant {
    let users = cookie::<T>(kind, Key::generate().unwrap());
    let now = Timestamp::now();
    let claims = users.fresh(now).unwrap();
    let value = users.seal(data, &claims, now).unwrap().value().to_owned();
    let octets = value.len();
    let (sealing, data) = (users.clone(), data.clone());
    Contestant::new(
        ("hardtack", kind, Level::Token),
        true,
        octets,
        move || sealing.seal(&data, &claims, Timestamp::now()).unwrap(),
        move || users.open([value.as_bytes()], Timestamp::now()).unwrap().unwrap().data,
    )
}

/// Sealing is a whole request that starts a session; opening one that reads it, up to `Session<T>`.
pub fn header<T: Data>(data: &T, kind: Kind) -> Contestant {
    let users = cookie::<T>(kind, Key::generate().unwrap());
    let now = Timestamp::now();
    let set_cookie = users.seal(data, &users.fresh(now).unwrap(), now).unwrap();
    let octets = set_cookie.value().len();
    let line = format!("theme=dark; {}={}", NAME, set_cookie.value());
    let (starting, data) = (users.clone(), data.clone());
    Contestant::new(
        ("hardtack", kind, Level::Header),
        true,
        octets,
        move || {
            let slot = starting.slot(None::<&[u8]>);
            drop(slot.start(data.clone()).unwrap());
            let mut head = Head::new(200);
            slot.commit(&mut head).unwrap();
            head
        },
        move || users.slot([&line]).open().unwrap().unwrap(),
    )
}
