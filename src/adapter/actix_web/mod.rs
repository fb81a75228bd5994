//! actix-web: a middleware that gives each request its slot and commits it to the response, also to an error's response.

use std::fmt;
use std::future::{Ready, ready};
use std::pin::Pin;

use ::actix_web::body::EitherBody;
use ::actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use ::actix_web::http::StatusCode;
use ::actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use ::actix_web::{Error, HttpMessage, HttpResponse};

use super::event;
use crate::framework::{BeginError, Begun, InRequest, RequestHead, ResponseHead};
use crate::{CrossOriginProtection, SessionCookie, SessionData, SessionSlot};

mod answers;

/// Gives each request its session and commits it to the response (feature `actix-web`).
///
/// **It refuses requests that another site made the browser send**, with 403 and an empty body, before any handler runs, by the
/// rules of [`CrossOriginProtection`]; the same goes for WebSockets. To relax the rules, use [`exempt`](Self::exempt) for a
/// callback that is posted through the browser, or [`ApplicationBuilder::trust`](crate::ApplicationBuilder::trust) for an origin.
///
/// If there is no session, the extractor [`Session<T>`](crate::Session) answers 401 with an empty body, while
/// `Option<Session<T>>` and [`SessionSlot<T>`] always succeed. Without the middleware, `Session<T>` and `SessionSlot<T>` answer
/// 500 and log an error event; actix-web turns the same failure into `None` for an `Option`, so there only the event tells you.
/// If a change that you asked for fails, the response becomes a 500 with an empty body, and the reason is logged.
///
/// You can use several session cookies, each with its own middleware and its own `T`. A middleware of the same cookie further in,
/// for example on a scope, uses the session of the outer one. Two different cookies with the same name in one request give a 500
/// and an error event. If two cookies share one `T`, handlers reach only the inner one, which is logged: wrap one `T` in a
/// newtype.
///
/// If a middleware further in fails, the response of its error carries the session's headers. They are a [response
/// mapper](actix_web::Error::add_response_mapper). A middleware further out loses them if it answers with
/// `HttpResponse::from_error` instead of `Error::error_response`.
///
/// ```
/// use actix_web::{App, HttpResponse, web};
/// use hardtack::{Application, Key, Session, SessionError, SessionMiddleware, SessionSlot};
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
/// let users = Application::new("shop", Key::generate()?)?.session::<User>().build()?;
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
/// actix-web runs this closure once for each worker. Build the cookie and make a [`Denylist`](crate::denylist::Denylist) before
/// it, and clone them inside. A second `build` of the cookie is an error, and a list made inside would know only its own worker's
/// log-outs.
pub struct SessionMiddleware<T> {
    cookie: SessionCookie<T>,
    protection: CrossOriginProtection,
}

impl<T> SessionMiddleware<T> {
    /// Makes a middleware for the session in this cookie.
    pub fn new(cookie: SessionCookie<T>) -> Self {
        Self { protection: cookie.cross_origin_protection(), cookie }
    }

    /// Lets other sites send requests with this method to this path: see [`CrossOriginProtection::exempt`]. **An exempt request
    /// sees no session**; it may start one.
    ///
    /// Call it on the outermost middleware, and give the whole path, including scopes.
    pub fn exempt(mut self, method: impl AsRef<str>, path: impl Into<String>) -> Self {
        self.protection = self.protection.exempt(method, path);
        self
    }
}

session_adapter!(SessionMiddleware);

impl<S, T, B> Transform<S, ServiceRequest> for SessionMiddleware<T>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    T: SessionData,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = SessionMiddlewareService<S, T>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let (cookie, protection) = (self.cookie.clone(), self.protection.clone());
        ready(Ok(SessionMiddlewareService { inner, cookie, protection }))
    }
}

#[derive(Debug)]
pub struct SessionMiddlewareService<S, T> {
    inner: S,
    cookie: SessionCookie<T>,
    protection: CrossOriginProtection,
}

