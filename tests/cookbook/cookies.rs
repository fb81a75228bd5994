//! Several states and several cookies: a guest's cart, preferences, tenants.

mod carts {
    use axum::{Form, response::Redirect};
    use hardtack::{SessionError, SessionSlot};

    #[derive(Default, serde::Serialize, serde::Deserialize)]
    struct Visitor {
        user: Option<u64>,
        cart: Vec<u32>,
    }

    #[derive(serde::Deserialize)]
    struct Add {
        item: u32,
    }

    async fn add(
        slot: SessionSlot<Visitor>,
        Form(form): Form<Add>,
    ) -> Result<Redirect, SessionError> {
        slot.get_or_start()?.update(|visitor| visitor.cart.push(form.item))?;
        Ok(Redirect::to("/cart"))
    }

    /// Once you have checked the password of this user.
    fn log_in(slot: &SessionSlot<Visitor>, id: u64) -> Result<(), SessionError> {
        let guest = slot.get().filter(|visitor| visitor.user.is_none());
        let cart = guest.map(|guest| guest.cart.clone()).unwrap_or_default();
        slot.start(Visitor { user: Some(id), cart })?;
        Ok(())
    }

    use crate::Browser;
    use axum::{Router, routing::post};
    use hardtack::{Application, Key, SessionCookie, SessionLayer};

    fn visitors() -> SessionCookie<Visitor> {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        shop.session().build().unwrap()
    }

    #[tokio::test]
    async fn the_cart_comes_along_and_not_to_the_next_user() {
        let visitors = visitors();
        let show = async |slot: SessionSlot<Visitor>| {
            slot.get().map(|visitor| format!("{:?} {:?}", visitor.user, visitor.cart)).unwrap()
        };
        let login =
            async |slot: SessionSlot<Visitor>, id: String| log_in(&slot, id.parse().unwrap());
        let app = Router::new()
            .route("/cart", post(add).get(show))
            .route("/login", post(login))
            .layer(SessionLayer::new(visitors));
        let mut browser = Browser::new(&app);
        assert_eq!(browser.post("/cart", "item=3").await.status, 303);
        assert_eq!(browser.post("/cart", "item=4").await.status, 303);
        assert_eq!(browser.post("/login", "7").await.status, 200);
        assert_eq!(browser.get("/cart").await.body, "Some(7) [3, 4]");
        assert_eq!(browser.post("/login", "8").await.status, 200);
        assert_eq!(browser.get("/cart").await.body, "Some(8) []");
    }

    /// What the page says of a log-in by `update`: the id stays, and with it what the guest's pages could do.
    #[test]
    fn with_update_the_guests_csrf_tokens_stay_good() {
        let visitors = visitors();
        let slot = visitors.slot([""]);
        let mut guest = slot.get_or_start().unwrap();
        let token = guest.csrf_token().unwrap();
        guest.update(|visitor| visitor.user = Some(7)).unwrap();
        assert!(guest.check_csrf(&token).is_ok());
        log_in(&slot, 7).unwrap();
        assert!(slot.get().unwrap().check_csrf(&token).is_err());
    }
}

mod preferences {
    use axum::Router;
    use hardtack::{Application, DAY, SessionLayer, SetupError, Timeouts};

    #[derive(serde::Serialize, serde::Deserialize)]
    struct User {
        id: u64,
    }

    #[derive(Default, serde::Serialize, serde::Deserialize)]
    struct Prefs {
        dark: bool,
    }

    fn with_sessions(routes: Router, shop: &Application) -> Result<Router, SetupError> {
        let users = shop.session::<User>().build()?;
        let prefs = shop
            .session::<Prefs>()
            .name("__Host-shop~prefs")
            .persistent()
            .timeouts(Timeouts { idle: 365 * DAY, absolute: 400 * DAY })
            .remember_me(None)
            .build()?;
        Ok(routes.layer(SessionLayer::new(users)).layer(SessionLayer::new(prefs)))
    }

    use crate::Browser;
    use axum::routing::{get, post};
    use hardtack::testing::ManualClock;
    use hardtack::{Key, SessionError, SessionSlot, Timestamp};

