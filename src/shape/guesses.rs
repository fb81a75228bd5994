//! The made-up values, in the order in which they are tried. They never become part of a shape.

use super::Sample;

/// What the tracer returns: the leaves of a sample, then these lists.
pub(super) struct Guesses {
    pub(super) integers: Vec<i128>,
    pub(super) floats: Vec<f64>,
    pub(super) bools: Vec<bool>,
    pub(super) chars: Vec<char>,
    pub(super) strings: Vec<&'static str>,
    pub(super) bytes: Vec<&'static [u8]>,
}

impl Guesses {
    pub(super) fn with(sample: Option<&Sample>) -> Self {
        fn joined<X: Copy>(sample: Option<&[X]>, guesses: &[X]) -> Vec<X> {
            sample.into_iter().flatten().chain(guesses).copied().collect()
        }
        Self {
            integers: joined(sample.map(|sample| &*sample.integers), INTEGERS),
            floats: joined(sample.map(|sample| &*sample.floats), FLOATS),
            bools: BOOLS.to_vec(),
            chars: joined(sample.map(|sample| &*sample.chars), CHARS),
            strings: joined(sample.map(|sample| &*sample.strings), STRINGS),
            bytes: joined(sample.map(|sample| &*sample.bytes), BYTES),
        }
    }
}

/// Narrower types take the low bits. The moments are decades apart and reach far ahead, in seconds and in milliseconds, so a type
/// that insists on the past or on the future finds one, both today and in thirty years.
const INTEGERS: &[i128] = &[
    1,
    0,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    10,
    12,
    16,
    24,
    32,
    60,
    64,
    100,
    200,
    1000,
    2000,
    8080,
    1_000_000,
    946_684_800,
    4_102_444_800,
    32_503_680_000,
    946_684_800_000,
    4_102_444_800_000,
    32_503_680_000_000,
    -1,
];

const FLOATS: &[f64] = &[1.0, 0.0, 0.5, 2.0, 10.0, 100.0, -1.0, 946_684_800.0, 4_102_444_800.0];

const BOOLS: &[bool] = &[true, false];

const CHARS: &[char] = &['a', 'A', '0', '1', ' ', '-', '/', '\0'];

/// Besides plain words, text forms that common types of other crates insist on: moments, addresses, ids, versions.
const STRINGS: &[&str] = &[
    "",
    "a",
    "A",
    "1",
    "0",
    "00",
    "en",
    "US",
    "EUR",
    "UTC",
    "1.0.0",
    "2000-01-01",
    "00:00:00",
    "2000-01-01T00:00:00",
    "2000-01-01T00:00:00Z",
    "2000-01-01T00:00:00+00:00[UTC]",
    "2000-01-01 00:00:00",
    "Sat, 01 Jan 2000 00:00:00 +0000",
    "2100-01-01",
    "2100-01-01T00:00:00Z",
    "9000-01-01",
    "9000-01-01T00:00:00Z",
    "+00:00",
    "PT1S",
    "1s",
    "127.0.0.1",
    "127.0.0.1:80",
    "::1",
    "[::1]:80",
    "10.0.0.0/8",
    "/",
    "text/plain",
    "example.com",
    "https://example.com/",
    "user@example.com",
    "00000000-0000-4000-8000-000000000000",
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",
    "aaaaaaaa",
    "00000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000000",
];

/// Lengths of fixed-size types: addresses, ids, hashes, keys, signatures.
const BYTES: &[&[u8]] = &[
    &[],
    &[1],
    &[1; 4],
    &[1; 6],
    &[1; 8],
    &[1; 12],
    &[1; 16],
    &[1; 20],
    &[1; 24],
    &[1; 32],
    &[1; 33],
    &[1; 48],
    &[1; 64],
];
