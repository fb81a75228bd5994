//! Log in, look, rename, log out, with plain hyper, through the feature `http`: two calls, one on the request's head, one on the
//! response: `cargo run --manifest-path tests/real/Cargo.toml -p hardtack-frameworks --example hyper`.

use std::convert::Infallible;

use hardtack::{Application, Key, SessionCookie, SessionError, SessionSlot};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

/// The link. Requests of other sites get no further than the first call, which has logged why.
async fn serve(
    users: SessionCookie<User>,
    request: Request<Incoming>,
) -> Result<Response<String>, Infallible> {
    let begun = users.begin_http(request.method(), request.uri(), request.headers());
    let Ok(slot) = begun else { return Ok(empty(StatusCode::FORBIDDEN)) };
    let mut response = route(&slot, &request).unwrap_or_else(failed);
    slot.commit_http(&mut response);
    Ok(response)
}

fn route(
    users: &SessionSlot<User>,
    request: &Request<Incoming>,
) -> Result<Response<String>, SessionError> {
    let path = request.uri().path();
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    match (request.method(), path) {
        (&Method::POST, path) if path.starts_with("/login/") => {
            users.start(User { id: 7, name })?;
        }
        (&Method::POST, path) if path.starts_with("/rename/") => match users.get() {
            Some(mut user) => user.update(|user| user.name = name)?,
            None => return Ok(empty(StatusCode::UNAUTHORIZED)),
        },
        (&Method::POST, "/logout") => users.end()?,
        (&Method::GET, "/profile") => {
            return Ok(match users.get() {
                Some(user) => Response::new(format!("{} is {}", user.id, user.name)),
                None => empty(StatusCode::UNAUTHORIZED),
            });
        }
        _ => return Ok(empty(StatusCode::NOT_FOUND)),
    }
    Ok(empty(StatusCode::NO_CONTENT))
}

fn failed(error: SessionError) -> Response<String> {
    eprintln!("session change failed: {error}");
    empty(StatusCode::INTERNAL_SERVER_ERROR)
}

fn empty(status: StatusCode) -> Response<String> {
    let mut response = Response::default();
    *response.status_mut() = status;
    response
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A server that restarts takes its keys from the environment: KeyRing::from_env("SESSION_KEYS").
    let shop = Application::new("shop", Key::generate()?)?;
    let users = shop.session::<User>().build()?;
    let listener = TcpListener::bind("127.0.0.1:8080").await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let stream = TokioIo::new(listener.accept().await?.0);
        let users = users.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| serve(users.clone(), request));
            let builder = auto::Builder::new(TokioExecutor::new());
            if let Err(error) = builder.serve_connection(stream, service).await {
                eprintln!("{error}");
            }
        });
    }
}
