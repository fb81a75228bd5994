//! hardtack beside its peers: one process, round robin, medians, ratios.
//!
//! `cargo run --release` prints the tables; `-- --check` fails where a target is missed; `-- --plot FILE` writes the plot.

mod alloc;
mod check;
mod contestant;
mod data;
mod extras;
mod limit;
mod measure;
mod ours;
mod peers;
mod plot;
mod seshcookie;
mod table;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use contestant::{Contestant, Kind};
use data::Data;
use measure::Plan;
use table::{Group, Row};

#[global_allocator]
static ALLOCATOR: alloc::Counting = alloc::Counting;

const PLAN: Plan = Plan { rounds: 151, batch: Duration::from_micros(400) };

fn main() -> ExitCode {
    let started = Instant::now();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let plot = arguments.iter().position(|a| a == "--plot").map(|at| &arguments[at + 1]);
    println!("hardtack's backend: {}; {} rounds, medians\n", check::BACKEND.name, PLAN.rounds);
    let groups = [
        run("small", &data::small()),
        run("medium", &data::medium()),
        run("large", &data::large()),
    ];
    for group in &groups {
        table::print(group);
    }
    let extras = extras::run(PLAN);
    extras.print();
    if let Some(file) = plot {
        let svg = plot::draw(PLAN);
        std::fs::write(file, svg).expect("the plot's file can be written");
        println!("plot: {file}");
    }
    let verdict = check::all(&groups, &extras);
    check::print(&verdict);
    println!("{:.0} s", started.elapsed().as_secs_f64());
    let missed = verdict.iter().any(|line| !line.holds());
    if missed && arguments.iter().any(|a| a == "--check") {
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn contestants<T: Data>(data: &T) -> Vec<Contestant> {
    use Kind::{Encrypted, Signed};
    vec![
        ours::token(data, Encrypted),
        peers::jar(data, Encrypted),
        peers::biscotti(data, Encrypted),
        peers::actix_session(data),
        peers::tower_sessions(data, Encrypted),
        peers::pasetors(data),
        peers::branca(data),
        peers::fernet(data),
        ours::token(data, Signed),
        peers::jar(data, Signed),
        peers::biscotti(data, Signed),
        peers::tower_sessions(data, Signed),
        peers::jsonwebtoken(data),
        ours::header(data, Encrypted),
        peers::jar_header(data, Encrypted),
        seshcookie::header(data),
        ours::header(data, Signed),
        peers::jar_header(data, Signed),
    ]
}

fn run<T: Data>(name: &'static str, data: &T) -> Group {
    let contestants = contestants(data);
    let facts: Vec<_> = contestants.iter().map(Row::unmeasured).collect();
    let (seals, opens): (Vec<_>, Vec<_>) =
        contestants.into_iter().map(|c| (c.seal, c.open)).unzip();
    // The limit's stages run in the same round robin as the contestants that are compared with it.
    let mut acts: Vec<_> = seals.into_iter().chain(opens).collect();
    let count = facts.len();
    acts.extend(limit::seal(data));
    acts.extend(limit::open(data));
    let medians = measure::medians(&mut acts, PLAN);
    let (contestants, stages) = medians.split_at(2 * count);
    let (seals, opens) = contestants.split_at(count);
    let (seal_stages, open_stages) = stages.split_at(limit::SEAL.len());
    let measured = facts.into_iter().zip(seals.iter().zip(opens));
    let payload = postcard::to_allocvec(data).unwrap();
    Group {
        name,
        payload: payload.len(),
        payload_allocations: alloc::count(|| drop(postcard::from_bytes::<T>(&payload).unwrap())),
        rows: measured.map(|(row, (&seal, &open))| Row { seal, open, ..row }).collect(),
        seal_stages: seal_stages.to_vec(),
        open_stages: open_stages.to_vec(),
    }
}
