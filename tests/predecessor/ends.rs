//! What a log-out, another log-in or the cut-off does to the old cookie.

use std::sync::Mutex;

use hardtack::{Claims, Revocation, SessionId};

use super::*;

#[test]
fn a_log_out_is_not_revived_by_an_old_copy() {
    let asked = Asked::default();
    let (site, _) =
        guarded(|builder| builder.predecessor(Predecessor::new("id", moving(), asked.reader())));
    for old in [ADA, BOB] {
        let mut browser = Browser::with(old);
        assert!(browser.asks(&site, whose).is_some());
        let before_the_end = browser.clone();
        browser.asks(&site, |slot| slot.end().unwrap());
        assert_eq!(browser.names(), [""; 0]);
        // The copy alone, and in another spelling: an id made of the text would not know it again.
        for copy in [old.to_owned(), old.replace('/', "%2F")] {
            assert_eq!(Browser::with(&copy).asks(&site, whose), None, "{copy}");
        }
        // Beside a cookie of ours that was ended, expired, or never was one: not even asked.
        asked.since_last();
        let ended = before_the_end.line();
        for ours in [&ended, "__Host-shop=junk", "__Host-shop="] {
            let slot = site.slot(&format!("{ours}; {old}"));
            assert!(slot.open().is_err(), "{ours}");
            assert_eq!(lines(&commit(&slot, 200), "set-cookie"), [""; 0]);
        }
        assert_eq!(asked.since_last(), 0);
    }
    site.wait(1_800);
    let expired = site.line(&user(9, "Eve"));
    site.wait(1_800);
    assert!(site.slot(&format!("{expired}; id=9/Eve/-~good")).open().is_err());
    assert_eq!(asked.since_last(), 0);
}

#[test]
fn a_stolen_old_cookie_does_not_survive_log_out_everywhere() {
    let (site, denylist) = guarded(|builder| builder.predecessor(old()));
    for (line, id) in [(ADA, 7), (BOB, 8)] {
        assert_eq!(Browser::with(line).asks(&site, whose), Some(id));
        let mut moved = Browser::with(line);
        moved.asks(&site, whose);
        denylist.log_out_everywhere(&id);
        // Long before the cut-off: the cookie, and what had moved.
        site.wait(1);
        let slot = site.slot(line);
        let (found, said) = events::during(|| slot.open());
        assert!(matches!(found, Ok(None)));
        let refused = "INFO message=old session cookie refused reason=\"revoked\" cookie=\"id\"\n";
        assert!(said.starts_with(refused), "{said}");
        assert_eq!(moved.asks(&site, whose), None);
        // Who logs in again, beside what is left of it, is logged in.
        let mut browser = Browser::with(line);
        browser.asks(&site, |slot| slot.start(user(id, "again")).map(drop)).unwrap();
        assert_eq!(browser.names(), ["__Host-shop"]);
        assert_eq!(browser.asks(&site, whose), Some(id));
    }
}

#[test]
fn after_the_cut_off_nobody_reads_or_touches_the_old_cookie() {
    let asked = Asked::default();
    let issued = format!("id=7/Ada/{}~good", UNTIL - 100);
    let site =
        site_with(|builder| builder.predecessor(Predecessor::new("id", moving(), asked.reader())));
    for (now, there) in [(UNTIL - 1, true), (UNTIL, false), (UNTIL + 1, false)] {
        site.clock.set(at(now));
        asked.since_last();
        let mut browser = Browser::with(&issued);
        assert_eq!(browser.asks(&site, whose).is_some(), there, "{now}");
        assert_eq!(browser.names(), [if there { "__Host-shop" } else { "id" }]);
        for handler in [
            |slot: &SessionSlot<User>| slot.end().unwrap(),
            |slot: &SessionSlot<User>| slot.start(user(9, "Eve")).map(drop).unwrap(),
        ] {
            let mut browser = Browser::with(&issued);
            browser.asks(&site, handler);
            assert_eq!(browser.0.contains_key("id"), !there);
        }
        assert_eq!(asked.since_last() > 0, there, "{now}");
    }
    // A build after that date is reported but succeeds: a restart must not fail because of a date.
    let (built, said) =
        events::during(|| site.again().session::<User>().predecessor(old()).build().is_ok());
    let warned = "WARN message=predecessor is past its cut-off: delete it cookie=\"id\"\n";
    assert_eq!((built, said.as_str()), (true, warned));
}

