//! The session's type changes from release to release, node by node, under load, at a sticky door and at another.

use std::thread::sleep;
use std::time::Duration;

use super::{demand, roll_out};
use crate::client::LONGEST_PAUSE;
use crate::crowd::{Crowd, Size};
use crate::fleet::Fleet;
use crate::release::{Release, Site};
use crate::{Error, scale};

/// Between two nodes of a roll-out that takes as long as it must.
const QUICK: Duration = Duration::from_millis(1500);
/// Between two nodes of one that takes longer than the idle time.
const SLOW: Duration = Duration::from_millis(4200);
/// For answers that are on their way.
const ANSWERS: Duration = Duration::from_secs(1);

pub fn readers_first() -> Result<(), Error> {
    let mut fleet = Fleet::start(Site::Members, Release::Before)?;
    let mut crowds = at_both_doors(&fleet, Size::HALF)?;
    sleep(QUICK);
    roll_out(&mut fleet, Release::ReadsNewer, QUICK)?;
    sleep(QUICK);
    let forward = roll_out(&mut fleet, Release::After, SLOW)?;
    // They hold sessions of the newer shape, and never write.
    crowds.extend(at_both_doors(&fleet, Size::READERS)?);
    sleep(QUICK);
    let back = roll_out(&mut fleet, Release::ReadsNewer, SLOW)?;
    sleep(SLOW);
    roll_out(&mut fleet, Release::After, QUICK)?;
    // Until everybody has come back once more.
    sleep(scale::IDLE);
    println!("  from the first node to the last: {forward:.1?} forward, {back:.1?} back");
    let names = ["", " (sticky)", ", readers of the newer release", ", the same (sticky)"];
    let sizes = [Size::HALF, Size::HALF, Size::READERS, Size::READERS];
    for ((tally, name), size) in Crowd::stop_all(crowds).into_iter().zip(names).zip(sizes) {
        println!("  clients{name}:\n{tally}");
        demand("no session lost, none mixed up, none logged out", tally.lost.get() == 0)?;
        demand("no 5xx, no request without an answer", tally.no_harm())?;
        let lived = tally.survivors() == size.faithful();
        demand("every session that nobody ended is there", lived)?;
    }
    demand("no node refused one", fleet.events(&["session cookie refused"])? == 0)?;
    let longer = forward > scale::IDLE && back > scale::IDLE;
    demand("both took longer than the idle time", longer)
}

pub fn in_one_step() -> Result<(), Error> {
    let mut fleet = Fleet::start(Site::Members, Release::Before)?;
    let mut crowds = at_both_doors(&fleet, Size::HALF)?;
    crowds.push(Crowd::start(fleet.door, Size::READERS, false)?);
    println!("  the release comes:");
    let forward = Losses::in_one_step(&mut fleet, &crowds, Release::After)?;
    println!("  the release is rolled back:");
    let back = Losses::in_one_step(&mut fleet, &crowds, Release::Before)?;
    let tallies = Crowd::stop_all(crowds);
    for (tally, name) in tallies.iter().zip(["", " (sticky)", ", readers alone"]) {
        println!("  clients{name}:\n{tally}");
    }
    demand("sessions are lost while it comes", forward.meanwhile[0] > 0)?;
    demand("none once every node has it", forward.after == [0; 2] && forward.later == [0; 2])?;
    demand(
        "more are lost on the way back, of sticky clients too",
        back.meanwhile.iter().all(|&lost| lost > 0),
    )?;
    demand("none once everybody has come by", back.later == [0; 2])?;
    // A refresh seals the bytes that came: no node of the new release wrote their sessions anew.
    let readers = &tallies[2];
    let all = readers.lost.get() == 0 && readers.survivors() == Size::READERS.faithful();
    demand("none of a client that only reads", all)?;
    demand("a refusal says why", fleet.events(&["session cookie refused", "unknown shape"])? > 0)?;
    demand("nothing else goes wrong", tallies.iter().all(|tally| tally.no_harm()))
}

/// Sessions lost at the one door and at the sticky one.
struct Losses {
    /// Until the last node was replaced.
    meanwhile: [u64; 2],
    /// In the time that a client stays away at the most.
    after: [u64; 2],
    /// From then on.
    later: [u64; 2],
}

impl Losses {
    fn in_one_step(fleet: &mut Fleet, crowds: &[Crowd], release: Release) -> Result<Self, Error> {
        let lost = || [0, 1].map(|door: usize| crowds[door].tally.lost.get());
        let mut before = lost();
        let mut more = |when: &str| {
            let now = lost();
            let more = [now[0] - before[0], now[1] - before[1]];
            println!("    {when:26} {:>6} lost, {:>6} of sticky clients", more[0], more[1]);
            before = now;
            more
        };
        let mut meanwhile = [0; 2];
        for (number, node) in (1..).zip(&mut fleet.nodes) {
            sleep(QUICK);
            node.replace(release)?;
            sleep(ANSWERS);
            let more = more(&format!("until {number} of 3 nodes have it"));
            meanwhile = [meanwhile[0] + more[0], meanwhile[1] + more[1]];
        }
        sleep(LONGEST_PAUSE);
        let after = more("once all have it");
        sleep(LONGEST_PAUSE);
        Ok(Self { meanwhile, after, later: more("later") })
    }
}

/// The one at which each request goes to the next node, then the sticky one.
fn at_both_doors(fleet: &Fleet, size: Size) -> Result<Vec<Crowd>, Error> {
    [fleet.door, fleet.sticky_door]
        .map(|door| Crowd::start(door, size, false))
        .into_iter()
        .collect()
}
