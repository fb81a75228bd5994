//! What time, keys and the server do to a session.

use hardtack::testing::Change;

use super::NAME;
use crate::heard;
use crate::site::Site;
use crate::site::Verdict::{self, Held};

const IDLE: u64 = 30 * 60;
const ABSOLUTE: u64 = 8 * 3_600;

pub fn refresh(site: &Site) -> Verdict {
    let ada = site.ada();
    site.wait(IDLE / 2 - 1);
    site.get("/profile", &[&ada]).assert_sets_nothing();
    site.wait(1);
    site.get("/act/look-without-refresh", &[&ada]).assert_sets_nothing();
    let reply = site.get("/profile", &[&ada]);
    assert_eq!(reply.body, "7 Ada");
    assert_eq!(reply.all("cache-control"), ["private, no-cache"]);
    let fresh = reply.session(&site.world);
    assert_eq!(fresh.claims.issued().as_secs(), fresh.claims.created().as_secs() + IDLE / 2);
    site.wait(IDLE / 2);
    assert_eq!(site.profile(&ada), None);
    assert_eq!(site.profile(&reply.sent_back(NAME)).as_deref(), Some("7 Ada"));
    Held
}

/// A button: what the page shows next to it is the end to come.
pub fn touch(site: &Site) -> Verdict {
    assert_eq!(site.act("touch", "", &[]).status, 401);
    let reply = site.act("login", "Ada", &[]);
    let (ada, started) = (reply.sent_back(NAME), reply.session(&site.world));
    site.wait(60);
    site.get("/profile", &[&ada]).assert_sets_nothing();
    let reply = site.act("touch", "", &[&ada]);
    let touched = reply.session(&site.world);
    let (before, after) = (&started.claims, &touched.claims);
    assert_eq!(reply.body, after.expires().as_secs().to_string());
    assert_eq!(after.expires().as_secs(), before.expires().as_secs() + 60);
    assert_eq!((after.session_id(), after.created()), (before.session_id(), before.created()));
    assert_eq!(touched.data, started.data);
    let mut line = reply.sent_back(NAME);
    site.wait(IDLE - 60);
    assert_eq!(site.profile(&ada), None);
    assert_eq!(site.profile(&line).as_deref(), Some("7 Ada"));
    // As often as one likes, up to the absolute timeout.
    let end = before.created().as_secs() + ABSOLUTE;
    for _ in 1..ABSOLUTE / IDLE {
        line = site.act("touch", "", &[&line]).sent_back(NAME);
        site.wait(IDLE - 1);
    }
    let reply = site.act("touch", "", &[&line]);
    assert_eq!(reply.body, end.to_string());
    assert_eq!(reply.session(&site.world).claims.expires().as_secs(), end);
    Held
}

pub fn idle(site: &Site) -> Verdict {
    let ada = site.ada();
    site.wait(IDLE - 1);
    assert_eq!(site.profile(&ada).as_deref(), Some("7 Ada"));
    site.wait(1);
    let reply = site.get("/profile", &[&ada]);
    assert_eq!(reply.status, 401);
    reply.assert_sets_nothing();
    heard::assert_refused(site, "expired (stamp)");
    Held
}

pub fn absolute(site: &Site) -> Verdict {
    let mut line = site.ada();
    let step = 1_000;
    for _ in 0..ABSOLUTE / step {
        site.wait(step);
        let reply = site.get("/profile", &[&line]);
        assert_eq!(reply.body, "7 Ada");
        if matches!(reply.change(&site.world), Change::Set(_)) {
            line = reply.sent_back(NAME);
        }
    }
    site.wait(ABSOLUTE % step - 1);
    assert_eq!(site.profile(&line).as_deref(), Some("7 Ada"));
    site.wait(1);
    assert_eq!(site.profile(&line), None, "busy to the last second, and over");
    Held
}

pub fn rotation(site: &Site) -> Verdict {
    let ada = site.ada();
    site.world.rotate();
    let reply = site.get("/profile", &[&ada]);
    assert_eq!(reply.body, "7 Ada", "the old key opens");
    reply.assert_sets_nothing();
    let reply = site.act("rename", "Grace", &[&ada]);
    let grace = reply.sent_back(NAME);
    assert_ne!(key_id(&grace), key_id(&ada), "the new key seals");
    site.world.rotate();
    assert_eq!(site.profile(&grace).as_deref(), Some("7 Grace"));
    heard::take(site);
    assert_eq!(site.profile(&ada), None, "its key has left the ring");
    heard::assert_refused(site, "unknown key");
    Held
}

/// The version and key id, as characters of the value.
fn key_id(line: &str) -> &str {
    &line.split_once('=').unwrap().1[..12]
}

pub fn revoked(site: &Site) -> Verdict {
    let ada = site.ada();
    let stolen = ada.clone();
    let reply = site.act("logout", "", &[&ada]);
    assert!(matches!(reply.change(&site.world), Change::Removed));
    heard::take(site);
    let reply = site.get("/profile", &[&stolen]);
    assert_eq!(reply.status, 401);
    reply.assert_sets_nothing();
    heard::assert_refused(site, "revoked");
    Held
}
