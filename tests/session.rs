//! One request's session: what each call does, and what the response carries then.
#![cfg(feature = "testing")]

mod common;

#[path = "session/answers.rs"]
mod answers;
#[path = "session/lines.rs"]
mod lines;
#[path = "session/refresh.rs"]
mod refresh;
#[path = "session/upgrade.rs"]
mod upgrade;

use common::*;
use hardtack::testing::{Change, Head, request_cookie};
use hardtack::{
    Application, Class, HOUR, Key, KeyRing, MINUTE, OpenError, Scope, Session, SessionCookie,
    SessionData, SessionError, SessionSlot, Timeouts, Timestamp,
};
use serde::{Deserialize, Serialize};

/// A cookie that reads the sessions of `site` through `upgrade`.
fn upgrading(
    site: &Site,
    upgrade: impl Fn(User) -> User + Send + Sync + 'static,
) -> SessionCookie<User> {
    site.again().session().revision(1).upgrade(upgrade).build().unwrap()
}

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
    // One byte of id, two of length.
    assert!(
        matches!(refused, SessionError::TooLarge { used: 6_826, limit: 4_096, data: 5_003 }),
        "{refused:?}"
    );
    assert_eq!(session.set(user(7, &too_long)), Err(refused));
    assert_eq!(slot.start(user(7, &too_long)).map(|_| ()), Err(refused));
    assert_eq!(*session, user(7, "Ada"));
    assert_eq!(*slot.get().unwrap(), user(7, "Ada"));
    // "Ada" has one byte of length, the longest name two.
    let longest = "x".repeat(room + 3 - 1);
    session.update(|user| user.name.clone_from(&longest)).unwrap();
    assert_eq!(session.remaining_capacity(), Ok(0));
    let head = commit(&slot, 200);
    // A token grows by a block of padding, 22 characters at most.
    assert!(lines(&head, "set-cookie")[0].len() >= 4_075);
    assert_eq!(site.change(&head).session().unwrap().data.name, longest);
}

#[test]
#[cfg_attr(panic = "abort", ignore = "it catches a panic")]
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
    // The closure runs without a lock, so a second handle may change the session in the meantime, and then the first one fails.
    let conflict = one.update(|user| {
        user.id = 9;
        two.update(|user| user.id = 10).unwrap();
    });
    assert_eq!(conflict, Err(SessionError::Conflict));
    assert_eq!(site.change(&commit(&slot, 200)).session().unwrap().data, user(10, "Ada!"));
}

#[test]
#[cfg_attr(panic = "abort", ignore = "it catches a panic")]
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
#[cfg_attr(target_family = "wasm", ignore = "no threads there")]
fn no_lock_is_held_while_a_session_is_opened() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let own: std::sync::Arc<std::sync::OnceLock<SessionSlot<User>>> = std::sync::Arc::default();
    let from_inside = std::sync::Arc::clone(&own);
    let cookie = upgrading(&site, move |old| {
        // From another thread, so that a held lock shows instead of blocking.
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
