//! The acceptance script: one list of scenarios, each against a real server of each framework, over a loopback socket. Prints a table
//! and fails if any cell does.
//!
//! `cargo test --manifest-path tests/real/Cargo.toml -p hardtack-frameworks --locked`; words after `--` choose frameworks or scenarios by a part of
//! their names.

mod client;
mod events;
mod panics;
mod scenarios;
mod site;
mod table;

use std::process::ExitCode;
use std::time::Instant;

use hardtack_frameworks::servers;
use site::Site;
use table::{Cell, Table};

fn main() -> ExitCode {
    let words: Vec<String> =
        std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let started = Instant::now();
    events::capture();
    panics::record();
    let frameworks = chosen(&servers::ALL, &words, |framework| framework.name);
    let scenarios = chosen(&scenarios::ALL, &words, |scenario| scenario.0);
    let mut table = Table::new(&frameworks, &scenarios);
    for framework in &frameworks {
        let site = Site::open(framework);
        for (name, scenario) in &scenarios {
            events::take();
            table.push(name, Cell::of(|| scenario(&site)));
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
