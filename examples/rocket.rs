//! Log in, look, rename, log out, with Rocket: `cargo run --example rocket --features rocket`.

use hardtack::{Application, Key, Session, SessionError, SessionFairing, SessionSlot};
use rocket::form::{Form, FromForm};
use rocket::response::Redirect;
use rocket::{get, post, routes};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

#[derive(FromForm)]
struct Login {
    name: String,
    remember: bool,
}

#[get("/")]
fn home(user: Session<User>) -> String {
    format!("{} is logged in", user.name)
}

/// Comes next where there is no session.
#[get("/", rank = 2)]
fn welcome() -> &'static str {
    "POST name=Ada to /login"
}

#[post("/login", data = "<form>")]
fn login(slot: SessionSlot<User>, form: Form<Login>) -> Result<Redirect, SessionError> {
    let Login { name, remember } = form.into_inner();
    let user = User { id: 7, name };
    if remember {
        slot.start_remembered(user)?
    } else {
        slot.start(user)?
    };
    Ok(Redirect::to("/profile"))
}

/// 401 without a session.
#[get("/profile")]
fn profile(user: Session<User>) -> String {
    format!("{} is {}, until {}", user.id, user.name, user.claims().expires())
}

#[post("/rename/<name>")]
fn rename(mut user: Session<User>, name: &str) -> Result<(), SessionError> {
    user.update(|user| user.name = name.to_owned())
}

#[post("/logout")]
fn logout(slot: SessionSlot<User>) -> Result<Redirect, SessionError> {
    slot.end()?;
    Ok(Redirect::to("/"))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A server that restarts takes its keys from the environment: KeyRing::from_env("SESSION_KEYS").
    let shop = Application::new("shop", Key::generate()?)?;
    let users = shop.session::<User>().build()?;
    let app = rocket::build()
        .mount("/", routes![home, welcome, login, profile, rename, logout])
        .attach(SessionFairing::new(users)); // refuses other sites' requests as well
    rocket::execute(app.launch())?;
    Ok(())
}
