//! What a request or a response runs into, with its message and label.

use super::*;

/// Variant, label, message.
pub const SEAL: &[(SealError, &str, &str)] = &[
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

pub fn key_id() -> KeyId {
    "00112233445566ff".parse().unwrap()
}

pub fn open() -> Vec<(OpenError, &'static str, &'static str)> {
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

pub fn session() -> Vec<(SessionError, &'static str, &'static str)> {
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

pub const SESSION: &[(SessionError, &str, &str)] = &[
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

pub const DENYLIST: &[(DenylistError, &str)] = &[
    (DenylistError::Length { expected: 45, found: 44 }, "snapshot has 44 bytes instead of 45"),
    (DenylistError::Version { found: 2 }, "snapshot has version 2 instead of 1"),
    (DenylistError::Order, "snapshot's keys are not in ascending order"),
    (
        DenylistError::Ahead { not_before: at(1_800_086_401), now: at(1_800_000_000) },
        "snapshot is of the future: 2027-01-16T08:00:01Z, now 2027-01-15T08:00:00Z",
    ),
];

pub const CEREMONY: &[(CeremonyError, &str, &str)] = &[
    (CeremonyError::MalformedId, "malformed id", "the ceremony's id is not one that was given out"),
    (CeremonyError::NotOpen, "not open", "no ceremony of this id is open in this browser"),
    (CeremonyError::Refused(OpenError::NotAuthentic), "not authentic", "not authentic"),
    (CeremonyError::WrongId, "wrong id", "the ceremony's cookie holds another id"),
    (CeremonyError::OtherSession, "other session", "the ceremony was begun in another session"),
    (CeremonyError::Used, "used", "the ceremony was finished before"),
    (CeremonyError::Session(SessionError::Ended), "ended", "the session was ended or replaced"),
];

pub const LOGIN_FLOW: &[(LoginFlowError, &str, &str)] = &[
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
    (
        LoginFlowError::NoFlow,
        "no flow",
        "no log-in flow of this state is open in this browser: the callback must come to the host that began it, with www or without",
    ),
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

pub const VALUE: &[(ValueError, &str, &str)] = &[
    (ValueError::Encode, "value not encoded", "the value cannot be written as JSON"),
    (ValueError::Decode, "value of another type", "the value under this key is of another type"),
];

pub const REJECTION: &[(SessionRejection, &str)] = &[
    (SessionRejection::NoSession, "no session"),
    (
        SessionRejection::NotInstalled,
        "no layer, middleware or fairing is installed for this type of session",
    ),
];

pub fn csrf() -> Vec<(CsrfError, &'static str, &'static str)> {
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

pub const CROSS_ORIGIN: &[(CrossOriginError, &str, &str)] = &[
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

pub const BEGIN: &[(BeginError, &str)] = &[
    (BeginError::CrossOrigin(CrossOriginError::OpaqueOrigin), "the request's origin is null"),
    (BeginError::SameName, "another session cookie of the same name is installed"),
];

pub const OLD_COOKIE: &[(OldCookieError, &str, &str)] = &[
    (OldCookieError::TooLong, "too long", "the old cookie is longer than 8192 bytes"),
    (OldCookieError::Malformed, "malformed", "the old cookie is not of its format"),
    (OldCookieError::NotAuthentic, "not authentic", "the old cookie is not authentic"),
    (OldCookieError::WrongPurpose, "wrong purpose", "the old cookie was made for another use"),
    (OldCookieError::Expired, "expired", "the old cookie has expired"),
    (OldCookieError::NotYetValid, "not yet valid", "the old cookie is not valid yet"),
    (OldCookieError::Unreadable, "unreadable", "the old cookie holds no session"),
    (OldCookieError::Ambiguous, "ambiguous", "two old cookies of one name hold different sessions"),
    (OldCookieError::Revoked, "revoked", "the old cookie's session was ended"),
];
