//! The hook: when it is asked, and when it is told.
#![cfg(feature = "testing")]

mod common;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::*;
use hardtack::keys::Keys;
use hardtack::testing::{Change, Head, ManualClock, request_cookie};
use hardtack::{
    Application, Claims, Class, Key, OpenError, Revocation, SessionError, SessionId, Timeouts,
    Timestamp,
};

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

    fn on_ended(&self, claims: &Claims, _: Timestamp) {
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
    assert_eq!(site.slot(&line).open().err(), Some(OpenError::Revoked));
}

#[test]
fn a_session_is_refused_by_what_is_in_it() {
    let (site, hook) = site_with_hook();
    let line = site.line(&user(7, "Ada"));
    hook.bar(7);
    assert_eq!(site.slot(&line).open().err(), Some(OpenError::Revoked));
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
    let slot = site.slot(&format!("{ada}; __Host-shop=junk; {eve}"));
    assert_eq!(slot.open().err(), Some(OpenError::Ambiguous));
    slot.end().unwrap();
    assert_eq!(hook.ids().len(), 2);
    slot.end().unwrap();
    assert!(matches!(site.change(&commit(&slot, 200)), Change::Removed));
    for line in [ada, eve] {
        assert_eq!(site.slot(&line).open().err(), Some(OpenError::Revoked));
    }
}

