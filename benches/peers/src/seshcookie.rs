//! seshcookie: its service is the only public way in, so timing begins at the request.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::SystemTime;

use http::{Request, Response};
use seshcookie::{Session, SessionConfig, SessionKeys, SessionLayer};
use tower_layer::Layer;
use tower_service::Service;

use crate::contestant::{Contestant, Kind, Level};
use crate::data::Data;

/// The innermost service: keeps the request, whose extensions hold the session.
#[derive(Clone, Default)]
struct Keep(Arc<Mutex<Option<http::Extensions>>>);

impl Service<Request<()>> for Keep {
    type Response = Response<()>;
    type Error = Infallible;
    type Future = Ready<Result<Response<()>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<()>) -> Self::Future {
        *self.0.lock().unwrap() = Some(request.into_parts().0.extensions);
        ready(Ok(Response::new(())))
    }
}

/// Nothing in here ever waits.
fn finish<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("no input or output is involved"),
    }
}

pub fn header<T: Data>(data: &T) -> Contestant {
    let keys = SessionKeys::new(b"0123456789abcdef0123456789abcdef").unwrap();
    let config = SessionConfig::default();
    let name = config.cookie_name_ref().to_owned();
    let layer = SessionLayer::<T>::new(keys, config).unwrap();
    let kept = Keep::default();
    let mut service = layer.layer(kept.clone());
    let data = data.clone();
    let seal =
        move || seshcookie::__testing::encode_cookie_for_layer(&layer, &data, SystemTime::now());
    let value = seal();
    let bytes = value.len();
    let line = http::HeaderValue::from_str(&format!("theme=dark; {name}={value}")).unwrap();
    let open = move || -> T {
        let request = Request::builder().header("cookie", line.clone()).body(()).unwrap();
        finish(service.call(request)).unwrap();
        let extensions = kept.0.lock().unwrap().take().unwrap();
        finish(session(extensions).get()).unwrap()
    };
    Contestant::new(("seshcookie", Kind::Encrypted, Level::Header), true, bytes, seal, open)
}

/// What its extractor does with the request's extensions.
fn session<T: Data>(extensions: http::Extensions) -> Session<T> {
    use axum_core::extract::FromRequestParts;
    let mut parts = Request::new(()).into_parts().0;
    parts.extensions = extensions;
    finish(Session::from_request_parts(&mut parts, &())).unwrap_or_else(|_| unreachable!())
}
