//! What responses tell caches. Set-Cookie alone does not stop a cache (RFC 9111), so the response must.
#![cfg(feature = "testing")]

mod common;

use common::*;
use hardtack::Scope;
use hardtack::testing::{Change, Head};

/// Commits a response with these lines for a request that holds a session of a quarter of an hour, and does `act` on the slot.
#[track_caller]
fn respond(site: &Site, head: Head, act: impl FnOnce(&hardtack::SessionSlot<User>)) -> Head {
    let line = site.line(&user(7, "Ada"));
    site.wait(901);
    let slot = site.slot(&line);
    act(&slot);
    try_commit(&slot, head).unwrap()
}

fn look(slot: &hardtack::SessionSlot<User>) {
    slot.get().unwrap();
}

fn change(slot: &hardtack::SessionSlot<User>) {
    slot.get().unwrap().update(|user| user.id += 1).unwrap();
}

#[test]
fn looking_makes_the_response_vary_once() {
    for (present, expected) in [
        (vec![], vec!["Cookie"]),
        (vec!["Accept"], vec!["Accept", "Cookie"]),
        (vec!["Accept, cookie"], vec!["Accept, cookie"]),
        (vec!["Accept", "COOKIE"], vec!["Accept", "COOKIE"]),
        (vec!["*"], vec!["*"]),
        (vec!["X-Cookie"], vec!["X-Cookie", "Cookie"]),
    ] {
        let mut head = Head::new(200);
        for line in present {
            head = head.with("Vary", line);
        }
        assert_eq!(lines(&respond(&site(), head, look), "vary"), expected);
    }
}

#[test]
fn an_absent_or_refused_session_varies_too_but_may_be_kept() {
    let site = site();
    for line in ["", "__Host-shop=junk"] {
        let slot = site.slot(line);
        assert!(slot.get().is_none());
        let head = commit(&slot, 200);
        assert_eq!(lines(&head, "vary"), ["Cookie"]);
        assert_eq!(lines(&head, "cache-control"), [""; 0]);
    }
}

#[test]
fn a_present_session_is_private_unless_the_application_said_who_may_keep_it() {
    let head = respond(&site(), Head::new(200), look);
    assert_eq!(lines(&head, "cache-control"), ["private, no-cache"]);
    let show = |said: &[&str]| {
        let site = site();
        let slot = site.slot(&site.line(&user(7, "Ada")));
        slot.get().unwrap();
        let head = said.iter().fold(Head::new(200), |head, line| head.with("Cache-Control", line));
        let head = try_commit(&slot, head).unwrap();
        assert!(matches!(site.change(&head), Change::None));
        lines(&head, "cache-control")
    };
    for said in [
        &["no-store"][..],
        &["private"],
        &["Private, max-age=60"],
        &["max-age=60", "private"],
        &["max-age=60, no-store"],
        &["public, max-age=60"],
        &["s-maxage=60"],
        &["max-age=60", "Public"],
        // The quotation is the value of an extension; what follows it is a directive.
        &["ext=\"a, b\", private"],
        &["ext=\"\\\"\", no-store"],
    ] {
        assert_eq!(show(said), said);
    }
    // Shared caches may store these, for a time or after validation, and show them to others (RFC 9111 section 3).
    for said in [
        &["max-age=300"][..],
        &["max-age=0, must-revalidate"],
        &["no-cache"],
        &["must-revalidate"],
        &["immutable"],
        &["no-transform"],
        // For a field alone, and within the value of an extension.
        &["private=\"set-cookie\", max-age=60"],
        &["max-age=60, ext=\"a, private\""],
        &["ext=\"no-store, public, s-maxage=1\""],
        &["ext=\"\\\", private\""],
        &["privately", "publication=1"],
    ] {
        assert_eq!(show(said), [said, &["private"]].concat());
    }
    // A session that starts is one, too.
    let site = site();
    let slot = site.slot("");
    slot.start(user(7, "Ada")).unwrap();
    assert_eq!(lines(&commit(&slot, 200), "cache-control"), ["private, no-cache"]);
}

