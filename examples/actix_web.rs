//! Log in, look, rename, log out, with actix-web: `cargo run --example actix_web --features actix-web`.

use actix_web::{App, HttpServer, Responder, rt, web};
use hardtack::{Application, Key, Session, SessionError, SessionMiddleware, SessionSlot};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

#[derive(Deserialize)]
struct Login {
    name: String,
    remember: Option<String>,
}

async fn home(user: Option<Session<User>>) -> String {
    match user {
        Some(user) => format!("{} is logged in", user.name),
        None => "POST name=Ada to /login".to_owned(),
    }
}

async fn login(
    slot: SessionSlot<User>,
    form: web::Form<Login>,
) -> Result<impl Responder, SessionError> {
    let Login { name, remember } = form.into_inner();
    let user = User { id: 7, name };
    match remember {
        Some(_) => slot.start_remembered(user)?,
        None => slot.start(user)?,
    };
    Ok(web::Redirect::to("/profile").see_other())
}

/// 401 without a session.
async fn profile(user: Session<User>) -> String {
    format!("{} is {}, until {}", user.id, user.name, user.claims().expires())
}

async fn rename(
    mut user: Session<User>,
    name: web::Path<String>,
) -> Result<impl Responder, SessionError> {
    user.update(|user| user.name = name.into_inner())?;
    Ok("renamed")
}

async fn logout(slot: SessionSlot<User>) -> Result<impl Responder, SessionError> {
    slot.end()?;
    Ok(web::Redirect::to("/").see_other())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A server that restarts takes its keys from the environment: KeyRing::from_env("SESSION_KEYS").
    let shop = Application::new("shop", Key::generate()?)?;
    let users = shop.session::<User>().build()?;
    // Once for each worker, so the cookie is built before and cloned here.
    let server = move || {
        App::new()
            .route("/", web::get().to(home))
            .route("/login", web::post().to(login))
            .route("/profile", web::get().to(profile))
            .route("/rename/{name}", web::post().to(rename))
            .route("/logout", web::post().to(logout))
            .wrap(SessionMiddleware::new(users.clone())) // refuses other sites' requests as well
    };
    println!("http://127.0.0.1:8080");
    let serve = async { HttpServer::new(server).bind("127.0.0.1:8080")?.run().await };
    Ok(rt::System::new().block_on(serve)?)
}
