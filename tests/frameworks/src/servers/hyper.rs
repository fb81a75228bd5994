//! Plain hyper, through the feature `http`: a slot from the request's headers, its commit into the response's.

use std::convert::Infallible;
use std::io;

use bytes::Bytes;
use futures_util::TryStreamExt;
use hardtack::SessionSlot;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::{Service, service_fn};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::TcpListener;

use super::Running;
use crate::actions::{self, Answer};
use crate::world::{Cart, User, World};

type Body = UnsyncBoxBody<Bytes, io::Error>;

pub fn serve(world: World) -> Running {
    Running::on_tokio(|listener| {
        accept(listener, service_fn(move |request| site(world.clone(), request)))
    })
}

/// What a framework does for its users: a task for each connection, HTTP/1 or HTTP/2.
pub(super) async fn accept<S, B>(listener: TcpListener, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Clone,
    S: Send + 'static,
    S::Future: Send + 'static,
    B: hyper::body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let service = service.clone();
        tokio::spawn(async move {
            let builder = auto::Builder::new(TokioExecutor::new());
            // A client that hangs up in mid-request is no failure of the server's.
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn site(world: World, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let protection = world.protection();
    let checked = protection.check_http(request.method(), request.uri(), request.headers());
    if let Err(refusal) = checked {
        tracing::info!(target: "hardtack", reason = refusal.label(), "cross-origin request refused");
        return Ok(status(StatusCode::FORBIDDEN));
    }
    let users = world.users.slot_from(request.headers());
    let carts = world.carts.slot_from(request.headers());
    let response = route(&world, &users, &carts, request).await;
    Ok(commit(&carts, commit(&users, response)))
}

fn commit<T>(slot: &SessionSlot<T>, mut response: Response<Body>) -> Response<Body>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    slot.commit_into(&mut response);
    response
}

async fn route(
    world: &World,
    users: &SessionSlot<User>,
    carts: &SessionSlot<Cart>,
    request: Request<Incoming>,
) -> Response<Body> {
    let path = request.uri().path().to_owned();
    match path.as_str() {
        "/untouched" => text("untouched".to_owned()),
        "/maybe" => text(if users.get().is_some() { "some" } else { "none" }.to_owned()),
        "/profile" => match users.get() {
            Some(user) => text(format!("{} {}", user.id, user.name)),
            None => status(StatusCode::UNAUTHORIZED),
        },
        "/cart" => match carts.get() {
            Some(cart) => text(format!("{:?}", cart.items)),
            None => status(StatusCode::UNAUTHORIZED),
        },
        "/stream" => {
            let chunks = actions::late_change(world.clone(), users.clone());
            Response::new(StreamBody::new(chunks.map_ok(Frame::data)).boxed_unsync())
        }
        path => {
            let action = path.trim_start_matches("/act/");
            let body = request.into_body().collect().await.map(|body| body.to_bytes());
            let body = String::from_utf8_lossy(&body.unwrap_or_default()).into_owned();
            match actions::act(action, world, users, carts, &body) {
                Ok(answer) => written(answer),
                Err(error) => failed(&error),
            }
        }
    }
}

fn text(text: String) -> Response<Body> {
    Response::new(Full::from(text).map_err(|never| match never {}).boxed_unsync())
}

fn status(status: StatusCode) -> Response<Body> {
    let mut response = text(String::new());
    *response.status_mut() = status;
    response
}

fn failed(error: &hardtack::SessionError) -> Response<Body> {
    tracing::error!(target: "hardtack", reason = error.label(), "session change failed");
    status(StatusCode::INTERNAL_SERVER_ERROR)
}

fn written(Answer { status, headers, body }: Answer) -> Response<Body> {
    let mut response = text(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().append(name, value.parse().unwrap());
    }
    response
}
