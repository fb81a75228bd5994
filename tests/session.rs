//! One request's session: what each call does, and what the response then carries.
#![cfg(feature = "testing")]

mod common;

use common::*;
use hardtack::testing::{Change, Head};
use hardtack::{
    Class, ConfigError, Key, KeyRing, OpenError, SessionCookie, SessionError, Timestamp,
};

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

    site.ring.replace({
        let next = Key::generate().unwrap();
        let present = KeyRing::from_text(&Key::generate().unwrap().to_text()).unwrap();
        present.with_key(next, Timestamp::from_secs(T), None).unwrap()
    });
    assert_eq!(site.slot(&line).rejection(), Some(OpenError::UnknownKey));
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
    site.ring.replace({
        let mut ring = KeyRing::opening(text.parse().unwrap());
        assert_ne!(ring.key_ids().next(), Some(new_id));
        ring = ring.with_key(Key::generate().unwrap(), Timestamp::from_secs(T), None).unwrap();
        ring
    });
    assert_eq!(site.slot(&line).rejection(), Some(OpenError::UnknownKey), "sealed by the new key");
}

#[test]
fn the_three_answers_differ() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    assert!(matches!(site.slot("other=1").open(), Ok(None)));
    assert!(matches!(site.slot(&line).open(), Ok(Some(_))));
    let slot = site.slot("__Host-session=junk");
    assert_eq!(slot.open().err(), Some(OpenError::Malformed));
    assert_eq!(slot.rejection(), Some(OpenError::Malformed));
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
    assert_eq!(site.slot(&line).rejection().unwrap().label(), "expired (stamp)");
}

