//! A thread that keeps a handle in step with its file.
//!
//! It looks at intervals, reads the whole file and compares a hash. It does not use inotify, which network file systems lack and
//! which loses track of a link that is swapped. `Schedule` decides when, `Follower` does the work; the thread only connects them.
#![expect(clippy::disallowed_methods, reason = "when to look at the file again")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

use super::Keys;
use super::file::{RingFile, RingPath};
use crate::crypto;
use crate::error::{RingFileError, RingFileProblem};
use crate::log;
use crate::time::Timestamp;

mod schedule;
mod status;

pub use status::RingStatus;

use schedule::{Next, Schedule, jitter};

impl Keys {
    /// Follows a [`RingFile`]: loads it now, and again whenever it changes, as long as a sealer holds this handle or a clone.
    ///
    /// A thread looks at the file at least once every `every` (10 ms or more; jittered down to four fifths of it). It goes by the
    /// path, so you may swap a link. If the file is missing or broken, the last good ring stays; [`status`](Self::status) tells
    /// you, and with the feature `tracing` so does an event. A token whose key id the ring lacks triggers a look at once, at most
    /// every 3 seconds.
    ///
    /// The thread ends when the last handle is dropped. It does not survive a `fork`: call `watch` in the child.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use hardtack::{Application, keys::Keys};
    ///
    /// let keys = Keys::watch("/run/keys/ring.toml", Duration::from_secs(60))?;
    /// let shop = Application::new("shop", keys)?;
    /// # Ok::<(), hardtack::SetupError>(())
    /// ```
    ///
    /// # Errors
    /// The file does not load now: a server that started without its ring would refuse everybody.
    pub fn watch(path: impl Into<RingPath>, every: Duration) -> Result<Self, RingFileError> {
        watch(path.into(), every).map(|(handle, _)| handle)
    }

    /// Returns the state of the watched file; `None` for a handle that follows no file.
    pub fn status(&self) -> Option<RingStatus> {
        let watched = self.watch_of()?;
        let status = watched.0.status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // These come from the ring in use, which you may have replaced by hand.
        let ring = &self.present().ring;
        let (key_ids, sealing_key) =
            (ring.key_ids().collect(), ring.sealing_key_id(Timestamp::now()));
        Some(RingStatus { key_ids, sealing_key, ..status })
    }
}

fn watch(path: RingPath, every: Duration) -> Result<(Keys, JoinHandle<()>), RingFileError> {
    let now = Timestamp::now();
    let Loaded { hash, file, modified_at } = path.load(now)?;
    let status = RingStatus { modified_at, is_mount: path.is_mount(), ..unread(now) };
    if status.is_mount {
        log::ring_is_mount();
    }
    let watched = Watched(Arc::new(Signals {
        wish: AtomicBool::new(false),
        stop: AtomicBool::new(false),
        thread: OnceLock::new(),
        status: Mutex::new(status),
    }));
    let signals = Arc::clone(&watched.0);
    let handle = Keys::watched(file.into(), watched);
    handle.log_ring(log::RingFrom::Start);
    let mut follower = Follower { path, hash, handle: handle.downgrade() };
    let mut schedule = Schedule::new(every, Instant::now(), jitter());
    let body = {
        let signals = Arc::clone(&signals);
        move || {
            let _obituary = Obituary(Arc::clone(&signals));
            signals.run(&mut schedule, &mut follower);
        }
    };
    let thread = thread::Builder::new().name("hardtack-ring".to_owned()).spawn(body)?;
    let _ = signals.thread.set(thread.thread().clone());
    Ok((handle, thread))
}

/// The status before the first look.
fn unread(now: Timestamp) -> RingStatus {
    RingStatus {
        loaded_at: now,
        checked_at: now,
        key_ids: Vec::new(),
        sealing_key: None,
        modified_at: now,
        is_mount: false,
        loads: 1,
        early: 0,
        failures: 0,
        error: None,
    }
}

/// The handle's side of the thread. Dropping it with the last clone of the handle ends the thread.
pub(super) struct Watched(Arc<Signals>);

impl Watched {
    /// Asks for an early look. Only the first request after a look writes and wakes, so a flood of forged tokens costs one load
    /// each.
    pub(super) fn wish(&self) {
        if !self.0.wish.load(Ordering::Relaxed) && !self.0.wish.swap(true, Ordering::Relaxed) {
            self.0.wake();
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.0.stop.store(true, Ordering::Relaxed);
        self.0.wake();
    }
}

/// Reports that nobody follows the file any more if the thread dies in a panic.
struct Obituary(Arc<Signals>);

impl Drop for Obituary {
    fn drop(&mut self) {
        if thread::panicking() {
            let error = RingFileError::from(RingFileProblem::Unwatched);
            log::ring_kept(&error);
            self.0.status.lock().unwrap_or_else(PoisonError::into_inner).error = Some(error);
        }
    }
}

struct Signals {
    wish: AtomicBool,
    stop: AtomicBool,
    thread: OnceLock<Thread>,
    status: Mutex<RingStatus>,
}

impl Signals {
    /// Unparking makes everything written before it visible to the thread when it wakes.
    fn wake(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }

