//! axum, and what its router adds to tower: a panic that becomes a response.

use ::axum::Router;
use ::axum::body::{Body, to_bytes};
use ::axum::extract::Path;
use ::axum::http::{Method, Request, StatusCode};
use ::axum::routing::{get, post};
use ::tower::ServiceExt;
use hardtack::{Session, SessionError, SessionLayer, SessionSlot};
use tower_http::catch_panic::CatchPanicLayer;

use crate::scenarios::Site;
use crate::world::{Absent, Reply, Theme, User, World};

crate::all_scenarios!(Axum);

struct Axum(Router);

impl Site for Axum {
    fn new(world: &World) -> Self {
        let inner = Router::new()
            .route("/profile", get(|user: Session<User>| async move { show(&user) }))
            .route("/rename", get(|user| rename(user, "Grace".to_owned())))
            .route("/logout", get(|slot: SessionSlot<User>| async move { slot.end() }))
            .route("/order", post(order))
            .layer(SessionLayer::new(world.users.clone()));
        let router = Router::new()
            .nest("/inner", inner)
            .route("/untouched", get(|| async {}))
            .route("/login", get(login))
            .route("/profile", get(|user: Session<User>| async move { show(&user) }))
            .route("/maybe", get(maybe))
            .route("/rename", get(|user| rename(user, "Grace".to_owned())))
            .route("/same", get(|user| rename(user, "Ada".to_owned())))
            .route("/too-large", get(|user| rename(user, "x".repeat(5_000))))
            .route("/logout", get(|slot: SessionSlot<User>| async move { slot.end() }))
            .route("/both", get(both))
            .route("/theme", get(|theme: Session<Theme>| async move { theme.dark.to_string() }))
            .route("/absent", get(|_: SessionSlot<Absent>| async {}))
            .route("/absent-session", get(|_: Option<Session<Absent>>| async {}))
            .route("/headers", get(headers))
            .route("/public", get(public))
            .route("/login-500", get(login_500))
            .route("/logout-500", get(logout_500))
            .route("/form", get(|user: Session<User>| async move { user.csrf_token() }))
            .route("/submit/{token}", get(submit))
            .route("/order", post(order))
            .route("/robot/order", post(order))
            .route("/callback", post(callback))
            .route("/panic", get(login_and_panic))
            .layer(CatchPanicLayer::new())
            .layer(SessionLayer::new(world.users.clone()))
            .layer(
                SessionLayer::new(world.themes.clone())
                    .exempt(Method::POST, "/callback")
                    .danger_pass_without_origin("/robot/*"),
            );
        Self(router)
    }

    fn send(&self, method: &str, path: &str, lines: &[(&str, &str)]) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in lines {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        answer(self.0.clone(), request)
    }
}

/// What the router answers.
pub fn answer(router: Router, request: Request<Body>) -> Reply {
    block_on(async {
        let (head, body) = router.oneshot(request).await.unwrap().into_parts();
        let text = |value: &::axum::http::HeaderValue| value.to_str().unwrap().to_owned();
        Reply {
            status: head.status.as_u16(),
            headers: head.headers.iter().map(|(n, v)| (n.to_string(), text(v))).collect(),
            body: String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap(),
        }
    })
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn show(user: &User) -> String {
    format!("{} {}", user.id, user.name)
}

async fn login(slot: SessionSlot<User>) -> Result<(), SessionError> {
    slot.start(User::ada()).map(drop)
}

async fn maybe(user: Option<Session<User>>) -> &'static str {
    if user.is_some() { "some" } else { "none" }
}

async fn rename(mut user: Session<User>, name: String) -> Result<&'static str, SessionError> {
    user.update(|user| user.name = name)?;
    Ok("renamed")
}

async fn both(users: SessionSlot<User>, themes: SessionSlot<Theme>) -> Result<(), SessionError> {
    users.start(User::ada())?;
    themes.start(Theme { dark: true }).map(drop)
}

async fn headers(
    slot: SessionSlot<User>,
) -> Result<[(&'static str, &'static str); 3], SessionError> {
    slot.start(User::ada())?;
    Ok([("set-cookie", "other=1"), ("vary", "Accept"), ("cache-control", "private, max-age=60")])
}

async fn public(
    slot: SessionSlot<User>,
) -> Result<[(&'static str, &'static str); 1], SessionError> {
    slot.start(User::ada())?;
    Ok([("cache-control", "public, max-age=60")])
}

async fn login_500(slot: SessionSlot<User>) -> StatusCode {
    slot.start(User::ada()).unwrap();
    StatusCode::INTERNAL_SERVER_ERROR
}

async fn logout_500(slot: SessionSlot<User>) -> StatusCode {
    slot.end().unwrap();
    StatusCode::INTERNAL_SERVER_ERROR
}

async fn submit(mut user: Session<User>, Path(token): Path<String>) -> Result<(), SessionError> {
    user.check_csrf(token)?;
    user.update(|user| user.name = "Grace".to_owned())
}

async fn order(mut user: Session<User>) -> Result<&'static str, SessionError> {
    user.update(|user| user.name = "Grace".to_owned())?;
    Ok("ordered")
}

async fn callback(
    users: SessionSlot<User>,
    theme: Option<Session<Theme>>,
) -> Result<&'static str, SessionError> {
    let seen = users.get().is_some() || theme.is_some();
    users.start(User::grace())?;
    Ok(if seen { "some" } else { "none" })
}

async fn login_and_panic(slot: SessionSlot<User>) {
    slot.start(User::ada()).unwrap();
    panic!("on purpose");
}

#[test]
fn a_panic_commits_nothing() {
    let reply = Axum::new(&World::new()).get("/panic", &[]);
    assert_eq!((reply.status, reply.all("set-cookie").len()), (500, 0));
}

#[test]
fn the_outermost_layer_decides_by_the_path_as_it_arrived() {
    let world = World::new();
    let layer = || SessionLayer::new(world.users.clone());
    let routes = || Router::new().route("/callback", post(|| async { "reached" }));
    // Inside `nest` the path is `/callback`, whoever asks.
    let inner = routes().layer(layer().exempt(Method::POST, "/callback"));
    let inside = Axum(Router::new().nest("/pay", inner).layer(layer()));
    let outer = layer().exempt(Method::POST, "/pay/callback");
    let outside = Axum(Router::new().nest("/pay", routes().layer(layer())).layer(outer));
    let alone = routes().layer(layer().exempt(Method::POST, "/pay/callback"));
    let alone = Axum(Router::new().nest("/pay", alone));
    let forged = [("sec-fetch-site", "cross-site")];
    let send = |site: &Axum| site.send("POST", "/pay/callback", &forged).status;
    assert_eq!([send(&inside), send(&outside)], [403, 200]);
    assert_eq!(send(&alone), 403, "the whole path is not to be seen in there");
}

#[test]
fn without_the_check_every_request_passes() {
    let world = World::new();
    let layer = SessionLayer::new(world.users.clone()).danger_without_cross_origin_check();
    let site = Axum(Router::new().route("/order", post(order)).layer(layer));
    let cookie = world.ada();
    let forged = [("sec-fetch-site", "cross-site"), ("cookie", cookie.as_str())];
    assert_eq!(site.send("POST", "/order", &forged).body, "ordered");
}
