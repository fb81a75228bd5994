//! What a request or a response runs into, with its message and label.

use super::*;

/// Variant, label, message.
pub const SEAL: &[(SealError, &str, &str)] = &[
    (SealError::NoSealingKey, "no sealing key", "no key in the ring can seal now"),
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
    (SealError::Random, "no randomness", "the operating system provided no randomness"),
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
        #[cfg(feature = "device-binding")]
        (OpenError::StaleDevice, "stale device", "stale device"),
    ]
}

pub fn session() -> Vec<(SessionError, &'static str, &'static str)> {
    let skipping = shop().session().build().unwrap();
    let misfit = refused(skipping.slot([""]).start(Skipping { note: None, id: 7 }));
    let mut rows = SESSION.to_vec();
    rows.push((
        misfit,
        "written otherwise",
        "session data: T.note is skipped when written (skip_serializing_if), but still read: remove the serde attribute that causes it, or use Codec::Json (feature json)",
    ));
    rows
}

pub const SESSION: &[(SessionError, &str, &str)] = &[
    (
        SessionError::TooLarge { used: 4200, limit: 4096, data: 3000 },
        "too large",
        "the cookie would take 4200 bytes, more than 4096; the data takes 3000 of them",
    ),
    (
        SessionError::AboveHeaderBudget { used: 3200, budget: 3000, data: 2200 },
        "above header budget",
        "the cookie would take 3200 bytes of the response's header, and .header_budget(…) allows 3000: 2200 bytes are data",
    ),
    (
        SessionError::Encode,
        "encode",
        "the session data cannot be encoded: Codec::Json (feature json) supports more types",
    ),
    (
        SessionError::NotFaithful,
        "not faithful",
        "the session data does not come back from its own encoding: Codec::Json (feature json) supports more types",
    ),
    (
        SessionError::Refused,
        "refused",
        "this node refused the request's session cookie, but another may accept it: not replaced",
    ),
    (SessionError::Ended, "ended", "the session was ended or replaced"),
    (SessionError::HeadSent, "head sent", "the response's head has already been sent"),
    (SessionError::Conflict, "conflict", "the session was changed while this update ran"),
    (
        SessionError::TooEarly { from: at(1_800_000_061), now: at(1_800_000_000) },
        "too early",
        "a session with this data may start at 2027-01-15T08:01:01Z at the earliest, now 2027-01-15T08:00:00Z",
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
        "snapshot is from the future: 2027-01-16T08:00:01Z, now 2027-01-15T08:00:00Z",
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
    (LoginFlowError::ReturnPath, "return path", "the return path is not on the list"),
    (
        LoginFlowError::UndeclaredIssuer,
        "undeclared issuer",
        "the issuer is not one that .issuer(…) declared, to the letter",
    ),
    (LoginFlowError::MalformedState, "malformed state", "the callback's state is malformed"),
    (
        LoginFlowError::NoFlow,
        "no flow",
        "this browser has no open log-in flow with this state: the callback must arrive at the host that began it, with or without www",
    ),
    (LoginFlowError::Refused(OpenError::NotAuthentic), "not authentic", "not authentic"),
    (LoginFlowError::WrongState, "wrong state", "the log-in flow's cookie holds a different state"),
    (LoginFlowError::NoIssuer, "no issuer", "the callback names no issuer"),
    (LoginFlowError::WrongIssuer, "wrong issuer", "the callback comes from a different issuer"),
    (
        LoginFlowError::Seal(SealError::NoSealingKey),
        "no sealing key",
        "no key in the ring can seal now",
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
        "no layer, middleware or fairing for this type of session is installed",
    ),
];

pub fn csrf() -> Vec<(CsrfError, &'static str, &'static str)> {
    vec![
        (CsrfError::Ended, "ended", "the session was ended or replaced"),
        (CsrfError::Malformed, "malformed", "not a CSRF token"),
        (
            CsrfError::UnknownKey { key: key_id() },
            "unknown key",
            "no key in the ring can open the CSRF token: it names key 00112233445566ff",
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
        "the request comes from another origin, which is not trusted",
    ),
    (CrossOriginError::OpaqueOrigin, "opaque origin", "the request's origin is null"),
    (
        CrossOriginError::NoOrigin,
        "no origin",
        "the request has a session cookie but neither Sec-Fetch-Site nor Origin",
    ),
    (
        CrossOriginError::NoHost,
        "no host",
        "the request has an Origin but no host to compare it with",
    ),
    (CrossOriginError::Malformed, "malformed", "the request's origin or host is malformed"),
];

pub const BEGIN: &[(BeginError, &str)] = &[
    (BeginError::CrossOrigin(CrossOriginError::OpaqueOrigin), "the request's origin is null"),
    (BeginError::SameName, "another session cookie of the same name is installed"),
];

pub const OLD_COOKIE: &[(OldCookieError, &str, &str)] = &[
    (OldCookieError::TooLong, "too long", "the old cookie is longer than 8192 bytes"),
    (OldCookieError::Malformed, "malformed", "the old cookie is not in the old format"),
    (OldCookieError::NotAuthentic, "not authentic", "the old cookie is not authentic"),
    (OldCookieError::WrongPurpose, "wrong purpose", "the old cookie was made for another use"),
    (OldCookieError::Expired, "expired", "the old cookie has expired"),
    (OldCookieError::NotYetValid, "not yet valid", "the old cookie is not valid yet"),
    (OldCookieError::Unreadable, "unreadable", "the old cookie holds no session"),
    (
        OldCookieError::Ambiguous,
        "ambiguous",
        "two old cookies with the same name hold different sessions",
    ),
    (OldCookieError::Revoked, "revoked", "the old cookie's session was ended"),
];
