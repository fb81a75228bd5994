//! Whatever the bytes: a denylist either merges them, stays within its capacity and passes them on in one spelling, or returns an
//! error and stays as it was.

#![no_main]

use std::sync::LazyLock;

use hardtack::denylist::Denylist;
use hardtack::{Application, Clock, Key, Timestamp};
use libfuzzer_sys::fuzz_target;

const CAPACITY: usize = 64;
/// Bytes of a snapshot without entries, and of one entry.
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

fuzz_target!(|bytes: &[u8]| {
    let (one, other) = (list(), list());
    one.log_out_everywhere(&7);
    let before = one.snapshot();
    if one.merge(bytes).is_err() {
        assert_eq!(one.snapshot(), before);
        return;
    }
    assert!(one.status().entries <= CAPACITY);
    // What one list passes on, another merges whole, once.
    let snapshot = one.snapshot();
    other.merge(&snapshot).unwrap();
    assert_eq!(other.snapshot(), snapshot);
    assert_eq!(other.merge(&snapshot).unwrap(), 0);
    // As long as a list does not become full, counting its own entry, merging the same again is no news.
    if bytes.len() < EMPTY + ENTRY * CAPACITY {
        assert_eq!(one.merge(bytes).unwrap(), 0);
        assert_eq!(one.snapshot(), snapshot);
    }
});
