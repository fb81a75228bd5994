//! Rocket: a fairing that keeps each request's slot in the local cache and commits it to the response, and the guards that read
//! it.

use std::fmt;
use std::marker::PhantomData;
use std::sync::{Mutex, PoisonError};

use ::rocket::fairing::{self, Fairing, Info, Kind};
use ::rocket::http::{Method, Status};
use ::rocket::outcome::IntoOutcome;
use ::rocket::request::{FromRequest, Outcome};
use ::rocket::response::{self, Responder, Response};
use ::rocket::{Build, Data, Ignite, Request, Rocket, Sentinel, async_trait};

use super::cross_origin::rocket as refusal;
use super::event;
use crate::ceremony::{CeremonyError, RefusedCeremony};
use crate::framework::{Begun, InRequest, RequestHead, ResponseHead};
use crate::login::{LoginFlowError, NotRecent};
use crate::{
    CrossOriginProtection, CsrfError, Session, SessionCookie, SessionData, SessionError,
    SessionRejection, SessionSlot, ValueError,
};

/// Gives each request its session and commits it to the response (feature `rocket`).
///
/// **It refuses requests that another site made the browser send**, with 403 and an empty body, before any route runs, by the
/// rules of [`CrossOriginProtection`]; the same goes for WebSockets. To relax the rules, use [`exempt`](Self::exempt) for a
/// callback that is posted through the browser, or [`ApplicationBuilder::trust`](crate::ApplicationBuilder::trust) for an origin.
///
/// A fairing cannot answer. So this one mounts a route that does, ahead of all others, at `/hardtack-refused`, and turns a
/// refused request into a GET of that route (and, with the feature `device-binding`, one that a browser makes about its device). No other route or catcher sees the request, but fairings attached later see it
/// changed. If a form's `_method` field names another method than the request was sent with, Rocket has replaced the method by
/// then, and the replacement counts.
///
/// If there is no session, the guard [`Session<T>`] forwards with 401, so that routes of a lower rank and catchers get their
/// turn; `Option<Session<T>>` and [`SessionSlot<T>`] always succeed. Without the fairing, Rocket refuses to launch if it can see
/// the guards of a route; otherwise the guard fails with 500 and an error event. If a change that you asked for fails, the
/// response becomes a 500 with an empty body, and the reason is logged.
///
/// You can use several session cookies, each with its own fairing and its own `T`. Attaching the fairing of one cookie twice is
/// the same as once. Two cookies with the same `T` or the same name refuse to launch.
///
/// Rocket drops a `Cookie` line that is not UTF-8 before any fairing sees it, and with it any session in that line.
///
/// ```
/// use hardtack::{Application, Key, Session, SessionError, SessionFairing, SessionSlot};
/// use rocket::{get, post, response::Redirect, routes};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct User { id: u64, name: String }
///
/// #[post("/login", data = "<name>")]
/// fn login(slot: SessionSlot<User>, name: String) -> Result<Redirect, SessionError> {
///     slot.start(User { id: 7, name })?;
///     Ok(Redirect::to("/profile"))
/// }
///
/// #[get("/profile")]
/// fn profile(user: Session<User>) -> String {
///     format!("{} is {}", user.id, user.name)
/// }
///
/// #[post("/profile", data = "<name>")]
/// fn rename(mut user: Session<User>, name: String) -> Result<(), SessionError> {
///     user.update(|user| user.name = name)
/// }
///
/// #[post("/logout")]
/// fn logout(slot: SessionSlot<User>) -> Result<Redirect, SessionError> {
///     slot.end()?;
///     Ok(Redirect::to("/"))
/// }
///
/// let users = Application::new("shop", Key::generate()?)?.session::<User>().build()?;
/// let app = rocket::build()
///     .mount("/", routes![login, profile, rename, logout])
///     .attach(SessionFairing::new(users));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SessionFairing<T> {
    cookie: SessionCookie<T>,
    protection: CrossOriginProtection,
}

impl<T> SessionFairing<T> {
    /// Makes a fairing for the session in this cookie.
    pub fn new(cookie: SessionCookie<T>) -> Self {
        Self { protection: cookie.cross_origin_protection(), cookie }
    }

    /// Lets other sites send requests with this method to this path: see [`CrossOriginProtection::exempt`]. **An exempt request
    /// sees no session**; it may start one.
    ///
    /// Give the whole path, including mount points. If there are several fairings, the first one attached decides.
    pub fn exempt(mut self, method: Method, path: impl Into<String>) -> Self {
        self.protection = self.protection.exempt(method.as_str(), path);
        self
    }
}

