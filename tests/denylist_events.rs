//! What operators read when a list is full, or out of touch: each change once.
#![cfg(all(feature = "testing", feature = "tracing"))]

#[path = "adapters/events.rs"]
mod events;

use std::time::Duration;

use hardtack::testing::ManualClock;
use hardtack::{Denylist, DenylistBuilder, Fallback, Timestamp};

const T: u64 = 1_800_000_000;

fn list(set: impl FnOnce(DenylistBuilder) -> DenylistBuilder) -> (Denylist, ManualClock) {
    let clock = ManualClock::at(Timestamp::from_secs(T));
    (set(Denylist::builder().clock(clock.clone())).build().unwrap(), clock)
}

#[test]
fn a_full_list_says_whom_it_refuses() {
    let (full, _) = list(|builder| builder.capacity(2));
    let fill = |ids: [u64; 2]| events::during(|| ids.map(|id| full.log_out_everywhere(id))).1;
    assert_eq!(fill([1, 2]), "");
    let said = |reason| {
        format!("ERROR message=all older sessions are refused reason=\"{reason}\" not_before={T}\n")
    };
    assert_eq!(fill([3, 4]).matches(&said("the list is full")).count(), 1);
    let (other, _) = list(|builder| builder);
    let learn = || events::during(|| other.merge(&full.snapshot()).unwrap()).1;
    assert!(learn().contains("another node's list was full"));
    assert_eq!(learn(), "");
}

#[test]
fn a_change_of_state_is_said_once_whoever_looks() {
    for (fallback, meanwhile) in
        [(Fallback::Open, "its last list goes on"), (Fallback::Closed, "all sessions are refused")]
    {
        let (list, clock) =
            list(|builder| builder.when_out_of_touch(Duration::from_secs(5), fallback));
        let look = || events::during(|| [list.status().in_touch, list.status().in_touch]);
        let out = format!("ERROR message=denylist out of touch meanwhile=\"{meanwhile}\"\n");
        assert_eq!(look(), ([false; 2], out.clone()));
        let hear = || events::during(|| [list.heard(), list.heard()]).1;
        assert_eq!(hear(), "INFO message=denylist in touch\n");
        clock.advance(Duration::from_secs(6));
        assert_eq!(look(), ([false; 2], out));
        assert_eq!(look(), ([false; 2], String::new()));
    }
}
