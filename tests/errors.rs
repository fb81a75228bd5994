//! What operators read: each message and each label, word for word, and that none of them holds what it must not.

use std::any::type_name;
use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::time::Duration;

use hardtack::denylist::{DenylistError, FailMode};
use hardtack::framework::BeginError;
use hardtack::keys::{KeyError, KeyId};
use hardtack::login::{LoginFlowError, RequireIss};
use hardtack::token::ParseIdError;
use hardtack::{
    Application, Codec, CrossOriginError, CsrfError, DAY, Expiry, Key, KeyRing, MINUTE, OpenError,
    SameSite, Scope, SealError, SessionCookie, SessionCookieBuilder, SessionError,
    SessionRejection, SetupError, Timeouts, Timestamp, ValueError,
};
use serde::{Deserialize, Serialize};

const fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

fn key() -> Key {
    Key::generate().unwrap()
}

fn shop() -> Application {
    Application::new("shop", key()).unwrap()
}

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
}

#[derive(Serialize, Deserialize)]
struct Cart {
    lines: Vec<u32>,
}

/// What postcard cannot carry.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Either {
    Number(u32),
    Text(String),
}

/// No made-up value is accepted.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "u64")]
struct Checked {
    id: u64,
}

impl TryFrom<u64> for Checked {
    type Error = String;

    fn try_from(id: u64) -> Result<Self, String> {
        if id == 0x1234_5678_9ABC { Ok(Self { id }) } else { Err("no such id".to_owned()) }
    }
}

/// Written and not read.
#[derive(Serialize, Deserialize)]
struct OneSided {
    id: u64,
    #[serde(skip_deserializing)]
    shop: u64,
}

/// Read always, and written only where it is something.
#[derive(Serialize, Deserialize)]
struct Skipping {
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    id: u64,
}

#[track_caller]
fn refused<V, E>(result: Result<V, E>) -> E {
    result.map(drop).expect_err("an error")
}

/// The problem's name in src/error/key.rs, an error of it, its message.
fn key_errors() -> Vec<(&'static str, KeyError, &'static str)> {
    let parse = |text: &str| refused(text.parse::<Key>());
    let bytes = |bytes: &[u8]| refused(Key::from_bytes(bytes));
    let ring = |text: &str| refused(KeyRing::from_text(text));
    let good = key().to_text();
    let with = |from, until| refused(KeyRing::new(key()).with_key(key(), at(from), until));
    let mut wrong_sum = good.to_string();
    let last = if wrong_sum.pop() == Some('A') { 'E' } else { 'A' };
    wrong_sum.push(last);
    vec![
        (
            "NotKeyText",
            parse("hunter2"),
            "key text does not start with htk1_: make one with `hardtack key new`",
        ),
        ("TextLength", parse(&good[..52]), "key text has 52 characters instead of 53"),
        ("Alphabet", parse(&format!("{}!", &good[..52])), "key text is not canonical base64url"),
        ("Checksum", parse(&wrong_sum), "key text has a wrong checksum: a typing error"),
        ("Length", bytes(&[1; 31]), "key has 31 bytes instead of 32"),
        ("AllEqual", bytes(&[1; 32]), "all bytes of the key are equal"),
        (
            "Printable",
            bytes(b"correct horse battery staple, 32"),
            "key is printable text, not 32 random bytes: make one with Key::generate",
        ),
        (
            "Example",
            bytes(&Vec::from_iter(0..32)),
            "key is a published example: make one with Key::generate",
        ),
        (
            "Empty",
            ring(" ,\n"),
            "a key ring needs at least one key: make one with `hardtack key new`",
        ),
        (
            "InList",
            ring(&format!("{} hunter2", *good)),
            "key 2: key text does not start with htk1_: make one with `hardtack key new`",
        ),
        ("Duplicate", ring(&format!("{0} {0}", *good)), "key 2: already in the ring"),
        ("SameSealFrom", with(0, None), "key 2: another key has the same seal_from"),
        (
            "OpenUntilBeforeSealFrom",
            with(5, Some(at(5))),
            "key 2: open_until is not after seal_from",
        ),
        (
            "InVariable",
            // cargo sets it, to `hardtack`.
            refused(KeyRing::from_env("CARGO_PKG_NAME")),
            "environment variable CARGO_PKG_NAME: key 1: key text does not start with htk1_: make one with `hardtack key new`",
        ),
        (
            "NotSet",
            refused(KeyRing::from_env("HARDTACK_TEST_NOT_SET")),
            "environment variable HARDTACK_TEST_NOT_SET is not set: it holds key texts, made by `hardtack key new`",
        ),
    ]
}

