//! Who may do what, and for how long: roles, remembered sessions, a button, a clock.

mod roles {
    use axum::extract::FromRequestParts;
    use axum::http::{StatusCode, request::Parts};
    use axum::response::{IntoResponse, Response};
    use hardtack::Session;

    #[derive(serde::Serialize, serde::Deserialize)]
    struct User {
        id: u64,
        is_clerk: bool,
    }

    /// An argument of handlers that are for clerks: 401 without a session, 403 for others.
    struct Clerk(Session<User>);

    impl<S: Send + Sync> FromRequestParts<S> for Clerk {
        type Rejection = Response;

        async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
            match Session::<User>::from_request_parts(parts, state).await {
                Ok(user) if user.is_clerk => Ok(Self(user)),
                Ok(_) => Err(StatusCode::FORBIDDEN.into_response()),
                Err(rejection) => Err(rejection.into_response()),
            }
        }
    }

    async fn orders(Clerk(clerk): Clerk) -> String {
        format!("all orders, for clerk {}", clerk.id)
    }

    use crate::Browser;
    use axum::{Router, routing::get};
    use hardtack::{Application, Class, Key, SessionLayer};

    #[tokio::test]
    async fn a_role_is_as_old_as_its_cookie() {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let denylist = shop.denylist();
        let hook = denylist.by_subject(|user: &User| &user.id);
        let users = shop.session().revocation(hook).build().unwrap();
        let app =
            Router::new().route("/orders", get(orders)).layer(SessionLayer::new(users.clone()));
        let with = |user| Browser::with(&app, &users, Class::Standard, &user);
        assert_eq!(Browser::new(&app).get("/orders").await.status, 401);
        assert_eq!(with(User { id: 8, is_clerk: false }).get("/orders").await.status, 403);
        let mut clerk = with(User { id: 7, is_clerk: true });
        let answer = clerk.get("/orders").await;
        assert_eq!((answer.status, &*answer.body), (200, "all orders, for clerk 7"));
        // The database may say by now what it likes.
        assert_eq!(clerk.get("/orders").await.status, 200);
        denylist.log_out_everywhere(&7);
        assert_eq!(clerk.get("/orders").await.status, 401);
    }
}

mod remembered {
    use hardtack::{Application, DAY, SessionCookie, SetupError, Timeouts};

    #[derive(serde::Serialize, serde::Deserialize)]
    struct User {
        id: u64,
    }

    fn users(shop: &Application) -> Result<SessionCookie<User>, SetupError> {
        shop.session::<User>()
            .remember_me(Timeouts { idle: 30 * DAY, absolute: 180 * DAY }) // or `None`: not here
            .build()
    }

    use hardtack::testing::{ManualClock, request_cookie};
    use hardtack::{Class, HOUR, Key, MINUTE, Timestamp};

    /// Whether a browser finds the session again after this long, and what Max-Age its cookie has at first.
    fn after(users: &SessionCookie<User>, clock: &ManualClock, class: Class, days: u32) -> bool {
        let cookie = request_cookie(users, class, &User { id: 7 }).unwrap();
        clock.advance(days * DAY);
        users.slot([cookie]).get().is_some()
    }

    #[test]
    fn the_class_decides_and_not_the_cookies_attributes() {
        let clock = ManualClock::at(Timestamp::now());
        let shop = || {
            let key = Key::generate().unwrap();
            Application::builder("shop", key).clock(clock.clone()).build().unwrap()
        };
        let remembering = users(&shop()).unwrap();
        assert!(after(&remembering, &clock, Class::Remembered, 29));
        assert!(!after(&remembering, &clock, Class::Remembered, 30));
        assert!(!after(&remembering, &clock, Class::Standard, 1));

        // What `.persistent()` alone does: the browser keeps the cookie, and the server refuses it half an hour later.
        let persistent = shop().session::<User>().persistent().build().unwrap();
        let cookie = request_cookie(&persistent, Class::Standard, &User { id: 7 }).unwrap();
        let slot = persistent.slot([cookie.clone()]);
        slot.get().unwrap().touch().unwrap();
        let mut head = hardtack::testing::Head::new(200);
        slot.commit(&mut head).unwrap();
        assert!(head.all("set-cookie").next().unwrap().contains("; Max-Age=1800"));
        clock.advance(30 * MINUTE);
        assert!(persistent.slot([cookie]).get().is_none());
        clock.advance(HOUR);
    }
}

