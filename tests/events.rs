//! What operators read in the logs, word for word. The adapters' own events are tested with the adapters.
#![cfg(all(feature = "testing", feature = "tracing"))]

#[path = "adapters/events.rs"]
mod events;

mod common;
#[cfg(feature = "ring-file")]
mod ring_common;

use std::collections::BTreeSet;
use std::time::Duration;

use common::*;
use hardtack::denylist::{Denylist, DenylistBuilder, FailMode};
use hardtack::testing::{Head, ManualClock};
use hardtack::{Class, Key, KeyRing, Timestamp};

/// A list with a clock at T.
fn list(
    set: impl FnOnce(DenylistBuilder<u64>) -> DenylistBuilder<u64>,
) -> (Denylist<u64>, ManualClock) {
    let clock = ManualClock::at(Timestamp::from_secs(T));
    let shop = application(&Key::generate().unwrap().into(), &clock);
    (set(shop.denylist_builder()).build().unwrap(), clock)
}

#[test]
fn a_full_list_says_whom_it_refuses() {
    let (full, _) = list(|builder| builder.capacity(2));
    let fill = |ids: [u64; 2]| events::during(|| ids.map(|id| full.log_out_everywhere(&id))).1;
    assert_eq!(fill([1, 2]), "");
    let said = |reason| {
        format!("ERROR message=all older sessions are refused reason=\"{reason}\" not_before={T}\n")
    };
    assert_eq!(fill([3, 4]).matches(&said("the list is full")).count(), 1);
    let (other, _) = list(|builder| builder);
    let learn = || events::during(|| other.merge(&full.snapshot()).unwrap()).1;
    assert!(learn().contains("another node's list was full"));
    assert_eq!(learn(), "");
}

#[test]
fn a_change_of_state_is_said_once_whoever_looks() {
    for (mode, meanwhile) in [
        (FailMode::Open, "its last list stays in use"),
        (FailMode::Closed, "all sessions are refused"),
    ] {
        let (list, clock) = list(|builder| builder.stale_after(Duration::from_secs(5), mode));
        let look = || events::during(|| [list.status().stale, list.status().stale]);
        let out = format!("ERROR message=denylist out of touch meanwhile=\"{meanwhile}\"\n");
        assert_eq!(look(), ([true; 2], out.clone()));
        let hear = || events::during(|| [list.heartbeat(), list.heartbeat()]).1;
        assert_eq!(hear(), "INFO message=denylist in touch\n");
        clock.advance(Duration::from_secs(6));
        assert_eq!(look(), ([true; 2], out));
        assert_eq!(look(), ([true; 2], String::new()));
    }
}

#[test]
fn a_refused_cookie_is_said_once_a_request() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let ask = |line: &str| {
        let slot = site.slot(line);
        events::during(|| [slot.open().err(), slot.open().err()]).1
    };
    let junk = "INFO message=session cookie refused reason=\"malformed\" cookie=\"__Host-shop\"\n";
    assert_eq!(ask("__Host-shop=junk"), junk);
    // Which key, so that the node without it is found.
    let key = site.ring.key_ids()[0];
    site.ring.replace(KeyRing::new(Key::generate().unwrap()));
    let said = format!(
        "INFO message=session cookie refused reason=\"unknown key\" cookie=\"__Host-shop\" key={key}\n"
    );
    assert_eq!([ask(&line), ask(&line)], [said.as_str(); 2]);
}

/// In six digits, as a test that guards a shape has them.
#[test]
fn a_session_of_another_shape_is_said_with_both_numbers_and_what_to_do() {
    let site = site();
    let newer = site.release(0xABCDE, 1);
    let line = hardtack::testing::request_cookie(&newer, Class::Standard, &user(7, "Ada")).unwrap();
    let slot = site.slot(&line);
    let said = events::during(|| [slot.open().err(), slot.open().err()]).1;
    let claims = site.cookie.new_claims(Class::Standard, Timestamp::from_secs(T)).unwrap();
    let (session, written) = (std::any::type_name::<User>(), claims.schema());
    assert_eq!(
        said,
        format!(
            "INFO message=session cookie refused reason=\"unknown shape\" cookie=\"__Host-shop\" session={session:?} found=0abcde written={written:06x} remedy=\"keep the old type and .upgrade(…) it; in a fleet, deploy .reads_newer(…) one release ahead\"\n"
        )
    );
    hardtack::testing::assert_shape(&site.cookie, &format!("{written:06x}"));
}

