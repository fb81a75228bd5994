//! The `http` crate's types, with no framework.

use ::http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE};
use ::http::{HeaderMap, HeaderValue, StatusCode};
use hardtack::testing::{Change, change};

use crate::world::{User, World};

#[test]
fn every_cookie_line_counts_and_odd_octets_hide_nothing() {
    let world = World::new();
    let mut request = HeaderMap::new();
    request.append(COOKIE, HeaderValue::from_bytes(b"odd=\xFF\x80").unwrap());
    let ours = [b"odd=\xE9; ", world.ada().as_bytes()].concat();
    request.append(COOKIE, HeaderValue::from_bytes(&ours).unwrap());
    let slot = world.users.slot_from(&request);
    assert_eq!(*slot.get().unwrap(), User::ada());
}

#[test]
fn commit_appends_and_marks_the_session_sensitive() {
    let world = World::new();
    let slot = world.users.slot_from(&HeaderMap::new());
    slot.start(User::ada()).unwrap();
    let mut response = HeaderMap::new();
    response.insert(SET_COOKIE, HeaderValue::from_static("other=1"));
    response.append(CACHE_CONTROL, HeaderValue::from_static("public"));
    response.append(CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
    slot.commit_to(StatusCode::OK, &mut response).unwrap();
    let lines: Vec<_> = response.get_all(SET_COOKIE).iter().collect();
    assert_eq!(lines.len(), 2);
    assert_eq!([lines[0].is_sensitive(), lines[1].is_sensitive()], [false, true]);
    assert!(!format!("{response:?}").contains("__Host-session"));
    let controls: Vec<_> = response.get_all(CACHE_CONTROL).iter().collect();
    assert_eq!(controls, ["no-store"]);
}

#[test]
fn a_slot_commits_once() {
    let world = World::new();
    let slot = world.users.slot_from(&HeaderMap::new());
    slot.start(User::ada()).unwrap();
    let mut response = HeaderMap::new();
    slot.commit_to(StatusCode::OK, &mut response).unwrap();
    let mut again = HeaderMap::new();
    slot.commit_to(StatusCode::OK, &mut again).unwrap();
    assert!(again.is_empty());
    let lines = response.get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap());
    assert!(matches!(change(&world.users, lines).unwrap(), Change::Set(_)));
}
