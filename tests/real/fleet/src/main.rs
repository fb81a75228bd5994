//! Rotation under load. Three runs against three servers behind nginx, all on the loopback, each bounded in time:
//!
//! 1. **By the policy**: keys rotate, nodes are killed and come back with the ring file of before. No session may be lost.
//! 2. **A node far behind**: it comes back without the key that seals. It refuses, and logs nobody out.
//! 3. **In one step**: keys are published and seal at once. Sessions must be lost, or run 1 shows nothing.

use std::process::ExitCode;
use std::time::Duration;

use hardtack::keys::RotationPolicy;
use hardtack::{HOUR, SetupError, Timeouts};

mod client;
mod crowd;
mod fleet;
mod node;
mod proxy;
mod run;
mod tally;

type Error = Box<dyn std::error::Error + Send + Sync>;

/// Days become seconds. What the policy derives from these keeps the order that it has in days.
mod scale {
    use super::{Duration, HOUR, RotationPolicy, SetupError, Timeouts};

    pub const IDLE: Duration = Duration::from_secs(8);
    pub const LEEWAY: Duration = Duration::from_secs(1);
    pub const ACTIVATION: Duration = Duration::from_secs(5);
    /// The slowest copy, and the longest wait of its node.
    pub const RELOAD: Duration = Duration::from_secs(2);
    /// How often a node looks at its copy.
    pub const LOOK: Duration = Duration::from_millis(400);
    /// How long the ring file takes to each node.
    pub const WAYS: [Duration; 3] =
        [Duration::from_millis(50), Duration::from_millis(600), Duration::from_millis(1300)];

    pub const TIMEOUTS: Timeouts = Timeouts { idle: IDLE, absolute: HOUR };

    pub fn policy() -> Result<RotationPolicy, SetupError> {
        let builder = RotationPolicy::builder().activation(ACTIVATION).lifetime(ACTIVATION);
        builder.reload(RELOAD).longest_idle(IDLE).leeway(LEEWAY).build()
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["node", port, ring] => node::serve(port, ring),
        [] => run::all(),
        _ => Err("no arguments, or: node PORT RING".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fleet: {error}");
            ExitCode::FAILURE
        }
    }
}
