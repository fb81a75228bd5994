//! Log-in flows from the button to the callback, and every callback that must be refused.
#![cfg(feature = "testing")]

#[path = "login_flow/many.rs"]
mod many;
#[path = "login_flow/refused.rs"]
mod refused;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hardtack::keys::Keys;
use hardtack::login::{
    FinishedFlow, LoginFlow, LoginFlowError, LoginFlows, LoginFlowsBuilder, RequireIss,
};
use hardtack::testing::ManualClock;
use hardtack::token::SealerBuilder;
use hardtack::{
    Application, Class, Expiry, Key, KeyRing, OpenError, SealError, SetCookie, Timestamp,
};

const T: u64 = 1_800_000_000;
const ISSUER: &str = "https://id.example";
const OTHER: &str = "https://other.example/realm";

struct Site {
    clock: ManualClock,
    ring: Keys,
    flows: LoginFlows,
}

fn site() -> Site {
    site_with(|builder| builder)
}

fn site_with(set: impl FnOnce(LoginFlowsBuilder) -> LoginFlowsBuilder) -> Site {
    let clock = ManualClock::at(Timestamp::from_secs(T));
    let ring = Keys::from(Key::generate().unwrap());
    let builder = builder(&application("shop", &ring, &clock)).return_to(["/", "/account/*"]);
    Site { flows: set(builder).build().unwrap(), clock, ring }
}

fn application(name: &str, ring: &Keys, clock: &ManualClock) -> Application {
    Application::builder(name, ring).clock(clock.clone()).build().unwrap()
}

/// Flows at both providers, neither of which names itself in its callbacks.
fn builder(app: &Application) -> LoginFlowsBuilder {
    app.login_flows().issuer(ISSUER, RequireIss::No).issuer(OTHER, RequireIss::No)
}

/// What a browser holds.
#[derive(Clone, Default)]
struct Browser(BTreeMap<String, String>);

