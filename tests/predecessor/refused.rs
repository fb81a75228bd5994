//! Old cookies that are no session, and sessions that do not move.

use super::*;

#[test]
fn two_different_old_sessions_of_one_name_are_none() {
    let asked = Asked::default();
    let site = site_with(|builder| {
        builder
            .predecessor(Predecessor::new("id", moving(), asked.reader()))
            .predecessor(Predecessor::new("sid", moving(), asked.reader()))
    });
    let slot = site.slot(&format!("{ADA}; {BOB}; sid=9/Eve/-~good"));
    let (found, said) = events::during(|| whose(&slot));
    let refused = "INFO message=old session cookie refused reason=\"ambiguous\" cookie=\"id\"\n";
    assert!(found.is_none() && said.starts_with(refused), "{said}");
    assert_eq!(asked.since_last(), 2, "the next predecessor is not asked");
    assert_eq!(lines(&commit(&slot, 200), "set-cookie"), [""; 0], "both stay");
    // A log-in takes their place.
    let slot = site.slot(&format!("{ADA}; {BOB}"));
    slot.start(user(9, "Eve")).unwrap();
    assert_eq!(commit(&slot, 200).all("set-cookie").filter(|l| l.starts_with("id=;")).count(), 1);
    // One value twice is one session, however it is spelt.
    for twice in [format!("{ADA}; {ADA}"), format!("{ADA}; {}", ADA.replace('/', "%2F"))] {
        assert_eq!(whose(&site.slot(&twice)), Some(7));
    }
}

/// It may belong to another application, and anyone who can plant it could log everybody out.
#[test]
fn planted_junk_never_removes_the_old_cookie() {
    let (site, _) = guarded(|builder| builder.predecessor(old()));
    let long = "a".repeat(8_193);
    for (junk, reason) in [
        ("", "malformed"),
        ("junk", "malformed"),
        ("\u{ff}", "malformed"),
        ("7/Ada/-~bad", "not authentic"),
        ("7/Ada/-~other", "wrong purpose"),
        (&long, "too long"),
    ] {
        let line = format!("id={junk}");
        let refused =
            format!("INFO message=old session cookie refused reason=\"{reason}\" cookie=\"id\"\n");
        let absent = "DEBUG message=no session cookie in the request cookie=\"__Host-shop\"\n";
        let said = events::during(|| whose(&site.slot(&line)));
        assert_eq!(said, (None, refused + absent));
        for handler in [
            |slot: &SessionSlot<User>| drop(slot.get()),
            |slot: &SessionSlot<User>| slot.end().unwrap(),
            |slot: &SessionSlot<User>| slot.start(user(9, "Eve")).map(drop).unwrap(),
        ] {
            let slot = site.slot(&line);
            handler(&slot);
            let head = commit(&slot, 200);
            assert!(head.all("set-cookie").all(|line| line.starts_with("__Host-shop=")), "{junk}");
        }
        // Beside a good one it is passed over.
        let slot = site.slot(&format!("{line}; {ADA}"));
        assert_eq!(whose(&slot), Some(7), "{junk}");
    }
}

#[test]
fn an_authentic_one_without_a_session_goes_with_the_next_log_in() {
    let site = moving_site();
    let ahead = format!("7/Ada/{}~good", T + 61);
    for (value, reason) in
        [("nobody~good", "unreadable"), ("7/Ada/-~over", "expired"), (&ahead, "not yet valid")]
    {
        let line = format!("id={value}");
        let slot = site.slot(&line);
        let (found, said) = events::during(|| whose(&slot));
        let refused =
            format!("INFO message=old session cookie refused reason=\"{reason}\" cookie=\"id\"\n");
        assert!(found.is_none() && said.starts_with(&refused), "{said}");
        assert_eq!(lines(&commit(&slot, 200), "set-cookie"), [""; 0]);
        let mut browser = Browser::with(&line);
        browser.asks(&site, |slot| slot.end()).unwrap();
        assert_eq!(browser.names(), [""; 0], "{reason}");
        let mut browser = Browser::with(&line);
        browser.asks(&site, |slot| slot.start(user(9, "Eve")).map(drop)).unwrap();
        assert_eq!(browser.names(), ["__Host-shop"], "{reason}");
    }
    // A node whose clock is ahead by less than the leeway made it.
    let slot = site.slot(&format!("id=7/Ada/{}~good", T + 60));
    assert_eq!(slot.get().unwrap().claims().created(), at(T + 60));
    let moved = site.change(&commit(&slot, 200)).session().unwrap();
    assert_eq!((moved.claims.created(), moved.claims.issued()), (at(T + 60), at(T + 60)));
}

