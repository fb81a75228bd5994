//! The sites of the frameworks that have an adapter.

#[path = "../../../adapters/apps/actix_web.rs"]
pub mod actix_web;
#[path = "../../../adapters/apps/axum.rs"]
pub mod axum;
#[path = "../../../adapters/apps/rocket.rs"]
pub mod rocket;
