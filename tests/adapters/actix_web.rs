//! actix-web, with what is its own: errors of middleware that are no response yet.

use ::actix_web::body::{BoxBody, MessageBody, to_bytes};
use ::actix_web::dev::{Service, ServiceFactory, ServiceRequest, ServiceResponse};
use ::actix_web::error::{ErrorForbidden, ErrorInternalServerError};
use ::actix_web::http::Method;
use ::actix_web::test::{TestRequest, init_service};
use ::actix_web::{App, Error, FromRequest, HttpResponse, HttpResponseBuilder, Responder, web};
use hardtack::testing::Change;
use hardtack::{Session, SessionError, SessionMiddleware, SessionSlot};

use crate::events;
use crate::scenarios::Site;
use crate::world::{Absent, Reply, Theme, User, World};

crate::all_scenarios!(Actix);

struct Actix(World);

impl Site for Actix {
    fn new(world: &World) -> Self {
        Self(world.clone())
    }

    fn send(&self, method: &str, path: &str, lines: &[(&str, &str)]) -> Reply {
        send(&self.0, method, path, lines)
    }
}

fn get(world: &World, path: &str, cookie_lines: &[&str]) -> Reply {
    Actix(world.clone()).get(path, cookie_lines)
}

/// Builds the site anew for each request: its service has no type that could be kept.
fn send(world: &World, method: &str, path: &str, lines: &[(&str, &str)]) -> Reply {
    let guarded = web::scope("/guarded")
        .wrap_fn(|request, inner| {
            let allowed = inner.call(request);
            async move {
                drop(allowed.await?);
                Err::<ServiceResponse, _>(refusal())
            }
        })
        .route("/login", web::get().to(login))
        .route("/untouched", web::get().to(|| async { "" }))
        .route("/rename", web::get().to(|user| rename(user, "Grace".to_owned())));
    let broken = web::scope("/broken")
        .wrap_fn(|request, inner| {
            let done = inner.call(request);
            async move {
                drop(done.await?);
                Err::<ServiceResponse, _>(ErrorInternalServerError("broken"))
            }
        })
        .route("/login", web::get().to(login))
        .route("/logout", web::get().to(logout));
    let inner = web::scope("/inner")
        .wrap(SessionMiddleware::new(world.users.clone()))
        .route("/profile", web::get().to(profile))
        .route("/rename", web::get().to(|user| rename(user, "Grace".to_owned())))
        .route("/logout", web::get().to(logout))
        .route("/order", web::post().to(order));
    let app = App::new()
        .service(inner)
        .service(guarded)
        .service(broken)
        .route("/untouched", web::get().to(|| async { "" }))
        .route("/login", web::get().to(login))
        .route("/profile", web::get().to(profile))
        .route("/maybe", web::get().to(maybe))
        .route("/absent-maybe", web::get().to(absent_maybe))
        .route("/rename", web::get().to(|user| rename(user, "Grace".to_owned())))
        .route("/same", web::get().to(|user| rename(user, "Ada".to_owned())))
        .route("/too-large", web::get().to(|user| rename(user, "x".repeat(5_000))))
        .route("/logout", web::get().to(logout))
        .route("/both", web::get().to(both))
        .route("/theme", web::get().to(theme))
        .route("/absent", web::get().to(unreached::<SessionSlot<Absent>>))
        .route("/absent-session", web::get().to(unreached::<Session<Absent>>))
        .route("/headers", web::get().to(headers))
        .route("/public", web::get().to(public))
        .route("/login-500", web::get().to(login_500))
        .route("/logout-500", web::get().to(logout_500))
        .route("/order", web::post().to(order))
        .route("/robot/order", web::post().to(order))
        .route("/callback", web::post().to(callback))
        .route("/form", web::get().to(form))
        .route("/submit/{token}", web::get().to(submit))
        .wrap(SessionMiddleware::new(world.users.clone()))
        .wrap(
            SessionMiddleware::new(world.themes.clone())
                .exempt(Method::POST, "/callback")
                .danger_pass_without_origin("/robot/*"),
        );
    answer(app, method, path, lines)
}

