//! What operators read: each message and each label, word for word, and that none of them holds what it must not.

use std::collections::BTreeSet;
use std::fmt::{Debug, Display};

use hardtack::{
    ConfigError, CrossOriginError, CsrfError, DenylistError, Expiry, Key, KeyError, KeyRing,
    LoginFlowError, OpenError, RingError, SealError, SessionError, SessionRejection, Timestamp,
    ValueError,
};

const fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

const KEY: &[(KeyError, &str)] = &[
    (KeyError::NotKeyText, "key text does not start with htk1_"),
    (KeyError::TextLength { found: 52 }, "key text has 52 characters instead of 53"),
    (KeyError::Alphabet, "key text is not canonical base64url"),
    (KeyError::Checksum, "key text has a wrong checksum: a typing error"),
    (KeyError::Length { found: 31 }, "key has 31 octets instead of 32"),
    (KeyError::AllEqual, "all octets of the key are equal"),
    (
        KeyError::Printable,
        "key is printable text, not 32 random octets: make one with Key::generate",
    ),
    (KeyError::Example, "key is a published example"),
    (KeyError::Random, "the operating system gave no randomness"),
];

fn ring() -> Vec<(RingError, &'static str)> {
    let variable = || "SESSION_KEYS".to_owned();
    vec![
        (RingError::Empty, "a key ring needs at least one key"),
        (
            RingError::Key { position: 2, error: KeyError::Checksum },
            "key 2: key text has a wrong checksum: a typing error",
        ),
        (RingError::Duplicate { position: 3 }, "key 3: already in the ring"),
        (RingError::SameSealFrom { position: 4 }, "key 4: another key has the same seal_from"),
        (
            RingError::OpenUntilBeforeSealFrom { position: 5 },
            "key 5: open_until is not after seal_from",
        ),
        (
            RingError::NotSet { variable: variable() },
            "environment variable SESSION_KEYS is not set",
        ),
        (
            RingError::NotUnicode { variable: variable() },
            "environment variable SESSION_KEYS is not Unicode",
        ),
    ]
}

const CONFIG: &[(ConfigError, &str)] = &[
    (ConfigError::Name, "application and use are named by 1 to 64 of A-Z a-z 0-9 . _ -"),
    (ConfigError::CookieName, "cookie name is not a token of RFC 6265bis of 1 to 256 characters"),
    (ConfigError::CookieValue, "cookie value holds a character that no cookie carries"),
    (
        ConfigError::PrefixNeedsSecure,
        "the name's prefix needs Secure: rename the cookie to drop Secure",
    ),
    (
        ConfigError::PrefixNeedsHttpOnly,
        "the name's prefix needs HttpOnly: rename the cookie to drop HttpOnly",
    ),
    (
        ConfigError::PrefixForbidsDomain,
        "the name's prefix allows no Domain: rename the cookie to set one",
    ),
    (
        ConfigError::PrefixNeedsRootPath,
        "the name's prefix needs Path=/: rename the cookie to set another",
    ),
    (ConfigError::Activation, "activation is at least a second and twice the reload interval"),
    (ConfigError::KeyLifetime, "a key's lifetime is at least its activation"),
    (ConfigError::Origin, "a trusted origin is scheme://host or scheme://host:port, nothing else"),
    (
        ConfigError::ReturnPath,
        "a path to return to is one of this site, or ends in /* for all below",
    ),
    (ConfigError::SameSiteNoneNeedsSecure, "SameSite=None needs Secure"),
    (ConfigError::PartitionedNeedsSecure, "Partitioned needs Secure"),
    (
        ConfigError::Path,
        "path starts with / and holds no ; and no control character, 1024 octets at most",
    ),
    (ConfigError::Domain, "domain is letters, digits, - and ., 1024 octets at most"),
    (ConfigError::FormerScope, "a former scope is the present one: leave it out"),
    (
        ConfigError::IdleAboveAbsolute,
        "idle timeout is longer than the absolute one: shorten it or lengthen the other",
    ),
    (ConfigError::Lifetime, "a timeout is at least one second and under 2^39"),
    (ConfigError::Leeway, "a leeway is at most a day"),
    (ConfigError::Schema, "a schema number is at most 16777215"),
    (ConfigError::DuplicateMigration, "two readers for one schema number"),
    (ConfigError::PadBlock, "a padding block is 1 to 1024 octets"),
    (ConfigError::TokenLimit, "a token limit holds at least an empty token, padded as configured"),
    (ConfigError::Capacity, "a denylist holds 1 to 16777216 entries"),
    (ConfigError::OutOfTouch, "a denylist is out of touch after a second at the earliest"),
];

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
        (OpenError::UnknownKey, "unknown key", "unknown key"),
        (
            OpenError::NotYetValid { from: at(1_800_000_061), now: at(1_800_000_000) },
            "not yet valid",
            "not yet valid: from 1800000061, now 1800000000",
        ),
        (
            expired(Expiry::Stamp),
            "expired (stamp)",
            "expired (stamp): at 1800000000, now 1800000001",
        ),
        (expired(Expiry::Idle), "expired (idle)", "expired (idle): at 1800000000, now 1800000001"),
        (
            expired(Expiry::Absolute),
            "expired (absolute)",
            "expired (absolute): at 1800000000, now 1800000001",
        ),
        (OpenError::NotAuthentic, "not authentic", "not authentic"),
        (OpenError::ClassOff, "class off", "class off"),
        (OpenError::Revoked, "revoked", "revoked"),
        (OpenError::UnknownSchema { schema: 7 }, "unknown schema", "unknown schema: 7"),
        (OpenError::BadPayload, "bad payload", "bad payload"),
        (OpenError::Ambiguous, "ambiguous", "ambiguous"),
    ]
}