#[test]
fn what_ends_or_replaces_the_session_kills_the_old_value() {
    type Handler = fn(&SessionSlot<User>) -> Result<(), SessionError>;
    let table: [(&str, Handler, Option<u64>); 7] = [
        ("renew", |slot| slot.get().unwrap().renew(), Some(7)),
        ("end", |slot| slot.get().unwrap().end(), None),
        ("end without a look", SessionSlot::end, None),
        ("start", |slot| slot.start(user(9, "Eve")).map(drop), Some(9)),
        (
            "look and start",
            |slot| {
                slot.get().unwrap();
                slot.start(user(9, "Eve")).map(drop)
            },
            Some(9),
        ),
        ("restart", |slot| slot.get().unwrap().restart(), Some(7)),
        (
            "end and start",
            |slot| {
                slot.end()?;
                slot.start(user(9, "Eve")).map(drop)
            },
            Some(9),
        ),
    ];
    for (what, handler, after) in table {
        for moved_before in [false, true] {
            let (site, denylist) = guarded(|builder| builder.predecessor(old()));
            let mut browser = Browser::with(ADA);
            if moved_before {
                browser.asks(&site, whose);
            }
            browser.asks(&site, handler).unwrap();
            let left: Vec<_> = after.map(|_| "__Host-shop").into_iter().collect();
            assert_eq!(browser.names(), left, "{what}");
            assert_eq!(browser.asks(&site, whose), after, "{what}");
            assert_eq!(Browser::with(ADA).asks(&site, whose), None, "{what}: the copy");
            assert_eq!(denylist.status().ended, 1, "{what}: one session is over");
        }
    }
}

/// Notes what it is told.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<SessionId>>>);

impl Revocation<User> for Told {
    fn is_revoked(&self, _: &Claims) -> bool {
        false
    }

    fn on_ended(&self, claims: &Claims, _: Timestamp) {
        self.0.lock().unwrap().push(claims.session_id());
    }
}

/// However often the request carries it, and whoever looked before.
#[test]
fn the_hook_is_told_once() {
    let told = Told::default();
    let site = site_with(|builder| builder.predecessor(old()).revocation(told.clone()));
    let id = site.slot(ADA).get().unwrap().claims().session_id();
    let handlers: [fn(&SessionSlot<User>); 4] = [
        |slot| slot.end().unwrap(),
        |slot| drop(slot.start(user(9, "Eve")).unwrap()),
        |slot| drop((slot.get(), slot.start(user(9, "Eve")).unwrap())),
        |slot| drop((slot.start(user(8, "Bob")).unwrap(), slot.start(user(9, "Eve")).unwrap())),
    ];
    for line in [ADA.to_owned(), format!("{ADA}; {ADA}")] {
        for (place, handler) in handlers.iter().enumerate() {
            let slot = site.slot(&line);
            handler(&slot);
            commit(&slot, 200);
            assert_eq!(std::mem::take(&mut *told.0.lock().unwrap()), [id], "{place}: {line}");
        }
    }
}

