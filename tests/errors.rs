//! What operators read: each message and each label, word for word, and that none contains what it must not.

#[path = "errors/requests.rs"]
mod requests;
#[path = "errors/setting_up.rs"]
mod setting_up;

use std::any::type_name;
use std::collections::BTreeSet;
use std::fmt::{Debug, Display};
use std::time::Duration;

use hardtack::ceremony::{CeremonyError, RefusedCeremony};
use hardtack::denylist::{DenylistError, FailMode};
use hardtack::framework::BeginError;
use hardtack::keys::{KeyError, KeyId};
use hardtack::login::{LoginFlowError, NotRecent, RequireIss};
use hardtack::migrate::{Moving, OldCookie, OldCookieError, Predecessor};
use hardtack::token::{FactChanged, ParseIdError};
use hardtack::{
    Application, Codec, CrossOriginError, CsrfError, DAY, Expiry, Key, KeyRing, MINUTE, OpenError,
    SameSite, Scope, SealError, SessionCookie, SessionCookieBuilder, SessionError,
    SessionRejection, SetupError, Timeouts, Timestamp, ValueError,
};
use serde::{Deserialize, Serialize};

use requests::*;
use setting_up::*;

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

#[track_caller]
fn check<E: Display + Debug>(error: &E, expected: &str) {
    let message = error.to_string();
    assert_eq!(message, expected, "{error:?}");
    let lower = message.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit());
    assert!(lower, "{message}");
    assert!(!message.ends_with(['.', '!', ' ', '\n']), "{message}");
    // An ellipsis marks what you fill in yourself when a sentence is about code.
    assert!(message.replace('…', "").is_ascii() && !message.contains("  "), "{message}");
}

#[track_caller]
fn check_labels<'l>(labels: impl Iterator<Item = (&'static str, &'l str)>) {
    let mut seen = BTreeSet::new();
    for (label, expected) in labels {
        assert_eq!(label, expected);
        let calm = |c: char| c.is_ascii_lowercase() || " ()".contains(c);
        assert!(label.chars().all(calm), "{label}");
        assert!(seen.insert(label), "two variants have the label {label}");
    }
}

#[test]
fn every_message_is_worded_like_this() {
    key_errors().iter().for_each(|(_, error, text)| check(error, text));
    setup_errors().iter().for_each(|(_, error, text)| check(error, text));
    SEAL.iter().for_each(|(error, _, text)| check(error, text));
    open().iter().for_each(|(error, _, text)| check(error, text));
    session().iter().for_each(|(error, _, text)| check(error, text));
    CEREMONY.iter().for_each(|(error, _, text)| check(error, text));
    LOGIN_FLOW.iter().for_each(|(error, _, text)| check(error, text));
    VALUE.iter().for_each(|(error, _, text)| check(error, text));
    csrf().iter().for_each(|(error, _, text)| check(error, text));
    CROSS_ORIGIN.iter().for_each(|(error, _, text)| check(error, text));
    DENYLIST.iter().for_each(|(error, text)| check(error, text));
    REJECTION.iter().for_each(|(error, text)| check(error, text));
    OLD_COOKIE.iter().for_each(|(error, _, text)| check(error, text));
    BEGIN.iter().for_each(|(error, text)| check(error, text));
    check(&refused("xyz".parse::<KeyId>()), "an id is 16 hexadecimal digits");
}

/// If `main` returns one of these errors, what it prints says what to do.
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
    // If a session cannot be sealed, the label is the sealer's, and no other label repeats it. A refused CSRF token is not a
    // failure of the session, and is counted separately.
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
    check_labels(CEREMONY.iter().map(|(error, label, _)| (error.label(), *label)));
    check_labels(OLD_COOKIE.iter().map(|(error, label, _)| (error.label(), *label)));
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
    #[cfg(all(feature = "cookie", feature = "migrate", feature = "ring-file"))]
    {
        let setup = include_str!("../src/error/setup.rs");
        // A target without a clock is tried in the builder's own tests, what cannot be bound to a device in tests/device/settings.rs.
        let unseen = ["NoClock".to_owned(), "Device".to_owned()];
        let named = setup_errors().iter().map(|row| row.0.to_owned()).chain(unseen).collect();
        assert_eq!(variants(setup, "Problem"), named);
    }
    let (token, session) =
        (include_str!("../src/error/token.rs"), include_str!("../src/error/session.rs"));
    assert_eq!(variants(token, "SealError"), tabled(SEAL.iter().map(|row| row.0)));
    let mut opening = variants(token, "OpenError");
    if cfg!(not(feature = "device-binding")) {
        opening.remove("StaleDevice");
    }
    assert_eq!(opening, tabled(open().into_iter().map(|row| row.0)));
    assert_eq!(variants(session, "SessionError"), tabled(self::session().iter().map(|row| row.0)));
    let ceremony = include_str!("../src/error/ceremony.rs");
    assert_eq!(variants(ceremony, "CeremonyError"), tabled(CEREMONY.iter().map(|row| row.0)));
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
    let old_cookie = include_str!("../src/error/old_cookie.rs");
    let named = tabled(OLD_COOKIE.iter().map(|row| row.0));
    assert_eq!(variants(old_cookie, "OldCookieError"), named);
    assert_eq!(variants(token, "Expiry").len(), 3);
}

/// Characters that appear in no message, so that if one appears it comes from the key.
const FOREIGN: [char; 4] = ['Q', 'X', 'Z', 'W'];

/// A text of these characters, the same for the same `seed`.
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
            "key text has a wrong checksum: look for a typing error",
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
    is_error::<CeremonyError>();
    is_error::<RefusedCeremony>();
    is_error::<FactChanged>();
    is_error::<NotRecent>();
    is_error::<LoginFlowError>();
    is_error::<ValueError>();
    is_error::<CsrfError>();
    is_error::<CrossOriginError>();
    is_error::<DenylistError>();
    is_error::<SessionRejection>();
}
