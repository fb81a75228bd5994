//! axum: the layer, and extractors.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::{any, get};
use hardtack::{CrossOriginLayer, Session, SessionError, SessionLayer, SessionSlot};
use tower_http::catch_panic::CatchPanicLayer;

use super::Running;
use crate::actions::{self, Answer};
use crate::world::{Cart, User, World};

pub fn serve(world: World) -> Running {
    let app = Router::new()
        .route("/untouched", get(async || "untouched"))
        .route("/profile", get(profile))
        .route("/maybe", get(maybe))
        .route("/cart", get(cart))
        .route("/stream", get(stream))
        .route("/act/{action}", any(act))
        .layer(CatchPanicLayer::new())
        .layer(SessionLayer::new(world.users.clone()))
        .layer(SessionLayer::new(world.carts.clone()))
        .layer(CrossOriginLayer::new(world.protection()))
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
