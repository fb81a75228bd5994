//! The pure cookie: sizes, several cookies, schemas, settings.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::*;
use crate::application::Application;
use crate::claims::Timeouts;
use crate::cookie::{SameSite, Scope};
use crate::error::{OpenError, Problem, SealError, SessionError};
use crate::key::Key;
use crate::keys::Keys;
use crate::payload::SessionData;
use crate::sealer::Opened;
use crate::shape::Shape;

mod settings;
mod several;

const T: u64 = 1_800_000_000;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

fn keys() -> Keys {
    Key::generate().unwrap().into()
}

/// A cookie of an application that knows no other.
fn builder<T: SessionData>(keys: &Keys) -> SessionCookieBuilder<T> {
    Application::new("shop", keys).unwrap().session()
}

fn cookie<T: SessionData>(keys: &Keys) -> SessionCookie<T> {
    builder(keys).build().unwrap()
}

fn standard<T: SessionData>(cookie: &SessionCookie<T>, now: u64) -> Claims {
    cookie.new_claims(Class::Standard, at(now)).unwrap()
}

fn value<T: SessionData>(cookie: &SessionCookie<T>, data: &T, now: u64) -> String {
    let claims = standard(cookie, now);
    cookie.seal(data, &claims, at(now)).unwrap().value().to_owned()
}

fn label<T>(result: Result<Option<Opened<T>>, OpenError>) -> &'static str {
    match result {
        Ok(Some(_)) => "present",
        Ok(None) => "absent",
        Err(error) => error.label(),
    }
}

#[test]
fn a_cookie_is_filled_to_its_limit_and_not_a_byte_more() {
    type Set = fn(SessionCookieBuilder<String>) -> SessionCookieBuilder<String>;
    let settings: [Set; 7] = [
        |b| b,
        |b| b.signed(),
        |b| b.pad(64),
        |b| b.pad(1),
        |b| b.persistent(),
        |b| b.limit_name_and_value_only(),
        |b| b.name("s").path("/a/long/path").limit_name_and_value_only().signed(),
    ];
    for (index, set) in settings.into_iter().enumerate() {
        let cookie = set(builder(&keys())).build().unwrap();
        for class in [Class::Standard, Class::Remembered] {
            let claims = cookie.new_claims(class, at(T)).unwrap();
            // postcard puts two bytes of length before a string this long.
            let longest = "x".repeat(cookie.capacity(class) - 2);
            let full = cookie.seal(&longest, &claims, at(T)).unwrap();
            let whole_line = index < 5;
            let used = if whole_line {
                full.as_str().len()
            } else {
                full.name().len() + full.value().len()
            };
            assert!((4_000..=4_096).contains(&used), "{index}: {used}");
            assert_eq!(
                cookie.open([full.value().as_bytes()], at(T)).unwrap().unwrap().data,
                longest
            );
            let data = cookie.capacity(class) + 1;
            match cookie.seal(&format!("{longest}x"), &claims, at(T)) {
                Err(SessionError::TooLarge { used, limit: 4_096, data: found }) => {
                    assert!(used > 4_096 && found == data, "{index}: {used} {found}");
                }
                other => panic!("{index}: {other:?}"),
            }
        }
    }
}

#[test]
fn the_capacity_is_what_browsers_leave_and_the_error_names_all_sides() {
    let cookie = cookie::<String>(&keys());
    let claims = standard(&cookie, T);
    let error = cookie.seal(&"x".repeat(10_000), &claims, at(T)).unwrap_err();
    // 11 of name, 1 of `=`, 40 of attributes, and base64url of 73 + 10,002 bytes and 13 more of padding.
    assert_eq!(error, SessionError::TooLarge { used: 52 + 13_451, limit: 4_096, data: 10_002 });
}

