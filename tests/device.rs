//! Sessions bound to a device: from the offer to the proof, the thief, and what ends a binding.
#![cfg(all(feature = "device-binding", feature = "testing", feature = "tracing"))]

#[path = "adapters/events.rs"]
mod events;

#[path = "device/browser.rs"]
mod browser;
#[path = "device/refused.rs"]
mod refused;
#[path = "device/settings.rs"]
mod settings;
#[path = "device/thief.rs"]
mod thief;

mod common;

use std::time::Duration;

use browser::{Browser, Request, all};
use common::{T, User, site_at, user};
use hardtack::device::{Device, DeviceAnswer, DeviceBinding, StaleDevice};
use hardtack::testing::{Head, ManualClock, SoftwareDevice};
use hardtack::{OpenError, SessionCookie, SessionCookieBuilder, Timestamp};

const NAME: &str = "__Host-shop";
const PROOF: &str = "__Host-shop~device";
const REGISTER: &str = "/hardtack-device/register";
const REFRESH: &str = "/hardtack-device/refresh";
/// How long a proof lasts, and a challenge.
const LIFE: u64 = 600;
const CHALLENGE: u64 = 60;

struct Site {
    clock: ManualClock,
    users: SessionCookie<User>,
}

fn site() -> Site {
    site_with(|builder| builder.device_binding(DeviceBinding::default()))
}

fn site_with(set: impl FnOnce(SessionCookieBuilder<User>) -> SessionCookieBuilder<User>) -> Site {
    let clock = ManualClock::at(Timestamp::from_secs(T));
    Site { users: site_at(&clock, set).cookie, clock }
}

