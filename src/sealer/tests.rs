//! What the vectors cannot show: sealing, rings that change, the epoch cache.

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::claims::Lifetime;
use crate::error::ConfigError;
use crate::key::Key;
use crate::keyring::KeyRing;
use crate::token::Header;

const T: u64 = 1_800_000_000;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

fn purpose() -> Purpose {
    Purpose::token("shop", "test").unwrap()
}

fn key() -> Key {
    Key::generate().unwrap()
}

/// The same key again, through its text.
fn same(key: &Key) -> Key {
    key.to_text().parse().unwrap()
}

fn both_modes(ring: &RingHandle) -> [Sealer; 2] {
    [Sealer::encrypted(ring, purpose()), Sealer::signed(ring, purpose())]
}

#[test]
fn issued_is_the_sealers_and_never_goes_back() {
    for sealer in both_modes(&key().into()) {
        let start = sealer.fresh(at(T)).unwrap();
        let first = sealer.seal(&start, b"data", at(T + 100)).unwrap();
        let first = sealer.open(first.as_bytes(), at(T + 100)).unwrap();
        assert_eq!(first.claims.issued(), at(T + 100));
        assert_eq!(first.claims.expires(), at(T + 1_900));
        assert_eq!(first.claims.created(), at(T));
        // A node whose clock is behind seals it again.
        let again = sealer.seal(&first.claims, b"data", at(T + 70)).unwrap();
        let again = sealer.open(again.as_bytes(), at(T + 70)).unwrap();
        assert_eq!(again.claims.issued(), at(T + 100));
        assert_eq!(again.claims.session_id(), start.session_id());
    }
}

#[test]
fn payloads_of_every_length_come_back_up_to_the_limit() {
    for sealer in both_modes(&key().into()) {
        let most = sealer.mode.room(4096, 1).unwrap();
        let claims = sealer.fresh(at(T)).unwrap();
        let lengths = (0..600).chain(most - 3..=most);
        for length in lengths {
            let payload: Vec<u8> = (0..length).map(|i| i as u8).collect();
            let token = sealer.seal(&claims, &payload, at(T)).unwrap();
            assert!(token.len() <= 4096);
            assert_eq!(sealer.open(token.as_bytes(), at(T)).unwrap().data, payload);
        }
        let over = sealer.seal(&claims, &vec![0; most + 1], at(T));
        assert_eq!(over, Err(SealError::TooLong { limit: 4096 }));
    }
}

#[test]
fn a_larger_limit_uses_the_heap_and_nothing_else_changes() {
    let builder = Sealer::builder(key(), purpose()).limit(1 << 20);
    let sealer = builder.build().unwrap();
    let claims = sealer.fresh(at(T)).unwrap();
    for length in [3_000, 3_001, 50_000, 700_000] {
        let payload = vec![7; length];
        let token = sealer.seal(&claims, &payload, at(T)).unwrap();
        assert_eq!(sealer.open(token.as_bytes(), at(T)).unwrap().data, payload);
    }
    let refusal = sealer.open(&vec![b'A'; (1 << 20) + 1], at(T)).unwrap_err();
    assert_eq!(refusal, OpenError::TooLong { length: (1 << 20) + 1, limit: 1 << 20 });
}

#[test]
fn padding_hides_the_length_within_a_block() {
    let sealer = Sealer::builder(key(), purpose()).pad(64).build().unwrap();
    let claims = sealer.fresh(at(T)).unwrap();
    let lengths: Vec<_> =
        (0..=64).map(|n| sealer.seal(&claims, &vec![1; n], at(T)).unwrap().len()).collect();
    assert!(lengths[..=31].iter().all(|&length| length == lengths[0]));
    assert!(lengths[32..].iter().all(|&length| length == lengths[32]));
    assert!(lengths[0] < lengths[32]);
}

