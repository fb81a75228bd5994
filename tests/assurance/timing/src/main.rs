//! Two classes of input each, measured in random order; |t| that grows above 5 with the samples says that the time tells them apart.
//! What is asked of each, and the answers so far: docs/assurance.md.

use std::hint::black_box;

use dudect_bencher::{BenchRng, Class, CtRunner, ctbench_main};
use hardtack::keys::Keys;
use hardtack::token::{Sealer, SealerBuilder};
use hardtack::{Application, Key, KeyRing, Timestamp};

const SAMPLES: usize = 100_000;
const T: u64 = 1_800_000_000;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

fn sealer(keys: impl Into<Keys>) -> SealerBuilder {
    Application::new("shop", keys).unwrap().sealer("timing")
}

fn encrypted(keys: impl Into<Keys>) -> Sealer {
    sealer(keys).build().unwrap()
}

fn signed(keys: impl Into<Keys>) -> Sealer {
    sealer(keys).signed().build().unwrap()
}

/// A token of 200 bytes.
fn token(sealer: &Sealer) -> Vec<u8> {
    let claims = sealer.new_claims(hardtack::Class::Standard, at(T)).unwrap();
    sealer.seal(&claims, &[7; 200], at(T)).unwrap().into_bytes()
}

/// Alternates the classes without a pattern that a branch predictor learns soon.
fn classes() -> impl Iterator<Item = Class> {
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        if state >> 63 == 0 { Class::Left } else { Class::Right }
    })
}

/// Opens refused tokens of one length: these on the left, those on the right.
fn compare(runner: &mut CtRunner, sealer: &Sealer, left: &[u8], right: &[u8]) {
    assert_eq!(left.len(), right.len());
    let inputs: Vec<_> = classes()
        .take(SAMPLES)
        .map(|class| {
            (class, if matches!(class, Class::Left) { left.to_vec() } else { right.to_vec() })
        })
        .collect();
    for (class, token) in inputs {
        runner.run_one(class, || black_box(sealer.open(black_box(&token), at(T)).is_err()));
    }
}

/// A token, and the same with one character changed at each place given.
fn forged(sealer: &Sealer, places: [usize; 2]) -> [Vec<u8>; 2] {
    let token = token(sealer);
    // The epoch's key is in the cache from here on.
    assert!(sealer.open(&token, at(T)).is_ok());
    places.map(|place| {
        let mut forged = token.clone();
        forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
        assert!(sealer.open(&forged, at(T)).is_err());
        forged
    })
}

/// The same MAC over the same bytes; the tag differs from it in its first or in its last bytes.
fn signed_tag_early_or_late(runner: &mut CtRunner, _: &mut BenchRng) {
    let sealer = signed(Key::generate().unwrap());
    let length = token(&sealer).len();
    let [left, right] = forged(&sealer, [length - 42, length - 3]);
    compare(runner, &sealer, &left, &right);
}

fn encrypted_tag_early_or_late(runner: &mut CtRunner, _: &mut BenchRng) {
    let sealer = encrypted(Key::generate().unwrap());
    let length = token(&sealer).len();
    let [left, right] = forged(&sealer, [length - 21, length - 3]);
    compare(runner, &sealer, &left, &right);
}

/// One wrong byte at the front of the ciphertext or at its end.
fn encrypted_byte_early_or_late(runner: &mut CtRunner, _: &mut BenchRng) {
    let sealer = encrypted(Key::generate().unwrap());
    let length = token(&sealer).len();
    let [left, right] = forged(&sealer, [40, length - 40]);
    compare(runner, &sealer, &left, &right);
}

/// A key id that the ring has, whose key has stopped opening, or one that it has not. Not promised to be alike.
fn key_id_hit_or_miss(runner: &mut CtRunner, _: &mut BenchRng) {
    let (old, other) = (Key::generate().unwrap(), Key::generate().unwrap());
    let copy: Key = old.to_text().parse().unwrap();
    let token_of = |key: Key| token(&encrypted(key));
    let ring = KeyRing::new(Key::generate().unwrap()).with_opening_key(copy, Some(at(T))).unwrap();
    compare(runner, &encrypted(ring), &token_of(old), &token_of(other));
}

/// The same refused token on both sides: what |t| is where there is nothing to tell.
fn control_one_token(runner: &mut CtRunner, _: &mut BenchRng) {
    let sealer = signed(Key::generate().unwrap());
    let [left, right] = forged(&sealer, [40, 40]);
    compare(runner, &sealer, &left, &right);
}

/// One key's text or one other's: told apart only if the time depends on the key, and not on how often it was seen.
fn key_text_of_two_keys(runner: &mut CtRunner, _: &mut BenchRng) {
    let texts = [(); 2].map(|()| Key::generate().unwrap().to_text().to_string());
    let inputs: Vec<_> = classes()
        .take(SAMPLES)
        .map(|class| (class, texts[usize::from(matches!(class, Class::Left))].clone()))
        .collect();
    for (class, text) in inputs {
        runner.run_one(class, || black_box(black_box(&*text).parse::<Key>().is_ok()));
    }
}

/// One key's text, or another's each time.
fn key_text_fixed_or_random(runner: &mut CtRunner, _: &mut BenchRng) {
    let fixed = Key::generate().unwrap().to_text();
    let texts: Vec<_> = classes()
        .take(SAMPLES)
        .map(|class| match class {
            Class::Left => (class, fixed.to_string()),
            Class::Right => (class, Key::generate().unwrap().to_text().to_string()),
        })
        .collect();
    for (class, text) in texts {
        runner.run_one(class, || black_box(black_box(&*text).parse::<Key>().is_ok()));
    }
}

ctbench_main!(
    control_one_token,
    signed_tag_early_or_late,
    encrypted_tag_early_or_late,
    encrypted_byte_early_or_late,
    key_id_hit_or_miss,
    key_text_of_two_keys,
    key_text_fixed_or_random
);