session_adapter!(SessionFairing);

/// Managed by a rocket that has the fairing for `T`.
struct Installed<T>(SessionCookie<T>, PhantomData<fn() -> T>);

/// Managed by a rocket: what its fairings have installed.
struct AllInstalled(Mutex<InRequest>);

/// In the local cache of each request.
struct Others(Mutex<InRequest>);

/// In the local cache of each request; `None` if a guard looked and no fairing had run.
struct Local<T>(Option<SessionSlot<T>>);

#[async_trait]
impl<T: SessionData> Fairing for SessionFairing<T> {
    fn info(&self) -> Info {
        Info { name: "hardtack session", kind: Kind::Ignite | Kind::Request | Kind::Response }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        if let Some(Installed(other, _)) = rocket.state::<Installed<T>>() {
            if other.is_same(&self.cookie) {
                return Ok(rocket);
            }
            event::same_type::<T>();
            return Err(rocket);
        }
        let rocket = match rocket.state::<AllInstalled>() {
            Some(_) => rocket,
            None => rocket.manage(AllInstalled(Mutex::default())),
        };
        let clashes = rocket.state::<AllInstalled>().is_some_and(|AllInstalled(all)| {
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            self.cookie.begin(&Nothing, &self.protection, &mut all).is_err()
        });
        if clashes {
            return Err(rocket);
        }
        let installed = Installed(self.cookie.clone(), PhantomData);
        Ok(refusal::mount(rocket.manage(installed)))
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        if refusal::is_refused(request) {
            return;
        }
        #[cfg(feature = "device-binding")]
        if let Some(answer) = self.cookie.device_answer(&RequestLine::of(request)) {
            return refusal::answer(request, answer);
        }
        let begun = {
            let Others(others) = request.local_cache(|| Others(Mutex::default()));
            let mut others = others.lock().unwrap_or_else(PoisonError::into_inner);
            self.cookie.begin(&RequestLine::of(request), &self.protection, &mut others)
        };
        match begun {
            Ok(Begun::Slot(slot)) => {
                #[cfg(feature = "device-binding")]
                slot.offer_device(&RequestLine::of(request));
                request.local_cache(|| Local(Some(slot)));
            }
            Ok(Begun::Already) => {}
            Err(_) => refusal::refuse(request),
        }
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let Some(slot) = local::<T>(request) else { return };
        if let Err(error) = slot.commit(&mut Head(response)) {
            event::change_failed(&error);
            // Drop the old head entirely: it may describe the old body, or tell a cache to store it.
            *response = Response::build().status(Status::InternalServerError).finalize();
            // This also ends the session if that was requested; it cannot fail.
            let _ = slot.commit(&mut Head(response));
        }
    }
}

/// An empty request, used at launch to tell the cookies of a rocket apart.
struct Nothing;

impl RequestHead for Nothing {
    fn method(&self) -> &str {
        "GET"
    }

    fn path(&self) -> &str {
        "/"
    }

    fn authority(&self) -> Option<&str> {
        None
    }

    fn lines(&self, _: &'static str, _: &mut dyn FnMut(&[u8])) {}
}

/// A request's head as it arrived.
pub(super) struct RequestLine<'r, 'q> {
    request: &'r Request<'q>,
    authority: Option<String>,
}

impl<'r, 'q> RequestLine<'r, 'q> {
    pub(super) fn of(request: &'r Request<'q>) -> Self {
        let authority = request.host().map(ToString::to_string);
        Self { request, authority }
    }
}

impl RequestHead for RequestLine<'_, '_> {
    fn method(&self) -> &str {
        self.request.method().as_str()
    }

    fn path(&self) -> &str {
        self.request.uri().path().as_str()
    }

    fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    fn lines(&self, name: &'static str, each: &mut dyn FnMut(&[u8])) {
        self.request.headers().get(name).for_each(|line| each(line.as_bytes()));
    }
}

fn local<'r, T: Send + Sync + 'static>(request: &'r Request<'_>) -> Option<&'r SessionSlot<T>> {
    request.local_cache(|| Local(None)).0.as_ref()
}

fn installed<'r, T: Send + Sync + 'static>(
    request: &'r Request<'_>,
) -> Result<&'r SessionSlot<T>, SessionRejection> {
    local(request).ok_or_else(|| {
        event::not_installed::<T>("SessionFairing");
        SessionRejection::NotInstalled
    })
}

