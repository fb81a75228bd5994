//! Sessions of an older or a newer shape.

use super::*;

/// The number of the shape that `cookie` writes.
fn written<T: SessionData>(cookie: &SessionCookie<T>) -> u32 {
    cookie.new_claims(Class::Standard, Timestamp::from_secs(T)).unwrap().schema()
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