/// Of a key: what takes another operating system or another environment to see.
const UNSEEN_KEY_ERRORS: [&str; 2] = ["Random", "NotUnicode"];

/// The problem's name in src/error/setup.rs, an error of it, its message.
fn setup_errors() -> Vec<(&'static str, SetupError, String)> {
    type Builder = SessionCookieBuilder<User>;
    let build = |set: fn(Builder) -> Builder| refused(set(shop().session()).build());
    let user = type_name::<User>();
    let twice = shop();
    let first: SessionCookie<User> = twice.session().build().unwrap();
    let flows = || shop().login_flows().issuer("https://id.example", RequireIss::Yes);
    let list = || shop().denylist_builder::<u64>();
    let flowing = shop();
    let _ = flowing.login_flows().issuer("https://id.example", RequireIss::No).build().unwrap();
    let mut rows = vec![
        (
            "Label",
            refused(Application::new("my shop", key())),
            "application name \"my shop\": use 1 to 64 of A-Z a-z 0-9 . _ -".to_owned(),
        ),
        (
            "Label",
            refused(shop().sealer("").build()),
            "use name \"\": use 1 to 64 of A-Z a-z 0-9 . _ -".to_owned(),
        ),
        (
            "CookieName",
            build(|b| b.name("my shop")),
            "cookie name \"my shop\": use 1 to 256 letters, digits and !#$%&'*+-.^_`|~".to_owned(),
        ),
        (
            "PrefixNeedsSecure",
            build(|b| b.name("__Host-s").danger_plain_http()),
            "cookie \"__Host-s\": browsers demand Secure with this prefix: give it a name without the prefix, or keep Secure".to_owned(),
        ),
        (
            "PrefixNeedsHttpOnly",
            build(|b| b.name("__Http-s").danger_script_readable()),
            "cookie \"__Http-s\": browsers demand HttpOnly with this prefix: give it a name without the prefix, or keep HttpOnly".to_owned(),
        ),
        (
            "PrefixForbidsDomain",
            build(|b| b.domain("example.com")),
            "cookie \"__Host-shop\": browsers refuse Domain with this prefix: call .name(…) with a name that starts with __Secure-, or drop .domain(…)".to_owned(),
        ),
        (
            "PrefixNeedsRootPath",
            build(|b| b.path("/shop")),
            "cookie \"__Host-shop\": browsers demand Path=/ with this prefix: call .name(…) with a name that starts with __Secure-, or drop .path(…)".to_owned(),
        ),
        (
            "SameSiteNoneNeedsSecure",
            build(|b| b.danger_plain_http().same_site(SameSite::None)),
            "browsers demand Secure with SameSite=None: keep Secure, or choose another SameSite"
                .to_owned(),
        ),
        (
            "PartitionedNeedsSecure",
            build(|b| b.danger_plain_http().partitioned()),
            "browsers demand Secure with Partitioned: keep Secure, or drop .partitioned()".to_owned(),
        ),
        (
            "Path",
            build(|b| b.name("s").path("shop")),
            "path: start with /, use no semicolon or control character, at most 1024 bytes".to_owned(),
        ),
        (
            "Domain",
            build(|b| b.name("s").domain("*.example.com")),
            "domain: use letters, digits, - and ., at most 1024 bytes".to_owned(),
        ),
        (
            "FormerScope",
            build(|b| b.former_scope(Scope::new("/"))),
            "a former scope is the present one: leave it out".to_owned(),
        ),
        (
            "BuiltTwice",
            refused(twice.session::<User>().build()),
            format!(
                "cookie \"__Host-shop\" of application \"shop\" was built already, for {user}: build it once, before any closure that runs once a worker, and clone the first; or call .name(…) for another cookie"
            ),
        ),
        (
            "FlowsBuiltTwice",
            refused(flowing.login_flows().issuer("https://id.example", RequireIss::No).build()),
            "log-in flows of application \"shop\" with cookies \"__Host-shop~login-\" were built already: build them once and clone the first; or call .cookie_prefix(…) for others".to_owned(),
        ),
        (
            "NameTaken",
            refused(twice.session::<Cart>().build()),
            format!(
                "cookie \"__Host-shop\" of application \"shop\" was built already for {user}: give the one for {} a name of its own with .name(\"__Host-shop~…\")",
                type_name::<Cart>()
            ),
        ),
        (
            "FlowPrefix",
            refused(flowing.session::<User>().name("__Host-shop~login-x").build()),
            "cookie \"__Host-shop~login-x\" starts with \"__Host-shop~login-\", so the log-in flows would take it for an old flow and remove it: rename one of them".to_owned(),
        ),
        (
            "IdleAboveAbsolute",
            build(|b| b.timeouts(Timeouts { idle: 2 * MINUTE, absolute: MINUTE })),
            "an idle timeout is longer than its absolute timeout: shorten it or lengthen the other".to_owned(),
        ),
        (
            "Timeout",
            build(|b| b.timeouts(Timeouts { idle: Duration::ZERO, absolute: MINUTE })),
            "a timeout is at least one second and under 2^39 seconds".to_owned(),
        ),
        (
            "Leeway",
            refused(Application::builder("shop", key()).leeway(2_000 * MINUTE).build()),
            "a leeway is at most a day".to_owned(),
        ),
        (
            "Schema",
            build(|b| b.schema(1 << 24)),
            "a schema number is at most 16777215".to_owned(),
        ),
        (
            "SameShape",
            build(|b| b.schema(3).upgrade_schema(3, Codec::Postcard, |id: u64| User { id })),
            format!(
                "sessions of {user}: {user} and u64 have one shape (number 000003), so neither can be told from the other: remove one, or tell them apart with .revision(n)"
            ),
        ),
        (
            "NotPostcard",
            refused(shop().session::<Either>().build()),
            format!(
                "sessions of {}: postcard cannot carry the type (at T, it calls `deserialize_any`, as flatten, untagged enums, enums with a tag inside and serde_json::Value do): use Codec::Json (feature json)",
                type_name::<Either>()
            ),
        ),
        (
            "Untraceable",
            refused(shop().session::<(Checked, u8)>().build()),
            format!(
                "sessions of {}: the shape cannot be traced: at T.0, it refuses every made-up value (\"no such id\"). Give a value that its parsers accept with .sample(value); or use Codec::Json (feature json); or number the shape by hand with .schema(n)",
                type_name::<(Checked, u8)>()
            ),
        ),
        (
            "WrittenOtherwise",
            refused(shop().session::<OneSided>().build()),
            format!(
                "sessions of {}: T.id is read where another name is written (a rename or a skip for one direction only), so they would come back as other data: remove the attribute that makes the difference, or use Codec::Json (feature json)",
                type_name::<OneSided>()
            ),
        ),
        (
            "IdleAboveBrowsers",
            build(|b| b.remember_me(Timeouts { idle: 401 * DAY, absolute: 500 * DAY })),
            "browsers keep a cookie for 400 days at most: an idle timeout must not be longer".to_owned(),
        ),
        ("PadBlock", build(|b| b.pad(0)), "a padding block is 1 to 1024 bytes".to_owned()),
        (
            "TokenLimit",
            refused(shop().sealer("api").limit(80).build()),
            "a token limit must leave room for an empty token, padded as configured".to_owned(),
        ),
        (
            "Origin",
            refused(Application::builder("shop", key()).trust("https://pay.example/").build()),
            "trusted origin \"https://pay.example/\": write scheme://host or scheme://host:port, nothing else".to_owned(),
        ),
        (
            "Capacity",
            refused(list().capacity(0).build()),
            "a denylist holds 1 to 16777216 entries".to_owned(),
        ),
        (
            "StaleAfter",
            refused(list().stale_after(Duration::ZERO, FailMode::Open).build()),
            "a denylist goes stale after one second at the earliest".to_owned(),
        ),
        (
            "ReturnPath",
            refused(flows().return_to(["cart"]).build()),
            "path to return to \"cart\": write a path of this site, or one that ends in /* for all below".to_owned(),
        ),
        (
            "NoIssuer",
            refused(shop().login_flows().build()),
            "log-in flows know no provider: declare each with .issuer(\"https://…\", RequireIss::…)".to_owned(),
        ),
        (
            "Issuer",
            refused(flows().issuer("id.example", RequireIss::No).build()),
            "issuer \"id.example\": write the provider's issuer identifier as its metadata has it, https://…".to_owned(),
        ),
        (
            "IssuerTwice",
            refused(flows().issuer("https://id.example", RequireIss::No).build()),
            "issuer \"https://id.example\" is declared twice: declare it once".to_owned(),
        ),
    ];
    drop(first);
    for (_, error, text) in key_errors() {
        rows.push(("Key", error.into(), text.to_owned()));
    }
    #[cfg(feature = "cookie")]
    rows.push((
        "CookieValue",
        refused(hardtack::SetCookie::try_from(&cookie::Cookie::new("a", "1; Path=/"))),
        "cookie value: printable ASCII only, without white space, quote, comma, semicolon or backslash"
            .to_owned(),
    ));
    #[cfg(feature = "ring-file")]
    {
        use hardtack::keys::{RingFile, RotationPolicy};
        let policy = RotationPolicy::builder;
        rows.push((
            "Activation",
            refused(policy().activation(MINUTE).reload(MINUTE).build()),
            "activation is at least a second and twice the reload interval".to_owned(),
        ));
        rows.push((
            "KeyLifetime",
            refused(policy().lifetime(MINUTE).build()),
            "a key's lifetime is at least its activation".to_owned(),
        ));
        let empty = refused("".parse::<RingFile>());
        rows.push(("RingFile", empty.into(), "the ring file has no [[key]]".to_owned()));
    }
    rows
}