impl Browser {
    fn line(&self) -> String {
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn take(&mut self, line: &SetCookie) {
        if line.attributes().contains("; Max-Age=0") {
            self.0.remove(line.name());
        } else {
            self.0.insert(line.name().to_owned(), line.value().to_owned());
        }
    }

    fn begin_at(&mut self, site: &Site, issuer: &str) -> LoginFlow {
        let flow = site.flows.begin([self.line()], issuer, "/account/orders?page=2").unwrap();
        flow.set_cookies().for_each(|line| self.take(line));
        flow
    }

    fn begin(&mut self, site: &Site) -> LoginFlow {
        self.begin_at(site, ISSUER)
    }

    fn finish(&mut self, site: &Site, state: &str) -> Result<FinishedFlow, LoginFlowError> {
        let done = site.flows.finish([self.line()], state, None)?;
        self.take(done.removal());
        Ok(done)
    }
}

#[track_caller]
fn refused(result: Result<FinishedFlow, LoginFlowError>, expected: LoginFlowError) {
    assert_eq!(result.map(|done| done.issuer().to_owned()), Err(expected));
}

#[test]
fn a_flow_comes_back_as_it_went() {
    let (site, mut browser) = (site(), Browser::default());
    let flow = browser.begin(&site);
    let line = flow.set_cookies().next().unwrap();
    assert_eq!(line.name(), format!("__Host-shop~login-{}", &flow.state()[..8]));
    let attributes = "; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=600";
    assert_eq!(line.attributes(), attributes);
    let lengths = [flow.state(), flow.nonce(), flow.pkce_challenge()].map(str::len);
    assert_eq!(lengths, [36, 36, 43]);
    let url_safe = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    assert!(
        format!("{}{}{}", flow.state(), flow.nonce(), flow.pkce_challenge()).chars().all(url_safe)
    );

    let done = browser.finish(&site, flow.state()).unwrap();
    assert_eq!((done.issuer(), done.return_to()), (ISSUER, "/account/orders?page=2"));
    assert_eq!(done.nonce(), flow.nonce());
    assert_eq!(done.pkce_verifier().len(), 43);
    let removal = done.removal();
    assert_eq!((removal.name(), removal.value()), (line.name(), ""));
    assert!(
        removal.attributes().starts_with("; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0;")
    );
    assert!(browser.0.is_empty());
}

#[test]
fn every_flow_draws_its_own_secrets() {
    let site = site();
    let mut seen = BTreeSet::new();
    for _ in 0..50 {
        let mut browser = Browser::default();
        let flow = browser.begin(&site);
        let done = browser.finish(&site, flow.state()).unwrap();
        for secret in [flow.state(), flow.nonce(), flow.pkce_challenge(), done.pkce_verifier()] {
            assert!(seen.insert(secret.to_owned()), "{secret} twice");
        }
    }
}

#[test]
fn two_tabs_finish_in_either_order() {
    for first in [0, 1] {
        let (site, mut browser) = (site(), Browser::default());
        let tabs = [browser.begin(&site), browser.begin_at(&site, OTHER)];
        let issuers = [ISSUER, OTHER];
        for tab in [first, 1 - first] {
            let done = browser.finish(&site, tabs[tab].state()).unwrap();
            assert_eq!((done.issuer(), done.nonce()), (issuers[tab], tabs[tab].nonce()));
        }
    }
}

#[test]
fn the_issuer_is_the_one_that_the_flow_was_begun_with() {
    let clock = ManualClock::at(Timestamp::from_secs(T));
    let ring = Keys::from(Key::generate().unwrap());
    let flows = application("shop", &ring, &clock).login_flows().return_to(["/*"]);
    let flows = flows.issuer(ISSUER, RequireIss::No).issuer(OTHER, RequireIss::Yes);
    let site = Site { flows: flows.build().unwrap(), clock, ring };
    let (slash, upper) = (format!("{ISSUER}/"), ISSUER.to_uppercase());
    for (begun_with, iss, expected) in [
        (ISSUER, None, None),
        (ISSUER, Some(ISSUER), None),
        (ISSUER, Some(OTHER), Some(LoginFlowError::WrongIssuer)),
        (ISSUER, Some(""), Some(LoginFlowError::WrongIssuer)),
        (ISSUER, Some(&slash), Some(LoginFlowError::WrongIssuer)),
        (ISSUER, Some(&upper), Some(LoginFlowError::WrongIssuer)),
        (OTHER, Some(OTHER), None),
        (OTHER, Some(ISSUER), Some(LoginFlowError::WrongIssuer)),
        (OTHER, None, Some(LoginFlowError::NoIssuer)),
    ] {
        let mut browser = Browser::default();
        let flow = browser.begin_at(&site, begun_with);
        let done = site.flows.finish([browser.line()], flow.state(), iss);
        assert_eq!(done.err(), expected, "{begun_with} {iss:?}");
    }
}

#[test]
fn a_provider_is_declared_letter_for_letter_and_once() {
    let (site, mut browser) = (site(), Browser::default());
    for undeclared in [&format!("{ISSUER}/"), &ISSUER.to_uppercase(), "https://evil.example", ""] {
        let begun = site.flows.begin([""], undeclared, "/");
        assert_eq!(begun.err(), Some(LoginFlowError::UndeclaredIssuer), "{undeclared}");
    }
    // The list has become shorter in the meantime: a flow of a provider that was removed must name it.
    let flow = browser.begin_at(&site, OTHER);
    let shorter = || application("shop", &site.ring, &site.clock).login_flows();
    let shorter = shorter().issuer(ISSUER, RequireIss::No).build().unwrap();
    let finish = |iss| shorter.finish([browser.line()], flow.state(), iss);
    refused(finish(None), LoginFlowError::NoIssuer);
    refused(finish(Some(ISSUER)), LoginFlowError::WrongIssuer);
    assert_eq!(finish(Some(OTHER)).unwrap().issuer(), OTHER);

    let shop = || application("shop", &site.ring, &site.clock);
    let built = |builder: LoginFlowsBuilder| builder.build().unwrap_err().to_string();
    assert_eq!(
        built(shop().login_flows()),
        "log-in flows have no provider: declare each with .issuer(\"https://…\", RequireIss::…)"
    );
    assert_eq!(
        built(builder(&shop()).issuer(ISSUER, RequireIss::Yes)),
        "issuer \"https://id.example\" is declared twice: declare it once"
    );
    // What is no identifier of a provider: its name, or its address without a scheme.
    for issuer in ["", "example", "id.example", "ftp://id.example", "HTTPS://id.example"] {
        assert_eq!(
            built(builder(&shop()).issuer(issuer, RequireIss::Yes)),
            format!(
                "issuer {issuer:?}: write the provider's issuer identifier as its metadata has it, https://…"
            )
        );
    }
    let local = builder(&shop()).issuer("http://localhost:8080/realm", RequireIss::Yes);
    assert!(local.build().is_ok());
}

#[test]
fn flows_are_built_once_an_application_and_no_cookie_has_a_name_of_theirs() {
    let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
    let flows = builder(&shop).build().unwrap();
    assert!(flows.clone().begin([""], ISSUER, "/").is_ok());
    let twice = builder(&shop).build().unwrap_err().to_string();
    assert_eq!(
        twice,
        "ceremonies or log-in flows of application \"shop\" with cookies \"__Host-shop~login-\" were built already: build them once and clone them; or give the others another name, or a .cookie_prefix(…)"
    );
    for name in ["__Host-shop~login-AAAAAAAA", "__Host-shop~login-x"] {
        let told = shop.session::<u8>().name(name).build().unwrap_err().to_string();
        let expected = format!(
            "cookie {name:?} starts with \"__Host-shop~login-\", so the ceremonies or log-in flows of that prefix would take it for an old one of theirs and remove it: rename one of them"
        );
        assert_eq!(told, expected);
    }
    let admins = |prefix: &str| builder(&shop).cookie_prefix(prefix).build().err();
    assert!(admins("__Host-shop~login-admin-").is_some() && admins("__Host-shop~").is_some());
    assert_eq!(admins("__Host-shop~admin-"), None);
}

#[test]
fn a_flow_ends_after_ten_minutes_or_as_configured() {
    for (lifetime, seconds) in [(None, 600), (Some(90), 90)] {
        let site = site_with(|builder| match lifetime {
            Some(seconds) => builder.lifetime(Duration::from_secs(seconds)),
            None => builder,
        });
        let mut browser = Browser::default();
        let flow = browser.begin(&site);
        assert!(flow.set_cookies().all(|l| l.as_str().ends_with(&format!("; Max-Age={seconds}"))));
        let at = Timestamp::from_secs(T + seconds);
        for (after, expected) in [
            (seconds - 1, None),
            (
                seconds,
                Some(LoginFlowError::Refused(OpenError::Expired {
                    by: Expiry::Stamp,
                    at,
                    now: at,
                })),
            ),
            (
                seconds + 1,
                Some(LoginFlowError::Refused(OpenError::Expired {
                    by: Expiry::Stamp,
                    at,
                    now: Timestamp::from_secs(T + seconds + 1),
                })),
            ),
        ] {
            site.clock.set(Timestamp::from_secs(T + after));
            let done = site.flows.finish([browser.line()], flow.state(), None);
            assert_eq!(done.err(), expected, "{after}");
        }
    }
}

#[test]
fn a_rotation_between_button_and_callback_goes_unnoticed() {
    let (first, second) = (Key::generate().unwrap(), Key::generate().unwrap());
    let again: Key = first.to_text().parse().unwrap();
    let (site, mut browser) = (site(), Browser::default());
    site.ring.replace(KeyRing::new(first));
    let flow = browser.begin(&site);
    site.ring.replace(KeyRing::new(second).with_opening_key(again, None).unwrap());
    assert!(browser.finish(&site, flow.state()).is_ok());
}

#[test]
fn a_path_that_is_not_on_the_list_begins_nothing() {
    let site = site();
    for (target, allowed) in [
        ("/", true),
        ("/account/orders", true),
        ("/account/orders?from=//evil.example", true),
        ("/cart", false),
        ("//evil.example", false),
        ("/\\evil.example", false),
        ("https://evil.example/", false),
        ("/account/../%2fevil.example", false),
        ("/account//evil.example", false),
        ("", false),
    ] {
        assert_eq!(site.flows.may_return_to(target), allowed, "{target}");
        let begun = site.flows.begin([""], ISSUER, target);
        let expected = (!allowed).then_some(LoginFlowError::ReturnPath);
        assert_eq!(begun.err(), expected, "{target}");
    }
    let default = builder(&application("shop", &site.ring, &site.clock)).build().unwrap();
    assert!(default.may_return_to("/?a=b") && !default.may_return_to("/account/"));
}

#[test]
fn an_issuer_that_does_not_fit_the_cookie_is_an_error() {
    let longest = |length: usize| {
        let issuer = format!("https://{}", "i".repeat(length - "https://".len()));
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let flows = shop.login_flows().issuer(&issuer, RequireIss::Yes).build().unwrap();
        flows.begin([""], &issuer, "/")
    };
    let most = (2_000..4_000).rev().find(|&length| longest(length).is_ok()).unwrap();
    let flow = longest(most).unwrap();
    // There is room for the longest Max-Age, which has five digits more than 600. A block of padding is 22 characters at most.
    let used = flow.set_cookies().next().unwrap().as_str().len();
    assert!((4_075..=4_096).contains(&(used + 5)), "{used}");
    assert!(matches!(longest(most + 1), Err(LoginFlowError::Seal(SealError::TooLong { .. }))));
}

#[test]
fn a_form_post_needs_a_cookie_that_crosses_sites() {
    let site = site_with(|builder| builder.form_post());
    let flow = Browser::default().begin(&site);
    let line = flow.set_cookies().next().unwrap().attributes().to_owned();
    assert_eq!(line, "; Path=/; HttpOnly; Secure; SameSite=None; Max-Age=600");
}

#[test]
fn over_plain_http_the_default_names_have_no_prefix() {
    let site = site_with(|builder| builder.danger_plain_http());
    let flow = Browser::default().begin(&site);
    let line = flow.set_cookies().next().unwrap();
    assert_eq!(line.name(), format!("shop~login-{}", &flow.state()[..8]));
    assert_eq!(line.attributes(), "; Path=/; HttpOnly; SameSite=Lax; Max-Age=600");
}

#[test]
fn settings_are_checked_when_they_are_built() {
    type Set = fn(LoginFlowsBuilder) -> LoginFlowsBuilder;
    // The cookies' names are eight characters longer; the error names the whole length if that is what is too long.
    let name = |name: &str| {
        format!("cookie name {name:?}: use 1 to 256 letters, digits and !#$%&'*+-.^_`|~")
    };
    let secure =
        "browsers require Secure with SameSite=None: keep Secure, or choose another SameSite"
            .to_owned();
    let path = |path: &str| {
        format!(
            "return path {path:?}: write a path on this site, or one that ends in /* for everything below it"
        )
    };
    let timeout = "a timeout is at least one second and under 2^39 seconds".to_owned();
    let table: [(Set, Option<String>); 12] = [
        (|b| b, None),
        (|b| b.cookie_prefix("login.").danger_plain_http(), None),
        (|b| b.cookie_prefix(&"n".repeat(248)), None),
        (|b| b.cookie_prefix(&"n".repeat(249)), Some(name(&("n".repeat(249) + "xxxxxxxx")))),
        (|b| b.cookie_prefix(""), Some(name(""))),
        (|b| b.cookie_prefix("a b"), Some(name("a b"))),
        (|b| b.danger_plain_http(), None),
        (
            |b| b.cookie_prefix("__Host-login-").danger_plain_http(),
            Some("cookie \"__Host-login-\": browsers require Secure with this prefix: give it a name without the prefix, or keep Secure".to_owned()),
        ),
        (|b| b.danger_plain_http().form_post(), Some(secure)),
        (|b| b.return_to(["//evil.example"]), Some(path("//evil.example"))),
        (|b| b.return_to(["/", "cart"]), Some(path("cart"))),
        (|b| b.lifetime(Duration::ZERO), Some(timeout)),
    ];
    for (index, (set, expected)) in table.into_iter().enumerate() {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let built = set(builder(&shop)).build();
        assert_eq!(built.err().map(|error| error.to_string()), expected, "{index}");
    }
}

#[test]
fn debug_shows_no_secret() {
    let (site, mut browser) = (site(), Browser::default());
    let flow = browser.begin(&site);
    let value = browser.0.values().next().unwrap().clone();
    let (begun, state) = (format!("{flow:?}"), flow.state().to_owned());
    assert!(begun.contains("LoginFlow") && begun.contains("__Host-shop~login-"), "{begun}");
    let nonce = flow.nonce().to_owned();
    let done = browser.finish(&site, &state).unwrap();
    let shown = format!("{begun} {done:?} {:?}", site.flows);
    for secret in [&state[8..], &nonce, flow.pkce_challenge(), done.pkce_verifier(), &value] {
        assert!(!shown.contains(secret), "{shown}");
    }
    assert!(shown.contains("https://id.example"), "{shown}");
    let builder = builder(&application("shop", &site.ring, &site.clock)).return_to(["/account"]);
    let builder = builder.cookie_prefix("__Host-shop~in-");
    for shown in [format!("{builder:?}"), format!("{:?}", builder.build().unwrap())] {
        assert!(shown.starts_with("LoginFlows") && shown.contains("__Host-shop~in-"), "{shown}");
        assert!(shown.contains("/account"), "{shown}");
    }
}
