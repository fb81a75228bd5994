//! What another site can have a browser do here, and what it cannot.

use super::{CART, NAME};
use crate::heard;
use crate::site::Verdict::{self, Held, HeldWith};
use crate::site::{Asked, Reply, Site};
use crate::world::{EXEMPT, EXEMPT_WITHIN, WITHOUT_ORIGIN};

type Lines<'l> = &'l [(&'static str, &'static str)];

const OURS: (&str, &str) = ("origin", "http://localhost");
const EVIL: (&str, &str) = ("origin", "https://evil.example");

/// Requests that no page of this site sent, and why each is refused.
const FORGED: [(Lines<'static>, &str); 7] = [
    (&[("sec-fetch-site", "cross-site"), EVIL], "cross site"),
    (&[("sec-fetch-site", "same-site"), ("origin", "http://blog.localhost")], "cross site"),
    (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], "cross site"),
    (&[EVIL], "other origin"),
    (&[("origin", "http://localhost:81")], "other origin"),
    (&[("origin", "null")], "opaque origin"),
    (&[OURS, EVIL], "malformed"),
];

/// A request that says only this of who sends it.
fn asked(path: &str, text: Option<&str>, cookie: &str, lines: Lines<'_>) -> Asked {
    let cookies = [cookie];
    let cookies = if cookie.is_empty() { &[][..] } else { &cookies };
    let asked = Asked::by_anybody(path, text, cookies);
    lines.iter().fold(asked, |asked, (name, value)| asked.with(name, value))
}

fn post_to(site: &Site, path: &str, text: &str, cookie: &str, lines: Lines<'_>) -> Vec<Reply> {
    site.send_each_way(&asked(path, Some(text), cookie, lines))
}

fn post(site: &Site, action: &str, text: &str, cookie: &str, lines: Lines<'_>) -> Vec<Reply> {
    post_to(site, &format!("/act/{action}"), text, cookie, lines)
}

#[track_caller]
fn assert_refused(
    site: &Site,
    replies: &[Reply],
    asked: (&str, &str),
    lines: Lines<'_>,
    reason: &str,
) {
    for reply in replies {
        assert_eq!((reply.status, &*reply.body), (403, ""), "{reason}");
        assert_eq!(reply.added(), [""; 0]);
    }
    heard::assert_cross_origin(site, reason, asked, lines, replies.len());
}

#[track_caller]
fn assert_post_refused(site: &Site, path: &str, cookie: &str, lines: Lines<'_>, reason: &str) {
    let replies = post_to(site, path, "Eve", cookie, lines);
    assert_refused(site, &replies, ("POST", path), lines, reason);
}

pub fn forged(site: &Site) -> Verdict {
    let ada = site.ada();
    for (lines, reason) in FORGED {
        for action in ["rename", "logout", "renew", "nothing-of-the-kind"] {
            assert_post_refused(site, &format!("/act/{action}"), &ada, lines, reason);
        }
    }
    assert_post_refused(site, "/act/rename", &ada, &[], "no origin");
    assert_eq!(site.profile(&ada).as_deref(), Some("7 Ada"));
    Held
}

pub fn forged_log_in(site: &Site) -> Verdict {
    for (lines, reason) in FORGED {
        assert_post_refused(site, "/act/login", "", lines, reason);
    }
    Held
}

/// These servers have no layers but the session's.
pub fn forged_anywhere(site: &Site) -> Verdict {
    let ada = site.ada();
    for (lines, reason) in FORGED {
        for path in ["/act/rename", "/nested/act/rename"] {
            assert_post_refused(site, path, &ada, lines, reason);
        }
        for path in ["/untouched", "/cart", "/nowhere", "/act", "/clash"] {
            let replies = post_to(site, path, "Eve", &ada, lines);
            match site.traits.routes_first {
                None => assert_refused(site, &replies, ("POST", path), lines, reason),
                Some(_) => assert!(replies.iter().all(|reply| [404, 405].contains(&reply.status))),
            }
        }
    }
    assert_eq!(heard::take(site), [""; 0]);
    site.traits.routes_first.map_or(Held, HeldWith)
}

