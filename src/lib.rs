//! Sessions that live in the cookie: sealed by the server, opened on each request, no store and no look-up.
//!
//! An [`Application`] is named and keyed once. It makes a [`SessionCookie<T>`], and an adapter for your framework hands its
//! session to handlers:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use axum::{Form, Router, response::Redirect, routing::{get, post}};
//! use hardtack::{Application, KeyRing, Session, SessionError, SessionLayer, SessionSlot, SetupError};
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct User { id: u64, name: String }
//! # #[derive(serde::Deserialize)]
//! # struct Login { name: String }
//!
//! async fn login(slot: SessionSlot<User>, Form(form): Form<Login>) -> Result<Redirect, SessionError> {
//!     slot.start(User { id: 7, name: form.name })?;
//!     Ok(Redirect::to("/profile"))
//! }
//! async fn profile(user: Session<User>) -> String { format!("{} is {}", user.id, user.name) } // 401 without one
//! async fn logout(slot: SessionSlot<User>) -> Result<Redirect, SessionError> { slot.end()?; Ok(Redirect::to("/")) }
//!
//! fn app(ring: KeyRing) -> Result<Router, SetupError> { // KeyRing::from_env("SESSION_KEYS")?
//!     let users = Application::new("shop", ring)?.session::<User>().build()?; // the cookie `__Host-shop`
//!     Ok(Router::new()
//!         .route("/login", post(login))
//!         .route("/profile", get(profile))
//!         .route("/logout", post(logout))
//!         .layer(SessionLayer::new(users))) // refuses forged requests as well
//! }
//! ```
//!
//! Eight names are enough for that. What else there is:
//!
//! - [`SessionSlot`] starts and ends a request's session, [`Session`] reads and changes it.
//! - [`denylist`] ends sessions before their time, on all servers: a log-out that copies of the cookie do not outlive.
//! - [`login`] remembers what a log-in at an OAuth or OpenID Connect provider must bring back to the callback.
//! - [`flash`] shows a message on the next page.
//! - [`keys`] replaces key rings under running servers, keeps them in files, rotates them.
//! - [`migrate`] keeps users logged in who come with another system's cookie.
//! - [`token`] seals bytes, for bearer tokens and links.
//! - `device` (feature `device-binding`) binds sessions to the browser's device: a copied cookie is worth minutes.
//! - [`framework`] links a framework that has no adapter.
//!
//! # Without a framework
//!
//! A session cookie is pure: the time goes in, a [`SetCookie`] comes out.
//!
//! ```
//! use hardtack::{Application, Class, Key, Timestamp};
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct User { id: u64, name: String }
//!
//! let users = Application::new("shop", Key::generate()?)?.session::<User>().build()?;
//!
//! let now = Timestamp::now();
//! let ada = User { id: 7, name: "Ada".into() };
//! let set_cookie = users.seal(&ada, &users.new_claims(Class::Standard, now)?, now)?;
//! assert!(set_cookie.as_str().ends_with("; Path=/; HttpOnly; Secure; SameSite=Lax"));
//!
//! let line = format!("theme=dark; {}={}", set_cookie.name(), set_cookie.value());
//! let session = users.open(users.find(line.as_bytes()), now)?.expect("a session");
//! assert_eq!(session.data.name, "Ada");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! - `axum`, `actix-web`, `rocket`, `tower`, `http`: sessions in these frameworks, each with `tracing`.
//! - `cookie` (default): [`SetCookie`] to and from the `cookie` crate.
//! - `json`: JSON as a codec, and `Values`, the key-value session.
//! - `migrate`: readers for the cookies of `cookie`'s jars, actix-session and tower-sessions-cookie-store, to move from.
//! - `device-binding`: sessions bound to the browser's device. **Experimental**: a draft that moves, and one browser engine.
//! - `testing`: a manual clock, requests and responses in memory, and `assert_shape`, which fails before a release ends sessions.
//! - `aws-lc-rs`: AES-GCM from AWS-LC, with the same bytes, faster; builds C code.
//! - `graviola`: AES-GCM from graviola, with the same bytes, faster; no C, on x86-64 and aarch64. `aws-lc-rs` wins where both are on.
//! - `ring-file`: a ring in a file that is watched; `cli`: the `hardtack` command for it.
//! - `tracing`: refusals and what was left undone as events.
//!
//! # Documents
//!
//! - `docs/login.md`: logging in and out, from the form to every device.
//! - `docs/shape.md`: what happens when the session's type changes.
//! - `docs/migration.md`: keeping users logged in who come with another system's cookie.
//! - `docs/device-binding.md`: what a session that is bound to a device gives, and what not.
//! - `docs/operations.md`: how keys come to servers and change there, roll-outs, what to alarm on.
//! - `docs/threat-model.md`: what is promised and what is not; `docs/assurance.md`: what holds it.
//! - `docs/format-v1.md`: the bytes.
//! - `docs/performance.md`: how fast, and how that was measured.

