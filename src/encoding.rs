//! base64url without padding, strictly: each sequence of bytes has one spelling (RFC 4648 sections 3.5 and 5).

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurposeConfig};
use base64ct::{Base64UrlUnpadded, Encoding};

use crate::crypto::Zeroizing;

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

/// How many characters `bytes` bytes take.
pub(crate) const fn encoded_len(bytes: usize) -> usize {
    bytes / 3 * 4 + (bytes % 3 * 4).div_ceil(3)
}

/// The most bytes that `characters` can hold.
pub(crate) const fn decoded_len(characters: usize) -> usize {
    characters / 4 * 3 + characters % 4 * 3 / 4
}

/// Appends `bytes` to `text` as characters.
pub(crate) fn encode(bytes: &[u8], text: &mut String) {
    ENGINE.encode_string(bytes, text);
}

/// Like [`encode`], in constant time, for secrets.
pub(crate) fn encode_secret(bytes: &[u8], text: &mut String) {
    text.push_str(&Zeroizing::new(Base64UrlUnpadded::encode_string(bytes)));
}

/// How many bytes the engine turns into 32 characters at once.
const GROUP: usize = 24;
/// How many bytes it must see after the last such group.
const BEHIND: usize = 8;
/// Below this many bytes, it encodes byte by byte.
const FEWEST: usize = 128;

/// How many bytes to encode so that the first `used` lie in whole groups.
const fn whole_groups(used: usize) -> usize {
    let whole = used.next_multiple_of(GROUP) + BEHIND;
    if whole < FEWEST { FEWEST } else { whole }
}

/// How many characters of room [`encode_front`] needs in the text that it appends to, so that the text does not move.
pub(crate) const fn encoding_room(used: usize) -> usize {
    encoded_len(whole_groups(used))
}

/// Appends the first `used` bytes of `buffer` as characters, and overwrites what follows them.
///
/// The engine works in groups, and byte by byte on the rest, which is everything in a small token. So we give it zeros after the
/// bytes, and cut their characters off again. The last character comes out right, because bits that no byte fills are zeros.
#[expect(clippy::expect_used, reason = "base64url is ASCII, whatever was encoded")]
pub(crate) fn encode_front(buffer: &mut [u8], used: usize, text: String) -> String {
    let end = whole_groups(used).min(buffer.len());
    buffer[used..end].fill(0);
    let mut text = text.into_bytes();
    let start = text.len();
    text.resize(start + encoded_len(end), 0);
    let written = ENGINE.encode_slice(&buffer[..end], &mut text[start..]);
    debug_assert_eq!(written, Ok(encoded_len(end)));
    text.truncate(start + encoded_len(used));
    String::from_utf8(text).expect("base64url is ASCII")
}

/// Decodes 16 characters: a token's header, which must be cheap to refuse. The engine takes three times as long for so few.
pub(crate) fn decode_16(text: &[u8; 16]) -> Option<[u8; 12]> {
    let mut bytes = [0; 12];
    let mut seen = 0;
    for (quad, group) in text.as_chunks().0.iter().zip(bytes.as_chunks_mut().0) {
        let [a, b, c, d]: [u8; 4] = quad.map(|character| VALUES[usize::from(character)]);
        seen |= a | b | c | d;
        *group = [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d];
    }
    (seen & NO_CHARACTER == 0).then_some(bytes)
}

/// A bit that is set in no six-bit value.
const NO_CHARACTER: u8 = 0x80;

/// The value of each character.
static VALUES: [u8; 256] = {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut values = [NO_CHARACTER; 256];
    let mut value = 0;
    while value < alphabet.len() {
        values[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// Decodes `text` to the front of `buffer` and returns that part; `None` for any other spelling, or if `buffer` is too short.
pub(crate) fn decode<'b>(text: &[u8], buffer: &'b mut [u8]) -> Option<&'b mut [u8]> {
    let written = ENGINE.decode_slice(text, buffer).ok()?;
    buffer.get_mut(..written)
}

/// Like [`decode`], for secrets: in constant time except for the length and the verdict.
pub(crate) fn decode_secret<'b>(text: &[u8], buffer: &'b mut [u8]) -> Option<&'b [u8]> {
    Base64UrlUnpadded::decode(text, buffer).ok()
}

/// Decodes base64 as other systems write it: the standard alphabet, padded, in one spelling.
#[cfg(feature = "migrate")]
pub(crate) fn decode_standard(text: &[u8]) -> Option<Vec<u8>> {
    base64::prelude::BASE64_STANDARD.decode(text).ok()
}

