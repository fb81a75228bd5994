//! axum: the layer, and extractors.

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{any, get};
use hardtack::{Session, SessionError, SessionLayer, SessionSlot};
use tower_http::catch_panic::CatchPanicLayer;

use crate::actions::{self, Answer};
use crate::site::{Layers, Panics, Traits};
use crate::world::{Absent, Cart, EXEMPT, EXEMPT_WITHIN, User, WITHOUT_ORIGIN, World};

pub const TRAITS: Traits = Traits {
    panics: Panics::Answered,
    layers: Layers::Nest,
    routes_first: None,
    drops_lines: None,
    no_extractors: None,
};

/// The site, and routes that only the caller has.
pub fn app(world: World, more: Router<World>) -> Router {
    let nested = Router::new()
        .route("/act/{action}", any(act))
        .layer(SessionLayer::new(world.users.clone()))
        .layer(from_fn(look));
    let clash = Router::new()
        .route("/clash", get(async || "reached"))
        .layer(SessionLayer::new(world.clash.clone()));
    let carts = SessionLayer::new(world.carts.clone())
        .exempt(Method::POST, EXEMPT)
        .danger_pass_without_origin(WITHOUT_ORIGIN);
    let carts = match world.checks_origin {
        true => carts,
        false => carts.danger_without_cross_origin_check(),
    };
    Router::new()
        .route("/untouched", get(async || "untouched"))
        .route("/profile", get(profile))
        .route("/maybe", get(maybe))
        .route("/cart", get(cart))
        .route("/absent", get(async |_: SessionSlot<Absent>| "reached"))
        .route("/absent-session", get(async |_: Option<Session<Absent>>| "reached"))
        .route("/act/{action}", any(act))
        .nest("/nested", nested)
        .merge(clash)
        .merge(more)
        .layer(CatchPanicLayer::new())
        .layer(SessionLayer::new(world.users.clone()).exempt(Method::POST, EXEMPT_WITHIN))
        .layer(carts)
        .with_state(world)
}

async fn profile(user: Session<User>) -> String {
    format!("{} {}", user.id, user.name)
}

async fn maybe(user: Option<Session<User>>) -> &'static str {
    if user.is_some() { "some" } else { "none" }
}

async fn cart(cart: Session<Cart>) -> String {
    format!("{:?}", cart.items)
}

/// Between two layers of one cookie.
async fn look(_: Option<Session<User>>, request: Request, next: Next) -> Response {
    next.run(request).await
}

async fn act(
    State(world): State<World>,
    Path(action): Path<String>,
    users: SessionSlot<User>,
    carts: SessionSlot<Cart>,
    text: String,
) -> Result<impl IntoResponse, SessionError> {
    let Answer { status, headers, body } = actions::act(&action, &world, &users, &carts, &text)?;
    Ok((StatusCode::from_u16(status).unwrap(), AppendHeaders(headers), body))
}
