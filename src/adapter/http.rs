//! The `http` crate: a slot from a request's `HeaderMap`, and its commit into a response's. All that a framework without an adapter needs.

use ::http::header::{COOKIE, HeaderName, HeaderValue, SET_COOKIE};
use ::http::{HeaderMap, Method, Response, StatusCode, Uri};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::event;
use crate::{
    CrossOriginError, CrossOriginProtection, FinishedFlow, LoginFlow, LoginFlowError, LoginFlows,
    ResponseHead, SessionCookie, SessionError, SessionSlot,
};

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> SessionCookie<T> {
    /// A slot for the request with these headers (feature `http`).
    ///
    /// With [`commit_into`](SessionSlot::commit_into) it links hyper, poem, salvo, warp, or whatever else holds `http`'s types:
    ///
    /// ```
    /// use hardtack::{Key, SessionCookie};
    /// use http::{Request, Response, header::SET_COOKIE};
    ///
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct User { id: u64 }
    ///
    /// fn answer(users: &SessionCookie<User>, request: Request<()>) -> Response<String> {
    ///     let slot = users.slot_from(request.headers());
    ///     let mut response = Response::new(match slot.get() {
    ///         Some(user) => format!("hello again, {}", user.id),
    ///         None => match slot.start(User { id: 7 }) {
    ///             Ok(user) => format!("welcome, {}", user.id),
    ///             Err(error) => error.to_string(),
    ///         },
    ///     });
    ///     slot.commit_into(&mut response);
    ///     response
    /// }
    ///
    /// let users = SessionCookie::<User>::new("shop", Key::generate()?)?;
    /// let response = answer(&users, Request::new(()));
    /// assert_eq!(response.body(), "welcome, 7");
    /// assert!(response.headers()[SET_COOKIE].to_str()?.starts_with("__Host-session="));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn slot_from(&self, headers: &HeaderMap) -> SessionSlot<T> {
        self.slot(headers.get_all(COOKIE))
    }
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> SessionSlot<T> {
    /// [`commit`](Self::commit) into this response, once, when it is ready (feature `http`). Where a change that was asked for cannot be
    /// sealed, an empty 500 takes the response's place, with an end that was asked for too, and the reason is logged.
    pub fn commit_into<B: Default>(&self, response: &mut Response<B>) {
        if let Err(error) = self.commit_to(response.status(), response.headers_mut()) {
            event::change_failed(&error);
            // Nothing of the old head is kept: it may describe the old body, or tell a cache to store it.
            *response = Response::default();
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            // An end that was asked for too; it cannot fail.
            let _ = self.commit_to(response.status(), response.headers_mut());
        }
    }

    /// [`commit`](Self::commit) into the headers of a response with this status, where there is no `http::Response` (feature `http`).
    ///
    /// # Errors
    /// As [`commit`](Self::commit): answer with status 500 and headers of its own, committed to in their turn, not with these.
    /// [`commit_into`](Self::commit_into) does that by itself.
    pub fn commit_to(
        &self,
        status: StatusCode,
        headers: &mut HeaderMap,
    ) -> Result<(), SessionError> {
        self.commit(&mut Head { status, headers })
    }
}

impl CrossOriginProtection {
    /// [`check`](Self::check) of a request with this method, target and these headers (feature `http`).
    ///
    /// # Errors
    /// As there.
    pub fn check_http(
        &self,
        method: &Method,
        target: &Uri,
        headers: &HeaderMap,
    ) -> Result<(), CrossOriginError> {
        let authority = target.authority().map(|authority| authority.as_str());
        self.check(method.as_str(), authority, |name| headers.get_all(name))
    }
}

impl LoginFlows {
    /// [`begin`](Self::begin) for the request with these headers (feature `http`).
    ///
    /// # Errors
    /// As [`begin`](Self::begin).
    pub fn begin_from(
        &self,
        headers: &HeaderMap,
        issuer: &str,
        return_to: &str,
    ) -> Result<LoginFlow, LoginFlowError> {
        self.begin(headers.get_all(COOKIE), issuer, return_to)
    }

    /// [`finish`](Self::finish) for the request with these headers (feature `http`).
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_from(
        &self,
        headers: &HeaderMap,
        state: &str,
        iss: Option<&str>,
    ) -> Result<FinishedFlow, LoginFlowError> {
        self.finish(headers.get_all(COOKIE), state, iss)
    }
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
        self.headers.get_all(name).iter().for_each(|line| each(line.as_bytes()));
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

/// `None` for a value with a control character, of which the core makes none.
///
/// A session is marked sensitive: `Debug` then hides it, and HTTP/2 keeps it out of its compression table (RFC 7541 section 7.1.3).
pub(super) fn field(name: &'static str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_static(name);
    let mut value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    value.set_sensitive(name == SET_COOKIE);
    Some((name, value))
}
