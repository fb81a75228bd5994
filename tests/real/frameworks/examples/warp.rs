//! Log in, look, rename, log out, with warp, through the feature `tower`. A filter cannot be wrapped in a layer, the service made of it can;
//! it is served by hyper, as `warp::serve` does: `cargo run --manifest-path tests/real/Cargo.toml -p hardtack-frameworks --example warp`.

use std::collections::HashMap;

use hardtack::{Application, Key, SessionError, SessionLayer, SessionSlot};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tower::Layer;
use warp::http::StatusCode;
use warp::reply::{Reply, Response};
use warp::{Filter, body, ext, path};

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

fn login(users: SessionSlot<User>, mut form: HashMap<String, String>) -> Response {
    let name = form.remove("name").unwrap_or_default();
    done(users.start(User { id: 7, name }).map(drop))
}

fn profile(users: SessionSlot<User>) -> Response {
    match users.get() {
        Some(user) => format!("{} is {}", user.id, user.name).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn rename(name: String, users: SessionSlot<User>) -> Response {
    match users.get() {
        Some(mut user) => done(user.update(|user| user.name = name)),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn logout(users: SessionSlot<User>) -> Response {
    done(users.end())
}

fn done(result: Result<(), SessionError>) -> Response {
    match result {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A server that restarts takes its keys from the environment: KeyRing::from_env("SESSION_KEYS").
    let shop = Application::new("shop", Key::generate()?)?;
    let users = shop.session::<User>().build()?;
    let slot = ext::get::<SessionSlot<User>>;
    let routes = (path!("login").and(warp::post()).and(slot()).and(body::form()).map(login))
        .or(path!("profile").and(warp::get()).and(slot()).map(profile))
        .or(path!("rename" / String).and(warp::post()).and(slot()).map(rename))
        .or(path!("logout").and(warp::post()).and(slot()).map(logout));
    let service = SessionLayer::new(users).layer(warp::service(routes));
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let stream = TokioIo::new(listener.accept().await?.0);
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let builder = auto::Builder::new(TokioExecutor::new());
            if let Err(error) = builder.serve_connection(stream, service).await {
                eprintln!("{error}");
            }
        });
    }
}
