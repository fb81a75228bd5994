//! Rocket: a fairing that redirects a refused request to a route of this crate, since a fairing cannot answer.

use ::rocket::fairing::{self, Fairing, Info, Kind};
use ::rocket::http::uri::Origin;
use ::rocket::http::{Method, Status};
use ::rocket::route::{self, Route};
use ::rocket::{Build, Data, Request, Response, Rocket, async_trait, uri};

use crate::CrossOriginProtection;
use crate::adapter::rocket::RequestLine;

#[cfg(feature = "device-binding")]
use crate::device::DeviceAnswer;

/// The route for refused requests. Anyone who asks for it directly gets the same answer.
fn refused() -> Origin<'static> {
    uri!("/hardtack-refused")
}

/// Answers requests that [`CrossOriginProtection`] refuses with 403 and an empty body (feature `rocket`). For routes without a
/// session: [`SessionFairing`](crate::SessionFairing) has this check built in, and describes how it works.
///
/// ```
/// use hardtack::for_rocket::CrossOriginFairing;
/// use hardtack::{Application, Key};
/// use rocket::{post, routes};
///
/// #[post("/order")]
/// fn order() -> &'static str {
///     "ordered"
/// }
///
/// let shop = Application::new("shop", Key::generate()?)?;
/// let app = rocket::build()
///     .mount("/", routes![order])
///     .attach(CrossOriginFairing::new(shop.cross_origin_protection()));
/// # Ok::<(), hardtack::SetupError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CrossOriginFairing(CrossOriginProtection);

impl CrossOriginFairing {
    /// Makes a fairing that applies this protection.
    pub fn new(protection: CrossOriginProtection) -> Self {
        Self(protection)
    }
}

/// Managed state that marks a rocket with the route.
struct Mounted;

/// The route's handler: 403 with an empty body.
#[derive(Clone)]
struct Refuse;

/// Mounts the route, once.
pub(in crate::adapter) fn mount(rocket: Rocket<Build>) -> Rocket<Build> {
    if rocket.state::<Mounted>().is_some() {
        return rocket;
    }
    let route = Route::ranked(isize::MIN, Method::Get, refused().path().as_str(), Refuse);
    rocket.manage(Mounted).mount("/", [route])
}

/// Sends a request to the route.
pub(in crate::adapter) fn refuse(request: &mut Request<'_>) {
    request.set_method(Method::Get);
    request.set_uri(refused());
}

/// What a browser asked about its device, in the local cache of its request.
#[cfg(feature = "device-binding")]
struct Answered(Option<DeviceAnswer>);

/// Leads a request to the route, which answers this.
#[cfg(feature = "device-binding")]
pub(in crate::adapter) fn answer(request: &mut Request<'_>, answer: DeviceAnswer) {
    request.local_cache(|| Answered(Some(answer)));
    refuse(request);
}

/// Whether an earlier fairing has refused the request, or somebody asks for the route directly.
pub(in crate::adapter) fn is_refused(request: &Request<'_>) -> bool {
    request.uri().path() == refused().path()
}

#[async_trait]
impl Fairing for CrossOriginFairing {
    fn info(&self) -> Info {
        Info { name: "hardtack cross-origin protection", kind: Kind::Ignite | Kind::Request }
    }

    async fn on_ignite(&self, rocket: Rocket<Build>) -> fairing::Result {
        Ok(mount(rocket))
    }

    async fn on_request(&self, request: &mut Request<'_>, _: &mut Data<'_>) {
        if !is_refused(request) && self.0.check(&RequestLine::of(request)).is_err() {
            refuse(request);
        }
    }
}

#[async_trait]
impl route::Handler for Refuse {
    async fn handle<'r>(&self, request: &'r Request<'_>, _: Data<'r>) -> route::Outcome<'r> {
        #[cfg(feature = "device-binding")]
        if let Answered(Some(answer)) = request.local_cache(|| Answered(None)) {
            return route::Outcome::Success(respond(answer));
        }
        let _ = request;
        route::Outcome::Success(Response::build().status(Status::Forbidden).finalize())
    }
}

#[cfg(feature = "device-binding")]
fn respond(answer: &DeviceAnswer) -> Response<'static> {
    let body = answer.body().to_owned();
    let mut response = Response::build();
    response
        .status(Status::new(answer.status()))
        .sized_body(body.len(), std::io::Cursor::new(body));
    for (name, value) in answer.headers() {
        response.raw_header_adjoin(name, value.to_owned());
    }
    response.finalize()
}