/// Variant, label, message.
const SEAL: &[(SealError, &str, &str)] = &[
    (SealError::NoSealingKey, "no sealing key", "no key of the ring may seal now"),
    (SealError::ClassOff, "class off", "the session's class is switched off"),
    (SealError::Over, "over", "nothing is left of the session's lifetime"),
    (SealError::TimeOutOfRange, "time out of range", "a time does not fit the format"),
    (
        SealError::SchemaOutOfRange,
        "schema out of range",
        "the schema number does not fit the format",
    ),
    (
        SealError::TooLong { limit: 4096 },
        "too long",
        "the token would be longer than 4096 characters",
    ),
    (SealError::Random, "no randomness", "the operating system gave no randomness"),
];

fn key_id() -> KeyId {
    "00112233445566ff".parse().unwrap()
}

fn open() -> Vec<(OpenError, &'static str, &'static str)> {
    let expired = |by| OpenError::Expired { by, at: at(1_800_000_000), now: at(1_800_000_001) };
    vec![
        (
            OpenError::TooLong { length: 5000, limit: 4096 },
            "too long",
            "too long: 5000 characters, at most 4096",
        ),
        (OpenError::Malformed, "malformed", "malformed"),
        (OpenError::WrongVersion, "wrong version", "wrong version"),
        (OpenError::UnknownKey { key: key_id() }, "unknown key", "unknown key: 00112233445566ff"),
        (
            OpenError::NotYetValid { from: at(1_800_000_061), now: at(1_800_000_000) },
            "not yet valid",
            "not yet valid: from 2027-01-15T08:01:01Z, now 2027-01-15T08:00:00Z",
        ),
        (
            expired(Expiry::Stamp),
            "expired (stamp)",
            "expired (stamp): at 2027-01-15T08:00:00Z, now 2027-01-15T08:00:01Z",
        ),
        (
            expired(Expiry::Idle),
            "expired (idle)",
            "expired (idle): at 2027-01-15T08:00:00Z, now 2027-01-15T08:00:01Z",
        ),
        (
            expired(Expiry::Absolute),
            "expired (absolute)",
            "expired (absolute): at 2027-01-15T08:00:00Z, now 2027-01-15T08:00:01Z",
        ),
        (OpenError::NotAuthentic, "not authentic", "not authentic"),
        (OpenError::ClassOff, "class off", "class off"),
        (OpenError::Revoked, "revoked", "revoked"),
        (
            OpenError::UnknownShape { found: 7, written: 0xD9985F },
            "unknown shape",
            "unknown shape: 000007, this cookie writes d9985f",
        ),
        (OpenError::BadPayload, "bad payload", "bad payload"),
        (OpenError::Ambiguous, "ambiguous", "ambiguous"),
    ]
}

