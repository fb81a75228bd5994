//! actix-web: a middleware that gives each request its slot and commits it on the response, errors' responses too, and the extractors.

use std::fmt;
use std::future::{Ready, ready};
use std::pin::Pin;

use ::actix_web::body::EitherBody;
use ::actix_web::dev::{
    Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready,
};
use ::actix_web::http::StatusCode;
use ::actix_web::http::header::{HeaderName, HeaderValue};
use ::actix_web::{Error, FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::event;
use crate::{
    CsrfError, LoginFlowError, ResponseHead, Session, SessionCookie, SessionError,
    SessionRejection, SessionSlot,
};

/// Gives each request its session and commits it on the response (feature `actix-web`).
///
/// The extractor [`Session<T>`] answers 401 with an empty body where there is no session; `Option<Session<T>>` and
/// [`SessionSlot<T>`] always come. Without the middleware, `Session<T>` and `SessionSlot<T>` are a 500 and an error event;
/// actix-web makes `None` of the same for an `Option`, so there the event is all that tells. A change that was asked for and fails
/// turns the response into a 500 with an empty body and is logged.
///
/// Several session cookies stand side by side, a middleware each, told apart by T. Of two with one T, handlers see the inner one
/// only, which is logged: wrap one T in a newtype.
///
/// Where a middleware further in fails, its error's response carries the session's headers. They are a
/// [response mapper](actix_web::Error::add_response_mapper), which a middleware further out loses if it answers with
/// `HttpResponse::from_error` instead of `Error::error_response`.
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use hardtack::{Key, Session, SessionCookie, SessionError, SessionMiddleware, SessionSlot};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct User { id: u64, name: String }
///
/// #[derive(Deserialize)]
/// struct Login { name: String, remember: Option<String> }
///
/// async fn login(slot: SessionSlot<User>, form: web::Form<Login>) -> Result<HttpResponse, SessionError> {
///     let Login { name, remember } = form.into_inner();
///     let user = User { id: 7, name };
///     match remember {
///         Some(_) => slot.start_remembered(user)?,
///         None => slot.start(user)?,
///     };
///     Ok(HttpResponse::SeeOther().insert_header(("location", "/profile")).finish())
/// }
///
/// async fn profile(user: Session<User>) -> String {
///     format!("{} is {}", user.id, user.name)
/// }
///
/// async fn rename(mut user: Session<User>, name: String) -> Result<HttpResponse, SessionError> {
///     user.update(|user| user.name = name)?;
///     Ok(HttpResponse::NoContent().finish())
/// }
///
/// async fn logout(slot: SessionSlot<User>) -> Result<HttpResponse, SessionError> {
///     slot.end()?;
///     Ok(HttpResponse::SeeOther().insert_header(("location", "/")).finish())
/// }
///
/// let users = SessionCookie::<User>::new("shop", Key::generate()?)?;
/// let server = actix_web::HttpServer::new(move || {
///     App::new()
///         .route("/login", web::post().to(login))
///         .route("/profile", web::get().to(profile))
///         .route("/profile", web::post().to(rename))
///         .route("/logout", web::post().to(logout))
///         .wrap(SessionMiddleware::new(users.clone()))
/// });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// actix-web runs this closure once for each worker. Make the cookie, and above all a [`Denylist`](crate::Denylist), before it, and clone
/// them inside: a list that is made inside knows the log-outs of its own worker alone.
pub struct SessionMiddleware<T>(SessionCookie<T>);

impl<T> SessionMiddleware<T> {
    /// A middleware for the session in this cookie.
    pub fn new(cookie: SessionCookie<T>) -> Self {
        Self(cookie)
    }
}

impl<S, T, B> Transform<S, ServiceRequest> for SessionMiddleware<T>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = SessionMiddlewareService<S, T>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(SessionMiddlewareService { inner, cookie: self.0.clone() }))
    }
}

pub struct SessionMiddlewareService<S, T> {
    inner: S,
    cookie: SessionCookie<T>,
}

impl<S, T, B> Service<ServiceRequest> for SessionMiddlewareService<S, T>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>>>>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let slot = self.cookie.slot(request.headers().get_all("cookie"));
        if request.extensions_mut().insert(slot.clone()).is_some() {
            event::same_type::<T>();
        }
        let response = self.inner.call(request);
        Box::pin(async move {
            match response.await {
                Ok(response) => Ok(commit(&slot, response)),
                Err(error) => Err(commit_error(&slot, error)),
            }
        })
    }
}

