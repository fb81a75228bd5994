//! The pure cookie: sizes, several cookies, schemas, settings.

use std::time::Duration;

use serde::Deserialize;

use super::*;
use crate::claims::Lifetime;
use crate::cookie::SameSite;
use crate::key::Key;

const T: u64 = 1_800_000_000;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

fn ring() -> RingHandle {
    Key::generate().unwrap().into()
}

fn strings(ring: &RingHandle) -> SessionCookie<String> {
    SessionCookie::new("shop", ring).unwrap()
}

fn value<T: Serialize + DeserializeOwned + Send + Sync + 'static>(
    cookie: &SessionCookie<T>,
    data: &T,
    now: u64,
) -> String {
    let claims = cookie.fresh(at(now)).unwrap();
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
fn a_cookie_is_filled_to_its_limit_and_not_an_octet_more() {
    type Set = fn(SessionCookieBuilder<String>) -> SessionCookieBuilder<String>;
    let settings: [Set; 6] = [
        |b| b,
        |b| b.signed(),
        |b| b.pad(64),
        |b| b.persistent(),
        |b| b.limit_name_and_value_only(),
        |b| b.name("s").path("/a/long/path").limit_name_and_value_only().signed(),
    ];
    for (index, set) in settings.into_iter().enumerate() {
        let cookie = set(SessionCookie::builder("shop", ring())).build().unwrap();
        for class in [Class::Standard, Class::Remembered] {
            let claims = cookie.fresh_of(class, at(T)).unwrap();
            // postcard puts two octets of length before a string this long.
            let longest = "x".repeat(cookie.room(class) - 2);
            let full = cookie.seal(&longest, &claims, at(T)).unwrap();
            let whole_line = index < 4;
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
            let data = cookie.room(class) + 1;
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
fn the_room_is_what_browsers_leave_and_the_error_names_all_sides() {
    let cookie = strings(&ring());
    let claims = cookie.fresh(at(T)).unwrap();
    let error = cookie.seal(&"x".repeat(10_000), &claims, at(T)).unwrap_err();
    // 14 of name, 1 of `=`, 40 of attributes, and base64url of 73 + 10,002 octets.
    assert_eq!(error, SessionError::TooLarge { used: 55 + 13_434, limit: 4_096, data: 10_002 });
}

#[test]
fn several_cookies_of_the_name_are_one_session_or_none() {
    let ring = ring();
    let cookie = strings(&ring);
    let claims = cookie.fresh(at(T)).unwrap();
    let seal = |data: &str, claims: &Claims, now: u64| {
        cookie.seal(&data.to_owned(), claims, at(now)).unwrap().value().to_owned()
    };
    let older = seal("older", &claims, T);
    let newer = seal("newer", &claims, T + 60);
    let other = seal("other", &cookie.fresh(at(T)).unwrap(), T);
    let expired = seal("expired", &cookie.fresh(at(T - 9_000)).unwrap(), T - 9_000);
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
    // None opens: the first one's reason.
    assert_eq!(label(open(&[&expired, ""])), "expired (stamp)");
    assert_eq!(label(open(&["", &expired])), "malformed");
}

#[test]
fn a_cookie_opens_under_its_own_name_and_application_alone() {
    let ring = ring();
    let cookie = strings(&ring);
    let token = value(&cookie, &"data".to_owned(), T);
    let build = |app: &str, name: &str| {
        SessionCookie::<String>::builder(app, &ring).name(name).build().unwrap()
    };
    let open = |cookie: SessionCookie<String>| label(cookie.open([token.as_bytes()], at(T)));
    assert_eq!(open(build("shop", "__Host-session")), "present");
    assert_eq!(open(build("shop", "__Host-Session")), "not authentic");
    assert_eq!(open(build("blog", "__Host-session")), "not authentic");
    let signed = SessionCookie::builder("shop", &ring).signed().build().unwrap();
    assert_eq!(open(signed), "wrong version");
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
fn an_older_schema_is_migrated_and_an_unknown_one_refused() {
    let ring = ring();
    let build =
        |schema| SessionCookie::<Old>::builder("shop", &ring).schema(schema).build().unwrap();
    let old = || Old { name: "Ada".to_owned(), admin: true };
    let [first, second, later] = [1, 2, 4].map(|schema| value(&build(schema), &old(), T));
    let new = SessionCookie::<New>::builder("shop", &ring)
        .schema(3)
        .migrate::<Old>(1, Codec::Postcard, New::from)
        .migrate::<Old>(4, Codec::Postcard, New::from)
        .build()
        .unwrap();
    let open = |token: &str| new.open([token.as_bytes()], at(T));
    let migrated = open(&first).unwrap().unwrap();
    assert_eq!(migrated.data, New { admin: true, name: "Ada".to_owned() });
    assert!(migrated.stale, "to be sealed in the new shape");
    let sealed = new.seal(&migrated.data, &migrated.claims, at(T)).unwrap();
    let sealed = open(sealed.value()).unwrap().unwrap();
    assert_eq!((sealed.claims.schema(), sealed.stale), (3, false));
    assert_eq!(open(&second).unwrap_err(), OpenError::UnknownSchema { schema: 2 });
    // A reader of a number that other nodes write already: read, and left as it is.
    assert!(!open(&later).unwrap().unwrap().stale);
}

#[test]
fn a_payload_that_its_number_does_not_promise_is_refused() {
    let ring = ring();
    let numbers = SessionCookie::<(u64, u64)>::new("shop", &ring).unwrap();
    let token = value(&numbers, &(1, 2), T);
    let shorter = SessionCookie::<u64>::new("shop", &ring).unwrap();
    assert_eq!(label(shorter.open([token.as_bytes()], at(T))), "bad payload");
    let longer = SessionCookie::<(u64, u64, u64)>::new("shop", &ring).unwrap();
    assert_eq!(label(longer.open([token.as_bytes()], at(T))), "bad payload");
}

#[test]
fn a_session_may_end_earlier_than_its_class_and_a_refresh_keeps_to_it() {
    let cookie = SessionCookie::<bool>::builder("shop", ring())
        .ends_by(|kiosk, claims| kiosk.then(|| claims.created() + Duration::from_secs(2_000)))
        .build()
        .unwrap();
    let claims = cookie.fresh(at(T)).unwrap();
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
    let ring = ring();
    let with_idle = |seconds| {
        let idle = Duration::from_secs(seconds);
        let lifetime = Lifetime { idle, ..Lifetime::STANDARD };
        SessionCookie::<u8>::builder("shop", &ring).lifetime(lifetime).build().unwrap()
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
    let cookie = strings(&ring());
    let persistent = SessionCookie::<String>::builder("shop", ring()).persistent().build().unwrap();
    let line = |cookie: &SessionCookie<String>, class, now: u64| {
        let claims = cookie.fresh_of(class, at(T)).unwrap();
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
fn what_cannot_work_is_refused_when_it_is_built() {
    type Set = fn(SessionCookieBuilder<u8>) -> SessionCookieBuilder<u8>;
    let table: [(Set, Option<ConfigError>); 20] = [
        (|b| b, None),
        (|b| b.name("session").domain("example.com").path("/shop"), None),
        (|b| b.name("session").danger_plain_http().danger_script_readable(), None),
        (|b| b.same_site(SameSite::None).partitioned(), None),
        (|b| b.formerly("/", None, true), None),
        (|b| b.name("s").path("/new").formerly("/old", Some("example.com"), false), None),
        (|b| b.name("a b"), Some(ConfigError::CookieName)),
        (|b| b.danger_plain_http(), Some(ConfigError::PrefixNeedsSecure)),
        (|b| b.domain("example.com"), Some(ConfigError::PrefixForbidsDomain)),
        (|b| b.path("/shop"), Some(ConfigError::PrefixNeedsRootPath)),
        (|b| b.name("__Http-s").danger_script_readable(), Some(ConfigError::PrefixNeedsHttpOnly)),
        (
            |b| b.name("s").danger_plain_http().same_site(SameSite::None),
            Some(ConfigError::SameSiteNoneNeedsSecure),
        ),
        (|b| b.formerly("/", None, false), Some(ConfigError::FormerScope)),
        (
            |b| b.name("s").domain("example.com").formerly("/", Some(".Example.com"), false),
            Some(ConfigError::FormerScope),
        ),
        (|b| b.formerly("/old", None, false), Some(ConfigError::PrefixNeedsRootPath)),
        (|b| b.name("s").formerly("old", None, false), Some(ConfigError::Path)),
        (|b| b.schema(1 << 24), Some(ConfigError::Schema)),
        (|b| b.migrate(1 << 24, Codec::Postcard, |old: u8| old), Some(ConfigError::Schema)),
        (|b| b.migrate(0, Codec::Postcard, |old: u8| old), Some(ConfigError::DuplicateMigration)),
        (
            |b| {
                let b = b.migrate(1, Codec::Postcard, |old: u8| old);
                b.migrate(1, Codec::Postcard, |old: u8| old)
            },
            Some(ConfigError::DuplicateMigration),
        ),
    ];
    for (index, (set, expected)) in table.into_iter().enumerate() {
        let built = set(SessionCookie::builder("shop", ring())).build();
        assert_eq!(built.map(|_| ()).err(), expected, "{index}");
    }
    let unnamed = SessionCookie::<u8>::new("my shop", ring()).map(|_| ()).err();
    assert_eq!(unnamed, Some(ConfigError::Name));
}

#[test]
fn settings_of_the_sealer_reach_it() {
    let ring = ring();
    let cookie = SessionCookie::<u8>::builder("shop", &ring)
        .signed()
        .os_nonces()
        .pad(16)
        .remembered(None)
        .leeway(Duration::from_secs(5))
        .build()
        .unwrap();
    assert_eq!(cookie.fresh_remembered(at(T)), Err(SealError::ClassOff));
    let token = value(&cookie, &1, T);
    let encrypted = SessionCookie::<u8>::new("shop", &ring).unwrap();
    assert_eq!(label(encrypted.open([token.as_bytes()], at(T))), "wrong version");
    assert_eq!(label(cookie.open([token.as_bytes()], at(T - 5))), "present");
    assert_eq!(label(cookie.open([token.as_bytes()], at(T - 6))), "not yet valid");
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
    let ring = ring();
    let json = SessionCookie::<Either>::builder("shop", &ring).codec(Codec::Json).build().unwrap();
    let postcard = SessionCookie::<Either>::builder("shop", &ring).schema(1).build().unwrap();
    for data in [Either::Number(7), Either::Text("seven".to_owned())] {
        assert!(json.encode_checked(&data, Class::Standard).is_ok());
        let refused = postcard.encode_checked(&data, Class::Standard).map(|_| ()).unwrap_err();
        assert_eq!(refused, SessionError::NotFaithful);
        let token = value(&json, &data, T);
        assert_eq!(json.open([token.as_bytes()], at(T)).unwrap().unwrap().data, data);
    }
}