fn session() -> Vec<(SessionError, &'static str, &'static str)> {
    let skipping = shop().session().build().unwrap();
    let misfit = refused(skipping.slot([""]).start(Skipping { note: None, id: 7 }));
    let mut rows = SESSION.to_vec();
    rows.push((
        misfit,
        "written otherwise",
        "session data: T.note is skipped when it is written (skip_serializing_if), and read all the same: remove the attribute that makes the difference, or use Codec::Json (feature json)",
    ));
    rows
}

const SESSION: &[(SessionError, &str, &str)] = &[
    (
        SessionError::TooLarge { used: 4200, limit: 4096, data: 3000 },
        "too large",
        "the cookie would take 4200 bytes of 4096, 3000 of them data",
    ),
    (
        SessionError::Encode,
        "encode",
        "the session data cannot be encoded: Codec::Json (feature json) carries more types",
    ),
    (
        SessionError::NotFaithful,
        "not faithful",
        "the session data does not come back from its own encoding: Codec::Json (feature json) carries more types",
    ),
    (
        SessionError::Refused,
        "refused",
        "the request's session cookie was refused here and may be good elsewhere: not replaced",
    ),
    (SessionError::Ended, "ended", "the session was ended or replaced"),
    (SessionError::HeadSent, "head sent", "the response's head has gone out already"),
    (SessionError::Conflict, "conflict", "the session was changed while this update ran"),
    (
        SessionError::TooEarly { from: at(1_800_000_061), now: at(1_800_000_000) },
        "too early",
        "such a session may start from 2027-01-15T08:01:01Z on, now 2027-01-15T08:00:00Z",
    ),
    (SessionError::Seal(SealError::Over), "over", "nothing is left of the session's lifetime"),
    (SessionError::Csrf(CsrfError::Malformed), "malformed", "not a CSRF token"),
    (
        SessionError::Value(ValueError::Decode),
        "value of another type",
        "the value under this key is of another type",
    ),
];