#[test]
fn what_does_not_fit_the_format_is_not_sealed() {
    for sealer in both_modes(&key().into()) {
        let claims = sealer.fresh(at(T)).unwrap();
        let schema = claims.clone().with_schema(1 << 24);
        assert_eq!(sealer.seal(&schema, b"", at(T)), Err(SealError::SchemaOutOfRange));
        let late = sealer.fresh(at((1 << 40) - 1_800)).unwrap();
        let now = late.created();
        assert_eq!(sealer.seal(&late, b"", now), Err(SealError::TimeOutOfRange));
        let last = sealer.fresh(at((1 << 40) - 1_801)).unwrap();
        let token = sealer.seal(&last, b"", last.created()).unwrap();
        assert_eq!(sealer.open(token.as_bytes(), last.created()).unwrap().claims, last);
        let over = sealer.seal(&claims, b"", at(T + 28_800));
        assert_eq!(over, Err(SealError::Over));
    }
}

#[test]
fn a_session_survives_rotation_and_a_retired_key_does_not() {
    let (old, new) = (key(), key());
    let handle = RingHandle::from(same(&old));
    for sealer in both_modes(&handle) {
        handle.replace(KeyRing::new(same(&old)));
        let token = sealer.seal(&sealer.fresh(at(T)).unwrap(), b"data", at(T)).unwrap();
        // Published: on the ring, not sealing yet.
        let published = KeyRing::new(same(&old)).with_key(same(&new), at(T + 100), None).unwrap();
        handle.replace(published);
        assert_eq!(sealer.open(token.as_bytes(), at(T)).unwrap().data, b"data");
        let claims = sealer.open(token.as_bytes(), at(T + 100)).unwrap().claims;
        let sealed_by = |token: &str| Header::read(token.as_bytes()).unwrap().key_id();
        assert_eq!(sealed_by(&sealer.seal(&claims, b"", at(T + 99)).unwrap()), old.id());
        let renewed = sealer.seal(&claims, b"data", at(T + 100)).unwrap();
        assert_eq!(sealed_by(&renewed), new.id());
        // Retired.
        handle.replace(KeyRing::new(same(&new)));
        let refusal = sealer.open(token.as_bytes(), at(T + 100)).unwrap_err();
        assert_eq!(refusal, OpenError::UnknownKey);
        assert_eq!(sealer.open(renewed.as_bytes(), at(T + 100)).unwrap().data, b"data");
    }
}

#[test]
fn open_until_is_exclusive_and_makes_tokens_stale_in_time() {
    let (old, new) = (key(), key());
    let until = T + 1_000;
    let ring = |sealing: &Key, opening: &Key| {
        let ring = KeyRing::new(same(sealing));
        RingHandle::from(ring.with_opening_key(same(opening), Some(at(until))).unwrap())
    };
    for (before, after) in both_modes(&same(&old).into()).iter().zip(both_modes(&ring(&new, &old)))
    {
        let token = before.seal(&before.fresh(at(T)).unwrap(), b"", at(T)).unwrap();
        assert!(!before.open(token.as_bytes(), at(T)).unwrap().stale);
        // Its key stops opening before the token ends: seal again, though half the idle time is not over.
        assert!(after.open(token.as_bytes(), at(T)).unwrap().stale);
        assert!(after.open(token.as_bytes(), at(until - 1)).is_ok());
        let refusal = after.open(token.as_bytes(), at(until)).unwrap_err();
        assert_eq!(refusal, OpenError::UnknownKey);
    }
    // A newer key alone is no reason.
    let both = KeyRing::new(same(&new)).with_opening_key(same(&old), None).unwrap();
    let [before, _] = both_modes(&same(&old).into());
    let token = before.seal(&before.fresh(at(T)).unwrap(), b"", at(T)).unwrap();
    let [after, _] = both_modes(&both.into());
    assert!(!after.open(token.as_bytes(), at(T)).unwrap().stale);
}

