//! What another site can have a browser do here, and what it cannot.

use super::NAME;
use crate::client::{self, Reply};
use crate::site::Site;
use crate::table::Verdict::{self, Held};
use crate::{events, panics};

type Lines<'l> = &'l [(&'static str, &'static str)];

const OURS: (&str, &str) = ("origin", "http://localhost");
const EVIL: (&str, &str) = ("origin", "https://evil.example");

/// Requests that no page of this site sent, and why each is refused.
const FORGED: [(Lines<'static>, &str); 6] = [
    (&[("sec-fetch-site", "cross-site"), EVIL], "cross site"),
    (&[("sec-fetch-site", "same-site"), ("origin", "http://blog.localhost")], "cross site"),
    (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], "cross site"),
    (&[EVIL], "other origin"),
    (&[("origin", "http://localhost:81")], "other origin"),
    (&[("origin", "null")], "opaque origin"),
];

fn request(
    action: &str,
    text: &str,
    cookie: &str,
    lines: Lines<'_>,
) -> http::Request<http_body_util::Full<bytes::Bytes>> {
    let cookies = [cookie.as_bytes()];
    let cookies = if cookie.is_empty() { &[][..] } else { &cookies };
    let mut request = client::request_of_anybody(&format!("/act/{action}"), Some(text), cookies);
    for (name, value) in lines {
        request.headers_mut().append(*name, http::HeaderValue::from_static(value));
    }
    request
}

/// The same over HTTP/1 and, where the host is the target's authority, over HTTP/2.
fn post(site: &Site, action: &str, text: &str, cookie: &str, lines: Lines<'_>) -> [Reply; 2] {
    let addr = site.running.addr;
    let one = site.run(client::send(addr, request(action, text, cookie, lines))).unwrap();
    let two = site.run(client::send_h2(addr, vec![request(action, text, cookie, lines)])).unwrap();
    [one, two.into_iter().next().unwrap().unwrap()]
}

#[track_caller]
fn assert_refused(replies: &[Reply], reason: &str) {
    for reply in replies {
        assert_eq!((reply.status, &*reply.body), (403, ""), "{reason}");
        for name in ["set-cookie", "vary", "cache-control"] {
            assert_eq!(reply.all(name), [""; 0], "{name}");
        }
    }
    assert_eq!(events::take(), vec![events::cross_origin(reason); replies.len()]);
}

pub fn forged(site: &Site) -> Verdict {
    let ada = site.ada();
    let before = panics::in_servers();
    for (lines, reason) in FORGED {
        for action in ["rename", "logout", "renew", "nothing-of-the-kind"] {
            assert_refused(&post(site, action, "Eve", &ada, lines), reason);
        }
    }
    assert_refused(&post(site, "rename", "Eve", &ada, &[]), "no origin");
    assert_eq!(site.profile(&ada).as_deref(), Some("7 Ada"));
    assert_eq!(panics::in_servers(), before);
    Held
}

pub fn forged_log_in(site: &Site) -> Verdict {
    for (lines, reason) in FORGED {
        assert_refused(&post(site, "login", "Eve", "", lines), reason);
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
            assert_eq!(reply.session(site).data.name, "Grace");
        }
    }
    // A program without a session, and a link that is followed.
    for reply in post(site, "login", "Ada", "", &[]) {
        assert_eq!(reply.session(site).data.name, "Ada");
    }
    let mut followed = client::request("/profile", None, &[ada.as_bytes()]);
    let elsewhere = http::HeaderValue::from_static("cross-site");
    followed.headers_mut().insert("sec-fetch-site", elsewhere);
    let reply = site.run(client::send(site.running.addr, followed)).unwrap();
    assert_eq!(reply.body, "7 Ada");
    assert_eq!(events::take(), [""; 0]);
    Held
}

pub fn token(site: &Site) -> Verdict {
    let (ada, eve) = (site.ada(), site.user("Eve", hardtack::Class::Standard));
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
        assert_eq!(site.act("submit", token, &[&ada]).session(site).data.name, "Grace");
    }
    assert_eq!(site.profile(&format!("{NAME}={hers}")), None, "a token is no session");
    Held
}

pub fn open_form(site: &Site) -> Verdict {
    let ada = site.ada();
    let form = site.get("/act/form", &[&ada]).body;
    site.world.rotate();
    let reply = site.act("submit", &form, &[&ada]);
    assert_eq!(reply.session(site).data.name, "Grace");
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
