//! Sessions that live in the cookie: sealed by the server, opened on each request, no store and no look-up.
//!
//! - [`Sealer`]: octets and [`Claims`] in, a token out, and back. For cookies, bearer tokens, anything of one purpose.
//! - [`SessionCookie<T>`]: a typed session in one cookie. Pure: `now` goes in, a [`SetCookie`] comes out.
//! - [`SessionSlot<T>`]: one request's place for a session, shared by its handlers, committed once; [`Session<T>`]: one that is there.
//! - [`KeyRing`] and [`RingHandle`]: the keys, dated, and replaced under running servers.
//! - [`Denylist`]: sessions that end before their time, on all servers: a log-out that copies of the cookie do not outlive.
//! - [`CrossOriginProtection`], and [`Session::csrf_token`]: requests that another site makes in a user's name.
//! - [`Flash`]: messages for the next page, in a cookie of their own.
//! - [`LoginFlows`]: what a log-in at an OAuth or OpenID Connect provider must remember until the callback.
//!
//! # With a framework
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use axum::{Form, Router, response::Redirect, routing::{get, post}};
//! use hardtack::{KeyRing, Session, SessionCookie, SessionError, SessionLayer, SessionSlot};
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
//! fn app(ring: KeyRing) -> Result<Router, hardtack::ConfigError> { // KeyRing::from_env("SESSION_KEYS")?
//!     Ok(Router::new()
//!         .route("/login", post(login))
//!         .route("/profile", get(profile))
//!         .route("/logout", post(logout))
//!         .layer(SessionLayer::new(SessionCookie::<User>::new("shop", ring)?)))
//! }
//! ```
//!
//! # Without one
//!
//! ```
//! use hardtack::{KeyRing, Key, SessionCookie, Timestamp};
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct User { id: u64, name: String }
//!
//! // In production: KeyRing::from_env("SESSION_KEYS")?
//! let ring = KeyRing::new(Key::generate()?);
//! let users = SessionCookie::<User>::new("shop", ring)?;
//!
//! let now = Timestamp::now();
//! let ada = User { id: 7, name: "Ada".into() };
//! let set_cookie = users.seal(&ada, &users.fresh(now)?, now)?;
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
//! - `cookie` (default): [`SetCookie`] to and from the `cookie` crate.
//! - `json`: JSON as a codec, and `Values`, the key-value session.
//! - `testing`: a manual clock, requests and responses in memory, a guard over the shape of T.
//! - `axum`, `actix-web`, `rocket`, `tower`, `http`: sessions in these frameworks, each with `tracing`.
//! - `aws-lc-rs`: AES-GCM from AWS-LC, with the same octets.
//! - `ring-file`: a ring in a file that is watched; `cli`: the `hardtack` command for it.
//! - `tracing`: refusals and failed refreshes as events.
//!
//! # Documents
//!
//! The bytes: `docs/format-v1.md`. What is promised and what is not: `docs/threat-model.md`; what holds it: `docs/assurance.md`.
//! How fast, and how that was measured: `docs/performance.md`. How keys come to servers and change there: `docs/operations.md`.
//! Logging in and out, from the form to every device: `docs/login.md`.

#![forbid(unsafe_code)]
#![deny(missing_docs)]

#[cfg(any(feature = "actix-web", feature = "http", feature = "rocket"))]
mod adapter;
mod claims;
mod cookie;
mod crypto;
mod csrf;
mod denylist;
mod encoding;
mod error;
mod flash;
mod key;
mod keyring;
mod log;
mod login_flow;
mod payload;
mod sealer;
mod session;
mod session_cookie;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod token;

#[cfg(feature = "rocket")]
pub use crate::adapter::{CrossOriginFairing, SessionFairing};
#[cfg(feature = "tower")]
pub use crate::adapter::{
    CrossOriginFuture, CrossOriginLayer, CrossOriginService, SessionFuture, SessionLayer,
    SessionService,
};
#[cfg(feature = "actix-web")]
pub use crate::adapter::{CrossOriginMiddleware, SessionMiddleware};
pub use crate::claims::{Claims, Class, Lifetime, SessionId};
pub use crate::cookie::{SameSite, SetCookie};
pub use crate::csrf::CrossOriginProtection;
pub use crate::denylist::{
    BySubject, Denylist, DenylistBuilder, DenylistStatus, Fallback, Subject,
};
pub use crate::error::{
    ConfigError, CrossOriginError, CsrfError, DenylistError, Expiry, KeyError, LoginFlowError,
    OpenError, RingError, SealError, SessionError, SessionRejection, ValueError,
};
pub use crate::flash::{Flash, FlashLevel, FlashMessage};
pub use crate::key::{Key, KeyId, Purpose};
pub use crate::keyring::{KeyRing, RingHandle};
#[cfg(feature = "ring-file")]
pub use crate::keyring::{
    RingEntry, RingFile, RingFileError, RingPath, RingStatus, RingWarning, Rotation,
    RotationPolicy, RotationPolicyBuilder,
};
pub use crate::login_flow::{FinishedFlow, LoginFlow, LoginFlows, LoginFlowsBuilder};
pub use crate::payload::Codec;
#[cfg(feature = "json")]
pub use crate::payload::Values;
pub use crate::sealer::{Opened, Sealer, SealerBuilder};
pub use crate::session::{ResponseHead, Session, SessionSlot};
pub use crate::session_cookie::{Revocation, SessionCookie, SessionCookieBuilder};
pub use crate::time::{Clock, SystemClock, Timestamp};
pub use crate::token::{Mode, TokenParts, inspect};

/// The README's examples, as tests.
#[cfg(all(doctest, feature = "axum", feature = "testing"))]
#[doc = include_str!("../README.md")]
struct Readme;

/// The examples of the page on operations.
#[cfg(all(doctest, feature = "ring-file"))]
#[doc = include_str!("../docs/operations.md")]
struct Operations;

/// The examples of the page on logging in and out.
#[cfg(all(doctest, feature = "axum"))]
#[doc = include_str!("../docs/login.md")]
struct Login;