const DENYLIST: &[(DenylistError, &str)] = &[
    (DenylistError::Length { expected: 45, found: 44 }, "snapshot has 44 bytes instead of 45"),
    (DenylistError::Version { found: 2 }, "snapshot has version 2 instead of 1"),
    (DenylistError::Order, "snapshot's keys are not in ascending order"),
    (
        DenylistError::Ahead { not_before: at(1_800_086_401), now: at(1_800_000_000) },
        "snapshot is of the future: 2027-01-16T08:00:01Z, now 2027-01-15T08:00:00Z",
    ),
];

const LOGIN_FLOW: &[(LoginFlowError, &str, &str)] = &[
    (LoginFlowError::ReturnPath, "return path", "the path to return to is not on the list"),
    (
        LoginFlowError::UndeclaredIssuer,
        "undeclared issuer",
        "the issuer was not declared with .issuer(…), letter for letter",
    ),
    (
        LoginFlowError::MalformedState,
        "malformed state",
        "the callback's state is not one that was given out",
    ),
    (LoginFlowError::NoFlow, "no flow", "no log-in flow of this state is open in this browser"),
    (LoginFlowError::Refused(OpenError::NotAuthentic), "not authentic", "not authentic"),
    (LoginFlowError::WrongState, "wrong state", "the log-in flow's cookie holds another state"),
    (LoginFlowError::NoIssuer, "no issuer", "the callback names no issuer"),
    (LoginFlowError::WrongIssuer, "wrong issuer", "the callback comes from another issuer"),
    (
        LoginFlowError::Seal(SealError::NoSealingKey),
        "no sealing key",
        "no key of the ring may seal now",
    ),
];

const VALUE: &[(ValueError, &str, &str)] = &[
    (ValueError::Encode, "value not encoded", "the value cannot be written as JSON"),
    (ValueError::Decode, "value of another type", "the value under this key is of another type"),
];

const REJECTION: &[(SessionRejection, &str)] = &[
    (SessionRejection::NoSession, "no session"),
    (
        SessionRejection::NotInstalled,
        "no layer, middleware or fairing is installed for this type of session",
    ),
];

