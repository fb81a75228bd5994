//! What happens to a fleet, and what must be true after it.

mod behind;
pub mod budget;
mod dashboard;
mod roll_out;
mod rotation;
mod strangler;

use std::thread::sleep;
use std::time::{Duration, Instant};

use hardtack::keys::{RingFile, Rotation};
use hardtack::{Key, Timestamp};

use crate::Error;
use crate::fleet::Fleet;
use crate::process::PATIENCE;
use crate::release::Release;

/// Runs all of them, or the one with this number.
pub fn run(only: Option<usize>) -> Result<(), Error> {
    let start = Instant::now();
    let wanted = |number| only.is_none_or(|only| only == number);
    for (number, (title, run)) in (1..).zip(SCENARIOS).filter(|(number, _)| wanted(*number)) {
        println!("\n{number}. [{:4}s] {title}", start.elapsed().as_secs());
        run()?;
    }
    println!("\n   [{:4}s] done", start.elapsed().as_secs());
    Ok(())
}

type Scenario = fn() -> Result<(), Error>;

const SCENARIOS: [(&str, Scenario); 10] = [
    (
        "Keys rotate by the policy; a node is killed and comes back with the ring of before",
        rotation::by_the_policy,
    ),
    ("A node comes back without the key that seals, and has to wait for it", rotation::far_behind),
    (
        "As 1, but keys are published and seal in one step: this must lose sessions",
        rotation::in_one_step,
    ),
    (
        "The session's type changes, read before it is written; it is rolled back, and comes again",
        roll_out::readers_first,
    ),
    (
        "As 4, but it is read and written in one step: this must lose sessions, until all nodes have it",
        roll_out::in_one_step,
    ),
    (
        "get_or_start everywhere, and a node that is behind: in a roll-out, then in a rotation",
        behind::nothing_is_destroyed,
    ),
    (
        "Users of an actix-session server move to this one, path by path, then all of them",
        strangler::path_by_path,
    ),
    (
        "As 7, but the old cookies are read with the wrong key: this must lose all sessions",
        strangler::with_the_wrong_key,
    ),
    ("A session beside other headers, behind nginx with its default buffer", budget::fits_nginx),
    (
        "A Prometheus answers the page's queries and raises its alarms over a fleet in trouble",
        dashboard::shows_what_happened,
    ),
];

enum Step {
    Policy,
    AtOnce,
}

/// As `hardtack ring rotate` does, and `hardtack ring rotate --now`.
fn rotate(fleet: &Fleet, step: Step) -> Result<Rotation, Error> {
    let key = Key::generate()?;
    Ok(RingFile::update(&fleet.master, |file| match step {
        Step::Policy => file.rotate(key, Timestamp::now()),
        Step::AtOnce => file.rotate_now(key, Timestamp::now()),
    })?)
}

/// Puts a release on all nodes, one after the other; returns how long it took from the first to the last.
fn roll_out(fleet: &mut Fleet, release: Release, pause: Duration) -> Result<Duration, Error> {
    let mut first = None;
    for node in &mut fleet.nodes {
        if first.is_some() {
            sleep(pause);
        }
        node.replace(release)?;
        first.get_or_insert_with(Instant::now);
    }
    Ok(first.map_or(Duration::ZERO, |first| first.elapsed()))
}

fn sealing(fleet: &Fleet) -> Result<String, Error> {
    let file = RingFile::read(&fleet.master)?;
    let key = file.sealing_key_id(Timestamp::now()).ok_or("no key seals")?;
    Ok(key.to_string())
}

/// Whether each node has the keys of the master file.
fn in_step(fleet: &Fleet) -> Result<bool, Error> {
    let rings = fleet.rings()?;
    for (node, (_, rest)) in rings.iter().enumerate() {
        println!("  node {node}: {rest}");
    }
    have_the_keys(fleet, &rings)
}

/// Whatever a node answers after this, it answers with the keys of the master file.
fn wait_until_in_step(fleet: &Fleet) -> Result<(), Error> {
    let start = Instant::now();
    while !have_the_keys(fleet, &fleet.rings()?)? {
        if start.elapsed() > PATIENCE {
            return Err("a ring file does not arrive".into());
        }
        sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn have_the_keys(fleet: &Fleet, rings: &[(String, String)]) -> Result<bool, Error> {
    let ids: Vec<_> = RingFile::read(&fleet.master)?.entries().map(|e| e.id.to_string()).collect();
    Ok(rings.iter().all(|(found, _)| *found == ids.join(" ")))
}

fn demand(what: &str, held: bool) -> Result<(), Error> {
    println!("  {} {what}", if held { "ok:    " } else { "FAILED:" });
    if held { Ok(()) } else { Err(format!("not so: {what}").into()) }
}