#[test]
fn without_a_key_that_seals_opening_works_on() {
    let (old, new) = (key(), key());
    let handle = RingHandle::from(same(&old));
    for sealer in both_modes(&handle) {
        handle.replace(KeyRing::new(same(&old)));
        let claims = sealer.fresh(at(T)).unwrap();
        let token = sealer.seal(&claims, b"data", at(T)).unwrap();
        // The old key only opens, the new one is not due yet.
        handle.replace(
            KeyRing::opening(same(&old)).with_key(same(&new), at(T + 1_000), None).unwrap(),
        );
        assert_eq!(sealer.seal(&claims, b"", at(T + 999)), Err(SealError::NoSealingKey));
        assert_eq!(sealer.open(token.as_bytes(), at(T + 999)).unwrap().data, b"data");
        assert!(sealer.seal(&claims, b"", at(T + 1_000)).is_ok());
    }
}

#[test]
fn the_epoch_cache_admits_authentic_tokens_in_time_and_nothing_else() {
    let sealing = key();
    let [writer, _] = both_modes(&same(&sealing).into());
    let ring = KeyRing::new(key()).with_opening_key(sealing, None).unwrap();
    let [reader, _] = both_modes(&ring.into());
    let epoch = |seconds: u64| (seconds >> 16) as u32;
    let day = 86_400;
    let seal = |issued: u64| {
        let claims = writer.fresh_remembered(at(issued)).unwrap();
        writer.seal(&claims, b"", at(issued)).unwrap()
    };
    let tokens: Vec<_> = (0..14).rev().map(|days| seal(T - days * day)).collect();
    // Forged under a live epoch: one derivation, nothing kept.
    let mut forged = tokens[13].clone().into_bytes();
    forged[50] ^= 1;
    assert!(reader.open(&forged, at(T)).is_err());
    // Authentic, but over: nothing kept.
    let short = writer.seal(&writer.fresh(at(T - 1_800)).unwrap(), b"", at(T - 1_800)).unwrap();
    let refusal = reader.open(short.as_bytes(), at(T)).unwrap_err();
    assert_eq!(refusal.label(), "expired (stamp)");
    assert_eq!(reader.keys.cached_epochs(), []);
    // Authentic and in time: one entry an epoch.
    for token in &tokens {
        reader.open(token.as_bytes(), at(T)).unwrap();
        reader.open(token.as_bytes(), at(T)).unwrap();
    }
    let expected: Vec<_> = (0..14).rev().map(|days| (1, epoch(T - days * day))).collect();
    assert_eq!(reader.keys.cached_epochs(), expected);
    assert!(reader.open(&forged, at(T)).is_err());
    assert!(reader.open(short.as_bytes(), at(T)).is_err());
    assert_eq!(reader.keys.cached_epochs(), expected);
    // Two weeks on, everything of then is out of the window and goes.
    let later = seal(T + 20 * day);
    reader.open(later.as_bytes(), at(T + 20 * day)).unwrap();
    assert_eq!(reader.keys.cached_epochs(), [(1, epoch(T + 20 * day))]);
}

proptest! {
    #[test]
    fn a_forged_header_leaves_the_epoch_cache_as_it_was(
        epoch in 0u32..1 << 24,
        rest in prop::collection::vec(any::<u8>(), 61..300),
        version in 0u8..4,
        known: bool,
    ) {
        let key = key();
        let id = if known { key.id().0 } else { [7; 8] };
        let [sealer, _] = both_modes(&key.into());
        let now = at(u64::from(epoch) << 16);
        sealer.seal(&sealer.fresh(now).unwrap(), b"", now).unwrap();
        let cached = sealer.keys.cached_epochs();
        // Forged under this epoch, the one before and the one after.
        for forged in [epoch, epoch.saturating_sub(1), epoch + 1] {
            let header = [&[version][..], &id, &forged.to_be_bytes()[1..]].concat();
            let mut token = String::new();
            encoding::encode(&[&header[..], &rest].concat(), &mut token);
            prop_assert!(sealer.open(token.as_bytes(), now).is_err());
            prop_assert_eq!(sealer.keys.cached_epochs(), cached.clone());
        }
    }
}

#[test]
fn the_epoch_cache_has_a_fixed_capacity() {
    let [sealer, _] = both_modes(&key().into());
    for step in 0..2_000u64 {
        let now = at(T + step * 10_000);
        sealer.seal(&sealer.fresh(now).unwrap(), b"", now).unwrap();
        assert!(sealer.keys.cached_epochs().len() <= 21);
    }
}

