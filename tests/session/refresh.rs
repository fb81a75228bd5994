//! When a session is sealed again though nobody changed it.

use super::*;

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

/// A slow response would undo what a quicker one has changed in the meantime. If the session would soon be over, that is the
/// lesser evil.
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
        // The idle time ends meanwhile: the request came in time.
        (0, 1_800, Some(1_800)),
        (1_799, 1_800, Some(1_800)),
        (1_799, 1_801, Some(1_801)),
        (0, 28_799, Some(28_799)),
        // The absolute timeout ends it: the response goes out as it is.
        (0, 28_800, None),
        (0, 28_801, None),
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

/// The next node may know the key or shape that this one does not, and this node's clock may be the wrong one.
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
