//! actix-web: a middleware that answers a refused request itself.

use std::future::{Ready, ready};

use ::actix_web::body::EitherBody;
use ::actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use ::actix_web::{Error, http::StatusCode};

use crate::CrossOriginProtection;
use crate::adapter::actix_web::{Answer, RequestLine, refuse};

/// Answers requests that [`CrossOriginProtection`] refuses with 403 and an empty body (feature `actix-web`). For routes without a
/// session: [`SessionMiddleware`](crate::SessionMiddleware) has this check built in.
///
/// Neither handlers nor middlewares further in see a refused request.
///
/// ```
/// use actix_web::{App, web};
/// use hardtack::for_actix_web::CrossOriginMiddleware;
/// use hardtack::{Application, Key};
///
/// let shop = Application::new("shop", Key::generate()?)?;
/// let app = App::new()
///     .route("/order", web::post().to(|| async { "ordered" }))
///     .wrap(CrossOriginMiddleware::new(shop.cross_origin_protection()));
/// # Ok::<(), hardtack::SetupError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CrossOriginMiddleware(CrossOriginProtection);

impl CrossOriginMiddleware {
    /// Makes a middleware that applies this protection.
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

#[derive(Debug)]
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
    type Future = Answer<B>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        if self.protection.check(&RequestLine(&request)).is_err() {
            return refuse(request, StatusCode::FORBIDDEN);
        }
        let response = self.inner.call(request);
        Box::pin(async move { response.await.map(ServiceResponse::map_into_left_body) })
    }
}