const SESSION: &[(SessionError, &str, &str)] = &[
    (
        SessionError::TooLarge { used: 4200, limit: 4096, data: 3000 },
        "too large",
        "the cookie would take 4200 octets of 4096, 3000 of them data",
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
    (SessionError::Ended, "ended", "the session was ended or replaced"),
    (SessionError::HeadSent, "head sent", "the response's head has gone out already"),
    (SessionError::Conflict, "conflict", "the session was changed while this update ran"),
    (
        SessionError::TooEarly { from: at(1_800_000_061), now: at(1_800_000_000) },
        "too early",
        "such a session may start from 1800000061 on, now 1800000000",
    ),
    (SessionError::Seal(SealError::Over), "over", "nothing is left of the session's lifetime"),
    (SessionError::Csrf(CsrfError::Malformed), "malformed", "not a CSRF token"),
];

const DENYLIST: &[(DenylistError, &str)] = &[
    (DenylistError::Length { expected: 45, found: 44 }, "snapshot has 44 octets instead of 45"),
    (DenylistError::Version { found: 2 }, "snapshot has version 2 instead of 1"),
    (DenylistError::Order, "snapshot's keys are not in ascending order"),
    (
        DenylistError::Ahead { not_before: at(1_800_086_401), now: at(1_800_000_000) },
        "snapshot is of the future: 1800086401, now 1800000000",
    ),
];

const LOGIN_FLOW: &[(LoginFlowError, &str, &str)] = &[
    (LoginFlowError::ReturnPath, "return path", "the path to return to is not on the list"),
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

const VALUE: &[(ValueError, &str)] = &[
    (ValueError::Encode, "the value cannot be written as JSON"),
    (ValueError::Decode, "the value under this key is of another type"),
];

const REJECTION: &[(SessionRejection, &str)] = &[
    (SessionRejection::NoSession, "no session"),
    (
        SessionRejection::NotInstalled,
        "no layer, middleware or fairing is installed for this type of session",
    ),
];

const CSRF: &[(CsrfError, &str, &str)] = &[
    (CsrfError::Ended, "ended", "the session was ended or replaced"),
    (CsrfError::Malformed, "malformed", "not a CSRF token"),
    (CsrfError::UnknownKey, "unknown key", "no key of the ring may open the CSRF token"),
    (CsrfError::NotAuthentic, "not authentic", "the CSRF token was not made for this session"),
];

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
    (CrossOriginError::Malformed, "malformed", "the request's origin or host is malformed"),
];

/// Messages that start with the name of a cookie's attribute, which has its own spelling.
const NAMES_FIRST: [&str; 2] = ["SameSite=None needs Secure", "Partitioned needs Secure"];

#[track_caller]
fn check<E: Display + Debug>(error: &E, expected: &str) {
    let message = error.to_string();
    assert_eq!(message, expected, "{error:?}");
    let lower = message.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit());
    assert!(lower || NAMES_FIRST.contains(&expected), "{message}");
    assert!(!message.ends_with(['.', '!', ' ', '\n']), "{message}");
    assert!(message.is_ascii() && !message.contains("  "), "{message}");
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
    KEY.iter().for_each(|(error, text)| check(error, text));
    ring().iter().for_each(|(error, text)| check(error, text));
    CONFIG.iter().for_each(|(error, text)| check(error, text));
    SEAL.iter().for_each(|(error, _, text)| check(error, text));
    open().iter().for_each(|(error, _, text)| check(error, text));
    SESSION.iter().for_each(|(error, _, text)| check(error, text));
    LOGIN_FLOW.iter().for_each(|(error, _, text)| check(error, text));
    VALUE.iter().for_each(|(error, text)| check(error, text));
    CSRF.iter().for_each(|(error, _, text)| check(error, text));
    CROSS_ORIGIN.iter().for_each(|(error, _, text)| check(error, text));
    DENYLIST.iter().for_each(|(error, text)| check(error, text));
    REJECTION.iter().for_each(|(error, text)| check(error, text));
}

