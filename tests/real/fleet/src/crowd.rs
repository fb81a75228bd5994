//! All clients of a run, each on a connection of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

use crate::Error;
use crate::client::{Client, Habit};
use crate::tally::Tally;

const BUSY: u64 = 100;
const LOYAL: u64 = 50;
const SLOW: u64 = 150;
/// Those who never log out.
pub const FAITHFUL: u64 = LOYAL + SLOW;

pub struct Crowd {
    runtime: Runtime,
    clients: Vec<JoinHandle<()>>,
    stop: Arc<AtomicBool>,
    pub tally: Arc<Tally>,
}

impl Crowd {
    pub fn start(port: u16, patient: bool) -> Result<Self, Error> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let (stop, tally) = (Arc::new(AtomicBool::new(false)), Arc::new(Tally::default()));
        let client = |number: u64| {
            let habit = match number {
                0..BUSY => Habit::Busy,
                number if number < BUSY + LOYAL => Habit::Loyal,
                _ => Habit::Slow,
            };
            let (stop, tally) = (Arc::clone(&stop), Arc::clone(&tally));
            let random = (number + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            runtime.spawn(Client { port, habit, patient, stop, tally, random }.live())
        };
        let clients = (0..BUSY + FAITHFUL).map(client).collect();
        Ok(Self { runtime, clients, stop, tally })
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
