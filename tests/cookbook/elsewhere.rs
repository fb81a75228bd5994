//! What comes from elsewhere, or goes on after the response's head: other origins, streams, payments.

mod spa {
    use axum::http::{HeaderValue, Method, header::CONTENT_TYPE};
    use axum::{Router, routing::get};
    use hardtack::{Application, Session, SessionError, SessionLayer, SetupError, keys::Keys};
    use tower_http::cors::CorsLayer;

    #[derive(serde::Serialize, serde::Deserialize)]
    struct User {
        name: String,
    }

    const SPA: &str = "https://app.shop.example";

    fn api(keys: &Keys) -> Result<Router, SetupError> {
        let shop = Application::builder("shop", keys).trust(SPA).build()?;
        let users = shop.session::<User>().build()?;
        let cors = CorsLayer::new()
            .allow_origin(HeaderValue::from_static(SPA))
            .allow_credentials(true)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([CONTENT_TYPE]);
        Ok(Router::new()
            .route("/me", get(me).post(rename))
            .layer(SessionLayer::new(users))
            .layer(cors)) // the last layer is the outermost
    }

    async fn me(user: Session<User>) -> String {
        user.name.clone()
    }

    async fn rename(mut user: Session<User>, name: String) -> Result<(), SessionError> {
        user.update(|user| user.name = name)
    }

    use crate::{Answer, Browser};
    use axum::http::Request;
    use hardtack::{Class, Key};

    fn readable(answer: &Answer) -> bool {
        let allowed = |name| answer.headers.get(name).map(|value| value.to_str().unwrap());
        allowed("access-control-allow-origin") == Some(SPA)
            && allowed("access-control-allow-credentials") == Some("true")
    }

    #[tokio::test]
    async fn the_page_may_change_and_read() {
        let keys = Keys::from(Key::generate().unwrap());
        let app = api(&keys).unwrap();
        let users = Application::new("shop", &keys).unwrap().session::<User>().build().unwrap();
        let ada = User { name: "Ada".to_owned() };
        let mut browser = Browser::with(&app, &users, Class::Standard, &ada);
        let from = |method: &str, origin: &str, site: &str| {
            let request = Request::builder().method(method).uri("/me");
            request.header("origin", origin).header("sec-fetch-site", site)
        };
        let preflight = from("OPTIONS", SPA, "same-site");
        let preflight = preflight.header("access-control-request-method", "POST");
        assert!(readable(&browser.send(preflight, "").await));
        let answer = browser.send(from("POST", SPA, "same-site"), "Grace").await;
        assert_eq!((answer.status, readable(&answer)), (200, true));
        let answer = browser.send(from("GET", SPA, "same-site"), "").await;
        assert_eq!((&*answer.body, readable(&answer)), ("Grace", true));
        let answer = Browser::new(&app).send(from("POST", SPA, "same-site"), "Eve").await;
        assert_eq!((answer.status, readable(&answer)), (401, true));
        let other = "https://blog.shop.example";
        let answer = browser.send(from("POST", other, "same-site"), "Eve").await;
        assert_eq!(answer.status, 403);
    }

    /// An origin that CORS knows and the application does not: its page reads the 403, or sees a network error.
    #[tokio::test]
    async fn a_refusal_is_readable_where_cors_is_outside() {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let session = SessionLayer::new(shop.session::<User>().build().unwrap());
        let origin = HeaderValue::from_static(SPA);
        let cors = || CorsLayer::new().allow_origin(origin.clone()).allow_credentials(true);
        let routes = || Router::new().route("/me", get(me).post(rename));
        let outside = routes().layer(session.clone()).layer(cors());
        let inside = routes().layer(cors()).layer(session);
        for (app, expected) in [(outside, true), (inside, false)] {
            let request = Request::post("/me").header("origin", SPA);
            let answer =
                Browser::new(&app).send(request.header("sec-fetch-site", "same-site"), "").await;
            assert_eq!((answer.status, readable(&answer)), (403, expected));
        }
    }
}

mod streams {
    use std::convert::Infallible;

