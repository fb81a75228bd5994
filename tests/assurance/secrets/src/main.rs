//! Each scenario marks a root key, or whatever secret takes its place, as undefined memory and lets the crate work on it. Run by
//! `../check` under valgrind's memcheck, which then reports each branch and each address that depends on a secret byte.
//!
//! What is public by then is marked defined again: a key's id, a token. Nothing else is.

#![deny(unsafe_code)]

use std::hint::black_box;

use hardtack::token::{Sealer, SealerBuilder};
use hardtack::{Application, Class, Key, KeyRing, OpenError, Timestamp};

#[allow(dead_code, unused_imports, unexpected_cfgs, reason = "the crate uses the rest")]
#[path = "../../../../src/crypto/mod.rs"]
mod crypto;
#[allow(unsafe_code, reason = "a client request to valgrind is an instruction")]
mod memcheck;

use crypto::{AeadKey, MacKey, NONCE};
use memcheck::{State, mark};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// In the order in which `../check` runs them; it reads this list.
const SCENARIOS: [(&str, fn()); 13] = [
    ("key_from_bytes", || drop(key())),
    ("key_from_text", key_from_text),
    ("ring_from_text", ring_from_text),
    ("key_to_text", || drop(key().to_text())),
    ("hkdf", hkdf),
    ("mac", mac),
    ("aead", aead),
    ("compare", compare),
    ("encrypted", || seal_and_open(&sealer().build().unwrap())),
    ("signed", || seal_and_open(&sealer().signed().build().unwrap())),
    // These must be found: they show that the harness can fail.
    ("leak_branch", leak_branch),
    ("leak_comparison", leak_comparison),
    ("leak_table", leak_table),
];

fn main() {
    let name = std::env::args().nth(1);
    match SCENARIOS.iter().find(|(scenario, _)| Some(*scenario) == name.as_deref()) {
        Some((_, run)) => run(),
        None => SCENARIOS.iter().for_each(|(scenario, _)| println!("{scenario}")),
    }
}

/// Marks these bytes as secret from here on.
fn hide<T: ?Sized>(value: &mut T) {
    mark(black_box(&mut *value), State::Undefined);
    black_box(value);
}

/// Marks this value itself, not what it points to, as known to everybody.
fn publish<T: ?Sized>(value: &mut T) {
    mark(black_box(&mut *value), State::Defined);
    black_box(value);
}

/// A secret, which the compiler does not know either.
fn secret() -> Vec<u8> {
    let mut bytes: Vec<u8> = (0..32).map(|n: u8| black_box(n.wrapping_mul(37) ^ 0x5A)).collect();
    hide(bytes.as_mut_slice());
    bytes
}

fn secret_array() -> Box<[u8; 32]> {
    let mut bytes = Box::new([0; 32]);
    bytes.copy_from_slice(&secret());
    bytes
}

fn key() -> Key {
    let mut key = Key::from_bytes(&secret()).unwrap();
    // The root and what is extracted from it are in a box: this is the id.
    publish(&mut key);
    key
}

fn sealer() -> SealerBuilder {
    Application::new("shop", key()).unwrap().sealer("api")
}

fn key_from_text() {
    let mut text = Key::generate().unwrap().to_text();
    hide(&mut text[5..]);
    drop(black_box(text.parse::<Key>().unwrap()));
}

fn ring_from_text() {
    let mut text = Key::generate().unwrap().to_text();
    hide(&mut text[5..]);
    drop(black_box(KeyRing::from_text(&text).unwrap()));
}

fn hkdf() {
    let prk = crypto::hkdf_extract(b"hardtack v1", &secret_array());
    black_box(crypto::hkdf_expand(&prk, &[b"label", b"purpose"]));
}

/// A right tag, and one that is wrong at its front or at its end.
fn tags<const N: usize>(mut right: [u8; N]) -> [[u8; N]; 3] {
    publish(&mut right);
    let (mut early, mut late) = (right, right);
    early[0] ^= 1;
    late[N - 1] ^= 1;
    black_box([right, early, late])
}

/// Whether it succeeded, which the sender sees.
fn outcome<T, E>(result: Result<T, E>) -> bool {
    let mut outcome = result.is_ok();
    publish(&mut outcome);
    outcome
}

fn mac() {
    let mac = MacKey::new(&secret_array());
    let [right, early, late] = tags(mac.sign([&b"some data"[..], &[7; 200]]));
    let data = [&b"some data"[..], &[7; 200]].concat();
    assert!(outcome(mac.verify(&data, &right)));
    assert!(!outcome(mac.verify(&data, &early)));
    assert!(!outcome(mac.verify(&data, &late)));
}

fn aead() {
    let aead = AeadKey::new(&secret_array());
    let nonce = [9; NONCE];
    for length in [0, 1, 32, 300, 3000] {
        let mut data = vec![7; length];
        let tag = aead.seal(&nonce, b"header", &mut data).unwrap();
        publish(data.as_mut_slice());
        let [right, early, late] = tags(tag);
        assert!(!outcome(aead.open(&nonce, b"header", &mut data.clone(), &early)));
        assert!(!outcome(aead.open(&nonce, b"header", &mut data.clone(), &late)));
        assert!(outcome(aead.open(&nonce, b"header", &mut data.clone(), &right)));
    }
}

/// As for a token in a form that is held against what the session derives.
fn compare() {
    let (expected, other) = (secret(), vec![1u8; 32]);
    let mut equal = crypto::constant_time_eq(&expected, &other);
    publish(&mut equal);
    assert!(!equal);
}

fn seal_and_open(sealer: &Sealer) {
    let claims = sealer.new_claims(Class::Standard, NOW).unwrap();
    let mut token = sealer.seal(&claims, &[7; 200], NOW).unwrap().into_bytes();
    publish(token.as_mut_slice());
    assert!(sealer.open(&token, NOW).is_ok());
    for place in [70, token.len() - 3] {
        let mut forged = token.clone();
        forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
        assert!(matches!(sealer.open(&forged, NOW), Err(OpenError::NotAuthentic)));
    }
}

fn leak_branch() {
    if black_box(secret())[0] & 1 == 0 {
        black_box("even");
    }
}

fn leak_comparison() {
    if black_box(secret())[..] == black_box([1; 32])[..] {
        black_box("equal");
    }
}

fn leak_table() {
    let table: Vec<u32> = (0..256).collect();
    black_box(black_box(&table)[usize::from(secret()[3])]);
}
