//! tests/vectors/v1, made by an independent implementation from docs/format-v1.md: open every case, seal every `ok` case again.

use std::time::Duration;

use serde_json::Value;

use super::*;
use crate::claims::Timeouts;
use crate::error::{Expiry, KeyError, KeyProblem, SetupError};
use crate::key::Key;
use crate::keys::KeyRing;
use crate::purpose::Purpose;

/// Tokens for one opener, to the case: .ci/openers asks the openers of other languages as many.
const CASES: usize = 925;

/// Of a case without settings. If a default of the crate changes, what the cases say does not.
const LEEWAY: u64 = 60;
const STANDARD: Timeouts =
    Timeouts { idle: Duration::from_secs(1_800), absolute: Duration::from_secs(28_800) };
const REMEMBERED: Timeouts =
    Timeouts { idle: Duration::from_secs(1_209_600), absolute: Duration::from_secs(7_776_000) };

macro_rules! files {
    ($($name:literal)*) => {
        [$(($name, include_str!(concat!("../../tests/vectors/v1/", $name, ".json")))),*]
    };
}

/// Compiled in, since some WebAssembly has no files. The last four are for other tests: two of this module,
/// `csrf::vectors` and `session_cookie::tests::several`.
const FILES: [(&str, &str); 17] = files!(
    "bound" "encrypted" "envelope" "header" "limits" "order" "padding" "purposes" "settings" "signed" "spelling" "times" "truncation"
    "csrf" "sealing" "setup" "several"
);

