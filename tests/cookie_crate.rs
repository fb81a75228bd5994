//! Beside the `cookie` crate: a real sealed session converts into its types and back.
#![cfg(feature = "cookie")]

use std::time::Duration;

use cookie::{Cookie, CookieJar};
use hardtack::token::Opened;
use hardtack::{
    Application, Class, Key, OpenError, SameSite, SessionCookie, SessionCookieBuilder, SetCookie,
    Timeouts, Timestamp,
};
use serde::{Deserialize, Serialize};

const T: u64 = 1_800_000_000;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

fn ada() -> User {
    User { id: 7, name: "Ada; \"L\" = \u{e9}, %".to_owned() }
}

fn now() -> Timestamp {
    Timestamp::from_secs(T)
}

type Builder = SessionCookieBuilder<User>;

fn cookie_with(set: impl FnOnce(Builder) -> Builder) -> SessionCookie<User> {
    let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
    set(shop.session()).build().unwrap()
}

fn sealed(users: &SessionCookie<User>) -> SetCookie {
    users.seal(&ada(), &users.new_claims(Class::Standard, now()).unwrap(), now()).unwrap()
}

/// The session in a jar, as programs that have one look for it.
fn open_jar(
    users: &SessionCookie<User>,
    jar: &CookieJar,
    now: Timestamp,
) -> Result<Option<Opened<User>>, OpenError> {
    users.open(jar.get(users.name()).map(|cookie| cookie.value().as_bytes()), now)
}

/// The request that a browser sends after a response with these cookies, read into a jar as programs do.
fn browser(delta: &CookieJar) -> CookieJar {
    let mut jar = CookieJar::new();
    for set in delta.delta() {
        let line = set.to_string();
        let pair = line.split(';').next().unwrap().to_owned();
        for cookie in Cookie::split_parse(pair) {
            jar.add_original(cookie.unwrap());
        }
    }
    jar
}

#[test]
fn a_session_survives_a_jar_and_its_delta() {
    let settings: [fn(Builder) -> Builder; 5] = [
        |builder| builder,
        |builder| builder.signed(),
        |builder| builder.pad(64).persistent(),
        |builder| builder.name("s").same_site(SameSite::Strict).path("/shop").domain("example.com"),
        |builder| builder.name("__Secure-s").same_site(SameSite::None).partitioned(),
    ];
    for set in settings {
        let users = cookie_with(set);
        let mut response = CookieJar::new();
        let ours = sealed(&users);
        response.add(Cookie::from(ours.clone()));
        assert_eq!(response.delta().count(), 1);
        let request = browser(&response);
        let opened = open_jar(&users, &request, now()).unwrap().unwrap();
        assert_eq!(opened.data, ada());
        // And back: name, value and every attribute, in whatever order the crate writes them.
        let theirs = response.delta().next().unwrap();
        let back = SetCookie::try_from(theirs).unwrap();
        assert_eq!((back.name(), back.value()), (ours.name(), ours.value()));
        let attributes = |cookie: &SetCookie| {
            let mut all: Vec<_> = cookie.attributes().split("; ").map(str::to_owned).collect();
            all.sort();
            all
        };
        assert_eq!(attributes(&back), attributes(&ours));
    }
}

#[test]
fn the_crate_reads_the_attributes_that_were_set() {
    let users = cookie_with(|builder| {
        builder.persistent().timeouts(Timeouts {
            idle: Duration::from_secs(600),
            absolute: Duration::from_secs(6_000),
        })
    });
    let theirs = Cookie::from(sealed(&users));
    assert_eq!(theirs.name(), "__Host-shop");
    assert_eq!((theirs.path(), theirs.domain()), (Some("/"), None));
    assert_eq!((theirs.secure(), theirs.http_only()), (Some(true), Some(true)));
    assert_eq!(theirs.same_site(), Some(cookie::SameSite::Lax));
    assert_eq!(theirs.max_age().map(|age| age.whole_seconds()), Some(600));
    let brief = Cookie::from(sealed(&cookie_with(|builder| builder)));
    assert_eq!(brief.max_age(), None);
}

#[test]
fn a_jar_gives_the_three_answers() {
    let users = cookie_with(|builder| builder);
    let mut jar = CookieJar::new();
    assert!(open_jar(&users, &jar, now()).unwrap().is_none());
    jar.add_original(Cookie::new("other", "1"));
    assert!(open_jar(&users, &jar, now()).unwrap().is_none());
    jar.add_original(Cookie::new("__Host-shop", "junk"));
    assert_eq!(open_jar(&users, &jar, now()).unwrap_err(), OpenError::Malformed);
    jar.add_original(Cookie::from(sealed(&users)));
    assert_eq!(open_jar(&users, &jar, now()).unwrap().unwrap().data, ada());
    let stranger = cookie_with(|builder| builder);
    assert_eq!(open_jar(&stranger, &jar, now()).unwrap_err().label(), "unknown key");
    let late = Timestamp::from_secs(T + 1_800);
    assert_eq!(open_jar(&users, &jar, late).unwrap_err().label(), "expired (stamp)");
}

#[test]
fn a_removal_takes_the_session_out_of_a_jar() {
    let users = cookie_with(|builder| builder.name("s").path("/shop").domain("example.com"));
    let mut jar = CookieJar::new();
    jar.add_original(Cookie::from(sealed(&users)));
    jar.remove(Cookie::from(users.removal()));
    assert!(open_jar(&users, &jar, now()).unwrap().is_none());
    let removal = jar.delta().next().unwrap();
    assert_eq!((removal.value(), removal.path()), ("", Some("/shop")));
    assert_eq!(removal.domain(), Some("example.com"));
    assert_eq!(removal.max_age().map(|age| age.whole_seconds()), Some(0));
    // The jar keeps one cookie per name, and so hides what the header lines would show.
    let mut lines = CookieJar::new();
    for value in [sealed(&users), sealed(&users)] {
        lines.add_original(Cookie::from(value));
    }
    assert!(open_jar(&users, &lines, now()).unwrap().is_some());
    let both = [sealed(&users), sealed(&users)];
    let both = both.iter().map(|cookie| cookie.value().as_bytes());
    assert_eq!(users.open(both, now()).unwrap_err(), OpenError::Ambiguous);
}

#[test]
fn a_cookie_of_the_crate_becomes_a_line_or_is_refused() {
    let built = Cookie::build(("theme", "dark")).path("/").secure(true).build();
    let ours = SetCookie::try_from(&built).unwrap();
    assert_eq!((ours.name(), ours.value()), ("theme", "dark"));
    assert_eq!(ours.as_str(), built.to_string());
    let name = |name: &str| {
        format!("cookie name {name:?}: use 1 to 256 letters, digits and !#$%&'*+-.^_`|~")
    };
    let value = "cookie value: printable ASCII only, without white space, quote, comma, semicolon or backslash";
    for (of, with, expected) in [
        ("a b", "1", name("a b")),
        ("", "1", name("")),
        ("a", "1; Path=/", value.to_owned()),
        ("a", "caf\u{e9}", value.to_owned()),
    ] {
        let refused = SetCookie::try_from(&Cookie::new(of, with)).unwrap_err();
        assert_eq!(refused.to_string(), expected);
    }
}
