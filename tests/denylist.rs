//! The list of ended sessions, as slots and operators see it: what is refused when, what a full list does, who is told.
#![cfg(feature = "testing")]

#[path = "denylist/full.rs"]
mod full;
#[path = "denylist/subjects.rs"]
mod subjects;
#[path = "denylist/touch.rs"]
mod touch;

mod common;

use std::iter;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use common::*;
use hardtack::denylist::{Denylist, DenylistBuilder, FailMode, Subject, SubjectId};
use hardtack::testing::{Change, ManualClock, request_cookie};
use hardtack::{
    Application, Claims, Class, Clock, Key, OpenError, Revocation, SessionCookie, SessionError,
    SessionId, SessionSlot, Timeouts, Timestamp,
};

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

/// A list of users' numbers, with a clock at T.
fn list(
    set: impl FnOnce(DenylistBuilder<u64>) -> DenylistBuilder<u64>,
) -> (Denylist<u64>, ManualClock) {
    let clock = ManualClock::at(at(T));
    let shop = application(&Key::generate().unwrap().into(), &clock);
    (set(shop.denylist_builder()).build().unwrap(), clock)
}

/// A site whose users are known to the list, both on one clock.
fn site_on(denylist: &Denylist<u64>, clock: &ManualClock) -> Site {
    site_at(clock, |builder| builder.revocation(hook(denylist)))
}

fn hook(denylist: &Denylist<u64>) -> impl Revocation<User> {
    denylist.by_subject(|user: &User| &user.id)
}

fn site_and_list() -> (Site, Denylist<u64>) {
    let (denylist, clock) = list(|builder| builder);
    (site_on(&denylist, &clock), denylist)
}

/// Claims of a new session, for the hook alone.
fn claims(created: u64) -> Claims {
    thread_local!(static COOKIE: SessionCookie<User> = site().cookie);
    COOKIE.with(|cookie| cookie.new_claims(Class::Standard, at(created)).unwrap())
}

fn is_revoked(denylist: &Denylist<u64>, claims: &Claims) -> bool {
    hook(denylist).is_revoked(claims)
}

fn end(denylist: &Denylist<u64>, claims: &Claims, keep_until: u64) {
    hook(denylist).on_ended(claims, at(keep_until));
}

fn denylist_id(site: &Site, line: &str) -> SessionId {
    let token = line.split_once('=').unwrap().1;
    // Under the same keys and without a hook.
    let cookie = site.again().session::<User>().build().unwrap();
    cookie.open([token.as_bytes()], at(T)).unwrap().unwrap().claims.session_id()
}