/// The beginner's 401.
#[test]
fn a_request_without_the_cookie_is_said_for_those_who_debug() {
    let site = site();
    for line in ["", "theme=dark"] {
        let slot = site.slot(line);
        let said = events::during(|| [slot.get().is_none(), slot.get().is_none()]);
        let expected = "DEBUG message=no session cookie in the request cookie=\"__Host-shop\"\n";
        assert_eq!(said, ([true; 2], expected.to_owned()));
    }
}

/// The visitor sees what was done; that it was not kept matters only to the operator.
#[test]
fn a_change_of_a_session_that_is_over_by_the_commit_is_said() {
    let site = site();
    for (waited, said) in
        [(0, ""), (1, "WARN message=session change not kept reason=\"session over\"\n")]
    {
        site.clock.set(Timestamp::from_secs(T));
        let claims = site.cookie.new_claims(Class::Standard, Timestamp::from_secs(T)).unwrap();
        let last = Timestamp::from_secs(T + 28_799);
        let last_moment = site.cookie.seal(&user(7, "Ada"), &claims, last).unwrap();
        site.clock.set(last);
        let slot = site.slot(&hardtack::testing::sent_back(&last_moment));
        slot.get().unwrap().update(|user| user.id = 8).unwrap();
        site.wait(waited);
        let (head, found) = events::during(|| commit(&slot, 200));
        assert_eq!(found, said);
        assert_eq!(head.all("set-cookie").count(), usize::from(waited == 0));
    }
}

#[test]
fn a_first_look_after_the_head_has_gone_is_said_once() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let slot = site.slot(&line);
    commit(&slot, 200);
    let (looked, said) = events::during(|| [slot.get().is_some(), slot.get().is_some()]);
    let late =
        "session first read after the response's head was sent: read it before streaming a body";
    assert_eq!(
        (looked, said),
        ([true; 2], format!("WARN message={late} cookie=\"__Host-shop\"\n"))
    );
    // Looked at before, it may be looked at again.
    let slot = site.slot(&line);
    slot.get().unwrap();
    commit(&slot, 200);
    assert_eq!(events::during(|| slot.get().is_some()), (true, String::new()));
}

#[test]
fn an_exemption_that_no_request_can_have_is_said() {
    let protection = site().cookie.cross_origin_protection();
    for (method, path, sound) in [
        ("POST", "/callback", true),
        ("GET", "/", true),
        ("post", "/callback", false),
        ("Post", "/callback", false),
        ("", "/callback", false),
        ("POST", "callback", false),
        ("POST", "", false),
        ("POST", "/callback?state=1", false),
        ("POST", "/callback#top", false),
        ("POST", "/pay/*", false),
    ] {
        let said = events::during(|| protection.clone().exempt(method, path)).1;
        let fault = format!(
            "ERROR message=exemption matches nothing: write the method in capitals and the whole path, without query and without * method={method:?} path={path:?}\n"
        );
        assert_eq!(said, if sound { String::new() } else { fault });
    }
}

