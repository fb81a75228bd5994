//! warp, through the feature `tower`: a filter becomes a service, the layers go over it, `warp::ext` reads the slots.

use ::hyper::Request;
use ::hyper::body::Incoming;
use bytes::Bytes;
use hardtack::{SessionLayer, SessionSlot};
use hyper_util::service::TowerToHyperService;
use tower::steer::Steer;
use tower::util::BoxCloneService;
use tower::{Layer, ServiceExt};
use warp::filters::BoxedFilter;
use warp::http::{Method, StatusCode};
use warp::reply::Response;
use warp::{Filter, Reply};

use super::{Running, hyper};
use crate::actions;
use crate::slow;
use crate::world::{Cart, EXEMPT, EXEMPT_WITHIN, User, WITHOUT_ORIGIN, World};

pub fn serve(world: World) -> Running {
    let users = SessionLayer::new(world.users.clone());
    let carts = SessionLayer::new(world.carts.clone());
    let clash = SessionLayer::new(world.clash.clone());
    let site = warp::service(routes(world));
    let nested = users.layer(site.clone()).map_request(look);
    let services = vec![
        BoxCloneService::new(site.clone()),
        BoxCloneService::new(nested),
        BoxCloneService::new(clash.layer(site)),
    ];
    let by_path = |request: &Request<Incoming>, _: &[_]| match request.uri().path() {
        "/clash" => 2,
        path => usize::from(path.starts_with("/nested/")),
    };
    let users = users.exempt(Method::POST, EXEMPT_WITHIN);
    let carts = carts.exempt(Method::POST, EXEMPT).danger_pass_without_origin(WITHOUT_ORIGIN);
    let service = carts.layer(users.layer(Steer::new(services, by_path)));
    Running::on_tokio(|listener| hyper::accept(listener, TowerToHyperService::new(service)))
}

/// Between two layers of one cookie.
fn look(request: Request<Incoming>) -> Request<Incoming> {
    drop(request.extensions().get::<SessionSlot<User>>().and_then(|users| users.get()));
    request
}

fn routes(world: World) -> BoxedFilter<(Response,)> {
    let users = warp::ext::get::<SessionSlot<User>>;
    let carts = warp::ext::get::<SessionSlot<Cart>>;
    let world = warp::any().map(move || world.clone());
    let untouched = warp::path!("untouched").map(|| "untouched".into_response());
    let profile = warp::path!("profile").and(users()).map(profile);
    let maybe = warp::path!("maybe").and(users()).map(maybe);
    let cart = warp::path!("cart").and(carts()).map(cart);
    let stream = warp::path!("stream").and(users()).map(stream);
    let action = warp::path!("act" / String).or(warp::path!("nested" / "act" / String)).unify();
    let act = action.and(world).and(users()).and(carts()).and(warp::body::bytes()).map(act_on);
    let small = untouched.or(profile).unify().or(maybe).unify().or(cart).unify();
    small.or(stream).unify().or(act).unify().boxed()
}

fn profile(users: SessionSlot<User>) -> Response {
    match users.get() {
        Some(user) => format!("{} {}", user.id, user.name).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn maybe(users: SessionSlot<User>) -> Response {
    if users.get().is_some() { "some" } else { "none" }.into_response()
}

fn cart(carts: SessionSlot<Cart>) -> Response {
    match carts.get() {
        Some(cart) => format!("{:?}", cart.items).into_response(),
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

fn stream(users: SessionSlot<User>) -> Response {
    warp::reply::stream(slow::late_change(users)).into_response()
}

fn act_on(
    action: String,
    world: World,
    users: SessionSlot<User>,
    carts: SessionSlot<Cart>,
    text: Bytes,
) -> Response {
    match actions::act(&action, &world, &users, &carts, &String::from_utf8_lossy(&text)) {
        Ok(answer) => {
            let mut response = answer.body.into_response();
            *response.status_mut() = StatusCode::from_u16(answer.status).unwrap();
            for (name, value) in answer.headers {
                response.headers_mut().append(name, value.parse().unwrap());
            }
            response
        }
        Err(error) => {
            tracing::error!(target: "hardtack", reason = error.label(), "session change failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