    #[tokio::test]
    async fn preferences_outlive_the_log_out() {
        let clock = ManualClock::at(Timestamp::now());
        let key = Key::generate().unwrap();
        let shop = Application::builder("shop", key).clock(clock.clone()).build().unwrap();
        let dark = async |slot: SessionSlot<Prefs>| -> Result<(), SessionError> {
            slot.get_or_start()?.update(|prefs| prefs.dark = true)
        };
        let show = async |user: SessionSlot<User>, prefs: SessionSlot<Prefs>| {
            format!("{:?} {:?}", user.get().map(|u| u.id), prefs.get().map(|p| p.dark))
        };
        let routes = Router::new()
            .route(
                "/login",
                post(async |slot: SessionSlot<User>| slot.start(User { id: 7 }).map(drop)),
            )
            .route("/logout", post(async |slot: SessionSlot<User>| slot.end()))
            .route("/dark", post(dark))
            .route("/", get(show));
        let app = with_sessions(routes, &shop).unwrap();
        let mut browser = Browser::new(&app);
        assert_eq!(browser.post("/login", "").await.status, 200);
        let set = browser.post("/dark", "").await;
        assert!(set.headers["set-cookie"].to_str().unwrap().contains("; Max-Age=31536000"));
        assert_eq!(browser.get("/").await.body, "Some(7) Some(true)");
        assert_eq!(browser.post("/logout", "").await.status, 200);
        clock.advance(364 * DAY);
        assert_eq!(browser.get("/").await.body, "None Some(true)");
    }
}

mod tenants {
    use std::collections::HashMap;
    use std::sync::Arc;

    use axum::extract::{Request, State};
    use axum::http::{StatusCode, header::HOST};
    use axum::response::{IntoResponse, Response};
    use axum::{Router, routing::get};
    use hardtack::{Application, Session, SessionLayer, SetupError, keys::Keys};
    use tower::ServiceExt;

    #[derive(serde::Serialize, serde::Deserialize)]
    struct User {
        id: u64,
    }

    type Tenants = Arc<HashMap<String, Router>>;

    /// A site for each tenant, at `NAME.example`. They share the keys.
    fn tenants(names: &[&str], keys: &Keys) -> Result<Tenants, SetupError> {
        let mut tenants = HashMap::new();
        for name in names {
            let users = Application::new(name, keys)?.session::<User>().build()?;
            let site = Router::new().route("/", get(home)).layer(SessionLayer::new(users));
            tenants.insert(format!("{name}.example"), site);
        }
        Ok(Arc::new(tenants))
    }

    async fn by_host(State(tenants): State<Tenants>, request: Request) -> Response {
        let header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let host = request.uri().host().or(header); // HTTP/2 has it in the address
        match host.and_then(|host| tenants.get(host)) {
            Some(site) => site.clone().oneshot(request).await.into_response(),
            None => StatusCode::MISDIRECTED_REQUEST.into_response(),
        }
    }

    async fn home(user: Session<User>) -> String {
        format!("user {}", user.id)
    }

    fn app(tenants: Tenants) -> Router {
        Router::new().fallback(by_host).with_state(tenants)
    }

    use axum::body::Body;
    use hardtack::testing::request_cookie;
    use hardtack::{Class, Key};

    #[tokio::test]
    async fn a_session_of_one_tenant_is_none_of_another() {
        let keys = Keys::from(Key::generate().unwrap());
        let app = app(tenants(&["acme", "bolt"], &keys).unwrap());
        let ask = async |host: &str, cookie: &str| {
            let request = Request::get("/").header("host", host).header("cookie", cookie);
            app.clone()
                .oneshot(request.body(Body::empty()).unwrap())
                .await
                .unwrap()
                .status()
                .as_u16()
        };
        let acme = Application::new("acme", &keys).unwrap().session::<User>().build().unwrap();
        let cookie = request_cookie(&acme, Class::Standard, &User { id: 7 }).unwrap();
        assert!(cookie.starts_with("__Host-acme="));
        assert_eq!(ask("acme.example", &cookie).await, 200);
        // Whoever has a session here brings it there, under the name that it would have.
        let brought = cookie.replace("__Host-acme", "__Host-bolt");
        assert_eq!(ask("bolt.example", &cookie).await, 401);
        assert_eq!(ask("bolt.example", &brought).await, 401);
        assert_eq!(ask("other.example", &cookie).await, 421);
        // With one name for both they are user 7 of the other tenant.
        let same = Application::new("acme", &keys).unwrap().session::<User>().build().unwrap();
        assert!(same.slot([cookie]).get().is_some());
    }
}