fn is_user(slot: &SessionSlot<User>) -> bool {
    match slot.open() {
        Ok(session) => session.is_some(),
        Err(OpenError::Revoked) => false,
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn an_ended_session_is_refused_and_no_other() {
    let (site, denylist) = site_and_list();
    let (ada, other) = (site.line(&user(7, "Ada")), site.line(&user(7, "Ada")));
    site.slot(&ada).end().unwrap();
    assert_eq!(denylist.status().ended, 1);
    assert_eq!(site.slot(&ada).open().err(), Some(OpenError::Revoked));
    assert!(is_user(&site.slot(&other)));
    site.slot(&ada).end().unwrap();
    let status = denylist.status();
    assert_eq!((status.entries, status.ended), (1, 1));
}

#[test]
fn a_copy_refreshed_before_the_log_out_does_not_outlive_the_entry() {
    let lifetime =
        Timeouts { idle: Duration::from_secs(600), absolute: Duration::from_secs(1_000) };
    for absolute_left in [1, 0, -1_i64, -60, -61] {
        let (denylist, clock) = list(|builder| builder);
        let site =
            site_at(&clock, |builder| builder.timeouts(lifetime).revocation(hook(&denylist)));
        let line = site.line(&user(7, "Ada"));
        site.wait(500);
        // The thief's copy is refreshed and ends 400 s later than the one that is logged out.
        let slot = site.slot(&line);
        slot.get().unwrap();
        let copy = sent_back(&commit(&slot, 200));
        site.slot(&line).end().unwrap();
        clock.set(at((T + 1_000).checked_add_signed(-absolute_left).unwrap()));
        // A write, which drops what has expired.
        end(&denylist, &claims(T), T + 99_999);
        let expected = if absolute_left > 0 { "revoked" } else { "expired (stamp)" };
        assert_eq!(site.slot(&copy).open().err().unwrap().label(), expected, "{absolute_left}");
    }
}

#[test]
fn an_entry_goes_with_a_write_once_it_has_expired() {
    for (now, entries) in [(T + 99, 2), (T + 100, 1), (T + 101, 1)] {
        let (denylist, clock) = list(|builder| builder);
        let first = claims(T);
        end(&denylist, &first, T + 100);
        clock.set(at(now));
        assert!(is_revoked(&denylist, &first), "no write, no change");
        // A write to its shard, which is that of the first byte.
        let shard = |claims: &Claims| claims.session_id().as_bytes()[0];
        let next = iter::repeat_with(|| claims(T)).find(|next| shard(next) == shard(&first));
        end(&denylist, &next.unwrap(), T + 500);
        assert_eq!(denylist.status().entries, entries, "{now}");
        assert_eq!(is_revoked(&denylist, &first), entries == 2);
    }
}

#[test]
fn what_has_expired_is_not_even_taken() {
    for (keep_until, entries) in [(T - 1, 0), (T, 0), (T + 1, 1)] {
        let (denylist, _) = list(|builder| builder);
        end(&denylist, &claims(T - 100), keep_until);
        assert_eq!(denylist.status().entries, entries, "{keep_until}");
    }
}

#[test]
fn logging_out_everywhere_ends_what_was_created_until_now() {
    let (site, denylist) = site_and_list();
    let before = site.line(&user(7, "Ada"));
    site.wait(1);
    let same_second = site.line(&user(7, "Ada"));
    let other = site.line(&user(8, "Eve"));
    denylist.log_out_everywhere(&7);
    site.wait(1);
    let after = site.line(&user(7, "Ada"));
    for (line, holds) in [(before, false), (same_second, false), (after, true), (other, true)] {
        assert_eq!(is_user(&site.slot(&line)), holds);
    }
    assert_eq!(denylist.status().logged_out, 1);
}

#[test]
fn the_device_that_logs_out_everywhere_may_go_on_in_the_same_second() {
    let (site, denylist) = site_and_list();
    let old = site.line(&user(7, "Ada"));
    let slot = site.slot(&old);
    slot.get().unwrap();
    denylist.log_out_everywhere(&7);
    slot.start(user(7, "Ada")).unwrap();
    let new = sent_back(&commit(&slot, 200));
    assert!(is_user(&site.slot(&new)) && !is_user(&site.slot(&old)));
    // And again in this second: that session ends too, and the next one holds.
    denylist.log_out_everywhere(&7);
    assert!(!is_user(&site.slot(&new)));
    let slot = site.slot("");
    assert_eq!(slot.start(user(7, "Ada")).unwrap().claims().created(), at(T + 2));
    let next = sent_back(&commit(&slot, 200));
    assert!(is_user(&site.slot(&next)));
}

#[test]
fn the_device_that_asks_stays_logged_in_as_it_was() {
    for class in [Class::Standard, Class::Remembered] {
        let (site, denylist) = site_and_list();
        let old = request_cookie(&site.cookie, class, &user(7, "Ada")).unwrap();
        let slot = site.slot(&old);
        let mut session = slot.get().unwrap();
        session.update(|user| user.name = "Grace".to_owned()).unwrap();
        denylist.log_out_everywhere(&7);
        session.restart().unwrap();
        let new = sent_back(&commit(&slot, 200));
        assert!(!is_user(&site.slot(&old)));
        let kept = site.slot(&new).get().unwrap();
        assert_eq!((kept.claims().class(), kept.name.as_str()), (class, "Grace"));
        assert_ne!(kept.claims().session_id(), denylist_id(&site, &old));
        assert_eq!(kept.claims().created(), at(T + 1));
    }
}

#[test]
fn a_renewed_session_is_logged_out_everywhere_too() {
    let (site, denylist) = site_and_list();
    let slot = site.slot(&site.line(&user(7, "Ada")));
    slot.get().unwrap().renew().unwrap();
    let renewed = sent_back(&commit(&slot, 200));
    denylist.log_out_everywhere(&7);
    assert!(!is_user(&site.slot(&renewed)));
}

#[test]
fn each_change_is_told_once_and_what_was_learnt_is_not() {
    let told: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let tell = Arc::clone(&told);
    let (here, clock) = list(|builder| {
        builder.capacity(4).on_change(move |bytes| tell.lock().unwrap().push(bytes.to_vec()))
    });
    let shop = application(&Key::generate().unwrap().into(), &clock);
    let there = shop.denylist();
    let take = || std::mem::take(&mut *told.lock().unwrap());
    let ended = claims(T);
    end(&here, &ended, T + 100);
    let messages = take();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0].len(), 13 + 32);
    end(&here, &ended, T + 100);
    assert_eq!(take().len(), 0, "no news");
    assert!(!is_revoked(&there, &ended));
    assert_eq!(there.merge(&messages[0]), Ok(1));
    assert_eq!(there.merge(&messages[0]), Ok(0));
    assert!(is_revoked(&there, &ended));
    // Back again, and something that is news: neither is sent on.
    end(&there, &claims(T), T + 100);
    assert_eq!(here.merge(&messages[0]), Ok(0));
    assert_eq!(here.merge(&there.snapshot()), Ok(1));
    assert_eq!(take().len(), 0);
    // A list that a merge fills up: the others need to know whom it refuses by now.
    (0..4).for_each(|_| end(&there, &claims(T), T + 100));
    here.merge(&there.snapshot()).unwrap();
    let messages = take();
    assert_eq!(messages.iter().map(Vec::len).collect::<Vec<_>>(), [13]);
    there.merge(&messages[0]).unwrap();
    assert_eq!(there.status().not_before, here.status().not_before);
    assert_eq!((there.status().raised, here.status().raised), (0, 1));
}

