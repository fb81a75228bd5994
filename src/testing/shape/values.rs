//! The made-up values, in the order in which they are tried. They are never part of a shape.

/// Narrower types take the low bits.
pub(super) const INTEGERS: &[i128] = &[
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
    1_800_000_000,
    -1,
];

pub(super) const FLOATS: &[f64] = &[1.0, 0.0, 0.5, 2.0, 10.0, 100.0, -1.0];

pub(super) const BOOLS: &[bool] = &[true, false];

pub(super) const CHARS: &[char] = &['a', 'A', '0', '1', ' ', '-', '/', '\0'];

/// Beside plain words, the text forms that common types of other crates insist on: moments, addresses, ids, versions.
pub(super) const STRINGS: &[&str] = &[
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
    "2000-01-01 00:00:00",
    "Sat, 01 Jan 2000 00:00:00 +0000",
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
pub(super) const OCTETS: &[&[u8]] = &[
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
