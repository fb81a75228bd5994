//! Log in, look, rename, log out, with poem, through the feature `http`:
//! `cargo run --manifest-path tests/real/Cargo.toml -p hardtack-frameworks --example poem`.

use std::sync::Arc;

use hardtack::{Application, Key, SessionCookie, SessionSlot};
use poem::error::InternalServerError;
use poem::http::StatusCode;
use poem::listener::TcpListener;
use poem::web::{Data, Form, Path, Redirect};
use poem::{Endpoint, EndpointExt, Error, Request, Response, Result, Route, Server};
use poem::{get, handler, post};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

#[derive(Deserialize)]
struct Login {
    name: String,
}

/// The link: a slot goes into the request, and is committed into the response's headers. Requests of other sites get no further than
/// the first call, which has logged why.
async fn sessions(
    cookie: SessionCookie<User>,
    next: Arc<impl Endpoint>,
    mut request: Request,
) -> Result<Response> {
    let begun = cookie.begin_http(request.method(), request.uri(), request.headers());
    let Ok(slot) = begun else { return Ok(StatusCode::FORBIDDEN.into()) };
    request.set_data(slot.clone());
    let mut response = next.get_response(request).await;
    if slot.commit_head(response.status(), response.headers_mut()).is_err() {
        response = StatusCode::INTERNAL_SERVER_ERROR.into();
        // An end that was asked for too; it cannot fail.
        let _ = slot.commit_head(response.status(), response.headers_mut());
    }
    Ok(response)
}

#[handler]
fn login(users: Data<&SessionSlot<User>>, Form(form): Form<Login>) -> Result<Redirect> {
    users.start(User { id: 7, name: form.name }).map_err(InternalServerError)?;
    Ok(Redirect::see_other("/profile"))
}

#[handler]
fn profile(users: Data<&SessionSlot<User>>) -> Result<String> {
    let user = users.get().ok_or(Error::from_status(StatusCode::UNAUTHORIZED))?;
    Ok(format!("{} is {}, until {}", user.id, user.name, user.claims().expires()))
}

#[handler]
fn rename(users: Data<&SessionSlot<User>>, Path(name): Path<String>) -> Result<()> {
    let mut user = users.get().ok_or(Error::from_status(StatusCode::UNAUTHORIZED))?;
    user.update(|user| user.name = name).map_err(InternalServerError)
}

#[handler]
fn logout(users: Data<&SessionSlot<User>>) -> Result<Redirect> {
    users.end().map_err(InternalServerError)?;
    Ok(Redirect::see_other("/profile"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A server that restarts takes its keys from the environment: KeyRing::from_env("SESSION_KEYS").
    let shop = Application::new("shop", Key::generate()?)?;
    let users = shop.session::<User>().build()?;
    let app = Route::new()
        .at("/login", post(login))
        .at("/profile", get(profile))
        .at("/rename/:name", post(rename))
        .at("/logout", post(logout))
        .around(move |next, request| sessions(users.clone(), next, request));
    println!("http://127.0.0.1:8080");
    Ok(Server::new(TcpListener::bind("127.0.0.1:8080")).run(app).await?)
}
