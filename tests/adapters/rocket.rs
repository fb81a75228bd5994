//! Rocket, with what is its own: forwarding, catchers, and a launch that is refused.

use ::rocket::http::{Header, Status};
use ::rocket::local::blocking::{Client, LocalResponse};
use ::rocket::response::Responder;
use ::rocket::{Build, Data, Request, Response, Rocket, Route, catch, catchers, get, post, routes};
use ::rocket::{http::Method, request::FromRequest, route};
use hardtack::for_rocket::CrossOriginFairing;
use hardtack::{Session, SessionError, SessionFairing, SessionRejection, SessionSlot};

use crate::events;
use crate::scenarios::Site;
use crate::world::{Absent, Reply, Theme, User, World};

crate::all_scenarios!(OnRocket);

struct OnRocket(Client);

impl Site for OnRocket {
    fn new(world: &World) -> Self {
        let routes = routes![
            untouched,
            login,
            profile,
            maybe,
            rename,
            same,
            too_large,
            logout,
            both,
            theme,
            headers,
            public,
            login_500,
            logout_500,
            order,
            callback,
            form,
            submit,
            login_and_panic,
            ranked,
            ranked_guest
        ];
        Self(client(
            rocket(world)
                // Once more, for the routes below as for all others.
                .attach(SessionFairing::new(world.users.clone()))
                .mount("/inner", routes![profile, rename, logout, order])
                .mount("/robot", routes![order])
                .mount("/", routes)
                // Rocket cannot see the guards of these, so that it launches.
                .mount(
                    "/",
                    [unseen("/absent", Absence(false)), unseen("/absent-session", Absence(true))],
                )
                .register("/", catchers![empty]),
        ))
    }

    fn send(&self, method: &str, path: &str, lines: &[(&str, &str)]) -> Reply {
        let mut request = self.0.req(method.parse().unwrap(), path.to_owned());
        for (name, value) in lines {
            request.add_header(Header::new((*name).to_owned(), (*value).to_owned()));
        }
        reply(request.dispatch())
    }
}

pub fn reply(response: LocalResponse<'_>) -> Reply {
    let line = |h: Header<'_>| (h.name().as_str().to_lowercase(), h.value().to_owned());
    Reply {
        status: response.status().code,
        headers: response.headers().iter().map(line).collect(),
        body: response.into_string().unwrap_or_default(),
    }
}

/// A rocket that does not tell of itself.
pub fn quiet() -> Rocket<Build> {
    ::rocket::custom(::rocket::Config {
        log_level: ::rocket::config::LogLevel::Off,
        ..::rocket::Config::debug_default()
    })
}

fn rocket(world: &World) -> Rocket<Build> {
    quiet()
        .attach(
            SessionFairing::new(world.users.clone())
                .exempt(Method::Post, "/callback")
                .danger_pass_without_origin("/robot/*"),
        )
        .attach(SessionFairing::new(world.themes.clone()))
}

fn client(rocket: Rocket<Build>) -> Client {
    Client::untracked(rocket).unwrap()
}

/// Rocket's own catchers write a page; the scenarios expect nothing.
#[catch(default)]
fn empty(_: Status, _: &Request<'_>) {}

#[get("/untouched")]
fn untouched() {}

#[get("/login")]
fn login(slot: SessionSlot<User>) -> Result<(), SessionError> {
    slot.start(User::ada()).map(drop)
}

#[get("/profile")]
fn profile(user: Session<User>) -> String {
    format!("{} {}", user.id, user.name)
}

#[get("/maybe")]
fn maybe(user: Option<Session<User>>) -> &'static str {
    if user.is_some() { "some" } else { "none" }
}

#[get("/rename")]
fn rename(mut user: Session<User>) -> Result<&'static str, SessionError> {
    user.update(|user| user.name = "Grace".to_owned())?;
    Ok("renamed")
}

#[get("/same")]
fn same(mut user: Session<User>) -> Result<&'static str, SessionError> {
    user.update(|user| user.name = "Ada".to_owned())?;
    Ok("renamed")
}

#[get("/too-large")]
fn too_large(mut user: Session<User>) -> Result<(), SessionError> {
    user.update(|user| user.name = "x".repeat(5_000))
}

