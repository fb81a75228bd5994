//! The three runs, and what must be true after each.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use hardtack::keys::{RingFile, Rotation};
use hardtack::{Key, Timestamp};

use crate::crowd::{Crowd, FAITHFUL};
use crate::fleet::{Fleet, sleep_until};
use crate::{Error, scale};

/// The least that run 1 is held to.
const ROTATIONS: usize = 5;
const REQUESTS: u64 = 200_000;
/// Run 1 rotates no longer than this.
const LONGEST: Duration = Duration::from_secs(120);
/// How long nginx may need to be done with a node that was killed, and to find it again.
const ECHO: f64 = 2.0;

pub fn all() -> Result<(), Error> {
    by_the_policy()?;
    far_behind()?;
    in_one_step()
}

fn by_the_policy() -> Result<(), Error> {
    println!(
        "\n1. Keys rotate by the policy; a node is killed and comes back with the ring of before"
    );
    let mut fleet = Fleet::start()?;
    let crowd = Crowd::start(fleet.port, false)?;
    let first = sealing(&fleet)?;
    let start = Instant::now();
    let (mut rotations, mut kills) = (0, Vec::new());
    while (rotations < ROTATIONS || crowd.tally.requests.get() < REQUESTS)
        && start.elapsed() < LONGEST
    {
        let rotation = if rotations % 3 == 1 {
            let number = kills.len() % fleet.nodes.len();
            let (old, killed) = (fs::read_to_string(&fleet.master)?, now());
            fleet.nodes[number].kill()?;
            let rotation = rotate(&fleet, Step::Policy)?;
            thread::sleep(Duration::from_millis(500));
            let node = &mut fleet.nodes[number];
            node.restart_with(&old)?;
            node.deliver();
            kills.push((node.port, killed..now() + ECHO));
            rotation
        } else {
            rotate(&fleet, Step::Policy)?
        };
        sleep_until(rotation.seal_from);
        thread::sleep(Duration::from_millis(1500));
        RingFile::update(&fleet.master, |file| Ok(file.retire(Timestamp::now())))?;
        rotations += 1;
    }
    // Until everybody has come back once more.
    thread::sleep(scale::IDLE);
    let agree = in_step(&fleet)?;
    let last = sealing(&fleet)?;
    let tally = crowd.stop();
    print!("{tally}");
    let passed_on = fleet.proxy.passed_on()?;
    let mut kinds = BTreeMap::<_, usize>::new();
    for request in &passed_on {
        *kinds.entry(request.what).or_default() += 1;
    }
    println!(
        "  {rotations} rotations, {} kills; nginx passed on to another node: {kinds:?}",
        kills.len()
    );
    let lived = tally.lives(&first, &last);
    println!("  {lived} sessions lived from the first key to the last");

    demand("no session lost, none mixed up, none logged out", tally.lost.get() == 0)?;
    demand("no 5xx, no request without an answer", tally.no_harm())?;
    let enough = rotations >= ROTATIONS && tally.requests.get() >= REQUESTS && !kills.is_empty();
    demand("5 rotations, 200,000 requests, a kill", enough)?;
    let caused = passed_on.iter().all(|request| {
        kills
            .iter()
            .any(|(port, while_dead)| *port == request.by && while_dead.contains(&request.at))
    });
    demand(
        "nginx passed requests on, and only those of a killed node",
        caused && !passed_on.is_empty(),
    )?;
    demand("each key has sealed", tally.keys_used() == rotations + 1)?;
    demand("every session that nobody ended is there, under the last key", lived == FAITHFUL)?;
    demand("the nodes agree on the ring", agree)
}

fn far_behind() -> Result<(), Error> {
    println!("\n2. A node comes back without the key that seals, and has to wait for it");
    let mut fleet = Fleet::start()?;
    let crowd = Crowd::start(fleet.port, true)?;
    thread::sleep(Duration::from_secs(2));
    let old = fs::read_to_string(&fleet.master)?;
    fleet.nodes[1].kill()?;
    sleep_until(rotate(&fleet, Step::Policy)?.seal_from);
    thread::sleep(Duration::from_secs(1));
    // It seals with the old key meanwhile, which the others open for half the idle time at the very least: far longer than this.
    fleet.nodes[1].restart_with(&old)?;
    thread::sleep(Duration::from_secs(2));
    fleet.nodes[1].deliver();
    thread::sleep(scale::RELOAD + scale::IDLE);
    let agree = in_step(&fleet)?;
    let tally = crowd.stop();
    print!("{tally}");
    demand("it refused", tally.refused.get() > 0)?;
    demand("it logged nobody out", tally.lost.get() == 0 && tally.no_harm())?;
    demand("the nodes agree on the ring", agree)
}

fn in_one_step() -> Result<(), Error> {
    println!("\n3. As 1, but keys are published and seal in one step: this must lose sessions");
    let fleet = Fleet::start()?;
    let crowd = Crowd::start(fleet.port, false)?;
    thread::sleep(Duration::from_secs(2));
    for _ in 0..3 {
        rotate(&fleet, Step::AtOnce)?;
        thread::sleep(scale::ACTIVATION);
    }
    let tally = crowd.stop();
    print!("{tally}");
    let (lost, started) = (tally.lost.get(), tally.log_ins.get());
    println!("  {lost} sessions lost of {started} that were started");
    demand("sessions are lost", lost > 0)?;
    demand("nothing else goes wrong", tally.no_harm())
}

enum Step {
    Policy,
    AtOnce,
}

/// As `hardtack ring rotate` does, and `hardtack ring rotate --now`.
fn rotate(fleet: &Fleet, step: Step) -> Result<Rotation, Error> {
    let (key, policy) = (Key::generate()?, scale::policy()?);
    Ok(RingFile::update(&fleet.master, |file| match step {
        Step::Policy => file.rotate(key, &policy, Timestamp::now()),
        Step::AtOnce => file.rotate_now(key, &policy, Timestamp::now()),
    })?)
}

fn sealing(fleet: &Fleet) -> Result<String, Error> {
    let file = RingFile::read(&fleet.master)?;
    let key = file.sealing_key_id(Timestamp::now()).ok_or("no key seals")?;
    Ok(key.to_string())
}

fn in_step(fleet: &Fleet) -> Result<bool, Error> {
    let ids: Vec<_> = RingFile::read(&fleet.master)?.entries().map(|e| e.id.to_string()).collect();
    let mut agree = true;
    for (node, (found, rest)) in fleet.rings()?.into_iter().enumerate() {
        println!("  node {node}: {rest}");
        agree &= found == ids.join(" ");
    }
    Ok(agree)
}

fn demand(what: &str, held: bool) -> Result<(), Error> {
    println!("  {} {what}", if held { "ok:    " } else { "FAILED:" });
    if held { Ok(()) } else { Err(format!("not so: {what}").into()) }
}

fn now() -> f64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |time| time.as_secs_f64())
}
