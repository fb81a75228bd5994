//! Rocket: the fairing, and request guards.

use std::io::Cursor;
use std::sync::mpsc;

use futures_util::StreamExt;
use hardtack::{Session, SessionError, SessionFairing, SessionSlot};
use rocket::config::{Config, LogLevel, Shutdown};
use rocket::fairing::AdHoc;
use rocket::http::{Method, Status};
use rocket::response::stream::ByteStream;
use rocket::response::{self, Responder, Response};
use rocket::{Request, State, get, post, routes};
use tokio::runtime::Builder;

use super::Running;
use crate::actions::{self, Answer};
use crate::world::{Cart, EXEMPT, EXEMPT_WITHIN, User, World};

pub fn serve(world: World) -> Running {
    let (started, port) = mpsc::channel();
    let lifted_off = AdHoc::on_liftoff("port", move |rocket| {
        started.send(rocket.config().port).unwrap();
        Box::pin(async {})
    });
    let shutdown = Shutdown { ctrlc: false, grace: 0, mercy: 0, ..Shutdown::default() };
    let config = Config { port: 0, log_level: LogLevel::Off, shutdown, ..Config::debug_default() };
    let users = SessionFairing::new(world.users.clone());
    let carts = SessionFairing::new(world.carts.clone());
    let app = rocket::custom(config)
        .mount("/", routes![untouched, profile, maybe, cart, stream, act, look])
        .mount("/nested", routes![act, look])
        // The first is the outermost.
        .attach(carts.exempt(Method::Post, EXEMPT))
        .attach(users.exempt(Method::Post, EXEMPT_WITHIN))
        .attach(AdHoc::on_request("look", |request, _| Box::pin(look_if_nested(request))))
        .attach(SessionFairing::new(world.users.clone()))
        .attach(lifted_off)
        .manage(world);
    // Rocket binds its own port; the listener that was made for it is dropped.
    let mut running = Running::on_tokio(|_| async move { drop(app.launch().await.unwrap()) });
    running.addr.set_port(port.recv().unwrap());
    running
}

/// Whether a rocket with two cookies of one name would start.
pub fn launches_with_clash(world: &World) -> bool {
    let runtime = Builder::new_current_thread().build().unwrap();
    let rocket = || rocket::custom(Config { log_level: LogLevel::Off, ..Config::debug_default() });
    let clash = rocket()
        .attach(SessionFairing::new(world.users.clone()))
        .attach(SessionFairing::new(world.clash.clone()));
    // Rocket panics where nobody looks at its error, and is loud until another start sets the level of its log.
    let ignited = runtime.block_on(clash.ignite()).map_err(|error| error.to_string());
    assert!(runtime.block_on(rocket().ignite()).is_ok());
    ignited.is_ok()
}

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

#[get("/stream")]
fn stream(
    world: &State<World>,
    users: SessionSlot<User>,
) -> ByteStream<impl futures_util::Stream<Item = bytes::Bytes>> {
    let chunks = actions::late_change(World::clone(world), users);
    ByteStream(Box::pin(chunks.map(|chunk| chunk.unwrap_or_default())))
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
