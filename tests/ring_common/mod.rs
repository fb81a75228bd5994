//! What the tests of ring files share.
#![allow(dead_code, reason = "each test file uses a part")]

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hardtack::{Key, Timestamp};

pub const T: u64 = 1_800_000_000;
pub const DAY: u64 = 86_400;

/// A temporary folder, removed at the end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("hardtack-{}-{number}", std::process::id()));
        fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub fn ring(&self) -> PathBuf {
        self.0.join("ring.toml")
    }

    /// Everything in it but the lock.
    pub fn names(&self) -> Vec<String> {
        let names = fs::read_dir(&self.0).unwrap();
        let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name();
        let names = names.map(|entry| name(entry).into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| !name.ends_with(".lock")).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Looks again and again, for at most ten seconds, until there is something, and returns it. If there is nothing, fails with what
/// was there instead.
#[track_caller]
pub fn until<R, E: Debug>(look: impl Fn() -> Result<R, E>) -> R {
    let start = Instant::now();
    loop {
        match look() {
            Ok(found) => return found,
            Err(instead) => assert!(start.elapsed() < Duration::from_secs(10), "{instead:?}"),
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

pub fn key() -> Key {
    Key::generate().unwrap()
}

pub fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

/// Writes the file as a careless person would, except for its mode.
pub fn put(path: &Path, text: impl AsRef<[u8]>) {
    fs::write(path, text).unwrap();
    chmod(path, 0o600);
}

pub fn chmod(path: &Path, mode: u32) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }
    let _ = (path, mode);
}
