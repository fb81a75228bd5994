//! The list of ended sessions, as slots and operators see it: what is refused when, what a full list does, who is told.
#![cfg(feature = "testing")]

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
        // A write to its shard, which is that of the first octet.
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

fn denylist_id(site: &Site, line: &str) -> SessionId {
    let token = line.split_once('=').unwrap().1;
    // Under the same keys and without a hook.
    let cookie = site.again().session::<User>().build().unwrap();
    cookie.open([token.as_bytes()], at(T)).unwrap().unwrap().claims.session_id()
}

#[test]
fn a_session_is_ended_by_an_id_that_the_application_kept() {
    let (site, denylist) = site_and_list();
    let (one, other) = (site.line(&user(7, "Ada")), site.line(&user(7, "Ada")));
    let kept = *site.slot(&one).get().unwrap().claims().session_id().as_bytes();
    denylist.end_session(SessionId::from_bytes(kept));
    assert!(!is_user(&site.slot(&one)) && is_user(&site.slot(&other)));
    // Whichever node's clock it was created by.
    let ahead = claims(T + 60);
    denylist.end_session(ahead.session_id());
    assert!(is_revoked(&denylist, &ahead));
    assert_eq!(denylist.status().ended, 2);
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
fn logging_out_a_thousand_times_in_a_second_locks_nobody_out_for_long() {
    let (site, denylist) = site_and_list();
    (0..1_000).for_each(|_| denylist.log_out_everywhere(&7));
    // The leeway: what starts must be within reach of the next log-out, and open at once.
    let too_early = SessionError::TooEarly { from: at(T + 61), now: at(T) };
    assert_eq!(site.slot("").start(user(7, "Ada")).err(), Some(too_early));
    site.wait(1);
    let started = site.slot("").start(user(7, "Ada")).unwrap();
    assert_eq!(started.claims().created(), at(T + 61));
}

#[test]
fn a_subject_is_kept_as_long_as_the_longest_session_may_last() {
    let day = Duration::from_secs(86_400);
    let with_remembered = |days: u32| Timeouts { idle: day, absolute: day * days };
    // 90 days are the default of the remembered class, and the least that is kept.
    for (days, kept) in [(1, 90), (90, 90), (200, 200)] {
        let (denylist, clock) = list(|builder| builder);
        let builder = site().again().session().remember_me(with_remembered(days));
        let _users = builder.revocation(hook(&denylist)).build().unwrap();
        denylist.log_out_everywhere(&7);
        let over = T + kept * 86_400 + 60;
        for (now, entries) in [(over - 1, 1), (over, 0), (over + 1, 0)] {
            clock.set(at(now));
            assert_eq!(denylist.snapshot().len(), 13 + 32 * entries, "{days} {now}");
        }
    }
}

#[test]
fn a_process_without_cookies_keeps_a_subject_as_long_as_it_is_told() {
    let day = Duration::from_secs(86_400);
    for (told, kept) in [(None, 90 * 86_400 + 60), (Some(200 * day), 200 * 86_400)] {
        let (tool, clock) = list(|builder| builder);
        if let Some(longest) = told {
            hook(&tool).on_installed(longest, Duration::ZERO);
        }
        tool.log_out_everywhere(&7);
        for (now, entries) in [(T + kept - 1, 1), (T + kept, 0)] {
            clock.set(at(now));
            assert_eq!(tool.snapshot().len(), 13 + 32 * entries, "{told:?} {now}");
        }
    }
}

#[test]
fn subjects_are_integers_names_and_bytes() {
    let same = [
        "ada".subject_id(),
        "ada".to_owned().subject_id(),
        b"ada".subject_id(),
        b"ada"[..].subject_id(),
        b"ada".to_vec().subject_id(),
    ];
    assert!(same.iter().all(|subject| *subject == same[0]));
    // A number is the same in every type that holds it, and never a text or bytes.
    assert_eq!(7u64.subject_id(), 7u32.subject_id());
    assert_eq!(7u64.subject_id(), 7i8.subject_id());
    assert_ne!(7u64.subject_id(), [0, 0, 0, 0, 0, 0, 0, 7].subject_id());
    assert_ne!(7u64.subject_id(), "7".subject_id());
    assert_ne!(7u64.subject_id(), ().subject_id());
    assert_eq!(format!("{:?}", same[0]), "SubjectId(..)");
    // In the clear nowhere.
    let clock = ManualClock::at(at(T));
    let denylist = application(&Key::generate().unwrap().into(), &clock).denylist::<str>();
    denylist.log_out_everywhere("a-long-name-of-a-user");
    let snapshot = denylist.snapshot();
    assert!(!snapshot.windows(6).any(|bytes| bytes == b"a-long"));
}

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
struct Clerk {
    id: u16,
    name: String,
}

/// What a request with a session of this data finds after `act`.
#[track_caller]
fn holds<T: hardtack::SessionData>(
    cookie: &SessionCookie<T>,
    data: &T,
    act: impl FnOnce(),
) -> bool {
    let line = request_cookie(cookie, Class::Standard, data).unwrap();
    act();
    cookie.slot([line]).open().is_ok()
}

#[test]
fn a_list_knows_users_by_whatever_tells_them() {
    let clock = ManualClock::at(at(T));
    let shop = application(&Key::generate().unwrap().into(), &clock);
    let clerk = Clerk { id: 7, name: "ada".to_owned() };

    // By their number, in a smaller type than the one of a node that runs an older release.
    let (by_id, old) = (shop.denylist::<u16>(), shop.denylist::<i64>());
    let hook = by_id.by_subject(|clerk: &Clerk| &clerk.id);
    let cookie = shop.session().name("id").revocation(hook).build().unwrap();
    assert!(holds(&cookie, &clerk, || by_id.log_out_everywhere(&8)));
    let tell = || {
        old.log_out_everywhere(&7);
        assert_eq!(by_id.merge(&old.snapshot()), Ok(1));
    };
    assert!(!holds(&cookie, &clerk, tell));

    // By their name; with everything that the session holds; all of them at once.
    let by_name = shop.denylist::<str>();
    let hook = by_name.by_subject(|clerk: &Clerk| clerk.name.as_str());
    let cookie = shop.session().name("name").revocation(hook).build().unwrap();
    assert!(holds(&cookie, &clerk, || by_name.log_out_everywhere("Ada")));
    assert!(!holds(&cookie, &clerk, || by_name.log_out_everywhere("ada")));

    let everybody = shop.denylist();
    let hook = everybody.by_subject(|_: &Clerk| &());
    let cookie = shop.session().name("all").revocation(hook).build().unwrap();
    assert!(holds(&cookie, &clerk, || ()));
    assert!(!holds(&cookie, &clerk, || everybody.log_out_everywhere(&())));
}

#[test]
fn several_kinds_of_session_share_a_list() {
    let clock = ManualClock::at(at(T));
    let shop = application(&Key::generate().unwrap().into(), &clock);
    let denylist = shop.denylist();
    let users = shop.session().revocation(denylist.by_subject(|user: &User| &user.id));
    let users = users.build().unwrap();
    // Users who are clerks too: one subject, two cookies.
    let tokens = denylist.by_subject(|token: &(u64, u8)| &token.0);
    let tokens = shop.session().name("__Host-shop~api").revocation(tokens).build().unwrap();
    let ended = || denylist.log_out_everywhere(&7);
    assert!(holds(&users, &user(8, "Eve"), ended) && holds(&tokens, &(8, 0), ended));
    assert!(!holds(&users, &user(7, "Ada"), ended) && !holds(&tokens, &(7, 0), ended));
    // Kinds that must not meet have subjects of their own.
    let kind = |kind: &str| SubjectId::of_kind(kind, &7u64);
    assert_ne!(kind("customer"), kind("clerk"));
}

#[test]
fn a_full_list_refuses_more_and_never_forgets() {
    for capacity in [1, 2, 3, 4, 5, 16, 100, 300] {
        let (denylist, _) = list(|builder| builder.capacity(capacity));
        let all: Vec<_> = (0..3 * capacity as u64).map(|n| claims(T - 5_000 + n)).collect();
        for (n, one) in all.iter().enumerate() {
            end(&denylist, one, T + 10_000);
            let status = denylist.status();
            assert!(status.entries <= capacity, "{capacity}");
            if n < capacity {
                assert_eq!((status.entries, status.not_before, status.raised), (n + 1, None, 0));
            }
            if n == capacity {
                let freed = capacity - status.entries;
                assert_eq!(status.raised, 1);
                assert!(4 * freed >= capacity, "{capacity}: {freed}");
                assert!(4 * freed < capacity + 4, "no more than that: {capacity}: {freed}");
            }
        }
        assert!(all.iter().all(|ended| is_revoked(&denylist, ended)), "{capacity}");
        let moment = denylist.status().not_before.unwrap().as_secs();
        for (created, refused) in [(moment - 1, true), (moment, true), (moment + 1, false)] {
            assert_eq!(is_revoked(&denylist, &claims(created)), refused, "{capacity}");
        }
    }
}

#[test]
fn a_full_list_of_one_second_refuses_that_second_and_lets_the_next_session_start() {
    let (denylist, clock) = list(|builder| builder.capacity(8));
    let site = site_on(&denylist, &clock);
    let bystander = site.line(&user(9, "Bob"));
    for id in 0..9_u64 {
        denylist.log_out_everywhere(&id);
    }
    assert_eq!(denylist.status().not_before, Some(at(T)));
    assert!(!is_user(&site.slot(&bystander)), "logged out, though nobody asked for it");
    for id in [3, 9] {
        let slot = site.slot("");
        slot.start(user(id, "Ada")).unwrap();
        let line = sent_back(&commit(&slot, 200));
        assert!(is_user(&site.slot(&line)));
        // What covers everybody does not hide that this user is logged out again.
        denylist.log_out_everywhere(&id);
        assert!(!is_user(&site.slot(&line)));
    }
}

#[test]
fn expired_entries_go_before_anybody_is_logged_out() {
    let (denylist, clock) = list(|builder| builder.capacity(100));
    (0..100).for_each(|_| end(&denylist, &claims(T), T + 10));
    clock.advance(Duration::from_secs(10));
    let last = claims(T + 10);
    end(&denylist, &last, T + 100);
    let status = denylist.status();
    assert_eq!((status.not_before, status.raised), (None, 0));
    assert!(status.entries <= 100 && is_revoked(&denylist, &last));
}

#[test]
fn a_list_that_stays_nearly_full_is_not_swept_for_every_entry_that_expires() {
    // Of 128 entries, so many have expired when the next one comes.
    for (expired, raised) in [(0, 1), (1, 1), (2, 1), (3, 0), (4, 0)] {
        let (denylist, clock) = list(|builder| builder.capacity(128));
        let mut shards = Vec::new();
        for n in 0..128 {
            let until = if n < expired { T + 10 } else { T + 1_000 };
            let ended = claims(T - 500 + n);
            end(&denylist, &ended, until);
            shards.push(ended.session_id().as_bytes()[0]);
        }
        // In a part of the list of its own: a write drops what has expired in the part that it writes.
        let next = iter::repeat_with(|| claims(T));
        let mut next = next.filter(|next| !shards.contains(&next.session_id().as_bytes()[0]));
        let next = next.next().unwrap();
        clock.set(at(T + 10));
        end(&denylist, &next, T + 1_000);
        let status = denylist.status();
        assert_eq!(status.raised, raised, "{expired}");
        assert!(status.entries <= 126, "{expired}: room for more than one: {}", status.entries);
    }
}

#[test]
fn each_change_is_told_once_and_what_was_learnt_is_not() {
    let told: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
    let tell = Arc::clone(&told);
    let (here, clock) = list(|builder| {
        builder.capacity(4).on_change(move |octets| tell.lock().unwrap().push(octets.to_vec()))
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
fn out_of_touch_it_is_open_or_closed_as_configured() {
    for mode in [FailMode::Open, FailMode::Closed] {
        let after = Duration::from_secs(5);
        let (denylist, clock) = list(|builder| builder.stale_after(after, mode));
        let site = site_on(&denylist, &clock);
        let (line, ended) = (site.line(&user(7, "Ada")), site.line(&user(8, "Eve")));
        site.slot(&ended).end().unwrap();
        #[track_caller]
        fn check(denylist: &Denylist<u64>, site: &Site, line: &str, in_touch: bool, open: bool) {
            assert_eq!(denylist.status().stale, !in_touch);
            let slot = site.slot(line);
            assert_eq!(is_user(&slot), in_touch || open);
            assert!(matches!(site.change(&commit(&slot, 200)), Change::None), "never removed");
        }
        let open = mode == FailMode::Open;
        // Before the first word too: the list may be empty.
        check(&denylist, &site, &line, false, open);
        denylist.heartbeat();
        check(&denylist, &site, &line, true, open);
        // A word of T + 5, and one of the future, which a clock that was set back leaves behind.
        denylist.heartbeat();
        for (now, in_touch) in
            [(T + 4, true), (T + 5, true), (T + 6, false), (T - 5, true), (T - 6, false)]
        {
            clock.set(at(now));
            assert_eq!(denylist.status().stale, !in_touch, "{now}");
        }
        clock.set(at(T + 6));
        check(&denylist, &site, &line, false, open);
        assert!(!is_user(&site.slot(&ended)));
        denylist.heartbeat();
        check(&denylist, &site, &line, true, open);
        assert!(!is_user(&site.slot(&ended)));
        assert_eq!(denylist.status().heartbeat_at, Some(at(T + 6)));
    }
}

#[test]
fn a_list_of_its_own_is_always_in_touch() {
    let (denylist, clock) = list(|builder| builder);
    denylist.heartbeat();
    clock.advance(Duration::from_secs(1 << 30));
    let status = denylist.status();
    assert!(!status.stale && status.heartbeat_at.is_none());
}

#[test]
fn a_log_out_while_closed_is_not_lost() {
    let after = Duration::from_secs(5);
    let (denylist, clock) = list(|builder| builder.stale_after(after, FailMode::Closed));
    let site = site_on(&denylist, &clock);
    let line = site.line(&user(7, "Ada"));
    let slot = site.slot(&line);
    assert_eq!(slot.open().err(), Some(OpenError::Revoked));
    slot.end().unwrap();
    assert!(matches!(site.change(&commit(&slot, 200)), Change::Removed));
    denylist.heartbeat();
    assert!(!is_user(&site.slot(&line)), "a copy");
}

#[test]
fn a_change_made_while_closed_is_an_error_and_leaves_the_cookie() {
    let after = Duration::from_secs(5);
    let (denylist, clock) = list(|builder| builder.stale_after(after, FailMode::Closed));
    let site = site_on(&denylist, &clock);
    let line = site.line(&user(7, "Ada"));
    denylist.heartbeat();
    let slot = site.slot(&line);
    slot.get().unwrap().update(|user| user.name = "Grace".to_owned()).unwrap();
    clock.advance(Duration::from_secs(6));
    let refused = try_commit(&slot, hardtack::testing::Head::new(200)).map(drop);
    assert_eq!(refused, Err(SessionError::Ended));
    denylist.heartbeat();
    assert!(is_user(&site.slot(&line)));
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

/// Readers look while a writer fills the list and it is raised again and again: what was ended stays refused at every moment.
#[test]
fn no_reader_misses_what_was_ended_while_others_write() {
    let (denylist, _) = list(|builder| builder.capacity(200));
    let cookie = site().cookie;
    let fresh = |created| cookie.new_claims(Class::Remembered, at(created)).unwrap();
    let watched: Vec<_> = (0..64).map(|n| fresh(T - 4_000 + n)).collect();
    watched.iter().for_each(|ended| end(&denylist, ended, T + 9_999));
    let (untouched, done) = (fresh(T + 1_000_000), AtomicBool::new(false));
    thread::scope(|scope| {
        let readers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut rounds = 0;
                    while !done.load(Ordering::Relaxed) || rounds < 100 {
                        assert!(watched.iter().all(|ended| is_revoked(&denylist, ended)));
                        assert!(!is_revoked(&denylist, &untouched));
                        rounds += 1;
                    }
                })
            })
            .collect();
        for n in 0..3_000 {
            end(&denylist, &fresh(T - 3_000 + n), T + 9_999);
            if readers.iter().any(|reader| reader.is_finished()) {
                break;
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(denylist.status().raised > 10 && denylist.status().entries <= 200);
}

#[test]
fn remembered_sessions_are_ended_for_as_long_as_they_may_last() {
    let (site, denylist) = site_and_list();
    let line = hardtack::testing::request_cookie(&site.cookie, Class::Remembered, &user(7, "Ada"));
    site.slot(&line.unwrap()).end().unwrap();
    let over = 90 * 86_400 + 60;
    for (waited, octets) in [(over - 1, 45), (1, 13)] {
        site.wait(waited);
        assert_eq!(denylist.snapshot().len(), octets);
    }
}

#[test]
fn no_session_outlives_a_log_out_everywhere_however_often_somebody_logged_out_before() {
    let (site, denylist) = site_and_list();
    // Whoever logs in and out in one second pushes the user's sessions ahead of the clock.
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
fn a_subject_is_never_taken_for_the_id_of_a_session() {
    let (site, denylist) = site_and_list();
    let line = site.line(&user(7, "Ada"));
    // The hash of an id that anybody can guess, sent as the id of a session to end.
    let (other, _) = list(|builder| builder);
    other.log_out_everywhere(&7);
    let hash = other.snapshot()[13..29].try_into().unwrap();
    denylist.end_session(SessionId::from_bytes(hash));
    assert!(is_user(&site.slot(&line)));
}

#[test]
fn ids_that_differ_in_one_bit_are_different_sessions() {
    let ended = claims(T);
    let id = *ended.session_id().as_bytes();
    // The last bit tells ids from subjects.
    for bit in 0..127 {
        let (denylist, _) = list(|builder| builder);
        let mut other = id;
        other[bit / 8] ^= 0x80 >> (bit % 8);
        denylist.end_session(SessionId::from_bytes(other));
        assert!(!is_revoked(&denylist, &ended), "{bit}");
        denylist.end_session(SessionId::from_bytes(id));
        assert!(is_revoked(&denylist, &ended), "{bit}");
    }
}

// A list that is full refuses all sessions of a moment, and lets those start that come after.
#[test]
fn a_full_list_tells_when_sessions_may_start() {
    let (denylist, clock) = list(|builder| builder.capacity(1));
    let earliest = || hook(&denylist).earliest_start(&user(7, "Ada"));
    assert_eq!(earliest(), None);
    end(&denylist, &claims(T - 5), T + 100);
    end(&denylist, &claims(T - 3), T + 100);
    let moment = denylist.status().not_before.unwrap();
    assert_eq!(earliest(), Some(moment + Duration::from_secs(1)));
    assert_eq!(denylist.status().capacity, 1);
    assert!(moment < Clock::now(&clock));
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
