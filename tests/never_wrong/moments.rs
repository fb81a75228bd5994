//! Decisions made too early, too late, or behind somebody's back.

use hardtack::flash::{Flash, FlashLevel};
use hardtack::keys::Keys;
use hardtack::testing::{Change, Head, ManualClock, change, request_cookie, sent_back};
use hardtack::{
    Application, Class, DAY, HOUR, Key, KeyRing, MINUTE, SessionCookie, SessionCookieBuilder,
    SessionError, Timeouts, Timestamp, Values,
};
use serde::{Deserialize, Serialize};

use super::User;

const T: u64 = 1_800_000_000;

fn seconds(seconds: u64) -> std::time::Duration {
    std::time::Duration::from_secs(seconds)
}

struct Site {
    clock: ManualClock,
    keys: Keys,
}

impl Site {
    fn new() -> Self {
        let clock = ManualClock::at(Timestamp::from_secs(T));
        Self { clock, keys: Key::generate().unwrap().into() }
    }

    fn application(&self) -> Application {
        let builder = Application::builder("shop", &self.keys);
        builder.clock(self.clock.clone()).build().unwrap()
    }

    fn cookie<S: hardtack::SessionData>(
        &self,
        set: impl FnOnce(SessionCookieBuilder<S>) -> SessionCookieBuilder<S>,
    ) -> SessionCookie<S> {
        set(self.application().session::<S>()).build().unwrap()
    }
}

/// What a response that commits now does to the session.
fn committed<S: hardtack::SessionData>(
    cookie: &SessionCookie<S>,
    slot: &hardtack::SessionSlot<S>,
) -> (Head, Change<S>) {
    let mut head = Head::new(200);
    slot.commit(&mut head).unwrap();
    let done = change(cookie, head.all("set-cookie")).unwrap();
    (head, done)
}

#[test]
fn an_upload_of_twenty_minutes() {
    let site = Site::new();
    let users = site.cookie::<User>(|b| b);
    let line = request_cookie(&users, Class::Standard, &User { id: 7 }).unwrap();
    site.clock.advance(seconds(840));
    let slot = users.slot([&line]);
    assert!(slot.get().is_some());
    site.clock.advance(seconds(930));
    let (_, done) = committed(&users, &slot);
    let refreshed = done.session().expect("else the next click is a 401");
    assert_eq!(refreshed.claims.expires(), Timestamp::from_secs(T + 1_770 + 1_800));
}

#[test]
fn a_slow_page_and_a_quick_change() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Cart(Vec<u8>);
    let site = Site::new();
    let carts = site.cookie::<Cart>(|b| b);
    let line = request_cookie(&carts, Class::Standard, &Cart(vec![1])).unwrap();
    site.clock.advance(16 * MINUTE);
    let slow = carts.slot([&line]);
    assert!(slow.get().is_some());
    site.clock.advance(seconds(3));
    let quick = carts.slot([&line]);
    quick.get().unwrap().update(|cart| cart.0.push(2)).unwrap();
    assert_eq!(committed(&carts, &quick).1.session().unwrap().data, Cart(vec![1, 2]));
    site.clock.advance(seconds(7));
    let (_, done) = committed(&carts, &slow);
    assert!(matches!(done, Change::None), "the old cart is back");
    // Where less than a quarter of the idle time is left, a slow response refreshes all the same.
    site.clock.advance(7 * MINUTE);
    let late = carts.slot([&line]);
    assert!(late.get().is_some());
    site.clock.advance(seconds(10));
    assert!(committed(&carts, &late).1.session().is_some(), "an overloaded server logs out");
}

#[test]
fn a_daily_visitor_of_a_two_year_session() {
    let site = Site::new();
    let timeouts = Timeouts { idle: 300 * DAY, absolute: 730 * DAY };
    let users = site.cookie::<User>(|b| b.remember_me(timeouts));
    let mut line = request_cookie(&users, Class::Remembered, &User { id: 7 }).unwrap();
    let mut kept_until = Timestamp::from_secs(T) + 300 * DAY;
    let mut refreshes = 0;
    for day in 1..730 {
        site.clock.set(Timestamp::from_secs(T) + DAY * day);
        // A browser that keeps cookies for seven days, and one that keeps them for as long as it is told.
        assert!(kept_until > Timestamp::from_secs(T) + DAY * day, "gone on day {day}");
        let slot = users.slot([&line]);
        assert!(slot.get().is_some(), "day {day}");
        let mut head = Head::new(200);
        slot.commit(&mut head).unwrap();
        let Some(set) = head.all("set-cookie").next() else { continue };
        line = set.split(';').next().unwrap().to_owned();
        kept_until = Timestamp::from_secs(T) + DAY * (day + 7);
        refreshes += 1;
    }
    // The last weeks cannot be prolonged: the absolute timeout is in the stamp.
    assert!((420..730).contains(&refreshes), "{refreshes}");
    site.clock.set(Timestamp::from_secs(T) + 730 * DAY);
    assert!(users.slot([&line]).get().is_none());
}

#[test]
fn an_order_that_goes_through_as_the_session_ends() {
    let site = Site::new();
    let users = site.cookie::<User>(|b| {
        b.expires_by(|_, claims| Some(claims.created() + HOUR))
            .timeouts(Timeouts { idle: HOUR, absolute: 8 * HOUR })
    });
    let line = request_cookie(&users, Class::Standard, &User { id: 7 }).unwrap();
    site.clock.advance(59 * MINUTE);
    let slot = users.slot([&line]);
    slot.get().unwrap().update(|user| user.id = 8).unwrap();
    site.clock.advance(MINUTE);
    let (_, done) = committed(&users, &slot);
    assert!(matches!(done, Change::None), "the answer of the order goes out, the session is over");
}