#[test]
fn several_cookies_of_the_name_are_one_session_or_none() {
    let cookie = cookie::<String>(&keys());
    let claims = standard(&cookie, T);
    let seal = |data: &str, claims: &Claims, now: u64| {
        cookie.seal(&data.to_owned(), claims, at(now)).unwrap().value().to_owned()
    };
    let older = seal("older", &claims, T);
    let newer = seal("newer", &claims, T + 60);
    let other = seal("other", &standard(&cookie, T), T);
    let expired = seal("expired", &standard(&cookie, T - 9_000), T - 9_000);
    let open = |tokens: &[&str]| cookie.open(tokens.iter().map(|t| t.as_bytes()), at(T + 60));
    assert_eq!(label(open(&[])), "absent");
    assert_eq!(label(open(&[""])), "malformed");
    for (tokens, expected) in [
        (vec![&*older], "older"),
        (vec!["", &older, "!", &expired], "older"),
        (vec![&older, &newer], "newer"),
        (vec![&newer, &older], "newer"),
        (vec![&newer, "x", &older, &newer], "newer"),
    ] {
        assert_eq!(open(&tokens).unwrap().unwrap().data, expected);
    }
    for tokens in
        [vec![&*older, &*other], vec![&*other, "", &*newer], vec![&*newer, &*older, &*other]]
    {
        assert_eq!(label(open(&tokens)), "ambiguous");
    }
    // None opens, so the first one's reason counts.
    assert_eq!(label(open(&[&expired, ""])), "expired (stamp)");
    assert_eq!(label(open(&["", &expired])), "malformed");
}

