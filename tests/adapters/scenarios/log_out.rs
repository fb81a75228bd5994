//! Log-in and log-out against somebody who plants, steals or is late; a denylist is the hook.

use hardtack::testing::Change;

use super::NAME;
use crate::site::Site;
use crate::site::Verdict::{self, Held};

/// Session fixation: the attacker's own session is in the victim's browser when the victim logs in.
pub fn fixation(site: &Site) -> Verdict {
    for action in ["login", "remember", "logout-login"] {
        let planting = site.act("login", "Mallory", &[]);
        let (planted, known) = (planting.sent_back(NAME), planting.session(&site.world).claims);
        let reply = site.act(action, "Ada", &[&planted]);
        let started = reply.session(&site.world);
        assert_ne!(started.claims.session_id(), known.session_id());
        assert_eq!(site.profile(&reply.sent_back(NAME)).as_deref(), Some("7 Ada"));
        assert_eq!(site.profile(&planted), None, "and the planted one is over");
    }
    Held
}

/// The thief keeps the copy alive; the owner logs out with the older cookie.
pub fn refreshed_copy(site: &Site) -> Verdict {
    let ada = site.ada();
    site.wait(15 * 60);
    let refreshed = site.get("/profile", &[&ada]).sent_back(NAME);
    assert_ne!(refreshed, ada);
    let renamed = site.act("rename", "Grace", &[&refreshed]).sent_back(NAME);
    let reply = site.act("logout", "", &[&ada]);
    assert!(matches!(reply.change(&site.world), Change::Removed));
    for copy in [&ada, &refreshed, &renamed] {
        assert_eq!(site.profile(copy), None);
    }
    // Later than the cookie that was logged out with would have ended by itself.
    site.wait(16 * 60);
    assert_eq!(site.profile(&refreshed), None);
    Held
}

/// All in one second.
pub fn everywhere(site: &Site) -> Verdict {
    let (here, there) = (site.ada(), site.ada());
    let renewed = site.act("renew", "", &[&site.ada()]).sent_back(NAME);
    let reply = site.act("logout-elsewhere", "", &[&here]);
    assert_eq!(site.profile(&reply.sent_back(NAME)).as_deref(), Some("7 Ada"));
    for over in [&here, &there, &renewed] {
        assert_eq!(site.profile(over), None);
    }
    // The next user starts in another second.
    site.wait(2);
    assert!(site.profile(&site.ada()).is_some());
    Held
}
