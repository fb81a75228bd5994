//! The `http` crate: begins a session from a request's head and commits it to a response. This is all that a framework without an
//! adapter needs.

use ::http::header::{COOKIE, HeaderName, HeaderValue, SET_COOKIE};
use ::http::{HeaderMap, Method, Response, StatusCode, Uri};

use super::event;
#[cfg(feature = "device-binding")]
use crate::device::DeviceAnswer;
use crate::framework::{Passage, RequestHead, ResponseHead};
use crate::{
    CrossOriginError, CrossOriginProtection, SessionCookie, SessionData, SessionError, SessionSlot,
};

impl<T: SessionData> SessionCookie<T> {
    /// Begins the session of a request with this method, target and headers (feature `http`).
    ///
    /// Together with [`commit_http`](SessionSlot::commit_http) it connects hyper, poem, and anything else that uses `http`'s
    /// types:
    ///
    /// ```
    /// use hardtack::{Application, Key, SessionCookie};
    /// use http::{Request, Response, StatusCode, header::SET_COOKIE};
    ///
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct User { id: u64 }
    ///
    /// fn answer(users: &SessionCookie<User>, request: Request<()>) -> Response<String> {
    ///     let mut response = Response::default();
    ///     let Ok(slot) = users.begin_http(request.method(), request.uri(), request.headers()) else {
    ///         *response.status_mut() = StatusCode::FORBIDDEN;
    ///         return response;
    ///     };
    ///     *response.body_mut() = match slot.get() {
    ///         Some(user) => format!("hello again, {}", user.id),
    ///         None => match slot.start(User { id: 7 }) {
    ///             Ok(user) => format!("welcome, {}", user.id),
    ///             Err(error) => error.to_string(),
    ///         },
    ///     };
    ///     slot.commit_http(&mut response);
    ///     response
    /// }
    ///
    /// let users = Application::new("shop", Key::generate()?)?.session::<User>().build()?;
    /// let response = answer(&users, Request::new(()));
    /// assert_eq!(response.body(), "welcome, 7");
    /// assert!(response.headers()[SET_COOKIE].to_str()?.starts_with("__Host-shop="));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Call it once per request: a second call gives a second slot, which knows nothing of the first.
    ///
    /// # Errors
    /// Why the request looks like another site's: answer 403 with an empty body. The reason is already logged. To use your own
    /// rules, see [`begin_http_with`](Self::begin_http_with).
    pub fn begin_http(
        &self,
        method: &Method,
        target: &Uri,
        headers: &HeaderMap,
    ) -> Result<SessionSlot<T>, CrossOriginError> {
        self.begin_http_with(&self.cross_origin_protection(), method, target, headers)
    }

    /// Like [`begin_http`](Self::begin_http), but with the rules of your `protection`, for example to exempt a path (feature
    /// `http`).
    ///
    /// # Errors
    /// Those of [`begin_http`](Self::begin_http).
    pub fn begin_http_with(
        &self,
        protection: &CrossOriginProtection,
        method: &Method,
        target: &Uri,
        headers: &HeaderMap,
    ) -> Result<SessionSlot<T>, CrossOriginError> {
        Ok(match protection.check_http(method, target, headers)? {
            Passage::Checked => self.slot(headers.get_all(COOKIE)),
            Passage::Exempt => self.exempt_slot(),
        })
    }
}

impl<T: SessionData> SessionSlot<T> {
    /// Like [`commit`](Self::commit), for this response (feature `http`). Call it once, when the response is ready.
    ///
    /// If a change that you asked for cannot be sealed, it replaces the response with an empty 500 and logs the reason; if you
    /// asked to end the session, that still happens.
    ///
    /// If your host's body is not `Default`, wrap it: an `Option` of any body is. Or use [`commit_head`](Self::commit_head).
    ///
    /// ```
    /// # use hardtack::{SessionData, SessionSlot};
    /// # use http::Response;
    /// # struct Body;
    /// # impl Body {
    /// #     fn empty() -> Self {
    /// #         Self
    /// #     }
    /// # }
    /// # fn answer<T: SessionData>(slot: &SessionSlot<T>, response: Response<Body>) -> Response<Body> {
    /// let mut response = response.map(Some);
    /// slot.commit_http(&mut response);
    /// response.map(|body| body.unwrap_or_else(Body::empty)) // None: the response was replaced
    /// # }
    /// ```
    pub fn commit_http<B: Default>(&self, response: &mut Response<B>) {
        if let Err(error) = self.commit_head(response.status(), response.headers_mut()) {
            event::change_failed(&error);
            // Drop the old head entirely: it may describe the old body, or tell a cache to store it.
            *response = Response::default();
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            // This also ends the session if that was requested; it cannot fail.
            let _ = self.commit_head(response.status(), response.headers_mut());
        }
    }

