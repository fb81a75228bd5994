//! A thread that keeps a handle in step with its file.
//!
//! It looks every so often, reads the whole file and compares a hash: no inotify, which network file systems lack and which loses
//! sight of a link that is swapped. `Schedule` knows when, `Follower` what; the thread only joins them.
#![expect(clippy::disallowed_methods, reason = "when to look at the file again")]

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle, Thread};
use std::time::{Duration, Instant};

use super::Keys;
use super::file::{RingFile, RingPath};
use crate::crypto;
use crate::error::{RingFileError, RingFileProblem};
use crate::id::KeyId;
use crate::log;
use crate::time::Timestamp;

/// No file is looked at more often.
const SHORTEST: Duration = Duration::from_millis(10);
/// Nor less often: what is longer cannot be counted on.
const LONGEST: Duration = Duration::from_secs(365 * 86_400);
/// Between two early looks, which strangers can cause with made-up key ids.
const BETWEEN_EARLY: Duration = Duration::from_secs(3);

/// How a watched ring is doing, for metrics and alarms.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RingStatus {
    /// When the present ring was read, by the system's clock.
    pub loaded_at: Timestamp,
    /// When the file was last looked at.
    pub checked_at: Timestamp,
    /// The ids of the keys in force, in the order of the file; after a [`replace`](Keys::replace) by hand, those of that ring. A
    /// fleet is in step when its nodes agree on them.
    pub key_ids: Vec<KeyId>,
    /// Rings loaded, the first included.
    pub loads: u64,
    /// Looks before their time, for a token whose key id the ring does not have.
    pub early: u64,
    /// Looks that failed, ever.
    pub failures: u64,
    /// Why the last look failed; `None`: it did not. Alarm when this stays.
    pub error: Option<RingFileError>,
}

impl Keys {
    /// Follows a [`RingFile`]: loads it now, and again when it has changed, for as long as a sealer holds this handle or a clone.
    ///
    /// A thread looks at the file at least once in every `every` (10 ms or more; jittered down to four fifths of it), by its path, so that a
    /// link may be swapped. A file that is missing or broken changes nothing: the last good ring stays, [`status`](Self::status)
    /// tells, and with the feature `tracing` an event too. A token with a key id that the ring does not have makes it look at once, at most every 3 seconds.
    ///
    /// The thread ends when the last handle is dropped. It does not survive a `fork`: watch in the child.
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
    /// A file that does not load now: a server that starts without its ring would refuse everybody.
    pub fn watch(path: impl Into<RingPath>, every: Duration) -> Result<Self, RingFileError> {
        watch(path.into(), every).map(|(handle, _)| handle)
    }

    /// How following the file goes; `None` for a handle that follows none.
    pub fn status(&self) -> Option<RingStatus> {
        let watched = self.watch_of()?;
        let status = watched.0.status.lock().unwrap_or_else(PoisonError::into_inner).clone();
        // Of the ring in force, which may have been replaced by hand.
        Some(RingStatus { key_ids: self.key_ids(), ..status })
    }
}

fn watch(path: RingPath, every: Duration) -> Result<(Keys, JoinHandle<()>), RingFileError> {
    let (hash, file) = path.load()?;
    let now = Timestamp::now();
    let status = RingStatus {
        loaded_at: now,
        checked_at: now,
        key_ids: Vec::new(),
        loads: 1,
        early: 0,
        failures: 0,
        error: None,
    };
    let watched = Watched(Arc::new(Signals {
        wish: AtomicBool::new(false),
        stop: AtomicBool::new(false),
        thread: OnceLock::new(),
        status: Mutex::new(status),
    }));
    let signals = Arc::clone(&watched.0);
    let handle = Keys::watched(file.into(), watched);
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

/// The handle's end of the thread. Dropping it, with the last clone of the handle, ends the thread.
pub(super) struct Watched(Arc<Signals>);

impl Watched {
    /// Asks for an early look. Only the first wish after a look writes and wakes: a flood of forged tokens costs a load each.
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

/// Tells, should the thread die of a panic, that nobody follows the file any more.
struct Obituary(Arc<Signals>);

impl Drop for Obituary {
    fn drop(&mut self) {
        if thread::panicking() {
            let error = RingFileError::from(RingFileProblem::Unwatched);
            let reason = error.label();
            self.0.status.lock().unwrap_or_else(PoisonError::into_inner).error = Some(error);
            log::ring_kept(reason);
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
    /// Unparking orders what was written before it against what the thread reads after parking.
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
                    // Before the look: who wishes during it, gets another one.
                    self.wish.store(false, Ordering::Relaxed);
                    follower.look(&self.status, early, Timestamp::now());
                    schedule.looked(Instant::now(), early, jitter());
                }
            }
        }
    }
}

/// When to look, on a clock that never goes back.
struct Schedule {
    every: Duration,
    next: Instant,
    /// No early look before this moment.
    not_early_before: Instant,
}

#[derive(Debug, PartialEq, Eq)]
enum Next {
    Wait(Duration),
    Look { early: bool },
}

impl Schedule {
    fn new(every: Duration, now: Instant, jitter: f64) -> Self {
        let every = every.clamp(SHORTEST, LONGEST);
        Self { every, next: after(now, every.mul_f64(jitter)), not_early_before: now }
    }

