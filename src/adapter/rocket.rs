//! Rocket: a fairing that keeps each request's slot in its local cache and commits it on the response, and the guards that read it.

use std::fmt;
use std::marker::PhantomData;

use ::rocket::fairing::{self, Fairing, Info, Kind};
use ::rocket::http::Status;
use ::rocket::outcome::IntoOutcome;
use ::rocket::request::{FromRequest, Outcome};
use ::rocket::response::{self, Responder, Response};
use ::rocket::{Build, Data, Ignite, Request, Rocket, Sentinel, async_trait};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::event;
use crate::{
    CsrfError, LoginFlowError, ResponseHead, Session, SessionCookie, SessionError,
    SessionRejection, SessionSlot,
};

/// Gives each request its session and commits it on the response (feature `rocket`).
///
/// The guard [`Session<T>`] forwards with 401 where there is no session, so that routes of a lower rank and catchers have their
/// turn; `Option<Session<T>>` and [`SessionSlot<T>`] always succeed. Without the fairing the launch is refused, for routes whose
/// guards Rocket can see; for all others the guard fails with 500 and an error event. A change that was asked for and fails turns
/// the response into a 500 with an empty body and is logged.
///
/// Several session cookies stand side by side, a fairing each, told apart by T. Two fairings with one T refuse to launch.
///
/// Rocket drops a `Cookie` line that is not UTF-8 before any fairing sees it, and with it whatever session it holds.
///
/// ```
/// use hardtack::{Key, Session, SessionCookie, SessionError, SessionFairing, SessionSlot};
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
/// let users = SessionCookie::<User>::new("shop", Key::generate()?)?;
/// let app = rocket::build()
///     .mount("/", routes![login, profile, rename, logout])
///     .attach(SessionFairing::new(users));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SessionFairing<T>(SessionCookie<T>);

impl<T> SessionFairing<T> {
    /// A fairing for the session in this cookie.
    pub fn new(cookie: SessionCookie<T>) -> Self {
        Self(cookie)
    }
}

/// Managed by a rocket that has the fairing for T.
struct Installed<T>(PhantomData<fn() -> T>);

/// In the local cache of each request; `None` where a guard looked and no fairing had been there.
struct Local<T>(Option<SessionSlot<T>>);

#[async_trait]
impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> Fairing for SessionFairing<T> {
    fn info(&self) -> Info {
        Info { name: "hardtack session", kind: Kind::Ignite | Kind::Request | Kind::Response }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        if rocket.state::<Installed<T>>().is_some() {
            event::same_type::<T>();
            return Err(rocket);
        }
        Ok(rocket.manage(Installed::<T>(PhantomData)))
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        request.local_cache(|| Local(Some(self.0.slot(request.headers().get("cookie")))));
    }

    async fn on_response<'r>(&self, request: &'r Request<'_>, response: &mut Response<'r>) {
        let Some(slot) = local::<T>(request) else { return };
        if let Err(error) = slot.commit(&mut Head(response)) {
            event::change_failed(&error);
            // Nothing of the old head is kept: it may describe the old body, or tell a cache to store it.
            *response = Response::build().status(Status::InternalServerError).finalize();
            // An end that was asked for too; it cannot fail.
            let _ = slot.commit(&mut Head(response));
        }
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

/// The request's slot, whether or not there is a session (feature `rocket`).
#[async_trait]
impl<'r, T> FromRequest<'r> for SessionSlot<T>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
{
    type Error = SessionRejection;

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
        installed(request).cloned().or_error(Status::InternalServerError)
    }
}

/// The session; forwards with 401 where there is none (feature `rocket`).
#[async_trait]
impl<'r, T> FromRequest<'r> for Session<T>
where
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
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

/// 500, or 403 for a refused CSRF token, answered by its catcher, and an event with the reason: for routes that pass a failed change on
/// with `?`.
impl<'r> Responder<'r, 'static> for SessionError {
    fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
        if let Self::Csrf(error) = self {
            return error.respond_to(request);
        }
        event::change_failed(&self);
        Err(Status::InternalServerError)
    }
}

/// 403, answered by its catcher, and an event with the reason: for routes that pass a refusal on with `?`.
impl<'r> Responder<'r, 'static> for CsrfError {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        event::csrf_refused(self);
        Err(Status::Forbidden)
    }
}

/// Answered by the status's catcher, and an event with the reason: 400 for what the browser brought, 500 for a flow that could not
/// be sealed.
impl<'r> Responder<'r, 'static> for LoginFlowError {
    fn respond_to(self, _: &'r Request<'_>) -> response::Result<'static> {
        event::flow_refused(&self);
        Err(match self {
            Self::Seal(_) => Status::InternalServerError,
            _ => Status::BadRequest,
        })
    }
}

impl<T> fmt::Debug for SessionFairing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionFairing").field(&self.0).finish()
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