impl Site {
    fn wait(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

#[test]
fn a_session_is_offered_bound_and_proved_again() {
    let site = site();
    let mut ada = Browser::new(&site.users);
    let offer = ada.log_in();
    assert!(offer.starts_with(&format!("(ES256);path=\"{REGISTER}\";challenge=\"")), "{offer}");
    assert_eq!(ada.device(), Ok(Some(Device::Unbound)));
    let answer = ada.registers(&offer);
    assert_eq!(answer.status(), 200);
    let name = ada.name.clone().unwrap();
    let body = format!(
        "{{\"credentials\":[{{\"attributes\":\"Path=/; HttpOnly; Secure; SameSite=Lax\",\"name\":\"{PROOF}\",\"type\":\"cookie\"}}],\
         \"refresh_url\":\"{REFRESH}\",\"scope\":{{\"include_site\":false}},\"session_identifier\":\"{name}\"}}"
    );
    assert_eq!(answer.body(), body);
    assert_eq!(all(&answer, "content-type"), ["application/json"]);
    assert_eq!(all(&answer, "cache-control"), ["no-store"]);
    let proof = all(&answer, "set-cookie")[0];
    assert!(proof.starts_with(&format!("{PROOF}=")), "{proof}");
    assert!(proof.ends_with("; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=540"), "{proof}");
    let ((device, bound), offer) = ada.visit(|slot| {
        let user = slot.get().unwrap();
        (user.device(), user.claims().is_device_bound())
    });
    assert_eq!((device, bound, offer), (Device::Fresh, true, None));
    // To the second: the proof is good, then it is over.
    site.wait(LIFE - 1);
    assert_eq!(ada.device(), Ok(Some(Device::Fresh)));
    site.wait(1);
    assert_eq!(ada.device(), Err(OpenError::StaleDevice));
    let answer = ada.refreshes();
    assert_eq!((answer.status(), answer.body()), (200, ""));
    assert_eq!(all(&answer, "set-cookie").len(), 1, "the proof alone: a refresh is no visit");
    assert_eq!(ada.device(), Ok(Some(Device::Fresh)));
}

#[test]
fn a_proof_counts_wherever_it_is_among_the_cookies() {
    let site = site();
    let ada = Browser::bound(&site.users);
    let [session, proof] = [NAME, PROOF].map(|name| format!("{name}={}", ada.cookies[name]));
    let device = |lines: &[&str]| Ok(site.users.slot(lines).open()?.map(|user| user.device()));
    let fresh = Ok(Some(Device::Fresh));
    assert_eq!(device(&[&session, &proof]), fresh);
    assert_eq!(device(&[&format!("a=1;{proof} ; b; {session};c=\"{PROOF}=1\"")]), fresh);
    // Of several, few are asked: a line of forged ones must not cost an opening each.
    let forged = format!("{PROOF}={}; ", "A".repeat(120));
    let long = format!("{PROOF}={}; ", "A".repeat(129));
    assert_eq!(
        device(&[&format!("{}{}{proof};{session}", long.repeat(9), forged.repeat(3))]),
        fresh
    );
    let stale: Result<_, OpenError> = Err(OpenError::StaleDevice);
    assert_eq!(device(&[&format!("{}{proof};{session}", forged.repeat(4))]), stale);
    for other in [PROOF.to_uppercase(), format!("{PROOF}-"), format!("x{PROOF}")] {
        let value = &ada.cookies[PROOF];
        assert_eq!(device(&[&format!("{other}={value}; {session}")]), stale, "{other}");
    }
}

#[test]
fn events_tell_who_was_bound() {
    let site = site();
    let mut ada = Browser::new(&site.users);
    let offer = ada.log_in();
    let (_, said) = events::during(|| ada.registers(&offer));
    assert_eq!(said, format!("INFO message=session bound to a device cookie=\"{NAME}\"\n"));
    site.wait(LIFE);
    let (_, said) = events::during(|| ada.device());
    let stale = "INFO message=session cookie refused reason=\"stale device\"";
    assert_eq!(said, format!("{stale} cookie=\"{NAME}\"\n"));
}

#[test]
fn a_mark_that_was_lost_is_set_again() {
    let site = site();
    let mut ada = Browser::new(&site.users);
    let offer = ada.log_in();
    let unmarked = ada.cookies[NAME].clone();
    let _ = ada.registers(&offer);
    // A response that was under way has set the session as it was.
    ada.cookies.insert(NAME.to_owned(), unmarked);
    let (bound, offer) = ada.visit(|slot| slot.get().unwrap().claims().is_device_bound());
    assert!(bound && offer.is_none());
    ada.cookies.remove(PROOF);
    assert_eq!(ada.device(), Err(OpenError::StaleDevice), "it is marked");
    // The refresh does the same.
    let mut ada = Browser::new(&site.users);
    let offer = ada.log_in();
    let unmarked = ada.cookies[NAME].clone();
    let _ = ada.registers(&offer);
    ada.cookies.insert(NAME.to_owned(), unmarked);
    ada.cookies.remove(PROOF);
    let answer = ada.refreshes();
    assert_eq!((answer.status(), all(&answer, "set-cookie").len()), (200, 2));
    ada.cookies.remove(PROOF);
    assert_eq!(ada.device(), Err(OpenError::StaleDevice));
}

#[test]
fn a_page_from_elsewhere_reloads_itself_once() {
    let site = site();
    let mut ada = Browser::bound(&site.users);
    site.wait(LIFE);
    // The browser drops it.
    ada.cookies.remove(PROOF);
    let page = |ada: &Browser| Request::page("/").with("cookie", &ada.line());
    let answer = site.users.device_answer(&page(&ada)).unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(
        (all(&answer, "refresh"), all(&answer, "cache-control")),
        (vec!["0"], vec!["no-store"])
    );
    let marker = all(&answer, "set-cookie")[0];
    assert_eq!(
        marker,
        "__Host-shop~device-reload=1; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=10"
    );
    ada.keep([marker]);
    assert!(site.users.device_answer(&page(&ada)).is_none(), "never in a loop");
    assert_eq!(ada.device(), Err(OpenError::StaleDevice));
    ada.cookies.remove("__Host-shop~device-reload");
    // Nothing but a page: no script's request, no image, no POST, and nobody without a session.
    for other in [
        Request::new("GET", "/"),
        Request::new("GET", "/")
            .with("sec-fetch-mode", "navigate")
            .with("sec-fetch-dest", "iframe"),
        Request { method: "POST", ..Request::page("/") },
    ] {
        assert!(site.users.device_answer(&other.with("cookie", &ada.line())).is_none());
    }
    assert!(site.users.device_answer(&Request::page("/")).is_none());
    assert_eq!(ada.refreshes().status(), 200);
    assert!(site.users.device_answer(&page(&ada)).is_none());
}

#[test]
fn a_stale_session_is_there_for_those_who_ask() {
    let report = DeviceBinding::default().when_stale(StaleDevice::Report);
    let site = site_with(|builder| builder.device_binding(report));
    let mut ada = Browser::bound(&site.users);
    // Past half the idle time, when a refresh would be due.
    site.wait(1_000);
    ada.cookies.remove(PROOF);
    let before = ada.cookies.clone();
    let (device, offer) = ada.visit(|slot| slot.get().unwrap().device());
    assert_eq!((device, offer), (Device::Stale, None));
    assert_eq!(ada.cookies, before, "a copy must not live longer by itself");
}

#[test]
fn an_anonymous_visitor_does_not_lose_a_stale_session() {
    let site = site();
    let mut ada = Browser::bound(&site.users);
    site.wait(LIFE);
    let before = ada.cookies.clone();
    let (changed, _) =
        ada.visit(|slot| slot.get_or_start().unwrap().update(|user| user.id = 1).is_ok());
    assert!(!changed);
    assert_eq!(ada.cookies, before);
}

#[test]
fn a_binding_follows_renew_and_restart() {
    for restart in [false, true] {
        let site = site();
        let mut ada = Browser::bound(&site.users);
        let before = ada.users.slot([ada.line()]).get().unwrap().claims().session_id();
        let (after, offer) = ada.visit(|slot| {
            let mut user = slot.get().unwrap();
            if restart { user.restart() } else { user.renew() }.unwrap();
            assert_eq!(user.device(), Device::Fresh);
            user.claims().session_id()
        });
        assert_ne!(before, after);
        assert_eq!(offer, None);
        assert_eq!(ada.device(), Ok(Some(Device::Fresh)), "the proof holds");
        site.wait(LIFE);
        assert_eq!(ada.device(), Err(OpenError::StaleDevice));
        assert_eq!(ada.refreshes().status(), 200);
        assert_eq!(ada.device(), Ok(Some(Device::Fresh)));
    }
}

#[test]
fn a_log_out_and_another_log_in_end_the_binding() {
    let site = site();
    let mut ada = Browser::bound(&site.users);
    let other = ada.clone();
    ada.visit(|slot| slot.end().unwrap());
    assert_eq!(ada.cookies.keys().collect::<Vec<_>>(), Vec::<&String>::new());
    let over = |answer: DeviceAnswer| {
        assert_eq!(answer.status(), 200);
        assert!(answer.body().starts_with("{\"continue\":false,\"session_identifier\":\""));
        assert_eq!(all(&answer, "set-cookie"), [""; 0]);
    };
    over(ada.refreshes());
    // The session's idle time is over.
    site.wait(1_800);
    over(other.clone().refreshes());
    let mut ada = Browser::bound(&site.users);
    let first = ada.name.clone();
    let offer = ada.log_in();
    assert!(!ada.cookies.contains_key(PROOF), "the first session's proof is gone");
    assert_eq!(ada.device(), Ok(Some(Device::Unbound)));
    let _ = ada.registers(&offer);
    let second = std::mem::replace(&mut ada.name, first);
    over(ada.refreshes());
    ada.name = second;
    assert_eq!(ada.refreshes().status(), 200);
    assert_eq!(ada.device(), Ok(Some(Device::Fresh)));
}

/// Both tabs have the session as it was before the first answer came: a server without state cannot tell that they are two.
#[test]
fn two_tabs_that_register_at_once_leave_two_bindings_that_both_work() {
    let site = site();
    let mut ada = Browser::new(&site.users);
    let offer = ada.log_in();
    let before = ada.cookies.clone();
    // The browser makes another key for the second tab's offer.
    let mut other = Browser { device: SoftwareDevice::generate().unwrap(), ..ada.clone() };
    let (_, again) = other.visit(|slot| slot.get().is_some());
    assert_eq!(other.cookies, before);
    assert_eq!(ada.registers(&offer).status(), 200);
    assert_eq!(other.registers(&again.unwrap()).status(), 200);
    assert_ne!(ada.name, other.name);
    // One browser has one jar: what came last counts, and either proof is good.
    for _ in 0..3 {
        other.cookies.clone_from(&ada.cookies);
        assert_eq!(other.device(), Ok(Some(Device::Fresh)));
        site.wait(LIFE);
        assert_eq!(other.device(), Err(OpenError::StaleDevice));
        assert_eq!(other.refreshes().status(), 200);
        ada.cookies.clone_from(&other.cookies);
        assert_eq!(ada.device(), Ok(Some(Device::Fresh)));
        assert_eq!(ada.refreshes().status(), 200);
        ada.visit(|slot| slot.get().unwrap().renew().unwrap());
    }
    // A third tab comes too late.
    let (_, offer) = ada.visit(|slot| slot.get().is_some());
    assert_eq!(offer, None);
    // Both end with the session.
    ada.visit(|slot| slot.end().unwrap());
    other.cookies.clone_from(&ada.cookies);
    for mut tab in [ada, other] {
        assert!(tab.refreshes().body().starts_with("{\"continue\":false"));
    }
}

#[test]
fn it_is_offered_where_it_makes_sense() {
    let site = site();
    let mut ada = Browser::new(&site.users);
    assert_eq!(ada.visit(|slot| slot.get().is_some()), (false, None));
    ada.log_in();
    // The next page offers it again, a script's request does not, and a response for shared caches does not.
    assert!(ada.visit(|slot| slot.get().is_some()).1.is_some());
    assert_eq!(ada.visit(|_| ()).1, None, "nobody looked");
    let offered = |request: &Request, head: Head| {
        let slot = ada.users.slot([ada.line()]);
        slot.offer_device(request);
        slot.get().unwrap();
        let mut head = head;
        slot.commit(&mut head).unwrap();
        head.all("secure-session-registration").count()
    };
    let (page, script) = (Request::page("/"), Request::new("GET", "/"));
    assert_eq!(offered(&page, Head::new(200)), 1);
    assert_eq!(offered(&script, Head::new(200)), 0);
    assert_eq!(offered(&page, Head::new(200).with("cache-control", "public")), 0);
    assert_eq!(offered(&page, Head::new(500)), 0);
    // Whoever has not said that he answers offers nothing.
    let slot = ada.users.slot([""]);
    slot.start(user(7, "Ada")).unwrap();
    let mut head = Head::new(200);
    slot.commit(&mut head).unwrap();
    assert_eq!(head.all("secure-session-registration").count(), 0);
    assert_eq!(ada.visit(|slot| slot.end().unwrap()).1, None);
}
