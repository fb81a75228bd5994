//! What an application checks, and that all its parts agree.

use std::time::Duration;

use super::*;
use crate::claims::Class;
use crate::denylist::FailMode;
use crate::error::{OpenError, Problem};
use crate::flash::FlashLevel;
use crate::key::Key;
use crate::layout::inspect;
use crate::login::RequireIss;
use crate::time::{Clock, DAY, Timestamp};

const T: u64 = 1_800_000_000;
const ISSUER: &str = "https://id.example";

fn key() -> Key {
    Key::generate().unwrap()
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

fn problem<B>(built: Result<B, SetupError>) -> Option<Problem> {
    built.err().map(|error| error.problem().clone())
}

/// A clock fixed at T.
struct Still;

impl Clock for Still {
    fn now(&self) -> Timestamp {
        at(T)
    }
}

#[test]
fn an_application_has_a_name() {
    for name in ["a", "A-Z_a.z09", &"a".repeat(64)] {
        assert_eq!(Application::new(name, key()).unwrap().name(), name);
    }
    for name in ["", "my shop", "shop~flash", "a/b", "caf\u{e9}", &"a".repeat(65)] {
        let label = Problem::Label { what: "application", name: name.to_owned() };
        assert_eq!(problem(Application::new(name, key())), Some(label));
    }
}

#[test]
fn leeway_is_a_day_at_most() {
    let build = |leeway| problem(Application::builder("shop", key()).leeway(leeway).build());
    assert_eq!((build(Duration::ZERO), build(DAY)), (None, None));
    assert_eq!(build(DAY + Duration::from_secs(1)), Some(Problem::Leeway));
    assert_eq!(build(DAY + Duration::from_millis(1)), Some(Problem::Leeway));
}

#[test]
fn an_origin_to_trust_is_scheme_host_and_port() {
    let trust = |origins: &[&str]| {
        let builder = Application::builder("shop", key());
        let builder = origins.iter().fold(builder, |builder, origin| builder.trust(origin));
        problem(builder.build())
    };
    assert_eq!(trust(&["https://pay.example", "http://localhost:8080", "https://[::1]"]), None);
    for origin in ["", "null", "*", "pay.example", "https://pay.example/", "https://*.example"] {
        let refused = Problem::Origin { origin: origin.to_owned() };
        assert_eq!(trust(&["https://pay.example", origin]), Some(refused));
    }
}

#[test]
fn clones_are_one_application_and_two_values_are_two() {
    let keys = Keys::from(key());
    let (shop, other) =
        (Application::new("shop", &keys).unwrap(), Application::new("shop", &keys).unwrap());
    assert_eq!(problem(shop.session::<u8>().build()), None);
    let twice = Problem::BuiltTwice {
        app: "shop".to_owned(),
        name: "__Host-shop".to_owned(),
        session: "u8",
    };
    assert_eq!(problem(shop.clone().session::<u8>().build()), Some(twice));
    assert_eq!(problem(other.session::<u16>().build()), None);
}

#[test]
fn what_an_application_makes_has_names_that_do_not_meet() {
    let shop = Application::new("shop", key()).unwrap();
    assert_eq!(shop.session::<u8>().build().unwrap().name(), "__Host-shop");
    assert_eq!(shop.flash().build().unwrap().name(), "__Host-shop~flash");
    let flows = shop.login_flows().issuer(ISSUER, RequireIss::No).build().unwrap();
    let flow = flows.begin([""], ISSUER, "/").unwrap();
    let line = flow.set_cookies().next().unwrap();
    assert!(line.name().starts_with("__Host-shop~login-"), "{}", line.name());
    // A failed build takes no name, and a sealer never takes one.
    let plain = shop.session::<u8>().name("__Host-other").danger_plain_http();
    assert!(plain.build().is_err());
    assert!(shop.session::<u8>().name("__Host-other").build().is_ok());
    for _ in 0..2 {
        assert!(shop.sealer("shop").build().is_ok());
        assert!(shop.cookie_sealer("__Host-shop").build().is_ok());
    }
    // Without Secure the default names have no prefix, which browsers would refuse.
    let plain = Application::new("shop", key()).unwrap();
    let session = plain.session::<u8>().danger_plain_http().build().unwrap();
    let flash = plain.flash().danger_plain_http().build().unwrap();
    assert_eq!((session.name(), flash.name()), ("shop", "shop~flash"));
}

#[test]
fn a_use_or_cookie_that_cannot_be_named_is_refused_when_its_sealer_is_built() {
    let shop = Application::new("shop", key()).unwrap();
    let label = Problem::Label { what: "use", name: "a/b".to_owned() };
    assert_eq!(problem(shop.sealer("a/b").build()), Some(label));
    let name = "a b".to_owned();
    assert_eq!(problem(shop.cookie_sealer("a b").build()), Some(Problem::CookieName { name }));
}

#[test]
fn a_sealer_that_is_asked_for_again_is_the_same() {
    let shop = Application::new("shop", key()).unwrap();
    let [one, other] = [(); 2].map(|()| shop.sealer("api").build().unwrap());
    let claims = one.new_claims(Class::Standard, at(T)).unwrap();
    let token = one.seal(&claims, b"data", at(T)).unwrap();
    assert_eq!(other.open(token.as_bytes(), at(T)).unwrap().data, b"data");
}

#[test]
fn a_new_ring_reaches_everything_at_once() {
    let keys = Keys::from(key());
    let [shop, blog] = ["shop", "blog"]
        .map(|name| Application::builder(name, &keys).clock(Still).build().unwrap());
    let (users, readers) =
        (shop.session::<u8>().build().unwrap(), blog.session::<u8>().build().unwrap());
    let api = shop.sealer("api").build().unwrap();
    let claims = api.new_claims(Class::Standard, at(T)).unwrap();
    let seal = || {
        [
            users.seal(&7, &claims, at(T)).unwrap().value().to_owned(),
            readers.seal(&7, &claims, at(T)).unwrap().value().to_owned(),
            api.seal(&claims, b"7", at(T)).unwrap(),
        ]
    };
    let open = |[user, reader, token]: &[String; 3]| {
        [
            users.open([user.as_bytes()], at(T)).map(|_| ()),
            readers.open([reader.as_bytes()], at(T)).map(|_| ()),
            api.open(token.as_bytes(), at(T)).map(|_| ()),
        ]
    };
    let before = seal();
    assert_eq!(open(&before), [Ok(()); 3]);
    let old = keys.key_ids()[0];
    shop.replace_keys(KeyRing::new(key()));
    assert_eq!(open(&before), [Err(OpenError::UnknownKey { key: old }); 3]);
    assert_eq!(open(&seal()), [Ok(()); 3]);
    assert_eq!(shop.keys().key_ids(), keys.key_ids());
    assert_eq!(blog.keys().key_ids(), keys.key_ids());
}

#[test]
fn clock_and_leeway_are_everybodys() {
    let builder = Application::builder("shop", key()).clock(Still);
    let shop = builder.leeway(Duration::from_secs(5)).build().unwrap();
    let users = shop.session::<u8>().build().unwrap();
    assert_eq!(users.slot([""]).start(7).unwrap().claims().created(), at(T));
    let flash = shop.flash().build().unwrap().slot([""]);
    flash.push(FlashLevel::Info, "").unwrap();
    assert_eq!(flash.get().unwrap().claims().created(), at(T));
    let flows = shop.login_flows().issuer(ISSUER, RequireIss::No).build().unwrap();
    let flow = flows.begin([""], ISSUER, "/").unwrap();
    let line = flow.set_cookies().next().unwrap();
    assert!(inspect(line.value().as_bytes()).unwrap().issued.contains(&at(T)));
    let denylist = shop.denylist_builder::<u64>().stale_after(DAY, FailMode::Open).build().unwrap();
    denylist.heartbeat();
    assert_eq!(denylist.status().heartbeat_at, Some(at(T)));
    let api = shop.sealer("api").build().unwrap();
    let claims = users.new_claims(Class::Standard, at(T)).unwrap();
    let sealed = users.seal(&7, &claims, at(T)).unwrap();
    let token = api.seal(&claims, b"", at(T)).unwrap();
    for (now, opens) in [(T - 5, true), (T - 6, false)] {
        assert_eq!(users.open([sealed.value().as_bytes()], at(now)).is_ok(), opens);
        assert_eq!(api.open(token.as_bytes(), at(now)).is_ok(), opens);
    }
}

#[test]
fn debug_shows_names_and_key_ids() {
    let key = key();
    let (id, text) = (key.id().to_string(), key.to_text());
    let builder = Application::builder("shop", key).trust("https://pay.example");
    let shown = format!("{builder:?}");
    assert!(shown.contains("shop") && shown.contains("https://pay.example"), "{shown}");
    let shown = format!("{shown} {:?}", builder.build().unwrap());
    assert_eq!(shown.matches(&id).count(), 2, "{shown}");
    assert!(!shown.contains(&text[5..20]), "{shown}");
}