    use axum::extract::State;
    use axum::http::{HeaderMap, header::COOKIE};
    use axum::response::sse::{Event, Sse};
    use futures_util::stream::{Stream, unfold};
    use hardtack::{Session, SessionCookie};

    #[derive(serde::Serialize, serde::Deserialize)]
    struct User {
        id: u64,
    }

    async fn events(
        State(users): State<SessionCookie<User>>,
        user: Session<User>,
        headers: HeaderMap,
    ) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
        let id = user.id;
        Sse::new(unfold((users, headers), move |(users, headers)| async move {
            let event = next_event(id).await;
            // The handle does not notice: open the cookie again, as a new request would.
            users.slot(headers.get_all(COOKIE)).get()?;
            Some((Ok(event), (users, headers)))
        }))
    }

    async fn next_event(user: u64) -> Event {
        Event::default().data(format!("hello, {user}")) // yours waits for one
    }

    use crate::Browser;
    use axum::body::Body;
    use axum::http::{Request, StatusCode};
    use axum::{Router, routing::get};
    use futures_util::StreamExt;
    use hardtack::denylist::Denylist;
    use hardtack::testing::ManualClock;
    use hardtack::{
        Application, Class, Key, MINUTE, SessionError, SessionLayer, SessionSlot, Timestamp,
    };
    use std::sync::{Arc, Mutex};
    use tower::ServiceExt;

    fn site(clock: &ManualClock) -> (SessionCookie<User>, Denylist<u64>, Router) {
        let key = Key::generate().unwrap();
        let shop = Application::builder("shop", key).clock(clock.clone()).build().unwrap();
        let denylist = shop.denylist();
        let hook = denylist.by_subject(|user: &User| &user.id);
        let users = shop.session::<User>().revocation(hook).build().unwrap();
        let app = Router::new()
            .route("/events", get(events))
            .layer(SessionLayer::new(users.clone()))
            .with_state(users.clone());
        (users, denylist, app)
    }

    #[tokio::test]
    async fn a_stream_ends_with_its_session() {
        let clock = ManualClock::at(Timestamp::now());
        let (users, denylist, app) = site(&clock);
        let stream = async || {
            let browser = Browser::with(&app, &users, Class::Standard, &User { id: 7 });
            let request = Request::get("/events").header("cookie", browser.line());
            let response = app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
            assert_eq!(response.status(), 200);
            response.into_body().into_data_stream()
        };
        let (mut ended, mut aged) = (stream().await, stream().await);
        for stream in [&mut ended, &mut aged] {
            let event = stream.next().await.unwrap().unwrap();
            assert_eq!(event, "data: hello, 7\n\n");
        }
        denylist.log_out_everywhere(&7);
        assert!(ended.next().await.is_none());
        clock.advance(30 * MINUTE);
        let mut young = stream().await;
        assert!(young.next().await.is_some());
        clock.advance(30 * MINUTE);
        assert!(young.next().await.is_none());
    }

    /// The 101 of a WebSocket is a head like any other: what comes before it is set, what comes after is not.
    #[tokio::test]
    async fn a_handshake_sets_cookies_and_nothing_does_later() {
        let (users, _, _) = site(&ManualClock::at(Timestamp::now()));
        type Kept = Arc<Mutex<Option<SessionSlot<User>>>>;
        let kept = Kept::default();
        let socket = async |State(kept): State<Kept>, slot: SessionSlot<User>| {
            slot.get().unwrap().update(|user| user.id += 1).unwrap();
            *kept.lock().unwrap() = Some(slot);
            (StatusCode::SWITCHING_PROTOCOLS, [("upgrade", "websocket"), ("connection", "upgrade")])
        };
        let app = Router::new()
            .route("/socket", get(socket))
            .layer(SessionLayer::new(users.clone()))
            .with_state(kept.clone());
        let mut browser = Browser::with(&app, &users, Class::Standard, &User { id: 7 });
        let handshake = |origin: &str| {
            let request = Request::get("/socket").header("upgrade", "websocket");
            request.header("connection", "upgrade").header("origin", origin)
        };
        assert_eq!(browser.send(handshake("https://evil.example"), "").await.status, 403);
        assert!(kept.lock().unwrap().is_none());
        let answer = browser.send(handshake("https://shop.example"), "").await;
        assert_eq!(answer.status, 101);
        assert_eq!(users.slot([browser.line()]).get().unwrap().id, 8);

        let slot = kept.lock().unwrap().take().unwrap();
        let update = slot.get().unwrap().update(|user| user.id += 1);
        assert_eq!(update.unwrap_err(), SessionError::HeadSent);
        assert_eq!(slot.start(User { id: 9 }).unwrap_err(), SessionError::HeadSent);
        assert!(users.slot([browser.line()]).get().is_some());
        assert_eq!(slot.end().unwrap_err(), SessionError::HeadSent);
        assert!(users.slot([browser.line()]).get().is_none());
    }
}

