//! One file per framework: each translates types, makes no rules for sessions, and uses only the crate's public items.
//!
//! This file has what they share: the settings that weaken the protection, and the texts that tell operators about a failure.

/// What every session adapter has besides `new` and `exempt`, which are worded for each framework. Expects the fields `cookie`
/// and `protection`.
#[cfg(any(feature = "actix-web", feature = "rocket", feature = "tower"))]
macro_rules! session_adapter {
    ($adapter:ident) => {
        impl<T> $adapter<T> {
            /// Lets requests to this path pass if they carry a session but do not say where they come from: see
            /// [`CrossOriginProtection::danger_pass_without_origin`].
            ///
            /// # Warning
            /// See there.
            pub fn danger_pass_without_origin(mut self, path: impl Into<String>) -> Self {
                self.protection = self.protection.danger_pass_without_origin(path);
                self
            }

            /// Lets every request pass, wherever it comes from: see [`CrossOriginProtection::danger_without_cross_origin_check`].
            ///
            /// # Warning
            /// See there.
            pub fn danger_without_cross_origin_check(mut self) -> Self {
                self.protection = self.protection.danger_without_cross_origin_check();
                self
            }
        }

        impl<T> fmt::Debug for $adapter<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Self { cookie, protection } = self;
                f.debug_struct(stringify!($adapter))
                    .field("cookie", cookie)
                    .field("protection", protection)
                    .finish()
            }
        }
    };
}

/// A header's name in the framework's `HeaderName`; `None` if it is not one. An answer looks for about fifteen, and parsing them
/// took a tenth of its instructions, so the compiler parses those.
#[cfg(any(feature = "actix-web", feature = "http"))]
macro_rules! header_name {
    ($name:expr) => {
        header_name!($name; "cookie" "set-cookie" "host" "origin" "upgrade" "sec-fetch-site" "vary" "cache-control"
            "cdn-cache-control" "surrogate-control" "cloudflare-cdn-cache-control" "vercel-cdn-cache-control"
            "netlify-cdn-cache-control" "akamai-cache-control")
    };
    ($name:expr; $($known:literal)+) => {
        match $name {
            $($known => Some(const { HeaderName::from_static($known) }),)+
            other => HeaderName::from_bytes(other.as_bytes()).ok(),
        }
    };
}

#[cfg(feature = "actix-web")]
mod actix_web;
#[cfg(feature = "axum")]
mod axum;
#[cfg(any(feature = "actix-web", feature = "rocket", feature = "tower"))]
mod cross_origin;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "rocket")]
mod rocket;
#[cfg(feature = "tower")]
mod tower;

#[cfg(feature = "actix-web")]
pub use actix_web::SessionMiddleware;
#[cfg(feature = "rocket")]
pub use cross_origin::CrossOriginFairing;
#[cfg(feature = "actix-web")]
pub use cross_origin::CrossOriginMiddleware;
#[cfg(feature = "tower")]
pub use cross_origin::{CrossOriginFuture, CrossOriginLayer, CrossOriginService};
#[cfg(feature = "rocket")]
pub use rocket::SessionFairing;
#[cfg(feature = "tower")]
pub use tower::{SessionFuture, SessionLayer, SessionService};

/// What operators see of the adapters: fixed texts, and never a byte of a cookie.
#[cfg(any(feature = "actix-web", feature = "http", feature = "rocket"))]
mod event {
    #[cfg(any(feature = "actix-web", feature = "rocket", feature = "tower"))]
    use std::any::type_name;

    use crate::SessionError;
    #[cfg(any(feature = "actix-web", feature = "axum", feature = "rocket"))]
    use crate::login::{LoginFlowError, NotRecent};
    #[cfg(any(feature = "actix-web", feature = "axum", feature = "rocket"))]
    use crate::{CsrfError, OpenError};

    /// A handler asked for a session of type `T`, but no adapter provides one.
    #[cfg(any(feature = "actix-web", feature = "axum", feature = "rocket"))]
    pub(super) fn not_installed<T>(adapter: &'static str) {
        let session = type_name::<T>();
        tracing::error!(
            target: "hardtack",
            session,
            adapter,
            remedy = "install it around every route and middleware that asks for the session: in axum, .layer(…) after them",
            "session adapter is not installed"
        );
    }

    /// Two adapters have the same `T`, so handlers can reach only one of their cookies.
    #[cfg(any(feature = "actix-web", feature = "rocket", feature = "tower"))]
    pub(super) fn same_type<T>() {
        let session = type_name::<T>();
        tracing::warn!(
            target: "hardtack",
            session,
            "two session cookies with the same type: handlers reach only one, give each its own type"
        );
    }

    /// Responses have a body of a type that the layer cannot make from a text.
    #[cfg(all(feature = "device-binding", feature = "tower"))]
    pub(super) fn no_device_body<B>() {
        let body = type_name::<B>();
        tracing::error!(
            target: "hardtack",
            body,
            remedy = "map the responses' body to axum's or to String further in, or answer with device_answer_http in front of the layer",
            "no session is bound to a device: the layer cannot make a body of this type"
        );
    }

    /// A change that the application asked for did not reach the browser; the answer is a 500.
    pub(super) fn change_failed(error: &SessionError) {
        let reason = error.label();
        match error {
            SessionError::TooLarge { used, limit, data }
            | SessionError::AboveHeaderBudget { used, budget: limit, data } => {
                tracing::error!(target: "hardtack", reason, used, limit, data, "session change failed");
            }
            SessionError::WrittenOtherwise(misfit) => {
                tracing::error!(target: "hardtack", reason, %misfit, "session change failed");
            }
            _ => tracing::error!(target: "hardtack", reason, "session change failed"),
        }
    }

    /// A request did not prove that it comes from a page of its session; the answer is a 403.
    #[cfg(any(feature = "actix-web", feature = "axum", feature = "rocket"))]
    pub(super) fn csrf_refused(error: CsrfError) {
        let reason = error.label();
        if let CsrfError::UnknownKey { key } = error {
            tracing::info!(target: "hardtack", reason, %key, "CSRF token refused");
        } else {
            tracing::info!(target: "hardtack", reason, "CSRF token refused");
        }
    }

    /// A handler wanted a recent proof of identity; the answer is a 403.
    #[cfg(any(feature = "actix-web", feature = "axum", feature = "rocket"))]
    pub(super) fn not_recent(error: &NotRecent) {
        let reason = if error.at.is_some() { "too long ago" } else { "never" };
        tracing::info!(
            target: "hardtack",
            reason,
            remedy = "send the user to a page that asks for a proof, and call prove there",
            "no recent proof of identity"
        );
    }

    /// A log-in flow did not begin, or its callback was not accepted.
    #[cfg(any(feature = "actix-web", feature = "axum", feature = "rocket"))]
    pub(super) fn flow_refused(error: &LoginFlowError) {
        let reason = error.label();
        match error {
            error if error.is_servers() => {
                tracing::error!(target: "hardtack", reason, "log-in flow failed");
            }
            LoginFlowError::Refused(OpenError::UnknownKey { key }) => {
                tracing::info!(target: "hardtack", reason, %key, "log-in flow refused");
            }
            LoginFlowError::NoFlow => tracing::info!(
                target: "hardtack",
                reason,
                remedy = "the callback must arrive at the host that began the flow, with or without www: redirect one to the other",
                "log-in flow refused"
            ),
            _ => tracing::info!(target: "hardtack", reason, "log-in flow refused"),
        }
    }
}
