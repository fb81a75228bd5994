//! tests/vectors/v1, made by an independent implementation from docs/format-v1.md: open every case, seal every `ok` case again.

use serde_json::Value;

use super::*;
use crate::error::{Expiry, KeyProblem};
use crate::id::SessionId;
use crate::key::Key;
use crate::keys::KeyRing;
use crate::purpose::Purpose;

/// All of them, to the case: .ci/openers asks the openers of other languages as many.
const CASES: usize = 773;

macro_rules! files {
    ($($name:literal)*) => { [$(include_str!(concat!("../../tests/vectors/v1/", $name, ".json"))),*] };
}

/// Compiled in, since some WebAssembly has no files. Those of csrf.json are other tokens.
const FILES: [&str; 12] = files!(
    "bound" "encrypted" "envelope" "header" "limits" "order" "padding" "purposes" "signed" "spelling" "times" "truncation"
);

fn unhex(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 2, 0);
    let octet = |i| u8::from_str_radix(&text[i..i + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(octet).collect()
}

struct Case(Value);

impl Case {
    fn text(&self, field: &str) -> &str {
        self.0[field].as_str().unwrap_or_else(|| panic!("{}: {field}", self.0["name"]))
    }

    fn number(&self, field: &str) -> u64 {
        self.0[field].as_u64().unwrap_or_else(|| panic!("{}: {field}", self.0["name"]))
    }

    fn mode(&self) -> Mode {
        match self.text("mode") {
            "encrypted" => Mode::Encrypted,
            "signed" => Mode::Signed,
            other => panic!("mode {other}"),
        }
    }

    fn sealer(&self) -> Sealer {
        let keys = self.0["keys"].as_array().unwrap().iter();
        let mut keys = keys.map(|root| {
            let root = unhex(root.as_str().unwrap());
            assert_eq!(Key::from_bytes(&root).err(), Some(KeyProblem::Example.into()), "published");
            Key::of_any_root(root.try_into().unwrap())
        });
        let ring = KeyRing::new(keys.next().unwrap());
        let ring = keys.fold(ring, |ring, key| ring.with_opening_key(key, None).unwrap());
        let (form, rest) = self.text("purpose").split_once(':').unwrap();
        let (app, name) = rest.split_once('/').unwrap();
        let purpose = match form {
            "cookie" => Purpose::cookie(app, name),
            "token" => Purpose::token(app, name),
            other => panic!("purpose {other}"),
        };
        let builder =
            SealerBuilder::of(ring, purpose.unwrap()).pad(self.number("pad_block") as usize);
        let builder = if self.mode() == Mode::Signed { builder.signed() } else { builder };
        builder.build().unwrap()
    }

    fn claims(&self) -> Claims {
        let claims = Case(self.0["claims"].clone());
        let time = |field| Timestamp::from_secs(claims.number(field));
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
            expires_by: None,
        }
    }

    fn nonce(&self) -> [u8; crypto::NONCE] {
        match self.mode() {
            Mode::Encrypted => unhex(self.text("nonce")).try_into().unwrap(),
            Mode::Signed => [0; crypto::NONCE],
        }
    }
}

fn check(case: &Case) {
    let name = case.text("name");
    let sealer = case.sealer();
    let now = Timestamp::from_secs(case.number("now"));
    let opened = sealer.open(case.text("token").as_bytes(), now);
    match case.text("expect") {
        "ok" => {
            let opened = opened.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(opened.claims, case.claims(), "{name}");
            assert_eq!(opened.data, unhex(case.text("payload")), "{name}");
            let key = case.0["seal_key"].as_u64().unwrap_or(0) as usize;
            let again = sealer.seal_exactly(&case.claims(), &opened.data, key, case.nonce());
            assert_eq!(again.unwrap(), case.text("token"), "{name}");
        }
        expected => {
            let error = opened.map(|_| ()).expect_err(name);
            let found = match error {
                OpenError::Expired { by, .. } => {
                    let by = match by {
                        Expiry::Stamp => "stamp",
                        Expiry::Idle => "idle",
                        Expiry::Absolute => "absolute",
                    };
                    assert_eq!(by, case.text("expired_by"), "{name}");
                    "expired"
                }
                other => other.label(),
            };
            assert_eq!(found, expected, "{name}");
        }
    }
}

#[test]
fn every_vector_holds() {
    let mut count = 0;
    for text in FILES {
        let Value::Array(cases) = serde_json::from_str::<Value>(text).unwrap()["cases"].take()
        else {
            panic!("no cases");
        };
        count += cases.len();
        cases.into_iter().for_each(|case| check(&Case(case)));
    }
    assert_eq!(count, CASES, "vectors");
}
