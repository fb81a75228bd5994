//! One request's session: what each call does, and what the response then carries.
#![cfg(feature = "testing")]

mod common;

use common::*;
use hardtack::testing::{Change, Head, request_cookie};
use hardtack::{
    Application, Class, HOUR, Key, KeyRing, MINUTE, OpenError, Scope, Session, SessionCookie,
    SessionData, SessionError, SessionSlot, Timeouts, Timestamp,
};
use serde::{Deserialize, Serialize};

/// Why the slot's session was refused.
#[track_caller]
fn refusal(slot: &SessionSlot<User>) -> OpenError {
    slot.open().expect_err("a refusal")
}

#[test]
fn the_main_job_from_start_to_end() {
    let site = site();
    let slot = site.slot("");
    assert!(slot.open().unwrap().is_none());
    slot.start(user(7, "Ada")).unwrap();
    let head = commit(&slot, 200);
    let line = sent_back(&head);

    let slot = site.slot(&format!("theme=dark; {line}"));
    let mut session = slot.open().unwrap().unwrap();
    assert_eq!((session.id, &*session.name), (7, "Ada"));
    let length = session.update(|user| {
        user.name.push_str(" Lovelace");
        user.name.len()
    });
    assert_eq!(length, Ok(12));
    assert_eq!(session.name, "Ada Lovelace");
    let line = sent_back(&commit(&slot, 200));

    let key = site.ring.key_ids()[0];
    site.ring.replace({
        let next = Key::generate().unwrap();
        let present = KeyRing::from_text(&Key::generate().unwrap().to_text()).unwrap();
        present.with_key(next, Timestamp::from_secs(T), None).unwrap()
    });
    assert_eq!(refusal(&site.slot(&line)), OpenError::UnknownKey { key });
}

#[test]
fn a_rotation_in_mid_session_goes_unnoticed() {
    let key = Key::generate().unwrap();
    let text = key.to_text();
    let site = site();
    site.ring.replace(KeyRing::new(key));
    let line = site.line(&user(7, "Ada"));
    let next = Key::generate().unwrap();
    let new_id = next.id();
    site.ring.replace(KeyRing::new(next).with_opening_key(text.parse().unwrap(), None).unwrap());
    let slot = site.slot(&line);
    slot.get().unwrap().update(|user| user.id = 8).unwrap();
    let line = sent_back(&commit(&slot, 200));
    let third = KeyRing::new(Key::generate().unwrap());
    site.ring.replace(third.with_opening_key(text.parse().unwrap(), None).unwrap());
    let unknown = OpenError::UnknownKey { key: new_id };
    assert_eq!(refusal(&site.slot(&line)), unknown, "sealed by the new key");
}

#[test]
fn the_three_answers_differ() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    assert!(matches!(site.slot("other=1").open(), Ok(None)));
    assert!(matches!(site.slot(&line).open(), Ok(Some(_))));
    let slot = site.slot("__Host-shop=junk");
    assert_eq!(slot.open().err(), Some(OpenError::Malformed));
    assert_eq!(slot.open().err(), Some(OpenError::Malformed), "asked again");
    assert!(slot.get().is_none());
    // No refusal removes a cookie.
    assert_eq!(lines(&commit(&slot, 200), "set-cookie"), [""; 0]);
}

#[test]
fn looking_alone_sets_no_cookie_and_not_looking_sets_nothing() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let slot = site.slot(&line);
    assert_eq!(commit(&slot, 200).lines, []);
    let slot = site.slot(&line);
    slot.get().unwrap();
    let head = commit(&slot, 200);
    assert!(matches!(site.change(&head), Change::None));
    assert_eq!(lines(&head, "vary"), ["Cookie"]);
}

#[test]
fn an_unchanged_value_is_not_sealed_again() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let slot = site.slot(&line);
    let mut session = slot.get().unwrap();
    session.update(|user| user.id = 7).unwrap();
    session.set(user(7, "Ada")).unwrap();
    assert!(matches!(site.change(&commit(&slot, 200)), Change::None));
    let slot = site.slot(&line);
    slot.get().unwrap().set(user(7, "Eve")).unwrap();
    let opened = site.change(&commit(&slot, 200)).session().unwrap();
    assert_eq!(opened.data, user(7, "Eve"));
}

#[test]
fn a_refresh_comes_at_half_the_idle_time() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let look = || {
        let slot = site.slot(&line);
        slot.get().unwrap();
        site.change(&commit(&slot, 200))
    };
    site.wait(899);
    assert!(matches!(look(), Change::None));
    site.wait(1);
    let opened = look().session().unwrap();
    assert_eq!(opened.data, user(7, "Ada"));
    assert_eq!(opened.claims.created().as_secs(), T);
    assert_eq!(opened.claims.issued().as_secs(), T + 900);
    let slot = site.slot(&line);
    slot.get().unwrap();
    slot.no_refresh();
    assert!(matches!(site.change(&commit(&slot, 200)), Change::None));
    site.wait(900);
    assert_eq!(refusal(&site.slot(&line)).label(), "expired (stamp)");
}

