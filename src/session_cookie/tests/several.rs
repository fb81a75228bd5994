//! tests/vectors/v1/several.json, made by an independent implementation: several cookies of one name, the hook and the shapes
//! included.

use super::*;
use crate::id::SessionId;
use crate::layout::Mode;
use crate::sealer::vectors::{Case, cases, unhex};

/// The payloads' own length, so that any bytes are data.
type Data = [u8; 24];

struct Revoked(Vec<SessionId>);

impl Revocation<Data> for Revoked {
    fn is_revoked(&self, claims: &Claims) -> bool {
        self.0.contains(&claims.session_id)
    }

    fn on_ended(&self, _: &Claims, _: Timestamp) {}
}

fn check(case: &Case) {
    let name = case.text("name");
    let hex =
        |text: &serde_json::Value| SessionId(unhex(text.as_str().unwrap()).try_into().unwrap());
    let revoked = Revoked(case.list("revoked").iter().map(hex).collect());
    let [schema] = case.list("schemas") else { panic!("{name}: an application writes one shape") };
    let (app, cookie) = ("shop", "__Host-session");
    assert_eq!(case.text("purpose"), format!("cookie:{app}/{cookie}"));
    let builder = Application::new(app, case.ring().unwrap()).unwrap().session::<Data>();
    let builder = builder.name(cookie).schema(schema.as_u64().unwrap() as u32).revocation(revoked);
    let signed = case.mode() == Mode::Signed;
    let cookie = if signed { builder.signed() } else { builder }.build().unwrap();
    let tokens: Vec<_> = case.list("tokens").iter().map(|token| token.as_str().unwrap()).collect();
    match cookie.open(tokens.iter().map(|token| token.as_bytes()), case.now()) {
        Ok(None) => assert_eq!(case.text("expect"), "none", "{name}"),
        Ok(Some(opened)) => {
            assert_eq!(case.text("expect"), "ok", "{name}");
            let chosen = tokens[case.number("chosen") as usize].as_bytes();
            let chosen = cookie.open([chosen], case.now()).unwrap().unwrap();
            assert_eq!((opened.claims, opened.data), (chosen.claims, chosen.data), "{name}");
        }
        Err(error) => case.assert_refused(error),
    }
}

#[test]
fn every_vector_of_several_cookies_holds() {
    cases("several").iter().for_each(check);
}
