//! Log in, look, rename, log out, with salvo, through the feature `tower` and salvo's own `tower-compat`:
//! `cargo run --manifest-path tests/real/Cargo.toml -p hardtack-frameworks --example salvo`.

use hardtack::{Application, Key, SessionLayer, SessionSlot};
use salvo::http::ReqBody;
use salvo::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

fn users(request: &Request) -> &SessionSlot<User> {
    request.extensions().get().expect("the layer is over every route")
}

#[handler]
async fn login(request: &mut Request, response: &mut Response) -> Result<(), StatusError> {
    let name = request.form("name").await.ok_or_else(StatusError::bad_request)?;
    let started = users(request).start(User { id: 7, name });
    started.map_err(|_| StatusError::internal_server_error())?;
    response.render(Redirect::other("/profile"));
    Ok(())
}

#[handler]
fn profile(request: &mut Request) -> Result<String, StatusError> {
    let user = users(request).get().ok_or_else(StatusError::unauthorized)?;
    Ok(format!("{} is {}, until {}", user.id, user.name, user.claims().expires()))
}

#[handler]
fn rename(request: &mut Request) -> Result<&'static str, StatusError> {
    let name: String = request.param("name").unwrap_or_default();
    let mut user = users(request).get().ok_or_else(StatusError::unauthorized)?;
    let renamed = user.update(|user| user.name = name);
    renamed.map_err(|_| StatusError::internal_server_error())?;
    Ok("renamed")
}

#[handler]
fn logout(request: &mut Request, response: &mut Response) -> Result<(), StatusError> {
    users(request).end().map_err(|_| StatusError::internal_server_error())?;
    response.render(Redirect::other("/profile"));
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A server that restarts takes its keys from the environment: KeyRing::from_env("SESSION_KEYS").
    let shop = Application::new("shop", Key::generate()?)?;
    let users = shop.session::<User>().build()?;
    let app = Router::new()
        .hoop(SessionLayer::new(users).compat::<ReqBody>())
        .push(Router::with_path("login").post(login))
        .push(Router::with_path("profile").get(profile))
        .push(Router::with_path("rename/{name}").post(rename))
        .push(Router::with_path("logout").post(logout));
    let acceptor = TcpListener::new("127.0.0.1:8080").bind().await;
    println!("http://127.0.0.1:8080");
    Ok(Server::new(acceptor).try_serve(app).await?)
}