/// Commits a request that looked at its session at one moment, and was done at another; when the session was sealed anew.
fn looked_and_done(site: &Site, line: &str, looked: u64, done: u64) -> Option<u64> {
    let set = |seconds| site.clock.set(Timestamp::from_secs(T + seconds));
    set(0);
    let slot = site.slot(line);
    set(looked);
    slot.get().unwrap();
    set(done);
    let change = site.change(&commit(&slot, 200)).session();
    change.map(|set| set.claims.issued().as_secs() - T)
}

#[test]
fn whether_a_refresh_is_due_is_decided_at_the_commit() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    for (looked, done, expected) in [
        (898, 899, None),
        (899, 899, None),
        (899, 900, Some(900)),
        (900, 900, Some(900)),
        (900, 901, Some(901)),
    ] {
        assert_eq!(looked_and_done(&site, &line, looked, done), expected, "{looked} {done}");
    }
}

/// It would put back what a quicker response has changed meanwhile. Where the session would soon be over, that is the smaller evil.
#[test]
fn a_slow_response_leaves_an_unasked_refresh_to_others_while_there_is_time() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    for (looked, done, expected) in [
        (1_000, 1_001, Some(1_001)),
        (1_000, 1_002, None),
        (1_000, 1_003, None),
        // A quarter of the idle time is left, or less.
        (1_000, 1_349, None),
        (1_000, 1_350, Some(1_350)),
        (1_000, 1_351, Some(1_351)),
        (0, 1_349, None),
        (0, 1_350, Some(1_350)),
        (0, 1_799, Some(1_799)),
        (1_348, 1_349, Some(1_349)),
        // Over: the response goes out as it is.
        (0, 1_800, None),
        (1_799, 1_800, None),
        (1_799, 1_801, None),
    ] {
        assert_eq!(looked_and_done(&site, &line, looked, done), expected, "{looked} {done}");
    }
    // What was asked for goes out, however long it took.
    site.clock.set(Timestamp::from_secs(T));
    let slots = [site.slot(&line), site.slot(&line), site.slot(&line)];
    slots[0].get().unwrap().update(|user| user.id = 8).unwrap();
    slots[1].get().unwrap().touch().unwrap();
    slots[2].get().unwrap().renew().unwrap();
    site.wait(1_000);
    for slot in slots {
        let sealed = site.change(&commit(&slot, 200)).session().unwrap();
        assert_eq!(sealed.claims.issued().as_secs(), T + 1_000);
    }
}

#[test]
fn a_remembered_session_is_set_anew_once_a_day() {
    let site = site();
    let line = request_cookie(&site.cookie, Class::Remembered, &user(7, "Ada")).unwrap();
    for (seconds, due) in [(86_399, false), (86_400, true), (86_401, true)] {
        let sealed = looked_and_done(&site, &line, seconds, seconds);
        assert_eq!(sealed, due.then_some(seconds));
    }
}

/// The key and the shape that this node does not know may be known to the next, and its clock may be the one that is wrong.
#[test]
fn what_another_node_may_take_is_read_as_new_and_not_replaced_unasked() {
    let [one, other] = [site(), site()];
    let newer = one.release(1, 2);
    let ada = user(7, "Ada");
    let unknown_key = other.line(&ada);
    let unknown_shape = request_cookie(&newer, Class::Standard, &ada).unwrap();
    one.wait(1_000);
    let ahead = one.line(&ada);
    one.clock.set(Timestamp::from_secs(T + 1_000 - 61));
    for (line, label) in [
        (&unknown_key, "unknown key"),
        (&unknown_shape, "unknown shape"),
        (&ahead, "not yet valid"),
    ] {
        let slot = one.slot(line);
        assert_eq!(refusal(&slot).label(), label);
        let mut session = slot.get_or_start().unwrap();
        assert_eq!(*session, User::default());
        assert_eq!(session.update(|user| user.id = 8), Err(SessionError::Refused), "{label}");
        assert_eq!(session.set(user(8, "Eve")), Err(SessionError::Refused));
        assert_eq!(session.touch(), Err(SessionError::Refused));
        assert_eq!(session.renew(), Err(SessionError::Refused));
        assert_eq!(session.restart(), Err(SessionError::Refused));
        assert_eq!(session.csrf_token(), Err(SessionError::Refused));
        assert_eq!(session.end(), Err(SessionError::Refused));
        let mut again = slot.get_or_start().unwrap();
        assert_eq!(again.update(|user| user.id = 8), Err(SessionError::Refused));
        assert_eq!(lines(&commit(&slot, 200), "set-cookie"), [""; 0], "{label}");
        // Who logs in says so, and who logs out.
        let slot = one.slot(line);
        let mut before = slot.get_or_start().unwrap();
        let mut session = slot.start(user(9, "Bob")).unwrap();
        assert_eq!(before.set(user(8, "Eve")), Err(SessionError::Ended));
        session.update(|user| user.id = 10).unwrap();
        assert_eq!(slot.get_or_start().unwrap().id, 10);
        assert_eq!(one.change(&commit(&slot, 200)).session().unwrap().data, user(10, "Bob"));
        let slot = one.slot(line);
        slot.end().unwrap();
        assert!(matches!(one.change(&commit(&slot, 200)), Change::Removed), "{label}");
    }
    // Within the leeway it is valid.
    one.wait(1);
    assert_eq!(one.slot(&ahead).get_or_start().unwrap().id, 7);
    // What no node takes is replaced: junk, and what is over.
    one.clock.set(Timestamp::from_secs(T + 1_000 + 1_800));
    for line in [&ahead, "__Host-shop=junk", "__Host-shop="] {
        let slot = one.slot(line);
        slot.get_or_start().unwrap().update(|user| user.id = 5).unwrap();
        assert_eq!(one.change(&commit(&slot, 200)).session().unwrap().data.id, 5, "{line}");
    }
}