#[test]
fn a_session_that_does_not_fit_works_for_this_request_and_leaves_the_old_cookie() {
    let site = moving_site();
    let name = "x".repeat(4_000);
    let line = format!("id=7/{name}/-~good");
    for _ in 0..2 {
        let slot = site.slot(&line);
        assert_eq!(slot.get().unwrap().name, name);
        let (head, said) = events::during(|| commit(&slot, 200));
        let warned = "WARN message=session not moved: the old cookie stays reason=\"too large\" cookie=\"id\"\n";
        assert_eq!(said, warned);
        assert_eq!(lines(&head, "set-cookie"), [""; 0]);
        assert_eq!(head.status, 200);
    }
    // A change that makes it fit moves it.
    let mut browser = Browser::with(&line);
    browser.asks(&site, |slot| slot.get().unwrap().set(user(7, "short"))).unwrap();
    assert_eq!(browser.names(), ["__Host-shop"]);
    // A change that does not is an error of the application's, and the request goes on.
    let mut browser = Browser::with(&line);
    let refused = browser.asks(&site, |slot| slot.get().unwrap().update(|user| user.id = 9));
    assert!(matches!(refused, Err(SessionError::TooLarge { .. })));
    assert_eq!(browser.names(), ["id"]);
}

mod unfaithful {
    use super::*;
    use serde::{Deserialize, Serialize};

    /// Written as one thing and read as another once it is negative.
    #[derive(Serialize, Deserialize)]
    pub struct Odd {
        #[serde(with = "clamped")]
        pub balance: i32,
    }

    mod clamped {
        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        pub fn serialize<S: Serializer>(balance: &i32, serializer: S) -> Result<S::Ok, S::Error> {
            balance.serialize(serializer)
        }

        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
            let balance = i32::deserialize(deserializer)?;
            if balance < 0 { Err(serde::de::Error::custom("negative")) } else { Ok(balance) }
        }
    }

    #[test]
    fn a_session_that_would_not_come_back_leaves_the_old_cookie() {
        let site = site();
        let debt = |_: OldCookie<'_>| Ok(OldSession::new(Odd { balance: -1 }, b"debt"));
        let cookie = site
            .again()
            .session::<Odd>()
            .predecessor(Predecessor::new("id", moving(), debt))
            .build()
            .unwrap();
        let slot = cookie.slot(["id=1"]);
        assert_eq!(slot.get().unwrap().balance, -1);
        let mut head = Head::new(200);
        let (done, said) = events::during(|| slot.commit(&mut head));
        assert!(done.is_ok());
        let warned = "WARN message=session not moved: the old cookie stays reason=\"not faithful\" cookie=\"id\"\n";
        assert_eq!(said, warned);
        assert_eq!(lines(&head, "set-cookie"), [""; 0]);
    }
}

struct Post<'l>(&'l str);

impl RequestHead for Post<'_> {
    fn method(&self) -> &str {
        "POST"
    }

    fn path(&self) -> &str {
        "/payments/callback"
    }

    fn authority(&self) -> Option<&str> {
        None
    }

    fn lines(&self, name: &'static str, each: &mut dyn FnMut(&[u8])) {
        if name == "cookie" {
            each(self.0.as_bytes());
        }
    }
}