/// Extracts the request's slot, with or without a session (feature `rocket`).
#[async_trait]
impl<'r, T> FromRequest<'r> for SessionSlot<T>
where
    T: SessionData,
{
    type Error = SessionRejection;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        installed(request).cloned().or_error(Status::InternalServerError)
    }
}

/// Extracts the session; without one, forwards with 401 (feature `rocket`).
#[async_trait]
impl<'r, T> FromRequest<'r> for Session<T>
where
    T: SessionData,
{
    type Error = SessionRejection;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        match installed(request) {
            Ok(slot) => slot.get().or_forward(Status::Unauthorized),
            Err(missing) => Outcome::Error((Status::InternalServerError, missing)),
        }
    }
}

/// Refuses to launch without the fairing.
impl<T: Send + Sync + 'static> Sentinel for SessionSlot<T> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        is_missing::<T>(rocket)
    }
}

/// Refuses to launch without the fairing.
impl<T: Send + Sync + 'static> Sentinel for Session<T> {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        is_missing::<T>(rocket)
    }
}

fn is_missing<T: Send + Sync + 'static>(rocket: &Rocket<Ignite>) -> bool {
    let missing = rocket.state::<Installed<T>>().is_none();
    if missing {
        event::not_installed::<T>("SessionFairing");
    }
    missing
}

/// Fails with 500, or 403 for a refused CSRF token, for its catcher to answer, and logs the reason: for routes that return a
/// failed change with `?`.
impl<'r> Responder<'r, 'static> for SessionError {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        if let Self::Csrf(error) = self {
            return error.respond_to(request);
        }
        event::change_failed(&self);
        Err(Status::InternalServerError)
    }
}

/// Fails with 403, for its catcher to answer, and logs the reason: for routes that return a refusal with `?`.
impl<'r> Responder<'r, 'static> for CsrfError {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        event::csrf_refused(self);
        Err(Status::Forbidden)
    }
}

/// 403, answered by its catcher, and an event: for routes that pass a refusal on with `?`.
impl<'r> Responder<'r, 'static> for NotRecent {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        event::not_recent(&self);
        Err(Status::Forbidden)
    }
}

/// Fails with 500, for its catcher to answer, and logs the reason: for routes that return a failure with `?`.
impl<'r> Responder<'r, 'static> for ValueError {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        SessionError::from(self).respond_to(request)
    }
}

/// Extracts the request's key-value session, started or not (feature `rocket`).
#[cfg(feature = "json")]
#[async_trait]
impl<'r> FromRequest<'r> for crate::SessionValues {
    type Error = SessionRejection;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        installed(request).map(SessionSlot::values).or_error(Status::InternalServerError)
    }
}

/// Refuses to launch without the fairing.
#[cfg(feature = "json")]
impl Sentinel for crate::SessionValues {
    fn abort(rocket: &Rocket<Ignite>) -> bool {
        is_missing::<crate::Values>(rocket)
    }
}

/// Fails with a status for its catcher to answer, and logs the reason: 400 if what the browser sent is at fault, 500 if the
/// server is.
impl<'r> Responder<'r, 'static> for LoginFlowError {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        event::flow_refused(&self);
        Err(if self.is_servers() { Status::InternalServerError } else { Status::BadRequest })
    }
}

/// Answered by the status's catcher: 400 for what the browser brought, 500 for what is the server's fault. The event was logged where it
/// failed.
impl<'r> Responder<'r, 'static> for CeremonyError {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        Err(if self.is_servers() { Status::InternalServerError } else { Status::BadRequest })
    }
}

/// The same. With what removes the cookie the body is empty, and `Cache-Control` is `no-store`: a catcher would drop the cookie.
impl<'r> Responder<'r, 'static> for RefusedCeremony {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        let Some(removal) = self.removal() else { return self.reason().respond_to(request) };
        Response::build()
            .status(Status::BadRequest)
            .raw_header("set-cookie", removal.set_cookie().as_str().to_owned())
            .raw_header("cache-control", "no-store")
            .ok()
    }
}

struct Head<'h, 'r>(&'h mut Response<'r>);

impl ResponseHead for Head<'_, '_> {
    fn status(&self) -> u16 {
        self.0.status().code
    }

    fn lines(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        self.0.headers().get(name).for_each(|line| each(line.as_bytes()));
    }

    fn append(&mut self, name: &'static str, value: &str) {
        self.0.adjoin_raw_header(name, value.to_owned());
    }

    fn replace(&mut self, name: &'static str, value: &str) {
        self.0.set_raw_header(name, value.to_owned());
    }
}