#[test]
fn a_loosened_policy_loses_nobody_who_is_there() {
    let site = site();
    let mut line = site.line(&user(7, "Ada"));
    let timeouts = Timeouts { idle: 4 * HOUR, ..Timeouts::STANDARD };
    let cookie = site.again().session::<User>().timeouts(timeouts).build().unwrap();
    for minute in 1..=60 {
        site.wait(60);
        let slot = cookie.slot([&line]);
        assert!(slot.get().is_some(), "after {minute} minutes");
        let head = commit(&slot, 200);
        let refreshed = head.all("set-cookie").count() > 0;
        assert_eq!(refreshed, minute == 15, "{minute}");
        if refreshed {
            line = sent_back(&head);
        }
    }
}

#[test]
fn a_refresh_that_would_not_help_is_left_out() {
    let site = site_with(|builder| {
        builder
            .expires_by(|_, claims| Some(claims.created() + std::time::Duration::from_secs(1_000)))
    });
    let line = site.line(&user(7, "Ada"));
    site.wait(999);
    let slot = site.slot(&line);
    slot.get().unwrap();
    assert!(matches!(site.change(&commit(&slot, 200)), Change::None));
}

#[test]
fn a_session_kept_busy_ends_at_its_absolute_timeout() {
    let site = site();
    let mut line = site.line(&user(7, "Ada"));
    for _ in 0..28 {
        site.wait(1_000);
        let slot = site.slot(&line);
        slot.get().unwrap();
        let head = commit(&slot, 200);
        if head.all("set-cookie").count() > 0 {
            line = sent_back(&head);
        }
    }
    site.wait(799);
    assert!(site.slot(&line).get().is_some());
    site.wait(1);
    assert_eq!(refusal(&site.slot(&line)).label(), "expired (stamp)");
}

#[test]
fn a_new_session_has_a_new_id_and_takes_the_others_place() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let slot = site.slot(&line);
    let mut old = slot.get().unwrap();
    let new = slot.start_remembered(user(8, "Eve")).unwrap();
    assert_ne!(old.claims().session_id(), new.claims().session_id());
    assert_eq!(new.claims().class(), Class::Remembered);
    assert_eq!(old.set(user(9, "Mallory")), Err(SessionError::Ended));
    assert_eq!(old.update(|user| user.id = 9), Err(SessionError::Ended));
    assert_eq!(old.renew(), Err(SessionError::Ended));
    assert_eq!(old.id, 7, "a handle shows what it was made for");
    assert_eq!(old.end(), Err(SessionError::Ended));
    let head = commit(&slot, 200);
    assert!(lines(&head, "set-cookie")[0].contains("; Max-Age=1209600"));
    assert_eq!(site.change(&head).session().unwrap().data, user(8, "Eve"));
}

#[test]
fn renewing_changes_the_id_alone() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    site.wait(100);
    let slot = site.slot(&line);
    let mut session = slot.get().unwrap();
    let mut second = slot.get().unwrap();
    let before = session.claims().clone();
    session.renew().unwrap();
    second.update(|user| user.id = 8).unwrap();
    let after = site.change(&commit(&slot, 200)).session().unwrap();
    assert_ne!(after.claims.session_id(), before.session_id());
    assert_eq!(after.claims.session_id(), session.claims().session_id());
    assert_eq!(after.claims.created(), before.created());
    assert_eq!(after.claims.issued().as_secs(), T + 100);
    assert_eq!(after.data, user(8, "Ada"));
}

