//! Processes of a test: Redis and servers on free ports of 127.0.0.1, each ended with its handle; and a browser of a few lines.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use hardtack::Key;

/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the servers of one test share: their keys, and where their Redis is or will be.
pub struct Fleet {
    keys: String,
    port: u16,
}

impl Fleet {
    pub fn new() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        Self { keys: Key::generate().unwrap().to_text().to_string(), port }
    }

    /// Starts Redis, which keeps nothing on disk.
    pub fn redis(&self) -> Redis {
        let port = self.port.to_string();
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        let redis = Redis { process, port: self.port };
        redis.answers("PING", "+PONG");
        redis
    }

    pub fn node(&self, fail_mode: &str) -> Node {
        let mut process = Command::new(env!("CARGO_BIN_EXE_hardtack-redis"))
            .env("SESSION_KEYS", &self.keys)
            .env("REDIS_URL", format!("redis://127.0.0.1:{}", self.port))
            .env("FAIL_MODE", fail_mode)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").expect("its address").to_owned();
        Node { process: RefCell::new(process), address }
    }
}

pub struct Redis {
    process: Child,
    port: u16,
}

impl Redis {
    /// Waits until Redis gives this answer.
    #[track_caller]
    pub fn answers(&self, command: &str, expected: &str) {
        until(expected, || {
            let stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
            (&stream).write_all(format!("{command}\r\n").as_bytes()).ok()?;
            let mut answer = String::new();
            BufReader::new(stream).read_line(&mut answer).ok()?;
            (answer.trim_end() == expected).then_some(())
        });
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

pub struct Node {
    process: RefCell<Child>,
    address: String,
}

/// A response, as far as the test looks.
pub struct Reply {
    pub status: u16,
    /// The `Cookie` line that a browser sends from now on.
    pub cookie: Option<String>,
    pub body: String,
}

impl Node {
    /// A new session of this user.
    #[track_caller]
    pub fn log_in(&self, id: u64) -> String {
        self.send("POST", "/login", "", &format!("id={id}&name=Ada")).cookie.expect("a session")
    }

    /// What the session is called; `None` where it is refused.
    #[track_caller]
    pub fn profile(&self, cookie: &str) -> Option<String> {
        let reply = self.send("GET", "/profile", cookie, "");
        assert!(reply.cookie.is_none(), "nothing to refresh and nothing to remove");
        match reply.status {
            200 => Some(reply.body),
            401 => None,
            status => panic!("{status}"),
        }
    }

    pub fn post(&self, path: &str, cookie: &str) -> Reply {
        self.send("POST", path, cookie, "")
    }

    /// Waits until the node is in touch with the others, or out of it.
    #[track_caller]
    pub fn in_touch(&self, expected: bool) {
        let expected = format!("stale: {}", !expected);
        until(&expected, || {
            self.send("GET", "/status", "", "").body.contains(&expected).then_some(())
        });
    }

    /// Ends the process; what it logged.
    pub fn stop(self) -> String {
        let mut process = self.process.borrow_mut();
        end(&mut process);
        let mut log = String::new();
        process.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        log
    }

    fn send(&self, method: &str, path: &str, cookie: &str, form: &str) -> Reply {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let length = form.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: shop\r\nOrigin: http://shop\r\nConnection: close\r\nCookie: {cookie}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}",
        )
        .unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).unwrap();
        let (head, body) = reply.split_once("\r\n\r\n").expect("a whole response");
        let set = head.lines().find_map(|line| line.strip_prefix("set-cookie: "));
        Reply {
            status: head[9..12].parse().unwrap(),
            cookie: set.map(|line| line.split(';').next().unwrap().to_owned()),
            body: body.to_owned(),
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        end(self.process.get_mut());
    }
}

fn end(process: &mut Child) {
    let _ = process.kill();
    let _ = process.wait();
}

#[track_caller]
fn until<R>(what: &str, mut done: impl FnMut() -> Option<R>) -> R {
    let start = Instant::now();
    loop {
        if let Some(result) = done() {
            return result;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
