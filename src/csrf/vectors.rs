//! tests/vectors/v1/csrf.json, made by an independent implementation from docs/format-v1.md section 9: check every case, make
//! every `ok` case again.

use super::CsrfTokens;
use crate::id::SessionId;
use crate::sealer::vectors::{Case, cases, unhex};
use crate::time::Timestamp;

fn session(case: &Case) -> SessionId {
    SessionId(unhex(case.text("session_id")).try_into().unwrap())
}

fn check(case: &Case) {
    let (name, token) = (case.text("name"), case.text("token"));
    let checker = CsrfTokens::new(case.ring().unwrap().into(), case.purpose().unwrap());
    let now = Timestamp::from_secs(case.0["now"].as_u64().unwrap_or(1_800_000_000));
    let found = checker.check(token.as_bytes(), session(case), now);
    let found = found.map_or_else(|refusal| refusal.label(), |()| "ok");
    assert_eq!(found, case.text("expect"), "{name}");
    if found == "ok" {
        let made = Case(case.0["made"].clone());
        let maker = CsrfTokens::new(case.ring().unwrap().into(), made.purpose().unwrap());
        let salt = unhex(made.text("salt")).try_into().unwrap();
        let key = made.number("seal_key") as usize;
        assert_eq!(maker.make_with(key, session(&made), salt), token, "{name}");
    }
}

#[test]
fn every_csrf_vector_holds() {
    cases("csrf").iter().for_each(check);
}