/// A handshake is a GET, and what comes over the socket may change anything (RFC 6455 section 10.2).
pub fn websocket(site: &Site) -> Verdict {
    const HANDSHAKE: Lines<'static> = &[
        ("connection", "Upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let ada = site.ada();
    let shake = |lines: Lines<'_>| {
        let lines = [HANDSHAKE, lines].concat();
        site.send(asked("/profile", None, &ada, &lines)).unwrap()
    };
    for (lines, reason) in FORGED {
        assert_refused(site, &[shake(lines)], ("GET", "/profile"), lines, reason);
    }
    assert_refused(site, &[shake(&[])], ("GET", "/profile"), &[], "no origin");
    for lines in [&[OURS][..], &[("sec-fetch-site", "same-origin"), OURS]] {
        assert_eq!(shake(lines).body, "7 Ada", "{lines:?}");
    }
    assert_eq!(heard::take(site), [""; 0]);
    Held
}

/// A provider answers through the browser, by a post from its own page.
pub fn exempt(site: &Site) -> Verdict {
    let reply = site.act("both", "Ada", &[]);
    let both = format!("{}; {}", reply.sent_back(NAME), reply.sent_back(CART));
    let nothing_to_open = [heard::exempt(NAME), heard::exempt(CART)];
    for lines in
        [&[("sec-fetch-site", "cross-site"), EVIL][..], &[EVIL], &[], &[("sec-fetch-site", "none")]]
    {
        for text in ["", "logout"] {
            heard::take_all(site);
            let replies = post_to(site, EXEMPT, text, &both, lines);
            assert_eq!(
                heard::take_all(site),
                vec![nothing_to_open.clone(); replies.len()].concat()
            );
            for reply in replies {
                assert_eq!((reply.status, &*reply.body), (200, "nobody"), "{lines:?}");
                reply.assert_sets_nothing();
            }
        }
        for reply in post_to(site, EXEMPT, "Grace", &both, lines) {
            assert_eq!((reply.status, &*reply.body), (200, "nobody"), "{lines:?}");
            assert_eq!(reply.all("set-cookie").len(), 1);
            let grace = reply.sent_back(NAME);
            assert_eq!(site.profile(&grace).as_deref(), Some("7 Grace"));
        }
    }
    assert_eq!(site.profile(&both).as_deref(), Some("7 Ada"), "nothing has ended it");
    assert_eq!(site.get(EXEMPT, &[&both]).body, "seen", "the method is another");
    assert_eq!(heard::take(site), [""; 0]);
    // What is exempt is one method, one path as it arrives, and what the outermost layer says.
    let forged = &[("sec-fetch-site", "cross-site"), EVIL];
    for path in [EXEMPT_WITHIN, "/act/callback/", "/act/Callback", "/nested/act/callback"] {
        assert_post_refused(site, path, &both, forged, "cross site");
    }
    let put = Asked { method: "PUT", ..asked(EXEMPT, Some("Eve"), &both, forged) };
    let replies = site.send_each_way(&put);
    match site.traits.routes_first {
        None => assert_refused(site, &replies, ("PUT", EXEMPT), forged, "cross site"),
        Some(_) => assert!(replies.iter().all(|reply| reply.status == 405)),
    }
    Held
}

/// A program that is no browser tells no origin.
pub fn without_origin(site: &Site) -> Verdict {
    let ada = site.ada();
    for reply in post_to(site, WITHOUT_ORIGIN, "", &ada, &[]) {
        assert_eq!((reply.status, &*reply.body), (200, "7 Ada"));
    }
    assert_eq!(heard::take(site), [""; 0]);
    for (lines, reason) in FORGED {
        assert_post_refused(site, WITHOUT_ORIGIN, &ada, lines, reason);
    }
    Held
}

