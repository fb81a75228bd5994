//! Rocket: the fairing, and request guards.

use std::io::Cursor;

use hardtack::{Session, SessionError, SessionFairing, SessionRejection, SessionSlot};
use rocket::config::{Config, LogLevel};
use rocket::fairing::AdHoc;
use rocket::http::{Method, Status};
use rocket::request::FromRequest;
use rocket::response::{self, Responder, Response};
use rocket::{
    Build, Data, Request, Rocket, Route, State, catch, catchers, get, post, route, routes,
};

use crate::actions::{self, Answer};
use crate::site::{Layers, Panics, Traits};
use crate::world::{Absent, Cart, EXEMPT, EXEMPT_WITHIN, User, WITHOUT_ORIGIN, World};

pub const TRAITS: Traits = Traits {
    panics: Panics::Answered,
    layers: Layers::Once(
        "fairings are the whole application's: one cookie's is attached once, two of one name do not launch",
        launches_with_clash,
    ),
    routes_first: None,
    drops_lines: Some("Rocket drops a Cookie line that is not UTF-8 before any fairing runs"),
    no_extractors: None,
};

/// The site, and routes that only the caller has.
pub fn app(world: World, config: Config, more: Vec<Route>) -> Rocket<Build> {
    let users = SessionFairing::new(world.users.clone()).exempt(Method::Post, EXEMPT_WITHIN);
    let carts = SessionFairing::new(world.carts.clone())
        .exempt(Method::Post, EXEMPT)
        .danger_pass_without_origin(WITHOUT_ORIGIN);
    let carts = match world.checks_origin {
        true => carts,
        false => carts.danger_without_cross_origin_check(),
    };
    // Rocket does not launch where it can see such guards.
    let absent = [("/absent", Absence(false)), ("/absent-session", Absence(true))];
    let absent = absent.map(|(path, handler)| Route::new(Method::Get, path, handler));
    rocket::custom(config)
        .mount("/", routes![untouched, profile, maybe, cart, act, look])
        .mount("/", absent)
        .mount("/", more)
        .mount("/nested", routes![act, look])
        .register("/", catchers![empty])
        // The first is the outermost.
        .attach(carts)
        .attach(users)
        .attach(AdHoc::on_request("look", |request, _| Box::pin(look_if_nested(request))))
        .attach(SessionFairing::new(world.users.clone()))
        .manage(world)
}

/// Silent.
pub fn quiet() -> Config {
    Config { log_level: LogLevel::Off, ..Config::debug_default() }
}

/// Whether a rocket with two cookies of one name would start.
fn launches_with_clash(world: &World) -> bool {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let clash = rocket::custom(quiet())
        .attach(SessionFairing::new(world.users.clone()))
        .attach(SessionFairing::new(world.clash.clone()));
    // Rocket panics where nobody looks at its error, and is loud until another start sets the level of its log.
    let ignited = runtime.block_on(clash.ignite()).map_err(|error| error.to_string());
    assert!(runtime.block_on(rocket::custom(quiet()).ignite()).is_ok());
    ignited.is_ok()
}

/// Rocket's own catchers write a page; the other frameworks leave the body empty.
#[catch(default)]
fn empty(_: Status, _: &Request<'_>) {}

/// Between two fairings of one cookie.
async fn look_if_nested(request: &Request<'_>) {
    if request.uri().path().starts_with("/nested") {
        let users = request.guard::<SessionSlot<User>>().await;
        drop(users.succeeded().and_then(|users| users.get()));
    }
}

#[get("/untouched")]
fn untouched() -> &'static str {
    "untouched"
}

#[get("/profile")]
fn profile(user: Session<User>) -> String {
    format!("{} {}", user.id, user.name)
}

#[get("/maybe")]
fn maybe(user: Option<Session<User>>) -> &'static str {
    if user.is_some() { "some" } else { "none" }
}

#[get("/cart")]
fn cart(cart: Session<Cart>) -> String {
    format!("{:?}", cart.items)
}

/// Asks for the slot, or the session, of a type that is not installed.
#[derive(Clone)]
struct Absence(bool);

#[rocket::async_trait]
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

#[post("/act/<action>", data = "<text>")]
fn act(
    world: &State<World>,
    action: &str,
    users: SessionSlot<User>,
    carts: SessionSlot<Cart>,
    text: &str,
) -> Result<Answer, SessionError> {
    actions::act(action, world, &users, &carts, text)
}

#[get("/act/<action>")]
fn look(
    world: &State<World>,
    action: &str,
    users: SessionSlot<User>,
    carts: SessionSlot<Cart>,
) -> Result<Answer, SessionError> {
    actions::act(action, world, &users, &carts, "")
}

impl<'r> Responder<'r, 'static> for Answer {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        let mut response = Response::build();
        response.status(Status::new(self.status));
        for (name, value) in self.headers {
            response.raw_header_adjoin(name, value);
        }
        response.sized_body(self.body.len(), Cursor::new(self.body)).ok()
    }
}
