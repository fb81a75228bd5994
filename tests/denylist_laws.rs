//! Merging is a join, whatever bytes arrive from other nodes.
#![cfg(feature = "testing")]

use std::collections::BTreeMap;

use hardtack::denylist::{Denylist, DenylistError};
use hardtack::testing::ManualClock;
use hardtack::{Application, Key, Timestamp};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

const T: u64 = 1_800_000_000;

fn list(capacity: usize) -> Denylist<u64> {
    let clock = ManualClock::at(Timestamp::from_secs(T));
    let shop = Application::builder("shop", Key::generate().unwrap()).clock(clock);
    shop.build().unwrap().denylist_builder().capacity(capacity).build().unwrap()
}

/// The list as a table: global not-before, and by key (not-before, until).
type Table = (u64, BTreeMap<[u8; 16], (u64, u64)>);

/// The layout on the page, written a second time.
fn bytes((not_before, entries): &Table) -> Vec<u8> {
    let mut bytes = vec![1];
    bytes.extend(not_before.to_be_bytes());
    bytes.extend((entries.len() as u32).to_be_bytes());
    for (key, (not_before, until)) in entries {
        bytes.extend(key);
        bytes.extend(not_before.to_be_bytes());
        bytes.extend(until.to_be_bytes());
    }
    bytes
}

fn table(bytes: &[u8]) -> Table {
    let number = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().unwrap());
    let entries = bytes[13..].chunks(32).map(|entry| {
        (entry[..16].try_into().unwrap(), (number(&entry[16..24]), number(&entry[24..])))
    });
    (number(&bytes[1..9]), entries.collect())
}

fn of(merged: &[&Table]) -> Vec<u8> {
    let list = list(1_000);
    for table in merged {
        list.merge(&bytes(table)).unwrap();
    }
    list.snapshot()
}

/// Few keys in few shards, and times around the present.
fn tables() -> impl Strategy<Value = Table> {
    let key = (0..3_u8, 0..3_u8).prop_map(|(first, last)| {
        let mut key = [0; 16];
        (key[0], key[15]) = (first * 100, last);
        key
    });
    let times = (T - 9..T + 9, T - 3..T + 9);
    (prop_oneof![Just(0), T - 9..T + 9], btree_map(key, times, 0..9))
}

proptest! {
    #[test]
    fn merging_is_idempotent_commutative_and_associative(
        a in tables(),
        b in tables(),
        c in tables(),
    ) {
        let once = of(&[&a]);
        prop_assert_eq!(&of(&[&a, &a]), &once);
        prop_assert_eq!(&of(&[&table(&once)]), &once);
        prop_assert_eq!(of(&[&a, &b]), of(&[&b, &a]));
        let left = of(&[&table(&of(&[&a, &b])), &c]);
        prop_assert_eq!(&of(&[&a, &table(&of(&[&b, &c]))]), &left);
        prop_assert_eq!(&of(&[&c, &a, &b, &a]), &left);
    }

    #[test]
    fn merging_is_the_union_by_the_greatest(a in tables(), b in tables()) {
        let mut expected = (a.0.max(b.0), BTreeMap::new());
        for (key, (not_before, until)) in a.1.iter().chain(&b.1) {
            if *until > T {
                let entry = expected.1.entry(*key).or_insert((0, 0));
                *entry = (entry.0.max(*not_before), entry.1.max(*until));
            }
        }
        prop_assert_eq!(table(&of(&[&a, &b])), expected);
    }

    #[test]
    fn a_small_list_keeps_to_its_capacity_and_refuses_what_either_refuses(
        tables in vec(tables(), 1..6),
        capacity in 1..9_usize,
    ) {
        let small = list(capacity);
        for given in &tables {
            small.merge(&bytes(given)).unwrap();
            prop_assert!(small.status().entries <= capacity);
        }
        let (not_before, entries) = table(&small.snapshot());
        for (global, given) in &tables {
            prop_assert!(not_before >= *global);
            for (key, (moment, until)) in given.iter().filter(|(_, (_, until))| *until > T) {
                let kept = entries.get(key);
                let kept = kept.is_some_and(|entry| entry.0 >= *moment && entry.1 >= *until);
                prop_assert!(kept || not_before >= *moment);
            }
        }
    }

    #[test]
    fn no_bytes_panic_and_what_is_taken_has_one_spelling(bytes in vec(any::<u8>(), 0..200)) {
        let list = list(1_000);
        prop_assert!(list.merge(&bytes).is_err() || list.snapshot().len() <= bytes.len());
    }

    #[test]
    fn a_damaged_snapshot_is_refused_or_is_another_snapshot(
        given in tables(),
        at in any::<prop::sample::Index>(),
        to in any::<u8>(),
    ) {
        let mut bytes = bytes(&given);
        let at = at.index(bytes.len());
        bytes[at] = to;
        let list = list(1_000);
        if list.merge(&bytes).is_ok() {
            let (not_before, mut entries) = table(&bytes);
            entries.retain(|_, (moment, until)| *until > T && *moment > 0);
            prop_assert_eq!(table(&list.snapshot()), (not_before, entries));
        } else {
            prop_assert_eq!(list.snapshot().len(), 13);
        }
    }
}

#[test]
fn what_is_not_a_snapshot_is_named() {
    let entry = |last: u8| {
        let mut key = [0; 16];
        key[15] = last;
        (key, (T, T + 100))
    };
    let two = bytes(&(0, [entry(1), entry(2)].into()));
    let with = |change: fn(&mut Vec<u8>)| {
        let mut bytes = two.clone();
        change(&mut bytes);
        bytes
    };
    let bound = 2 * 86_400;
    let ahead = |not_before| DenylistError::Ahead {
        not_before: Timestamp::from_secs(not_before),
        now: Timestamp::from_secs(T),
    };
    let length = |expected, found| DenylistError::Length { expected, found };
    for (bytes, expected) in [
        (two.clone(), Ok(2)),
        (Vec::new(), Err(length(13, 0))),
        (two[..12].to_vec(), Err(length(13, 12))),
        (two[..13].to_vec(), Err(length(77, 13))),
        (two[..76].to_vec(), Err(length(77, 76))),
        (with(|bytes| bytes.push(0)), Err(length(77, 78))),
        (with(|bytes| bytes[9] = 0xFF), Err(length(13 + 32 * 0xFF00_0002, 77))),
        (with(|bytes| bytes[0] = 2), Err(DenylistError::Version { found: 2 })),
        (with(|bytes| bytes[28] = 2), Err(DenylistError::Order)),
        (with(|bytes| bytes[28] = 3), Err(DenylistError::Order)),
        (bytes(&(T + bound, BTreeMap::new())), Ok(0)),
        (bytes(&(T + bound + 1, BTreeMap::new())), Err(ahead(T + bound + 1))),
        (bytes(&(0, [([7; 16], (T + bound, u64::MAX))].into())), Ok(1)),
        (bytes(&(0, [([7; 16], (u64::MAX, u64::MAX))].into())), Err(ahead(u64::MAX))),
    ] {
        let list = list(1_000);
        assert_eq!(list.merge(&bytes), expected);
        if expected.is_err() {
            assert_eq!(list.snapshot().len(), 13, "nothing was taken");
        }
    }
}
