//! The hook: when it is asked, when it is told.
#![cfg(feature = "testing")]

mod common;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use common::*;
use hardtack::testing::{Change, Head};
use hardtack::{Claims, OpenError, Revocation, SessionError, SessionId};

/// Ended ids, and a user who is barred.
#[derive(Clone, Default)]
struct Ended(Arc<Mutex<(BTreeSet<SessionId>, Option<u64>)>>);

impl Ended {
    fn ids(&self) -> Vec<SessionId> {
        self.0.lock().unwrap().0.iter().copied().collect()
    }

    fn bar(&self, user: u64) {
        self.0.lock().unwrap().1 = Some(user);
    }
}

impl Revocation<User> for Ended {
    fn is_revoked(&self, claims: &Claims) -> bool {
        self.0.lock().unwrap().0.contains(&claims.session_id())
    }

    fn is_revoked_for(&self, _: &Claims, data: &User) -> bool {
        self.0.lock().unwrap().1 == Some(data.id)
    }

    fn ended(&self, claims: &Claims) {
        self.0.lock().unwrap().0.insert(claims.session_id());
    }
}

fn site_with_hook() -> (Site, Ended) {
    let hook = Ended::default();
    (site_with(|builder| builder.revocation(hook.clone())), hook)
}

#[test]
fn an_ended_session_is_refused_wherever_its_cookie_comes_from() {
    let (site, hook) = site_with_hook();
    let line = site.line(&user(7, "Ada"));
    let slot = site.slot(&line);
    let id = slot.get().unwrap().claims().session_id();
    slot.end().unwrap();
    assert_eq!(hook.ids(), [id], "at once, before the response is out");
    commit(&slot, 500);
    assert_eq!(site.slot(&line).rejection(), Some(OpenError::Revoked));
}

#[test]
fn a_session_is_refused_by_what_is_in_it() {
    let (site, hook) = site_with_hook();
    let line = site.line(&user(7, "Ada"));
    hook.bar(7);
    assert_eq!(site.slot(&line).rejection(), Some(OpenError::Revoked));
    assert!(site.slot(&site.line(&user(8, "Eve"))).get().is_some());
}

#[test]
fn a_slow_response_does_not_revive_a_session_ended_meanwhile() {
    let (site, _) = site_with_hook();
    let line = site.line(&user(7, "Ada"));
    site.wait(1_000);
    // Two requests are under way with a refresh due, one of them changes something.
    let (looking, changing) = (site.slot(&line), site.slot(&line));
    looking.get().unwrap();
    changing.get().unwrap().update(|user| user.id = 8).unwrap();
    let logging_out = site.slot(&line);
    logging_out.end().unwrap();
    commit(&logging_out, 200);
    assert!(matches!(site.change(&commit(&looking, 200)), Change::None));
    let refused = try_commit(&changing, Head::new(200)).map(|_| ()).unwrap_err();
    assert_eq!(refused, SessionError::Ended);
}

#[test]
fn a_user_barred_meanwhile_is_not_revived_either() {
    let (site, hook) = site_with_hook();
    let line = site.line(&user(7, "Ada"));
    site.wait(1_000);
    let slot = site.slot(&line);
    slot.get().unwrap();
    hook.bar(7);
    assert!(matches!(site.change(&commit(&slot, 200)), Change::None));
}

#[test]
fn a_change_of_user_does_not_outrun_the_bar() {
    for (from, to) in [(7, 8), (8, 7)] {
        let (site, hook) = site_with_hook();
        let slot = site.slot(&site.line(&user(from, "Ada")));
        slot.get().unwrap().set(user(to, "Eve")).unwrap();
        hook.bar(7);
        let refused = try_commit(&slot, Head::new(200)).map(|_| ()).unwrap_err();
        assert_eq!(refused, SessionError::Ended, "{from} to {to}");
    }
}

#[test]
fn ending_under_ambiguity_ends_every_session_that_was_carried() {
    let (site, hook) = site_with_hook();
    let (ada, eve) = (site.line(&user(7, "Ada")), site.line(&user(8, "Eve")));
    let slot = site.slot(&format!("{ada}; __Host-session=junk; {eve}"));
    assert_eq!(slot.rejection(), Some(OpenError::Ambiguous));
    slot.end().unwrap();
    assert_eq!(hook.ids().len(), 2);
    slot.end().unwrap();
    assert!(matches!(site.change(&commit(&slot, 200)), Change::Removed));
    for line in [ada, eve] {
        assert_eq!(site.slot(&line).rejection(), Some(OpenError::Revoked));
    }
}

#[test]
fn renewing_and_replacing_end_the_old_id_when_the_response_commits() {
    for replace in [false, true] {
        let (site, hook) = site_with_hook();
        let line = site.line(&user(7, "Ada"));
        let act = |status| {
            let slot = site.slot(&line);
            let mut session = slot.get().unwrap();
            let id = session.claims().session_id();
            if replace {
                slot.start(user(8, "Eve")).unwrap();
            } else {
                session.renew().unwrap();
                session.renew().unwrap();
            }
            assert_eq!(hook.ids(), [], "not yet");
            (id, commit(&slot, status))
        };
        // The browser never gets the new cookie: the old one must go on.
        let (_, head) = act(500);
        assert_eq!(hook.ids(), []);
        assert!(matches!(site.change(&head), Change::None));
        let (id, head) = act(200);
        assert_eq!(hook.ids(), [id]);
        assert!(site.change(&head).session().is_some());
        assert_eq!(site.slot(&line).rejection(), Some(OpenError::Revoked));
    }
}

#[test]
fn a_session_that_never_left_the_server_is_not_worth_noting() {
    let (site, hook) = site_with_hook();
    let slot = site.slot("");
    slot.start(user(7, "Ada")).unwrap().renew().unwrap();
    slot.start(user(8, "Eve")).unwrap();
    slot.end().unwrap();
    commit(&slot, 200);
    assert_eq!(hook.ids(), []);
}

#[test]
fn ending_ends_the_replaced_session_too() {
    let (site, hook) = site_with_hook();
    let slot = site.slot(&site.line(&user(7, "Ada")));
    let id = slot.get().unwrap().claims().session_id();
    slot.start(user(8, "Eve")).unwrap();
    slot.end().unwrap();
    assert_eq!(hook.ids(), [id]);
    assert!(matches!(site.change(&commit(&slot, 200)), Change::Removed));
}
