//! What the application's own response, or the lack of one, does to a session.

use std::sync::atomic::Ordering::SeqCst;

use hardtack::testing::Change;

use super::NAME;
use crate::heard;
use crate::site::Verdict::{self, Held, HeldWith};
use crate::site::{Panics, Site};

pub fn headers_kept(site: &Site) -> Verdict {
    let reply = site.act("login-among-headers", "Ada", &[]);
    let set = reply.all("set-cookie");
    assert_eq!(set.len(), 2);
    assert!(set.contains(&"other=1"));
    assert_eq!(reply.session(&site.world).data.name, "Ada");
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
    assert_eq!(site.get("/profile", &[&ada]).session(&site.world).data.name, "Ada", "it was due");
    // A change must reach the browser, so the response must not reach the next visitor.
    heard::take(site);
    let reply = site.act("login-public", "Ada", &[]);
    assert_eq!(reply.session(&site.world).data.name, "Ada");
    assert_eq!(reply.all("cache-control"), ["no-store"]);
    assert_eq!(
        heard::take(site),
        ["WARN message=cacheable response changes the session: Cache-Control is now no-store"]
    );
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
    assert!(
        matches!(reply.change(&site.world), Change::Removed),
        "an end is committed all the same"
    );
    Held
}

pub fn panic(site: &Site) -> Verdict {
    let ada = site.ada();
    site.wait(15 * 60);
    let before = site.world.panics.load(SeqCst);
    let result = site.post("/act/rename-panic", "Grace", &[&ada]);
    assert_eq!(site.world.panics.load(SeqCst), before + 1);
    assert_eq!(site.profile(&ada).as_deref(), Some("7 Ada"), "the server and the session live on");
    match (site.traits.panics, result) {
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
    assert_eq!(heard::take(site), [heard::failed("no sealing key")]);
    assert!(matches!(reply.change(&site.world), Change::Removed));
    assert_eq!(reply.all("set-cookie").len(), 1);
    Held
}

/// The session is ended on the server between the change and the commit.
pub fn failed_commit(site: &Site) -> Verdict {
    let ada = site.ada();
    let reply = site.act("rename-revoked-meanwhile", "Grace", &[&ada]);
    reply.assert_empty(500);
    // What caches must know is said of the new head, and nothing of the old one is left.
    assert_eq!(reply.added(), ["Cookie", "private, no-cache"]);
    assert_eq!(reply.all("x-page"), [""; 0]);
    assert_eq!(heard::take(site), [heard::failed("ended")]);
    assert_eq!(site.act("login", "Ada", &[]).session(&site.world).data.name, "Ada");
    assert_eq!(
        site.profile(&site.act("login", "Ada", &[]).sent_back(NAME)).as_deref(),
        Some("7 Ada")
    );
    Held
}