#[test]
fn a_new_ring_empties_the_cache() {
    let handle = RingHandle::from(key());
    let [sealer, _] = both_modes(&handle);
    sealer.seal(&sealer.fresh(at(T)).unwrap(), b"", at(T)).unwrap();
    assert_eq!(sealer.keys.cached_epochs().len(), 1);
    handle.replace(KeyRing::new(key()));
    assert_eq!(sealer.keys.cached_epochs(), []);
}

#[test]
fn a_key_derived_under_the_ring_of_before_is_not_kept_under_the_next() {
    let (old, new) = (key(), key());
    let handle = RingHandle::from(same(&old));
    let [sealer, _] = both_modes(&handle);
    let epoch = (T >> 16) as u32;
    let live = || sealer.live_epochs(at(T));
    // One thread has derived; before it admits, another ring comes and another thread follows it. Both keys are their ring's first.
    let before = sealer.keys.load();
    let derived = sealer.keys.derive(&before, 0, epoch);
    handle.replace(KeyRing::new(new));
    assert_eq!(sealer.keys.cached_epochs(), []);
    sealer.keys.admit(&before, 0, epoch, derived, live());
    assert_eq!(sealer.keys.cached_epochs(), []);
    // Twice under one ring: the first stays.
    for _ in 0..2 {
        let present = sealer.keys.load();
        let derived = sealer.keys.derive(&present, 0, epoch);
        sealer.keys.admit(&present, 0, epoch, derived, live());
        assert_eq!(sealer.keys.cached_epochs(), [(0, epoch)]);
    }
    let token = sealer.seal(&sealer.fresh(at(T)).unwrap(), b"data", at(T)).unwrap();
    assert_eq!(sealer.open(token.as_bytes(), at(T)).unwrap().data, b"data");
}

#[test]
fn the_epoch_cache_is_bounded_and_unmoved_by_forgeries_under_threads() {
    const KEYS: usize = 2;
    let (first, second) = (key(), key());
    let handle = RingHandle::from(same(&first));
    let [sealer, _] = both_modes(&handle);
    std::thread::scope(|scope| {
        for thread in 0..8u64 {
            let (sealer, handle, first, second) = (&sealer, &handle, &first, &second);
            scope.spawn(move || {
                for round in 0..150u64 {
                    // Eight clocks, apart by up to eight epochs, each crossing one every few rounds.
                    let now = at(T + (thread << 16) + round * 20_000);
                    if round % 16 == thread {
                        let (seals, opens) =
                            if round % 32 < 16 { (second, first) } else { (first, second) };
                        let ring = KeyRing::new(same(seals));
                        handle.replace(ring.with_opening_key(same(opens), None).unwrap());
                    }
                    let claims = sealer.fresh_remembered(now).unwrap();
                    let token = sealer.seal(&claims, b"", now).unwrap();
                    let mut forged = token.into_bytes();
                    forged[60] ^= 1;
                    assert!(sealer.open(&forged, now).is_err());
                    assert!(sealer.keys.cached_epochs().len() <= 21 * KEYS);
                }
            });
        }
    });
    // At rest: forged under each epoch in the window, authentic but over, and neither evicts nor inserts.
    let now = at(T + (8 << 16) + 150 * 20_000);
    let claims = sealer.fresh_remembered(now).unwrap();
    let token = sealer.seal(&claims, b"", now).unwrap();
    let cached = sealer.keys.cached_epochs();
    std::thread::scope(|scope| {
        for thread in 0..8u64 {
            let (sealer, token, cached) = (&sealer, &token, &cached);
            scope.spawn(move || {
                for epochs in 0..25 {
                    let epoch = ((now.as_secs() >> 16) - epochs) as u32;
                    let mut forged = vec![0; encoding::decoded_len(token.len())];
                    assert!(encoding::decode(token.as_bytes(), &mut forged).is_some());
                    forged[9..12].copy_from_slice(&epoch.to_be_bytes()[1..]);
                    *forged.last_mut().unwrap() ^= thread as u8 + 1;
                    let mut text = String::new();
                    encoding::encode(&forged, &mut text);
                    assert!(sealer.open(text.as_bytes(), now).is_err());
                    let over = at(now.as_secs() + 14 * 86_400);
                    let refusal = sealer.open(token.as_bytes(), over).unwrap_err();
                    assert_eq!(refusal.label(), "expired (stamp)");
                    assert_eq!(sealer.keys.cached_epochs(), *cached);
                }
            });
        }
    });
}