    fn run<H: Fn() -> Option<Keys>>(&self, schedule: &mut Schedule, follower: &mut Follower<H>) {
        while !self.stop.load(Ordering::Relaxed) {
            let wish = self.wish.load(Ordering::Relaxed);
            match schedule.next(Instant::now(), wish) {
                Next::Wait(time) => thread::park_timeout(time),
                Next::Look { early } => {
                    // Cleared before the look: a request that arrives during the look causes another one.
                    self.wish.store(false, Ordering::Relaxed);
                    follower.look(&self.status, early, Timestamp::now());
                    schedule.looked(Instant::now(), early, jitter());
                }
            }
        }
    }
}

/// What one look does.
struct Follower<H> {
    path: RingPath,
    /// The hash of the bytes that the current ring was made from.
    hash: [u8; 32],
    handle: H,
}

impl<H: Fn() -> Option<Keys>> Follower<H> {
    fn look(&mut self, status: &Mutex<RingStatus>, early: bool, now: Timestamp) {
        let loaded = self.path.load_anew(now);
        let Some(handle) = (self.handle)() else { return };
        let mut status = status.lock().unwrap_or_else(PoisonError::into_inner);
        status.checked_at = now;
        status.early += u64::from(early);
        match loaded {
            Ok(Loaded { hash, file, modified_at }) => {
                status.error = None;
                status.modified_at = modified_at;
                if hash != self.hash {
                    self.hash = hash;
                    status.loaded_at = now;
                    status.loads += 1;
                    handle.put(file.into());
                    // Unlocked first: a subscriber to the event may ask for the status.
                    drop(status);
                    handle.log_ring(log::RingFrom::File);
                }
            }
            Err(error) => {
                status.failures += 1;
                status.error = Some(error.clone());
                drop(status);
                log::ring_kept(&error);
            }
        }
    }
}

/// What was read, and from which file.
struct Loaded {
    hash: [u8; 32],
    file: RingFile,
    modified_at: Timestamp,
}

impl RingPath {
    /// Loads the file as a server starts. Accepts what a stale mount still shows, because without it the server would refuse
    /// everybody.
    fn load(&self, now: Timestamp) -> Result<Loaded, RingFileError> {
        Self::loaded(&self.look()?, now)
    }

    fn load_anew(&self, now: Timestamp) -> Result<Loaded, RingFileError> {
        let found = self.look()?;
        if self.is_left_behind(&found) {
            return Err(RingFileProblem::LeftBehind.into());
        }
        Self::loaded(&found, now)
    }

    fn loaded(found: &super::file::Found, now: Timestamp) -> Result<Loaded, RingFileError> {
        let (bytes, modified_at) = (&found.bytes, found.modified(now));
        Ok(Loaded {
            hash: crypto::sha256(&[bytes]),
            file: RingFile::from_bytes(bytes)?,
            modified_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::keys::KeyRing;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn the_thread_ends_with_the_last_handle() {
        let folder = std::env::temp_dir().join(format!("hardtack-watch-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("ring.toml");
        RingFile::new(Key::generate().unwrap(), Timestamp::from_secs(0)).create(&path).unwrap();
        let (handle, thread) = watch(path.into(), 3600 * SECOND).unwrap();
        let clone = handle.clone();
        drop(handle);
        clone.missed();
        let start = Instant::now();
        while clone.status().unwrap().early == 0 {
            assert!(start.elapsed() < 10 * SECOND, "it was woken");
            thread::yield_now();
        }
        assert!(!thread.is_finished());
        drop(clone);
        // It slept for an hour.
        thread.join().unwrap();
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_replacement_by_hand_shows_in_the_status() {
        let name = format!("hardtack-status-{}.toml", std::process::id());
        let path = std::env::temp_dir().join(name);
        RingFile::new(Key::generate().unwrap(), Timestamp::from_secs(0)).create(&path).unwrap();
        let (handle, _thread) = watch(path.clone().into(), schedule::LONGEST).unwrap();
        let other = Key::generate().unwrap();
        let id = other.id();
        assert!(!handle.status().unwrap().key_ids.contains(&id));
        handle.replace(KeyRing::new(other));
        let status = handle.status().unwrap();
        assert_eq!((status.key_ids, status.sealing_key), (vec![id], Some(id)));
        std::fs::remove_file(&path).unwrap();
        std::fs::remove_file(path.with_extension("toml.lock")).unwrap();
    }

    #[test]
    fn a_thread_that_dies_is_reported() {
        let signals = Arc::new(Signals {
            wish: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            thread: OnceLock::new(),
            status: Mutex::new(unread(Timestamp::from_secs(0))),
        });
        let obituary = Obituary(Arc::clone(&signals));
        let died = thread::spawn(move || {
            let _obituary = obituary;
            panic!("on purpose");
        });
        assert!(died.join().is_err());
        let error = signals.status.lock().unwrap().error.clone();
        assert_eq!(error.map(|error| error.label()), Some("unwatched"));
    }
}
