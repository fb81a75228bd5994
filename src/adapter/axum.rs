//! axum: extractors, which give handlers what a [`SessionLayer`](crate::SessionLayer) has put into the request.

use std::convert::Infallible;

use ::http::StatusCode;
use ::http::request::Parts;
use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use axum_core::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};

use super::{event, http};
use crate::ceremony::{self, CeremonyError, RefusedCeremony, Removal};
use crate::login::{FinishedFlow, LoginFlow, LoginFlowError, NotRecent};
use crate::{
    CsrfError, Session, SessionData, SessionError, SessionRejection, SessionSlot, SetCookie,
    ValueError,
};

/// Extracts the request's slot, with or without a session (feature `axum`).
impl<S, T> FromRequestParts<S> for SessionSlot<T>
where
    S: Send + Sync,
    T: SessionData,
{
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        installed(parts)
    }
}

/// Extracts the session; without one, answers 401 with an empty body (feature `axum`).
impl<S, T> FromRequestParts<S> for Session<T>
where
    S: Send + Sync,
    T: SessionData,
{
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        installed(parts)?.get().ok_or(SessionRejection::NoSession)
    }
}

/// Extracts the session, if there is one (feature `axum`).
impl<S, T> OptionalFromRequestParts<S> for Session<T>
where
    S: Send + Sync,
    T: SessionData,
{
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        Ok(installed(parts)?.get())
    }
}

fn installed<T: Send + Sync + 'static>(parts: &Parts) -> Result<SessionSlot<T>, SessionRejection> {
    parts.extensions.get().cloned().ok_or_else(|| {
        event::not_installed::<T>("SessionLayer");
        SessionRejection::NotInstalled
    })
}

/// Answers with the status only. A 401 should name a scheme in `WWW-Authenticate` (RFC 9110 section 15.5.2), but none is
/// registered for cookies.
impl IntoResponse for SessionRejection {
    fn into_response(self) -> Response {
        match self {
            Self::NoSession => StatusCode::UNAUTHORIZED,
            Self::NotInstalled => StatusCode::INTERNAL_SERVER_ERROR,
        }
        .into_response()
    }
}

/// Answers 500 with an empty body, or 403 for a refused CSRF token, and logs the reason: for handlers that return a failed change
/// with `?`.
impl IntoResponse for SessionError {
    fn into_response(self) -> Response {
        if let Self::Csrf(error) = self {
            return error.into_response();
        }
        event::change_failed(&self);
        StatusCode::INTERNAL_SERVER_ERROR.into_response()
    }
}

/// Answers 403 with an empty body and logs the reason: for handlers that return a refusal with `?`.
impl IntoResponse for CsrfError {
    fn into_response(self) -> Response {
        event::csrf_refused(self);
        StatusCode::FORBIDDEN.into_response()
    }
}

/// 403 with an empty body, and an event: for handlers that pass a refusal on with `?`.
impl IntoResponse for NotRecent {
    fn into_response(self) -> Response {
        event::not_recent(&self);
        StatusCode::FORBIDDEN.into_response()
    }
}

/// Answers 500 with an empty body and logs the reason: for handlers that return a failure with `?`.
impl IntoResponse for ValueError {
    fn into_response(self) -> Response {
        SessionError::from(self).into_response()
    }
}

/// Extracts the request's key-value session, started or not (feature `axum`).
#[cfg(feature = "json")]
impl<S: Send + Sync> FromRequestParts<S> for crate::SessionValues {
    type Rejection = SessionRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        installed(parts).map(|slot| slot.values())
    }
}

/// Answers with the status only and logs the reason: 400 if what the browser sent is at fault, 500 if the server is.
impl IntoResponse for LoginFlowError {
    fn into_response(self) -> Response {
        event::flow_refused(&self);
        if self.is_servers() {
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        } else {
            StatusCode::BAD_REQUEST.into_response()
        }
    }
}

/// Adds the flow's cookies and `Cache-Control: no-store` to the redirect to the provider: `(flow, Redirect::to(&authorize))`
/// (feature `axum`).
impl IntoResponseParts for LoginFlow {
    type Error = Infallible;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        Ok(with_cookies(self.set_cookies(), parts))
    }
}

/// Removes the flow's cookie and adds `Cache-Control: no-store` to the redirect into the site: `(flow, redirect)` (feature
/// `axum`).
impl IntoResponseParts for FinishedFlow {
    type Error = Infallible;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        Ok(with_cookies([self.removal()], parts))
    }
}

/// The status alone: 400 for what the browser brought, 500 for what is the server's fault. The event was logged where it failed.
impl IntoResponse for CeremonyError {
    fn into_response(self) -> Response {
        if self.is_servers() {
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        } else {
            StatusCode::BAD_REQUEST.into_response()
        }
    }
}

/// The same with what removes the cookie, and then with `Cache-Control: no-store`.
impl IntoResponse for RefusedCeremony {
    fn into_response(self) -> Response {
        let status = self.reason();
        match self.removal() {
            Some(removal) => (removal.clone(), status).into_response(),
            None => status.into_response(),
        }
    }
}

/// The ceremony's cookies and `Cache-Control: no-store`, in front of the page that brings its id back: `(begun, Html(form))` (feature `axum`).
impl IntoResponseParts for ceremony::Begun {
    type Error = Infallible;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        Ok(with_cookies(self.set_cookies(), parts))
    }
}

/// The removal of the ceremony's cookie and `Cache-Control: no-store`, in front of the answer: `(removal, redirect)` (feature `axum`).
impl IntoResponseParts for Removal {
    type Error = Infallible;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        Ok(with_cookies([self.set_cookie()], parts))
    }
}

fn with_cookies<'c>(
    lines: impl IntoIterator<Item = &'c SetCookie>,
    mut parts: ResponseParts,
) -> ResponseParts {
    for line in lines {
        if let Some((name, value)) = http::field("set-cookie", line.as_str()) {
            parts.headers_mut().append(name, value);
        }
    }
    if let Some((name, value)) = http::field("cache-control", "no-store") {
        parts.headers_mut().insert(name, value);
    }
    parts
}
