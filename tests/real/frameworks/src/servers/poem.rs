//! poem, as a framework without an adapter: its own request head, and `begin`, which knows a layer within a layer. The example
//! has the shorter way, `begin_http`.

use std::future::ready;

use hardtack::framework::{BeginError, Begun, InRequest, RequestHead};
use hardtack::{CrossOriginProtection, SessionCookie, SessionData, SessionError, SessionSlot};
use poem::http::StatusCode;
use poem::listener::TcpAcceptor;
use poem::middleware::CatchPanic;
use poem::web::{Data, Path};
use poem::{
    Body, Endpoint, EndpointExt, IntoResponse, Middleware, Request, Response, Result, Route,
    Server, get, handler,
};

use super::Running;
use crate::actions::{self, Answer};
use crate::slow;
use crate::world::{Cart, EXEMPT, EXEMPT_WITHIN, User, WITHOUT_ORIGIN, World};

pub fn serve(world: World) -> Running {
    let nested = Route::new()
        .at("/act/:action", get(act).post(act))
        .with(Sessions::new(&world.users))
        .before(|request| ready(look(request)));
    let clash = get(untouched).with(Sessions::new(&world.clash));
    let carts = Sessions::new(&world.carts).exempt("POST", EXEMPT);
    let carts = carts.without_origin(WITHOUT_ORIGIN);
    let app = Route::new()
        .at("/untouched", get(untouched))
        .at("/profile", get(profile))
        .at("/maybe", get(maybe))
        .at("/cart", get(cart))
        .at("/stream", get(stream))
        .at("/act/:action", get(act).post(act))
        .nest("/nested", nested)
        .at("/clash", clash)
        .with(CatchPanic::new())
        .with(Sessions::new(&world.users).exempt("POST", EXEMPT_WITHIN))
        .with(carts)
        .data(world);
    Running::on_tokio(|listener| {
        let acceptor = TcpAcceptor::from_tokio(listener).unwrap();
        async { Server::new_with_acceptor(acceptor).run(app).await.unwrap() }
    })
}

/// All that links poem: the slot goes into the request, its commit into the response.
struct Sessions<T> {
    cookie: SessionCookie<T>,
    protection: CrossOriginProtection,
}

impl<T> Sessions<T> {
    fn new(cookie: &SessionCookie<T>) -> Self {
        Self { cookie: cookie.clone(), protection: cookie.cross_origin_protection() }
    }

    fn exempt(self, method: &str, path: &str) -> Self {
        Self { protection: self.protection.exempt(method, path), ..self }
    }

    fn without_origin(self, path: &str) -> Self {
        Self { protection: self.protection.danger_pass_without_origin(path), ..self }
    }
}

impl<T: SessionData, E: Endpoint> Middleware<E> for Sessions<T> {
    type Output = WithSessions<T, E>;

    fn transform(&self, inner: E) -> Self::Output {
        let Self { cookie, protection } = self;
        WithSessions { cookie: cookie.clone(), protection: protection.clone(), inner }
    }
}

struct WithSessions<T, E> {
    cookie: SessionCookie<T>,
    protection: CrossOriginProtection,
    inner: E,
}

impl<T: SessionData, E: Endpoint> Endpoint for WithSessions<T, E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> Result<Response> {
        let mut others = request.extensions_mut().remove::<InRequest>().unwrap_or_default();
        let begun = self.cookie.begin(&Head(&request), &self.protection, &mut others);
        request.set_data(others);
        let slot = match begun {
            Ok(Begun::Slot(slot)) => slot,
            Ok(Begun::Already) => return Ok(self.inner.get_response(request).await),
            Err(BeginError::CrossOrigin(_)) => return Ok(StatusCode::FORBIDDEN.into()),
            Err(_) => return Ok(StatusCode::INTERNAL_SERVER_ERROR.into()),
        };
        request.set_data(slot.clone());
        let mut response = self.inner.get_response(request).await;
        if let Err(error) = slot.commit_head(response.status(), response.headers_mut()) {
            response = failed(&error);
            // An end that was asked for too; it cannot fail.
            let _ = slot.commit_head(response.status(), response.headers_mut());
        }
        Ok(response)
    }
}

struct Head<'r>(&'r Request);

impl RequestHead for Head<'_> {
    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn path(&self) -> &str {
        self.0.original_uri().path()
    }

    fn authority(&self) -> Option<&str> {
        self.0.original_uri().authority().map(|authority| authority.as_str())
    }

    fn lines(&self, name: &'static str, each: &mut dyn FnMut(&[u8])) {
        self.0.headers().get_all(name).iter().for_each(|line| each(line.as_bytes()));
    }
}

/// Between two layers of one cookie.
fn look(request: Request) -> Result<Request> {
    drop(request.data::<SessionSlot<User>>().and_then(|users| users.get()));
    Ok(request)
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
fn stream(users: Data<&SessionSlot<User>>) -> Body {
    Body::from_bytes_stream(slow::late_change(users.clone()))
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