impl<S, T, B> Service<ServiceRequest> for SessionMiddlewareService<S, T>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    T: SessionData,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Answer<B>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        #[cfg(feature = "device-binding")]
        if let Some(asked) = self.cookie.device_answer(&RequestLine(&request)) {
            return answer(request, &asked);
        }
        let mut others = request.extensions_mut().remove::<InRequest>().unwrap_or_default();
        let begun = self.cookie.begin(&RequestLine(&request), &self.protection, &mut others);
        request.extensions_mut().insert(others);
        let slot = match begun {
            Ok(Begun::Slot(slot)) => slot,
            Ok(Begun::Already) => {
                let response = self.inner.call(request);
                return Box::pin(async { response.await.map(ServiceResponse::map_into_left_body) });
            }
            Err(BeginError::CrossOrigin(_)) => return refuse(request, StatusCode::FORBIDDEN),
            Err(BeginError::SameName) => {
                return refuse(request, StatusCode::INTERNAL_SERVER_ERROR);
            }
        };
        #[cfg(feature = "device-binding")]
        slot.offer_device(&RequestLine(&request));
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

pub(super) type Answer<B> =
    Pin<Box<dyn Future<Output = Result<ServiceResponse<EitherBody<B>>, Error>>>>;

/// Answers with an empty body before any handler runs.
pub(super) fn refuse<B: 'static>(request: ServiceRequest, status: StatusCode) -> Answer<B> {
    let refused = HttpResponse::new(status).map_into_right_body();
    Box::pin(ready(Ok(request.into_response(refused))))
}

/// The answer to what a browser asks about its device.
#[cfg(feature = "device-binding")]
fn answer<B: 'static>(request: ServiceRequest, answer: &crate::device::DeviceAnswer) -> Answer<B> {
    let status = StatusCode::from_u16(answer.status()).unwrap_or_default();
    let mut response = HttpResponse::new(status).set_body(answer.body().to_owned());
    let fields = answer.headers().filter_map(|(name, value)| field(name, value));
    fields.for_each(|(name, value)| response.headers_mut().append(name, value));
    let response = response.map_into_boxed_body().map_into_right_body();
    Box::pin(ready(Ok(request.into_response(response))))
}

/// A request's head as it arrived: scopes do not change its path.
pub(super) struct RequestLine<'r>(pub(super) &'r ServiceRequest);

impl RequestHead for RequestLine<'_> {
    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn path(&self) -> &str {
        self.0.uri().path()
    }

    fn authority(&self) -> Option<&str> {
        self.0.uri().authority().map(|authority| authority.as_str())
    }

    fn lines(&self, name: &'static str, each: &mut dyn FnMut(&[u8])) {
        lines(self.0.headers(), name, each);
    }
}

fn commit<T: SessionData, B>(
    slot: &SessionSlot<T>,
    mut response: ServiceResponse<B>,
) -> ServiceResponse<EitherBody<B>> {
    match slot.commit(&mut Head { response: response.response_mut(), edits: None }) {
        Ok(()) => response.map_into_left_body(),
        Err(error) => {
            event::change_failed(&error);
            // Drop the old head entirely: it may describe the old body, or tell a cache to store it.
            let mut failed = HttpResponse::new(StatusCode::INTERNAL_SERVER_ERROR);
            // This also ends the session if that was requested; it cannot fail.
            let _ = slot.commit(&mut Head { response: &mut failed, edits: None });
            response.into_response(failed.map_into_right_body())
        }
    }
}

/// Commits to the response that `error` makes. An error makes a new response each time it is asked, but the commit happens once,
/// so we record it and play it back.
fn commit_error<T: SessionData>(slot: &SessionSlot<T>, mut error: Error) -> Error {
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
            // This also ends the session if that was requested; it cannot fail. What the first commit recorded was for another
            // head.
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

fn lines(headers: &HeaderMap, name: &str, each: &mut dyn FnMut(&[u8])) {
    let Some(name) = header_name!(name) else { return };
    headers.get_all(name).for_each(|line| each(line.as_bytes()));
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
        lines(self.response.headers(), name, each);
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

/// Builds a header field; `None` for a value with a control character, which the core never makes.
///
/// A session is marked sensitive, so `Debug` hides it and HTTP/2 keeps it out of its compression table (RFC 7541 section 7.1.3).
fn field(name: &'static str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let mut field = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    field.set_sensitive(name == "set-cookie");
    Some((header_name!(name)?, field))
}
