//! Sessions that live in the cookie: sealed by the server, opened on each request, without store or look-up.
//!
//! You name and key an [`Application`] once. It makes a [`SessionCookie<T>`], and the adapter for your framework gives its
//! session to your handlers:
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use axum::{Form, Router, response::Redirect, routing::{get, post}};
//! use hardtack::{
//!     Application, KeyRing, Session, SessionError, SessionLayer, SessionSlot, SetupError,
//! };
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct User { id: u64, name: String }
//! # #[derive(serde::Deserialize)]
//! # struct Login { name: String }
//!
//! async fn login(
//!     slot: SessionSlot<User>,
//!     Form(form): Form<Login>,
//! ) -> Result<Redirect, SessionError> {
//!     slot.start(User { id: 7, name: form.name })?;
//!     Ok(Redirect::to("/profile"))
//! }
//!
//! async fn profile(user: Session<User>) -> String { // 401 without a session
//!     format!("{} is {}", user.id, user.name)
//! }
//!
//! async fn logout(slot: SessionSlot<User>) -> Result<Redirect, SessionError> {
//!     slot.end()?;
//!     Ok(Redirect::to("/"))
//! }
//!
//! fn app(ring: KeyRing) -> Result<Router, SetupError> { // KeyRing::from_env("SESSION_KEYS")?
//!     let shop = Application::new("shop", ring)?;
//!     let users = shop.session::<User>().build()?; // the cookie `__Host-shop`
//!     Ok(Router::new()
//!         .route("/login", post(login))
//!         .route("/profile", get(profile))
//!         .route("/logout", post(logout))
//!         .layer(SessionLayer::new(users))) // refuses forged requests as well
//! }
//! ```
//!
//! These eight names are enough to start with. The rest:
//!
//! - [`SessionSlot`] starts and ends a request's session; [`Session`] reads and changes it.
//! - [`denylist`] ends sessions early, on all servers: after a log-out, copies of the cookie no longer work.
//! - [`ceremony`] remembers what one browser must bring back within minutes, such as a passkey's challenge.
//! - [`login`] remembers what the browser must bring back from a log-in at an OAuth or OpenID Connect provider, and when a user last
//!   proved who they are.
//! - [`flash`] shows a message on the next page.
//! - [`keys`] keeps key rings in files, rotates them, and replaces them while servers run.
//! - [`migrate`] keeps users logged in when you move here from another session system.
//! - [`token`] seals bytes, for bearer tokens and for links that work once.
#![cfg_attr(feature = "device-binding", doc = "- [`device`]")]
#![cfg_attr(not(feature = "device-binding"), doc = "- `device`")]
//!   (feature `device-binding`) binds sessions to the browser's device: a copied cookie is worth minutes.
//! - [`framework`] connects a framework that has no adapter.
//!
//! # Without a framework
//!
//! A session cookie has no side effects: the time goes in, a [`SetCookie`] comes out.
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
//! - `migrate`: readers for cookies of the `cookie` crate's jars, actix-session and tower-sessions-cookie-store, to move from
//!   them.
//! - `device-binding`: sessions bound to the browser's device. **Experimental**: the specification still changes, and only one
//!   browser engine has it.
//! - `testing`: a manual clock, requests and responses in memory, and `assert_shape`, a test that fails before a release ends
//!   sessions.
//! - `aws-lc-rs`: AES-GCM from AWS-LC, with the same bytes, faster; builds C code.
//! - `graviola`: AES-GCM from graviola, with the same bytes, faster; no C, on x86-64 and aarch64. If both are on, `aws-lc-rs` is
//!   used. The guide has [how much faster](guide::performance).
//! - `js`: JavaScript's clock and randomness, for `wasm32-unknown-unknown` in Workers, browsers and Node; see [At the edge](guide::edge).
//! - `ring-file`: a key ring in a watched file; `cli`: the `hardtack` command for it.
//! - `tracing`: events for refusals and for what was skipped.
//!
//! # Guide
//!
//! - [Cookbook](guide::cookbook): short recipes, from a role guard to tests with a clock.
//! - [Logging in and out](guide::login): forms, providers, passkeys, mailed links, and ending sessions.
//! - [Frameworks](guide::frameworks): the line for each, and what to watch for.
//! - [When the session's type changes](guide::shape).
//! - [Moving here](guide::migration) from another system, without logging users out.
//! - [Device binding](guide::device_binding): what a bound session protects against, and what it does not.
//! - [Operations](guide::operations): how keys reach servers and change, roll-outs, alarms.
//! - [At the edge](guide::edge): Cloudflare Workers and other WebAssembly hosts.
//! - [Threat model](guide::threat_model): what is promised and what is not; [assurance](guide::assurance): how it is tested.
//! - [The format](guide::format_v1), byte by byte.
//! - [Performance](guide::performance), and how it was measured.

#![forbid(unsafe_code)]
#![deny(missing_docs, missing_debug_implementations)]
#![cfg_attr(docsrs, feature(doc_cfg))]
// Outside tests nothing panics, and nothing reads a clock (clippy.toml). Each exception gives its reason.
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
pub mod ceremony;
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
// Documentation alone. Its examples need these features.
#[cfg(all(
    doc,
    any(
        not(doctest),
        all(feature = "axum", feature = "migrate", feature = "ring-file", feature = "testing")
    )
))]
pub mod guide;
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

// After the others: what adapters add to a type comes after what the type can do itself.
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
    //! Tokens that hold bytes: seal them, open them, or inspect them without a key.
    //!
    //! [`Application::sealer`](crate::Application::sealer) makes a [`Sealer`] for each use. The guide has their [format](crate::guide::format_v1).

    pub use crate::error::FactChanged;
    pub use crate::id::ParseIdError;
    pub use crate::layout::{Mode, TokenParts, inspect};
    pub use crate::sealer::{BoundSealer, Opened, Sealer, SealerBuilder, Unchecked};
    pub use crate::time::ParseTimestampError;
}

pub mod framework {
    //! Connects a framework without an adapter: heads of requests and responses, and how a session begins.
    //!
    //! Call [`SessionCookie::begin`](crate::SessionCookie::begin) before the handler, and
    //! [`SessionSlot::commit`](crate::SessionSlot::commit) on the response. If the framework uses the types of the crate `http`,
    //! the feature `http` does both: `begin_http`, `commit_http`.

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