fn commit<T: Serialize + DeserializeOwned + Send + Sync + 'static, B>(
    slot: &SessionSlot<T>,
    mut response: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B>> {
    match slot.commit(&mut Head { response: response.response_mut(), edits: None }) {
        Ok(()) => response.map_into_left_body(),
        Err(error) => {
            event::change_failed(&error);
            // Nothing of the old head is kept: it may describe the old body, or tell a cache to store it.
            let mut failed = HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR);
            // An end that was asked for too; it cannot fail.
            let _ = slot.commit(&mut Head { response: &mut failed, edits: None });
            response.into_response(failed.map_into_right_body())
        }
    }
}

/// Commits into the response that `error` stands for. An error makes its response anew each time it is asked, so the commit, which
/// happens once, is recorded and played back.
fn commit_error<T: Serialize + DeserializeOwned + Send + Sync + 'static>(
    slot: &SessionSlot<T>,
    mut error: Error,
) -> Error {
    let mut response = error.error_response();
    let mut edits = Vec::new();
    match slot.commit(&mut Head { response: &mut response, edits: Some(&mut edits) }) {
        Ok(()) if edits.is_empty() => {}
        Ok(()) => error.add_response_mapper(move |mut response| {
            edits.iter().for_each(|edit| edit.apply(&mut response));
            response
        }),
        Err(failure) => {
            event::change_failed(&failure);
            let mut failed = HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR);
            // An end that was asked for too; it cannot fail. What the first commit recorded is for another head.
            edits.clear();
            let _ = slot.commit(&mut Head { response: &mut failed, edits: Some(&mut edits) });
            error.add_response_mapper(move |_| {
                let mut failed = HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR);
                edits.iter().for_each(|edit| edit.apply(&mut failed));
                failed
            });
        }
    }
    error
}

struct Head<'h, B> {
    response: &'h mut HttpResponse<B>,
    edits: Option<&'h mut Vec<Edit>>,
}

enum Edit {
    Append(HeaderName, HeaderValue),
    Replace(HeaderName, HeaderValue),
}

impl<B> ResponseHead for Head<'_, B> {
    fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    fn lines(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        self.response.headers().get_all(name).for_each(|line| each(line.as_bytes()));
    }

    fn append(&mut self, name: &'static str, value: &str) {
        self.edit(field(name, value).map(|(name, value)| Edit::Append(name, value)));
    }

    fn replace(&mut self, name: &'static str, value: &str) {
        self.edit(field(name, value).map(|(name, value)| Edit::Replace(name, value)));
    }
}

impl<B> Head<'_, B> {
    fn edit(&mut self, edit: Option<Edit>) {
        let Some(edit) = edit else { return };
        edit.apply(self.response);
        if let Some(edits) = &mut self.edits {
            edits.push(edit);
        }
    }
}

impl Edit {
    fn apply<B>(&self, response: &mut HttpResponse<B>) {
        let headers = response.headers_mut();
        match self {
            Self::Append(name, value) => headers.append(name.clone(), value.clone()),
            Self::Replace(name, value) => {
                headers.insert(name.clone(), value.clone());
            }
        }
    }
}

/// `None` for a value with a control character, of which the core makes none.
///
/// A session is marked sensitive: `Debug` then hides it, and HTTP/2 keeps it out of its compression table (RFC 7541 section 7.1.3).
fn field(name: &'static str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let mut field = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    field.set_sensitive(name == "set-cookie");
    Some((HeaderName::from_static(name), field))
}

/// The request's slot, whether or not there is a session (feature `actix-web`).
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> FromRequest for SessionSlot<T> {
    type Error = SessionRejection;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(installed(request))
    }
}

/// The session; 401 with an empty body where there is none (feature `actix-web`).
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> FromRequest for Session<T> {
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

/// The status alone. A 401 should name a scheme in `WWW-Authenticate` (RFC 9110 section 15.5.2); none is registered for cookies.
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

/// 500 with an empty body, 403 for a refused CSRF token, and an event with the reason: for handlers that pass a failed change on with `?`.
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

/// 403 with an empty body, and an event with the reason: for handlers that pass a refusal on with `?`.
impl ResponseError for CsrfError {
    fn status_code(&self) -> StatusCode {
        StatusCode::FORBIDDEN
    }

    fn error_response(&self) -> HttpResponse {
        event::csrf_refused(*self);
        HttpResponse::new(self.status_code())
    }
}

/// The status alone, and an event with the reason: 400 for what the browser brought, 500 for a flow that could not be sealed.
impl ResponseError for LoginFlowError {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::Seal(_) => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    fn error_response(&self) -> HttpResponse {
        event::flow_refused(self);
        HttpResponse::new(self.status_code())
    }
}

impl<T> fmt::Debug for SessionMiddleware<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionMiddleware").field(&self.0).finish()
    }
}
