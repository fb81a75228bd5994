//! A client: a connection, a cookie jar, and what a person does with a session.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::Error;
use crate::tally::Tally;

/// A request that takes longer has no answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long a patient client asks again.
const PERSISTENCE: Duration = Duration::from_secs(6);
/// What a page shows to somebody whom it does not know.
const NOBODY: &str = "0 0";
/// The longest wait between two requests of a client, in milliseconds.
const LONGEST: u64 = 3000;
pub const LONGEST_PAUSE: Duration = Duration::from_millis(LONGEST);

/// How a client behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Logs in, reads and writes without pause, logs out, and again.
    Busy,
    /// As busy, but never logs out.
    Loyal,
    /// Never logs out, reads only, and waits between two reads for nearly as long as the session is promised to last.
    Slow,
}

pub struct Client {
    pub door: SocketAddr,
    /// No other client of the run has it.
    pub number: u64,
    pub habit: Habit,
    /// Asks again where it is refused.
    pub patient: bool,
    pub stop: Arc<AtomicBool>,
    pub tally: Arc<Tally>,
    /// Of a small generator; not zero.
    pub random: u64,
}

struct Answer {
    status: u16,
    body: String,
    set_cookie: bool,
}

impl Client {
    pub async fn live(mut self) {
        let mut line = Line::new(self.door, self.number);
        // Not all at one moment.
        sleep(Duration::from_millis(self.below(1000))).await;
        while !self.stopped() {
            self.session(&mut line).await;
            self.think().await;
        }
    }

    /// From log-in to log-out, to the loss of the session, or to the end of the run.
    async fn session(&mut self, line: &mut Line) {
        line.cookie = None;
        // As a stranger, who gets a session where everybody has one.
        let Some(answer) = self.ask(line, "GET", "/count").await else { return };
        if !answer.is_for_nobody() {
            return self.tally.wrong.add();
        }
        let user = 1 + self.below(u64::MAX);
        let log_in = format!("/session/{user}");
        let Some(answer) = self.insist(line, "PUT", &log_in).await else { return };
        if answer.status != 200 {
            return;
        }
        self.tally.log_ins.add();
        let (mut count, first) = (0, line.key());
        let mut left = if self.habit == Habit::Busy { 20 + self.below(300) } else { u64::MAX };
        while left > 0 && !self.stopped() {
            left -= 1;
            self.think().await;
            let write = self.habit != Habit::Slow && self.below(3) == 0;
            let next = format!("/count/{}", count + 1);
            let (method, path) = if write { ("PUT", next.as_str()) } else { ("GET", "/count") };
            // Without an answer nobody knows what became of a write.
            let Some(answer) = self.insist(line, method, path).await else { return };
            match answer.status {
                _ if answer.is_for_nobody() => return self.tally.lost.add(),
                200 => {
                    if write { &self.tally.writes } else { &self.tally.reads }.add();
                    // What was there before a write, too.
                    if answer.body != format!("{user} {count}") {
                        return self.tally.wrong.add();
                    }
                    count += u64::from(write);
                }
                _ => return,
            }
        }
        if self.habit != Habit::Busy {
            self.tally.outlived(first, line.key());
        } else if left == 0
            && let Some(answer) = self.ask(line, "DELETE", "/session").await
            && answer.status == 200
        {
            self.tally.log_outs.add();
            if line.cookie.is_some() {
                self.tally.wrong.add();
            }
        }
    }

    /// One request of the session, and again where it is refused and the client is patient.
    async fn insist(&self, line: &mut Line, method: &str, path: &str) -> Option<Answer> {
        let start = Instant::now();
        loop {
            let answer = self.ask(line, method, path).await?;
            if !answer.is_for_nobody() && answer.status != 500 {
                return Some(answer);
            }
            if answer.set_cookie {
                self.tally.removals.add();
            }
            if !self.patient || start.elapsed() > PERSISTENCE {
                return Some(answer);
            }
            self.tally.refused.add();
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn ask(&self, line: &mut Line, method: &str, path: &str) -> Option<Answer> {
        self.tally.requests.add();
        let before = line.key();
        match timeout(PATIENCE, line.ask(method, path)).await {
            Ok(Ok(answer)) => {
                match answer.status {
                    200 | 401 => {}
                    500 if method == "PUT" => self.tally.failed_changes.add(),
                    500.. => self.tally.server_errors.add(),
                    _ => self.tally.odd.add(),
                }
                if answer.set_cookie
                    && let Some(key) = line.key()
                {
                    self.tally.sealed(before.as_deref(), key);
                }
                Some(answer)
            }
            _ => {
                self.tally.broken.add();
                line.sender = None;
                None
            }
        }
    }

    async fn think(&mut self) {
        let time = match self.habit {
            Habit::Busy | Habit::Loyal => 1 + self.below(8),
            // Half the idle time is what a session is promised, 4 seconds: what is younger is not sealed again. One of
            // them is lost to whole seconds.
            Habit::Slow => 1000 + self.below(LONGEST - 1000),
        };
        sleep(Duration::from_millis(time)).await;
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// xorshift64: any numbers will do, the same ones in each run.
    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % bound
    }
}

impl Answer {
    fn is_for_nobody(&self) -> bool {
        self.status == 401 || self.body == NOBODY
    }
}

/// A connection that is kept, and a jar for the one cookie there is, beside the load balancer's.
struct Line {
    door: SocketAddr,
    number: u64,
    sender: Option<SendRequest<Empty<Bytes>>>,
    cookie: Option<String>,
}

impl Line {
    fn new(door: SocketAddr, number: u64) -> Self {
        Self { door, number, sender: None, cookie: None }
    }

    async fn ask(&mut self, method: &str, path: &str) -> Result<Answer, Error> {
        let request = Request::builder().method(method).uri(path);
        // As a page of the site itself asks.
        let request = request.header("host", "fleet").header("origin", "http://fleet");
        let session = self.cookie.iter().map(|cookie| format!("; {cookie}"));
        let cookies = format!("node={}{}", self.number, session.collect::<String>());
        let request = request.header("cookie", cookies);
        let request = request.body(Empty::new())?;
        let sender = match &mut self.sender {
            Some(sender) if !sender.is_closed() => sender,
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
        let set_cookie = head.headers.get("set-cookie");
        if let Some(set_cookie) = set_cookie {
            self.keep(set_cookie.to_str()?);
        }
        Ok(Answer { status: head.status.as_u16(), body, set_cookie: set_cookie.is_some() })
    }

    fn keep(&mut self, set_cookie: &str) {
        let removal = set_cookie.split("; ").any(|attribute| attribute == "Max-Age=0");
        let pair = set_cookie.split(';').next().unwrap_or_default();
        self.cookie = (!removal).then(|| pair.to_owned());
    }

    /// The id of the key that sealed the cookie.
    fn key(&self) -> Option<String> {
        let (_, token) = self.cookie.as_ref()?.split_once('=')?;
        Some(hardtack::token::inspect(token.as_bytes()).ok()?.key_id.to_string())
    }
}

/// The body of one answer, from anywhere but a running fleet's clients.
pub fn get_once(address: SocketAddr, path: &str) -> Result<String, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let answer = timeout(PATIENCE, Line::new(address, 0).ask("GET", path)).await??;
        if answer.status == 200 { Ok(answer.body) } else { Err("not up".into()) }
    })
}

/// Waits until something answers there.
pub fn wait_until_up(address: SocketAddr, patience: Duration) -> Result<(), Error> {
    let start = Instant::now();
    loop {
        match get_once(address, "/ring") {
            Ok(_) => return Ok(()),
            Err(error) if start.elapsed() > patience => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}
