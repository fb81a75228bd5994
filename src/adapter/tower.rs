//! tower: a layer that gives each request its slot and commits it on the response. It knows no body.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use ::http::{Request, Response};
use pin_project_lite::pin_project;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tower_layer::Layer;
use tower_service::Service;

use super::event;
use crate::{SessionCookie, SessionSlot};

/// Gives each request a [`SessionSlot<T>`] in its extensions and commits it on the response (feature `tower`).
///
/// A request whose handler never looks at the session costs no cryptography and gets no header. A change that was asked for and
/// fails turns the response into a 500 with an empty body and is logged; errors of the inner service pass through.
///
/// Several session cookies stand side by side, a layer each, told apart by T. Of two layers with one T, handlers see the inner one only,
/// which is logged: wrap one T in a newtype.
///
/// With the feature `axum`, handlers take the session as an argument. A [`Session<T>`](crate::Session) that is not there answers 401;
/// `Option<Session<T>>` and [`SessionSlot<T>`] always come; without the layer, each is a 500 and an error event.
///
#[cfg_attr(feature = "axum", doc = "```")]
#[cfg_attr(not(feature = "axum"), doc = "```ignore")]
/// use axum::{Form, Router, response::Redirect, routing::{get, post}};
/// use hardtack::{Key, Session, SessionCookie, SessionError, SessionLayer, SessionSlot};
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
/// let users = SessionCookie::<User>::new("shop", Key::generate()?)?;
/// let app: Router = Router::new()
///     .route("/login", post(login))
///     .route("/profile", get(profile).post(rename))
///     .route("/logout", post(logout))
///     .layer(SessionLayer::new(users));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SessionLayer<T>(SessionCookie<T>);

impl<T> SessionLayer<T> {
    /// A layer for the session in this cookie.
    pub fn new(cookie: SessionCookie<T>) -> Self {
        Self(cookie)
    }
}

impl<S, T> Layer<S> for SessionLayer<T> {
    type Service = SessionService<S, T>;

    fn layer(&self, inner: S) -> Self::Service {
        SessionService { inner, cookie: self.0.clone() }
    }
}

/// A service whose requests have a session; made by [`SessionLayer`].
pub struct SessionService<S, T> {
    inner: S,
    cookie: SessionCookie<T>,
}

impl<S, T, RequestBody, ResponseBody> Service<Request<RequestBody>> for SessionService<S, T>
where
    S: Service<Request<RequestBody>, Response = Response<ResponseBody>>,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    ResponseBody: Default,
{
    type Response = Response<ResponseBody>;
    type Error = S::Error;
    type Future = SessionFuture<S::Future, T>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    /// Calls the service that [`poll_ready`](Self::poll_ready) asked, not a clone of it, which might not be ready.
    fn call(&mut self, mut request: Request<RequestBody>) -> Self::Future {
        let slot = self.cookie.slot_from(request.headers());
        if request.extensions_mut().insert(slot.clone()).is_some() {
            event::same_type::<T>();
        }
        SessionFuture { response: self.inner.call(request), slot }
    }
}

pin_project! {
    /// The response of a [`SessionService`], its session committed.
    #[must_use = "futures do nothing unless polled"]
    pub struct SessionFuture<F, T> {
        #[pin]
        response: F,
        slot: SessionSlot<T>,
    }
}

impl<F, T, Body, E> Future for SessionFuture<F, T>
where
    F: Future<Output = Result<Response<Body>, E>>,
    T: Serialize + DeserializeOwned + Send + Sync + 'static,
    Body: Default,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.response.poll(context))?;
        this.slot.commit_into(&mut response);
        Poll::Ready(Ok(response))
    }
}

impl<T> Clone for SessionLayer<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Clone, T> Clone for SessionService<S, T> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), cookie: self.cookie.clone() }
    }
}

impl<T> fmt::Debug for SessionLayer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SessionLayer").field(&self.0).finish()
    }
}

impl<S: fmt::Debug, T> fmt::Debug for SessionService<S, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { inner, cookie } = self;
        f.debug_struct("SessionService").field("inner", inner).field("cookie", cookie).finish()
    }
}