#[test]
fn every_label_is_its_own() {
    check_labels(SEAL.iter().map(|(error, label, _)| (error.label(), *label)));
    check_labels(open().iter().map(|(error, label, _)| (error.label(), *label)));
    // A session that cannot be sealed has the sealer's labels, which none of its own repeats. A refused CSRF token is no failure of the
    // session, and is counted apart.
    let own = SESSION
        .iter()
        .filter(|(error, ..)| !matches!(error, SessionError::Seal(_) | SessionError::Csrf(_)));
    let own = own.map(|(error, label, _)| (error.label(), *label));
    let seal = SEAL.iter().map(|(error, label, _)| (SessionError::Seal(*error).label(), *label));
    check_labels(own.chain(seal));
    check_labels(CROSS_ORIGIN.iter().map(|(error, label, _)| (error.label(), *label)));
    check_labels(CSRF.iter().map(|(error, label, _)| (error.label(), *label)));
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
    for (error, text) in KEY {
        let error = RingError::Key { position: 7, error: *error };
        check(&error, &format!("key 7: {text}"));
    }
}

/// The variants of `pub enum` in a file of src/error, so that none is left out of the tables.
fn variants(file: &str, name: &str) -> BTreeSet<String> {
    let start = file.find(&format!("pub enum {name} {{")).unwrap_or_else(|| panic!("no {name}"));
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
    let (key, config) =
        (include_str!("../src/error/key.rs"), include_str!("../src/error/config.rs"));
    let (token, session) =
        (include_str!("../src/error/token.rs"), include_str!("../src/error/session.rs"));
    assert_eq!(variants(key, "KeyError"), tabled(KEY.iter().map(|row| row.0)));
    assert_eq!(variants(key, "RingError"), tabled(ring().into_iter().map(|row| row.0)));
    assert_eq!(variants(config, "ConfigError"), tabled(CONFIG.iter().map(|row| row.0)));
    assert_eq!(variants(token, "SealError"), tabled(SEAL.iter().map(|row| row.0)));
    assert_eq!(variants(token, "OpenError"), tabled(open().into_iter().map(|row| row.0)));
    assert_eq!(variants(session, "SessionError"), tabled(SESSION.iter().map(|row| row.0)));
    let login_flow = include_str!("../src/error/login_flow.rs");
    assert_eq!(variants(login_flow, "LoginFlowError"), tabled(LOGIN_FLOW.iter().map(|row| row.0)));
    assert_eq!(variants(session, "ValueError"), tabled(VALUE.iter().map(|row| row.0)));
    let csrf = include_str!("../src/error/csrf.rs");
    assert_eq!(variants(csrf, "CrossOriginError"), tabled(CROSS_ORIGIN.iter().map(|row| row.0)));
    assert_eq!(variants(csrf, "CsrfError"), tabled(CSRF.iter().map(|row| row.0)));
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
fn no_message_holds_an_octet_of_the_key_that_it_speaks_of() {
    type Wrong = fn(usize) -> String;
    let texts: [(Wrong, KeyError); 7] = [
        (|seed| foreign(53, seed), KeyError::NotKeyText),
        (|seed| foreign(3, seed), KeyError::NotKeyText),
        (|seed| format!("HTK1_{}", foreign(48, seed)), KeyError::NotKeyText),
        (|seed| format!("htk1_{}", foreign(47, seed)), KeyError::TextLength { found: 52 }),
        (|seed| format!("htk1_{}", foreign(900, seed)), KeyError::TextLength { found: 905 }),
        (|seed| format!("htk1_{}!{0}", foreign(24, seed))[..53].to_owned(), KeyError::Alphabet),
        (|seed| format!("htk1_{}", foreign(48, seed)), KeyError::Checksum),
    ];
    for (make, expected) in texts {
        for seed in [1, 2, 3] {
            let text = make(seed);
            let error = text.parse::<Key>().unwrap_err();
            assert_eq!(error, expected);
            clean(&error);
            let good = Key::generate().unwrap().to_text();
            let error = KeyRing::from_text(&format!("{}, {text}", *good)).unwrap_err();
            assert_eq!(error, RingError::Key { position: 2, error: expected });
            clean(&error);
            assert!(!error.to_string().contains(&good[5..13]));
        }
    }
    let octets: [(Vec<u8>, KeyError); 4] = [
        (foreign(31, 1).into(), KeyError::Length { found: 31 }),
        (foreign(0, 1).into(), KeyError::Length { found: 0 }),
        (foreign(32, 1).into(), KeyError::Printable),
        (vec![b'Q'; 32], KeyError::AllEqual),
    ];
    for (octets, expected) in octets {
        let error = Key::from_bytes(&octets).unwrap_err();
        assert_eq!(error, expected);
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
    is_error::<RingError>();
    is_error::<ConfigError>();
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
