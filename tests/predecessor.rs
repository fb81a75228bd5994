//! Log-ins that move here from another system's cookie: each rule, tested with the attack that it prevents.
#![cfg(all(feature = "testing", feature = "tracing"))]

#[path = "adapters/events.rs"]
mod events;

#[path = "predecessor/ends.rs"]
mod ends;
#[path = "predecessor/refused.rs"]
mod refused;

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::*;
use hardtack::denylist::Denylist;
use hardtack::framework::{BeginError, Begun, InRequest, RequestHead};
use hardtack::migrate::{Moving, OldCookie, OldCookieError, OldSession, Predecessor};
use hardtack::testing::{Head, ManualClock};
use hardtack::{
    Application, Claims, Class, CrossOriginError, Key, Revocation, Scope, SessionCookieBuilder,
    SessionError, SessionSlot, Timestamp,
};

/// When the site moved, and the cut-off.
const SINCE: u64 = T - 1_000;
const UNTIL: u64 = T + 100_000;
/// The old cookies of two users: without a time, and with one.
const ADA: &str = "id=7/Ada/-~good";
const BOB: &str = "id=8/Bob/1799999000~good";
const REFUSED_EXPIRED: &str =
    "INFO message=old session cookie refused reason=\"expired\" cookie=\"id\"\n";

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

fn moving() -> Moving {
    Moving { since: at(SINCE), until: at(UNTIL) }
}

/// The old system's format: `id/name/time~good`, its slashes as they are or as `%2F`.
fn read(cookie: OldCookie<'_>) -> Result<OldSession<User>, OldCookieError> {
    let text = std::str::from_utf8(cookie.value).map_err(|_| OldCookieError::Malformed)?;
    let text = text.replace("%2F", "/");
    let (message, tag) = text.split_once('~').ok_or(OldCookieError::Malformed)?;
    match tag {
        "good" => {}
        "other" => return Err(OldCookieError::WrongPurpose),
        "over" => return Err(OldCookieError::Expired),
        _ => return Err(OldCookieError::NotAuthentic),
    }
    let parts: Vec<_> = message.split('/').collect();
    let &[id, name, issued] = parts.as_slice() else { return Err(OldCookieError::Unreadable) };
    let id = id.parse().map_err(|_| OldCookieError::Unreadable)?;
    let session = OldSession::new(user(id, name), message);
    Ok(match issued.parse() {
        Ok(issued) => session.issued(at(issued)),
        Err(_) => session,
    })
}

/// Counts how often it was asked.
#[derive(Clone, Default)]
struct Asked(Arc<AtomicUsize>);

impl Asked {
    fn reader(
        &self,
    ) -> impl Fn(OldCookie<'_>) -> Result<OldSession<User>, OldCookieError> + Send + Sync + 'static
    {
        let asked = self.clone();
        move |cookie: OldCookie<'_>| {
            asked.0.fetch_add(1, Ordering::SeqCst);
            read(cookie)
        }
    }

    fn since_last(&self) -> usize {
        self.0.swap(0, Ordering::SeqCst)
    }
}

fn old() -> Predecessor<User> {
    Predecessor::new("id", moving(), read)
}

fn moving_site() -> Site {
    site_with(|builder| builder.predecessor(old()))
}

/// With a denylist as the hook.
fn guarded(
    set: impl FnOnce(SessionCookieBuilder<User>) -> SessionCookieBuilder<User>,
) -> (Site, Denylist<u64>) {
    let clock = ManualClock::at(at(T));
    let keys = hardtack::keys::Keys::from(Key::generate().unwrap());
    let shop = application(&keys, &clock);
    let denylist = shop.denylist();
    let hook = denylist.by_subject(|user: &User| &user.id);
    let cookie = set(shop.session().revocation(hook)).build().unwrap();
    (Site { clock, ring: keys, cookie }, denylist)
}

/// The cookies that a browser holds.
#[derive(Clone)]
struct Browser(BTreeMap<String, String>);

