//! tower: a layer that gives each request its slot and commits it to the response. It knows no body type.

#[cfg(feature = "device-binding")]
use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::http::{Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use super::{event, http};
#[cfg(feature = "device-binding")]
use crate::device::DeviceAnswer;
use crate::framework::{BeginError, Begun, InRequest};
use crate::{CrossOriginProtection, SessionCookie, SessionData, SessionSlot};

/// Gives each request its session and commits it to the response (feature `tower`).
///
/// **It refuses requests that another site made the browser send**, with 403 and an empty body, before any handler runs, by the
/// rules of [`CrossOriginProtection`]; the same goes for WebSockets. To relax the rules, use [`exempt`](Self::exempt) for a
/// callback that is posted through the browser, or [`ApplicationBuilder::trust`](crate::ApplicationBuilder::trust) for an origin.
///
/// The [`SessionSlot<T>`] is in the request's extensions. A request whose handler never looks at the session costs no
/// cryptography and gets no header. If a change that you asked for fails, the response becomes a 500 with an empty body, and the
/// reason is logged. Errors of the inner service pass through.
///
/// You can use several session cookies, each with its own layer and its own `T`. A layer of the same cookie further in, for
/// example on a nested router, uses the session of the outer one. Two different cookies with the same name in one request give a
/// 500 and an error event. If two cookies share one `T`, handlers reach only the inner one, which is logged: wrap one `T` in a
/// newtype.
///
/// With the feature `device-binding` it answers what browsers ask about their devices, where the responses' body is axum's or a
/// `String`; with another one no session is bound, which is logged.
///
/// With the feature `axum`, handlers take the session as an argument. If there is none, [`Session<T>`](crate::Session) answers
/// 401, while `Option<Session<T>>` and [`SessionSlot<T>`] always succeed. Without the layer, each of them answers 500 and logs an
/// error event.
///
#[cfg_attr(feature = "axum", doc = "```")]
#[cfg_attr(not(feature = "axum"), doc = "```ignore")]
/// use axum::{Form, Router, response::Redirect, routing::{get, post}};
/// use hardtack::{Application, Key, Session, SessionError, SessionLayer, SessionSlot};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct User { id: u64, name: String }
///
/// #[derive(Deserialize)]
/// struct Login { name: String, remember: Option<String> }
///
/// async fn login(slot: SessionSlot<User>, Form(form): Form<Login>) -> Result<Redirect, SessionError> {
///     let user = User { id: 7, name: form.name };
///     match form.remember {
///         Some(_) => slot.start_remembered(user)?,
///         None => slot.start(user)?,
///     };
///     Ok(Redirect::to("/profile"))
/// }
///
/// async fn profile(user: Session<User>) -> String {
///     format!("{} is {}", user.id, user.name)
/// }
///
/// async fn rename(mut user: Session<User>, name: String) -> Result<(), SessionError> {
///     user.update(|user| user.name = name)
/// }
///
/// async fn logout(slot: SessionSlot<User>) -> Result<Redirect, SessionError> {
///     slot.end()?;
///     Ok(Redirect::to("/"))
/// }
///
/// let users = Application::new("shop", Key::generate()?)?.session::<User>().build()?;
/// let app: Router = Router::new()
///     .route("/login", post(login))
///     .route("/profile", get(profile).post(rename))
///     .route("/logout", post(logout))
///     .layer(SessionLayer::new(users));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SessionLayer<T> {
    cookie: SessionCookie<T>,
    protection: CrossOriginProtection,
}

impl<T> SessionLayer<T> {
    /// Makes a layer for the session in this cookie.
    pub fn new(cookie: SessionCookie<T>) -> Self {
        Self { protection: cookie.cross_origin_protection(), cookie }
    }

    /// Lets other sites send requests with this method to this path: see [`CrossOriginProtection::exempt`]. **An exempt request
    /// sees no session**; it may start one.
    ///
    /// Call it on the outermost layer of the application, and give the whole path: behind axum's `nest`, every `/callback` looks
    /// alike.
    pub fn exempt(mut self, method: impl AsRef<str>, path: impl Into<String>) -> Self {
        self.protection = self.protection.exempt(method, path);
        self
    }
}

session_adapter!(SessionLayer);

impl<S, T> Layer<S> for SessionLayer<T> {
    type Service = SessionService<S, T>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService { inner, layer: self.clone() }
    }
}

/// A service whose requests have a session; [`SessionLayer`] makes it.
pub struct SessionService<S, T> {
    inner: S,
    layer: SessionLayer<T>,
}

