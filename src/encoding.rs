//! base64url without padding, strictly: one sequence of octets, one spelling (RFC 4648 sections 3.5 and 5).

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};

#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
type Base64 = base64::engine::Simd;
#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
type Base64 = base64::engine::GeneralPurpose;

static ENGINE: LazyLock<Base64> = LazyLock::new(|| {
    let strict = GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(false);
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    return Base64::url_safe(strict);
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    return Base64::new(&base64::alphabet::URL_SAFE, strict);
});

/// Characters that `octets` take.
pub(crate) const fn encoded_len(octets: usize) -> usize {
    octets / 3 * 4 + (octets % 3 * 4).div_ceil(3)
}

/// The most octets that `characters` can hold.
pub(crate) const fn decoded_len(characters: usize) -> usize {
    characters / 4 * 3 + characters % 4 * 3 / 4
}

/// Appends the characters of `octets` to `text`.
pub(crate) fn encode(octets: &[u8], text: &mut String) {
    ENGINE.encode_string(octets, text);
}

/// Writes the octets of `text` to the front of `buffer` and returns that part; `None` for any other than
/// the one spelling, and where `buffer` is too short.
pub(crate) fn decode<'b>(text: &[u8], buffer: &'b mut [u8]) -> Option<&'b mut [u8]> {
    let written = ENGINE.decode_slice(text, buffer).ok()?;
    buffer.get_mut(..written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_agree_with_the_engine() {
        for octets in 0..200 {
            let mut text = String::new();
            encode(&vec![0xA5; octets], &mut text);
            assert_eq!(text.len(), encoded_len(octets));
            assert_eq!(decoded_len(text.len()), octets);
            let mut buffer = vec![0; octets];
            assert_eq!(decode(text.as_bytes(), &mut buffer).map(|b| b.len()), Some(octets));
        }
    }

    #[test]
    fn every_octet_pair_has_one_spelling() {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let mut buffer = [0; 3];
        let mut accepted = 0;
        for a in 0..=255u8 {
            for b in 0..=255u8 {
                let Some(decoded) = decode(&[a, b], &mut buffer) else {
                    continue;
                };
                let mut again = String::new();
                encode(decoded, &mut again);
                assert_eq!(again.as_bytes(), [a, b]);
                assert!(alphabet.contains(&a) && alphabet.contains(&b));
                accepted += 1;
            }
        }
        assert_eq!(accepted, 256);
    }

    #[test]
    fn other_spellings_are_refused() {
        for text in
            ["A", "AA==", "AAA=", "AAA ", " AAA", "AA\nA", "AA+A", "AA/A", "AB", "AAB", "AA%3D"]
        {
            let mut buffer = [0; 16];
            assert!(decode(text.as_bytes(), &mut buffer).is_none(), "{text:?}");
        }
        assert!(decode(b"AAAA", &mut [0; 2]).is_none());
    }
}