fn csrf() -> Vec<(CsrfError, &'static str, &'static str)> {
    vec![
        (CsrfError::Ended, "ended", "the session was ended or replaced"),
        (CsrfError::Malformed, "malformed", "not a CSRF token"),
        (
            CsrfError::UnknownKey { key: key_id() },
            "unknown key",
            "no key of the ring may open the CSRF token: its key is 00112233445566ff",
        ),
        (CsrfError::NotAuthentic, "not authentic", "the CSRF token was not made for this session"),
    ]
}

const CROSS_ORIGIN: &[(CrossOriginError, &str, &str)] = &[
    (
        CrossOriginError::CrossSite,
        "cross site",
        "the browser made the request for a page of another origin",
    ),
    (
        CrossOriginError::OtherOrigin,
        "other origin",
        "the request's origin is neither its host nor trusted",
    ),
    (CrossOriginError::OpaqueOrigin, "opaque origin", "the request's origin is null"),
    (
        CrossOriginError::NoOrigin,
        "no origin",
        "the request has a session cookie and does not tell its origin",
    ),
    (
        CrossOriginError::NoHost,
        "no host",
        "the request has an origin, and no host to hold it against",
    ),
    (CrossOriginError::Malformed, "malformed", "the request's origin or host is malformed"),
];

const BEGIN: &[(BeginError, &str)] = &[
    (BeginError::CrossOrigin(CrossOriginError::OpaqueOrigin), "the request's origin is null"),
    (BeginError::SameName, "another session cookie of the same name is installed"),
];

#[track_caller]
fn check<E: Display + Debug>(error: &E, expected: &str) {
    let message = error.to_string();
    assert_eq!(message, expected, "{error:?}");
    let lower = message.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit());
    assert!(lower, "{message}");
    assert!(!message.ends_with(['.', '!', ' ', '\n']), "{message}");
    // An ellipsis stands for what the reader of a sentence about code has to fill in.
    assert!(message.replace('…', "").is_ascii() && !message.contains("  "), "{message}");
}

#[track_caller]
fn check_labels<'l>(labels: impl Iterator<Item = (&'static str, &'l str)>) {
    let mut seen = BTreeSet::new();
    for (label, expected) in labels {
        assert_eq!(label, expected);
        let calm = |c: char| c.is_ascii_lowercase() || " ()".contains(c);
        assert!(label.chars().all(calm), "{label}");
        assert!(seen.insert(label), "{label} stands for two variants");
    }
}

#[test]
fn every_message_is_worded_like_this() {
    key_errors().iter().for_each(|(_, error, text)| check(error, text));
    setup_errors().iter().for_each(|(_, error, text)| check(error, text));
    SEAL.iter().for_each(|(error, _, text)| check(error, text));
    open().iter().for_each(|(error, _, text)| check(error, text));
    session().iter().for_each(|(error, _, text)| check(error, text));
    LOGIN_FLOW.iter().for_each(|(error, _, text)| check(error, text));
    VALUE.iter().for_each(|(error, _, text)| check(error, text));
    csrf().iter().for_each(|(error, _, text)| check(error, text));
    CROSS_ORIGIN.iter().for_each(|(error, _, text)| check(error, text));
    DENYLIST.iter().for_each(|(error, text)| check(error, text));
    REJECTION.iter().for_each(|(error, text)| check(error, text));
    BEGIN.iter().for_each(|(error, text)| check(error, text));
    check(&refused("xyz".parse::<KeyId>()), "an id is 16 hexadecimal digits");
}

/// What `main` prints when it returns one of these says what to do.
#[test]
fn errors_of_setting_up_print_their_sentence_and_no_structure() {
    for (_, error, text) in key_errors() {
        assert_eq!(format!("{error:?}"), text);
        assert_eq!(format!("{:?}", SetupError::from(error)), text);
    }
    for (_, error, text) in setup_errors() {
        assert_eq!(format!("{error:?}"), text);
        assert_eq!(error, error.clone());
    }
}

