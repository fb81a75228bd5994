//! Plain hyper, through the feature `http`: a session begins with the request's head, and is committed into the response.

use std::convert::Infallible;
use std::io;

use bytes::Bytes;
use futures_util::TryStreamExt;
use hardtack::{CrossOriginError, SessionData, SessionSlot};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::{Service, service_fn};
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;

use super::Running;
use crate::actions::{self, Answer};
use crate::slow;
use crate::world::{Cart, EXEMPT, User, WITHOUT_ORIGIN, World};

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
    let Ok((users, carts)) = begin(&world, &request) else {
        return Ok(status(StatusCode::FORBIDDEN));
    };
    let response = route(&world, &users, &carts, request).await;
    Ok(commit(&carts, commit(&users, response)))
}

type Slots = (SessionSlot<User>, SessionSlot<Cart>);

fn begin(world: &World, request: &Request<Incoming>) -> Result<Slots, CrossOriginError> {
    let protection = world.users.cross_origin_protection().exempt("POST", EXEMPT);
    let protection = protection.danger_pass_without_origin(WITHOUT_ORIGIN);
    let (method, target, headers) = (request.method(), request.uri(), request.headers());
    let users = world.users.begin_http_with(&protection, method, target, headers)?;
    let carts = world.carts.begin_http_with(&protection, method, target, headers)?;
    Ok((users, carts))
}

fn commit<T: SessionData>(slot: &SessionSlot<T>, mut response: Response<Body>) -> Response<Body> {
    slot.commit_http(&mut response);
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
            let chunks = slow::late_change(users.clone());
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
