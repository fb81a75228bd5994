//! actix-web: what handlers take from a request, and how errors that they return become responses.

use std::future::{Ready, ready};

use ::actix_web::dev::Payload;
use ::actix_web::http::StatusCode;
use ::actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};

use crate::adapter::event;
use crate::ceremony::{CeremonyError, RefusedCeremony};
use crate::login::{LoginFlowError, NotRecent};
use crate::{
    CsrfError, Session, SessionData, SessionError, SessionRejection, SessionSlot, ValueError,
};

/// Extracts the request's slot, with or without a session (feature `actix-web`).
impl<T: SessionData> FromRequest for SessionSlot<T> {
    type Error = SessionRejection;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(installed(request))
    }
}

/// Extracts the session; without one, answers 401 with an empty body (feature `actix-web`).
impl<T: SessionData> FromRequest for Session<T> {
    type Error = SessionRejection;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(installed(request).and_then(|slot| slot.get().ok_or(SessionRejection::NoSession)))
    }
}

fn installed<T: 'static>(request: &HttpRequest) -> Result<SessionSlot<T>, SessionRejection> {
    request.extensions().get().cloned().ok_or_else(|| {
        event::not_installed::<T>("SessionMiddleware");
        SessionRejection::NotInstalled
    })
}

/// Answers with the status only. A 401 should name a scheme in `WWW-Authenticate` (RFC 9110 section 15.5.2), but none is
/// registered for cookies.
impl ResponseError for SessionRejection {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NoSession => StatusCode::UNAUTHORIZED,
            Self::NotInstalled => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// Answers 500 with an empty body, or 403 for a refused CSRF token, and logs the reason: for handlers that return a failed change
/// with `?`.
impl ResponseError for SessionError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Csrf(error) => error.status_code(),
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn error_response(&self) -> HttpResponse {
        if let Self::Csrf(error) = self {
            return error.error_response();
        }
        event::change_failed(self);
        HttpResponse::new(self.status_code())
    }
}

/// Answers 403 with an empty body and logs the reason: for handlers that return a refusal with `?`.
impl ResponseError for CsrfError {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    fn error_response(&self) -> HttpResponse {
        event::csrf_refused(*self);
        HttpResponse::new(self.status_code())
    }
}

/// 403 with an empty body, and an event: for handlers that pass a refusal on with `?`.
impl ResponseError for NotRecent {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    fn error_response(&self) -> HttpResponse {
        event::not_recent(self);
        HttpResponse::new(self.status_code())
    }
}

/// Answers 500 with an empty body and logs the reason: for handlers that return a failure with `?`.
impl ResponseError for ValueError {
    fn error_response(&self) -> HttpResponse {
        event::change_failed(&(*self).into());
        HttpResponse::new(self.status_code())
    }
}

/// Extracts the request's key-value session, started or not (feature `actix-web`).
#[cfg(feature = "json")]
impl FromRequest for crate::SessionValues {
    type Error = SessionRejection;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(installed(request).map(|slot| slot.values()))
    }
}

/// Answers with the status only and logs the reason: 400 if what the browser sent is at fault, 500 if the server is.
impl ResponseError for LoginFlowError {
    fn status_code(&self) -> StatusCode {
        if self.is_servers() { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST }
    }

    fn error_response(&self) -> HttpResponse {
        event::flow_refused(self);
        HttpResponse::new(self.status_code())
    }
}

/// The status alone: 400 for what the browser brought, 500 for what is the server's fault. The event was logged where it failed.
impl ResponseError for CeremonyError {
    fn status_code(&self) -> StatusCode {
        if self.is_servers() { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST }
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// The same with what removes the cookie, and then with `Cache-Control: no-store`.
impl ResponseError for RefusedCeremony {
    fn status_code(&self) -> StatusCode {
        self.reason().status_code()
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(removal) = self.removal() {
            response.append_header(("set-cookie", removal.set_cookie().as_str()));
            response.insert_header(("cache-control", "no-store"));
        }
        response.finish()
    }
}
