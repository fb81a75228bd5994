//! actix-web, and what is special about it: errors of middleware that are not a response yet.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use ::actix_web::body::{BoxBody, MessageBody, to_bytes};
use ::actix_web::dev::{Service, ServiceFactory, ServiceRequest, ServiceResponse};
use ::actix_web::error::{ErrorForbidden, ErrorInternalServerError};
use ::actix_web::test::{TestRequest, init_service};
use ::actix_web::{App, Error, HttpResponse, web};
use hardtack::testing::Change;
use hardtack::{Session, SessionError, SessionMiddleware, SessionSlot};

use crate::apps::actix_web::{TRAITS, app};
use crate::events;
use crate::scenarios::each_scenario;
use crate::site::{Asked, Reply, Site};
use crate::world::{Absent, User, World};

each_scenario!(in_process);

/// Builds the application anew for each request, because its service has no type that we could store.
fn site(world: World, events: Arc<Mutex<String>>) -> Site {
    let shared = world.clone();
    let way = move |asked: Asked| {
        let lines: Vec<_> = asked.lines.iter().map(|line| (line.0, line.1.as_str())).collect();
        let request = request(asked.method, &asked.path, &lines).set_payload(asked.text);
        let answer = || answer(app(shared.clone(), |_| {}), request);
        catch_unwind(AssertUnwindSafe(answer)).map_err(|_| "a panic".to_owned())
    };
    Site::new(world, TRAITS, events, vec![Box::new(way)])
}

/// A request with these header lines.
pub fn request(method: &str, path: &str, lines: &[(&str, &str)]) -> TestRequest {
    let request = TestRequest::with_uri(path).method(method.parse().unwrap());
    lines.iter().fold(request, |request, line| request.append_header(*line))
}

/// What the application answers.
pub fn answer<T, B>(app: App<T>, request: TestRequest) -> Reply
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

async fn login(slot: SessionSlot<User>) -> Result<HttpResponse, SessionError> {
    slot.start(User::ada())?;
    Ok(HttpResponse::Ok().finish())
}

async fn logout(slot: SessionSlot<User>) -> Result<HttpResponse, SessionError> {
    slot.end()?;
    Ok(HttpResponse::Ok().finish())
}

async fn absent_maybe(absent: Option<Session<Absent>>) -> &'static str {
    if absent.is_some() { "some" } else { "none" }
}

async fn rename_revoked(
    world: web::Data<World>,
    mut user: Session<User>,
) -> Result<HttpResponse, SessionError> {
    user.update(|user| user.name = "Grace".to_owned())?;
    world.denylist.end_session(user.claims().session_id());
    Ok(HttpResponse::Ok().finish())
}

/// What the site answers that also has scopes whose own middleware turns each response into an error.
fn get(world: &World, path: &str, cookie_lines: &[&str]) -> Reply {
    let app = app(world.clone(), |more| {
        let guarded = web::scope("/guarded")
            .wrap_fn(|request, inner| {
                let allowed = inner.call(request);
                async move {
                    drop(allowed.await?);
                    Err::<ServiceResponse, _>(ErrorForbidden("not you"))
                }
            })
            .route("/login", web::get().to(login))
            .route("/untouched", web::get().to(|| async { "" }))
            .route("/rename", web::get().to(rename_revoked));
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
        more.service(guarded).service(broken).route("/absent-maybe", web::get().to(absent_maybe));
    });
    let lines: Vec<_> = cookie_lines.iter().map(|line| ("cookie", *line)).collect();
    answer(app, request("GET", path, &lines))
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
    assert_eq!(reply.session(&world).data, User::ada());
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
    assert!(matches!(reply.change(&world), Change::Removed));
}

#[test]
fn a_change_that_fails_makes_an_error_further_in_a_500() {
    let world = World::new();
    let cookie = world.ada();
    let (reply, events) = events::during(|| get(&world, "/guarded/rename", &[&cookie]));
    reply.assert_empty(500);
    assert_eq!(reply.added(), ["Cookie", "private, no-cache"]);
    assert_eq!(events, "ERROR message=session change failed reason=\"ended\"\n");
}

#[test]
fn of_two_cookies_with_one_type_the_inner_counts_and_it_is_logged() {
    let world = World::new();
    let inner = world.stranger::<User>().name("__Host-other").build().unwrap();
    let app = App::new()
        .route("/login", web::get().to(login))
        .wrap(SessionMiddleware::new(inner))
        .wrap(SessionMiddleware::new(world.users.clone()));
    let (reply, events) = events::during(|| answer(app, request("GET", "/login", &[])));
    assert!(events.starts_with("WARN message=two session cookies with the same type"), "{events}");
    assert!(matches!(&reply.all("set-cookie")[..], [line] if line.starts_with("__Host-other=")));
}
