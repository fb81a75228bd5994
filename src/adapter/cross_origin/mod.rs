//! [`CrossOriginProtection`](crate::CrossOriginProtection) in front of a site, one file per framework. Each passes the request to
//! the check. A refusal becomes a 403 with an empty body and an event, and the handlers do not run.

#[cfg(feature = "actix-web")]
mod actix_web;
#[cfg(feature = "rocket")]
pub(super) mod rocket;
#[cfg(feature = "tower")]
mod tower;

#[cfg(feature = "actix-web")]
pub use actix_web::CrossOriginMiddleware;
#[cfg(feature = "rocket")]
pub use rocket::CrossOriginFairing;
#[cfg(feature = "tower")]
pub use tower::{CrossOriginFuture, CrossOriginLayer, CrossOriginService};
