//! tower: a layer that answers a refused request itself. It knows no body type.

use std::pin::Pin;
use std::task::{Context, Poll};

use ::http::{Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::CrossOriginProtection;

/// Answers requests that [`CrossOriginProtection`] refuses with 403 and an empty body (feature `tower`). For routes without a
/// session: [`SessionLayer`](crate::SessionLayer) has this check built in.
///
/// The inner service does not see a refused request.
///
#[cfg_attr(feature = "axum", doc = "```")]
#[cfg_attr(not(feature = "axum"), doc = "```ignore")]
/// use axum::{Router, routing::post};
/// use hardtack::for_tower::CrossOriginLayer;
/// use hardtack::{Application, Key};
///
/// let shop = Application::new("shop", Key::generate()?)?;
/// let app: Router = Router::new()
///     .route("/order", post(async || "ordered"))
///     .layer(CrossOriginLayer::new(shop.cross_origin_protection()));
/// # Ok::<(), hardtack::SetupError>(())
/// ```
#[derive(Clone, Debug)]
pub struct CrossOriginLayer(CrossOriginProtection);

impl CrossOriginLayer {
    /// Makes a layer that applies this protection.
    pub fn new(protection: CrossOriginProtection) -> Self {
        Self(protection)
    }
}

impl<S> Layer<S> for CrossOriginLayer {
    type Service = CrossOriginService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CrossOriginService { inner, protection: self.0.clone() }
    }
}

/// A service behind a [`CrossOriginProtection`]; [`CrossOriginLayer`] makes it.
#[derive(Clone, Debug)]
pub struct CrossOriginService<S> {
    inner: S,
    protection: CrossOriginProtection,
}

impl<S, RequestBody, ResponseBody> Service<Request<RequestBody>> for CrossOriginService<S>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>>,
    ResponseBody: Default,
{
    type Response = Response<ResponseBody>;
    type Error = S::Error;
    type Future = CrossOriginFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<RequestBody>) -> Self::Future {
        let Self { inner, protection } = self;
        if protection.check_http(request.method(), request.uri(), request.headers()).is_err() {
            return CrossOriginFuture { response: None };
        }
        CrossOriginFuture { response: Some(inner.call(request)) }
    }
}

pin_project! {
    /// The response of a [`CrossOriginService`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct CrossOriginFuture<F> {
        // `None` if the request was refused.
        #[pin]
        response: Option<F>,
    }
}

impl<F, Body, E> Future for CrossOriginFuture<F>
where
    F: Future<Output = Result<Response<Body>, E>>,
    Body: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(response) = self.project().response.as_pin_mut() {
            return response.poll(context);
        }
        let mut refused = Response::<Body>::default();
        *refused.status_mut() = StatusCode::FORBIDDEN;
        Poll::Ready(Ok(refused))
    }
}
