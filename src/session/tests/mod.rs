//! A request's session from the inside: how it begins, when it is sealed again, and what a handle shows then.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::*;
use crate::application::Application;
use crate::claims::{Claims, Class};
use crate::error::SessionError;
use crate::head::stub::Response;
use crate::key::Key;
use crate::keys::{KeyRing, Keys};
use crate::payload::SessionData;
use crate::session_cookie::SessionCookie;
use crate::time::{Clock, Timestamp};

mod begin;
mod touch;
#[cfg(feature = "json")]
mod values;

const T: u64 = 1_800_000_000;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

/// Shows what it was set to.
#[derive(Clone)]
struct At(Arc<AtomicU64>);

impl At {
    fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for At {
    fn now(&self) -> Timestamp {
        at(self.0.load(Ordering::SeqCst))
    }
}

/// An application whose clock shows T.
fn shop() -> (Application, At) {
    let clock = At(Arc::new(AtomicU64::new(T)));
    let builder = Application::builder("shop", Key::generate().unwrap());
    (builder.clock(clock.clone()).build().unwrap(), clock)
}

/// The `Cookie` line of a new session, sealed at the cookie's own time.
fn line<T: SessionData>(cookie: &SessionCookie<T>, data: &T) -> String {
    let now = cookie.now();
    let claims = cookie.new_claims(Class::Standard, now).unwrap();
    let sealed = cookie.seal(data, &claims, now).unwrap();
    format!("{}={}", sealed.name(), sealed.value())
}

/// Commits to a 200, and returns the session that it sets, if any.
#[track_caller]
fn committed<T: SessionData>(slot: &SessionSlot<T>) -> Option<(T, Claims)> {
    let mut head = Response::new(200);
    slot.commit(&mut head).unwrap();
    let cookie = &slot.0.cookie;
    let [line] = head.all("set-cookie")[..] else { return None };
    let opened = cookie.open(cookie.find(line.split(';').next()?.as_bytes()), cookie.now());
    opened.unwrap().map(|opened| (opened.data, opened.claims))
}
