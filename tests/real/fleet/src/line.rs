//! What one browser has: a connection that is kept, and a jar of cookies.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::{Error, old};

/// A request that takes longer has no answer.
pub const PATIENCE: Duration = Duration::from_secs(15);
/// What a page shows to somebody whom it does not know.
const NOBODY: &str = "0 0";

pub struct Answer {
    pub status: u16,
    pub body: String,
    pub set_cookie: bool,
}

impl Answer {
    pub fn is_for_nobody(&self) -> bool {
        self.status == 401 || self.body == NOBODY
    }
}

/// Beside its jar it sends the load balancer's cookie.
pub struct Line {
    door: SocketAddr,
    number: u64,
    sender: Option<SendRequest<Empty<Bytes>>>,
    /// Whether the last request went over a connection that had carried another.
    pub reused: bool,
    /// By name.
    pub cookies: BTreeMap<String, String>,
}

impl Line {
    pub fn new(door: SocketAddr, number: u64) -> Self {
        Self { door, number, sender: None, reused: false, cookies: BTreeMap::new() }
    }

    pub fn hang_up(&mut self) {
        self.sender = None;
    }

    pub async fn ask(&mut self, method: &str, path: &str) -> Result<Answer, Error> {
        let request = Request::builder().method(method).uri(path);
        // As a page of the site itself asks.
        let request = request.header("host", "fleet").header("origin", "http://fleet");
        let session = self.cookies.iter().map(|(name, value)| format!("; {name}={value}"));
        let cookies = format!("node={}{}", self.number, session.collect::<String>());
        let request = request.header("cookie", cookies);
        let request = request.body(Empty::new())?;
        self.reused = self.sender.as_ref().is_some_and(|sender| !sender.is_closed());
        let sender = match &mut self.sender {
            Some(sender) if self.reused => sender,
            sender => {
                let stream = TcpStream::connect(self.door).await?;
                stream.set_nodelay(true)?;
                let (new, connection) = handshake(TokioIo::new(stream)).await?;
                tokio::spawn(connection);
                sender.insert(new)
            }
        };
        sender.ready().await?;
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = String::from_utf8(body.collect().await?.to_bytes().to_vec())?;
        let mut set_cookie = false;
        for line in head.headers.get_all("set-cookie") {
            set_cookie = true;
            self.keep(line.to_str()?);
        }
        Ok(Answer { status: head.status.as_u16(), body, set_cookie })
    }

    fn keep(&mut self, set_cookie: &str) {
        let removal = set_cookie.split("; ").any(|attribute| attribute == "Max-Age=0");
        let pair = set_cookie.split(';').next().unwrap_or_default();
        let Some((name, value)) = pair.split_once('=') else { return };
        if removal {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    /// The id of the key that sealed the session, or [`old::SITE`] for one that is the old site's alone.
    pub fn key(&self) -> Option<String> {
        match self.cookies.iter().find(|(name, _)| *name != old::COOKIE) {
            Some((_, token)) => {
                Some(hardtack::token::inspect(token.as_bytes()).ok()?.key_id.to_string())
            }
            None => (!self.cookies.is_empty()).then(|| old::SITE.to_owned()),
        }
    }
}

/// A browser that a scenario steers, request by request.
pub struct Browser {
    runtime: Runtime,
    pub line: Line,
}

impl Browser {
    pub fn new(door: SocketAddr) -> Result<Self, Error> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { runtime, line: Line::new(door, 0) })
    }

    /// The status and the body. On a new connection: the last one may have been closed meanwhile.
    pub fn ask(&mut self, method: &str, path: &str) -> Result<(u16, String), Error> {
        self.line.hang_up();
        let asked = async { timeout(PATIENCE, self.line.ask(method, path)).await };
        let Answer { status, body, .. } = self.runtime.block_on(asked)??;
        Ok((status, body))
    }
}

/// An answer as it goes over the wire.
pub struct Raw {
    pub status: u16,
    /// Bytes up to the body.
    pub head: usize,
    /// The first cookie that it sets: name and value.
    pub cookie: Option<String>,
    pub body: String,
}

/// Asks once, with these lines beside `host`.
pub fn raw(address: SocketAddr, method: &str, path: &str, lines: &str) -> Result<Raw, Error> {
    let mut stream = std::net::TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: fleet\r\n{lines}\r\n")?;
    let (mut reader, mut head) = (BufReader::new(stream), String::new());
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 {
            return Err("the answer has no end".into());
        }
    }
    let status = head.split(' ').nth(1).ok_or("no status")?.parse()?;
    let field = |name: &str| {
        let fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.clone().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    };
    let mut body = vec![0; field("content-length").unwrap_or("0").parse()?];
    reader.read_exact(&mut body)?;
    let cookie = field("set-cookie").and_then(|line| line.split(';').next()).map(str::to_owned);
    Ok(Raw { status, head: head.len(), cookie, body: String::from_utf8(body)? })
}

/// The body of one answer, from anywhere but a running fleet's clients.
pub fn get_once(address: SocketAddr, path: &str) -> Result<String, Error> {
    match Browser::new(address)?.ask("GET", path)? {
        (200, body) => Ok(body),
        (status, _) => Err(format!("{path} is answered by {status}").into()),
    }
}

/// Waits until a server answers there, in person or behind the proxy.
pub fn wait_until_up(address: SocketAddr, patience: Duration) -> Result<(), Error> {
    let start = Instant::now();
    loop {
        let error = match Browser::new(address)?.ask("GET", "/") {
            Ok((..500, _)) => return Ok(()),
            Ok((status, _)) => format!("/ is answered by {status}").into(),
            Err(error) => error,
        };
        if start.elapsed() > patience {
            return Err(error);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