#[test]
fn ending_removes_what_the_request_carried_and_nothing_else() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    for (line, removes) in
        [(&*line, true), ("__Host-shop=junk", true), ("other=1", false), ("", false)]
    {
        let slot = site.slot(line);
        slot.end().unwrap();
        slot.end().unwrap();
        assert!(matches!(slot.open(), Ok(None)));
        let head = commit(&slot, 200);
        assert_eq!(matches!(site.change(&head), Change::Removed), removes, "{line}");
        assert_eq!(head.all("set-cookie").count(), usize::from(removes), "{line}");
    }
    let slot = site.slot(&line);
    slot.get().unwrap().end().unwrap();
    let removal = &lines(&commit(&slot, 200), "set-cookie")[0];
    assert_eq!(
        removal,
        "__Host-shop=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    );
}

#[test]
fn after_an_end_a_new_session_may_start() {
    let site = site();
    let slot = site.slot(&site.line(&user(7, "Ada")));
    slot.end().unwrap();
    let mut session = slot.get_or_start().unwrap();
    assert_eq!(*session, User::default());
    session.set(user(1, "New")).unwrap();
    let head = commit(&slot, 200);
    assert_eq!(head.all("set-cookie").count(), 1);
    assert_eq!(site.change(&head).session().unwrap().data, user(1, "New"));
}

#[test]
fn an_anonymous_visitor_gets_a_session_and_keeps_it() {
    let site = site();
    for line in ["", "__Host-shop=junk"] {
        let slot = site.slot(line);
        slot.get_or_start().unwrap().update(|user| user.id = 5).unwrap();
        assert_eq!(slot.get_or_start().unwrap().id, 5);
        let line = sent_back(&commit(&slot, 200));
        let slot = site.slot(&line);
        assert_eq!(slot.get_or_start().unwrap().id, 5);
        assert!(matches!(site.change(&commit(&slot, 200)), Change::None));
    }
}

#[test]
fn data_that_does_not_fit_is_refused_where_it_is_set() {
    let site = site();
    let slot = site.slot(&site.line(&user(7, "Ada")));
    let mut session = slot.get().unwrap();
    let room = session.remaining_capacity().unwrap();
    let too_long = "x".repeat(5_000);
    let refused = session.update(|user| user.name.clone_from(&too_long)).unwrap_err();
    // One octet of id, two of length.
    assert!(
        matches!(refused, SessionError::TooLarge { used: 6_820, limit: 4_096, data: 5_003 }),
        "{refused:?}"
    );
    assert_eq!(session.set(user(7, &too_long)), Err(refused));
    assert_eq!(slot.start(user(7, &too_long)).map(|_| ()), Err(refused));
    assert_eq!(*session, user(7, "Ada"));
    assert_eq!(*slot.get().unwrap(), user(7, "Ada"));
    // "Ada" has one octet of length, the longest name two.
    let longest = "x".repeat(room + 3 - 1);
    session.update(|user| user.name.clone_from(&longest)).unwrap();
    assert_eq!(session.remaining_capacity(), Ok(0));
    let head = commit(&slot, 200);
    // No token is 4 n + 1 characters long, so one octet may stay empty.
    assert!(lines(&head, "set-cookie")[0].len() >= 4_095);
    assert_eq!(site.change(&head).session().unwrap().data.name, longest);
}