impl Browser {
    fn with(line: &str) -> Self {
        let pair =
            |pair: &str| pair.split_once('=').map(|(name, value)| (name.into(), value.into()));
        Self(line.split("; ").filter_map(pair).collect())
    }

    fn line(&self) -> String {
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn names(&self) -> Vec<&str> {
        self.0.keys().map(String::as_str).collect()
    }

    fn takes(&mut self, head: &Head) {
        for line in head.all("set-cookie") {
            let (pair, attributes) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0") {
                self.0.remove(name);
            } else {
                self.0.insert(name.into(), value.into());
            }
        }
    }

    /// One request, and what the handler made of it.
    #[track_caller]
    fn asks<R>(&mut self, site: &Site, handler: impl FnOnce(&SessionSlot<User>) -> R) -> R {
        let slot = site.slot(&self.line());
        let done = handler(&slot);
        self.takes(&commit(&slot, 200));
        done
    }
}

fn whose(slot: &SessionSlot<User>) -> Option<u64> {
    slot.get().map(|user| user.id)
}

#[test]
fn a_user_stays_logged_in_and_has_one_cookie_after_the_first_request() {
    let asked = Asked::default();
    let site =
        site_with(|builder| builder.predecessor(Predecessor::new("id", moving(), asked.reader())));
    let slot = site.slot(&format!("theme=dark; {ADA}"));
    let user = slot.get().unwrap();
    assert_eq!((user.id, user.name.as_str()), (7, "Ada"));
    let (head, said) = events::during(|| commit(&slot, 200));
    assert_eq!(said, "INFO message=session moved cookie=\"id\"\n");
    let set = lines(&head, "set-cookie");
    assert_eq!(set.len(), 2, "{set:?}");
    assert!(set[0].starts_with("__Host-shop=") && !set[0].contains("Max-Age"), "{}", set[0]);
    assert_eq!(
        set[1],
        "id=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
    );
    assert_eq!(lines(&head, "vary"), ["Cookie"]);
    assert_eq!(lines(&head, "cache-control"), ["private, no-cache"]);
    let moved = site.change(&head).session().unwrap();
    assert_eq!(moved.data, self::user(7, "Ada"));
    let claims = moved.claims;
    assert_eq!(
        (claims.class(), claims.created(), claims.issued(), claims.expires()),
        (Class::Standard, at(SINCE), at(T), at(T + 1_800))
    );
    assert_eq!(claims, *user.claims(), "what the handler saw is what was sealed");

    let mut browser = Browser::with(ADA);
    browser.takes(&head);
    assert_eq!(browser.names(), ["__Host-shop"]);
    asked.since_last();
    assert_eq!(browser.asks(&site, whose), Some(7));
    assert_eq!(browser.names(), ["__Host-shop"]);
    assert_eq!(asked.since_last(), 0, "asked once a user");
}

#[test]
fn a_stolen_old_cookie_does_not_reset_the_absolute_timeout() {
    let site = moving_site();
    for (line, created) in [(ADA, SINCE), (BOB, T - 1_000), ("id=7/Ada/1799998000~good", T - 2_000)]
    {
        for (now, there) in [(28_799, true), (28_800, false), (28_801, false)] {
            site.clock.set(at(created + now));
            let slot = site.slot(line);
            let (found, said) = events::during(|| slot.get());
            assert_eq!(found.is_some(), there, "{line} {now}");
            if let Some(user) = found {
                assert_eq!(user.claims().created(), at(created));
                assert_eq!(user.claims().expires(), at(created + 28_800));
                let moved = site.change(&commit(&slot, 200)).session().unwrap();
                assert_eq!(moved.claims.created(), at(created));
            } else {
                assert!(said.starts_with(REFUSED_EXPIRED), "{said}");
                assert_eq!(lines(&commit(&slot, 200), "set-cookie"), [""; 0]);
            }
        }
    }
}

