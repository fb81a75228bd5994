//! poem, through the feature `http`: its requests are its own type, its header maps are not.

use std::future::ready;
use std::sync::Arc;

use hardtack::{CrossOriginProtection, SessionCookie, SessionError, SessionSlot};
use poem::http::StatusCode;
use poem::listener::TcpAcceptor;
use poem::middleware::CatchPanic;
use poem::web::{Data, Path};
use poem::{
    Body, Endpoint, EndpointExt, IntoResponse, Request, Response, Result, Route, Server, get,
    handler,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Running;
use crate::actions::{self, Answer};
use crate::world::{Cart, User, World};

pub fn serve(world: World) -> Running {
    let (users, carts) = (world.users.clone(), world.carts.clone());
    let protection = world.protection();
    let app = Route::new()
        .at("/untouched", get(untouched))
        .at("/profile", get(profile))
        .at("/maybe", get(maybe))
        .at("/cart", get(cart))
        .at("/stream", get(stream))
        .at("/act/:action", get(act).post(act))
        .with(CatchPanic::new())
        .around(move |next, request| sessions(users.clone(), next, request))
        .around(move |next, request| sessions(carts.clone(), next, request))
        .before(move |request| ready(this_site(&protection, request)))
        .data(world);
    Running::on_tokio(|listener| {
        let acceptor = TcpAcceptor::from_tokio(listener).unwrap();
        async { Server::new_with_acceptor(acceptor).run(app).await.unwrap() }
    })
}

/// All that another site's requests take.
fn this_site(protection: &CrossOriginProtection, request: Request) -> Result<Request> {
    match protection.check_http(request.method(), request.uri(), request.headers()) {
        Ok(()) => Ok(request),
        Err(refusal) => {
            tracing::info!(target: "hardtack", reason = refusal.label(), "cross-origin request refused");
            Err(StatusCode::FORBIDDEN.into())
        }
    }
}

/// All that links poem: the slot goes into the request, its commit into the response.
async fn sessions<T: Serialize + DeserializeOwned + Send + Sync + 'static>(
    cookie: SessionCookie<T>,
    next: Arc<impl Endpoint>,
    mut request: Request,
) -> Result<Response> {
    let slot = cookie.slot_from(request.headers());
    request.set_data(slot.clone());
    let mut response = next.get_response(request).await;
    if let Err(error) = slot.commit_to(response.status(), response.headers_mut()) {
        response = failed(&error);
        // An end that was asked for too; it cannot fail.
        let _ = slot.commit_to(response.status(), response.headers_mut());
    }
    Ok(response)
}

fn failed(error: &SessionError) -> Response {
    tracing::error!(target: "hardtack", reason = error.label(), "session change failed");
    StatusCode::INTERNAL_SERVER_ERROR.into()
}

#[handler]
fn untouched() -> &'static str {
    "untouched"
}

#[handler]
fn profile(users: Data<&SessionSlot<User>>) -> Response {
    match users.get() {
        Some(user) => format!("{} {}", user.id, user.name).into(),
        None => StatusCode::UNAUTHORIZED.into(),
    }
}

#[handler]
fn maybe(users: Data<&SessionSlot<User>>) -> &'static str {
    if users.get().is_some() { "some" } else { "none" }
}

#[handler]
fn cart(carts: Data<&SessionSlot<Cart>>) -> Response {
    match carts.get() {
        Some(cart) => format!("{:?}", cart.items).into(),
        None => StatusCode::UNAUTHORIZED.into(),
    }
}

#[handler]
fn stream(world: Data<&World>, users: Data<&SessionSlot<User>>) -> Body {
    let chunks = actions::late_change(world.clone(), users.clone());
    Body::from_bytes_stream(chunks)
}

#[handler]
fn act(
    world: Data<&World>,
    Path(action): Path<String>,
    users: Data<&SessionSlot<User>>,
    carts: Data<&SessionSlot<Cart>>,
    text: String,
) -> Response {
    match actions::act(&action, &world, &users, &carts, &text) {
        Ok(Answer { status, headers, body }) => {
            let mut response =
                body.with_status(StatusCode::from_u16(status).unwrap()).into_response();
            for (name, value) in headers {
                response.headers_mut().append(name, value.parse().unwrap());
            }
            response
        }
        Err(error) => failed(&error),
    }
}