pub fn own(site: &Site) -> Verdict {
    let ada = site.ada();
    for lines in [
        &[("sec-fetch-site", "same-origin"), OURS][..],
        &[("sec-fetch-site", "none")],
        &[OURS],
        &[("origin", "http://LOCALHOST:80")],
        &[("sec-fetch-site", "cross-site"), ("origin", "https://sso.example")],
    ] {
        for reply in post(site, "rename", "Grace", &ada, lines) {
            assert_eq!(reply.status, 200, "{lines:?}");
            assert_eq!(reply.session(&site.world).data.name, "Grace");
        }
    }
    // A program without a session, for which there is nothing to forge, and a link that is followed.
    for reply in post(site, "rename", "Grace", "", &[]) {
        reply.assert_empty(401);
    }
    for reply in post(site, "login", "Ada", "", &[]) {
        assert_eq!(reply.session(&site.world).data.name, "Ada");
    }
    let followed = asked("/profile", None, &ada, &[("sec-fetch-site", "cross-site")]);
    let reply = site.send(followed).unwrap();
    assert_eq!(reply.body, "7 Ada");
    assert_eq!(heard::take(site), [""; 0]);
    Held
}

pub fn token(site: &Site) -> Verdict {
    let (ada, eve) = (site.ada(), site.world.user("Eve", hardtack::Class::Standard));
    let form = site.get("/act/form", &[&ada]);
    assert_eq!(form.all("cache-control"), ["private, no-cache"], "no cache shares a token");
    let (hers, again) = (form.body, site.get("/act/form", &[&ada]).body);
    assert_ne!(hers, again, "new in each response");
    let theirs = site.get("/act/form", &[&eve]).body;
    let value = ada.split_once('=').unwrap().1;
    for (text, reason) in [
        (&*theirs, "not authentic"),
        ("", "malformed"),
        ("guess", "malformed"),
        (&hers[1..], "malformed"),
        (&format!("{hers}A"), "malformed"),
        (value, "malformed"),
    ] {
        let reply = site.act("submit", text, &[&ada]);
        assert_eq!((reply.status, &*reply.body), (403, reason));
        reply.assert_sets_nothing();
    }
    for token in [&hers, &again] {
        assert_eq!(site.act("submit", token, &[&ada]).session(&site.world).data.name, "Grace");
    }
    assert_eq!(site.profile(&format!("{NAME}={hers}")), None, "a token is no session");
    Held
}

pub fn open_form(site: &Site) -> Verdict {
    let ada = site.ada();
    let form = site.get("/act/form", &[&ada]).body;
    site.world.rotate();
    let reply = site.act("submit", &form, &[&ada]);
    assert_eq!(reply.session(&site.world).data.name, "Grace");
    let grace = reply.sent_back(NAME);
    let later = site.get("/act/form", &[&grace]).body;
    assert_ne!(later[..10], form[..10], "made under the new key");
    assert_eq!(site.act("submit", &form, &[&grace]).status, 200);
    // The key that made it leaves the ring; the session has moved to the next one.
    site.world.rotate();
    let reply = site.act("submit", &form, &[&grace]);
    assert_eq!((reply.status, &*reply.body), (403, "unknown key"));
    assert_eq!(site.act("submit", &later, &[&grace]).status, 200);
    Held
}

pub fn renewed(site: &Site) -> Verdict {
    let ada = site.ada();
    let form = site.get("/act/form", &[&ada]).body;
    assert_eq!(site.act("submit", &form, &[&ada]).status, 200);
    let renewed = site.act("renew", "", &[&ada]).sent_back(NAME);
    let reply = site.act("submit", &form, &[&renewed]);
    assert_eq!((reply.status, &*reply.body), (403, "not authentic"));
    let form = site.get("/act/form", &[&renewed]).body;
    assert_eq!(site.act("submit", &form, &[&renewed]).status, 200);
    Held
}
