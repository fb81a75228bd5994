//! Whatever the octets: a denylist that takes them keeps to its capacity and gives them on in one spelling, or an error leaves it as it was.

#![no_main]

use std::sync::LazyLock;

use hardtack::denylist::Denylist;
use hardtack::{Application, Clock, Key, Timestamp};
use libfuzzer_sys::fuzz_target;

const CAPACITY: usize = 64;
/// Octets of a snapshot without entries, and of one entry.
const EMPTY: usize = 13;
const ENTRY: usize = 32;

struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(1_800_000_000)
    }
}

static FUZZ: LazyLock<Application> = LazyLock::new(|| {
    Application::builder("fuzz", Key::generate().unwrap()).clock(Noon).build().unwrap()
});

fn list() -> Denylist<u64> {
    FUZZ.denylist_builder().capacity(CAPACITY).build().unwrap()
}

fuzz_target!(|octets: &[u8]| {
    let (one, other) = (list(), list());
    one.log_out_everywhere(&7);
    let before = one.snapshot();
    if one.merge(octets).is_err() {
        assert_eq!(one.snapshot(), before);
        return;
    }
    assert!(one.status().entries <= CAPACITY);
    // What one list gives on, another takes whole, once.
    let snapshot = one.snapshot();
    other.merge(&snapshot).unwrap();
    assert_eq!(other.snapshot(), snapshot);
    assert_eq!(other.merge(&snapshot).unwrap(), 0);
    // As long as a list does not become full, with an entry of its own here, taking the same again is no news.
    if octets.len() < EMPTY + ENTRY * CAPACITY {
        assert_eq!(one.merge(octets).unwrap(), 0);
        assert_eq!(one.snapshot(), snapshot);
    }
});
