//! Sealing again without a change, and the end that a handle shows of what will be sealed.

use super::*;

fn users(app: &Application) -> SessionCookie<u32> {
    app.session().build().unwrap()
}

fn times(claims: &Claims) -> (u64, u64) {
    (claims.issued().as_secs() - T, claims.expires().as_secs() - T)
}

#[test]
fn a_touch_extends_the_session_and_changes_nothing_else() {
    let (shop, clock) = shop();
    let users = users(&shop);
    let line = line(&users, &7);
    // Not due for long; a second later it is not the same second.
    for after in [0, 1, 100, 899, 900, 1_799] {
        clock.set(T + after);
        let slot = users.slot([&line]);
        let mut session = slot.get().unwrap();
        let before = session.claims().clone();
        assert_eq!(times(&before), (0, 1_800));
        session.touch().unwrap();
        assert_eq!(times(session.claims()), (after, after + 1_800));
        let (data, claims) = committed(&slot).expect("it was asked for");
        assert_eq!((data, &claims), (7, session.claims()), "what it showed goes out");
        assert_eq!(claims.session_id(), before.session_id());
        assert_eq!(claims.created(), before.created());
    }
}

#[test]
fn a_touch_does_not_outlive_the_absolute_timeout() {
    let (shop, clock) = shop();
    let users = users(&shop);
    let claims = users.new_claims(Class::Standard, at(T)).unwrap();
    let last = users.seal(&7, &claims, at(T + 28_000)).unwrap();
    let line = format!("{}={}", last.name(), last.value());
    clock.set(T + 28_799);
    let slot = users.slot([&line]);
    let mut session = slot.get().unwrap();
    session.touch().unwrap();
    assert_eq!(times(session.claims()), (28_799, 28_800));
    assert_eq!(times(&committed(&slot).unwrap().1), (28_799, 28_800));
    // It ended while the handler ran: what the handler did is done and shown, and nothing is set.
    for (end, set) in [(28_799, true), (28_800, false), (28_801, false)] {
        clock.set(T + 28_799);
        let slot = users.slot([&line]);
        let mut session = slot.get().unwrap();
        session.touch().unwrap();
        clock.set(T + end);
        assert_eq!(committed(&slot).is_some(), set, "{end}");
    }
}

/// So does every other change of a session that came with the request; one that starts is asked for as such.
#[test]
fn a_change_of_a_session_that_is_over_by_the_commit_sets_nothing() {
    let (shop, clock) = shop();
    let users = users(&shop);
    let claims = users.new_claims(Class::Standard, at(T)).unwrap();
    let last = users.seal(&7, &claims, at(T + 28_000)).unwrap();
    let line = format!("{}={}", last.name(), last.value());
    for change in CHANGES {
        for (end, set) in [(28_799, true), (28_800, false), (28_801, false)] {
            clock.set(T + 28_000);
            let slot = users.slot([&line]);
            change(&mut slot.get().unwrap()).unwrap();
            clock.set(T + end);
            assert_eq!(committed(&slot).is_some(), set, "{end}");
        }
    }
    clock.set(T);
    let slot = users.slot([&line]);
    slot.start(8).unwrap();
    clock.set(T + 28_800);
    let failed = slot.commit(&mut Response::new(200)).unwrap_err();
    assert_eq!(failed.label(), "over");
}

type Change = fn(&mut Session<u32>) -> Result<(), SessionError>;
const CHANGES: [Change; 4] = [
    |session| session.set(8),
    |session| session.update(|id| *id = 8),
    Session::renew,
    Session::touch,
];

/// The request came in time, and idle time counts from the request.
#[test]
fn a_session_whose_idle_time_ends_while_the_response_is_made_lives_on() {
    let (shop, clock) = shop();
    let users = users(&shop);
    let line = line(&users, &7);
    let refresh: Change = |_| Ok(());
    for change in CHANGES.into_iter().chain([refresh]) {
        for end in [1_799, 1_800, 1_801, 28_799] {
            clock.set(T + 1_790);
            let slot = users.slot([&line]);
            change(&mut slot.get().unwrap()).unwrap();
            clock.set(T + end);
            let (_, claims) = committed(&slot).expect("sealed");
            assert_eq!(times(&claims), (end, (end + 1_800).min(28_800)));
            assert_eq!(claims.created(), at(T));
        }
    }
    // By the next request it is over, unless that one came in time.
    clock.set(T + 1_800);
    assert!(users.slot([&line]).get().is_none());
}

/// Its key may no longer open, in which case the session continues under the next. Removing a key from the ring ends its
/// sessions.
#[test]
fn a_session_whose_key_goes_while_the_response_is_made() {
    let texts = [(); 2].map(|()| Key::generate().unwrap().to_text());
    let [old, new] = texts.each_ref().map(|text| || text.parse::<Key>().unwrap());
    let retiring = || KeyRing::new(new()).with_opening_key(old(), Some(at(T + 1_001))).unwrap();
    let keys = Keys::from(KeyRing::new(old()));
    let clock = At(Arc::new(AtomicU64::new(T)));
    let shop = Application::builder("shop", &keys).clock(clock.clone()).build().unwrap();
    let users = users(&shop);
    let line = line(&users, &7);
    let refresh: Change = |_| Ok(());
    let changes = CHANGES.map(|change| (change, true)).into_iter().chain([(refresh, false)]);
    // One cookie of the name, or two of one session.
    let changes = changes.flat_map(|change| [(change, 1), (change, 2)]);
    for ((change, is_asked), cookies) in changes {
        for is_kept in [true, false] {
            keys.replace(KeyRing::new(old()));
            clock.set(T + 1_000);
            let slot = users.slot(vec![&line; cookies]);
            change(&mut slot.get().unwrap()).unwrap();
            keys.replace(if is_kept { retiring() } else { KeyRing::new(new()) });
            clock.set(T + 1_001);
            let mut head = Response::new(200);
            let done = slot.commit(&mut head);
            let ended = if is_asked && !is_kept { Err(SessionError::Ended) } else { Ok(()) };
            assert_eq!(done, ended);
            assert_eq!(head.all("set-cookie").len(), usize::from(is_kept));
        }
    }
}

