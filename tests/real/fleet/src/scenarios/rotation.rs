//! Keys rotate under load.

use std::collections::BTreeMap;
use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use hardtack::Timestamp;
use hardtack::keys::RingFile;

use super::{Step, demand, in_step, rotate, sealing};
use crate::crowd::{Crowd, Size};
use crate::fleet::{Fleet, sleep_until};
use crate::release::{Release, Site};
use crate::{Error, scale};

/// The least that `by_the_policy` is held to.
const ROTATIONS: usize = 5;
const REQUESTS: u64 = 200_000;
/// It rotates no longer than this.
const LONGEST: Duration = Duration::from_secs(120);
/// How long nginx may need to be done with a node that was killed, and to find it again.
const ECHO: f64 = 2.0;

pub fn by_the_policy() -> Result<(), Error> {
    let mut fleet = Fleet::start(Site::Members, Release::Before)?;
    let crowd = Crowd::start(fleet.door, Size::WHOLE, false)?;
    let first = sealing(&fleet)?;
    let start = Instant::now();
    let (mut rotations, mut kills) = (0, Vec::new());
    while (rotations < ROTATIONS || crowd.tally.requests.get() < REQUESTS)
        && start.elapsed() < LONGEST
    {
        let rotation = if rotations % 3 == 1 {
            let number = kills.len() % fleet.nodes.len();
            let (old, killed) = (fs::read_to_string(&fleet.master)?, now());
            fleet.nodes[number].hold();
            fleet.nodes[number].kill();
            let rotation = rotate(&fleet, Step::Policy)?;
            sleep(Duration::from_millis(500));
            let node = &mut fleet.nodes[number];
            node.restart_with(&old)?;
            node.deliver();
            kills.push((node.address, killed..now() + ECHO));
            rotation
        } else {
            rotate(&fleet, Step::Policy)?
        };
        sleep_until(rotation.seal_from);
        sleep(Duration::from_millis(1500));
        RingFile::update(&fleet.master, |file| Ok(file.retire(Timestamp::now())))?;
        rotations += 1;
    }
    // Until everybody has come back once more.
    sleep(scale::IDLE);
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
            .any(|(node, while_dead)| *node == request.by && while_dead.contains(&request.at))
    });
    demand(
        "nginx passed requests on, and only those of a killed node",
        caused && !passed_on.is_empty(),
    )?;
    demand("each key has sealed", tally.keys_used() == rotations + 1)?;
    demand(
        "every session that nobody ended is there, under the last key",
        lived == Size::WHOLE.faithful(),
    )?;
    demand("the nodes agree on the ring", agree)
}

pub fn far_behind() -> Result<(), Error> {
    let mut fleet = Fleet::start(Site::Members, Release::Before)?;
    let crowd = Crowd::start(fleet.door, Size::WHOLE, true)?;
    sleep(Duration::from_secs(2));
    let old = fs::read_to_string(&fleet.master)?;
    fleet.nodes[1].hold();
    fleet.nodes[1].kill();
    sleep_until(rotate(&fleet, Step::Policy)?.seal_from);
    sleep(Duration::from_secs(1));
    // It seals with the old key meanwhile, which the others open for half the idle time at the very least: far longer than this.
    fleet.nodes[1].restart_with(&old)?;
    sleep(Duration::from_secs(2));
    fleet.nodes[1].deliver();
    sleep(scale::RELOAD + scale::IDLE);
    let agree = in_step(&fleet)?;
    let tally = crowd.stop();
    print!("{tally}");
    demand("it refused", tally.refused.get() > 0)?;
    demand("it logged nobody out", tally.lost.get() == 0 && tally.no_harm())?;
    demand("the nodes agree on the ring", agree)
}

pub fn in_one_step() -> Result<(), Error> {
    let fleet = Fleet::start(Site::Members, Release::Before)?;
    let crowd = Crowd::start(fleet.door, Size::WHOLE, false)?;
    sleep(Duration::from_secs(2));
    for _ in 0..3 {
        rotate(&fleet, Step::AtOnce)?;
        sleep(scale::ACTIVATION);
    }
    let tally = crowd.stop();
    print!("{tally}");
    let (lost, started) = (tally.lost.get(), tally.log_ins.get());
    println!("  {lost} sessions lost of {started} that were started");
    demand("sessions are lost", lost > 0)?;
    demand("nothing else goes wrong", tally.no_harm())
}

fn now() -> f64 {
    SystemTime::UNIX_EPOCH.elapsed().map_or(0.0, |time| time.as_secs_f64())
}