#[test]
fn a_session_that_the_old_system_remembered_is_remembered() {
    let site = site_with(|builder| builder.predecessor(old().remembered()));
    site.wait(90_000);
    let slot = site.slot(ADA);
    let user = slot.get().unwrap();
    assert_eq!(user.claims().class(), Class::Remembered);
    let head = commit(&slot, 200);
    let first = head.all("set-cookie").next().unwrap();
    assert!(first.contains("; Max-Age=1209600"), "{first}");
}

/// A copy of a cookie made ahead of this clock gives the same session, whenever it comes.
#[test]
fn the_time_of_an_old_session_is_that_of_its_cookie_whatever_the_clock_says() {
    let (site, _) = guarded(|builder| builder.predecessor(old()));
    let ahead = format!("id=7/Ada/{}~good", T + 30);
    Browser::with(&ahead).asks(&site, |slot| slot.get().unwrap().end()).unwrap();
    for wait in [0, 1, 29, 30, 31] {
        site.clock.set(at(T + wait));
        assert_eq!(Browser::with(&ahead).asks(&site, whose), None, "{wait}");
    }
}

#[test]
fn what_nobody_looked_in_sets_nothing_and_asks_nobody() {
    let asked = Asked::default();
    let site =
        site_with(|builder| builder.predecessor(Predecessor::new("id", moving(), asked.reader())));
    let head = commit(&site.slot(ADA), 200);
    assert!(head.lines.is_empty(), "{head:?}");
    assert_eq!(asked.since_last(), 0);
}