#[test]
fn what_shared_caches_may_keep_carries_no_refresh_and_no_change_unprotected() {
    let shared: [(&str, &str); 12] = [
        ("Cache-Control", "public"),
        ("Cache-Control", "Public, max-age=60"),
        ("Cache-Control", "s-maxage=60"),
        ("Cache-Control", "public, private=\"set-cookie\""),
        ("Cache-Control", "no-cache=\"set-cookie\", s-maxage=60"),
        ("CDN-Cache-Control", "max-age=60"),
        ("CDN-Cache-Control", "max-age=60, private=\"x-field\""),
        ("Surrogate-Control", "max-age=60"),
        ("Cloudflare-CDN-Cache-Control", "max-age=60"),
        ("Vercel-CDN-Cache-Control", "max-age=60"),
        ("Netlify-CDN-Cache-Control", "max-age=60"),
        ("Akamai-Cache-Control", "max-age=60"),
    ];
    for (name, value) in shared {
        let site = site();
        let head = respond(&site, Head::new(200).with(name, value), look);
        assert!(matches!(site.change(&head), Change::None), "{name}: {value}");
        assert_eq!(lines(&head, name)[0], value, "untouched");
        type Act = fn(&hardtack::SessionSlot<User>);
        let acts: [Act; 3] = [
            change,
            |slot| slot.end().unwrap(),
            |slot| {
                slot.start(user(8, "Eve")).unwrap();
            },
        ];
        for act in acts {
            let site = common::site();
            let head = respond(&site, Head::new(200).with(name, value), act);
            assert!(!matches!(site.change(&head), Change::None), "{name}: {value}");
            assert_eq!(lines(&head, "cache-control"), ["no-store"], "{name}: {value}");
            assert_eq!(lines(&head, name), ["no-store"], "{name}: {value}");
        }
    }
}

#[test]
fn a_304_counts_as_shared() {
    let site = site();
    let head = respond(&site, Head::new(304), look);
    assert!(matches!(site.change(&head), Change::None));
    let head = respond(&site, Head::new(304), change);
    assert!(site.change(&head).session().is_some());
    assert_eq!(lines(&head, "cache-control"), ["no-store"]);
}

#[test]
fn what_is_private_anyway_is_refreshed() {
    for said in ["no-store", "private", "private, max-age=60"] {
        let site = site();
        let head = respond(&site, Head::new(200).with("Cache-Control", said), look);
        assert!(site.change(&head).session().is_some(), "{said}");
        assert_eq!(lines(&head, "cache-control"), [said]);
    }
    let site = site();
    let head = respond(&site, Head::new(200).with("CDN-Cache-Control", "no-store"), look);
    assert!(site.change(&head).session().is_some());
}

#[test]
fn a_cookie_that_is_set_makes_a_storable_response_private() {
    // A shared cache may store each of these (RFC 9111 sections 4.2.2 and 5.2.2.4), and would give the cookie to the next visitor.
    for said in [
        "max-age=60, private=\"x-field\"",
        "no-cache",
        "max-age=60",
        "max-age=0, must-revalidate",
        "max-age=60, no-cache",
        "no-transform",
    ] {
        let site = site();
        let head = respond(&site, Head::new(200).with("Cache-Control", said), look);
        assert!(site.change(&head).session().is_some(), "{said}");
        assert_eq!(lines(&head, "cache-control"), [said, "private"]);
        let slot = site.slot("");
        slot.start(user(7, "Ada")).unwrap();
        let head = try_commit(&slot, Head::new(200).with("Cache-Control", said)).unwrap();
        assert_eq!(lines(&head, "cache-control"), [said, "private"]);
    }
}

#[test]
fn other_lines_stay() {
    let site = site();
    let head = Head::new(200).with("Set-Cookie", "theme=dark").with("X-Other", "1");
    let head = respond(&site, head, change);
    let set = lines(&head, "set-cookie");
    assert_eq!((set.len(), &*set[0]), (2, "theme=dark"));
    assert_eq!(lines(&head, "x-other"), ["1"]);
}

#[test]
fn ambiguity_is_not_cleared_through_a_shared_cache() {
    let site = site_with(|b| b.name("session").former_scope(Scope::new("/old")));
    let both = format!("{}; {}", site.line(&user(7, "Ada")), site.line(&user(8, "Eve")));
    let slot = site.slot(&both);
    assert!(slot.get().is_none());
    let head = try_commit(&slot, Head::new(200).with("Cache-Control", "public")).unwrap();
    assert_eq!(lines(&head, "set-cookie"), [""; 0]);
    assert_eq!(lines(&head, "cache-control"), ["public"]);
}
