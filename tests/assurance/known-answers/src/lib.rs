//! Published answers for the primitives, asked through the crate's own `crypto`: the same source, compiled here.
//!
//! What does not fit `crypto`'s narrow shapes is skipped by count, never silently: see each file's head.

#![forbid(unsafe_code)]
#![cfg(test)]

#[allow(dead_code, unused_imports, reason = "the crate uses the rest")]
#[path = "../../../../src/crypto/mod.rs"]
mod crypto;

mod aead;
#[cfg(feature = "device-binding")]
mod es256;
mod hkdf;
mod hmac;

/// How many cases were answered, how many had to be refused and were, and how many `crypto` has no way to ask. A set that shrinks
/// fails.
#[derive(Debug, Default, PartialEq)]
struct Count {
    run: usize,
    refused: usize,
    not_expressible: usize,
}

fn unhex(text: &str) -> Vec<u8> {
    assert_eq!(text.len() % 2, 0);
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(byte).collect()
}

/// HMAC's key as `crypto` takes it. Up to 32 bytes are padded with zeros, which HMAC does itself; above a block of 64, HMAC's
/// key is the hash (RFC 2104 section 2). Between them there is no way to ask.
fn mac_key(key: &[u8]) -> Option<crypto::MacKey> {
    let mut padded = [0; crypto::KEY];
    match key.len() {
        0..=32 => padded[..key.len()].copy_from_slice(key),
        33..=64 => return None,
        _ => padded = crypto::sha256(&[key]),
    }
    Some(crypto::MacKey::new(&padded))
}