#[test]
fn predecessors_are_asked_in_order() {
    let (first, second) = (Asked::default(), Asked::default());
    let (site, _) = guarded(|builder| {
        builder.predecessor(Predecessor::new("id", moving(), first.reader())).predecessor(
            Predecessor::new("sid", moving(), second.reader())
                .scope(Scope::new("/shop").domain("example.com")),
        )
    });
    let sid = BOB.replacen("id", "sid", 1);
    let mut browser = Browser::with(&format!("{sid}; {ADA}"));
    let slot = site.slot(&browser.line());
    assert_eq!(whose(&slot), Some(7));
    assert_eq!((first.since_last(), second.since_last()), (1, 0));
    let head = commit(&slot, 200);
    let removed: Vec<_> =
        head.all("set-cookie").skip(1).map(|line| line.split("; H").next().unwrap()).collect();
    assert_eq!(removed, ["id=; Path=/", "sid=; Path=/", "sid=; Path=/shop; Domain=example.com"]);
    browser.takes(&head);
    assert_eq!(browser.names(), ["__Host-shop"]);
    // One that reads as nothing is passed over.
    let slot = site.slot(&format!("id=junk; {sid}"));
    let (found, said) = events::during(|| whose(&slot));
    assert_eq!(found, Some(8));
    let refused = "INFO message=old session cookie refused reason=\"malformed\" cookie=\"id\"\n";
    assert_eq!(said, refused);
    // The same bytes under two names are two sessions.
    let ids =
        [ADA, "sid=7/Ada/-~good"].map(|line| site.slot(line).get().unwrap().claims().session_id());
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn requests_side_by_side_have_one_session() {
    let site = moving_site();
    let [one, other] = [(); 2].map(|()| site.slot(ADA));
    let csrf = one.get().unwrap().csrf_token().unwrap();
    other.get().unwrap().check_csrf(&csrf).unwrap();
    let mut ids = [&one, &other]
        .map(|slot| site.change(&commit(slot, 200)).session().unwrap().claims.session_id());
    ids.sort_unstable();
    assert_eq!(ids[0], ids[1]);
    // Of another browser of the same user, whose old cookie is another one.
    let third = site.slot("id=7/Ada/1799999999~good").get().unwrap().claims().session_id();
    assert_ne!(third, ids[0]);
}

#[test]
fn a_move_waits_as_a_refresh_does() {
    let (site, denylist) = guarded(|builder| builder.predecessor(old()));
    let moves = |seconds: u64, head: Head, act: fn(&SessionSlot<User>)| {
        site.clock.set(at(T));
        let slot = site.slot(ADA);
        slot.get().unwrap();
        act(&slot);
        site.wait(seconds);
        let head = try_commit(&slot, head).unwrap();
        let names: Vec<_> =
            head.all("set-cookie").map(|line| line.split('=').next().unwrap().to_owned()).collect();
        names
    };
    let both = ["__Host-shop", "id"];
    let nothing = [""; 0];
    assert_eq!(moves(1, Head::new(200), |_| ()), both);
    assert_eq!(moves(2, Head::new(200), |_| ()), nothing, "slow");
    assert_eq!(moves(0, Head::new(500), |_| ()), nothing);
    assert_eq!(moves(0, Head::new(404), |_| ()), both);
    assert_eq!(moves(0, Head::new(200), SessionSlot::no_refresh), nothing);
    let shared = || Head::new(200).with("cache-control", "public");
    assert_eq!(moves(0, shared(), |_| ()), nothing);
    // What was asked for does not wait.
    let change: fn(&SessionSlot<User>) = |slot| slot.get().unwrap().update(|u| u.id = 8).unwrap();
    assert_eq!(moves(2, Head::new(200), change), both);
    assert_eq!(moves(0, shared(), change), both);
    assert_eq!(moves(0, Head::new(200), |slot| slot.get().unwrap().touch().unwrap()), both);
    assert_eq!(moves(0, Head::new(500), change), nothing);
    // Ended while the response was made.
    site.clock.set(at(T));
    let slot = site.slot(ADA);
    slot.get().unwrap();
    denylist.log_out_everywhere(&7);
    assert_eq!(lines(&commit(&slot, 200), "set-cookie"), nothing);
}

#[test]
fn get_or_start_takes_what_moved() {
    let site = moving_site();
    let slot = site.slot(ADA);
    assert_eq!(slot.get_or_start().unwrap().id, 7);
    let slot = site.slot("id=junk");
    assert_eq!(slot.get_or_start().unwrap().id, 0);
}

#[test]
fn settings_that_cannot_work_are_refused_when_it_is_built() {
    type Set = fn(SessionCookieBuilder<User>) -> SessionCookieBuilder<User>;
    let table: [(Set, &str); 9] = [
        (
            |b| b.predecessor(Predecessor::new("__Host-shop", moving(), read)),
            "predecessor \"__Host-shop\": a session cookie or another predecessor already has this name: rename the new cookie with .name(…), or let one reader try all formats of the old one",
        ),
        (
            |b| b.predecessor(old()).predecessor(old()),
            "predecessor \"id\": a session cookie or another",
        ),
        (
            |b| b.predecessor(Predecessor::new("id", Moving { since: at(7), until: at(7) }, read)),
            "predecessor \"id\": `since` must be before `until`",
        ),
        (
            |b| b.predecessor(old().remembered()).remember_me(None),
            "predecessor \"id\": its sessions are remembered, but .remember_me(None) switches that off",
        ),
        (|b| b.predecessor(Predecessor::new("a b", moving(), read)), "cookie name \"a b\""),
        (
            |b| {
                b.predecessor(Predecessor::new("__Host-id", moving(), read).scope(Scope::new("/a")))
            },
            "cookie \"__Host-id\": browsers require Path=/",
        ),
        (|b| b.predecessor(old().scope(Scope::new("a"))), "path: "),
        (
            |b| b.danger_plain_http().predecessor(Predecessor::new("__Host-id", moving(), read)),
            "cookie \"__Host-id\": browsers require Secure",
        ),
        (
            |b| b.predecessor(Predecessor::new("__Host-prefs", moving(), read)),
            "predecessor \"__Host-prefs\": a session",
        ),
    ];
    for (set, expected) in table {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let _prefs = shop.session::<u8>().name("__Host-prefs").build().unwrap();
        let said = set(shop.session()).build().err().map(|error| error.to_string());
        assert!(
            said.as_deref().is_some_and(|said| said.starts_with(expected)),
            "{said:?} {expected}"
        );
        // A refused build has taken no name.
        assert!(shop.session::<User>().build().is_ok());
    }
    assert!("2030-01-01".parse::<Timestamp>().map_err(hardtack::SetupError::from).is_err());
}