#[get("/logout")]
fn logout(slot: SessionSlot<User>) -> Result<(), SessionError> {
    slot.end()
}

#[get("/both")]
fn both(users: SessionSlot<User>, themes: SessionSlot<Theme>) -> Result<(), SessionError> {
    users.start(User::ada())?;
    themes.start(Theme { dark: true }).map(drop)
}

#[get("/theme")]
fn theme(theme: Session<Theme>) -> String {
    theme.dark.to_string()
}

#[get("/login-500")]
fn login_500(slot: SessionSlot<User>) -> Status {
    slot.start(User::ada()).unwrap();
    Status::InternalServerError
}

#[get("/logout-500")]
fn logout_500(slot: SessionSlot<User>) -> Status {
    slot.end().unwrap();
    Status::InternalServerError
}

#[post("/order")]
fn order(mut user: Session<User>) -> Result<&'static str, SessionError> {
    user.update(|user| user.name = "Grace".to_owned())?;
    Ok("ordered")
}

#[post("/callback")]
fn callback(
    users: SessionSlot<User>,
    theme: Option<Session<Theme>>,
) -> Result<&'static str, SessionError> {
    let seen = users.get().is_some() || theme.is_some();
    users.start(User::grace())?;
    Ok(if seen { "some" } else { "none" })
}

#[get("/form")]
fn form(user: Session<User>) -> Result<String, SessionError> {
    user.csrf_token()
}

#[get("/submit/<token>")]
fn submit(mut user: Session<User>, token: &str) -> Result<(), SessionError> {
    user.check_csrf(token)?;
    user.update(|user| user.name = "Grace".to_owned())
}

#[get("/panic")]
fn login_and_panic(slot: SessionSlot<User>) {
    slot.start(User::ada()).unwrap();
    panic!("on purpose");
}

#[get("/ranked")]
fn ranked(user: Session<User>) -> String {
    user.name.clone()
}

#[get("/ranked", rank = 2)]
fn ranked_guest() -> &'static str {
    "guest"
}

/// A response that already has these lines.
struct Lines(&'static [(&'static str, &'static str)]);

impl<'r> Responder<'r, 'static> for Lines {
    fn respond_to(self, _: &'r Request<'_>) -> ::rocket::response::Result<'static> {
        let mut response = Response::new();
        self.0.iter().for_each(|(name, value)| response.adjoin_raw_header(*name, *value));
        Ok(response)
    }
}

#[get("/headers")]
fn headers(slot: SessionSlot<User>) -> Result<Lines, SessionError> {
    slot.start(User::ada())?;
    Ok(Lines(&[
        ("Set-Cookie", "other=1"),
        ("Vary", "Accept"),
        ("Cache-Control", "private, max-age=60"),
    ]))
}

#[get("/public")]
fn public(slot: SessionSlot<User>) -> Result<Lines, SessionError> {
    slot.start(User::ada())?;
    Ok(Lines(&[("Cache-Control", "public, max-age=60")]))
}

/// Asks for the slot, or the session, of a type that is not installed.
#[derive(Clone)]
struct Absence(bool);

#[::rocket::async_trait]
impl route::Handler for Absence {
    async fn handle<'r>(&self, request: &'r Request<'_>, _: Data<'r>) -> route::Outcome<'r> {
        let error = if self.0 {
            Session::<Absent>::from_request(request).await.failed().unwrap()
        } else {
            SessionSlot::<Absent>::from_request(request).await.failed().unwrap()
        };
        assert_eq!(error, (Status::InternalServerError, SessionRejection::NotInstalled));
        route::Outcome::Error(error.0)
    }
}

fn unseen(path: &str, handler: Absence) -> Route {
    Route::new(Method::Get, path, handler)
}

#[test]
fn a_missing_session_forwards_to_the_next_rank() {
    let world = World::new();
    let site = OnRocket::new(&world);
    assert_eq!(site.get("/ranked", &[]).body, "guest");
    assert_eq!(site.get("/ranked", &[&world.ada()]).body, "Ada");
}

