//! hardtack, as its users call it: the clock is read at each call.

use hardtack::{Application, Class, Key, SessionCookie, Timestamp};

use crate::contestant::{Contestant, Kind, Level};
use crate::data::Data;

pub const NAME: &str = "__Host-shop";

pub fn cookie<T: Data>(kind: Kind, key: Key) -> SessionCookie<T> {
    let builder = Application::new("shop", key).unwrap().session();
    match kind {
        Kind::Encrypted => builder.build().unwrap(),
        Kind::Signed => builder.signed().build().unwrap(),
    }
}

pub fn token<T: Data>(data: &T, kind: Kind) -> Contestant {
    let users = cookie::<T>(kind, Key::generate().unwrap());
    let now = Timestamp::now();
    let claims = users.new_claims(Class::Standard, now).unwrap();
    let value = users.seal(data, &claims, now).unwrap().value().to_owned();
    let bytes = value.len();
    let (sealing, data) = (users.clone(), data.clone());
    Contestant::new(
        ("hardtack", kind, Level::Token),
        true,
        bytes,
        move || sealing.seal(&data, &claims, Timestamp::now()).unwrap(),
        move || users.open([value.as_bytes()], Timestamp::now()).unwrap().unwrap().data,
    )
}

/// Sealing gives the whole line anyway; opening goes through a slot, up to `Session<T>`.
pub fn header<T: Data>(data: &T, kind: Kind) -> Contestant {
    let users = cookie::<T>(kind, Key::generate().unwrap());
    let now = Timestamp::now();
    let claims = users.new_claims(Class::Standard, now).unwrap();
    let set_cookie = users.seal(data, &claims, now).unwrap();
    let bytes = set_cookie.value().len();
    let line = format!("theme=dark; {}={}", NAME, set_cookie.value());
    let (sealing, data) = (users.clone(), data.clone());
    Contestant::new(
        ("hardtack", kind, Level::Header),
        true,
        bytes,
        move || sealing.seal(&data, &claims, Timestamp::now()).unwrap().into_string(),
        move || users.slot([&line]).open().unwrap().unwrap(),
    )
}
