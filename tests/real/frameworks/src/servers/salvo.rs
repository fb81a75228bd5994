//! salvo, through the feature `tower` and salvo's own `compat`.

use hardtack::{SessionLayer, SessionSlot};
use salvo::catch_panic::CatchPanic;
use salvo::conn::tcp::TcpAcceptor;
use salvo::http::{Method, ReqBody, ResBody, StatusCode};
use salvo::prelude::{
    Depot, Request, Response, Router, Server, TowerLayerCompat, affix_state, handler,
};

use super::Running;
use crate::actions;
use crate::slow;
use crate::world::{Cart, EXEMPT, EXEMPT_WITHIN, User, WITHOUT_ORIGIN, World};

pub fn serve(world: World) -> Running {
    Running::on_tokio(|listener| {
        let acceptor = TcpAcceptor::try_from(listener).unwrap();
        let users = SessionLayer::new(world.users.clone());
        let carts = SessionLayer::new(world.carts.clone())
            .exempt(Method::POST, EXEMPT)
            .danger_pass_without_origin(WITHOUT_ORIGIN);
        let nested = Router::with_path("nested")
            .hoop(look)
            .hoop(users.clone().compat::<ReqBody>())
            .push(Router::with_path("act/{action}").get(act).post(act));
        let clash = Router::with_path("clash")
            .hoop(SessionLayer::new(world.clash.clone()).compat::<ReqBody>())
            .get(untouched);
        let app = Router::new()
            .hoop(carts.compat::<ReqBody>())
            .hoop(users.exempt(Method::POST, EXEMPT_WITHIN).compat::<ReqBody>())
            .hoop(CatchPanic::new())
            .hoop(affix_state::inject(world))
            .push(Router::with_path("untouched").get(untouched))
            .push(Router::with_path("profile").get(profile))
            .push(Router::with_path("maybe").get(maybe))
            .push(Router::with_path("cart").get(cart))
            .push(Router::with_path("stream").get(stream))
            .push(Router::with_path("act/{action}").get(act).post(act))
            .push(nested)
            .push(clash);
        async { Server::new(acceptor).serve(app).await }
    })
}

fn users(request: &Request) -> &SessionSlot<User> {
    request.extensions().get().expect("the layer is there")
}

fn carts(request: &Request) -> &SessionSlot<Cart> {
    request.extensions().get().expect("the layer is there")
}

/// Between two layers of one cookie.
#[handler]
fn look(request: &mut Request) {
    drop(users(request).get());
}

#[handler]
fn untouched() -> &'static str {
    "untouched"
}

#[handler]
fn profile(request: &mut Request) -> Result<String, StatusCode> {
    let user = users(request).get().ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(format!("{} {}", user.id, user.name))
}

#[handler]
fn maybe(request: &mut Request) -> &'static str {
    if users(request).get().is_some() { "some" } else { "none" }
}

#[handler]
fn cart(request: &mut Request) -> Result<String, StatusCode> {
    let found = carts(request).get().ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(format!("{:?}", found.items))
}

#[handler]
fn stream(request: &mut Request, response: &mut Response) {
    response.stream(slow::late_change(users(request).clone()));
}

#[handler]
async fn act(request: &mut Request, depot: &mut Depot, response: &mut Response) {
    let action: String = request.param("action").unwrap();
    let text = request.payload().await.cloned().unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let world = depot.get_typed::<World>().unwrap();
    match actions::act(&action, world, users(request), carts(request), &text) {
        Ok(answer) => {
            response.status_code(StatusCode::from_u16(answer.status).unwrap());
            for (name, value) in answer.headers {
                response.headers_mut().append(name, value.parse().unwrap());
            }
            response.body(ResBody::Once(answer.body.into()));
        }
        Err(error) => {
            tracing::error!(target: "hardtack", reason = error.label(), "session change failed");
            response.status_code(StatusCode::INTERNAL_SERVER_ERROR);
        }
    }
}
