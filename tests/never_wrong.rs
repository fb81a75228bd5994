//! What a tired developer does, and what happens then: an error that says what to do, or the right thing. Never something
//! silently wrong.

#![cfg(all(feature = "json", feature = "testing"))]

#[path = "never_wrong/attacks.rs"]
mod attacks;
#[path = "never_wrong/moments.rs"]
mod moments;
#[path = "never_wrong/shapes.rs"]
mod shapes;

use std::error::Error;

use hardtack::denylist::Subject;
use hardtack::login::{LoginFlowError, RequireIss};
use hardtack::testing::ManualClock;
use hardtack::{Application, Class, Key, KeyRing, SessionCookie, SetupError, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Admin {
    id: u64,
}

fn shop() -> Application {
    Application::new("shop", Key::generate().unwrap()).unwrap()
}

/// What a `main` that returns the error prints.
fn printed<T>(result: Result<T, SetupError>) -> String {
    let error: Box<dyn Error> = result.err().expect("an error").into();
    format!("Error: {error:?}")
}

#[track_caller]
fn assert_says<T>(result: Result<T, SetupError>, words: &[&str]) {
    let said = printed(result);
    for word in words {
        assert!(said.contains(word), "{said:?} does not say {word:?}");
    }
}

#[test]
fn a_second_session_type_without_a_name() {
    let shop = shop();
    let _users = shop.session::<User>().build().unwrap();
    let refused = shop.session::<Admin>().build();
    assert_says(refused, &["\"__Host-shop\"", "User", "Admin", ".name(\"__Host-shop~…\")"]);
    let admins = shop.session::<Admin>().name("__Host-shop~admin").build().unwrap();
    assert_eq!(admins.name(), "__Host-shop~admin");
}

#[test]
fn building_the_cookie_in_the_closure_that_runs_once_a_worker() {
    let shop = shop();
    let worker = || {
        shop.session::<User>()
            .revocation(shop.denylist().by_subject(|user: &User| &user.id))
            .build()
    };
    let first = worker().unwrap();
    assert_says(worker(), &["\"__Host-shop\"", "User", "outside any closure", "clone it"]);
    assert!(first.is_same(&first.clone()));
}

#[test]
fn building_flash_or_flows_twice() {
    let shop = shop();
    let _flash = shop.flash().build().unwrap();
    assert_says(shop.flash().build(), &["__Host-shop~flash", "clone it"]);
    let flows = || shop.login_flows().issuer("https://id.example", RequireIss::Yes).build();
    let _flows = flows().unwrap();
    assert_says(flows(), &["__Host-shop~login-", "clone them"]);
}

#[test]
fn a_cookie_that_the_log_in_flows_would_remove() {
    let shop = shop();
    let flows = || shop.login_flows().issuer("https://id.example", RequireIss::Yes);
    let _flows = flows().build().unwrap();
    let named = shop.session::<User>().name("__Host-shop~login-name").build();
    assert_says(named, &["__Host-shop~login-name", "\"__Host-shop~login-\"", "rename"]);
    let shop = self::shop();
    let _users = shop.session::<User>().build().unwrap();
    let flows = shop.login_flows().issuer("https://id.example", RequireIss::Yes);
    assert_says(flows.cookie_prefix("__Host-").build(), &["\"__Host-shop\"", "rename"]);
}

#[test]
fn two_applications_on_one_host() {
    let key = Key::generate().unwrap();
    let keys = hardtack::keys::Keys::from(key);
    let [shop, blog] = ["shop", "blog"].map(|name| Application::new(name, &keys).unwrap());
    let [users, readers] = [&shop, &blog].map(|app| app.session::<User>().build().unwrap());
    assert_ne!(users.name(), readers.name(), "each log-in would log the other out");
    let now = Timestamp::now();
    let token = sealed(&users, User { id: 7 }, now);
    assert!(readers.open([token.as_bytes()], now).is_err(), "a cookie of one opens in the other");
}

#[test]
fn an_application_named_like_anothers_flash() {
    let names = |app: &str| {
        let app = Application::new(app, Key::generate().unwrap()).unwrap();
        let users = app.session::<User>().build().unwrap().name().to_owned();
        [users, app.flash().build().unwrap().name().to_owned()]
    };
    let all = [names("shop"), names("shop-flash"), names("shop.flash"), names("shop_flash")];
    let mut all = all.concat();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 8, "{all:?}");
    assert_says(Application::new("shop~flash", Key::generate().unwrap()), &["\"shop~flash\""]);
}

#[test]
fn a_name_with_a_space() {
    let said = printed(Application::new("my shop", Key::generate().unwrap()));
    assert_eq!(said, "Error: application name \"my shop\": use 1 to 64 of A-Z a-z 0-9 . _ -");
    assert_says(shop().sealer("password reset").build(), &["use name \"password reset\""]);
}