/// The cases of a file.
pub(crate) fn cases(file: &str) -> Vec<Case> {
    let (_, text) = FILES.iter().find(|(name, _)| *name == file).unwrap();
    let Value::Array(cases) = serde_json::from_str::<Value>(text).unwrap()["cases"].take() else {
        panic!("{file}: no cases");
    };
    assert!(cases.len() >= 20, "{file}: only {} vectors", cases.len());
    cases.into_iter().map(Case).collect()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 2, 0);
    let byte = |i| u8::from_str_radix(&text[i..i + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

pub(crate) struct Case(pub(crate) Value);

impl Case {
    pub(crate) fn text(&self, field: &str) -> &str {
        self.0[field].as_str().unwrap_or_else(|| panic!("{}: {field}", self.0["name"]))
    }

    pub(crate) fn number(&self, field: &str) -> u64 {
        self.0[field].as_u64().unwrap_or_else(|| panic!("{}: {field}", self.0["name"]))
    }

    pub(crate) fn list(&self, field: &str) -> &[Value] {
        self.0[field].as_array().unwrap_or_else(|| panic!("{}: {field}", self.0["name"]))
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.number("now"))
    }

    pub(crate) fn mode(&self) -> Mode {
        match self.text("mode") {
            "encrypted" => Mode::Encrypted,
            "signed" => Mode::Signed,
            other => panic!("mode {other}"),
        }
    }

    /// A key without a start only opens, one without an end opens for good.
    pub(crate) fn ring(&self) -> Result<KeyRing, KeyError> {
        let time = |field: &str, index: usize| {
            let times = self.0.get(field)?.as_array().unwrap();
            assert_eq!(times.len(), self.list("keys").len());
            times[index].as_u64().map(Timestamp::from_secs)
        };
        KeyRing::of(self.list("keys").iter().enumerate().map(|(index, root)| {
            let root = unhex(root.as_str().unwrap());
            assert_eq!(Key::from_bytes(&root).err(), Some(KeyProblem::Example.into()), "published");
            let key = Key::of_any_root(root.try_into().unwrap());
            (key, time("seal_from", index), time("open_until", index))
        }))
    }

    pub(crate) fn purpose(&self) -> Result<Purpose, SetupError> {
        let (form, rest) = self.text("purpose").split_once(':').unwrap();
        let (app, name) = rest.split_once('/').unwrap();
        match form {
            "cookie" => Purpose::cookie(app, name),
            "token" => Purpose::token(app, name),
            other => panic!("purpose {other}"),
        }
    }

    fn sealer_of(&self, ring: KeyRing, purpose: Purpose) -> Result<Sealer, SetupError> {
        let settings = &self.0["settings"];
        let leeway = settings["leeway"].as_u64().unwrap_or(LEEWAY);
        let timeouts = |class: &str, default| match settings.get(class) {
            None => Some(default),
            Some(Value::Null) => None,
            Some(class) => {
                let time = |field: &str| Duration::from_secs(class[field].as_u64().unwrap());
                Some(Timeouts { idle: time("idle"), absolute: time("absolute") })
            }
        };
        let builder = SealerBuilder::new(ring.into(), Ok(purpose), leeway)
            .timeouts(timeouts("standard", STANDARD).unwrap())
            .remember_me(timeouts("remembered", REMEMBERED))
            .limit(settings["limit"].as_u64().unwrap_or(4096) as usize)
            .pad(self.0["pad_block"].as_u64().unwrap_or(1) as usize);
        let signed = self.0["mode"] == "signed";
        if signed { builder.signed() } else { builder }.build()
    }

    fn sealer(&self) -> Sealer {
        self.sealer_of(self.ring().unwrap(), self.purpose().unwrap()).unwrap()
    }

    /// Those before a sealing have no `expires` yet.
    fn claims(&self) -> Claims {
        let claims = Case(self.0["claims"].clone());
        let time = |field| Timestamp::from_secs(claims.0[field].as_u64().unwrap_or_default());
        Claims {
            class: match claims.text("class") {
                "standard" => Class::Standard,
                "remembered" => Class::Remembered,
                other => panic!("class {other}"),
            },
            schema: claims.number("schema") as u32,
            session_id: SessionId(unhex(claims.text("session_id")).try_into().unwrap()),
            created: time("created"),
            issued: time("issued"),
            expires: time("expires"),
            bound: claims.0.get("bound").is_some_and(|bound| bound.as_bool().unwrap()),
            expires_by: self.0["expires_by"].as_u64().map(Timestamp::from_secs),
        }
    }

    fn nonce(&self) -> [u8; crypto::NONCE] {
        match self.mode() {
            Mode::Encrypted => unhex(self.text("nonce")).try_into().unwrap(),
            Mode::Signed => [0; crypto::NONCE],
        }
    }

    /// Compares a refusal with what is expected.
    pub(crate) fn assert_refused(&self, error: OpenError) {
        let by = match error {
            OpenError::Expired { by: Expiry::Stamp, .. } => Some("stamp"),
            OpenError::Expired { by: Expiry::Idle, .. } => Some("idle"),
            OpenError::Expired { by: Expiry::Absolute, .. } => Some("absolute"),
            _ => None,
        };
        let found = if by.is_some() { "expired" } else { error.label() };
        let expected = (self.text("expect"), self.0["expired_by"].as_str());
        assert_eq!((found, by), expected, "{}", self.0["name"]);
    }
}

fn check_opening(case: &Case) {
    let (name, sealer) = (case.text("name"), case.sealer());
    let opened = match sealer.open(case.text("token").as_bytes(), case.now()) {
        Ok(opened) => opened,
        Err(error) => return case.assert_refused(error),
    };
    assert_eq!(case.text("expect"), "ok", "{name}");
    assert_eq!(opened.claims, case.claims(), "{name}");
    assert_eq!(opened.data, unhex(case.text("payload")), "{name}");
    let key = case.0["seal_key"].as_u64().unwrap_or(0) as usize;
    let again = sealer.seal_exactly(&case.claims(), &opened.data, key, case.nonce());
    assert_eq!(again.unwrap(), case.text("token"), "{name}");
    // What the claims alone may say, and what a sealer with these settings would.
    let (now, end) = (opened.claims.issued, opened.claims.expires);
    let stamped = sealer.policy.stamp(&opened.claims.expires_by(end), now).unwrap();
    assert_eq!(stamped.expires != end, case.0["unsealable"] == true, "{name}");
}

fn check_sealing(case: &Case) {
    let (name, sealer, now) = (case.text("name"), case.sealer(), case.now());
    let (claims, payload) = (case.claims(), unhex(case.text("payload")));
    let token = match sealer.seal(&claims, &payload, now) {
        Ok(token) => token,
        Err(error) => {
            let found = match error {
                SealError::TimeOutOfRange | SealError::SchemaOutOfRange => "out of range",
                other => other.label(),
            };
            return assert_eq!(found, case.text("expect"), "{name}");
        }
    };
    assert_eq!(case.text("expect"), "ok", "{name}");
    let time = |field| Timestamp::from_secs(case.number(field));
    let (issued, expires) = (time("issued"), time("expires"));
    let stamped = Claims { issued, expires, expires_by: None, ..claims };
    let opened = sealer.open(token.as_bytes(), now).unwrap();
    assert_eq!((opened.claims, &opened.data), (stamped.clone(), &payload), "{name}");
    let key = case.number("seal_key") as usize;
    let exactly = sealer.seal_exactly(&stamped, &payload, key, case.nonce()).unwrap();
    assert_eq!(exactly, case.text("token"), "{name}");
    // The token itself has a nonce of its own: its header names the key.
    assert_eq!((&token[..16], token.len()), (&exactly[..16], exactly.len()), "{name}");
}

fn check_setup(case: &Case) {
    let name = case.text("name");
    let done = if let Some(text) = case.0["key_text"].as_str() {
        // A good text ends at the last check of all: these keys are published.
        match text.parse::<Key>().unwrap_err() {
            error if error == KeyProblem::Example.into() => {
                let key = Key::of_any_root(unhex(case.text("root")).try_into().unwrap());
                assert_eq!(*key.to_text(), *text, "{name}");
                Ok(())
            }
            error => Err(error.into()),
        }
    } else if case.0["purpose"].is_string() {
        case.purpose().map(drop)
    } else if case.0["keys"].is_array() {
        case.ring().map(drop).map_err(SetupError::from)
    } else {
        let ring = KeyRing::new(Key::generate().unwrap());
        case.sealer_of(ring, Purpose::token("shop", "api").unwrap()).map(drop)
    };
    let found = if done.is_ok() { "ok" } else { "refused" };
    assert_eq!(found, case.text("expect"), "{name}: {done:?}");
}

#[test]
fn every_vector_holds() {
    let opened = FILES[..FILES.len() - 4].iter().flat_map(|(file, _)| cases(file));
    assert_eq!(opened.inspect(check_opening).count(), CASES, "vectors");
}

#[test]
fn every_sealing_vector_holds() {
    cases("sealing").iter().for_each(check_sealing);
}

#[test]
fn every_setup_vector_holds() {
    cases("setup").iter().for_each(check_setup);
}

#[cfg(not(target_family = "wasm"))]
#[test]
fn no_file_is_left_out() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/v1");
    let found = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let mut found: Vec<_> = found.map(|path| path.file_stem().unwrap().to_owned()).collect();
    found.sort_unstable();
    let mut known = FILES.map(|(name, _)| name);
    known.sort_unstable();
    assert_eq!(found, known);
}