#[test]
fn a_panicking_update_changes_nothing() {
    let site = site();
    let slot = site.slot(&site.line(&user(7, "Ada")));
    let mut session = slot.get().unwrap();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        session.update(|user| {
            user.id = 8;
            panic!("in the middle");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(*session, user(7, "Ada"));
    session.update(|user| user.name.push('!')).unwrap();
    assert_eq!(site.change(&commit(&slot, 200)).session().unwrap().data, user(7, "Ada!"));
}

#[test]
fn an_update_works_on_the_newest_data_and_notices_another_under_way() {
    let site = site();
    let slot = site.slot(&site.line(&user(7, "Ada")));
    let (mut one, mut two) = (slot.get().unwrap(), slot.get().unwrap());
    one.update(|user| user.id = 8).unwrap();
    assert_eq!(two.id, 7);
    two.update(|user| user.name.push('!')).unwrap();
    assert_eq!(*two, user(8, "Ada!"));
    // The closure runs without a lock: a second handle may change the session meanwhile, and the first then fails.
    let conflict = one.update(|user| {
        user.id = 9;
        two.update(|user| user.id = 10).unwrap();
    });
    assert_eq!(conflict, Err(SessionError::Conflict));
    assert_eq!(site.change(&commit(&slot, 200)).session().unwrap().data, user(10, "Ada!"));
}

#[test]
fn after_the_head_has_gone_out_change_is_an_error() {
    let site = site();
    let slot = site.slot(&site.line(&user(7, "Ada")));
    let mut session = slot.get().unwrap();
    commit(&slot, 200);
    assert_eq!(session.set(user(8, "Eve")), Err(SessionError::HeadSent));
    assert_eq!(session.update(|user| user.id = 8), Err(SessionError::HeadSent));
    assert_eq!(session.renew(), Err(SessionError::HeadSent));
    assert_eq!(slot.start(user(8, "Eve")).map(|_| ()), Err(SessionError::HeadSent));
    assert_eq!(slot.end(), Err(SessionError::HeadSent));
    assert_eq!(session.name, "Ada", "reading goes on");
    assert_eq!(slot.get().unwrap().name, "Ada", "for those who ask late, too");
    assert_eq!(session.end(), Err(SessionError::HeadSent));
    assert_eq!(try_commit(&slot, Head::new(200)).unwrap().lines, []);
}

#[test]
fn ending_after_the_head_is_an_error_only_where_something_is_left() {
    let site = site();
    let slot = site.slot(&site.line(&user(7, "Ada")));
    slot.end().unwrap();
    commit(&slot, 200);
    assert_eq!(slot.end(), Ok(()));
    // Nobody looked before the head went out: what the request carried is still there.
    for line in [&*site.line(&user(7, "Ada")), "__Host-shop=junk"] {
        let slot = site.slot(line);
        commit(&slot, 200);
        assert_eq!(slot.end(), Err(SessionError::HeadSent), "{line}");
    }
    let slot = site.slot("");
    commit(&slot, 200);
    assert_eq!(slot.end(), Ok(()));
}

#[test]
fn after_a_server_error_only_an_end_is_committed() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    for (status, commits) in
        [(200, true), (404, true), (499, true), (500, false), (503, false), (599, false)]
    {
        let slot = site.slot(&line);
        slot.get().unwrap().update(|user| user.id = 8).unwrap();
        let head = commit(&slot, status);
        assert_eq!(site.change(&head).session().is_some(), commits, "{status}");
        assert_eq!(lines(&head, "vary"), ["Cookie"], "{status}");
        assert_eq!(lines(&head, "cache-control"), ["private, no-cache"], "{status}");
        let slot = site.slot(&line);
        slot.end().unwrap();
        assert!(matches!(site.change(&commit(&slot, status)), Change::Removed), "{status}");
        let slot = site.slot(&line);
        slot.end().unwrap();
        slot.start(user(8, "Eve")).unwrap();
        let change = site.change(&commit(&slot, status));
        assert_eq!(matches!(change, Change::Removed), !commits, "{status}");
    }
    // A refresh that is due waits for a better response.
    site.wait(1_000);
    let slot = site.slot(&line);
    slot.get().unwrap();
    assert!(matches!(site.change(&commit(&slot, 500)), Change::None));
}

#[cfg(feature = "ring-file")]
#[test]
fn an_asked_change_that_cannot_be_sealed_fails_the_response() {
    let site = site();
    let slot = site.slot(&site.line(&user(7, "Ada")));
    slot.get().unwrap().update(|user| user.id = 8).unwrap();
    site.ring.replace(ring_that_does_not_seal());
    let failed = try_commit(&slot, Head::new(200)).unwrap_err();
    assert_eq!(failed.label(), "no sealing key");
    // The answer in its place says what the first would have said, without a session.
    let head = commit(&slot, 500);
    assert!(matches!(site.change(&head), Change::None));
    assert_eq!(lines(&head, "vary"), ["Cookie"]);
    assert_eq!(lines(&head, "cache-control"), ["private, no-cache"]);
    assert_eq!(commit(&slot, 500).lines, []);
    // An end before the change that failed still goes out.
    let slot = site.slot("__Host-shop=junk");
    slot.end().unwrap();
    slot.start(user(8, "Eve")).unwrap();
    assert_eq!(try_commit(&slot, Head::new(200)).unwrap_err(), failed);
    assert_eq!(slot.start(user(8, "Eve")).map(|_| ()), Err(SessionError::HeadSent));
    assert!(matches!(site.change(&commit(&slot, 500)), Change::Removed));
}

#[test]
fn a_change_and_its_undoing_set_nothing() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let slot = site.slot(&line);
    let mut session = slot.get().unwrap();
    session.update(|user| user.id = 8).unwrap();
    session.update(|user| user.id = 7).unwrap();
    assert!(matches!(site.change(&commit(&slot, 200)), Change::None));
    // A new id must go out, whatever the data.
    let slot = site.slot(&line);
    let mut session = slot.get().unwrap();
    session.renew().unwrap();
    session.update(|user| user.id = 8).unwrap();
    session.update(|user| user.id = 7).unwrap();
    assert!(site.change(&commit(&slot, 200)).session().is_some());
    // So must a session that starts.
    let slot = site.slot(&line);
    let mut session = slot.start(user(7, "Ada")).unwrap();
    session.set(user(8, "Ada")).unwrap();
    session.set(user(7, "Ada")).unwrap();
    assert!(site.change(&commit(&slot, 200)).session().is_some());
}

