//! What enters the cache of epoch keys, and what leaves it.

use proptest::prelude::*;

use super::*;

#[test]
fn the_epoch_cache_admits_authentic_tokens_in_time_and_nothing_else() {
    let sealing = key();
    let [writer, _] = both_modes(&same(&sealing).into());
    let ring = KeyRing::new(key()).with_opening_key(sealing, None).unwrap();
    let [reader, _] = both_modes(&ring.into());
    let epoch = |seconds: u64| (seconds >> 16) as u32;
    let day = 86_400;
    let seal = |issued: u64| {
        let claims = remembered(&writer, issued);
        writer.seal(&claims, b"", at(issued)).unwrap()
    };
    let tokens: Vec<_> = (0..14).rev().map(|days| seal(T - days * day)).collect();
    // Forged under a live epoch: one derivation, nothing kept.
    let mut forged = tokens[13].clone().into_bytes();
    forged[50] ^= 1;
    assert!(reader.open(&forged, at(T)).is_err());
    // Authentic, but over: nothing kept.
    let short = writer.seal(&standard(&writer, T - 1_800), b"", at(T - 1_800)).unwrap();
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
    // Two weeks later, all those epochs are outside the window and are dropped.
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
        sealer.seal(&sealer.new_claims(Class::Standard, now).unwrap(), b"", now).unwrap();
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
        sealer.seal(&sealer.new_claims(Class::Standard, now).unwrap(), b"", now).unwrap();
        assert!(sealer.keys.cached_epochs().len() <= 21);
    }
}

#[test]
fn a_new_ring_empties_the_cache() {
    let handle = Keys::from(key());
    let [sealer, _] = both_modes(&handle);
    sealer.seal(&standard(&sealer, T), b"", at(T)).unwrap();
    assert_eq!(sealer.keys.cached_epochs().len(), 1);
    handle.replace(KeyRing::new(key()));
    assert_eq!(sealer.keys.cached_epochs(), []);
}

#[test]
fn a_key_derived_under_the_ring_of_before_is_not_kept_under_the_next() {
    let (old, new) = (key(), key());
    let handle = Keys::from(same(&old));
    let [sealer, _] = both_modes(&handle);
    let epoch = (T >> 16) as u32;
    let live = || sealer.live_epochs(at(T));
    // One thread has derived a key. Before it admits it, another ring arrives and another thread follows that. Both keys are the
    // first of their ring.
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
    let token = sealer.seal(&standard(&sealer, T), b"data", at(T)).unwrap();
    assert_eq!(sealer.open(token.as_bytes(), at(T)).unwrap().data, b"data");
}

#[test]
#[cfg_attr(target_family = "wasm", ignore = "no threads there")]
fn the_epoch_cache_is_bounded_and_unmoved_by_forgeries_under_threads() {
    const KEYS: usize = 2;
    let (first, second) = (key(), key());
    let handle = Keys::from(same(&first));
    let [sealer, _] = both_modes(&handle);
    std::thread::scope(|scope| {
        for thread in 0..8u64 {
            let (sealer, handle, first, second) = (&sealer, &handle, &first, &second);
            scope.spawn(move || {
                for round in 0..150u64 {
                    // Eight clocks, up to eight epochs apart, each of which crosses into a new epoch every few rounds.
                    let now = at(T + (thread << 16) + round * 20_000);
                    if round % 16 == thread {
                        let (seals, opens) =
                            if round % 32 < 16 { (second, first) } else { (first, second) };
                        let ring = KeyRing::new(same(seals));
                        handle.replace(ring.with_opening_key(same(opens), None).unwrap());
                    }
                    let claims = sealer.new_claims(Class::Remembered, now).unwrap();
                    let token = sealer.seal(&claims, b"", now).unwrap();
                    let mut forged = token.into_bytes();
                    forged[60] ^= 1;
                    assert!(sealer.open(&forged, now).is_err());
                    assert!(sealer.keys.cached_epochs().len() <= 21 * KEYS);
                }
            });
        }
    });
    // Afterwards, with the threads at rest: forged under each epoch in the window, authentic but over. Neither evicts or inserts
    // anything.
    let now = at(T + (8 << 16) + 150 * 20_000);
    let claims = sealer.new_claims(Class::Remembered, now).unwrap();
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