#[test]
fn every_label_is_its_own() {
    check_labels(SEAL.iter().map(|(error, label, _)| (error.label(), *label)));
    check_labels(open().iter().map(|(error, label, _)| (error.label(), *label)));
    // A session that cannot be sealed has the sealer's labels, which none of its own repeats. A refused CSRF token is no failure of the
    // session, and is counted apart.
    let session = session();
    let own = session
        .iter()
        .filter(|(error, ..)| !matches!(error, SessionError::Seal(_) | SessionError::Csrf(_)))
        .filter(|(error, ..)| !matches!(error, SessionError::Value(_)));
    let values = VALUE.iter().map(|(error, ..)| SessionError::Value(*error).label());
    let values = values.zip(VALUE.iter().map(|(_, label, _)| *label));
    let own = own.map(|(error, label, _)| (error.label(), *label));
    let seal = SEAL.iter().map(|(error, label, _)| (SessionError::Seal(*error).label(), *label));
    check_labels(own.chain(seal).chain(values));
    check_labels(VALUE.iter().map(|(error, label, _)| (error.label(), *label)));
    check_labels(CROSS_ORIGIN.iter().map(|(error, label, _)| (error.label(), *label)));
    check_labels(csrf().iter().map(|(error, label, _)| (error.label(), *label)));
    check_labels(LOGIN_FLOW.iter().map(|(error, label, _)| (error.label(), *label)));
}

#[test]
fn a_session_that_cannot_be_sealed_says_what_the_sealer_says() {
    for (error, label, text) in SEAL {
        let error = SessionError::from(*error);
        check(&error, text);
        assert_eq!(error.label(), *label);
    }
}

#[test]
fn a_key_of_a_list_is_named_by_its_place() {
    let good = key().to_text();
    let one_bad = format!("{}, {}", *good, &good[..52]);
    check(
        &refused(KeyRing::from_text(&one_bad)),
        "key 2: key text has 52 characters instead of 53",
    );
    let first = key().to_text();
    for wrong in ["htk2_", &first[..50], "x"] {
        let error = refused(wrong.parse::<Key>());
        let list = format!("{} {} {wrong} {}", *first, *good, &good[..52]);
        check(&refused(KeyRing::from_text(&list)), &format!("key 3: {error}"));
    }
}

/// The variants of an enum in a file of src/error, so that none is left out of the tables.
fn variants(file: &str, name: &str) -> BTreeSet<String> {
    let start = file.find(&format!(" enum {name} {{")).unwrap_or_else(|| panic!("no {name}"));
    let lines = file[start..].lines().skip(1).take_while(|line| *line != "}");
    // A variant stands four spaces in and starts with an upper-case letter.
    let found = lines.filter_map(|line| line.strip_prefix("    "));
    let found = found.filter(|line| line.starts_with(char::is_uppercase));
    found.map(|line| line.split([' ', ',', '(', '{']).next().unwrap().to_owned()).collect()
}

fn tabled<E: Debug>(errors: impl Iterator<Item = E>) -> BTreeSet<String> {
    let name = |error: E| format!("{error:?}").split([' ', '(']).next().unwrap().to_owned();
    errors.map(name).collect()
}

#[test]
fn no_variant_is_left_out() {
    let key = include_str!("../src/error/key.rs");
    let named: BTreeSet<_> = key_errors().iter().map(|row| row.0.to_owned()).collect();
    let unseen: BTreeSet<_> = UNSEEN_KEY_ERRORS.map(str::to_owned).into();
    assert!(named.is_disjoint(&unseen));
    assert_eq!(variants(key, "KeyProblem"), &named | &unseen);
    #[cfg(all(feature = "cookie", feature = "ring-file"))]
    {
        let setup = include_str!("../src/error/setup.rs");
        let named: BTreeSet<_> = setup_errors().iter().map(|row| row.0.to_owned()).collect();
        assert_eq!(variants(setup, "Problem"), named);
    }
    let (token, session) =
        (include_str!("../src/error/token.rs"), include_str!("../src/error/session.rs"));
    assert_eq!(variants(token, "SealError"), tabled(SEAL.iter().map(|row| row.0)));
    assert_eq!(variants(token, "OpenError"), tabled(open().into_iter().map(|row| row.0)));
    assert_eq!(variants(session, "SessionError"), tabled(self::session().iter().map(|row| row.0)));
    let login_flow = include_str!("../src/error/login_flow.rs");
    assert_eq!(variants(login_flow, "LoginFlowError"), tabled(LOGIN_FLOW.iter().map(|row| row.0)));
    assert_eq!(variants(session, "ValueError"), tabled(VALUE.iter().map(|row| row.0)));
    let origin = include_str!("../src/error/csrf.rs");
    assert_eq!(variants(origin, "CrossOriginError"), tabled(CROSS_ORIGIN.iter().map(|row| row.0)));
    assert_eq!(variants(origin, "CsrfError"), tabled(csrf().into_iter().map(|row| row.0)));
    let denylist = include_str!("../src/error/denylist.rs");
    assert_eq!(variants(denylist, "DenylistError"), tabled(DENYLIST.iter().map(|row| row.0)));
    let rejection = include_str!("../src/error/rejection.rs");
    assert_eq!(variants(rejection, "SessionRejection"), tabled(REJECTION.iter().map(|row| row.0)));
    assert_eq!(variants(token, "Expiry").len(), 3);
}

