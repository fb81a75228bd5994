//! Whose sessions there are, who may end them, and who connects a provider.

mod devices {
    use std::collections::HashMap;
    use std::sync::{Arc, Mutex};

    use axum::extract::{Path, State};
    use axum::http::{HeaderMap, StatusCode, header::USER_AGENT};
    use axum::response::Redirect;
    use hardtack::denylist::Denylist;
    use hardtack::{Session, SessionError, SessionId, SessionSlot};

    #[derive(serde::Serialize, serde::Deserialize)]
    struct User {
        id: u64,
    }

    /// A table of your database: session, user, browser.
    type Table = Arc<Mutex<HashMap<SessionId, (u64, String)>>>;

    #[derive(Clone)]
    struct Shop {
        table: Table,
        denylist: Denylist<u64>, // the cookie's hook, `by_subject(|user: &User| &user.id)`
    }

    async fn login(
        State(shop): State<Shop>,
        slot: SessionSlot<User>,
        headers: HeaderMap,
    ) -> Result<Redirect, SessionError> {
        let user = slot.start(User { id: 7 })?; // whose password you have checked
        let browser = headers.get(USER_AGENT).and_then(|name| name.to_str().ok()).unwrap_or("?");
        let row = (user.id, browser.to_owned());
        shop.table.lock().unwrap().insert(user.claims().session_id(), row);
        Ok(Redirect::to("/sessions"))
    }

    /// A line for each session; on a page, with a button that posts to `/sessions/ID/end`.
    async fn list(State(shop): State<Shop>, user: Session<User>) -> String {
        let table = shop.table.lock().unwrap();
        let mine = table.iter().filter(|(_, (owner, _))| *owner == user.id);
        mine.map(|(id, (_, browser))| format!("{id} {browser}\n")).collect()
    }

    async fn end(
        State(shop): State<Shop>,
        user: Session<User>,
        Path(id): Path<SessionId>,
    ) -> Result<Redirect, StatusCode> {
        let mut table = shop.table.lock().unwrap();
        if table.get(&id).is_none_or(|(owner, _)| *owner != user.id) {
            return Err(StatusCode::NOT_FOUND); // another user's, or nobody's
        }
        table.remove(&id);
        shop.denylist.end_session(id);
        Ok(Redirect::to("/sessions"))
    }

    use crate::Browser;
    use axum::http::Request;
    use axum::{Router, routing::get, routing::post};
    use hardtack::{Application, Class, Key, SessionLayer};

    #[tokio::test]
    async fn one_device_ends_another() {
        let application = Application::new("shop", Key::generate().unwrap()).unwrap();
        let denylist = application.denylist();
        let hook = denylist.by_subject(|user: &User| &user.id);
        let users = application.session().revocation(hook).build().unwrap();
        let shop = Shop { table: Table::default(), denylist };
        let app = Router::new()
            .route("/login", post(login))
            .route("/sessions", get(list))
            .route("/sessions/{id}/end", post(end))
            .route("/renew", post(async |mut user: Session<User>| user.renew()))
            .layer(SessionLayer::new(users.clone()))
            .with_state(shop.clone());
        let (mut phone, mut laptop) = (Browser::new(&app), Browser::new(&app));
        for (browser, name) in [(&mut phone, "phone"), (&mut laptop, "laptop")] {
            let request = Request::post("/login").header("sec-fetch-site", "same-origin");
            assert_eq!(browser.send(request.header("user-agent", name), "").await.status, 303);
        }
        let listed = laptop.get("/sessions").await.body;
        assert_eq!(listed.lines().count(), 2);
        let id = listed.lines().find_map(|line| line.strip_suffix(" phone")).unwrap();

        let mut stranger = Browser::with(&app, &users, Class::Standard, &User { id: 8 });
        assert_eq!(stranger.get("/sessions").await.body, "");
        let path = format!("/sessions/{id}/end");
        assert_eq!(stranger.post(&path, "").await.status, 404);
        assert_eq!(phone.get("/sessions").await.status, 200);
        assert_eq!(laptop.post(&path, "").await.status, 303);
        assert_eq!(phone.get("/sessions").await.status, 401);
        assert_eq!(laptop.get("/sessions").await.body.lines().count(), 1);

        // With another id the row is another's: the page ends nothing then.
        let id = laptop.get("/sessions").await.body.split(' ').next().unwrap().to_owned();
        assert_eq!(laptop.post("/renew", "").await.status, 200);
        let mut tablet = Browser::with(&app, &users, Class::Standard, &User { id: 7 });
        assert_eq!(tablet.post(&format!("/sessions/{id}/end"), "").await.status, 303);
        assert_eq!(laptop.get("/sessions").await.status, 200);
    }
}

