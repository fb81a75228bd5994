//! Rotation, roll-outs and a move under load: scenarios with servers behind nginx, all on the loopback, each bounded in time. Where a
//! rule is kept, no session may be lost; where it is broken, sessions must be lost, or the first shows nothing.

use std::process::ExitCode;
use std::time::Duration;

use hardtack::keys::RotationPolicy;
use hardtack::{HOUR, SetupError, Timeouts};

mod address;
mod client;
mod crowd;
mod fleet;
mod line;
mod metrics;
mod node;
mod old;
mod pages;
mod process;
mod proxy;
mod release;
mod scenarios;
mod strangler;
mod tally;
mod visit;

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
        ["node", address, ring, site, release] => node::serve(address, ring, site, release),
        ["budget", address, budget] => scenarios::budget::serve(address, budget),
        ["old", address] => old::serve(address),
        ["moved", address, ring, key, until] => node::serve_moved(address, ring, key, until),
        [] => scenarios::run(None),
        [number] => number.parse().map_err(Error::from).and_then(|one| scenarios::run(Some(one))),
        _ => Err("no arguments, or the number of a scenario".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fleet: {error}");
            ExitCode::FAILURE
        }
    }
}