#[test]
fn a_touch_is_asked_for_and_goes_out_whatever_else_happens() {
    let (shop, clock) = shop();
    let users = users(&shop);
    let line = line(&users, &7);
    clock.set(T + 100);
    // A change and its reversal set nothing. With a touch before or after, they do.
    for touches in [None, Some(0), Some(1), Some(2)] {
        let slot = users.slot([&line]);
        let mut session = slot.get().unwrap();
        for step in 0..3 {
            if touches == Some(step) {
                session.touch().unwrap();
            }
            if step < 2 {
                session.set([8, 7][step]).unwrap();
            }
        }
        let end = if touches.is_some() { (100, 1_900) } else { (0, 1_800) };
        assert_eq!(times(session.claims()), end, "{touches:?}");
        let set = committed(&slot).map(|(data, claims)| (data, times(&claims)));
        assert_eq!(set, touches.map(|_| (7, end)), "{touches:?}");
    }
    // A refresh that nobody asked for does not go out on a page that polls.
    let slot = users.slot([&line]);
    slot.no_refresh();
    slot.get().unwrap().touch().unwrap();
    assert!(committed(&slot).is_some());
    // But not of a response that failed.
    let slot = users.slot([&line]);
    slot.get().unwrap().touch().unwrap();
    let mut head = Response::new(500);
    slot.commit(&mut head).unwrap();
    assert_eq!(head.all("set-cookie"), [""; 0]);
}

#[test]
fn a_touch_needs_a_session_that_may_change() {
    let (shop, _) = shop();
    let users = users(&shop);
    let line = line(&users, &7);
    let slot = users.slot([&line]);
    let mut old = slot.get().unwrap();
    let mut new = slot.start(8).unwrap();
    assert_eq!(old.touch(), Err(SessionError::Ended));
    assert_eq!(new.touch(), Ok(()));
    slot.end().unwrap();
    assert_eq!(new.touch(), Err(SessionError::Ended));
    let slot = users.slot([&line]);
    let mut session = slot.get().unwrap();
    assert!(committed(&slot).is_none());
    assert_eq!(session.touch(), Err(SessionError::HeadSent));
}

#[test]
fn claims_show_the_end_to_come() {
    let (shop, clock) = shop();
    let users = users(&shop);
    let slot = users.slot([""]);
    let started = slot.start(7).unwrap();
    assert_eq!(times(started.claims()), (0, 1_800));
    let (_, claims) = committed(&slot).unwrap();
    assert_eq!(&claims, started.claims());

    let line = line(&users, &7);
    clock.set(T + 100);
    let slot = users.slot([&line]);
    let mut session = slot.get().unwrap();
    let bystander = slot.get().unwrap();
    assert_eq!(times(session.claims()), (0, 1_800), "of what came");
    session.update(|id| *id = 8).unwrap();
    assert_eq!(times(session.claims()), (100, 1_900));
    assert_eq!(times(bystander.claims()), (0, 1_800), "as it was when the handle was made");
    assert_eq!(times(slot.get().unwrap().claims()), (100, 1_900));
    clock.set(T + 200);
    session.set(9).unwrap();
    assert_eq!(times(session.claims()), (200, 2_000));
    // Undone: the browser keeps the cookie that it has.
    session.set(7).unwrap();
    assert_eq!(times(session.claims()), (0, 1_800));
    session.renew().unwrap();
    assert_eq!(times(session.claims()), (200, 2_000));
    let (_, claims) = committed(&slot).unwrap();
    assert_eq!(&claims, session.claims());
}

#[test]
fn claims_show_an_end_that_the_data_chose() {
    let (shop, clock) = shop();
    let minute = Duration::from_secs(60);
    let builder = shop.session::<bool>();
    let kiosks = builder.expires_by(move |kiosk, c| kiosk.then(|| c.created() + 5 * minute));
    let kiosks = kiosks.build().unwrap();
    let line = line(&kiosks, &false);
    clock.set(T + 100);
    let slot = kiosks.slot([&line]);
    let mut session = slot.get().unwrap();
    for (kiosk, end) in [(true, 300), (true, 300), (false, 1_800), (true, 300)] {
        session.set(kiosk).unwrap();
        assert_eq!(times(session.claims()).1, end);
    }
    session.touch().unwrap();
    assert_eq!(times(session.claims()), (100, 300));
    let (_, claims) = committed(&slot).unwrap();
    assert_eq!(&claims, session.claims());
}

#[test]
fn a_session_bound_to_a_device_stays_bound() {
    let (shop, clock) = shop();
    let users = users(&shop);
    let claims = users.new_claims(Class::Standard, at(T)).unwrap();
    let bound = users.seal(&7, &Claims { bound: true, ..claims }, at(T)).unwrap();
    let line = format!("{}={}", bound.name(), bound.value());
    let changes: [Change; 4] =
        [|session| session.set(8), Session::touch, Session::renew, |session| session.set(7)];
    for (after, change) in [0, 0, 0, 900].into_iter().zip(changes) {
        clock.set(T + after);
        let slot = users.slot([&line]);
        let mut session = slot.get().unwrap();
        change(&mut session).unwrap();
        assert!(session.claims().is_device_bound());
        // The last of them asked for nothing, and its refresh was due.
        assert!(committed(&slot).unwrap().1.is_device_bound());
    }
}