#[test]
fn an_exempt_request_sees_no_old_session() {
    let asked = Asked::default();
    let site =
        site_with(|builder| builder.predecessor(Predecessor::new("id", moving(), asked.reader())));
    let protection = site.cookie.cross_origin_protection().exempt("POST", "/payments/callback");
    let begun = site.cookie.begin(&Post(ADA), &protection, &mut InRequest::default()).unwrap();
    let Begun::Slot(slot) = begun else { panic!("a slot") };
    assert_eq!(whose(&slot), None);
    slot.start(user(9, "Eve")).unwrap();
    assert_eq!(commit(&slot, 200).all("set-cookie").count(), 1);
    assert_eq!(asked.since_last(), 0);
}

/// A request without `Sec-Fetch-Site` and `Origin` that carries the session in its old cookie counts as carrying a session.
#[test]
fn a_request_with_an_old_session_tells_where_it_comes_from() {
    let site = moving_site();
    let protection = site.cookie.cross_origin_protection();
    let begin = |line: &str| {
        let begun = site.cookie.begin(&Post(line), &protection, &mut InRequest::default());
        begun.map(drop)
    };
    assert_eq!(begin(ADA), Err(BeginError::CrossOrigin(CrossOriginError::NoOrigin)));
    assert_eq!(begin("theme=dark"), Ok(()));
}

/// The move is still ahead, or another node's clock is right: a visitor who did nothing stays logged in.
#[test]
fn what_is_not_valid_yet_outlives_a_session_that_started_by_itself() {
    let ahead = format!("id=7/Ada/{}~good", T + 61);
    for line in [ADA, &ahead] {
        let moving = Moving { since: at(T + 61), until: at(UNTIL) };
        let site = site_with(|builder| builder.predecessor(Predecessor::new("id", moving, read)));
        let mut browser = Browser::with(line);
        assert_eq!(browser.asks(&site, |slot| slot.get_or_start().unwrap().id), 0);
        assert_eq!(browser.names(), ["__Host-shop", "id"]);
        // A log-in or a log-out takes it away.
        let mut other = browser.clone();
        browser.asks(&site, |slot| slot.start(user(9, "Eve")).map(drop)).unwrap();
        assert_eq!(browser.names(), ["__Host-shop"]);
        other.asks(&site, SessionSlot::end).unwrap();
        assert_eq!(other.names(), [""; 0]);
    }
}

/// A request of 400 KB holds thousands of old cookies. A browser has one of a name, or one in each place.
#[test]
fn a_flood_of_old_cookies_asks_the_reader_and_tells_the_hook_a_few_times() {
    let (asked, told) = (Asked::default(), Asked::default());
    let clock = ManualClock::at(at(T));
    let keys = hardtack::keys::Keys::from(Key::generate().unwrap());
    let cookie = application(&keys, &clock)
        .session()
        .revocation(Counts(told.clone()))
        .predecessor(Predecessor::new("id", moving(), asked.reader()))
        .build()
        .unwrap();
    let flood: Vec<_> = (0..10_000).map(|n| format!("id={n}/Eve/-~good")).collect();
    let lines = [flood[..5_000].join("; "), flood[5_000..].join("; ")];
    for handler in [
        |slot: &SessionSlot<User>| drop(slot.get()),
        |slot: &SessionSlot<User>| slot.end().unwrap(),
        |slot: &SessionSlot<User>| slot.start(user(9, "Eve")).map(drop).unwrap(),
    ] {
        let slot = cookie.slot(&lines);
        handler(&slot);
        assert!(commit(&slot, 200).all("set-cookie").count() <= 2);
        let (asked, told) = (asked.since_last(), told.since_last());
        assert!(asked <= 64 && told <= 20, "asked {asked} times, told {told}");
    }
}

/// Counts the sessions that it is told of.
struct Counts(Asked);

impl Revocation<User> for Counts {
    fn is_revoked(&self, _: &Claims) -> bool {
        false
    }

    fn on_ended(&self, _: &Claims, _: Timestamp) {
        self.0.0.fetch_add(1, Ordering::SeqCst);
    }
}