#[test]
fn a_loosened_policy_loses_nobody_who_is_there() {
    let site = site();
    let mut line = site.line(&user(7, "Ada"));
    let lifetime = hardtack::Lifetime {
        idle: std::time::Duration::from_secs(4 * 3_600),
        ..hardtack::Lifetime::STANDARD
    };
    let builder = SessionCookie::<User>::builder("shop", &site.ring).clock(site.clock.clone());
    let cookie = builder.lifetime(lifetime).build().unwrap();
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
        builder.ends_by(|_, claims| Some(claims.created() + std::time::Duration::from_secs(1_000)))
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
    assert_eq!(site.slot(&line).rejection().unwrap().label(), "expired (stamp)");
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
        [(&*line, true), ("__Host-session=junk", true), ("other=1", false), ("", false)]
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
        "__Host-session=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
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
    for line in ["", "__Host-session=junk"] {
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
    let room = session.remaining().unwrap();
    let too_long = "x".repeat(5_000);
    let refused = session.update(|user| user.name.clone_from(&too_long)).unwrap_err();
    // One octet of id, two of length.
    assert!(
        matches!(refused, SessionError::TooLarge { used: 6_823, limit: 4_096, data: 5_003 }),
        "{refused:?}"
    );
    assert_eq!(session.set(user(7, &too_long)), Err(refused));
    assert_eq!(slot.start(user(7, &too_long)).map(|_| ()), Err(refused));
    assert_eq!(*session, user(7, "Ada"));
    assert_eq!(*slot.get().unwrap(), user(7, "Ada"));
    // "Ada" has one octet of length, the longest name two.
    let longest = "x".repeat(room + 3 - 1);
    session.update(|user| user.name.clone_from(&longest)).unwrap();
    assert_eq!(session.remaining(), Ok(0));
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
    for line in [&*site.line(&user(7, "Ada")), "__Host-session=junk"] {
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

#[test]
fn an_asked_change_that_cannot_be_sealed_fails_the_response() {
    let site = site();
    let slot = site.slot(&site.line(&user(7, "Ada")));
    slot.get().unwrap().update(|user| user.id = 8).unwrap();
    site.ring.replace(KeyRing::opening(Key::generate().unwrap()));
    let failed = try_commit(&slot, Head::new(200)).unwrap_err();
    assert_eq!(failed.label(), "no sealing key");
    // The answer in its place says what the first would have said, without a session.
    let head = commit(&slot, 500);
    assert!(matches!(site.change(&head), Change::None));
    assert_eq!(lines(&head, "vary"), ["Cookie"]);
    assert_eq!(lines(&head, "cache-control"), ["private, no-cache"]);
    assert_eq!(commit(&slot, 500).lines, []);
    // An end before the change that failed still goes out.
    let slot = site.slot("__Host-session=junk");
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

#[test]
fn a_refresh_that_fails_leaves_the_response_alone() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    site.wait(1_000);
    let slot = site.slot(&line);
    slot.get().unwrap();
    site.ring.replace(KeyRing::opening(Key::generate().unwrap()));
    assert!(matches!(site.change(&commit(&slot, 200)), Change::None));
}

#[test]
fn a_migration_is_sealed_at_the_first_response_if_it_fits() {
    let site = site();
    let old = site.line(&user(7, "Ada"));
    let grow = |octets: usize| {
        SessionCookie::<User>::builder("shop", &site.ring)
            .clock(site.clock.clone())
            .schema(1)
            .migrate(0, hardtack::Codec::Postcard, move |old: User| {
                user(old.id, &old.name.repeat(octets))
            })
            .build()
            .unwrap()
    };
    let look = |cookie: &SessionCookie<User>| {
        let slot = cookie.slot([&old]);
        let session = slot.open().unwrap().unwrap();
        let mut head = Head::new(200);
        slot.commit(&mut head).unwrap();
        (session.name.len(), hardtack::testing::change(cookie, head.all("set-cookie")).unwrap())
    };
    let (length, change) = look(&grow(2));
    assert_eq!((length, change.session().unwrap().claims.schema()), (6, 1));
    // Too large for the cookie in its new shape: the old cookie stays, and the response with it.
    let (length, change) = look(&grow(2_000));
    assert_eq!(length, 6_000);
    assert!(matches!(change, Change::None));
}

/// A cookie that reads the sessions of `site` through `migrate`.
fn migrating(
    site: &Site,
    migrate: impl Fn(User) -> User + Send + Sync + 'static,
) -> SessionCookie<User> {
    SessionCookie::<User>::builder("shop", &site.ring)
        .clock(site.clock.clone())
        .schema(1)
        .migrate(0, hardtack::Codec::Postcard, migrate)
        .build()
        .unwrap()
}

#[test]
fn a_panic_while_a_session_is_opened_does_not_make_it_absent() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let slot = migrating(&site, |_| panic!("in a migration")).slot([&line]);
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
    let own: std::sync::Arc<std::sync::OnceLock<hardtack::SessionSlot<User>>> =
        std::sync::Arc::default();
    let from_inside = std::sync::Arc::clone(&own);
    let cookie = migrating(&site, move |old| {
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
    let minute = std::time::Duration::from_secs(60);
    let site =
        site_with(|b| b.ends_by(move |user, c| (user.id == 7).then(|| c.created() + minute)));
    let slot = site.slot("");
    let session = slot.start(user(7, "Ada")).unwrap();
    assert_eq!(session.claims().expires().as_secs(), T + 60);
    let sealed = site.change(&commit(&slot, 200)).session().unwrap();
    assert_eq!(sealed.claims.expires(), session.claims().expires());
    let other = site.slot("").start(user(8, "Eve")).unwrap();
    assert_eq!(other.claims().expires().as_secs(), T + 1_800);
}

#[test]
fn a_newer_shape_is_not_refreshed_into_an_older_one() {
    let site = site();
    let (old, new) = (site.release(0, 1), site.release(1, 0));
    let line = hardtack::testing::request_cookie(&new, Class::Standard, &user(7, "Ada")).unwrap();
    site.wait(1_000);
    let respond = |change: bool| {
        let slot = old.slot([&line]);
        let mut session = slot.open().unwrap().unwrap();
        if change {
            session.update(|user| user.id = 8).unwrap();
        }
        let mut head = Head::new(200);
        slot.commit(&mut head).unwrap();
        hardtack::testing::change(&old, head.all("set-cookie")).unwrap().session()
    };
    assert!(respond(false).is_none());
    assert_eq!(respond(true).unwrap().claims.schema(), 0, "asked for");
}

#[test]
fn every_cookie_line_counts() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let other = site.line(&user(8, "Eve"));
    let slot = |lines: &[&str]| site.cookie.slot(lines.iter().map(|line| line.as_bytes()));
    assert_eq!(slot(&["a=1", "b=2; c=3", &line]).get().unwrap().id, 7);
    assert_eq!(slot(&[&line, &line]).get().unwrap().id, 7);
    assert_eq!(slot(&["__Host-session=x", &line]).get().unwrap().id, 7);
    assert_eq!(slot(&[&line, &other]).rejection(), Some(OpenError::Ambiguous));
    assert_eq!(slot(&[&format!("{line}; {other}")]).rejection(), Some(OpenError::Ambiguous));
    let odd: &[u8] = b"odd=\xFF\x00\"; ";
    let lines = [odd, line.as_bytes()];
    assert_eq!(site.cookie.slot(lines).get().unwrap().id, 7);
}

#[test]
fn an_over_long_cookie_is_refused_without_being_copied() {
    let site = site();
    let slot = site.slot(&format!("__Host-session={}", "A".repeat(1 << 20)));
    assert_eq!(slot.rejection(), Some(OpenError::TooLong { length: 1 << 20, limit: 4_096 }));
}

#[test]
fn former_scopes_are_removed_with_every_cookie_that_is_set_or_ended() {
    let site = site_with(|b| {
        b.name("session").formerly("/", Some("example.com"), false).formerly("/old", None, true)
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
    let builder = SessionCookie::<User>::builder("shop", &site.ring).name("basket");
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
    assert!(slot.starts_with("SessionSlot") && slot.contains("__Host-session"), "{slot}");
    let id = session.claims().session_id().to_string();
    assert!(shown.starts_with("Session") && shown.contains(&id), "{shown}");
    assert!(!slot.contains("Ada") && !shown.contains("Ada"));
}

#[test]
fn an_attribute_has_at_most_1024_octets() {
    let build = |path: String, domain: String| {
        let builder = SessionCookie::<User>::builder("shop", Key::generate().unwrap());
        builder.name("s").path(&path).domain(&domain).build().map(|_| ())
    };
    let path = |octets: usize| format!("/{}", "p".repeat(octets - 1));
    let domain = |octets: usize| "d".repeat(octets);
    let short = || (path(9), domain(9));
    assert_eq!(build(path(1024), short().1), Ok(()));
    assert_eq!(build(path(1025), short().1), Err(ConfigError::Path));
    assert_eq!(build(short().0, domain(1024)), Ok(()));
    assert_eq!(build(short().0, domain(1025)), Err(ConfigError::Domain));
}

#[test]
fn a_set_cookie_is_its_whole_line() {
    let removal = site().cookie.removal();
    let line = removal.as_str().to_owned();
    assert!(line.starts_with("__Host-session=; "), "{line}");
    assert_eq!(removal.as_ref(), line);
    assert_eq!(removal.into_string(), line);
}