mod payments {
    use axum::http::{Method, StatusCode};
    use axum::response::{Html, Redirect};
    use axum::{Form, Router, routing::post};
    use hardtack::{SessionCookie, SessionLayer};

    #[derive(serde::Serialize, serde::Deserialize)]
    struct User {
        id: u64,
    }

    #[derive(serde::Deserialize)]
    struct Message {
        order: u32,
        signature: String,
    }

    /// The provider's page posts here. Note what its message says with the order, not in a session.
    async fn paid(Form(message): Form<Message>) -> Result<Redirect, StatusCode> {
        if !is_signed_by_the_provider(&message) {
            return Err(StatusCode::BAD_REQUEST);
        }
        Ok(Redirect::to(&format!("/orders/{}", message.order))) // 303: a GET, with the cookie
    }

    /// The same with `SameSite=Strict`: the next request must come from a page of yours.
    async fn paid_strict(Form(message): Form<Message>) -> Result<Html<String>, StatusCode> {
        if !is_signed_by_the_provider(&message) {
            return Err(StatusCode::BAD_REQUEST);
        }
        let to = format!("/orders/{}", message.order);
        Ok(Html(format!(
            r#"<meta http-equiv="refresh" content="0; url={to}"><a href="{to}">Go on</a>"#
        )))
    }

    fn with_payments(routes: Router, users: SessionCookie<User>) -> Router {
        routes
            .route("/paid", post(paid))
            .layer(SessionLayer::new(users).exempt(Method::POST, "/paid"))
    }

    fn is_signed_by_the_provider(message: &Message) -> bool {
        message.signature == "good" // yours checks an HMAC or a signature
    }

    use crate::Browser;
    use axum::http::Request;
    use axum::routing::get;
    use hardtack::{Application, Class, Key, Session, SessionSlot};

    #[tokio::test]
    async fn the_return_finds_the_session_by_get() {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let users = shop.session::<User>().build().unwrap();
        let order = async |user: Session<User>| user.id.to_string();
        let looks = async |slot: SessionSlot<User>| slot.get().is_some().to_string();
        let routes = Router::new()
            .route("/orders/{id}", get(order))
            .route("/strict", post(paid_strict))
            .route("/other", post(looks));
        let app = with_payments(routes, users.clone());
        let mut browser = Browser::with(&app, &users, Class::Standard, &User { id: 7 });
        let from_provider = |path| Request::post(path).header("sec-fetch-site", "cross-site");
        let good = "order=3&signature=good";
        let answer = browser.send(from_provider("/paid"), good).await;
        assert_eq!(
            (answer.status, &answer.headers["location"]),
            (303, &"/orders/3".parse().unwrap())
        );
        assert!(!answer.headers.contains_key("set-cookie"));
        assert_eq!(browser.get("/orders/3").await.body, "7");
        assert_eq!(browser.send(from_provider("/paid"), "order=3&signature=x").await.status, 400);
        assert_eq!(browser.send(from_provider("/other"), good).await.status, 403);
        let page = browser.post("/strict", good).await;
        assert!(page.status == 200 && page.body.contains("url=/orders/3"));
        assert_eq!(browser.post("/strict", "order=3&signature=x").await.status, 400);
    }
}
