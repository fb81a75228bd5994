//! Cookies that are refused, doubled, or in odd company.

use std::time::Duration;

use crate::world::User;
use hardtack::testing::{ManualClock, request_cookie};
use hardtack::{Class, Clock};

use super::NAME;
use crate::heard;
use crate::site::Site;
use crate::site::Verdict::{self, Held};

/// 401, nothing set, and the operator reads this reason.
#[track_caller]
fn assert_refused(site: &Site, lines: &[&str], reason: &str) {
    heard::take(site);
    let reply = site.get("/profile", lines);
    assert_eq!(reply.status, 401);
    reply.assert_sets_nothing();
    assert_eq!(reply.all("vary"), ["Cookie"]);
    heard::assert_refused(site, reason);
    let reply = site.get("/maybe", lines);
    assert_eq!((reply.status, &*reply.body), (200, "none"), "the rest is served");
    heard::take(site);
}

pub fn tampered(site: &Site) -> Verdict {
    let ada = site.ada();
    let value = NAME.len() + 1;
    let reasons = [
        (value, "wrong version"),
        (value + 4, "unknown key"),
        (value + 20, "not authentic"),
        (value + 40, "not authentic"),
        (ada.len() - 3, "not authentic"),
    ];
    for (at, reason) in reasons {
        let mut bytes = ada.clone().into_bytes();
        bytes[at] = if bytes[at] == b'B' { b'C' } else { b'B' };
        assert_refused(site, &[&String::from_utf8(bytes).unwrap()], reason);
    }
    // Cut after whole groups of four characters: elsewhere the last one may have bits that mean nothing.
    let groups = (ada.len() - value - 4) / 4;
    assert_refused(site, &[&ada[..value + 4 * groups]], "not authentic");
    assert_refused(site, &[&format!("{ada}=")], "malformed");
    Held
}

pub fn foreign(site: &Site) -> Verdict {
    let user = User { id: 7, name: "Ada".to_owned() };
    let line = request_cookie(&site.world.elsewhere(), Class::Standard, &user).unwrap();
    assert_refused(site, &[&line], "unknown key");
    Held
}

pub fn future(site: &Site) -> Verdict {
    let ahead = ManualClock::at(site.world.clock.now());
    let node = site.world.node_with(&ahead);
    let user = User { id: 7, name: "Ada".to_owned() };
    ahead.advance(Duration::from_secs(60));
    let line = request_cookie(&node, Class::Standard, &user).unwrap();
    assert_eq!(site.profile(&line).as_deref(), Some("7 Ada"), "within the leeway");
    ahead.advance(Duration::from_secs(1));
    let line = request_cookie(&node, Class::Standard, &user).unwrap();
    assert_refused(site, &[&line], "not yet valid");
    site.wait(1);
    assert_eq!(site.profile(&line).as_deref(), Some("7 Ada"), "kept, so that it is good again");
    Held
}

pub fn never_removed(site: &Site) -> Verdict {
    let expired = site.ada();
    site.wait(31 * 60);
    let user = User { id: 7, name: "Ada".to_owned() };
    let foreign = request_cookie(&site.world.elsewhere(), Class::Standard, &user).unwrap();
    let two = format!("{}; {}", site.ada(), site.ada());
    for line in [&*expired, &foreign, &two, "__Host-shop=", "__Host-shop=garbage"] {
        for path in ["/profile", "/maybe", "/cart", "/act/look-public", "/act/look-304"] {
            site.get(path, &[line]).assert_sets_nothing();
        }
        site.act("rename", "Eve", &[line]).assert_sets_nothing();
    }
    Held
}

pub fn two_lines(site: &Site) -> Verdict {
    let ada = site.ada();
    for lines in [
        &["theme=dark", &*ada][..],
        &[&*ada, "theme=dark"],
        &["", "theme=dark; lang=en", &*format!("a=1; {ada}; b=2")],
    ] {
        let reply = site.get("/profile", lines);
        assert_eq!((reply.status, &*reply.body), (200, "7 Ada"), "{}", lines.len());
    }
    Held
}

pub fn garbage_beside_valid(site: &Site) -> Verdict {
    let ada = site.ada();
    for garbage in ["__Host-shop=garbage", "__Host-shop=", &format!("{NAME}={}", "A".repeat(5_000))]
    {
        let one_line = format!("{garbage}; {ada}");
        for lines in [&[&*one_line][..], &[garbage, &*ada], &[&*ada, garbage]] {
            let reply = site.get("/profile", lines);
            assert_eq!((reply.status, &*reply.body), (200, "7 Ada"));
            reply.assert_sets_nothing();
        }
    }
    assert_eq!(heard::take(site), [""; 0], "passed over: a session was there");
    Held
}

pub fn one_session_twice(site: &Site) -> Verdict {
    let ada = site.ada();
    site.wait(60);
    let grace = site.act("rename", "Grace", &[&ada]).sent_back(NAME);
    for line in [format!("{ada}; {grace}"), format!("{grace}; {ada}")] {
        assert_eq!(site.profile(&line).as_deref(), Some("7 Grace"), "the newest counts");
    }
    Held
}

pub fn two_sessions(site: &Site) -> Verdict {
    let (ada, eve) = (site.ada(), site.world.user("Eve", Class::Standard));
    assert_refused(site, &[&format!("{ada}; {eve}")], "ambiguous");
    assert_refused(site, &[&eve, &ada], "ambiguous");
    assert_refused(site, &[&ada, "theme=dark", "__Host-shop=x", &eve], "ambiguous");
    let reply = site.act("login", "Ada", &[&ada, &eve]);
    assert_eq!(reply.session(&site.world).data.name, "Ada", "logging in anew is the way out");
    Held
}
