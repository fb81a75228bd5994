//! Sessions that a browser binds to its device: what the adapters answer by themselves.

#[cfg(not(feature = "device-binding"))]
pub fn bound(_: &crate::site::Site) -> crate::site::Verdict {
    crate::site::Verdict::NotApplicable("the feature device-binding is off")
}

#[cfg(feature = "device-binding")]
pub use on::bound;

#[cfg(feature = "device-binding")]
mod on {
    use hardtack::testing::SoftwareDevice;

    use crate::scenarios::NAME;
    use crate::site::Verdict::{self, Held, NotApplicable};
    use crate::site::{Asked, Reply, Site};

    const PROOF: &str = "__Host-shop~device";

    /// The browser's own request to an endpoint, which tells nothing of where it comes from.
    fn post(site: &Site, endpoint: &str, cookies: &str, more: &[(&'static str, &str)]) -> Reply {
        let path = format!("/hardtack-device/{endpoint}");
        let asked = Asked::by_anybody(&path, Some(""), &[cookies]);
        site.send(more.iter().fold(asked, |asked, line| asked.with(line.0, line.1))).unwrap()
    }

    /// A link that was followed, from anywhere.
    fn page(site: &Site, cookies: &str) -> Reply {
        let page =
            Asked::by_anybody("/profile", None, &[cookies]).with("sec-fetch-site", "cross-site");
        let page = page.with("sec-fetch-mode", "navigate").with("sec-fetch-dest", "document");
        site.send(page).unwrap()
    }

    /// From the log-in to a proof that is over, and the next one.
    pub fn bound(site: &Site) -> Verdict {
        if site.traits.no_extractors.is_some() {
            return NotApplicable("no adapter answers for the site");
        }
        let device = SoftwareDevice::generate().unwrap();
        let reply = site.act("login", "Ada", &[]);
        let offers = reply.all("secure-session-registration");
        let unbound = reply.sent_back(NAME);
        let proof = device.registers(offers[0]).unwrap();
        let reply = post(site, "register", &unbound, &[("secure-session-response", &proof)]);
        assert_eq!((reply.status, reply.all("content-type")), (200, vec!["application/json"]));
        assert_eq!(reply.all("cache-control"), ["no-store"]);
        let (_, name) = reply.body.split_once("\"session_identifier\":\"").unwrap();
        let name = name.split('"').next().unwrap();
        let session = reply.sent_back(NAME);
        let cookies = format!("{session}; {}", reply.sent_back(PROOF));
        assert_eq!(site.profile(&cookies).as_deref(), Some("7 Ada"));
        assert_eq!(page(site, &cookies).status, 200);
        assert!(page(site, &cookies).all("secure-session-registration").is_empty());
        // Without the proof it is nobody's, and a page that was led to loads again, once.
        assert_eq!(site.profile(&session), None);
        let reply = page(site, &session);
        assert_eq!((reply.status, reply.all("refresh")), (200, vec!["0"]));
        assert!(!reply.body.contains("Ada"), "{}", reply.body);
        let again = format!("{session}; {}", reply.sent_back("__Host-shop~device-reload"));
        page(site, &again).assert_empty(401);
        site.wait(600);
        assert_eq!(site.profile(&cookies), None, "the proof is over");
        // The device proves itself again.
        let asks = [("sec-secure-session-id", name)];
        let reply = post(site, "refresh", &session, &asks);
        reply.assert_empty(403);
        let proof = device.refreshes(reply.all("secure-session-challenge")[0]).unwrap();
        let proves = [("sec-secure-session-id", name), ("secure-session-response", &*proof)];
        let reply = post(site, "refresh", &session, &proves);
        reply.assert_empty(200);
        let cookies = format!("{session}; {}", reply.sent_back(PROOF));
        assert_eq!(site.profile(&cookies).as_deref(), Some("7 Ada"));
        // Nothing else gets past the check of where a request comes from.
        let reply = post(site, "other", &cookies, &[("sec-fetch-site", "cross-site")]);
        if site.traits.routes_first.is_none() {
            reply.assert_empty(403);
        }
        // A log-out takes both.
        let reply = site.act("logout", "", &[&cookies]);
        assert_eq!(reply.all("set-cookie").len(), 2);
        let reply = post(site, "refresh", &session, &asks);
        // The hook refuses the copy, and may be out of touch.
        assert_eq!(reply.status, 503);
        let reply = post(site, "refresh", "", &asks);
        assert!(reply.body.starts_with("{\"continue\":false"), "{}", reply.body);
        Held
    }
}