#![forbid(unsafe_code)]
#![deny(missing_docs, missing_debug_implementations)]
#![cfg_attr(docsrs, feature(doc_cfg))]
// Outside tests nothing panics, and nothing reads a clock (clippy.toml); an exception gives its reason.
#![cfg_attr(
    not(test),
    deny(
        clippy::disallowed_methods,
        clippy::expect_used,
        clippy::panic,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

mod application;
mod claims;
mod cookie;
mod crypto;
mod csrf;
pub mod denylist;
#[cfg(feature = "device-binding")]
pub mod device;
mod encoding;
mod error;
pub mod flash;
mod head;
mod id;
mod key;
pub mod keys;
mod layout;
mod log;
pub mod login;
pub mod migrate;
mod origin;
mod payload;
mod policy;
mod purpose;
mod sealer;
mod session;
mod session_cookie;
mod shape;
mod site;
#[cfg(feature = "testing")]
pub mod testing;
mod time;

// Behind the others: what adapters add to a type comes after what the type can do by itself.
#[cfg(any(feature = "actix-web", feature = "http", feature = "rocket"))]
mod adapter;

#[cfg(feature = "rocket")]
pub use crate::adapter::SessionFairing;
#[cfg(feature = "tower")]
pub use crate::adapter::SessionLayer;
#[cfg(feature = "actix-web")]
pub use crate::adapter::SessionMiddleware;
pub use crate::application::{Application, ApplicationBuilder};
pub use crate::claims::{Claims, Class, Timeouts};
pub use crate::cookie::{SameSite, Scope, SetCookie};
pub use crate::csrf::CrossOriginProtection;
pub use crate::error::{
    CrossOriginError, CsrfError, Expiry, Misfit, OpenError, SealError, SessionError,
    SessionRejection, SetupError, ValueError,
};
pub use crate::id::SessionId;
pub use crate::key::Key;
pub use crate::keys::KeyRing;
#[cfg(feature = "json")]
pub use crate::payload::Values;
pub use crate::payload::{Codec, SessionData};
#[cfg(feature = "json")]
pub use crate::session::SessionValues;
pub use crate::session::{Session, SessionSlot};
pub use crate::session_cookie::{Revocation, SessionCookie, SessionCookieBuilder};
pub use crate::time::{Clock, DAY, HOUR, MINUTE, SystemClock, Timestamp};

pub mod token {
    //! Tokens of bytes: sealed, opened, and looked into without a key.
    //!
    //! [`Application::sealer`](crate::Application::sealer) makes a [`Sealer`] for each use.

    pub use crate::id::ParseIdError;
    pub use crate::layout::{Mode, TokenParts, inspect};
    pub use crate::sealer::{Opened, Sealer, SealerBuilder};
    pub use crate::time::ParseTimestampError;
}

pub mod framework {
    //! What links a framework without an adapter: heads of requests and responses, and how a session begins.
    //!
    //! [`SessionCookie::begin`](crate::SessionCookie::begin) before the handler, [`SessionSlot::commit`](crate::SessionSlot::commit)
    //! on the response. Where a framework has the types of the crate `http`, its feature `http` does both: `begin_http`,
    //! `commit_http`.

    pub use crate::csrf::Passage;
    pub use crate::head::{RequestHead, ResponseHead};
    pub use crate::session::{BeginError, Begun, InRequest};
}

#[cfg(feature = "tower")]
pub mod for_tower {
    //! tower: the services and futures of [`SessionLayer`](crate::SessionLayer), and a layer for routes without a session.

    pub use crate::adapter::{
        CrossOriginFuture, CrossOriginLayer, CrossOriginService, SessionFuture, SessionService,
    };
}

#[cfg(feature = "actix-web")]
pub mod for_actix_web {
    //! actix-web: a middleware for routes without a session.

    pub use crate::adapter::CrossOriginMiddleware;
}

#[cfg(feature = "rocket")]
pub mod for_rocket {
    //! Rocket: a fairing for routes without a session.

    pub use crate::adapter::CrossOriginFairing;
}

/// The README's examples, as tests.
#[cfg(all(doctest, feature = "axum", feature = "testing"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// The examples of the page on operations.
#[cfg(all(doctest, feature = "ring-file"))]
#[doc = include_str!("../docs/operations.md")]
struct Operations;

/// The examples of the page on shapes.
#[cfg(all(doctest, feature = "testing"))]
#[doc = include_str!("../docs/shape.md")]
struct Shape;

/// The examples of the page on logging in and out.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../docs/login.md")]
struct Login;

/// The example of the page on bound sessions.
#[cfg(all(doctest, feature = "device-binding"))]
#[doc = include_str!("../docs/device-binding.md")]
struct DeviceBinding;

/// The examples of the page on moving here.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../docs/migration.md")]
struct Migration;
