//! The acceptance script: the scenarios of the crate's own tests, and those that need a socket, each against a real server of each
//! framework over loopback. Prints a table and fails if any cell does.
//!
//! `cargo test --manifest-path tests/real/Cargo.toml -p hardtack-frameworks --locked`; words after `--` choose frameworks or scenarios by a part of
//! their names.

mod client;
mod hostile;
mod meanwhile;
mod panics;
mod server;
mod table;
mod wire;

#[path = "../../../../adapters/events.rs"]
mod events;
#[path = "../../../../adapters/heard.rs"]
mod heard;
#[path = "../../../../adapters/scenarios/mod.rs"]
mod scenarios;

use std::process::ExitCode;
use std::time::Instant;

use hardtack_frameworks::{servers, site, world};
use scenarios::each_scenario;
use server::Server;
use site::Verdict;
use table::{Cell, Table};

enum Scenario {
    /// One that runs in process too.
    Anywhere(fn(&site::Site) -> Verdict),
    OverASocket(fn(&Server) -> Verdict),
}

use Scenario::{Anywhere, OverASocket};

macro_rules! named {
    ($($module:ident { $($scenario:ident $name:literal)+ })+) => {
        [$($(($name, Anywhere(scenarios::$module::$scenario))),+),+]
    };
}

const ANYWHERE: [(&str, Scenario); 50] = each_scenario!(named);

const OVER_A_SOCKET: [(&str, Scenario); 9] = [
    ("log-out: a slow response revives nothing", OverASocket(meanwhile::slow_response)),
    ("a change after the head was sent", OverASocket(meanwhile::late_change)),
    ("another cookie's odd bytes hide nothing", OverASocket(meanwhile::odd_bytes)),
    ("HTTP/2, 64 streams, several Cookie lines", OverASocket(wire::http2)),
    ("64 parallel requests on one cookie", OverASocket(wire::parallel)),
    ("hostile Cookie headers of all lengths", OverASocket(hostile::of_all_lengths)),
    ("hostile: many cookies in one line", OverASocket(hostile::of_many_cookies)),
    ("hostile: bytes of all values", OverASocket(hostile::of_odd_bytes)),
    ("hostile: over HTTP/2", OverASocket(hostile::over_http2)),
];

fn main() -> ExitCode {
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let started = Instant::now();
    let events = events::everywhere(|| {});
    panics::record();
    let all: Vec<_> = ANYWHERE.into_iter().chain(OVER_A_SOCKET).collect();
    let frameworks = chosen(&servers::ALL, &words, |framework| framework.name);
    let scenarios = chosen(&all, &words, |scenario| scenario.0);
    let names: Vec<_> = scenarios.iter().map(|scenario| scenario.0).collect();
    let mut table = Table::new(&frameworks, &names);
    for framework in &frameworks {
        let server = Server::open(framework, events.clone());
        for (name, scenario) in &scenarios {
            heard::take(&server);
            let cell = Cell::of(|| match scenario {
                Anywhere(scenario) => scenario(&server),
                OverASocket(scenario) => scenario(&server),
            });
            table.push(name, cell);
        }
    }
    println!("{table}");
    println!("{} cells in {:.1} s", table.cells(), started.elapsed().as_secs_f32());
    if table.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Those of which some word is a part; all where no word is a part of any.
fn chosen<'a, T>(all: &'a [T], words: &[String], name: impl Fn(&T) -> &str) -> Vec<&'a T> {
    let named = |item: &&T| words.iter().any(|word| name(item).contains(word.as_str()));
    let some: Vec<_> = all.iter().filter(named).collect();
    if some.is_empty() { all.iter().collect() } else { some }
}
