//! What a response carries, and what is refused once its head has gone.

use super::*;

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
    slot.start(user(8, "Eve")).unwrap();
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
