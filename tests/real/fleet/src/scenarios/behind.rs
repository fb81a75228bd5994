//! A node that refuses what is good elsewhere, where every handler would start a session in its place.

use std::thread::sleep;
use std::time::Duration;

use hardtack::Timestamp;

use super::{Step, demand, in_step, roll_out, rotate, wait_until_in_step};
use crate::crowd::{Crowd, Size};
use crate::fleet::{Fleet, sleep_until};
use crate::release::{Release, Site};
use crate::{Error, scale};

/// How long a node is behind. What it seals meanwhile is good elsewhere for longer.
const BEHIND: Duration = Duration::from_millis(2500);
/// How long nothing may be refused after the roll-out. A new key seals later than this.
const QUIET: Duration = Duration::from_secs(3);

pub fn nothing_is_destroyed() -> Result<(), Error> {
    let mut fleet = Fleet::start(Site::Guests, Release::Before)?;
    let crowd = Crowd::start(fleet.door, Size::WHOLE, true)?;
    sleep(Duration::from_secs(2));
    let seen = || (crowd.tally.refused.get(), crowd.tally.failed_changes.get());
    // Each node writes it down before it answers: no answer on its way can make this rise later.
    let told = |fleet: &Fleet| fleet.events(&["session cookie refused"]);

    roll_out(&mut fleet, Release::After, BEHIND)?;
    let rolled_out = told(&fleet)?;
    fleet.nodes[1].hold();
    let rotation = rotate(&fleet, Step::Policy)?;
    sleep(QUIET);
    let (before, quiet) = (seen(), told(&fleet)? == rolled_out);
    demand("the new key does not seal yet", Timestamp::now() < rotation.seal_from)?;
    sleep_until(rotation.seal_from);
    sleep(BEHIND);
    fleet.nodes[1].deliver();
    wait_until_in_step(&fleet)?;
    // For a request that came before the ring did.
    sleep(Duration::from_millis(200));
    let rotated = told(&fleet)?;
    // Until everybody has come back once more.
    sleep(scale::IDLE);
    let agree = in_step(&fleet)?;
    let (end, quiet) = (seen(), quiet && told(&fleet)? == rotated);
    let tally = crowd.stop();
    print!("{tally}");
    let shown = |(refused, failed): (u64, u64)| format!("{refused} refusals, {failed} of changes");
    let more = (end.0 - before.0, end.1 - before.1);
    println!("  in the roll-out {}; in the rotation {}", shown(before), shown(more));
    let refused = |reason| fleet.events(&["session cookie refused", reason]);
    let (shapes, keys) = (refused("unknown shape")?, refused("unknown key")?);
    let events = fleet.events(&["ERROR", "session change failed", "reason=\"refused\""])?;
    let unseen = fleet.proxy.passed_on()?.len() as u64;
    println!(
        "  events: {shapes} of an unknown shape, {keys} of an unknown key, {events} of a change"
    );

    demand("no log-in lost, none mixed up", tally.lost.get() == 0)?;
    let lived = tally.survivors() == Size::WHOLE.faithful();
    demand("every session that nobody ended is there", lived)?;
    let no_harm = tally.no_harm_but_failed_changes();
    demand("no refusal set a cookie; no error but to a change", no_harm)?;
    demand("changes were refused in the roll-out", before.1 > 0 && shapes > 0)?;
    demand("changes were refused in the rotation", more.1 > 0 && keys > 0)?;
    demand("nothing is refused once no node is behind", quiet)?;
    // An answer of a node that was killed may not have come.
    let failed = tally.failed_changes.get();
    demand("each had an event", (failed..=failed + unseen).contains(&events))?;
    demand("the nodes agree on the ring", agree)
}