    /// Like [`commit`](Self::commit), for the headers of a response with this status (feature `http`). Use it if you have no
    /// `http::Response`, or one whose body is not `Default`.
    ///
    /// # Errors
    /// Those of [`commit`](Self::commit): answer with an empty 500 and new headers, and commit to those as well.
    pub fn commit_head(
        &self,
        status: StatusCode,
        headers: &mut HeaderMap,
    ) -> Result<(), SessionError> {
        self.commit(&mut Head { status, headers })
    }
}

/// Puts an answer into a response. `body`: where it can be made, of the text.
#[cfg(feature = "device-binding")]
pub(super) fn answer<B: Default>(
    response: &mut Response<B>,
    answer: &DeviceAnswer,
    body: impl FnOnce(String) -> Option<B>,
) {
    *response = Response::new(body(answer.body().to_owned()).unwrap_or_default());
    *response.status_mut() = StatusCode::from_u16(answer.status()).unwrap_or_default();
    for (name, value) in answer.headers().filter_map(|(name, value)| field(name, value)) {
        response.headers_mut().append(name, value);
    }
}

#[cfg(feature = "device-binding")]
impl<T: SessionData> SessionCookie<T> {
    /// Like [`device_answer`](Self::device_answer), for a request with this method, target and headers (features `http` and
    /// `device-binding`). Ask before [`begin_http`](Self::begin_http).
    pub fn device_answer_http(
        &self,
        method: &Method,
        target: &Uri,
        headers: &HeaderMap,
    ) -> Option<Response<String>> {
        let asked = self.device_answer(&Request { method, target, headers })?;
        let mut response = Response::default();
        answer(&mut response, &asked, Some);
        Some(response)
    }
}

#[cfg(feature = "device-binding")]
impl<T: SessionData> SessionSlot<T> {
    /// Like [`offer_device`](Self::offer_device), for a request with this method, target and headers (features `http` and
    /// `device-binding`).
    pub fn offer_device_http(&self, method: &Method, target: &Uri, headers: &HeaderMap) {
        self.offer_device(&Request { method, target, headers });
    }
}

impl CrossOriginProtection {
    /// Like [`check`](Self::check), for a request with this method, target and headers (feature `http`).
    ///
    /// # Errors
    /// Those of `check`.
    pub fn check_http(
        &self,
        method: &Method,
        target: &Uri,
        headers: &HeaderMap,
    ) -> Result<Passage, CrossOriginError> {
        self.check(&Request { method, target, headers })
    }
}

/// A request's head in `http`'s types.
pub(super) struct Request<'r> {
    pub(super) method: &'r Method,
    pub(super) target: &'r Uri,
    pub(super) headers: &'r HeaderMap,
}

#[cfg(feature = "tower")]
impl<'r> Request<'r> {
    pub(super) fn of<B>(request: &'r ::http::Request<B>) -> Self {
        Self { method: request.method(), target: request.uri(), headers: request.headers() }
    }
}

impl RequestHead for Request<'_> {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn path(&self) -> &str {
        self.target.path()
    }

    fn authority(&self) -> Option<&str> {
        self.target.authority().map(|authority| authority.as_str())
    }

    fn lines(&self, name: &'static str, each: &mut dyn FnMut(&[u8])) {
        lines(self.headers, name, each);
    }
}

fn lines(headers: &HeaderMap, name: &str, each: &mut dyn FnMut(&[u8])) {
    let Some(name) = header_name!(name) else { return };
    headers.get_all(name).iter().for_each(|line| each(line.as_bytes()));
}

struct Head<'h> {
    status: StatusCode,
    headers: &'h mut HeaderMap,
}

impl ResponseHead for Head<'_> {
    fn status(&self) -> u16 {
        self.status.as_u16()
    }

    fn lines(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        lines(self.headers, name, each);
    }

    fn append(&mut self, name: &'static str, value: &str) {
        if let Some((name, value)) = field(name, value) {
            self.headers.append(name, value);
        }
    }

    fn replace(&mut self, name: &'static str, value: &str) {
        if let Some((name, value)) = field(name, value) {
            self.headers.insert(name, value);
        }
    }
}

/// Builds a header field; `None` for a value with a control character, which the core never makes.
///
/// A session is marked sensitive, so `Debug` hides it and HTTP/2 keeps it out of its compression table (RFC 7541 section 7.1.3).
pub(super) fn field(name: &'static str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = header_name!(name)?;
    let mut value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    value.set_sensitive(name == SET_COOKIE);
    Some((name, value))
}