/// What the application answers.
pub fn answer<T, B>(app: App<T>, method: &str, path: &str, lines: &[(&str, &str)]) -> Reply
where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static,
    B: MessageBody + 'static,
{
    let mut request = TestRequest::with_uri(path).method(method.parse().unwrap());
    for line in lines {
        request = request.append_header(*line);
    }
    ::actix_web::rt::System::new().block_on(async {
        let service = init_service(app).await;
        let response = match service.call(request.to_request()).await {
            Ok(response) => response.map_into_boxed_body().into_parts().1,
            Err(error) => error.error_response(),
        };
        read(response).await
    })
}

async fn read(response: HttpResponse<BoxBody>) -> Reply {
    let status = response.status().as_u16();
    let lines = response.headers().iter();
    let headers = lines.map(|(n, v)| (n.to_string(), v.to_str().unwrap().to_owned())).collect();
    let body = to_bytes(response.into_body()).await.unwrap();
    Reply { status, headers, body: String::from_utf8(body.to_vec()).unwrap() }
}

fn refusal() -> Error {
    ErrorForbidden("not you")
}

type Done = Result<HttpResponse, SessionError>;

fn ok() -> HttpResponseBuilder {
    HttpResponse::Ok()
}

async fn login(slot: SessionSlot<User>) -> Done {
    slot.start(User::ada())?;
    Ok(ok().finish())
}

async fn logout(slot: SessionSlot<User>) -> Done {
    slot.end()?;
    Ok(ok().finish())
}

async fn profile(user: Session<User>) -> String {
    format!("{} {}", user.id, user.name)
}

async fn maybe(user: Option<Session<User>>) -> &'static str {
    if user.is_some() { "some" } else { "none" }
}

async fn absent_maybe(absent: Option<Session<Absent>>) -> &'static str {
    if absent.is_some() { "some" } else { "none" }
}

async fn rename(mut user: Session<User>, name: String) -> Done {
    user.update(|user| user.name = name)?;
    Ok(ok().body("renamed"))
}

async fn both(users: SessionSlot<User>, themes: SessionSlot<Theme>) -> Done {
    users.start(User::ada())?;
    themes.start(Theme { dark: true })?;
    Ok(ok().finish())
}

async fn theme(theme: Session<Theme>) -> String {
    theme.dark.to_string()
}

async fn unreached<T: FromRequest>(_: T) -> impl Responder {
    "the extractor should have failed"
}

async fn headers(slot: SessionSlot<User>) -> Done {
    slot.start(User::ada())?;
    let mut response = ok();
    response.append_header(("set-cookie", "other=1")).append_header(("vary", "Accept"));
    Ok(response.append_header(("cache-control", "private, max-age=60")).finish())
}

async fn public(slot: SessionSlot<User>) -> Done {
    slot.start(User::ada())?;
    Ok(ok().append_header(("cache-control", "public, max-age=60")).finish())
}

async fn login_500(slot: SessionSlot<User>) -> Done {
    slot.start(User::ada())?;
    Ok(HttpResponse::InternalServerError().finish())
}

async fn logout_500(slot: SessionSlot<User>) -> Done {
    slot.end()?;
    Ok(HttpResponse::InternalServerError().finish())
}

async fn order(mut user: Session<User>) -> Done {
    user.update(|user| user.name = "Grace".to_owned())?;
    Ok(ok().body("ordered"))
}

async fn callback(
    users: SessionSlot<User>,
    theme: Option<Session<Theme>>,
) -> Result<&'static str, SessionError> {
    let seen = users.get().is_some() || theme.is_some();
    users.start(User::grace())?;
    Ok(if seen { "some" } else { "none" })
}

async fn form(user: Session<User>) -> Result<String, SessionError> {
    user.csrf_token()
}

async fn submit(
    mut user: Session<User>,
    token: web::Path<String>,
) -> Result<HttpResponse, SessionError> {
    user.check_csrf(token.as_str())?;
    user.update(|user| user.name = "Grace".to_owned())?;
    Ok(ok().finish())
}

