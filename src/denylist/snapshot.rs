//! A list in bytes, for other nodes. All integers are big-endian, nothing is optional, and each list has one spelling:
//!
//! ```text
//! snapshot = version 1 ‖ global not-before u64 ‖ count u32 ‖ count × entry
//! entry    = key 16 ‖ not-before u64 ‖ until u64          32 bytes, in strictly ascending order of keys
//! ```

use super::entries::{Entry, KEY};
use crate::error::DenylistError;
use crate::time::Timestamp;

const VERSION: u8 = 1;
const HEAD: usize = 1 + 8 + 4;
const ENTRY: usize = KEY + 8 + 8;
/// Seconds ahead of now. No list refuses sessions created later than this: the longest leeway, on a node whose clock is as far
/// ahead.
const AHEAD: u64 = 2 * 86_400;

/// `entries` must be sorted by key.
pub(super) fn encode(not_before: Timestamp, entries: &[Entry]) -> Vec<u8> {
    // The builder bounds the capacity far below 2^32.
    let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(HEAD + ENTRY * entries.len());
    bytes.push(VERSION);
    bytes.extend(not_before.as_secs().to_be_bytes());
    bytes.extend(count.to_be_bytes());
    for entry in entries {
        bytes.extend(entry.key);
        bytes.extend(entry.not_before.as_secs().to_be_bytes());
        bytes.extend(entry.until.as_secs().to_be_bytes());
    }
    bytes
}

/// Returns the global not-before and the entries. Takes no more memory than `bytes` does.
pub(super) fn decode(
    bytes: &[u8],
    now: Timestamp,
) -> Result<(Timestamp, Vec<Entry>), DenylistError> {
    let found = bytes.len();
    let (&[version, ref head @ ..], entries) =
        bytes.split_first_chunk::<HEAD>().ok_or(DenylistError::Length { expected: HEAD, found })?;
    if version != VERSION {
        return Err(DenylistError::Version { found: version });
    }
    let (not_before, count) = split_time(head);
    let count = count.iter().fold(0, |sum, &byte| sum << 8 | usize::from(byte));
    let expected = count.saturating_mul(ENTRY).saturating_add(HEAD);
    if found != expected {
        return Err(DenylistError::Length { expected, found });
    }
    let entries: Vec<Entry> = entries.as_chunks::<ENTRY>().0.iter().map(decode_entry).collect();
    if !entries.is_sorted_by(|a, b| a.key < b.key) {
        return Err(DenylistError::Order);
    }
    let latest = entries.iter().fold(not_before, |latest, entry| latest.max(entry.not_before));
    if latest.as_secs() > now.as_secs().saturating_add(AHEAD) {
        return Err(DenylistError::Ahead { not_before: latest, now });
    }
    Ok((not_before, entries))
}

fn decode_entry(bytes: &[u8; ENTRY]) -> Entry {
    let mut key = [0; KEY];
    let (first, times) = bytes.split_at(KEY);
    key.copy_from_slice(first);
    let (not_before, rest) = split_time(times);
    let (until, _) = split_time(rest);
    Entry { key, not_before, until }
}

/// Splits off the time at the front.
fn split_time(bytes: &[u8]) -> (Timestamp, &[u8]) {
    let (time, rest) = bytes.split_at(bytes.len().min(8));
    let seconds = time.iter().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
    (Timestamp::from_secs(seconds), rest)
}
