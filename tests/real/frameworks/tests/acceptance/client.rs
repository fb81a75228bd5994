//! The client: hyper over a new connection for each request, HTTP/2 over one for many, and bare bytes.

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;

use crate::site::{Asked, Dropped, Reply};

/// Nothing here takes as long; a server that hangs fails instead of hanging the script.
const PATIENCE: Duration = Duration::from_secs(20);

pub fn request(asked: &Asked) -> Request<Full<Bytes>> {
    let request = Request::builder().method(asked.method).uri(&asked.path);
    let request = asked.lines.iter().fold(request, |request, line| request.header(line.0, &line.1));
    request.body(Full::from(asked.text.clone())).unwrap()
}

/// Sends one request over a new connection.
pub async fn send(addr: SocketAddr, request: Request<Full<Bytes>>) -> Result<Reply, Dropped> {
    let exchange = async { read(open(addr, request).await?).await };
    tokio::time::timeout(PATIENCE, exchange).await.map_err(|_| "no answer in time")?
}

/// The same up to where the head has arrived.
pub async fn open(
    addr: SocketAddr,
    request: Request<Full<Bytes>>,
) -> Result<Response<Incoming>, Dropped> {
    let stream = TcpStream::connect(addr).await.map_err(text)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(text)?;
    tokio::spawn(connection);
    sender.send_request(request).await.map_err(text)
}

pub async fn read(response: Response<Incoming>) -> Result<Reply, Dropped> {
    let (head, body) = response.into_parts();
    let body = body.collect().await.map_err(text)?.to_bytes();
    let body = String::from_utf8_lossy(&body).into_owned();
    let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value)));
    Ok(Reply { status: head.status.as_u16(), headers: headers.collect(), body })
}

/// Sends requests at once over one HTTP/2 connection.
pub async fn send_h2(
    addr: SocketAddr,
    requests: Vec<Request<Full<Bytes>>>,
) -> Result<Vec<Result<Reply, Dropped>>, Dropped> {
    let exchange = async {
        let stream = TcpStream::connect(addr).await.map_err(text)?;
        let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(stream));
        let (sender, connection) = handshake.await.map_err(text)?;
        tokio::spawn(connection);
        let exchanges = requests.into_iter().map(|request| {
            let (mut head, body) = request.into_parts();
            let uri = format!("http://localhost{}", head.uri.path());
            head.uri = uri.parse().unwrap();
            head.headers.remove("host");
            let mut sender = sender.clone();
            async move {
                let request = Request::from_parts(head, body);
                read(sender.send_request(request).await.map_err(text)?).await
            }
        });
        Ok(futures_util::future::join_all(exchanges).await)
    };
    tokio::time::timeout(PATIENCE, exchange).await.map_err(|_| "no answer in time")?
}

fn text(error: impl std::error::Error) -> String {
    let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
    format!("{error}{source}")
}

/// GETs `path` with one more header line of any bytes. `None` where the server closed without an answer.
pub fn send_bytes(addr: SocketAddr, path: &str, name: &str, value: &[u8]) -> Option<(u16, String)> {
    let mut stream = std::net::TcpStream::connect(addr).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let mut request =
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{name}: ")
            .into_bytes();
    request.extend_from_slice(value);
    request.extend_from_slice(b"\r\n\r\n");
    // A server that has had enough answers and closes while the rest is still being written.
    let _ = stream.write_all(&request);
    let mut response = Vec::new();
    if let Err(error) = stream.read_to_end(&mut response) {
        assert!(
            !matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
            "no answer in time"
        );
    }
    let response = String::from_utf8_lossy(&response).into_owned();
    let status = response.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()?;
    Some((status, response))
}
