//! axum: its own server.

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use hardtack::SessionSlot;

use super::Running;
use crate::apps::axum::app;
use crate::slow;
use crate::world::{User, World};

pub fn serve(world: World) -> Running {
    let app = app(world, Router::new().route("/stream", get(stream)));
    Running::on_tokio(async |listener| axum::serve(listener, app).await.unwrap())
}

async fn stream(users: SessionSlot<User>) -> Body {
    Body::from_stream(slow::late_change(users))
}
