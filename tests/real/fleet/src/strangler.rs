//! A move from one site to another, path by path: actix-session's server and hardtack's behind one nginx.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use hardtack::keys::RingFile;
use hardtack::{Key, Timestamp};

use crate::Error;
use crate::address::Address;
use crate::line::wait_until_up;
use crate::process::{PATIENCE, Process, lines_with};
use crate::proxy::{KEPT, Proxy};

pub struct Move {
    /// Which of the two servers answers what is up to the stage.
    pub door: SocketAddr,
    /// The cut-off.
    pub until: Timestamp,
    addresses: [SocketAddr; 2],
    proxy: Proxy,
    old: Option<Process>,
    new: Option<Process>,
    folder: PathBuf,
    _address: Address,
}

#[derive(Clone, Copy)]
pub enum Stage {
    /// The old server answers everything.
    Before,
    /// The old one logs in, and has `/user`. The new one has the pages that change something, and logs out.
    SideBySide,
    /// The new one answers everything.
    After,
}

impl Move {
    /// Starts both. The new one reads the old one's cookies with this key, for as long as is told.
    pub fn start(key: &str, lasts: Duration) -> Result<Self, Error> {
        let folder = std::env::temp_dir().join(format!("move-{}", std::process::id()));
        fs::create_dir(&folder)?;
        let ring = folder.join("ring.toml");
        RingFile::new(Key::generate()?, Timestamp::now()).create(&ring)?;
        let own = Address::take()?;
        let [door, old, new] = own.ports(3)?[..] else {
            return Err("too few ports are free".into());
        };
        let until = Timestamp::from_secs(Timestamp::now().as_secs() + lasts.as_secs());
        let (ring, cut_off) = (ring.to_string_lossy(), until.as_secs().to_string());
        let words = ["moved", &new.to_string(), &ring, key, &cut_off];
        let at_new = Process::start(new, &words)?;
        let at_old = Process::start(old, &["old", &old.to_string()])?;
        let addresses = [old, new];
        let proxy = Proxy::start(&folder, &Stage::Before.servers(door, addresses))?;
        wait_until_up(door, PATIENCE)?;
        let (old, new) = (Some(at_old), Some(at_new));
        Ok(Self { door, until, addresses, proxy, old, new, folder, _address: own })
    }

    pub fn enter(&self, stage: Stage) -> Result<(), Error> {
        self.proxy.reload(&stage.servers(self.door, self.addresses))
    }

    pub fn stop_old(&mut self) {
        self.old = None;
    }

    /// How many lines of the new server's log hold all these words.
    pub fn events(&self, words: &[&str]) -> Result<u64, Error> {
        lines_with(&self.folder.join("ring.log"), words)
    }
}

impl Drop for Move {
    fn drop(&mut self) {
        (self.old, self.new) = (None, None);
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Stage {
    /// As docs/migration.md has it. The old server knows nothing of the new one's cookie: where it logs in, the proxy removes it.
    fn servers(self, door: SocketAddr, [old, new]: [SocketAddr; 2]) -> String {
        let locations = match self {
            Self::Before => "location / { proxy_pass http://old; }",
            Self::SideBySide => {
                "location / { proxy_pass http://new; }
                # Without this line nginx redirects it to /session/.
                location = /session { proxy_pass http://new; }
                location = /user { proxy_pass http://old; }
                location /session/ {
                    proxy_pass http://old;
                    add_header Set-Cookie \"__Host-fleet=; Path=/; Secure; HttpOnly; Max-Age=0\";
                }"
            }
            Self::After => "location / { proxy_pass http://new; }",
        };
        format!(
            "upstream old {{ server {old}; {KEPT} }}
            upstream new {{ server {new}; {KEPT} }}
            server {{ listen {door} backlog=4096; {locations} }}"
        )
    }
}