#[cfg(feature = "ring-file")]
#[test]
fn a_refresh_that_fails_leaves_the_response_alone() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    site.wait(1_000);
    let slot = site.slot(&line);
    slot.get().unwrap();
    site.ring.replace(ring_that_does_not_seal());
    assert!(matches!(site.change(&commit(&slot, 200)), Change::None));
}

/// The number of the shape that `cookie` writes.
fn written<T: SessionData>(cookie: &SessionCookie<T>) -> u32 {
    cookie.new_claims(Class::Standard, Timestamp::from_secs(T)).unwrap().schema()
}

/// A cookie that reads the sessions of `site` through `upgrade`.
fn upgrading(
    site: &Site,
    upgrade: impl Fn(User) -> User + Send + Sync + 'static,
) -> SessionCookie<User> {
    site.again().session().revision(1).upgrade(upgrade).build().unwrap()
}

#[test]
fn an_upgraded_session_is_written_anew_with_its_first_change_if_it_fits() {
    let site = site();
    let old = site.line(&user(7, "Ada"));
    let grow = |bytes: usize| upgrading(&site, move |old| user(old.id, &old.name.repeat(bytes)));
    let respond = |cookie: &SessionCookie<User>, change: bool| {
        let slot = cookie.slot([&old]);
        let mut session = slot.open().unwrap().unwrap();
        let changed = if change { session.update(|user| user.id = 8) } else { Ok(()) };
        let mut head = Head::new(200);
        slot.commit(&mut head).unwrap();
        let change = hardtack::testing::change(cookie, head.all("set-cookie")).unwrap();
        (session.name.len(), changed, change.session())
    };
    let small = grow(2);
    assert_ne!(written(&small), written(&site.cookie));
    assert!(matches!(respond(&small, false), (6, Ok(()), None)), "nobody asked");
    let (length, changed, set) = respond(&small, true);
    let set = set.unwrap();
    assert_eq!((length, changed), (6, Ok(())));
    assert_eq!((set.data, set.claims.schema()), (user(8, "AdaAda"), written(&small)));
    // Too large for the cookie in its new shape: it is read all the same, and the old cookie stays.
    let large = grow(2_000);
    assert!(matches!(respond(&large, false), (6_000, Ok(()), None)));
    let refused = respond(&large, true);
    assert!(matches!(refused, (6_000, Err(SessionError::TooLarge { .. }), None)));
    // A refresh keeps the bytes that came, and their number, whatever they would be today.
    for (seconds, due) in [(899, false), (900, true), (901, true)] {
        site.clock.set(Timestamp::from_secs(T + seconds));
        for cookie in [&small, &large] {
            let set = respond(cookie, false).2;
            let number = set.map(|set| (set.claims.issued().as_secs(), set.claims.schema()));
            assert_eq!(number, due.then(|| (T + seconds, written(&site.cookie))), "{seconds}");
        }
    }
}

#[test]
fn a_panic_while_a_session_is_opened_does_not_make_it_absent() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let slot = upgrading(&site, |_| panic!("in an upgrade")).slot([&line]);
    for _ in 0..2 {
        let looked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            slot.get_or_start().map(|_| ())
        }));
        assert!(looked.is_err(), "no anonymous session in its place");
    }
    assert!(matches!(site.change(&commit(&slot, 500)), Change::None));
}

#[test]
fn no_lock_is_held_while_a_session_is_opened() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let own: std::sync::Arc<std::sync::OnceLock<SessionSlot<User>>> = std::sync::Arc::default();
    let from_inside = std::sync::Arc::clone(&own);
    let cookie = upgrading(&site, move |old| {
        // From another thread, so that a lock would be noticed instead of waited for.
        let slot = from_inside.get().unwrap().clone();
        let (done, wait) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            slot.no_refresh();
            done.send(())
        });
        wait.recv_timeout(std::time::Duration::from_secs(10)).expect("the slot is locked");
        old
    });
    own.set(cookie.slot([&line])).unwrap();
    assert_eq!(own.get().unwrap().get().unwrap().id, 7);
}

#[test]
fn a_session_that_ends_early_says_so_from_the_start() {
    let site = site_with(|b| b.expires_by(|user, c| (user.id == 7).then(|| c.created() + MINUTE)));
    let slot = site.slot("");
    let session = slot.start(user(7, "Ada")).unwrap();
    assert_eq!(session.claims().expires().as_secs(), T + 60);
    let sealed = site.change(&commit(&slot, 200)).session().unwrap();
    assert_eq!(sealed.claims.expires(), session.claims().expires());
    let other = site.slot("").start(user(8, "Eve")).unwrap();
    assert_eq!(other.claims().expires().as_secs(), T + 1_800);
}

