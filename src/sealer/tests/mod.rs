//! What the vectors cannot show: sealing, rings that change, the epoch cache.

use std::time::Duration;

use super::*;
use crate::claims::Timeouts;
use crate::crypto::NONCE;
use crate::encoding;
use crate::error::{Expiry, OpenError, Problem};
use crate::key::Key;
use crate::keys::{KeyRing, Keys};
use crate::layout::{HEADER, Header};
use crate::purpose::Purpose;

mod cache;

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

fn builder(keys: impl Into<Keys>) -> SealerBuilder {
    SealerBuilder::of(keys, purpose())
}

fn both_modes(keys: &Keys) -> [Sealer; 2] {
    [builder(keys), builder(keys).signed()].map(|builder| builder.build().unwrap())
}

fn standard(sealer: &Sealer, now: u64) -> Claims {
    sealer.new_claims(Class::Standard, at(now)).unwrap()
}

fn remembered(sealer: &Sealer, now: u64) -> Claims {
    sealer.new_claims(Class::Remembered, at(now)).unwrap()
}

#[test]
fn issued_is_the_sealers_and_never_goes_back() {
    for sealer in both_modes(&key().into()) {
        let start = standard(&sealer, T);
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
fn a_flag_that_another_build_set_is_read_and_kept() {
    for sealer in both_modes(&key().into()) {
        for claims in [standard(&sealer, T), remembered(&sealer, T)] {
            assert!(!claims.is_device_bound());
            let bound = Claims { bound: true, ..claims };
            let token = sealer.seal(&bound, b"data", at(T)).unwrap();
            let opened = sealer.open(token.as_bytes(), at(T)).unwrap();
            assert_eq!(opened.claims, bound);
            let again = sealer.seal(&opened.claims, b"data", at(T + 60)).unwrap();
            let again = sealer.open(again.as_bytes(), at(T + 60)).unwrap().claims;
            assert!(again.is_device_bound() && again.class() == bound.class());
        }
    }
}

// 73 bytes, or 76 signed, are 98 characters, or 102. By default 88 bytes, of which 15 are free for a payload, are 118.
#[test]
fn a_limit_that_an_empty_payload_fills_is_enough() {
    type Set = fn(SealerBuilder) -> SealerBuilder;
    let settings: [(Set, usize, &[u8]); 3] =
        [(|b| b.pad(1), 98, b""), (|b| b.signed(), 102, b""), (|b| b, 118, &[7; 15])];
    for (set, limit, full) in settings {
        let sealer = set(builder(key()).limit(limit)).build().unwrap();
        let claims = standard(&sealer, T);
        for payload in [&[], full] {
            let token = sealer.seal(&claims, payload, at(T));
            assert_eq!(token.map(|token| token.len()), Ok(limit));
        }
        let over = sealer.seal(&claims, &[full, b"1"].concat(), at(T));
        assert_eq!(over, Err(SealError::TooLong { limit }));
    }
}

// GCM gives away its key if a nonce is used twice.
#[test]
fn each_seal_draws_a_nonce_of_its_own() {
    for os in [false, true] {
        let builder = builder(key());
        let sealer = if os { builder.os_nonces() } else { builder }.build().unwrap();
        let claims = standard(&sealer, T);
        let mut seen = std::collections::BTreeSet::from([[0; NONCE]]);
        for _ in 0..100 {
            let token = sealer.seal(&claims, b"data", at(T)).unwrap();
            let mut bytes = vec![0; encoding::decoded_len(token.len())];
            let bytes = encoding::decode(token.as_bytes(), &mut bytes).unwrap();
            let nonce = bytes[HEADER..].first_chunk().unwrap();
            assert!(seen.insert(*nonce), "{nonce:?}");
        }
    }
}

// What row 6 of the page's table knows before anything is authenticated: the last second that any token of the epoch can reach.
#[test]
fn an_epoch_behind_the_window_names_its_latest_end() {
    let longest_idle = 14 * 86_400;
    let epoch_start = T >> 16 << 16;
    let end = epoch_start + 0xFFFF + longest_idle;
    for sealer in both_modes(&key().into()) {
        let token = sealer.seal(&standard(&sealer, T), b"data", at(T)).unwrap();
        let now = at(epoch_start + (1 << 16) + longest_idle + 60);
        let refused = sealer.open(token.as_bytes(), now).unwrap_err();
        assert_eq!(refused, OpenError::Expired { by: Expiry::Idle, at: at(end), now });
    }
}

#[test]
fn payloads_of_every_length_come_back_up_to_the_limit() {
    for sealer in both_modes(&key().into()) {
        let most = sealer.mode.capacity(4096, sealer.block).unwrap();
        let claims = standard(&sealer, T);
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
    let builder = builder(key()).limit(1 << 20);
    let sealer = builder.build().unwrap();
    let claims = standard(&sealer, T);
    for length in [3_000, 3_001, 50_000, 700_000] {
        let payload = vec![7; length];
        let token = sealer.seal(&claims, &payload, at(T)).unwrap();
        assert_eq!(sealer.open(token.as_bytes(), at(T)).unwrap().data, payload);
    }
    let refusal = sealer.open(&vec![b'A'; (1 << 20) + 1], at(T)).unwrap_err();
    assert_eq!(refusal, OpenError::TooLong { length: (1 << 20) + 1, limit: 1 << 20 });
}

// An envelope of 32 bytes and the first byte of a pad, then the payload, up to whole blocks.
#[test]
fn padding_hides_the_length_within_a_block() {
    type Set = fn(SealerBuilder) -> SealerBuilder;
    let settings: [(Set, usize); 3] = [(|b| b, 16), (|b| b.pad(1), 1), (|b| b.pad(64), 64)];
    for (set, block) in settings {
        let sealer = set(builder(key())).build().unwrap();
        let claims = standard(&sealer, T);
        for length in 0..=200 {
            let token = sealer.seal(&claims, &vec![1; length], at(T)).unwrap();
            let sealed = encoding::decoded_len(token.len()) - HEADER - NONCE - crypto::TAG;
            assert_eq!(sealed, (33 + length).div_ceil(block) * block, "{block}, {length}");
        }
    }
}

#[test]
fn what_does_not_fit_the_format_is_not_sealed() {
    for sealer in both_modes(&key().into()) {
        let claims = standard(&sealer, T);
        let schema = claims.clone().with_schema(1 << 24);
        assert_eq!(sealer.seal(&schema, b"", at(T)), Err(SealError::SchemaOutOfRange));
        let late = standard(&sealer, (1 << 40) - 1_800);
        let now = late.created();
        assert_eq!(sealer.seal(&late, b"", now), Err(SealError::TimeOutOfRange));
        let last = standard(&sealer, (1 << 40) - 1_801);
        let token = sealer.seal(&last, b"", last.created()).unwrap();
        assert_eq!(sealer.open(token.as_bytes(), last.created()).unwrap().claims, last);
        let over = sealer.seal(&claims, b"", at(T + 28_800));
        assert_eq!(over, Err(SealError::Over));
    }
}

#[test]
fn a_session_survives_rotation_and_a_retired_key_does_not() {
    let (old, new) = (key(), key());
    let handle = Keys::from(same(&old));
    for sealer in both_modes(&handle) {
        handle.replace(KeyRing::new(same(&old)));
        let token = sealer.seal(&standard(&sealer, T), b"data", at(T)).unwrap();
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
        assert_eq!(refusal, OpenError::UnknownKey { key: old.id() });
        assert_eq!(sealer.open(renewed.as_bytes(), at(T + 100)).unwrap().data, b"data");
    }
}

#[test]
fn open_until_is_exclusive_and_makes_tokens_stale_in_time() {
    let (old, new) = (key(), key());
    let until = T + 1_000;
    let ring_until = |sealing: &Key, opening: &Key, until| {
        let ring = KeyRing::new(same(sealing));
        Keys::from(ring.with_opening_key(same(opening), Some(at(until))).unwrap())
    };
    let ring = |sealing: &Key, opening: &Key| ring_until(sealing, opening, until);
    for (before, after) in both_modes(&same(&old).into()).iter().zip(both_modes(&ring(&new, &old)))
    {
        let token = before.seal(&standard(before, T), b"", at(T)).unwrap();
        assert!(!before.open(token.as_bytes(), at(T)).unwrap().stale);
        // Its key stops opening before the token ends, so it should be sealed again although half the idle time is not over.
        assert!(after.open(token.as_bytes(), at(T)).unwrap().stale);
        assert!(after.open(token.as_bytes(), at(until - 1)).is_ok());
        let refusal = after.open(token.as_bytes(), at(until)).unwrap_err();
        assert_eq!(refusal, OpenError::UnknownKey { key: old.id() });
    }
    // The token ends at T + 1,800.
    for (until, stale) in [(T + 1_799, true), (T + 1_800, false), (T + 1_801, false)] {
        let [before, _] = both_modes(&same(&old).into());
        let token = before.seal(&standard(&before, T), b"", at(T)).unwrap();
        let [after, _] = both_modes(&ring_until(&new, &old, until));
        assert_eq!(after.open(token.as_bytes(), at(T)).unwrap().stale, stale, "{until}");
    }
    // A newer key alone is no reason.
    let both = KeyRing::new(same(&new)).with_opening_key(same(&old), None).unwrap();
    let [before, _] = both_modes(&same(&old).into());
    let token = before.seal(&standard(&before, T), b"", at(T)).unwrap();
    let [after, _] = both_modes(&both.into());
    assert!(!after.open(token.as_bytes(), at(T)).unwrap().stale);
}

#[cfg(feature = "ring-file")]
#[test]
fn without_a_key_that_seals_opening_works_on() {
    let (old, new) = (key(), key());
    let handle = Keys::from(same(&old));
    for sealer in both_modes(&handle) {
        handle.replace(KeyRing::new(same(&old)));
        let claims = standard(&sealer, T);
        let token = sealer.seal(&claims, b"data", at(T)).unwrap();
        // The old key only opens, the new one is not due yet.
        let waiting = KeyRing::from(crate::keys::RingFile::new(same(&new), at(T + 1_000)));
        handle.replace(waiting.with_opening_key(same(&old), None).unwrap());
        assert_eq!(sealer.seal(&claims, b"", at(T + 999)), Err(SealError::NoSealingKey));
        assert_eq!(sealer.open(token.as_bytes(), at(T + 999)).unwrap().data, b"data");
        assert!(sealer.seal(&claims, b"", at(T + 1_000)).is_ok());
    }
}

#[test]
fn settings_are_checked() {
    let build = |set: fn(SealerBuilder) -> SealerBuilder| {
        set(builder(key())).build().err().map(|error| error.problem().clone())
    };
    let day = 86_400;
    assert_eq!(build(|b| b.pad(1024)), None);
    assert_eq!(build(|b| b.limit(118)), None);
    assert_eq!(build(|b| b.pad(1).limit(98)), None);
    assert_eq!(build(|b| b.signed().limit(102)), None);
    assert_eq!(build(|b| b.pad(1024).limit(98)), Some(Problem::TokenLimit));
    let leeway = |leeway| SealerBuilder::new(key().into(), Ok(purpose()), leeway).build().err();
    assert_eq!(leeway(day), None);
    assert_eq!(leeway(day + 1), Some(Problem::Leeway.into()));
    assert_eq!(build(|b| b.pad(0)), Some(Problem::PadBlock));
    assert_eq!(build(|b| b.pad(1025)), Some(Problem::PadBlock));
    assert_eq!(build(|b| b.limit(117)), Some(Problem::TokenLimit));
    assert_eq!(build(|b| b.pad(1).limit(97)), Some(Problem::TokenLimit));
    assert_eq!(build(|b| b.signed().limit(101)), Some(Problem::TokenLimit));
    let set = |idle, absolute| {
        let (idle, absolute) = (Duration::from_secs(idle), Duration::from_secs(absolute));
        let timeouts = Timeouts { idle, absolute };
        let error = builder(key()).timeouts(timeouts).build().err();
        assert_eq!(builder(key()).remember_me(timeouts).build().err(), error);
        error.map(|error| error.problem().clone())
    };
    assert_eq!(set(10, 10), None);
    assert_eq!(set(11, 10), Some(Problem::IdleAboveAbsolute));
    assert_eq!(set(0, 10), Some(Problem::Timeout));
}

#[test]
fn idle_alone_says_how_long_a_token_lasts() {
    let hours = |hours| Duration::from_secs(hours * 3_600);
    let ends =
        |builder: SealerBuilder| standard(&builder.build().unwrap(), T).expires().as_secs() - T;
    assert_eq!(ends(builder(key())), 1_800);
    // Of a default of 8 hours absolute: below it, at it, above it.
    for idle in [1, 8, 9, 24 * 365] {
        assert_eq!(ends(builder(key()).idle(hours(idle))), idle * 3_600);
    }
    let timeouts = Timeouts { idle: hours(1), absolute: hours(2) };
    assert_eq!(ends(builder(key()).timeouts(timeouts).idle(hours(3))), 3 * 3_600);
    assert_eq!(ends(builder(key()).idle(hours(3)).timeouts(timeouts)), 3_600);
    let refused = builder(key()).idle(Duration::from_millis(999)).build().err();
    assert_eq!(refused, Some(Problem::Timeout.into()));
}

#[test]
fn every_setting_reaches_the_sealer() {
    let timeouts = Timeouts { idle: Duration::from_secs(10), absolute: Duration::from_secs(30) };
    let builder = SealerBuilder::new(key().into(), Ok(purpose()), 5);
    let sealer = builder.timeouts(timeouts).remember_me(None).os_nonces().build().unwrap();
    let claims = standard(&sealer, T);
    assert_eq!(claims.expires(), at(T + 10));
    assert_eq!(sealer.new_claims(Class::Remembered, at(T)), Err(SealError::ClassOff));
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
    let handle = Keys::from(key);
    let [sealer, _] = both_modes(&handle);
    let token = sealer.seal(&standard(&sealer, T), b"payload", at(T)).unwrap();
    let opened = sealer.open(token.as_bytes(), at(T)).unwrap();
    let builder = builder(&handle);
    let shown = format!("{sealer:?} {opened:?} {handle:?} {builder:?}");
    assert!(shown.starts_with("Sealer { mode: Encrypted, purpose: Purpose("), "{shown}");
    assert!(shown.contains(".. } Opened { claims: Claims {"), "{shown}");
    assert!(!shown.contains(&text[5..20]) && !shown.contains(&token[20..40]), "{shown}");
    assert!(!shown.contains("112, 97, 121") && !shown.contains("payload"), "{shown}");
}