/// The browser still has it: its removal got lost, or it is in a scope that nobody knew about.
#[test]
fn an_old_cookie_beside_ours_goes_with_the_log_out() {
    for (handler, removed) in [
        ((|slot| slot.end()) as fn(&SessionSlot<User>) -> Result<(), SessionError>, true),
        (|slot| slot.start(user(7, "Ada")).map(drop), true),
        (|slot| slot.get().unwrap().update(|user| user.id = 7), false),
        (|slot| slot.get().unwrap().update(|user| user.id = 9), true),
        (|slot| slot.get().map(drop).ok_or(SessionError::Ended), false),
    ] {
        let (site, _) = guarded(|builder| builder.predecessor(old()));
        let ours = site.line(&user(7, "Ada"));
        let mut browser = Browser::with(&format!("{ours}; {ADA}"));
        browser.asks(&site, handler).unwrap();
        assert_eq!(!browser.0.contains_key("id"), removed);
    }
    let (site, _) = guarded(|builder| builder.predecessor(old()));
    let ours = site.line(&user(7, "Ada"));
    Browser::with(&format!("{ours}; {ADA}")).asks(&site, |slot| slot.end()).unwrap();
    assert_eq!(Browser::with(ADA).asks(&site, whose), None, "its copy too");
}

/// What another request set meanwhile must not survive the log-out, whether or not there is a hook.
#[test]
fn an_end_removes_our_cookie_too() {
    let site = moving_site();
    let mut browser = Browser::with(ADA);
    let [quick, slow] = [(); 2].map(|()| site.slot(ADA));
    quick.get().unwrap();
    slow.end().unwrap();
    browser.takes(&commit(&quick, 200));
    browser.takes(&commit(&slow, 200));
    assert_eq!(browser.names(), [""; 0]);
    // An error of the server does not stop it.
    let slot = site.slot(ADA);
    slot.end().unwrap();
    browser = Browser::with(ADA);
    browser.takes(&commit(&slot, 500));
    assert_eq!(browser.names(), [""; 0]);
}

#[test]
fn an_end_after_the_head_tells_the_hook() {
    for look in [false, true] {
        let (site, _) = guarded(|builder| builder.predecessor(old()));
        let slot = site.slot(ADA);
        if look {
            slot.get().unwrap();
        }
        commit(&slot, 200);
        assert!(matches!(slot.end(), Err(SessionError::HeadSent)));
        assert_eq!(Browser::with(ADA).asks(&site, whose), None);
        // Nothing was carried that could be left.
        let slot = site.slot("id=junk");
        commit(&slot, 200);
        assert!(slot.end().is_ok());
    }
}

#[test]
fn a_cookie_that_the_old_system_needs_stays_until_its_user_logs_in_or_out() {
    let site = site_with(|builder| builder.predecessor(old().kept()));
    let mut browser = Browser::with(ADA);
    let both = ["__Host-shop", "id"];
    assert_eq!(browser.asks(&site, whose), Some(7));
    assert_eq!(browser.names(), both);
    browser.asks(&site, |slot| slot.get().unwrap().update(|user| user.id = 8)).unwrap();
    assert_eq!(browser.names(), both);
    browser.asks(&site, |slot| slot.get().unwrap().renew()).unwrap();
    assert_eq!(browser.names(), both);
    let mut other = browser.clone();
    browser.asks(&site, SessionSlot::end).unwrap();
    assert_eq!(browser.names(), [""; 0]);
    other.asks(&site, |slot| slot.start(user(9, "Eve")).map(drop)).unwrap();
    assert_eq!(other.names(), ["__Host-shop"]);
}

/// A list of ended sessions serves all cookies of an application, and two of them may have come from one old cookie.
#[test]
fn two_sessions_that_came_from_one_old_cookie_end_apart() {
    let clock = ManualClock::at(at(T));
    let keys = hardtack::keys::Keys::from(Key::generate().unwrap());
    let shop = application(&keys, &clock);
    let denylist = shop.denylist::<u64>();
    let kept = || Predecessor::new("id", moving(), read).kept();
    let hook = || denylist.by_subject(|user: &User| &user.id);
    let build = |name: &str| {
        shop.session().name(name).revocation(hook()).predecessor(kept()).build().unwrap()
    };
    let [users, carts] = ["__Host-user", "__Host-cart"].map(build);
    let slot = carts.slot([ADA]);
    slot.get().unwrap().renew().unwrap();
    commit(&slot, 200);
    assert_eq!(whose(&users.slot([ADA])), Some(7));
    assert_eq!(whose(&carts.slot([ADA])), None);
}