mod stay {
    use axum::http::StatusCode;
    use hardtack::{Session, SessionError, SessionSlot};

    #[derive(serde::Serialize, serde::Deserialize)]
    struct User {
        id: u64,
    }

    /// GET: when the session ends, for the page's script. Asking does not keep it alive.
    async fn ends_at(slot: SessionSlot<User>) -> Result<String, StatusCode> {
        slot.no_refresh();
        let user = slot.get().ok_or(StatusCode::UNAUTHORIZED)?;
        Ok(user.claims().expires().to_string())
    }

    /// POST: what the button does.
    async fn stay(mut user: Session<User>) -> Result<String, SessionError> {
        user.touch()?;
        Ok(user.claims().expires().to_string())
    }

    use crate::Browser;
    use axum::{Router, routing::get};
    use hardtack::testing::ManualClock;
    use hardtack::{Application, Class, HOUR, Key, MINUTE, SessionLayer, Timestamp};

    #[tokio::test]
    async fn a_touch_moves_the_idle_end_and_asking_does_not() {
        let start = Timestamp::from_secs(1_900_000_000);
        let clock = ManualClock::at(start);
        let key = Key::generate().unwrap();
        let shop = Application::builder("shop", key).clock(clock.clone()).build().unwrap();
        let users = shop.session::<User>().build().unwrap();
        let app = Router::new()
            .route("/session", get(ends_at).post(stay))
            .route("/poll", get(async |user: Session<User>| user.id.to_string()))
            .layer(SessionLayer::new(users.clone()));
        let browser = || Browser::with(&app, &users, Class::Standard, &User { id: 7 });
        let (mut asks, mut polls, mut stays) = (browser(), browser(), browser());
        for _ in 0..29 {
            clock.advance(MINUTE);
            assert_eq!(asks.get("/session").await.status, 200);
            assert_eq!(polls.get("/poll").await.status, 200);
        }
        assert_eq!(stays.post("/session", "").await.body, (start + 59 * MINUTE).to_string());
        clock.advance(MINUTE);
        assert_eq!(asks.get("/session").await.status, 401);
        assert_eq!(polls.get("/poll").await.status, 200);
        assert_eq!(stays.get("/session").await.body, (start + 59 * MINUTE).to_string());
        for minutes in (55..8 * 60).step_by(25) {
            clock.set(start + minutes * MINUTE);
            let end = (start + (minutes + 30) * MINUTE).min(start + 8 * HOUR);
            assert_eq!(stays.post("/session", "").await.body, end.to_string());
        }
        clock.set(start + 8 * HOUR);
        assert_eq!(stays.post("/session", "").await.status, 401);
    }
}

mod clock {
    use axum::body::Body;
    use axum::http::{Request, StatusCode, header::SET_COOKIE};
    use axum::{Router, routing::get};
    use hardtack::testing::{Change, ManualClock, change, request_cookie};
    use hardtack::{Application, Class, Key, MINUTE, Session, SessionLayer, Timestamp};
    use tower::ServiceExt;

    #[derive(serde::Serialize, serde::Deserialize)]
    struct User {
        id: u64,
    }

    async fn profile(user: Session<User>) -> String {
        format!("user {}", user.id)
    }

    #[tokio::test]
    async fn a_session_in_use_goes_on() -> Result<(), Box<dyn std::error::Error>> {
        let clock = ManualClock::at(Timestamp::now());
        let shop = Application::builder("shop", Key::generate()?).clock(clock.clone()).build()?;
        let users = shop.session::<User>().build()?;
        let app = Router::new().route("/", get(profile)).layer(SessionLayer::new(users.clone()));
        let cookie = request_cookie(&users, Class::Standard, &User { id: 7 })?; // without the form
        let visit = || Request::get("/").header("cookie", &cookie).body(Body::empty());

        clock.advance(14 * MINUTE);
        let answer = app.clone().oneshot(visit()?).await?;
        let set_cookie = answer.headers().get_all(SET_COOKIE);
        assert!(matches!(change(&users, set_cookie)?, Change::None)); // early: nothing to do

        clock.advance(MINUTE);
        let answer = app.clone().oneshot(visit()?).await?;
        let set_cookie = answer.headers().get_all(SET_COOKIE);
        assert!(matches!(change(&users, set_cookie)?, Change::Set(_))); // half of its idle time

        clock.advance(15 * MINUTE);
        let answer = app.oneshot(visit()?).await?;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED); // the cookie of before is over
        Ok(())
    }
}