#[test]
fn a_newer_shape_is_refreshed_as_it_came_and_changed_into_the_older_one() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Newer {
        id: u64,
        name: String,
        admin: bool,
    }
    let site = site();
    let old: SessionCookie<User> = site
        .again()
        .session()
        .reads_newer(|newer: Newer| user(newer.id, &newer.name))
        .build()
        .unwrap();
    let new: SessionCookie<Newer> =
        site.again().session().upgrade(|_: User| panic!("nothing is written so")).build().unwrap();
    let ada = Newer { id: 7, name: "Ada".to_owned(), admin: true };
    let line = request_cookie(&new, Class::Standard, &ada).unwrap();
    let respond = |change: bool| {
        let slot = old.slot([&line]);
        let mut session = slot.open().unwrap().unwrap();
        if change {
            session.update(|user| user.id = 8).unwrap();
        }
        let mut head = Head::new(200);
        slot.commit(&mut head).unwrap();
        head
    };
    for (seconds, due) in [(899, false), (900, true), (901, true)] {
        site.clock.set(Timestamp::from_secs(T + seconds));
        let head = respond(false);
        // What the older node has no field for is there.
        let set = hardtack::testing::change(&new, head.all("set-cookie")).unwrap().session();
        let set = set.map(|set| (set.data.admin, set.claims.issued().as_secs()));
        assert_eq!(set, due.then_some((true, T + seconds)), "{seconds}");
    }
    // A touch and a new id change nothing of it either.
    type Ask = fn(&mut Session<User>) -> Result<(), SessionError>;
    let asks: [Ask; 3] = [Session::touch, Session::renew, |session| session.set(user(7, "Ada"))];
    for (ask, seconds) in asks.into_iter().zip([100, 100, 900]) {
        site.clock.set(Timestamp::from_secs(T + seconds));
        let slot = old.slot([&line]);
        ask(&mut slot.get().unwrap()).unwrap();
        let mut head = Head::new(200);
        slot.commit(&mut head).unwrap();
        let set = hardtack::testing::change(&new, head.all("set-cookie")).unwrap().session();
        let set = set.unwrap();
        assert_eq!((set.data.admin, set.claims.issued().as_secs()), (true, T + seconds));
    }
    let head = respond(true);
    let set = hardtack::testing::change(&old, head.all("set-cookie")).unwrap().session().unwrap();
    assert_eq!((set.data, set.claims.schema()), (user(8, "Ada"), written(&old)), "asked for");
    assert_eq!(written(&old), written(&site.cookie));
}

thread_local! {
    /// Runs when a [`Watched`] is written next.
    static WRITTEN: std::cell::RefCell<Option<Box<dyn FnOnce()>>> = std::cell::RefCell::default();
}

#[derive(Debug, PartialEq, Deserialize)]
struct Watched(u8);

impl Serialize for Watched {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(then) = WRITTEN.take() {
            then();
        }
        self.0.serialize(serializer)
    }
}

/// Another task of the request changes the session while this one has it written.
#[test]
fn what_another_task_changed_meanwhile_is_not_undone() {
    type Act = fn(&mut Session<Watched>) -> Result<(), SessionError>;
    let acts: [Act; 4] =
        [Session::restart, Session::touch, Session::renew, |session| session.update(|_| ())];
    type Row = (fn(&SessionSlot<Watched>), SessionError, Option<u8>);
    let meanwhile: [Row; 3] = [
        (|slot| slot.get().unwrap().set(Watched(8)).unwrap(), SessionError::Conflict, Some(8)),
        (|slot| drop(slot.start(Watched(9)).unwrap()), SessionError::Ended, Some(9)),
        (|slot| slot.end().unwrap(), SessionError::Ended, None),
    ];
    let cookie: SessionCookie<Watched> = site().again().session().build().unwrap();
    let line = request_cookie(&cookie, Class::Standard, &Watched(7)).unwrap();
    for act in acts {
        for (then, error, left) in meanwhile {
            let slot = cookie.slot([&line]);
            let mut session = slot.get().unwrap();
            let same = slot.clone();
            WRITTEN.set(Some(Box::new(move || then(&same))));
            assert_eq!(act(&mut session), Err(error));
            assert_eq!(slot.get().map(|session| session.0), left);
        }
    }
}

#[test]
fn every_cookie_line_counts() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let other = site.line(&user(8, "Eve"));
    let slot = |lines: &[&str]| site.cookie.slot(lines.iter().map(|line| line.as_bytes()));
    assert_eq!(slot(&["a=1", "b=2; c=3", &line]).get().unwrap().id, 7);
    assert_eq!(slot(&[&line, &line]).get().unwrap().id, 7);
    assert_eq!(slot(&["__Host-shop=x", &line]).get().unwrap().id, 7);
    assert_eq!(refusal(&slot(&[&line, &other])), OpenError::Ambiguous);
    assert_eq!(refusal(&slot(&[&format!("{line}; {other}")])), OpenError::Ambiguous);
    let odd: &[u8] = b"odd=\xFF\x00\"; ";
    let lines = [odd, line.as_bytes()];
    assert_eq!(site.cookie.slot(lines).get().unwrap().id, 7);
}