#[test]
fn an_option_without_the_middleware_is_logged() {
    let (reply, events) = events::during(|| get(&World::new(), "/absent-maybe", &[]));
    assert_eq!(reply.body, "none");
    assert!(events.contains("ERROR message=session adapter is not installed"), "{events}");
}

#[test]
fn an_error_further_in_carries_the_session() {
    let world = World::new();
    let reply = get(&world, "/guarded/login", &[]);
    assert_eq!((reply.status, reply.body.as_str()), (403, "not you"));
    assert_eq!(reply.user(&world).session().unwrap().data, User::ada());
    assert_eq!(reply.all("set-cookie").len(), 1);
    assert_eq!(reply.all("vary"), ["Cookie"]);
    let reply = get(&world, "/guarded/untouched", &[]);
    assert_eq!((reply.status, reply.added().len()), (403, 0));
}

#[test]
fn an_error_further_in_that_is_a_500_commits_nothing_but_an_end() {
    let world = World::new();
    let reply = get(&world, "/broken/login", &[]);
    assert_eq!((reply.status, reply.all("set-cookie").len()), (500, 0));
    let reply = get(&world, "/broken/logout", &[&world.ada()]);
    assert_eq!(reply.status, 500);
    assert!(matches!(reply.user(&world), Change::Removed));
}

#[test]
fn a_change_that_fails_makes_an_error_further_in_a_500() {
    let world = World::revoking_in_mid_request();
    let cookie = world.ada();
    let (reply, events) = events::during(|| get(&world, "/guarded/rename", &[&cookie]));
    assert_eq!((reply.status, reply.body.as_str()), (500, ""));
    assert_eq!(reply.added(), ["Cookie", "private, no-cache"]);
    assert_eq!(events, "ERROR message=session change failed reason=\"ended\"\n");
}

#[test]
fn without_the_check_every_request_passes() {
    let world = World::new();
    let middleware = SessionMiddleware::new(world.users.clone());
    let app = App::new()
        .route("/order", web::post().to(order))
        .wrap(middleware.danger_without_cross_origin_check());
    let cookie = world.ada();
    let forged = [("sec-fetch-site", "cross-site"), ("cookie", cookie.as_str())];
    assert_eq!(answer(app, "POST", "/order", &forged).body, "ordered");
}

#[test]
fn two_cookies_of_one_name_are_a_500() {
    let world = World::new();
    let cookie = world.ada();
    let send = |namesake: SessionMiddleware<Theme>| {
        let app = App::new()
            .route("/profile", web::get().to(profile))
            .route("/theme", web::get().to(theme))
            .wrap(namesake)
            .wrap(SessionMiddleware::new(world.users.clone()));
        events::during(|| answer(app, "GET", "/profile", &[("cookie", &cookie)]))
    };
    let (reply, events) = send(SessionMiddleware::new(world.stranger().build().unwrap()));
    assert_eq!((reply.status, reply.body.as_str()), (500, ""));
    assert_eq!((reply.added(), world.looks()), (vec![], 0));
    let said = "two session cookies of one name in one request: build it once and clone it, or call .name(…)";
    assert_eq!(events, format!("ERROR message={said} cookie=\"__Host-shop\"\n"));
    let (reply, events) = send(SessionMiddleware::new(world.themes.clone()));
    assert_eq!((reply.body.as_str(), events.as_str()), ("7 Ada", ""));
}

#[test]
fn of_two_cookies_with_one_type_the_inner_counts_and_it_is_logged() {
    let world = World::new();
    let inner = world.stranger::<User>().name("__Host-other").build().unwrap();
    let app = App::new()
        .route("/login", web::get().to(login))
        .wrap(SessionMiddleware::new(inner))
        .wrap(SessionMiddleware::new(world.users.clone()));
    let (reply, events) = events::during(|| answer(app, "GET", "/login", &[]));
    assert!(events.starts_with("WARN message=two session cookies of one type"), "{events}");
    assert!(matches!(&reply.all("set-cookie")[..], [line] if line.starts_with("__Host-other=")));
}