impl<S, T, RequestBody, ResponseBody> Service<Request<RequestBody>> for SessionService<S, T>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>>,
    T: SessionData,
    ResponseBody: Default + 'static,
{
    type Response = Response<ResponseBody>;
    type Error = S::Error;
    type Future = SessionFuture<S::Future, T>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    /// Calls the service that was ready in [`poll_ready`](Self::poll_ready), not a clone of it, which might not be.
    fn call(&mut self, mut request: Request<RequestBody>) -> Self::Future {
        let SessionLayer { cookie, protection } = &self.layer;
        let mut others = request.extensions_mut().remove::<InRequest>().unwrap_or_default();
        let head = http::Request::of(&request);
        #[cfg(feature = "device-binding")]
        let answers = cookie.binds_devices() && can_answer::<ResponseBody>();
        #[cfg(feature = "device-binding")]
        if answers && let Some(answer) = cookie.device_answer(&head) {
            return SessionFuture { response: None, end: End::Answer(answer) };
        }
        let end = match cookie.begin(&head, protection, &mut others) {
            Ok(Begun::Slot(slot)) => {
                #[cfg(feature = "device-binding")]
                if answers {
                    slot.offer_device(&head);
                }
                if request.extensions_mut().insert(slot.clone()).is_some() {
                    event::same_type::<T>();
                }
                End::Commit { slot }
            }
            Ok(Begun::Already) => End::Leave,
            Err(BeginError::CrossOrigin(_)) => {
                return SessionFuture::refused(StatusCode::FORBIDDEN);
            }
            Err(BeginError::SameName) => {
                return SessionFuture::refused(StatusCode::INTERNAL_SERVER_ERROR);
            }
        };
        request.extensions_mut().insert(others);
        SessionFuture { response: Some(self.inner.call(request)), end }
    }
}

pin_project! {
    /// The response of a [`SessionService`], with its session committed.
    #[must_use = "futures do nothing unless polled"]
    pub struct SessionFuture<F, T> {
        // `None` if the request was refused.
        #[pin]
        response: Option<F>,
        end: End<T>,
    }
}

/// What remains to be done for the response.
enum End<T> {
    Commit {
        slot: SessionSlot<T>,
    },
    /// A layer further out commits.
    Leave,
    Refuse(StatusCode),
    /// To what a browser asks about its device.
    #[cfg(feature = "device-binding")]
    Answer(DeviceAnswer),
}

impl<F, T> SessionFuture<F, T> {
    fn refused(status: StatusCode) -> Self {
        Self { response: None, end: End::Refuse(status) }
    }
}

impl<F, T, Body, E> Future for SessionFuture<F, T>
where
    F: Future<Output = Result<Response<Body>, E>>,
    T: SessionData,
    Body: Default + 'static,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match this.response.as_pin_mut() {
            Some(response) => ready!(response.poll(context))?,
            None => Response::default(),
        };
        match this.end {
            End::Commit { slot } => slot.commit_http(&mut response),
            End::Leave => {}
            End::Refuse(status) => *response.status_mut() = *status,
            #[cfg(feature = "device-binding")]
            End::Answer(answer) => http::answer(&mut response, answer, body),
        }
        Poll::Ready(Ok(response))
    }
}

/// Whether a body of this type can say what a browser must know to bind a session. Otherwise none is bound, and operators hear it once.
#[cfg(feature = "device-binding")]
fn can_answer<Body: Default + 'static>() -> bool {
    static SAID: std::sync::Once = std::sync::Once::new();
    let can = body::<Body>("{}".to_owned()).is_some();
    if !can {
        SAID.call_once(event::no_device_body::<Body>);
    }
    can
}

/// The text as a body of this type, where it is one that is known.
#[cfg(feature = "device-binding")]
fn body<Body: Default + 'static>(text: String) -> Option<Body> {
    let mut body = Body::default();
    let made: &mut dyn Any = &mut body;
    if let Some(made) = made.downcast_mut::<String>() {
        *made = text;
        return Some(body);
    }
    #[cfg(feature = "axum")]
    if let Some(made) = made.downcast_mut::<axum_core::body::Body>() {
        *made = text.into();
        return Some(body);
    }
    None
}

impl<T> Clone for SessionLayer<T> {
    fn clone(&self) -> Self {
        Self { cookie: self.cookie.clone(), protection: self.protection.clone() }
    }
}

impl<S: Clone, T> Clone for SessionService<S, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer.clone() }
    }
}

impl<F, T> fmt::Debug for SessionFuture<F, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionFuture").finish_non_exhaustive()
    }
}

impl<S: fmt::Debug, T> fmt::Debug for SessionService<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inner, layer } = self;
        f.debug_struct("SessionService").field("inner", inner).field("layer", layer).finish()
    }
}
