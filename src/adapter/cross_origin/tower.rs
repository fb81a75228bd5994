//! tower: a layer that answers a refused request itself. It knows no body.

use std::pin::Pin;
use std::task::{Context, Poll};

use ::http::{Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::CrossOriginProtection;
use crate::adapter::event;

/// Answers requests that [`CrossOriginProtection`] refuses with 403 and an empty body, and an event with the reason (feature `tower`).
///
/// The inner service does not see them. Where it stands beside a [`SessionLayer`](crate::SessionLayer) makes no difference to either.
///
#[cfg_attr(feature = "axum", doc = "```")]
#[cfg_attr(not(feature = "axum"), doc = "```ignore")]
/// use axum::{Router, routing::post};
/// use hardtack::{CrossOriginLayer, CrossOriginProtection, Key, Session, SessionCookie, SessionLayer};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { id: u64 }
///
/// let users = SessionCookie::<User>::new("shop", Key::generate()?)?;
/// let app: Router = Router::new()
///     .route("/order", post(|user: Session<User>| async move { format!("for {}", user.id) }))
///     .layer(CrossOriginLayer::new(CrossOriginProtection::of(&users)))
///     .layer(SessionLayer::new(users));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CrossOriginLayer(CrossOriginProtection);

impl CrossOriginLayer {
    /// A layer that asks this protection.
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

/// A service behind a [`CrossOriginProtection`]; made by [`CrossOriginLayer`].
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
        let checked =
            self.protection.check_http(request.method(), request.uri(), request.headers());
        if let Err(refusal) = checked {
            event::cross_origin_refused(refusal);
            return CrossOriginFuture { response: None };
        }
        CrossOriginFuture { response: Some(self.inner.call(request)) }
    }
}

pin_project! {
    /// The response of a [`CrossOriginService`].
    #[must_use = "futures do nothing unless polled"]
    pub struct CrossOriginFuture<F> {
        // `None` where the request was refused.
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
