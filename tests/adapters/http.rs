//! The `http` crate's types, with no framework.

use std::time::Duration;

use ::http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE};
use ::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};
use hardtack::framework::Passage;
use hardtack::testing::{Change, change};
use hardtack::{CrossOriginError, SessionSlot};

use crate::world::{User, World};

/// The session of a GET with these headers.
#[track_caller]
fn get(world: &World, headers: &HeaderMap) -> SessionSlot<User> {
    world.users.begin_http(&Method::GET, &Uri::from_static("/"), headers).unwrap()
}

#[test]
fn commit_appends_and_marks_the_session_sensitive() {
    let world = World::new();
    let slot = get(&world, &HeaderMap::new());
    slot.start(User::ada()).unwrap();
    let mut response = HeaderMap::new();
    response.insert(SET_COOKIE, HeaderValue::from_static("other=1"));
    response.append(CACHE_CONTROL, HeaderValue::from_static("public"));
    response.append(CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
    slot.commit_head(StatusCode::OK, &mut response).unwrap();
    let lines: Vec<_> = response.get_all(SET_COOKIE).iter().collect();
    assert_eq!(lines.len(), 2);
    assert_eq!([lines[0].is_sensitive(), lines[1].is_sensitive()], [false, true]);
    assert!(!format!("{response:?}").contains("__Host-shop"));
    let controls: Vec<_> = response.get_all(CACHE_CONTROL).iter().collect();
    assert_eq!(controls, ["no-store"]);
}

#[test]
fn a_slot_commits_once() {
    let world = World::new();
    let slot = get(&world, &HeaderMap::new());
    slot.start(User::ada()).unwrap();
    let mut response = HeaderMap::new();
    slot.commit_head(StatusCode::OK, &mut response).unwrap();
    let mut again = HeaderMap::new();
    slot.commit_head(StatusCode::OK, &mut again).unwrap();
    assert!(again.is_empty());
    let lines = response.get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap());
    assert!(matches!(change(&world.users, lines).unwrap(), Change::Set(_)));
}

#[test]
fn a_change_that_fails_takes_the_whole_response_with_it_but_not_an_end() {
    let world = World::new();
    let response = || {
        let mut response = Response::new("a page".to_owned());
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("public"));
        response
    };
    let mut request = HeaderMap::new();
    request.append(COOKIE, HeaderValue::from_str(&world.ada()).unwrap());
    let slot = get(&world, &request);
    slot.start(User::ada()).unwrap();
    let mut fine = response();
    slot.commit_http(&mut fine);
    assert_eq!((fine.status(), fine.body().as_str()), (StatusCode::OK, "a page"));
    assert_eq!(fine.headers().get_all(SET_COOKIE).iter().count(), 1);

    // So slow that the new session is over before it goes out.
    let slot = get(&world, &request);
    slot.end().unwrap();
    slot.start(User::ada()).unwrap();
    world.clock.advance(Duration::from_secs(9 * 3600));
    let mut failed = response();
    slot.commit_http(&mut failed);
    assert_eq!((failed.status(), failed.body().as_str()), (StatusCode::INTERNAL_SERVER_ERROR, ""));
    assert!(failed.headers().get_all(CACHE_CONTROL).iter().all(|line| line != "public"));
    let lines = failed.headers().get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap());
    assert!(matches!(change(&world.users, lines).unwrap(), Change::Removed));
}

#[test]
fn a_request_of_another_site_is_told_by_its_headers() {
    let protection = World::new().shop.cross_origin_protection();
    let check = |target: &'static str, lines: &[(&'static str, &'static str)]| {
        let mut headers = HeaderMap::new();
        lines.iter().for_each(|(name, value)| {
            headers.append(*name, HeaderValue::from_static(value));
        });
        protection.check_http(&Method::POST, &Uri::from_static(target), &headers)
    };
    let ours = ("origin", "https://shop.example");
    assert_eq!(check("/", &[("host", "shop.example"), ours]), Ok(Passage::Checked));
    assert_eq!(check("https://shop.example/", &[ours]), Ok(Passage::Checked));
    assert_eq!(check("https://evil.example/", &[ours]), Err(CrossOriginError::OtherOrigin));
    assert_eq!(check("/", &[("sec-fetch-site", "cross-site")]), Err(CrossOriginError::CrossSite));
    assert_eq!(check("/", &[("cookie", "__Host-shop=x")]), Err(CrossOriginError::NoOrigin));
}

#[test]
fn a_request_of_another_site_gets_no_session() {
    let world = World::new();
    let begin = |method: Method, target: &'static str, lines: &[(&'static str, &str)]| {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_str(&world.ada()).unwrap());
        lines.iter().for_each(|(name, value)| {
            headers.append(*name, HeaderValue::from_str(value).unwrap());
        });
        let rules = world.users.cross_origin_protection().exempt(&method, "/callback");
        let target = Uri::from_static(target);
        let plain = world.users.begin_http(&method, &target, &headers);
        let with_rules = world.users.begin_http_with(&rules, &method, &target, &headers);
        [plain, with_rules].map(|slot| slot.map(|slot| slot.get().is_some()))
    };
    let ours = [("host", "shop.example"), ("origin", "https://shop.example")];
    assert_eq!(begin(Method::POST, "/callback?x=1", &ours), [Ok(true), Ok(false)]);
    assert_eq!(begin(Method::POST, "/order", &ours), [Ok(true); 2]);
    assert_eq!(begin(Method::GET, "/order", &[]), [Ok(true); 2]);
    let forged = [("sec-fetch-site", "cross-site")];
    let refused = Err(CrossOriginError::CrossSite);
    assert_eq!(begin(Method::POST, "/order", &forged), [refused; 2]);
    assert_eq!(begin(Method::POST, "/callback", &forged), [refused, Ok(false)]);
    let socket =
        [("upgrade", "websocket"), ("host", "shop.example"), ("origin", "https://a.example")];
    assert_eq!(begin(Method::GET, "/order", &socket), [Err(CrossOriginError::OtherOrigin); 2]);
    assert_eq!(begin(Method::CONNECT, "/order", &[]), [Err(CrossOriginError::NoOrigin); 2]);
}
