//! An HTTP client for `openidconnect`: no redirects followed, and here no TLS, since the provider is on this machine. A real site takes
//! `reqwest` with `redirect(Policy::none())` in its place.

use std::io;

use axum::body::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use openidconnect::{HttpRequest, HttpResponse};

/// The longest answer that is read, in bytes.
const LONGEST: usize = 1 << 20;

#[derive(Clone)]
pub struct HttpClient(Client<HttpConnector, Full<Bytes>>);

impl Default for HttpClient {
    fn default() -> Self {
        Self(Client::builder(TokioExecutor::new()).build_http())
    }
}

impl HttpClient {
    pub fn send(
        &self,
        request: HttpRequest,
    ) -> impl Future<Output = Result<HttpResponse, io::Error>> + use<> {
        let answer = self.0.request(request.map(|body| Full::new(Bytes::from(body))));
        async {
            let (head, body) = answer.await.map_err(io::Error::other)?.into_parts();
            let body = Limited::new(body, LONGEST).collect().await.map_err(io::Error::other)?;
            Ok(HttpResponse::from_parts(head, body.to_bytes().to_vec()))
        }
    }
}