#[test]
fn an_over_long_cookie_is_refused_without_being_copied() {
    let site = site();
    let slot = site.slot(&format!("__Host-shop={}", "A".repeat(1 << 20)));
    assert_eq!(refusal(&slot), OpenError::TooLong { length: 1 << 20, limit: 4_096 });
}

#[test]
fn former_scopes_are_removed_with_every_cookie_that_is_set_or_ended() {
    let site = site_with(|b| {
        b.name("session")
            .former_scope(Scope::new("/").domain("example.com"))
            .former_scope(Scope::new("/old").partitioned())
    });
    let removals = [
        "session=; Path=/; Domain=example.com; HttpOnly; Secure; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        "session=; Path=/old; HttpOnly; Secure; SameSite=Lax; Partitioned; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    ];
    let (ada, eve) = (site.line(&user(7, "Ada")), site.line(&user(8, "Eve")));
    let slot = site.slot(&ada);
    slot.get().unwrap();
    assert_eq!(lines(&commit(&slot, 200), "set-cookie"), [""; 0]);
    let slot = site.slot(&ada);
    slot.get().unwrap().update(|user| user.id = 9).unwrap();
    let head = commit(&slot, 200);
    assert_eq!(site.change(&head).session().unwrap().data.id, 9);
    let set = lines(&head, "set-cookie");
    assert!(set[2].starts_with("session=A"), "last: browsers that take two scopes for one keep it");
    assert_eq!(set[..2], removals);
    let slot = site.slot(&ada);
    slot.end().unwrap();
    let set = lines(&commit(&slot, 200), "set-cookie");
    assert!(set[2].starts_with("session=; Path=/; HttpOnly"));
    assert_eq!(set[..2], removals);
    // Two sessions, one perhaps from the former scope: the present one is left alone.
    let slot = site.slot(&format!("{ada}; {eve}"));
    assert!(slot.get().is_none());
    assert_eq!(lines(&commit(&slot, 200), "set-cookie"), removals);
    let slot = site.slot(&format!("{ada}; {eve}"));
    assert!(slot.get().is_none());
    assert_eq!(lines(&commit(&slot, 500), "set-cookie"), [""; 0]);
}

#[test]
fn debug_shows_no_data_and_no_token() {
    let site = site();
    let line = site.line(&user(7, "Augusta"));
    let slot = site.slot(&line);
    let session = slot.get().unwrap();
    site.wait(1_000);
    let mut head = Head::new(200);
    let shown = format!("{slot:?} {session:?} {:?}", site.cookie);
    slot.commit(&mut head).unwrap();
    let shown = format!("{shown} {head:?} {:?}", site.change(&head));
    assert!(!shown.contains("Augusta") && !shown.contains(&line[20..40]), "{shown}");
    let builder = site.again().session::<User>().name("basket");
    let shown = format!("{builder:?}");
    let shown = format!("{shown} {:?}", builder.build().unwrap());
    assert_eq!(shown.matches("basket").count(), 2, "{shown}");
    assert!(shown.starts_with("SessionCookieBuilder") && shown.contains("shop"), "{shown}");
}

#[test]
fn debug_shows_which_session_and_not_what_is_in_it() {
    let site = site();
    let slot = site.slot("");
    let session = slot.start(user(7, "Ada")).unwrap();
    let (slot, shown) = (format!("{slot:?}"), format!("{session:?}"));
    assert!(slot.starts_with("SessionSlot") && slot.contains("__Host-shop"), "{slot}");
    let id = session.claims().session_id().to_string();
    assert!(shown.starts_with("Session") && shown.contains(&id), "{shown}");
    assert!(!slot.contains("Ada") && !shown.contains("Ada"));
}

#[test]
fn an_attribute_has_at_most_1024_bytes() {
    let build = |path: String, domain: String| {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let built = shop.session::<User>().name("s").path(&path).domain(&domain).build();
        built.map_or_else(|error| error.to_string(), |_| "built".to_owned())
    };
    let path = |octets: usize| format!("/{}", "p".repeat(octets - 1));
    let domain = |octets: usize| "d".repeat(octets);
    let short = || (path(9), domain(9));
    let refused_path =
        "path: start with /, use no semicolon or control character, at most 1024 bytes";
    let refused_domain = "domain: use letters, digits, - and ., at most 1024 bytes";
    assert_eq!(build(path(1024), short().1), "built");
    assert_eq!(build(path(1025), short().1), refused_path);
    assert_eq!(build(short().0, domain(1024)), "built");
    assert_eq!(build(short().0, domain(1025)), refused_domain);
}

#[test]
fn a_set_cookie_is_its_whole_line() {
    let removal = site().cookie.removal();
    let line = removal.as_str().to_owned();
    assert!(line.starts_with("__Host-shop=; "), "{line}");
    assert_eq!(removal.as_ref(), line);
    assert_eq!(removal.into_string(), line);
}