#[test]
fn starting_over_ambiguity_ends_every_session_that_was_carried() {
    for get_or_start in [false, true] {
        let (site, hook) = site_with_hook();
        let (ada, eve) = (site.line(&user(7, "Ada")), site.line(&user(8, "Eve")));
        let slot = site.slot(&format!("{ada}; {eve}"));
        let start =
            || if get_or_start { slot.get_or_start() } else { slot.start(user(9, "Bob")) }.unwrap();
        start();
        assert_eq!(hook.ids(), [], "not yet");
        let head = commit(&slot, 200);
        assert_eq!(hook.ids().len(), 2);
        assert!(site.slot(&sent_back(&head)).get().is_some());
        for line in [ada, eve] {
            assert_eq!(site.slot(&line).open().err(), Some(OpenError::Revoked));
        }
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
        assert_eq!(site.slot(&line).open().err(), Some(OpenError::Revoked));
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

/// Refuses what was created until a moment, and writes down what it is told.
#[derive(Clone, Default)]
struct NotBefore(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    not_before: Option<Timestamp>,
    kept_until: Vec<u64>,
    installed: Vec<(Duration, Duration)>,
}

impl Revocation<User> for NotBefore {
    fn is_revoked(&self, claims: &Claims) -> bool {
        self.0.lock().unwrap().not_before.is_some_and(|moment| claims.created() <= moment)
    }

    fn on_ended(&self, _: &Claims, keep_until: Timestamp) {
        self.0.lock().unwrap().kept_until.push(keep_until.as_secs());
    }

    fn earliest_start(&self, data: &User) -> Option<Timestamp> {
        let not_before = self.0.lock().unwrap().not_before.filter(|_| data.id == 7);
        not_before.map(|moment| moment + Duration::from_secs(1))
    }

    fn on_installed(&self, longest: Duration, leeway: Duration) {
        self.0.lock().unwrap().installed.push((longest, leeway));
    }
}

#[test]
fn the_hook_is_told_how_long_to_remember() {
    let hook = NotBefore::default();
    let idle = Duration::from_secs(100);
    let lifetime = Timeouts { idle, absolute: Duration::from_secs(1_000) };
    let clock = ManualClock::at(Timestamp::from_secs(T));
    let ring = Keys::from(Key::generate().unwrap());
    let shop = Application::builder("shop", &ring).clock(clock.clone());
    let shop = shop.leeway(Duration::from_secs(5)).build().unwrap();
    let cookie = shop.session().timeouts(lifetime).revocation(hook.clone()).build().unwrap();
    let site = Site { clock, ring, cookie };
    let told = [90 * 86_400 + 5, 5].map(Duration::from_secs);
    assert_eq!(hook.0.lock().unwrap().installed, [told.into()]);
    // Ended, replaced or renewed: each time later than it was created, which is what counts.
    let line = site.line(&user(7, "Ada"));
    site.wait(60);
    let slot = site.slot(&line);
    slot.end().unwrap();
    let slot = site.slot(&line);
    slot.start(user(8, "Eve")).unwrap();
    commit(&slot, 200);
    let slot = site.slot(&line);
    slot.get().unwrap().renew().unwrap();
    commit(&slot, 200);
    let kept_until = |class_until| assert_eq!(hook.0.lock().unwrap().kept_until, class_until);
    kept_until([T + 1_005; 3].to_vec());
    // A remembered one.
    let slot = site.slot("");
    slot.start_remembered(user(7, "Ada")).unwrap();
    let line = sent_back(&commit(&slot, 200));
    site.slot(&line).end().unwrap();
    kept_until([[T + 1_005; 3].as_slice(), &[T + 60 + 90 * 86_400 + 5]].concat());
}

#[test]
fn the_hook_is_told_once() {
    let hook = NotBefore::default();
    let site = site_with(|builder| builder.revocation(hook.clone()));
    let told = || hook.0.lock().unwrap().kept_until.len();
    // Read, and refused as ambiguous: ended, ended again, and replaced.
    let (ada, eve) = (site.line(&user(7, "Ada")), site.line(&user(8, "Eve")));
    for (line, expected) in [(ada.clone(), 1), (format!("{ada}; {eve}"), 2)] {
        let before = told();
        let slot = site.slot(&line);
        slot.end().unwrap();
        slot.end().unwrap();
        slot.start(user(9, "Bob")).unwrap();
        commit(&slot, 200);
        assert_eq!(told() - before, expected, "{line}");
    }
}

#[test]
fn a_session_that_starts_in_the_second_of_a_log_out_is_created_after_it() {
    // The leeway is 60 s. Where a start is refused, the error names both sides.
    for (not_before, starts) in [
        (T - 1, Ok(T)),
        (T, Ok(T + 1)),
        (T + 1, Ok(T + 2)),
        (T + 59, Ok(T + 60)),
        (T + 60, Err(T + 61)),
        (u64::MAX, Err(u64::MAX)),
    ] {
        let hook = NotBefore::default();
        let site = site_with(|builder| {
            let third = Duration::from_secs(1_800 / 3);
            builder
                .revocation(hook.clone())
                .expires_by(move |_, claims| Some(claims.created() + third))
        });
        let line = site.line(&user(7, "Ada"));
        hook.0.lock().unwrap().not_before = Some(Timestamp::from_secs(not_before));
        let slot = site.slot(&line);
        let started = slot.start(user(7, "Ada"));
        match (starts, started) {
            (Ok(created), Ok(session)) => {
                let claims = session.claims();
                assert_eq!(claims.created().as_secs(), created);
                assert_eq!(claims.issued(), claims.created(), "never issued before it was created");
                assert_eq!(claims.expires().as_secs(), created + 600);
                let line = sent_back(&commit(&slot, 200));
                let opened = site.slot(&line).get().expect("it holds at once");
                assert_eq!(opened.claims().created().as_secs(), created);
            }
            (Err(from), Err(error)) => {
                let [from, now] = [from, T].map(Timestamp::from_secs);
                assert_eq!(error, SessionError::TooEarly { from, now });
            }
            (expected, found) => panic!("{not_before}: {expected:?}, {:?}", found.map(drop)),
        }
        // Whoever it does not concern starts now.
        let other = site.slot("").start(user(8, "Eve")).unwrap();
        assert_eq!(other.claims().created().as_secs(), T);
    }
}

/// The browser keeps the cookie, and copies of it are refused all the same.
#[test]
fn an_end_after_the_head_has_gone_is_told_and_is_an_error() {
    let (site, hook) = site_with_hook();
    let (ada, eve) = (site.line(&user(7, "Ada")), site.line(&user(8, "Eve")));
    let both = format!("{ada}; {eve}");
    for (line, looked, told) in [
        (&ada, true, 1),
        (&ada, false, 1),
        (&eve, false, 1),
        // With an ambiguous cookie, the browser that carries both may end both.
        (&both, true, 2),
        (&both, false, 2),
        (&"__Host-shop=junk".to_owned(), true, 0),
    ] {
        hook.0.lock().unwrap().0.clear();
        let slot = site.slot(line);
        if looked {
            let _ = slot.open();
        }
        assert_eq!(lines(&commit(&slot, 200), "set-cookie"), [""; 0]);
        assert_eq!(slot.end(), Err(SessionError::HeadSent), "{line}");
        assert_eq!(hook.ids().len(), told, "{line}");
    }
    // By its handle too.
    hook.0.lock().unwrap().0.clear();
    let slot = site.slot(&ada);
    let session = slot.get().unwrap();
    let id = session.claims().session_id();
    commit(&slot, 200);
    assert_eq!(session.end(), Err(SessionError::HeadSent));
    assert_eq!(hook.ids(), [id]);
    // Nothing is left where nothing was, and where the end has gone out.
    let slot = site.slot("");
    assert!(slot.get().is_none());
    commit(&slot, 200);
    assert_eq!(slot.end(), Ok(()));
    let slot = site.slot(&eve);
    slot.end().unwrap();
    commit(&slot, 200);
    assert_eq!(slot.end(), Ok(()));
}

#[test]
fn ending_a_session_that_this_node_cannot_read_ends_it() {
    let (site, hook) = site_with_hook();
    let build = |schema| {
        let builder = site.again().session().schema(schema);
        builder.revocation(hook.clone()).build().unwrap()
    };
    let (newer, older) = (build(2), build(1));
    let line = request_cookie(&newer, Class::Standard, &user(7, "Ada")).unwrap();
    let slot = older.slot([&line]);
    assert_eq!(slot.open().err(), Some(OpenError::UnknownShape { found: 2, written: 1 }));
    slot.end().unwrap();
    assert_eq!(hook.ids().len(), 1);
    assert_eq!(newer.slot([&line]).open().err(), Some(OpenError::Revoked));
}
