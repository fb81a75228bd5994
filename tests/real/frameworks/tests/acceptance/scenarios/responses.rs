//! What the application's own response, or the lack of one, does to a session.

use hardtack::testing::Change;
use hardtack_frameworks::servers::Panics;
use http_body_util::BodyExt;

use super::NAME;
use crate::site::Site;
use crate::table::Verdict::{self, Held, HeldWith};
use crate::{client, events, panics};

pub fn headers_kept(site: &Site) -> Verdict {
    let reply = site.act("login-among-headers", "Ada", &[]);
    let set = reply.all("set-cookie");
    assert_eq!(set.len(), 2);
    assert!(set.contains(&"other=1"));
    assert_eq!(reply.session(site).data.name, "Ada");
    let mut vary = reply.all("vary");
    vary.sort_unstable();
    assert_eq!(vary, ["Accept", "Cookie"]);
    assert_eq!(
        reply.all("cache-control"),
        ["private, max-age=60"],
        "the application's word stands"
    );
    Held
}

pub fn public(site: &Site) -> Verdict {
    let ada = site.ada();
    site.wait(15 * 60);
    let reply = site.get("/act/look-public", &[&ada]);
    assert_eq!(reply.status, 200);
    reply.assert_sets_nothing();
    assert_eq!(reply.all("cache-control"), ["public, max-age=60"]);
    assert_eq!(reply.all("vary"), ["Cookie"]);
    let reply = site.get("/act/look-304", &[&ada]);
    assert_eq!(reply.status, 304);
    reply.assert_sets_nothing();
    assert_eq!(site.get("/profile", &[&ada]).session(site).data.name, "Ada", "it was due");
    // A change must reach the browser, so the response must not reach the next visitor.
    events::take();
    let reply = site.act("login-public", "Ada", &[]);
    assert_eq!(reply.session(site).data.name, "Ada");
    assert_eq!(reply.all("cache-control"), ["no-store"]);
    assert_eq!(
        events::take(),
        ["WARN message=cacheable response changes the session: Cache-Control is now no-store"]
    );
    Held
}

/// The head has arrived here before the handler's stream tries to change the session.
pub fn late_change(site: &Site) -> Verdict {
    let ada = site.ada();
    let request = client::request("/stream", None, &[ada.as_bytes()]);
    let addr = site.running.addr;
    let (head, body) = site.run(async {
        let response = client::open(addr, request).await.unwrap();
        let (head, mut body) = response.into_parts();
        let early = body.frame().await.unwrap().unwrap().into_data().unwrap();
        site.world.heads_arrived.add_permits(1);
        let late = body.collect().await.unwrap().to_bytes();
        (head, [early, late].concat())
    });
    let body = String::from_utf8(body).unwrap();
    assert_eq!(head.status, 200);
    assert_eq!(head.headers.get_all("set-cookie").iter().count(), 0);
    assert_eq!(head.headers["vary"], "Cookie");
    assert_eq!(body, "early. update: head sent, start: head sent, end: head sent");
    // No header can say so any more, but the end was asked for: what the browser still holds is refused.
    events::take();
    assert_eq!(site.profile(&ada), None);
    events::assert_refused("revoked");
    Held
}

pub fn server_error(site: &Site) -> Verdict {
    let ada = site.ada();
    site.wait(15 * 60);
    let reply = site.act("rename-500", "Grace", &[&ada]);
    assert_eq!(reply.status, 500);
    reply.assert_sets_nothing();
    assert_eq!(reply.all("vary"), ["Cookie"]);
    assert_eq!(site.profile(&ada).as_deref(), Some("7 Ada"));
    let reply = site.act("logout-500", "", &[&ada]);
    assert_eq!(reply.status, 500);
    assert!(matches!(reply.change(site), Change::Removed), "an end is committed all the same");
    Held
}

pub fn panic(site: &Site) -> Verdict {
    let ada = site.ada();
    site.wait(15 * 60);
    let before = panics::in_servers();
    let result = site.try_act("rename-panic", "Grace", &[&ada]);
    assert_eq!(panics::in_servers(), before + 1);
    assert_eq!(site.profile(&ada).as_deref(), Some("7 Ada"), "the server and the session live on");
    match (site.panics, result) {
        (Panics::Answered, Ok(reply)) => {
            assert_eq!(reply.status, 500);
            reply.assert_sets_nothing();
            Held
        }
        (Panics::Closed, Err(_)) => HeldWith(
            "it catches no panic: the connection closes without an answer, so nothing is set",
        ),
        (_, result) => panic!("{result:?}"),
    }
}

/// The removal goes out although the session that should take its place cannot be sealed.
pub fn end_survives(site: &Site) -> Verdict {
    let ada = site.ada();
    site.world.stop_sealing();
    let reply = site.act("logout-login", "Eve", &[&ada]);
    site.world.rotate();
    assert_eq!(reply.status, 500);
    assert_eq!(events::take(), [events::failed("no sealing key")]);
    assert!(matches!(reply.change(site), Change::Removed));
    assert_eq!(reply.all("set-cookie").len(), 1);
    Held
}

/// The session is ended on the server between the change and the commit.
pub fn failed_commit(site: &Site) -> Verdict {
    let ada = site.ada();
    let reply = site.act("rename-revoked-meanwhile", "Grace", &[&ada]);
    assert_eq!(reply.status, 500);
    reply.assert_sets_nothing();
    assert!(!reply.body.contains("done"), "{}", reply.body);
    assert_eq!(events::take(), [events::failed("ended")]);
    assert_eq!(site.act("login", "Ada", &[]).session(site).data.name, "Ada");
    assert_eq!(
        site.profile(&site.act("login", "Ada", &[]).sent_back(NAME)).as_deref(),
        Some("7 Ada")
    );
    Held
}