#[cfg(feature = "ring-file")]
#[test]
fn a_refresh_that_is_left_undone_is_said() {
    use hardtack::SessionCookie;

    let site = site();
    let line = site.line(&user(7, "Ada"));
    let (older, newer) = (site.release(0, 1), site.release(1, 0));
    let ahead = hardtack::testing::request_cookie(&newer, Class::Standard, &user(7, "Ada"));
    site.wait(1_000);
    let respond = |cookie: &SessionCookie<User>, line: &str| {
        let slot = cookie.slot([line]);
        slot.get().unwrap();
        events::during(|| commit(&slot, 200)).1
    };
    let said = |reason| format!("WARN message=session not refreshed reason=\"{reason}\"\n");
    assert_eq!(respond(&site.cookie, &line), "");
    // A newer shape is no reason: it is sealed as it came.
    assert_eq!(respond(&older, &ahead.unwrap()), "");
    // Its key opens, and nothing seals. A ring without its key has ended the session, and the next request is told so.
    let key = Key::generate().unwrap();
    let text = key.to_text();
    site.ring.replace(KeyRing::new(key));
    let line = site.line(&user(7, "Ada"));
    site.wait(1_000);
    let never = Timestamp::from_secs(u64::MAX);
    let opens = hardtack::keys::RingFile::new(text.parse().unwrap(), never);
    for (ring, expected) in
        [(opens.into(), said("no sealing key")), (ring_that_does_not_seal(), String::new())]
    {
        site.ring.replace(KeyRing::new(text.parse().unwrap()));
        let slot = site.slot(&line);
        slot.get().unwrap();
        site.ring.replace(ring);
        assert_eq!(events::during(|| commit(&slot, 200)).1, expected);
    }
}

#[test]
fn a_response_for_shared_caches_that_changes_the_session_is_said() {
    let site = site();
    let slot = site.slot("");
    slot.start(user(7, "Ada")).unwrap();
    let head = Head::new(200).with("cache-control", "public, max-age=60");
    let message = "cacheable response changes the session: Cache-Control is now no-store";
    let (head, said) = events::during(|| try_commit(&slot, head).unwrap());
    assert_eq!(said, format!("WARN message={message}\n"));
    assert_eq!(lines(&head, "cache-control"), ["no-store"]);
}

/// What was compared, printable and cut short whatever was sent, and the setting that would let the request pass.
#[cfg(feature = "http")]
#[test]
fn a_refused_request_is_said_with_what_was_compared_and_how_to_let_it_pass() {
    use http::{HeaderMap, HeaderValue, Method, Uri};

    let site = site();
    let cookie = site.line(&user(7, "Ada"));
    let protection = site.cookie.cross_origin_protection();
    let said = |target: &'static str, lines: &[(&'static str, &[u8])]| {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        let target = Uri::from_static(target);
        let refuse = || protection.check_http(&Method::POST, &target, &headers).unwrap_err();
        events::during(refuse).1
    };
    let expected = |reason: &str, [site, origin, host]: [&str; 3], remedy: &str| {
        format!(
            "INFO message=cross-origin request refused reason={reason:?} method=\"POST\" path=\"/\" sec_fetch_site={site:?} origin={origin:?} host={host:?} remedy={remedy:?}\n"
        )
    };
    let trust = "Application::builder(…).trust(origin), or .exempt(method, path) on the outermost session layer";
    let host = ("host", &b"shop.example"[..]);
    let evil = ("origin", &b"https://evil.example"[..]);
    assert_eq!(
        said("/", &[host, evil, ("sec-fetch-site", b"cross-site")]),
        expected("cross site", ["cross-site", "https://evil.example", "shop.example"], trust)
    );
    assert_eq!(
        said("https://shop.example/", &[host, evil]),
        expected("other origin", ["", "https://evil.example", "shop.example, shop.example"], trust)
    );
    let page = "Referrer-Policy: same-origin on the page, or .exempt(method, path) on the outermost session layer";
    assert_eq!(
        said("/", &[host, ("origin", b"null")]),
        expected("opaque origin", ["", "null", "shop.example"], page)
    );
    let send = "send Origin, or .danger_pass_without_origin(path) on the outermost session layer";
    let no_host = "send Host; a test in memory: Sec-Fetch-Site: same-origin";
    assert_eq!(said("/", &[evil]), expected("no host", ["", "https://evil.example", ""], no_host));
    assert_eq!(
        said("/", &[host, ("cookie", cookie.as_bytes())]),
        expected("no origin", ["", "", "shop.example"], send)
    );
    let odd = "Origin is scheme://host[:port] without a slash at the end, once; Host likewise";
    assert_eq!(
        said("/", &[("origin", b"\xFF\x80\"https://a\"")]),
        expected("malformed", ["", "\\xff\\x80\\\"https://a\\\"", ""], odd)
    );
    // However long, however many.
    let long = "a".repeat(10_000);
    let many = vec![("origin", long.as_bytes()); 100];
    let cut = format!("{}…", &long[..128]);
    assert_eq!(said("/", &many), expected("malformed", ["", &cut, ""], odd));
}

