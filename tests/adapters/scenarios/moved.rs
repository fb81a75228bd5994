//! Users who come with the cookie of the system that this site had before.

use hardtack::Clock;

use super::NAME;
use crate::site::Site;
use crate::site::Verdict::{self, Held};
use crate::world::OLD;

/// They stay logged in, have one cookie after it, and a copy of the old one is nobody once they have logged out everywhere.
pub fn predecessor(site: &Site) -> Verdict {
    let now = || site.world.clock.now().as_secs();
    let old = format!("{OLD}=7/Ada/{}", now());
    site.get("/untouched", &[&old]).assert_sets_nothing();
    let reply = site.get("/profile", &[&old]);
    assert_eq!((reply.status, reply.body.as_str()), (200, "7 Ada"));
    assert_eq!(reply.session(&site.world).claims.created().as_secs(), now());
    let removed = |line: &&str| line.starts_with(&format!("{OLD}=;")) && line.contains("Max-Age=0");
    assert_eq!(reply.all("set-cookie").iter().filter(|line| removed(line)).count(), 1);
    assert_eq!(reply.all("set-cookie").len(), 2);
    let moved = reply.sent_back(NAME);
    assert_eq!(site.profile(&moved).as_deref(), Some("7 Ada"));
    site.get("/profile", &[&moved]).assert_sets_nothing();
    let reply = site.act("logout-elsewhere", "", &[&moved]);
    assert_eq!(site.profile(&reply.sent_back(NAME)).as_deref(), Some("7 Ada"));
    for over in [&old, &moved] {
        assert_eq!(site.profile(over), None);
    }
    // A log-out also ends copies of the cookie that came with it.
    site.wait(2);
    let old = format!("{OLD}=7/Ada/{}", now());
    site.act("logout", "", &[&old]);
    assert_eq!(site.profile(&old), None);
    Held
}