/// Signs that are in no message, so that one of them in a message would be one of the key's.
const FOREIGN: [char; 4] = ['Q', 'X', 'Z', 'W'];

/// A text of these signs, the same for one `seed`.
fn foreign(length: usize, seed: usize) -> String {
    (0..length).map(|i| FOREIGN[(i * i + i * seed + seed) % FOREIGN.len()]).collect()
}

#[test]
fn no_message_holds_a_byte_of_the_key_that_it_speaks_of() {
    type Wrong = fn(usize) -> String;
    let texts: [(Wrong, &str); 7] = [
        (
            |seed| foreign(53, seed),
            "key text does not start with htk1_: make one with `hardtack key new`",
        ),
        (
            |seed| foreign(3, seed),
            "key text does not start with htk1_: make one with `hardtack key new`",
        ),
        (
            |seed| format!("HTK1_{}", foreign(48, seed)),
            "key text does not start with htk1_: make one with `hardtack key new`",
        ),
        (|seed| format!("htk1_{}", foreign(47, seed)), "key text has 52 characters instead of 53"),
        (
            |seed| format!("htk1_{}", foreign(900, seed)),
            "key text has 905 characters instead of 53",
        ),
        (
            |seed| format!("htk1_{}!{0}", foreign(24, seed))[..53].to_owned(),
            "key text is not canonical base64url",
        ),
        (
            |seed| format!("htk1_{}", foreign(48, seed)),
            "key text has a wrong checksum: a typing error",
        ),
    ];
    for (make, expected) in texts {
        for seed in [1, 2, 3] {
            let text = make(seed);
            let error = refused(text.parse::<Key>());
            assert_eq!(error.to_string(), expected);
            clean(&error);
            let good = key().to_text();
            let error = refused(KeyRing::from_text(&format!("{}, {text}", *good)));
            assert_eq!(error.to_string(), format!("key 2: {expected}"));
            clean(&error);
            assert!(!error.to_string().contains(&good[5..13]));
        }
    }
    let bytes: [(Vec<u8>, &str); 4] = [
        (foreign(31, 1).into(), "key has 31 bytes instead of 32"),
        (foreign(0, 1).into(), "key has 0 bytes instead of 32"),
        (
            foreign(32, 1).into(),
            "key is printable text, not 32 random bytes: make one with Key::generate",
        ),
        (vec![b'Q'; 32], "all bytes of the key are equal"),
    ];
    for (bytes, expected) in bytes {
        let error = refused(Key::from_bytes(&bytes));
        assert_eq!(error.to_string(), expected);
        clean(&error);
    }
}

#[track_caller]
fn clean<E: Display + Debug>(error: &E) {
    let texts = [error.to_string(), format!("{error:?}")];
    assert!(!texts.iter().any(|text| text.contains(FOREIGN)), "{texts:?}");
}

#[test]
fn every_error_is_one() {
    fn is_error<E: std::error::Error + Send + Sync + 'static>() {}
    is_error::<KeyError>();
    is_error::<SetupError>();
    is_error::<ParseIdError>();
    is_error::<BeginError>();
    is_error::<SealError>();
    is_error::<OpenError>();
    is_error::<SessionError>();
    is_error::<LoginFlowError>();
    is_error::<ValueError>();
    is_error::<CsrfError>();
    is_error::<CrossOriginError>();
    is_error::<DenylistError>();
    is_error::<SessionRejection>();
}