#[test]
fn what_cannot_work_is_refused_when_it_is_built() {
    type Set = fn(DenylistBuilder<u64>) -> DenylistBuilder<u64>;
    const CAPACITY: &str = "a denylist holds 1 to 16777216 entries";
    const STALE: &str = "a denylist goes stale after one second at the earliest";
    let table: [(Set, Option<&str>); 7] = [
        (|b| b.stale_after(Duration::from_secs(1), FailMode::Open), None),
        (|b| b, None),
        (|b| b.capacity(1), None),
        (|b| b.capacity(1 << 24), None),
        (|b| b.capacity(0), Some(CAPACITY)),
        (|b| b.capacity((1 << 24) + 1), Some(CAPACITY)),
        (|b| b.stale_after(Duration::from_millis(999), FailMode::Open), Some(STALE)),
    ];
    for (set, expected) in table {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let refused = set(shop.denylist_builder()).build().err();
        assert_eq!(refused.map(|error| error.to_string()).as_deref(), expected);
    }
}

#[test]
fn remembered_sessions_are_ended_for_as_long_as_they_may_last() {
    let (site, denylist) = site_and_list();
    let line = hardtack::testing::request_cookie(&site.cookie, Class::Remembered, &user(7, "Ada"));
    site.slot(&line.unwrap()).end().unwrap();
    let over = 90 * 86_400 + 60;
    for (waited, bytes) in [(over - 1, 45), (1, 13)] {
        site.wait(waited);
        assert_eq!(denylist.snapshot().len(), bytes);
    }
}

#[test]
fn no_session_outlives_a_log_out_everywhere_however_often_somebody_logged_out_before() {
    let (site, denylist) = site_and_list();
    // Logging in and out repeatedly within one second moves the user's sessions ahead of the clock.
    for second in 0..3 {
        for _ in 0..100 {
            denylist.log_out_everywhere(&7);
            let slot = site.slot("");
            if slot.start(user(7, "Ada")).is_err() {
                continue;
            }
            let line = sent_back(&commit(&slot, 200));
            denylist.log_out_everywhere(&7);
            assert!(!is_user(&site.slot(&line)), "{second}");
        }
        site.wait(1);
    }
}

#[test]
fn a_session_is_ended_by_its_id_as_far_ahead_as_the_cookie_bears() {
    for leeway in [0, 60, 600, 86_400] {
        let (denylist, clock) = list(|builder| builder);
        let shop = Application::builder("shop", Key::generate().unwrap()).clock(clock.clone());
        let shop = shop.leeway(Duration::from_secs(leeway)).build().unwrap();
        let _users = shop.session().revocation(hook(&denylist)).build().unwrap();
        let ahead = claims(T + leeway);
        denylist.end_session(ahead.session_id());
        assert!(is_revoked(&denylist, &ahead), "{leeway}");
    }
}

#[test]
fn debug_shows_how_full_it_is_and_no_entry() {
    let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
    let builder = shop.denylist_builder().capacity(77);
    assert!(format!("{builder:?}").contains("capacity: 77"), "{builder:?}");
    let denylist = builder.build().unwrap();
    let ended = claims(T);
    denylist.end_session(ended.session_id());
    let shown = format!("{denylist:?}");
    assert!(shown.contains("entries: 1") && shown.contains("capacity: 77"), "{shown}");
    assert!(!shown.contains(&ended.session_id().to_string()), "{shown}");
    let hook = format!("{:?}", denylist.by_subject(|user: &User| &user.id));
    assert!(hook.starts_with("BySubject"), "{hook}");
}
