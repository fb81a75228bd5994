//! tests/vectors/v1/csrf.json, made by an independent implementation from docs/format-v1.md section 9: check every case, make
//! every `ok` case again.

use serde_json::Value;

use super::CsrfTokens;
use crate::id::SessionId;
use crate::key::Key;
use crate::keys::KeyRing;
use crate::purpose::Purpose;
use crate::time::Timestamp;

const FILE: &str = include_str!("../../tests/vectors/v1/csrf.json");

fn unhex<const N: usize>(text: &Value) -> [u8; N] {
    let text = text.as_str().unwrap();
    assert_eq!(text.len(), 2 * N);
    std::array::from_fn(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap())
}

fn tokens(case: &Value, purpose: &Value) -> CsrfTokens {
    let mut keys =
        case["keys"].as_array().unwrap().iter().map(|root| Key::of_any_root(unhex(root)));
    let ring = KeyRing::new(keys.next().unwrap());
    let ring = keys.fold(ring, |ring, key| ring.with_opening_key(key, None).unwrap());
    let (form, rest) = purpose.as_str().unwrap().split_once(':').unwrap();
    let (app, name) = rest.split_once('/').unwrap();
    let make = if form == "cookie" { Purpose::cookie } else { Purpose::token };
    CsrfTokens::new(ring.into(), make(app, name).unwrap())
}

fn check(case: &Value) {
    let (name, token) = (&case["name"], case["token"].as_str().unwrap());
    let session = SessionId(unhex(&case["session_id"]));
    let now = Timestamp::from_secs(1_800_000_000);
    let found = tokens(case, &case["purpose"]).check(token.as_bytes(), session, now);
    let found = found.map_or_else(|refusal| refusal.label(), |()| "ok");
    assert_eq!(found, case["expect"], "{name}");
    if found == "ok" {
        let made = &case["made"];
        let key = made["seal_key"].as_u64().unwrap() as usize;
        let maker = tokens(case, &made["purpose"]);
        let session = SessionId(unhex(&made["session_id"]));
        assert_eq!(maker.make_with(key, session, unhex(&made["salt"])), token, "{name}");
    }
}

#[test]
fn every_csrf_vector_holds() {
    let file: Value = serde_json::from_str(FILE).unwrap();
    let cases = file["cases"].as_array().unwrap();
    assert!(cases.len() >= 100, "only {} vectors", cases.len());
    cases.iter().for_each(check);
}