#[test]
fn keys_that_nobody_has_set() {
    let shop = || -> Result<_, SetupError> {
        Application::new("shop", KeyRing::from_env("HARDTACK_NEVER_SET")?)
    };
    assert_says(shop(), &["HARDTACK_NEVER_SET", "not set", "hardtack key new"]);
}

#[test]
fn plain_http_with_the_default_name() {
    let users = shop().session::<User>().danger_plain_http().build().unwrap();
    assert_eq!(users.name(), "shop", "browsers drop a `__Host-` cookie without Secure");
    assert_says(
        shop().session::<User>().name("__Host-users").danger_plain_http().build(),
        &["__Host-users", "without the prefix"],
    );
    assert_says(
        shop().session::<User>().domain("example.com").build(),
        &["__Host-shop", "__Secure-"],
    );
}

#[test]
fn three_clocks_that_differ() {
    let clock = ManualClock::at(Timestamp::from_secs(1_800_000_000));
    let shop = Application::builder("shop", Key::generate().unwrap()).clock(clock.clone()).build();
    let shop = shop.unwrap();
    let denylist = shop.denylist();
    let hook = denylist.by_subject(|user: &User| &user.id);
    let users = shop.session::<User>().revocation(hook).build().unwrap();
    let flows = shop.login_flows().issuer("https://id.example", RequireIss::No).build().unwrap();
    let slot = users.slot([""]);
    let started = slot.start(User { id: 7 }).unwrap();
    assert_eq!(started.claims().created(), Timestamp::from_secs(1_800_000_000));
    // The flow's ten minutes are over, and at the same time the denylist refuses the session's cookie.
    let flow = flows.begin([""], "https://id.example", "/").unwrap();
    let line = flow.set_cookies().map(|line| format!("{}={}", line.name(), line.value()));
    let line = line.collect::<String>();
    clock.advance(hardtack::MINUTE * 10);
    assert!(matches!(flows.finish([&line], flow.state(), None), Err(LoginFlowError::Refused(_))));
    let token = sealed(&users, User { id: 7 }, Timestamp::from_secs(1_800_000_600));
    denylist.log_out_everywhere(&7);
    assert!(users.open([token.as_bytes()], Timestamp::from_secs(1_800_000_600)).is_err());
}

#[test]
fn logging_out_everywhere_a_user_id_of_another_integer_type() {
    let shop = shop();
    let denylist = shop.denylist();
    let users = shop.session::<User>().revocation(denylist.by_subject(|user: &User| &user.id));
    let users = users.build().unwrap();
    let now = Timestamp::now();
    let token = sealed(&users, User { id: 7 }, now);
    // The literal is inferred as u64. An i32 used to be hashed as four bytes, so that nobody was logged out.
    denylist.log_out_everywhere(&7);
    assert!(users.open([token.as_bytes()], now).is_err());
    assert_eq!(7i32.subject_id(), 7u64.subject_id(), "a node of the next release has another type");
}

#[test]
fn an_issuer_spelt_with_a_slash() {
    let flows = shop().login_flows().issuer("https://id.example", RequireIss::Yes).build().unwrap();
    for spelt in ["https://id.example/", "https://ID.example", "http://id.example", ""] {
        let refused = flows.begin([""], spelt, "/").map(|_| ());
        assert_eq!(refused, Err(LoginFlowError::UndeclaredIssuer), "{spelt}");
    }
    assert!(flows.begin([""], "https://id.example", "/").is_ok());
    assert_says(shop().login_flows().build(), &[".issuer("]);
    let twice = shop().login_flows();
    let twice = twice.issuer("https://id.example", RequireIss::Yes);
    assert_says(
        twice.issuer("https://id.example", RequireIss::No).build(),
        &["https://id.example", "twice"],
    );
}

fn sealed<T: hardtack::SessionData>(cookie: &SessionCookie<T>, data: T, now: Timestamp) -> String {
    let claims = cookie.new_claims(Class::Standard, now).unwrap();
    cookie.seal(&data, &claims, now).unwrap().value().to_owned()
}

#[cfg(feature = "axum")]
mod requests {
    use axum::body::Body;
    use axum::http::{Request, StatusCode, header};
    use axum::response::Response;
    use axum::routing::{get, post};
    use axum::{Router, http};
    use hardtack::testing::{change, request_cookie};
    use hardtack::{MINUTE, Session, SessionError, SessionLayer, SessionSlot};
    use tower::ServiceExt;

    use super::*;