#[test]
fn a_panic_commits_nothing() {
    let reply = OnRocket::new(&World::new()).get("/panic", &[]);
    assert_eq!((reply.status, reply.all("set-cookie").len()), (500, 0));
}

#[get("/")]
fn needs_slot(_slot: SessionSlot<Absent>) {}

#[get("/")]
fn needs_session(_session: Option<Session<Absent>>) {}

#[test]
fn without_its_fairing_a_guard_refuses_the_launch() {
    for routes in [routes![needs_slot], routes![needs_session]] {
        let site = rocket(&World::new()).mount("/", routes);
        let (error, events) = events::during(|| Client::untracked(site).err().unwrap());
        assert!(matches!(error.kind(), ::rocket::error::ErrorKind::SentinelAborts(_)));
        assert!(events.contains("ERROR message=session adapter is not installed"), "{events}");
    }
}

#[test]
fn two_fairings_with_one_type_refuse_the_launch() {
    let world = World::new();
    let other = world.stranger::<User>().name("__Host-other").build().unwrap();
    let twice = rocket(&world).attach(SessionFairing::new(other));
    let (error, events) = events::during(|| Client::untracked(twice).err().unwrap());
    assert!(matches!(error.kind(), ::rocket::error::ErrorKind::FailedFairings(_)));
    assert!(events.contains("two session cookies of one type"), "{events}");
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Namesake;

#[test]
fn two_cookies_of_one_name_refuse_the_launch() {
    let world = World::new();
    let namesake = world.stranger::<Namesake>().build().unwrap();
    let twice = rocket(&world).attach(SessionFairing::new(namesake));
    let (error, events) = events::during(|| Client::untracked(twice).err().unwrap());
    assert!(matches!(error.kind(), ::rocket::error::ErrorKind::FailedFairings(_)));
    let said = "two session cookies of one name in one request: build it once and clone it, or call .name(…)";
    assert_eq!(events, format!("ERROR message={said} cookie=\"__Host-shop\"\n"));
}

#[test]
fn without_the_check_every_request_passes() {
    let world = World::new();
    let fairing = SessionFairing::new(world.users.clone()).danger_without_cross_origin_check();
    let site = OnRocket(client(quiet().attach(fairing).mount("/", routes![order])));
    let cookie = world.ada();
    let forged = [("sec-fetch-site", "cross-site"), ("cookie", cookie.as_str())];
    assert_eq!(site.send("POST", "/order", &forged).body, "ordered");
}

#[catch(default)]
fn page(status: Status, _: &Request<'_>) -> String {
    format!("a page about {status}")
}

#[get("/<_path..>")]
fn everything(_path: std::path::PathBuf) -> &'static str {
    "everything"
}

#[test]
fn no_catcher_and_no_route_answers_for_the_refusal() {
    let world = World::new();
    let mut first = routes![everything];
    first[0].rank = -1_000;
    // A second protection shares the route of the first.
    let site = rocket(&world)
        .attach(CrossOriginFairing::new(world.shop.cross_origin_protection()))
        .mount("/", first)
        .register("/", catchers![page]);
    let site = OnRocket(client(site));
    let forged = [("sec-fetch-site", "cross-site")];
    let reply = site.send("POST", "/order", &forged);
    assert_eq!((reply.status, reply.body.as_str()), (403, ""));
    assert_eq!(site.send("POST", "/order", &[]).body, "a page about 404 Not Found");
    assert_eq!(site.send("GET", "/order", &forged).body, "everything");
    let reply = site.get("/hardtack-refused", &[]);
    assert_eq!((reply.status, reply.body.as_str()), (403, ""));
}

/// Rocket puts the method that a form's field names in the place of its own before any fairing sees it.
#[test]
fn the_method_that_a_form_names_is_the_one_that_counts() {
    let world = World::new();
    let site = OnRocket::new(&world);
    for (method, status) in [("PUT", 403), ("DELETE", 403), ("GET", 404)] {
        let request = site.0.post("/order").body(format!("_method={method}"));
        let form = ::rocket::http::ContentType::Form;
        let request = request.header(form).header(Header::new("sec-fetch-site", "cross-site"));
        assert_eq!(request.dispatch().status().code, status, "{method}");
    }
}