#[test]
fn a_cookie_opens_under_its_own_name_and_application_alone() {
    let keys = keys();
    let token = value(&cookie(&keys), &"data".to_owned(), T);
    let build = |app: &str, name: &str| {
        let app = Application::new(app, &keys).unwrap();
        app.session::<String>().name(name).build().unwrap()
    };
    let open = |cookie: SessionCookie<String>| label(cookie.open([token.as_bytes()], at(T)));
    assert_eq!(open(cookie(&keys)), "present");
    assert_eq!(open(build("shop", "__Host-shop")), "present");
    assert_eq!(open(build("shop", "__Host-Shop")), "not authentic");
    assert_eq!(open(build("blog", "__Host-shop")), "not authentic");
    assert_eq!(open(builder(&keys).signed().build().unwrap()), "wrong version");
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Old {
    name: String,
    admin: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct New {
    admin: bool,
    name: String,
}

impl From<Old> for New {
    fn from(Old { name, admin }: Old) -> Self {
        New { admin, name }
    }
}

#[test]
fn another_shape_is_refused_and_a_known_one_read() {
    let keys = keys();
    let old = Old { name: "Ada".to_owned(), admin: true };
    let token = value(&cookie::<Old>(&keys), &old, T);
    let found = Shape::of::<Old>(None).unwrap().number(0);
    let written = Shape::of::<New>(None).unwrap().number(0);
    let refused = cookie::<New>(&keys).open([token.as_bytes()], at(T)).unwrap_err();
    assert_eq!(refused, OpenError::UnknownShape { found, written });
    type Set = fn(SessionCookieBuilder<New>) -> SessionCookieBuilder<New>;
    let sets: [Set; 4] = [
        |b| b.upgrade(|old: Old| New::from(old)),
        |b| b.try_upgrade(|old: Old| Some(New::from(old))),
        SessionCookieBuilder::upgrade_from::<Old>,
        |b| b.reads_newer(|old: Old| New::from(old)),
    ];
    for set in sets {
        let new = set(builder::<New>(&keys)).build().unwrap();
        let opened = new.open([token.as_bytes()], at(T)).unwrap().unwrap();
        assert_eq!(opened.data, New { admin: true, name: "Ada".to_owned() });
        assert_eq!((opened.claims.schema(), opened.stale), (found, false), "nobody asked for more");
        let sealed = new.seal(&opened.data, &opened.claims, at(T)).unwrap();
        let sealed = new.open([sealed.value().as_bytes()], at(T)).unwrap().unwrap();
        assert_eq!(sealed.claims.schema(), written, "a change writes our shape");
        let again = |token| new.seal_again(&opened.data, token, &opened.claims, at(T), at(T));
        assert_eq!(
            again(None),
            Err(SessionError::Seal(SealError::NoSealingKey)),
            "or it loses some"
        );
        let again = again(Some(token.as_bytes())).unwrap();
        let again = cookie::<Old>(&keys).open([again.value().as_bytes()], at(T)).unwrap().unwrap();
        assert_eq!(again.data, old, "a refresh keeps what came");
    }
    let never = builder::<New>(&keys).try_upgrade(|_: Old| None).build().unwrap();
    assert_eq!(label(never.open([token.as_bytes()], at(T))), "bad payload");
}

#[test]
fn sessions_numbered_by_hand_and_revisions_are_told_apart() {
    let keys = keys();
    let build = |number| builder::<u8>(&keys).schema(number).build().unwrap();
    let [first, second] = [1, 2].map(|number| value(&build(number), &7, T));
    let new = builder::<u8>(&keys)
        .schema(3)
        .upgrade_schema(1, Codec::Postcard, |old: u8| old + 1)
        .build()
        .unwrap();
    assert_eq!(new.open([first.as_bytes()], at(T)).unwrap().unwrap().data, 8);
    let refused = new.open([second.as_bytes()], at(T)).unwrap_err();
    assert_eq!(refused, OpenError::UnknownShape { found: 2, written: 3 });
    let token = value(&cookie::<u8>(&keys), &7, T);
    let revised = builder::<u8>(&keys).revision(1).build().unwrap();
    assert_eq!(label(revised.open([token.as_bytes()], at(T))), "unknown shape");
}

#[test]
fn a_payload_that_its_number_does_not_promise_is_refused() {
    let keys = keys();
    let token = value(&builder::<(u64, u64)>(&keys).schema(1).build().unwrap(), &(1, 2), T);
    let shorter = builder::<u64>(&keys).schema(1).build().unwrap();
    assert_eq!(label(shorter.open([token.as_bytes()], at(T))), "bad payload");
    let longer = builder::<(u64, u64, u64)>(&keys).schema(1).build().unwrap();
    assert_eq!(label(longer.open([token.as_bytes()], at(T))), "bad payload");
}

#[test]
fn a_session_may_end_earlier_than_its_class_and_a_refresh_keeps_to_it() {
    let cookie = builder::<bool>(&keys())
        .expires_by(|kiosk, claims| kiosk.then(|| claims.created() + Duration::from_secs(2_000)))
        .build()
        .unwrap();
    let claims = standard(&cookie, T);
    let expires = |kiosk: bool, claims: &Claims, now: u64| {
        let sealed = cookie.seal(&kiosk, claims, at(now)).unwrap();
        cookie.open([sealed.value().as_bytes()], at(now)).unwrap().unwrap().claims
    };
    assert_eq!(expires(false, &claims, T).expires(), at(T + 1_800));
    let first = expires(true, &claims, T);
    assert_eq!(first.expires(), at(T + 1_800));
    let refreshed = expires(true, &first, T + 1_000);
    assert_eq!(refreshed.expires(), at(T + 2_000));
    assert_eq!(expires(true, &refreshed, T + 1_900).expires(), at(T + 2_000));
    let over = cookie.seal(&true, &refreshed, at(T + 2_000));
    assert_eq!(over, Err(SessionError::Seal(SealError::Over)));
}

#[test]
fn a_loosened_policy_acts_at_the_next_seal_and_a_tightened_one_at_once() {
    let keys = keys();
    let with_idle = |seconds| {
        let idle = Duration::from_secs(seconds);
        let timeouts = Timeouts { idle, ..Timeouts::STANDARD };
        builder::<u8>(&keys).timeouts(timeouts).build().unwrap()
    };
    let (short, long) = (with_idle(600), with_idle(3_600));
    let from_short = value(&short, &1, T);
    assert_eq!(label(long.open([from_short.as_bytes()], at(T + 600))), "expired (stamp)");
    let opened = long.open([from_short.as_bytes()], at(T + 599)).unwrap().unwrap();
    let again = long.seal(&1, &opened.claims, at(T + 599)).unwrap();
    assert_eq!(label(long.open([again.value().as_bytes()], at(T + 599 + 3_599))), "present");
    let from_long = value(&long, &1, T);
    assert_eq!(label(short.open([from_long.as_bytes()], at(T + 599))), "present");
    assert_eq!(label(short.open([from_long.as_bytes()], at(T + 600))), "expired (idle)");
}

#[test]
fn max_age_is_the_time_left_where_the_cookie_outlives_the_browser() {
    let cookie = cookie::<String>(&keys());
    let persistent = builder::<String>(&keys()).persistent().build().unwrap();
    let line = |cookie: &SessionCookie<String>, class, now: u64| {
        let claims = cookie.new_claims(class, at(T)).unwrap();
        cookie.seal(&String::new(), &claims, at(now)).unwrap().attributes().to_owned()
    };
    let plain = "; Path=/; HttpOnly; Secure; SameSite=Lax";
    assert_eq!(line(&cookie, Class::Standard, T), plain);
    assert_eq!(line(&cookie, Class::Remembered, T), format!("{plain}; Max-Age=1209600"));
    assert_eq!(line(&persistent, Class::Standard, T + 60), format!("{plain}; Max-Age=1800"));
    // 89 days in, one day is left.
    let late = T + 89 * 86_400;
    assert_eq!(line(&cookie, Class::Remembered, late), format!("{plain}; Max-Age=86400"));
}

#[test]
fn settings_of_the_sealer_reach_it() {
    let keys = keys();
    let shop = Application::builder("shop", &keys).leeway(Duration::from_secs(5)).build().unwrap();
    let builder = shop.session::<u8>().signed().os_nonces().pad(16).remember_me(None);
    let signed = builder.build().unwrap();
    assert_eq!(signed.new_claims(Class::Remembered, at(T)), Err(SealError::ClassOff));
    let token = value(&signed, &1, T);
    let encrypted = cookie::<u8>(&keys);
    assert_eq!(label(encrypted.open([token.as_bytes()], at(T))), "wrong version");
    assert_eq!(label(signed.open([token.as_bytes()], at(T - 5))), "present");
    assert_eq!(label(signed.open([token.as_bytes()], at(T - 6))), "not yet valid");
}

#[cfg(feature = "json")]
#[test]
fn json_carries_what_postcard_cannot() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u32),
        Text(String),
    }
    let keys = keys();
    let json = builder::<Either>(&keys).codec(Codec::Json).build().unwrap();
    for data in [Either::Number(7), Either::Text("seven".to_owned())] {
        assert!(json.encode_checked(&data, Class::Standard).is_ok());
        let token = value(&json, &data, T);
        let opened = json.open([token.as_bytes()], at(T)).unwrap().unwrap();
        assert_eq!((opened.data, opened.claims.schema()), (data, 0));
    }
}

/// From JSON to postcard, without losing a session.
#[cfg(feature = "json")]
#[test]
fn another_codec_has_another_number() {
    let keys = keys();
    let json = builder::<Old>(&keys).codec(Codec::Json).build().unwrap();
    let token = value(&json, &Old { name: "Ada".to_owned(), admin: true }, T);
    let postcard = builder::<Old>(&keys).upgrade_schema(0, Codec::Json, |old: Old| old).build();
    let opened = postcard.unwrap().open([token.as_bytes()], at(T)).unwrap().unwrap();
    assert_eq!(opened.data.name, "Ada");
    let refused = cookie::<Old>(&keys).open([token.as_bytes()], at(T)).unwrap_err();
    assert_eq!(refused.label(), "unknown shape");
}
