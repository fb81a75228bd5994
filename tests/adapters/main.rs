//! The adapters, in process and without a socket: what is true of all frameworks is written once, in `scenarios`.
#![cfg(all(
    feature = "testing",
    any(feature = "axum", feature = "actix-web", feature = "rocket", feature = "http")
))]

#[cfg(feature = "actix-web")]
mod actix_web;
#[cfg(feature = "axum")]
mod axum;
#[cfg(any(feature = "axum", feature = "actix-web", feature = "rocket"))]
mod cross_origin;
#[cfg(any(feature = "axum", feature = "actix-web", feature = "rocket"))]
mod events;
#[cfg(any(feature = "axum", feature = "actix-web", feature = "rocket"))]
mod flash;
#[cfg(feature = "http")]
mod http;
#[cfg(any(feature = "axum", feature = "actix-web", feature = "rocket"))]
mod login_flow;
#[cfg(feature = "rocket")]
mod rocket;
#[cfg(any(feature = "axum", feature = "actix-web", feature = "rocket"))]
mod scenarios;
#[cfg(feature = "tower")]
mod tower;
#[cfg(all(feature = "json", any(feature = "axum", feature = "actix-web", feature = "rocket")))]
mod values;
mod world;