    async fn send(app: Router, request: http::request::Builder) -> Response {
        app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    fn set_cookies(response: &Response) -> Vec<&str> {
        let lines = response.headers().get_all(header::SET_COOKIE);
        lines.iter().map(|line| line.to_str().unwrap()).collect()
    }

    async fn log_out(slot: SessionSlot<User>) -> Result<&'static str, SessionError> {
        slot.end()?;
        Ok("logged out")
    }

    #[tokio::test]
    async fn the_layer_at_the_app_and_again_on_a_nested_router() {
        let clock = ManualClock::at(Timestamp::from_secs(1_800_000_000));
        let shop = Application::builder("shop", Key::generate().unwrap()).clock(clock.clone());
        let users = shop.build().unwrap().session::<User>().build().unwrap();
        let cookie = request_cookie(&users, Class::Standard, &User { id: 7 }).unwrap();
        // A refresh is due: the outer layer would set the session again.
        clock.advance(20 * MINUTE);
        let account = Router::new().route("/logout", post(log_out));
        let account = account.layer(SessionLayer::new(users.clone()));
        let app = Router::new().nest("/account", account).layer(SessionLayer::new(users.clone()));
        let request = Request::post("/account/logout").header(header::COOKIE, cookie);
        let response = send(app, request.header("sec-fetch-site", "same-origin")).await;
        assert_eq!(response.status(), StatusCode::OK);
        let lines = set_cookies(&response);
        assert_eq!(lines.len(), 1, "the log-out is undone: {lines:?}");
        assert!(matches!(change(&users, lines), Ok(hardtack::testing::Change::Removed)));
    }

    #[tokio::test]
    async fn a_forged_post_without_anybody_having_asked_for_protection() {
        let users = shop().session::<User>().build().unwrap();
        let cookie = request_cookie(&users, Class::Standard, &User { id: 7 }).unwrap();
        let transfer = async |user: Session<User>| format!("{} pays", user.id);
        let app = Router::new().route("/pay", post(transfer).get(async || "a form"));
        let app = app.layer(SessionLayer::new(users));
        let post = || {
            Request::post("/pay")
                .header(header::HOST, "shop.example")
                .header(header::COOKIE, &cookie)
        };
        for (header, value, expected) in [
            ("origin", "https://evil.example", StatusCode::FORBIDDEN),
            ("origin", "https://blog.shop.example", StatusCode::FORBIDDEN),
            ("origin", "null", StatusCode::FORBIDDEN),
            ("sec-fetch-site", "cross-site", StatusCode::FORBIDDEN),
            ("sec-fetch-site", "same-site", StatusCode::FORBIDDEN),
            ("x-nothing", "of both", StatusCode::FORBIDDEN),
            ("origin", "https://shop.example", StatusCode::OK),
            ("sec-fetch-site", "same-origin", StatusCode::OK),
        ] {
            let response = send(app.clone(), post().header(header, value)).await;
            assert_eq!(response.status(), expected, "{header}: {value}");
        }
        let response = send(app, Request::get("/pay").header("sec-fetch-site", "cross-site")).await;
        assert_eq!(response.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn two_cookies_of_one_name_in_one_request() {
        let keys = hardtack::keys::Keys::from(Key::generate().unwrap());
        let [first, second] = [(), ()].map(|()| Application::new("shop", &keys).unwrap());
        let users = first.session::<User>().build().unwrap();
        let admins = second.session::<Admin>().build().unwrap();
        let app = Router::new().route("/", get(async || "never"));
        let app = app.layer(SessionLayer::new(users)).layer(SessionLayer::new(admins));
        let response = send(app, Request::get("/")).await;
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert!(set_cookies(&response).is_empty());
    }

    #[tokio::test]
    async fn an_exempt_callback_that_looks_for_a_session() {
        let users = shop().session::<User>().build().unwrap();
        let cookie = request_cookie(&users, Class::Standard, &User { id: 7 }).unwrap();
        let callback = async |slot: SessionSlot<User>| match slot.get() {
            Some(user) => format!("charged {}", user.id),
            None => "no session".to_owned(),
        };
        let payments = Router::new().route("/callback", post(callback));
        let layer = SessionLayer::new(users).exempt(http::Method::POST, "/payments/callback");
        let app = Router::new()
            .nest("/payments", payments.clone())
            .nest("/refunds", payments)
            .layer(layer);
        for (path, expected) in
            [("/payments/callback", Some("no session")), ("/refunds/callback", None)]
        {
            let request = Request::post(path).header(header::COOKIE, &cookie);
            let response = send(app.clone(), request.header("origin", "https://pay.example")).await;
            let Some(expected) = expected else {
                assert_eq!(response.status(), StatusCode::FORBIDDEN, "{path}");
                continue;
            };
            let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap();
            assert_eq!(body, expected, "{path}");
        }
    }
}