/// The thread of a watched ring has no subscriber, so these events go to the process-wide one.
#[cfg(feature = "ring-file")]
#[test]
fn a_ring_that_is_loaded_or_kept_is_said_and_whoever_hears_it_may_ask() {
    use hardtack::keys::{Keys, RingFile};

    let folder = ring_common::Folder::new();
    let key = Key::generate().unwrap();
    let first = key.id();
    RingFile::new(key, Timestamp::from_secs(0)).create(folder.ring()).unwrap();
    let watch = || Keys::watch(folder.ring(), Duration::from_millis(10)).unwrap();
    let (ring, said) = events::during(watch);
    let loaded = |from: &str, keys: &str, seals: &str| {
        format!("INFO message=key ring loaded from=\"{from}\" keys={keys} seals={seals}\n")
    };
    assert_eq!(said, loaded("start", &first.to_string(), &first.to_string()));
    let asked = ring.clone();
    let lines = events::everywhere(move || drop(asked.status()));
    let until = |message: &str| {
        ring_common::until(|| lines.lock().unwrap().contains(message).then_some(()).ok_or(message));
    };
    let rotate = |file: &mut RingFile| file.rotate(Key::generate().unwrap(), Timestamp::now());
    let next = RingFile::update(folder.ring(), rotate).unwrap().key;
    until(&loaded("file", &format!("{first} {next}"), &first.to_string()));
    let hand = Key::generate().unwrap();
    let id = hand.id().to_string();
    let said = events::during(|| ring.replace(KeyRing::new(hand))).1;
    assert_eq!(said, loaded("replace_keys", &id, &id));
    let nothing = RingFile::new(Key::generate().unwrap(), Timestamp::from_secs(u64::MAX));
    let said = events::during(|| ring.replace(nothing.into())).1;
    assert!(said.ends_with(" seals=none\n"), "{said}");
    std::fs::remove_file(folder.ring()).unwrap();
    until(
        "ERROR message=key ring not loaded: keeping the last good one reason=\"not found\" error=the ring file does not exist\n",
    );
}

/// The last string among a macro's arguments. Its first parenthesis has been consumed.
fn last_text(arguments: &str) -> &str {
    let (mut depth, mut last) = (0, "");
    for (index, part) in arguments.split('"').enumerate() {
        if index % 2 == 1 {
            last = if depth == 0 { part } else { last };
            continue;
        }
        for c in part.chars() {
            match c {
                '(' => depth += 1,
                ')' if depth == 0 => return last,
                ')' => depth -= 1,
                _ => {}
            }
        }
    }
    panic!("the macro does not end: {arguments}")
}

#[test]
fn the_page_on_operations_has_every_event() {
    let sources = [include_str!("../src/log.rs"), include_str!("../src/adapter/mod.rs")];
    let in_code: BTreeSet<_> = sources
        .iter()
        .flat_map(|source| {
            source.split("tracing::").skip(1).map(|event| {
                let (level, event) = event.split_once("!(").unwrap();
                format!("| {level}, \"{}\" |", last_text(event))
            })
        })
        .collect();
    let levels = ["error", "warn", "info", "debug"];
    let page = include_str!("../docs/operations.md").lines();
    let rows =
        page.filter(|line| levels.iter().any(|level| line.starts_with(&format!("| {level}, \""))));
    let on_page = rows.map(|row| row[..row.find("\" |").unwrap() + 3].to_owned()).collect();
    assert_eq!(in_code, on_page);
    assert!(in_code.len() >= 20);
}