mod subjects {
    use std::time::Duration;

    use hardtack::denylist::BySubject;
    use hardtack::{Application, Claims, Revocation, SessionCookie, SetupError, Timestamp};

    #[derive(serde::Serialize, serde::Deserialize)]
    struct User {
        id: u64,
        acting_as: Option<u64>,
    }

    impl User {
        fn subjects(&self) -> impl Iterator<Item = &u64> {
            [&self.id].into_iter().chain(&self.acting_as)
        }
    }

    /// A session is over when it is over for any of its subjects.
    struct AnyOf(BySubject<u64, u64>);

    impl Revocation<User> for AnyOf {
        fn is_revoked(&self, claims: &Claims) -> bool {
            self.0.is_revoked(claims)
        }

        fn is_revoked_for(&self, claims: &Claims, user: &User) -> bool {
            user.subjects().any(|id| self.0.is_revoked_for(claims, id))
        }

        fn on_ended(&self, claims: &Claims, keep_until: Timestamp) {
            self.0.on_ended(claims, keep_until);
        }

        fn earliest_start(&self, user: &User) -> Option<Timestamp> {
            user.subjects().filter_map(|id| self.0.earliest_start(id)).max()
        }

        fn on_installed(&self, longest: Duration, leeway: Duration) {
            self.0.on_installed(longest, leeway);
        }
    }

    fn users(
        shop: &Application,
        hook: BySubject<u64, u64>,
    ) -> Result<SessionCookie<User>, SetupError> {
        // hook: denylist.by_subject(|id: &u64| id)
        shop.session::<User>().revocation(AnyOf(hook)).build()
    }

    use hardtack::testing::request_cookie;
    use hardtack::{Class, Key};

    const CLERK: u64 = 7;
    const CUSTOMER: u64 = 8;

    /// Whether a clerk who acts as a customer is still let in after a log-out everywhere of one of them, and again after a log-in in
    /// the same second.
    fn acts_on(one_subject: bool, logged_out: u64) -> (bool, bool) {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let denylist = shop.denylist();
        let users = match one_subject {
            true => {
                let hook = denylist.by_subject(|user: &User| &user.id);
                shop.session::<User>().revocation(hook).build().unwrap()
            }
            false => users(&shop, denylist.by_subject(|id: &u64| id)).unwrap(),
        };
        let acting = User { id: CLERK, acting_as: Some(CUSTOMER) };
        let cookie = request_cookie(&users, Class::Standard, &acting).unwrap();
        assert!(users.slot([&cookie]).get().is_some());
        denylist.log_out_everywhere(&logged_out);
        let still = users.slot([&cookie]).get().is_some();
        let again = request_cookie(&users, Class::Standard, &acting).unwrap();
        (still, users.slot([again]).get().is_some())
    }

    #[test]
    fn a_log_out_everywhere_of_either_ends_it() {
        assert_eq!(acts_on(false, CLERK), (false, true));
        assert_eq!(acts_on(false, CUSTOMER), (false, true));
        assert_eq!(acts_on(false, 9), (true, true));
        // With one subject, the other's log-out does nothing.
        assert_eq!(acts_on(true, CLERK), (false, true));
        assert_eq!(acts_on(true, CUSTOMER), (true, true));
    }

    #[test]
    fn an_ended_session_is_over_by_its_id() {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let users = users(&shop, shop.denylist().by_subject(|id: &u64| id)).unwrap();
        let acting = User { id: CLERK, acting_as: Some(CUSTOMER) };
        let cookie = request_cookie(&users, Class::Standard, &acting).unwrap();
        users.slot([&cookie]).end().unwrap();
        assert!(users.slot([&cookie]).get().is_none());
    }
}

mod connecting {
    use axum::extract::State;
    use axum::http::{HeaderMap, Method, header::COOKIE};
    use axum::response::{IntoResponse, Redirect};
    use axum::{Form, Router, routing::post};
    use hardtack::login::{LoginFlowError, LoginFlows, RequireIss};
    use hardtack::{Application, Session, SessionCookie, SessionLayer, SetupError};

    #[derive(serde::Serialize, serde::Deserialize)]
    struct User {
        id: u64,
    }

    const ISSUER: &str = "https://id.example";

