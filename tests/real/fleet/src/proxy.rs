//! nginx in front of the servers, with a separate configuration and folder.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::Error;
use crate::process::{PATIENCE, Tied};

pub struct Proxy {
    _process: Tied,
    folder: PathBuf,
}

/// A request that nginx gave to a second node.
pub struct PassedOn {
    pub what: &'static str,
    /// The node that failed it.
    pub by: SocketAddr,
    /// When it was answered, in seconds since 1970.
    pub at: f64,
}

impl Proxy {
    /// Starts it. It ends when this is dropped or when we end, however that is.
    pub fn start(folder: &Path, servers: &str) -> Result<Self, Error> {
        let folder = folder.join("nginx");
        fs::create_dir_all(&folder)?;
        let file = folder.join("nginx.conf");
        fs::write(&file, configuration(&folder, servers))?;
        let mut nginx = Command::new("nginx");
        nginx.arg("-e").arg(folder.join("errors")).arg("-c").arg(&file);
        Ok(Self { _process: Tied::start(&nginx)?, folder })
    }

    /// Has it do otherwise, as `nginx -s reload` does, and waits until nobody does as before.
    pub fn reload(&self, servers: &str) -> Result<(), Error> {
        let before = self.workers()?;
        let file = self.folder.join("nginx.conf");
        fs::write(&file, configuration(&self.folder, servers))?;
        let mut nginx = Command::new("nginx");
        nginx.arg("-e").arg(self.folder.join("errors")).arg("-c").arg(file);
        if !nginx.args(["-s", "reload"]).status()?.success() {
            return Err("nginx does not take its configuration".into());
        }
        let start = Instant::now();
        loop {
            let now = self.workers()?;
            if !now.is_empty() && now.iter().all(|worker| !before.contains(worker)) {
                return Ok(());
            }
            if start.elapsed() > PATIENCE {
                return Err("nginx goes on as before".into());
            }
            sleep(Duration::from_millis(20));
        }
    }

    fn workers(&self) -> Result<Vec<String>, Error> {
        let master = fs::read_to_string(self.folder.join("pid"))?;
        let master = master.trim();
        let children = fs::read_to_string(format!("/proc/{master}/task/{master}/children"))?;
        Ok(children.split_whitespace().map(str::to_owned).collect())
    }

    /// All that it did beside passing a request to one node and the answer back.
    pub fn passed_on(&self) -> Result<Vec<PassedOn>, Error> {
        let read = |line: &str| {
            let mut words = line.split(' ');
            let [at, method, path, by] = [(); 4].map(|()| words.next().unwrap_or_default());
            let what = match (method, path.starts_with("/session")) {
                ("PUT", true) => "log-ins",
                ("DELETE", true) => "log-outs",
                ("PUT", false) => "writes",
                _ => "reads",
            };
            let by = by.strip_suffix(',')?.parse().ok()?;
            Some(PassedOn { what, by, at: at.parse().ok()? })
        };
        let log = fs::read_to_string(self.folder.join("passed-on"))?;
        let lines = log.lines().map(|line| read(line).ok_or_else(|| line.to_owned().into()));
        lines.collect()
    }
}

/// What decides over losses:
///
/// - `proxy_next_upstream error timeout` is nginx's default, written out. A request goes to another node where one cannot be reached,
///   hangs up or is silent for too long. Any answer of a node, a 401 or a 5xx too, is the client's.
/// - Without `non_idempotent` it never repeats a POST that a node may have seen: were the updates POSTs, those in flight on a node that is
///   killed would each be a 502. The clients here log in, write and log out by PUT and DELETE, which may be repeated
///   (RFC 9110 section 9.2.2): a write names the count that is to be there, and what a node did to a session is in the answer
///   that never came, so that another node starts from the same cookie.
/// - A client's cookie `node` says which node is its own; while that one is down, another takes its place.
/// - What was passed on is logged, so that it can be counted and held against the kills.
fn configuration(folder: &Path, servers: &str) -> String {
    let folder = folder.display();
    format!(
        "daemon off;
        worker_processes 1;
        worker_rlimit_nofile 8192;
        pid {folder}/pid;
        events {{ worker_connections 4096; }}
        http {{
            client_body_temp_path {folder}/body;
            proxy_temp_path {folder}/proxy;
            fastcgi_temp_path {folder}/fastcgi;
            uwsgi_temp_path {folder}/uwsgi;
            scgi_temp_path {folder}/scgi;
            keepalive_requests 100000000;
            keepalive_timeout 300s;
            map $upstream_addr $is_passed_on {{ default 0; ~, 1; }}
            log_format nodes '$msec $request_method $uri $upstream_addr';
            access_log {folder}/passed-on nodes if=$is_passed_on;
            proxy_http_version 1.1;
            proxy_set_header Connection \"\";
            proxy_set_header Host fleet;
            proxy_next_upstream error timeout;
            proxy_connect_timeout 2s;
            proxy_read_timeout 10s;
            {servers}
        }}"
    )
}

/// What each upstream has: connections that are kept.
pub const KEPT: &str = "keepalive 512; keepalive_requests 100000000;";

/// A door at which each request goes to the next node, and a sticky one.
pub fn balanced([door, sticky]: [SocketAddr; 2], nodes: &[SocketAddr]) -> String {
    let server = |node: &SocketAddr| format!("server {node} max_fails=1 fail_timeout=1s;\n");
    let servers: String = nodes.iter().map(server).collect();
    format!(
        "upstream fleet {{ {servers} {KEPT} }}
        upstream sticky {{ hash $cookie_node; {servers} {KEPT} }}
        server {{ listen {door} backlog=4096; location / {{ proxy_pass http://fleet; }} }}
        server {{ listen {sticky} backlog=4096; location / {{ proxy_pass http://sticky; }} }}"
    )
}
