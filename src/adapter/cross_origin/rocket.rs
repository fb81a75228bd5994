//! Rocket: a fairing that leads a refused request to a route of its own, since a fairing cannot answer.

use ::rocket::fairing::{self, Fairing, Info, Kind};
use ::rocket::http::uri::Origin;
use ::rocket::http::{Method, Status};
use ::rocket::route::{self, Route};
use ::rocket::{Build, Data, Request, Response, Rocket, async_trait, uri};

use crate::CrossOriginProtection;
use crate::adapter::event;

/// Where refused requests end. Whoever asks for it gets the same answer.
fn refused() -> Origin<'static> {
    uri!("/hardtack-cross-origin-refused")
}

/// Answers requests that [`CrossOriginProtection`] refuses with 403 and an empty body, and an event with the reason (feature `rocket`).
///
/// A fairing cannot answer, so this one mounts a route that does, ahead of all others, at `/hardtack-cross-origin-refused`, and
/// makes a refused request a GET of that: no other route and no catcher sees it, fairings that are attached later see it changed. Where
/// a form's `_method` field names another method than it was sent with, Rocket has put that in its place before, and it counts.
///
/// ```
/// use hardtack::{CrossOriginFairing, CrossOriginProtection, Key, Session, SessionCookie, SessionFairing};
/// use rocket::{post, routes};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { id: u64 }
///
/// #[post("/order")]
/// fn order(user: Session<User>) -> String {
///     format!("for {}", user.id)
/// }
///
/// let users = SessionCookie::<User>::new("shop", Key::generate()?)?;
/// let app = rocket::build()
///     .mount("/", routes![order])
///     .attach(CrossOriginFairing::new(CrossOriginProtection::of(&users)))
///     .attach(SessionFairing::new(users));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CrossOriginFairing(CrossOriginProtection);

impl CrossOriginFairing {
    /// A fairing that asks this protection.
    pub fn new(protection: CrossOriginProtection) -> Self {
        Self(protection)
    }
}

/// Managed by a rocket that has the route.
struct Mounted;

/// 403 with an empty body.
#[derive(Clone)]
struct Refuse;

#[async_trait]
impl Fairing for CrossOriginFairing {
    fn info(&self) -> Info {
        Info { name: "hardtack cross-origin protection", kind: Kind::Ignite | Kind::Request }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        if rocket.state::<Mounted>().is_some() {
            return Ok(rocket);
        }
        let route = Route::ranked(isize::MIN, Method::Get, refused().path().as_str(), Refuse);
        Ok(rocket.manage(Mounted).mount("/", [route]))
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        let authority = request.host().map(ToString::to_string);
        let lines = |name| request.headers().get(name);
        let checked = self.0.check(request.method().as_str(), authority.as_deref(), lines);
        if let Err(refusal) = checked {
            event::cross_origin_refused(refusal);
            request.set_method(Method::Get);
            request.set_uri(refused());
        }
    }
}

#[async_trait]
impl route::Handler for Refuse {
    async fn handle<'r>(&self, _: &'r Request<'_>, _: Data<'r>) -> route::Outcome<'r> {
        route::Outcome::Success(Response::build().status(Status::Forbidden).finalize())
    }
}