#[test]
fn a_flash_message_after_ten_minutes_of_others() {
    let site = Site::new();
    let flash = site.application().flash().build().unwrap();
    let push = |line: &str, text: &str| {
        let slot = flash.slot([line]);
        slot.push(FlashLevel::Info, text).unwrap();
        let mut head = Head::new(200);
        slot.commit(&mut head).unwrap();
        head.all("set-cookie").next().unwrap().split(';').next().unwrap().to_owned()
    };
    let line = push("", "first");
    site.clock.advance(seconds(599));
    let line = push(&line, "second");
    site.clock.advance(seconds(2));
    let slot: hardtack::SessionSlot<Flash> = flash.slot([line]);
    let texts: Vec<_> = slot.take().unwrap().into_iter().map(|message| message.text).collect();
    assert_eq!(texts, ["first", "second"]);
}

#[test]
fn a_cart_for_everybody_on_a_node_that_is_behind() {
    let site = Site::new();
    let carts = site.cookie::<Values>(|b| b);
    let old_line = request_cookie(&carts, Class::Standard, &Values::default()).unwrap();
    // A node with an older ring, one with an older shape, one whose clock is behind.
    let other_keys = Keys::from(KeyRing::new(Key::generate().unwrap()));
    let other_ring = Application::builder("shop", other_keys).clock(site.clock.clone());
    let older_ring = other_ring.build().unwrap().session::<Values>().build().unwrap();
    let older_shape = site.cookie::<Values>(|b| b.revision(1));
    let behind = ManualClock::at(Timestamp::from_secs(T - 600));
    let behind = Application::builder("shop", &site.keys).clock(behind).build().unwrap();
    let behind = behind.session::<Values>().build().unwrap();
    for node in [older_ring, older_shape, behind] {
        let slot = node.slot([&old_line]);
        let mut session = slot.get_or_start().expect("there is something to read");
        assert!(session.is_empty());
        assert_eq!(session.insert("a", 1), Err(SessionError::Refused));
        assert_eq!(session.csrf_token(), Err(SessionError::Refused));
        assert_eq!(slot.values().insert("a", 1), Err(SessionError::Refused));
        let (_, done) = committed(&node, &slot);
        assert!(matches!(done, Change::None), "a log-in that is good elsewhere is destroyed");
        // Whoever asks for a new session by name gets one.
        assert!(node.slot([&old_line]).start(Values::default()).is_ok());
    }
    // Absent, expired and forged cookies are replaced.
    let expired = request_cookie(&carts, Class::Standard, &Values::default()).unwrap();
    site.clock.advance(HOUR);
    for line in ["", &expired, "__Host-shop=AQ"] {
        let slot = carts.slot([line]);
        slot.get_or_start().unwrap().insert("a", 1).unwrap();
        assert!(committed(&carts, &slot).1.session().is_some(), "{line}");
    }
}

#[test]
fn a_page_that_may_be_cached_for_five_minutes() {
    let site = Site::new();
    let users = site.cookie::<User>(|b| b);
    let line = request_cookie(&users, Class::Standard, &User { id: 7 }).unwrap();
    for (said, expected) in [
        (None, &["private, no-cache"][..]),
        (Some("max-age=300"), &["max-age=300", "private"]),
        (Some("must-revalidate"), &["must-revalidate", "private"]),
        (Some("immutable, max-age=300"), &["immutable, max-age=300", "private"]),
        (Some("no-cache"), &["no-cache", "private"]),
        (Some("ext=\"a, private, b\""), &["ext=\"a, private, b\"", "private"]),
        (Some("ext=\"a\\\", private"), &["ext=\"a\\\", private", "private"]),
        (Some("private=\"set-cookie\""), &["private=\"set-cookie\"", "private"]),
        (Some("max-age=300, private"), &["max-age=300, private"]),
        (Some("no-store"), &["no-store"]),
        (Some("public, max-age=300"), &["public, max-age=300"]),
        (Some("s-maxage=300"), &["s-maxage=300"]),
    ] {
        let slot = users.slot([&line]);
        assert!(slot.get().is_some());
        let mut head = Head::new(200);
        if let Some(said) = said {
            head = head.with("cache-control", said);
        }
        slot.commit(&mut head).unwrap();
        assert_eq!(head.all("cache-control").collect::<Vec<_>>(), expected, "{said:?}");
    }
}

#[test]
fn a_log_out_after_the_head_has_gone() {
    let site = Site::new();
    let shop = site.application();
    let denylist = shop.denylist();
    let users = shop.session::<User>().revocation(denylist.by_subject(|user: &User| &user.id));
    let users = users.build().unwrap();
    let line = request_cookie(&users, Class::Standard, &User { id: 7 }).unwrap();
    for through_the_handle in [false, true] {
        let started = users.slot([""]);
        started.start(User { id: 7 }).unwrap();
        let mut head = Head::new(200);
        started.commit(&mut head).unwrap();
        let line = head.all("set-cookie").next().unwrap().split(';').next().unwrap().to_owned();
        let slot = users.slot([&line]);
        let session = slot.get().unwrap();
        slot.commit(&mut Head::new(200)).unwrap();
        let ended = if through_the_handle { session.end() } else { slot.end() };
        assert_eq!(ended, Err(SessionError::HeadSent));
        assert!(users.slot([&line]).get().is_none(), "the hook was not told");
    }
    // Nobody looked before.
    let slot = users.slot([&line]);
    slot.commit(&mut Head::new(200)).unwrap();
    assert_eq!(slot.end(), Err(SessionError::HeadSent));
    assert!(users.slot([&line]).get().is_none());
    let _ = sent_back(&users.removal());
}
