//! All clients of one door, each on a separate connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::Error;
use crate::client::{Client, Habit};
use crate::tally::Tally;

pub struct Crowd {
    runtime: Runtime,
    clients: Vec<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    pub tally: Arc<Tally>,
}

/// How many clients of which habit.
#[derive(Clone, Copy)]
pub struct Size {
    pub busy: usize,
    pub loyal: usize,
    pub slow: usize,
}

impl Size {
    pub const WHOLE: Self = Self { busy: 100, loyal: 50, slow: 150 };
    /// For each of two doors.
    pub const HALF: Self = Self { busy: 50, loyal: 25, slow: 75 };
    /// Those who only read.
    pub const READERS: Self = Self { busy: 0, loyal: 0, slow: 50 };

    /// Those who never log out.
    pub const fn faithful(self) -> u64 {
        (self.loyal + self.slow) as u64
    }
}

impl Crowd {
    pub fn start(door: SocketAddr, size: Size, patient: bool) -> Result<Self, Error> {
        Self::of(door, size, patient, false)
    }

    /// Of clients that visit every page, whichever server answers it.
    pub fn roaming(door: SocketAddr, size: Size) -> Result<Self, Error> {
        Self::of(door, size, false, true)
    }

    fn of(door: SocketAddr, size: Size, patient: bool, roams: bool) -> Result<Self, Error> {
        static NUMBER: AtomicU64 = AtomicU64::new(1);
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (stop, tally) = (Arc::new(AtomicBool::new(false)), Arc::new(Tally::default()));
        let client = |habit| {
            let (stop, tally) = (Arc::clone(&stop), Arc::clone(&tally));
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let random = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let switches = false;
            let client =
                Client { door, number, habit, patient, roams, stop, tally, switches, random };
            runtime.spawn(client.live())
        };
        let habits =
            [(Habit::Busy, size.busy), (Habit::Loyal, size.loyal), (Habit::Slow, size.slow)];
        let each = habits.into_iter().flat_map(|(habit, count)| std::iter::repeat_n(habit, count));
        let clients = each.map(client).collect();
        Ok(Self { runtime, clients, stop, tally })
    }

    /// Stops all of them, which takes as long as one.
    pub fn stop_all(crowds: Vec<Self>) -> Vec<Arc<Tally>> {
        crowds.iter().for_each(|crowd| crowd.stop.store(true, Ordering::SeqCst));
        crowds.into_iter().map(Self::stop).collect()
    }

    pub fn stop(self) -> Arc<Tally> {
        self.stop.store(true, Ordering::SeqCst);
        for client in self.clients {
            // A client that panicked is missed among the sessions that lived.
            let _ = self.runtime.block_on(client);
        }
        self.tally
    }
}
