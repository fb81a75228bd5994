//! actix-web: a middleware that answers a refused request itself.

use std::future::{Ready, ready};
use std::pin::Pin;

use ::actix_web::body::EitherBody;
use ::actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use ::actix_web::{Error, HttpResponse, http::StatusCode};

use crate::CrossOriginProtection;
use crate::adapter::event;

/// Answers requests that [`CrossOriginProtection`] refuses with 403 and an empty body, and an event with the reason (feature `actix-web`).
///
/// No handler and no middleware further in sees them. Where it stands beside a [`SessionMiddleware`](crate::SessionMiddleware)
/// makes no difference to either.
///
/// ```
/// use actix_web::{App, web};
/// use hardtack::{CrossOriginMiddleware, CrossOriginProtection, Key, Session, SessionCookie, SessionMiddleware};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { id: u64 }
///
/// async fn order(user: Session<User>) -> String {
///     format!("for {}", user.id)
/// }
///
/// let users = SessionCookie::<User>::new("shop", Key::generate()?)?;
/// let app = App::new()
///     .route("/order", web::post().to(order))
///     .wrap(CrossOriginMiddleware::new(CrossOriginProtection::of(&users)))
///     .wrap(SessionMiddleware::new(users));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CrossOriginMiddleware(CrossOriginProtection);

impl CrossOriginMiddleware {
    /// A middleware that asks this protection.
    pub fn new(protection: CrossOriginProtection) -> Self {
        Self(protection)
    }
}

impl<S, B> Transform<S, ServiceRequest> for CrossOriginMiddleware
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = CrossOriginMiddlewareService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(CrossOriginMiddlewareService { inner, protection: self.0.clone() }))
    }
}

pub struct CrossOriginMiddlewareService<S> {
    inner: S,
    protection: CrossOriginProtection,
}

impl<S, B> Service<ServiceRequest> for CrossOriginMiddlewareService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>>>>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let authority = request.uri().authority().map(|authority| authority.as_str());
        let lines = |name| request.headers().get_all(name);
        if let Err(refusal) = self.protection.check(request.method().as_str(), authority, lines) {
            event::cross_origin_refused(refusal);
            let refused = HttpResponse::new(StatusCode::FORBIDDEN).map_into_right_body();
            return Box::pin(ready(Ok(request.into_response(refused))));
        }
        let response = self.inner.call(request);
        Box::pin(async move { response.await.map(ServiceResponse::map_into_left_body) })
    }
}
