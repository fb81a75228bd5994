//! The machines: a master ring file, a copy of it for each node that arrives late, the nodes, nginx before them.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use hardtack::keys::RingFile;
use hardtack::{Key, Timestamp};

use crate::proxy::Proxy;
use crate::{Error, client, scale};

/// No machine takes longer for anything.
const PATIENCE: Duration = Duration::from_secs(10);

pub struct Fleet {
    folder: PathBuf,
    pub master: PathBuf,
    pub nodes: Vec<Node>,
    pub port: u16,
    pub proxy: Proxy,
}

pub struct Node {
    pub port: u16,
    ring: PathBuf,
    process: Option<Child>,
    courier: Courier,
}

impl Fleet {
    pub fn start() -> Result<Self, Error> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("fleet-{}-{number}", std::process::id()));
        fs::create_dir(&folder)?;
        let master = folder.join("ring.toml");
        RingFile::new(Key::generate()?, Timestamp::now()).create(&master)?;
        let ports = free_ports(scale::WAYS.len() + 1)?;
        let (port, ports) = (ports[0], &ports[1..]);
        let mut nodes = Vec::new();
        for (&port, way) in ports.iter().zip(scale::WAYS) {
            let ring = folder.join(format!("{port}.toml"));
            copy(&master, &ring)?;
            let courier = Courier::new(master.clone(), ring.clone(), way);
            let mut node = Node { port, ring, process: None, courier };
            node.start()?;
            nodes.push(node);
        }
        let proxy = Proxy::start(&folder, port, ports)?;
        let fleet = Self { folder, master, nodes, port, proxy };
        client::wait_until_up(port, PATIENCE)?;
        Ok(fleet)
    }

    /// What each node says of its ring: the ids of its keys, and how following the file went.
    pub fn rings(&self) -> Result<Vec<(String, String)>, Error> {
        let ring = |node: &Node| {
            let told = client::get_once(node.port, "/ring")?;
            let (ids, rest) = told.split_once('\n').ok_or("no ring")?;
            Ok((ids.to_owned(), rest.to_owned()))
        };
        self.nodes.iter().map(ring).collect()
    }
}

impl Drop for Fleet {
    fn drop(&mut self) {
        self.nodes.clear();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Node {
    fn start(&mut self) -> Result<(), Error> {
        let child = Command::new(std::env::current_exe()?)
            .arg("node")
            .arg(self.port.to_string())
            .arg(&self.ring)
            // It reads this to learn that we are gone.
            .stdin(Stdio::piped())
            .spawn()?;
        self.process = Some(child);
        client::wait_until_up(self.port, PATIENCE)
    }

    /// Ends it by SIGKILL, in the middle of what it does. Its copy of the ring gets no older and no newer.
    pub fn kill(&mut self) -> Result<(), Error> {
        self.courier.hold(true);
        if let Some(mut process) = self.process.take() {
            process.kill()?;
            process.wait()?;
        }
        Ok(())
    }

    /// Starts it again with the ring file `old`, which stays until [`deliver`](Self::deliver).
    pub fn restart_with(&mut self, old: &str) -> Result<(), Error> {
        put(&self.ring, old.as_bytes())?;
        self.start()
    }

    /// The ring file is on its way again.
    pub fn deliver(&self) {
        self.courier.hold(false);
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.kill();
    }
}

/// Brings each change of the master file to a node, as late as it is told to.
struct Courier {
    held: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Courier {
    fn new(from: PathBuf, to: PathBuf, way: Duration) -> Self {
        let (held, stop) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let signals = (Arc::clone(&held), Arc::clone(&stop));
        let carry = move || {
            let (held, stop) = signals;
            while !stop.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(10));
                let is_new = fs::read(&from).ok() != fs::read(&to).ok();
                if is_new && !held.load(Ordering::SeqCst) {
                    thread::sleep(way);
                    if !held.load(Ordering::SeqCst)
                        && let Err(error) = copy(&from, &to)
                    {
                        eprintln!("fleet: a ring file did not arrive: {error}");
                    }
                }
            }
        };
        Self { held, stop, thread: Some(thread::spawn(carry)) }
    }

    fn hold(&self, held: bool) {
        self.held.store(held, Ordering::SeqCst);
    }
}

impl Drop for Courier {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn copy(from: &Path, to: &Path) -> Result<(), Error> {
    put(to, &fs::read(from)?)
}

fn put(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = path.with_extension("new");
    let _ = fs::remove_file(&temporary);
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(bytes)?;
    Ok(fs::rename(temporary, path)?)
}

/// Ports that were free a moment ago, below those that Linux gives to outgoing connections: nobody takes the port of a dead node.
fn free_ports(count: usize) -> Result<Vec<u16>, Error> {
    let first = 20_000 + u16::try_from(std::process::id() % 10_000)?;
    let listeners = (first..32_768).filter_map(|port| TcpListener::bind(("127.0.0.1", port)).ok());
    let listeners: Vec<_> = listeners.take(count).collect();
    let ports = listeners.iter().map(|listener| Ok(listener.local_addr()?.port()));
    ports.collect()
}

/// Sleeps until the moment has come by the system's clock, and a little more.
pub fn sleep_until(moment: Timestamp) {
    let start = Instant::now();
    while Timestamp::now() < moment && start.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(20));
    }
}
