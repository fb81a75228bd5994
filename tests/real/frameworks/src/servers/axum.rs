//! axum: the layer, and extractors.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{AppendHeaders, IntoResponse, Response};
use axum::routing::{any, get};
use hardtack::{Session, SessionError, SessionLayer, SessionSlot};
use tower_http::catch_panic::CatchPanicLayer;

use super::Running;
use crate::actions::{self, Answer};
use crate::world::{Cart, EXEMPT, EXEMPT_WITHIN, User, World};

pub fn serve(world: World) -> Running {
    let nested = Router::new()
        .route("/act/{action}", any(act))
        .layer(SessionLayer::new(world.users.clone()))
        .layer(from_fn(look));
    let clash = Router::new()
        .route("/clash", get(async || "reached"))
        .layer(SessionLayer::new(world.clash.clone()));
    let app = Router::new()
        .route("/untouched", get(async || "untouched"))
        .route("/profile", get(profile))
        .route("/maybe", get(maybe))
        .route("/cart", get(cart))
        .route("/stream", get(stream))
        .route("/act/{action}", any(act))
        .nest("/nested", nested)
        .merge(clash)
        .layer(CatchPanicLayer::new())
        .layer(SessionLayer::new(world.users.clone()).exempt(Method::POST, EXEMPT_WITHIN))
        .layer(SessionLayer::new(world.carts.clone()).exempt(Method::POST, EXEMPT))
        .with_state(world);
    Running::on_tokio(async |listener| axum::serve(listener, app).await.unwrap())
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

async fn stream(State(world): State<World>, users: SessionSlot<User>) -> Body {
    Body::from_stream(actions::late_change(world, users))
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
