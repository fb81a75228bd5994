//! Cookies that other crates make, and what moves here of them.
#![cfg(test)]

mod jars;
mod sessions;

use hardtack::migrate::{Moving, OldCookieReader, Predecessor};
use hardtack::testing::{Head, ManualClock};
use hardtack::{Application, Codec, DAY, Key, SessionCookie, SessionData, Timestamp};

/// The bytes that the old sites' keys are made of.
const SECRET: [u8; 64] = *b"sixty-four bytes that the old site keeps where nobody can see it";

/// A site that reads the old cookie `name`, at a clock that shows the present.
struct Site<T>(SessionCookie<T>, ManualClock);

fn site<T: SessionData>(name: &str, reader: impl OldCookieReader<T>) -> Site<T> {
    let now = Timestamp::now();
    let since = Timestamp::from_secs(now.as_secs() - 60);
    let clock = ManualClock::at(now);
    let shop = Application::builder("shop", Key::generate().unwrap()).clock(clock.clone());
    let predecessor = Predecessor::new(name, Moving { since, until: now + 90 * DAY }, reader);
    let session =
        shop.build().unwrap().session().codec(Codec::Json).predecessor(predecessor.remembered());
    Site(session.build().unwrap(), clock)
}

impl<T: SessionData + Clone> Site<T> {
    /// Who a browser is that took this `Set-Cookie` from the old site. What moves is set, and the old cookie removed.
    fn visitor(&self, set_cookie: &str) -> Option<T> {
        let line = set_cookie.split(';').next().unwrap();
        let slot = self.0.slot([line]);
        let data = slot.get().map(|session| session.data().clone());
        let mut head = Head::new(200);
        slot.commit(&mut head).unwrap();
        let removal = format!("{}=; ", line.split('=').next().unwrap());
        let removed = head.all("set-cookie").any(|line| line.starts_with(&removal));
        assert_eq!(data.is_some(), removed, "{head:?}");
        data
    }
}

/// The value flipped in each place, cut short, and 1 MB long: nobody.
fn bad(set_cookie: &str) -> Vec<String> {
    let (pair, _) = set_cookie.split_once(';').unwrap_or((set_cookie, ""));
    let (name, value) = pair.split_once('=').unwrap();
    let mut bad: Vec<_> = (0..value.len()).map(|cut| value[..cut].to_owned()).collect();
    bad.extend((0..value.len()).map(|place| {
        let other = if value.as_bytes()[place] == b'A' { "B" } else { "A" };
        format!("{}{other}{}", &value[..place], &value[place + 1..])
    }));
    bad.push(value.repeat((1 << 20) / value.len()));
    bad.into_iter().map(|value| format!("{name}={value}")).collect()
}
