//! The machines: a master ring file, a copy of it for each node that arrives late, the nodes and their logs, nginx before them.

use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use hardtack::keys::RingFile;
use hardtack::{Key, Timestamp};

use crate::address::Address;
use crate::line::{get_once, wait_until_up};
use crate::process::{PATIENCE, Process, lines_with};
use crate::proxy::{Proxy, balanced};
use crate::release::{Release, Site};
use crate::{Error, scale};

pub struct Fleet {
    folder: PathBuf,
    pub master: PathBuf,
    pub nodes: Vec<Node>,
    /// Each request goes to the next node.
    pub door: SocketAddr,
    /// Each client's requests go to one node.
    pub sticky_door: SocketAddr,
    pub proxy: Proxy,
    _address: Address,
}

pub struct Node {
    pub address: SocketAddr,
    site: Site,
    release: Release,
    ring: PathBuf,
    process: Option<Process>,
    courier: Courier,
}

impl Fleet {
    pub fn start(site: Site, release: Release) -> Result<Self, Error> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("fleet-{}-{number}", std::process::id()));
        fs::create_dir(&folder)?;
        let master = folder.join("ring.toml");
        let mut file = RingFile::new(Key::generate()?, Timestamp::now());
        file.set_policy(scale::policy()?, Timestamp::now());
        file.create(&master)?;
        let own = Address::take()?;
        let addresses = own.ports(scale::WAYS.len() + 2)?;
        let [door, sticky_door, addresses @ ..] = &addresses[..] else {
            return Err("too few ports are free".into());
        };
        let mut nodes = Vec::new();
        for (&address, way) in addresses.iter().zip(scale::WAYS) {
            let ring = folder.join(format!("{}.toml", address.port()));
            copy(&master, &ring)?;
            let courier = Courier::new(master.clone(), ring.clone(), way);
            let mut node = Node { address, site, release, ring, process: None, courier };
            node.start()?;
            nodes.push(node);
        }
        let (door, sticky_door) = (*door, *sticky_door);
        let proxy = Proxy::start(&folder, &balanced([door, sticky_door], addresses))?;
        let fleet = Self { folder, master, nodes, door, sticky_door, proxy, _address: own };
        wait_until_up(door, PATIENCE)?;
        Ok(fleet)
    }

    /// What each node says of its ring: the ids of its keys, and how following the file went.
    pub fn rings(&self) -> Result<Vec<(String, String)>, Error> {
        let ring = |node: &Node| {
            let told = get_once(node.address, "/ring")?;
            let (ids, rest) = told.split_once('\n').ok_or("no ring")?;
            Ok((ids.to_owned(), rest.to_owned()))
        };
        self.nodes.iter().map(ring).collect()
    }

    /// How many lines of the nodes' logs hold all these words.
    pub fn events(&self, words: &[&str]) -> Result<u64, Error> {
        let told = |node: &Node| lines_with(&node.ring.with_extension("log"), words);
        self.nodes.iter().map(told).sum()
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
        let (address, ring) = (self.address.to_string(), self.ring.to_string_lossy());
        let words = ["node", &address, &ring, self.site.word(), self.release.word()];
        self.process = Some(Process::start(self.address, &words)?);
        Ok(())
    }

    /// Ends it by SIGKILL, in the middle of what it does.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts it again with the ring file `old`.
    pub fn restart_with(&mut self, old: &str) -> Result<(), Error> {
        put(&self.ring, old.as_bytes())?;
        self.start()
    }

    /// Another release comes in its place.
    pub fn replace(&mut self, release: Release) -> Result<(), Error> {
        self.kill();
        self.release = release;
        self.start()
    }

    /// Its copy of the ring is cut short.
    pub fn spoil(&self) -> Result<(), Error> {
        put(&self.ring, b"[[key")
    }

    /// Its copy of the ring stays as it is, until [`deliver`](Self::deliver).
    pub fn hold(&self) {
        self.courier.hold(true);
    }

    /// The ring file is on its way again.
    pub fn deliver(&self) {
        self.courier.hold(false);
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

/// Sleeps until the moment has come by the system's clock, and a little more.
pub fn sleep_until(moment: Timestamp) {
    let start = Instant::now();
    while Timestamp::now() < moment && start.elapsed() < Duration::from_secs(60) {
        thread::sleep(Duration::from_millis(20));
    }
}
