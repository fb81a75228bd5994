//! Layers within layers, where a framework has them: at the whole site, and again on a part of it.

use crate::site::Layers;
use hardtack::testing::Change;

use super::{CART, NAME};
use crate::heard;
use crate::site::Site;
use crate::site::Verdict::{self, Held, HeldWith, NotApplicable};

/// Between the two somebody looks, so that the outer one has a session to refresh.
pub fn nested(site: &Site) -> Verdict {
    if let Layers::None(why) = site.traits.layers {
        return NotApplicable(why);
    }
    let act = |action: &str, text: &str, line: &str| {
        let reply = site.post(&format!("/nested/act/{action}"), text, &[line]).unwrap();
        assert_eq!((reply.status, &*reply.body), (200, "done"), "{action}");
        assert_eq!(reply.all("vary"), ["Cookie"], "{action}");
        reply
    };
    for due in [false, true] {
        let log_in = || {
            let ada = site.ada();
            site.wait(if due { 15 * 60 } else { 1 });
            ada
        };
        let ada = log_in();
        let reply = act("logout", "", &ada);
        assert_eq!(reply.all("set-cookie").len(), 1);
        assert!(matches!(reply.change(&site.world), Change::Removed), "a log-out within is undone");
        assert_eq!(site.profile(&ada), None);

        let reply = act("rename", "Grace", &log_in());
        assert_eq!(reply.all("set-cookie").len(), 1);
        assert_eq!(site.profile(&reply.sent_back(NAME)).as_deref(), Some("7 Grace"));

        let ada = log_in();
        let reply = site.get("/nested/act/form", &[&ada]);
        assert_eq!(reply.all("set-cookie").len(), usize::from(due), "a refresh, once");
        assert_eq!(site.act("submit", &reply.body, &[&ada]).status, 200, "the same session");

        let reply = act("both", "Eve", &log_in());
        assert_eq!(reply.all("set-cookie").len(), 2);
        let both = format!("{}; {}", reply.sent_back(NAME), reply.sent_back(CART));
        assert_eq!(site.profile(&both).as_deref(), Some("7 Eve"));
        assert_eq!(site.get("/cart", &[&both]).body, "[101, 2002]");
    }
    assert_eq!(site.post("/nested/act/rename", "Eve", &[]).unwrap().status, 401);
    match site.traits.layers {
        Layers::Once(why, _) => HeldWith(why),
        _ => Held,
    }
}

/// Of another type, from another application of the same name: only a request tells that they meet.
pub fn clash(site: &Site) -> Verdict {
    let told = format!(
        "ERROR message=two session cookies with the same name in one request: build it once and clone it, or call .name(…) cookie={NAME:?}"
    );
    match site.traits.layers {
        Layers::None(why) => NotApplicable(why),
        Layers::Once(why, launches) => {
            assert!(!launches(&site.world));
            assert_eq!(heard::take(site), [told]);
            HeldWith(why)
        }
        Layers::Nest => {
            let ada = site.ada();
            for line in ["", "theme=dark", &ada] {
                let reply = site.get("/clash", &[line]);
                assert_eq!((reply.status, &*reply.body), (500, ""));
                reply.assert_sets_nothing();
                assert_eq!(heard::take(site), [&*told]);
            }
            assert_eq!(site.profile(&ada).as_deref(), Some("7 Ada"), "elsewhere all is well");
            Held
        }
    }
}