/// Like [`decode_standard`], in constant time, for secrets.
#[cfg(feature = "migrate")]
pub(crate) fn decode_standard_secret(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut buffer = Zeroizing::new(vec![0; text.len()]);
    let length = base64ct::Base64::decode(text, &mut buffer).ok()?.len();
    buffer.truncate(length);
    Some(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_spelled_like_tokens() {
        let (mut one, mut other) = ([0; 48], [0; 48]);
        for length in 0..48 {
            let bytes: Vec<u8> = (0..length).map(|n| (n * 151 + length) as u8).collect();
            let [mut text, mut secret] = [(); 2].map(|()| "htk1_".to_owned());
            encode(&bytes, &mut text);
            encode_secret(&bytes, &mut secret);
            assert_eq!(secret, text);
            // Replaces each character by each byte: both decoders must accept exactly the same texts.
            let mut text = text.as_bytes()[5..].to_vec();
            for place in 0..text.len() {
                let right = text[place];
                for byte in 0..=255 {
                    text[place] = byte;
                    let read = decode(&text, &mut one).map(|bytes| &*bytes);
                    assert_eq!(decode_secret(&text, &mut other), read, "{length} {place} {byte}");
                }
                text[place] = right;
            }
            text.push(b'A');
            assert_eq!(
                decode_secret(&text, &mut other),
                decode(&text, &mut one).map(|bytes| &*bytes)
            );
        }
        assert_eq!(decode_secret(b"AAAA", &mut one[..2]), None);
    }

    #[test]
    fn lengths_agree_with_the_engine() {
        for bytes in 0..200 {
            let mut text = String::new();
            encode(&vec![0xA5; bytes], &mut text);
            assert_eq!(text.len(), encoded_len(bytes));
            assert_eq!(decoded_len(text.len()), bytes);
            let mut buffer = vec![0; bytes];
            assert_eq!(decode(text.as_bytes(), &mut buffer).map(|b| b.len()), Some(bytes));
        }
    }

    #[test]
    fn the_front_of_a_buffer_is_encoded_as_if_it_were_alone() {
        for room in [0, 1, 2, 23, 24, 31, 32, 128, 152, 300] {
            for used in 0..=room {
                let bytes: Vec<u8> = (0..room).map(|n| (n * 151 + used) as u8 | 1).collect();
                let mut alone = "x=".to_owned();
                encode(&bytes[..used], &mut alone);
                assert_eq!(encode_front(&mut bytes.clone(), used, "x=".to_owned()), alone);
            }
        }
    }

    #[test]
    fn every_byte_pair_has_one_spelling() {
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
    fn sixteen_characters_decode_as_the_engine_does() {
        let mut text = *b"AQIDBAUGBwgJCgsM";
        for place in 0..16 {
            for character in 0..=255 {
                text[place] = character;
                let mut buffer = [0; 12];
                let engine = decode(&text, &mut buffer).is_some().then_some(buffer);
                assert_eq!(decode_16(&text), engine, "{}", text.escape_ascii());
            }
            text[place] = b"_-9zZ5bQ"[place % 8];
        }
    }

    // Any two, so that they cannot cancel each other.
    #[test]
    fn two_wrong_characters_in_sixteen_are_no_better_than_one() {
        for (first, second) in
            (0..16).flat_map(|first| (0..first).map(move |second| (first, second)))
        {
            let mut text = *b"AQIDBAUGBwgJCgsM";
            (text[first], text[second]) = (b'=', b'=');
            assert_eq!(decode_16(&text), None, "{}", text.escape_ascii());
        }
    }

    /// RFC 4648 section 5, byte by byte.
    fn decode_slowly(text: &[u8]) -> Option<Vec<u8>> {
        let (mut bytes, mut bits, mut count) = (Vec::new(), 0u32, 0);
        for &character in text {
            let value = VALUES[usize::from(character)];
            if value == NO_CHARACTER {
                return None;
            }
            (bits, count) = (bits << 6 | u32::from(value), count + 6);
            if count >= 8 {
                count -= 8;
                bytes.push((bits >> count) as u8);
                bits &= (1 << count) - 1;
            }
        }
        (count < 6 && bits == 0).then_some(bytes)
    }

    #[test]
    fn vectors_of_characters_decode_as_one_by_one() {
        let mut seed = 1u32;
        let mut random = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 16) as u8
        };
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        for length in (0..300).chain(670..690).chain(4_080..=4_096) {
            let whole: Vec<u8> =
                (0..length).map(|_| alphabet[usize::from(random()) % 64]).collect();
            for round in 0..40 {
                let mut text = whole.clone();
                if round > 0 && length > 0 {
                    // One character replaced: anywhere, or near the end.
                    let far = usize::from(random()) << 8 | usize::from(random());
                    let place = if round % 2 == 0 {
                        far % length
                    } else {
                        length - 1 - far % length.min(8)
                    };
                    text[place] = random();
                }
                let mut buffer = vec![0; decoded_len(length)];
                let fast = decode(&text, &mut buffer).map(|bytes| bytes.to_vec());
                assert_eq!(fast, decode_slowly(&text), "{}", text.escape_ascii());
            }
        }
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