#[test]
fn settings_are_checked() {
    let build = |set: fn(SealerBuilder) -> SealerBuilder| {
        set(Sealer::builder(key(), purpose())).build().map(|_| ()).err()
    };
    let day = Duration::from_secs(86_400);
    assert_eq!(build(|b| b.pad(1024)), None);
    assert_eq!(build(|b| b.limit(98)), None);
    assert_eq!(build(|b| b.signed().limit(102)), None);
    assert_eq!(build(|b| b.pad(1024).limit(98)), Some(ConfigError::TokenLimit));
    let leeway =
        |leeway| Sealer::builder(key(), purpose()).leeway(leeway).build().map(|_| ()).err();
    assert_eq!(leeway(day), None);
    assert_eq!(leeway(day + Duration::from_secs(1)), Some(ConfigError::Leeway));
    assert_eq!(build(|b| b.pad(0)), Some(ConfigError::PadBlock));
    assert_eq!(build(|b| b.pad(1025)), Some(ConfigError::PadBlock));
    assert_eq!(build(|b| b.limit(97)), Some(ConfigError::TokenLimit));
    assert_eq!(build(|b| b.signed().limit(101)), Some(ConfigError::TokenLimit));
    let set = |idle, absolute| {
        let (idle, absolute) = (Duration::from_secs(idle), Duration::from_secs(absolute));
        let lifetime = Lifetime { idle, absolute };
        let builder = || Sealer::builder(key(), purpose());
        let error = builder().lifetime(lifetime).build().map(|_| ()).err();
        assert_eq!(builder().remembered(lifetime).build().map(|_| ()).err(), error);
        error
    };
    assert_eq!(set(10, 10), None);
    assert_eq!(set(11, 10), Some(ConfigError::IdleAboveAbsolute));
    assert_eq!(set(0, 10), Some(ConfigError::Lifetime));
}

#[test]
fn every_setting_reaches_the_sealer() {
    let lifetime = Lifetime { idle: Duration::from_secs(10), absolute: Duration::from_secs(30) };
    let builder = Sealer::builder(key(), purpose()).lifetime(lifetime).remembered(None);
    let sealer = builder.leeway(Duration::from_secs(5)).os_nonces().build().unwrap();
    let claims = sealer.fresh(at(T)).unwrap();
    assert_eq!(claims.expires(), at(T + 10));
    assert_eq!(sealer.fresh_remembered(at(T)), Err(SealError::ClassOff));
    let token = sealer.seal(&claims, b"", at(T)).unwrap();
    assert!(sealer.open(token.as_bytes(), at(T - 5)).is_ok());
    let early = sealer.open(token.as_bytes(), at(T - 6)).unwrap_err();
    assert_eq!(early, OpenError::NotYetValid { from: at(T), now: at(T - 6) });
    assert_eq!(sealer.nonces, NonceSource::Os);
}

#[test]
fn debug_shows_no_secret_and_no_payload() {
    let key = key();
    let text = key.to_text();
    let handle = RingHandle::from(key);
    let [sealer, _] = both_modes(&handle);
    let token = sealer.seal(&sealer.fresh(at(T)).unwrap(), b"payload", at(T)).unwrap();
    let opened = sealer.open(token.as_bytes(), at(T)).unwrap();
    let builder = Sealer::builder(&handle, purpose());
    let shown = format!("{sealer:?} {opened:?} {handle:?} {builder:?}");
    assert!(!shown.contains(&text[5..20]) && !shown.contains(&token[20..40]), "{shown}");
    assert!(!shown.contains("112, 97, 121") && !shown.contains("payload"), "{shown}");
}
