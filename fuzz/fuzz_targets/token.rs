//! One token, one spelling: what `inspect` accepts is exactly what this target's own encoder writes for its bytes.

#![no_main]

use libfuzzer_sys::fuzz_target;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Bit by bit: slow, and with nothing to get wrong.
fn decode(text: &[u8]) -> Option<Vec<bool>> {
    let mut bits = Vec::new();
    for character in text {
        let value = ALPHABET.iter().position(|other| other == character)?;
        bits.extend((0..6).rev().map(|bit| value >> bit & 1 == 1));
    }
    Some(bits)
}

fn encode(bits: &[bool]) -> Vec<u8> {
    bits.chunks(6)
        .map(|chunk| {
            let value = (0..6)
                .fold(0, |value, bit| value << 1 | usize::from(chunk.get(bit) == Some(&true)));
            ALPHABET[value]
        })
        .collect()
}

fuzz_target!(|token: &[u8]| {
    let Ok(_) = hardtack::token::inspect(token) else { return };
    let bits = decode(token).expect("a character outside the alphabet was accepted");
    let bytes = &bits[..bits.len() / 8 * 8];
    assert_eq!(encode(bytes), token, "a second spelling was accepted");
});