    fn next(&self, now: Instant, wish: bool) -> Next {
        if now >= self.next {
            return Next::Look { early: false };
        }
        if !wish {
            return Next::Wait(self.next - now);
        }
        if now >= self.not_early_before {
            return Next::Look { early: true };
        }
        Next::Wait(self.next.min(self.not_early_before) - now)
    }

    fn looked(&mut self, now: Instant, early: bool, jitter: f64) {
        self.next = after(now, self.every.mul_f64(jitter));
        if early {
            self.not_early_before = after(now, BETWEEN_EARLY);
        }
    }
}

/// A year is as good as any time that a clock cannot hold.
fn after(now: Instant, time: Duration) -> Instant {
    now + time.min(LONGEST)
}

/// Four fifths to the whole: nodes that started together drift apart, and none looks later than it was told to.
fn jitter() -> f64 {
    let random = RandomState::new().hash_one(0u8) % 1024;
    0.8 + 0.2 * random as f64 / 1023.0
}

/// What one look does.
struct Follower<H> {
    path: RingPath,
    /// Of the bytes that the present ring was made of.
    hash: [u8; 32],
    handle: H,
}

impl<H: Fn() -> Option<Keys>> Follower<H> {
    fn look(&mut self, status: &Mutex<RingStatus>, early: bool, now: Timestamp) {
        let loaded = self.path.load();
        let Some(handle) = (self.handle)() else { return };
        let mut status = status.lock().unwrap_or_else(PoisonError::into_inner);
        status.checked_at = now;
        status.early += u64::from(early);
        match loaded {
            Ok((hash, file)) => {
                status.error = None;
                if hash != self.hash {
                    self.hash = hash;
                    status.loaded_at = now;
                    status.loads += 1;
                    let keys = file.entries().count();
                    handle.replace(file.into());
                    // Whoever hears of it may ask for the status.
                    drop(status);
                    log::ring_loaded(keys);
                }
            }
            Err(error) => {
                let reason = error.label();
                status.failures += 1;
                status.error = Some(error);
                drop(status);
                log::ring_kept(reason);
            }
        }
    }
}

impl RingPath {
    fn load(&self) -> Result<([u8; 32], RingFile), RingFileError> {
        let octets = self.octets()?;
        Ok((crypto::sha256(&[&octets]), RingFile::from_octets(&octets)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::keys::KeyRing;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn it_looks_in_time_and_early_at_most_every_few_seconds() {
        let start = Instant::now();
        let at = |seconds| start + SECOND * seconds;
        let mut schedule = Schedule::new(60 * SECOND, start, 1.0);
        assert_eq!(schedule.next(at(0), false), Next::Wait(60 * SECOND));
        assert_eq!(schedule.next(at(59), false), Next::Wait(SECOND));
        assert_eq!(schedule.next(at(60), false), Next::Look { early: false });

        assert_eq!(schedule.next(at(10), true), Next::Look { early: true });
        schedule.looked(at(10), true, 0.8);
        assert_eq!(schedule.next(at(10), false), Next::Wait(48 * SECOND));
        assert_eq!(schedule.next(at(11), true), Next::Wait(2 * SECOND));
        assert_eq!(schedule.next(at(13), true), Next::Look { early: true });

        schedule.looked(at(58), true, 1.0);
        schedule.looked(at(60), false, 1.0);
        assert_eq!(
            schedule.next(at(60), true),
            Next::Wait(SECOND),
            "a look in time changes nothing"
        );
        assert_eq!(schedule.next(at(61), true), Next::Look { early: true });
    }

    #[test]
    fn intervals_out_of_the_ordinary_are_bounded() {
        let now = Instant::now();
        assert_eq!(Schedule::new(Duration::ZERO, now, 1.0).next(now, false), Next::Wait(SHORTEST));
        let next = Schedule::new(Duration::MAX, now, 0.8).next(now, false);
        assert_eq!(next, Next::Wait(LONGEST.mul_f64(0.8)));
        for jitter in [0.8, 0.999, 1.0] {
            Schedule::new(Duration::MAX, now, jitter).looked(now, true, jitter);
        }
        let (least, most) =
            (0..10_000).map(|_| jitter()).fold((1.0f64, 0.8f64), |(a, b), j| (a.min(j), b.max(j)));
        assert!((0.8..0.81).contains(&least) && (0.99..=1.0).contains(&most), "{least} {most}");
    }

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
        let (handle, _thread) = watch(path.clone().into(), LONGEST).unwrap();
        let other = Key::generate().unwrap();
        let id = other.id();
        assert!(!handle.status().unwrap().key_ids.contains(&id));
        handle.replace(KeyRing::new(other));
        assert_eq!(handle.status().unwrap().key_ids, [id]);
        std::fs::remove_file(&path).unwrap();
        std::fs::remove_file(path.with_extension("toml.lock")).unwrap();
    }

    #[test]
    fn a_thread_that_dies_is_reported() {
        let signals = Arc::new(Signals {
            wish: AtomicBool::new(false),
            stop: AtomicBool::new(false),
            thread: OnceLock::new(),
            status: Mutex::new(RingStatus {
                loaded_at: Timestamp::from_secs(0),
                checked_at: Timestamp::from_secs(0),
                key_ids: Vec::new(),
                loads: 1,
                early: 0,
                failures: 0,
                error: None,
            }),
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