    /// Separate from the flows of log-ins, so that no return path of a log-in is ever taken for a user.
    fn connecting(shop: &Application) -> Result<LoginFlows, SetupError> {
        shop.login_flows()
            .cookie_prefix("__Host-shop~connect-")
            .issuer(ISSUER, RequireIss::Yes)
            .return_to(["/connected/*"])
            .form_post()
            .build()
    }

    /// A button in the user's settings.
    async fn connect(
        State(flows): State<LoginFlows>,
        user: Session<User>,
        headers: HeaderMap,
    ) -> Result<impl IntoResponse, LoginFlowError> {
        let who = format!("/connected/{}", user.id); // sealed until the callback
        let flow = flows.begin(headers.get_all(COOKIE), ISSUER, &who)?;
        let query = format!("response_mode=form_post&state={}", flow.state()); // and nonce, PKCE, …
        Ok((flow, Redirect::to(&format!("{ISSUER}/authorize?{query}"))))
    }

    #[derive(serde::Deserialize)]
    struct Callback {
        state: String,
        iss: Option<String>,
    }

    /// The provider's page posts here, without the session's cookie.
    async fn connected(
        State(flows): State<LoginFlows>,
        headers: HeaderMap,
        Form(form): Form<Callback>,
    ) -> Result<impl IntoResponse, LoginFlowError> {
        let flow = flows.finish(headers.get_all(COOKIE), &form.state, form.iss.as_deref())?;
        let who =
            flow.return_to().strip_prefix("/connected/").and_then(|id| id.parse::<u64>().ok());
        let who = who.ok_or(LoginFlowError::ReturnPath)?;
        // Exchange the code, check the ID token, and note whose account its subject is.
        Ok((flow, format!("connected, for user {who}")).into_response())
    }

    fn app(flows: LoginFlows, users: SessionCookie<User>) -> Router {
        Router::new()
            .route("/connect", post(connect))
            .route("/connected", post(connected))
            .layer(SessionLayer::new(users).exempt(Method::POST, "/connected"))
            .with_state(flows)
    }

    use crate::Browser;
    use axum::body::Body;
    use axum::http::Request;
    use hardtack::{Class, Key};

    #[tokio::test]
    async fn the_flow_says_who_asks() {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let users = shop.session::<User>().build().unwrap();
        let app = app(connecting(&shop).unwrap(), users.clone());
        let mut browser = Browser::with(&app, &users, Class::Standard, &User { id: 7 });
        let begun = browser.post("/connect", "").await;
        assert_eq!(begun.status, 303);
        let location = begun.headers["location"].to_str().unwrap();
        let state = location.split("state=").nth(1).unwrap().split('&').next().unwrap();
        let set_cookie = begun.headers["set-cookie"].to_str().unwrap();
        assert!(
            set_cookie.starts_with("__Host-shop~connect-")
                && set_cookie.contains("; SameSite=None")
        );

        // A cross-site POST: of the cookies, the flow's alone; and the origin is hidden.
        let flow_cookie = set_cookie.split(';').next().unwrap();
        let callback = async |cookie: &str, origin: &str, state: &str| {
            let form = format!("state={state}&iss=https%3A%2F%2Fid.example");
            let request = Request::post("/connected").header("origin", origin);
            let request = request.header("cookie", cookie).header("host", "shop.example");
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let request = request.body(Body::from(form)).unwrap();
            let response = tower::ServiceExt::oneshot(app.clone(), request).await.unwrap();
            let status = response.status().as_u16();
            let body = axum::body::to_bytes(response.into_body(), 100).await.unwrap().to_vec();
            (status, String::from_utf8(body).unwrap())
        };
        let refused = (400, String::new());
        assert_eq!(callback(flow_cookie, "null", "made-up").await, refused);
        assert_eq!(callback("", "null", state).await, refused);
        let connected = (200, "connected, for user 7".to_owned());
        assert_eq!(callback(flow_cookie, "null", state).await, connected);
        assert_eq!(callback(flow_cookie, ISSUER, state).await, connected);
    }

    /// Nor would the session be there if the browser sent it.
    #[tokio::test]
    async fn an_exempt_callback_sees_no_session() {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let users = shop.session::<User>().build().unwrap();
        let app = Router::new()
            .route(
                "/callback",
                post(async |user: Option<Session<User>>| user.is_some().to_string()),
            )
            .layer(SessionLayer::new(users.clone()).exempt(Method::POST, "/callback"));
        let mut browser = Browser::with(&app, &users, Class::Standard, &User { id: 7 });
        let request = Request::post("/callback").header("origin", "null");
        assert_eq!(browser.send(request, "").await.body, "false");
        assert_eq!(browser.post("/callback", "").await.body, "false");
    }
}
