//! What session crates keep in a cookie as JSON: maps of named values.

use std::collections::BTreeMap;

use serde::Deserialize;
use time::{Date, Time, UtcOffset};

use crate::encoding::{decode, decoded_len};
use crate::payload::Values;
use crate::time::Timestamp;

/// Reads a map of JSON texts, which is how [`Values`] are stored.
pub(super) fn actix_session(text: &str) -> Option<Values> {
    serde_json::from_str(text).ok()
}

/// A session of tower-sessions.
pub(super) struct Record {
    pub(super) id: i128,
    pub(super) values: Values,
    pub(super) expires: Timestamp,
}

#[derive(Deserialize)]
struct Envelope {
    v: u8,
    record: Raw,
}

#[derive(Deserialize)]
struct Raw {
    id: i128,
    data: BTreeMap<String, serde_json::Value>,
    expiry_date: Expiry,
}

/// A date as the crate `time` writes it: numbers, or a text if one of its features is on.
#[derive(Deserialize)]
#[serde(untagged)]
enum Expiry {
    Numbers(i32, u16, u8, u8, u8, u32, i8, i8, i8),
    Text(String),
}

/// Reads base64url of JSON, version 1.
pub(super) fn tower_sessions(text: &str) -> Option<Record> {
    let mut buffer = vec![0; decoded_len(text.len())];
    let json = decode(text.as_bytes(), &mut buffer)?;
    let Envelope { v: 1, record: Raw { id, data, expiry_date } } =
        serde_json::from_slice(json).ok()?
    else {
        return None;
    };
    let mut values = Values::default();
    for (key, value) in data {
        values.insert(&key, value).ok()?;
    }
    Some(Record { id, values, expires: expiry_date.moment()? })
}

impl Expiry {
    fn moment(self) -> Option<Timestamp> {
        match self {
            Self::Numbers(year, day, hour, minute, second, nanosecond, h, m, s) => {
                let offset = UtcOffset::from_hms(h, m, s).ok()?;
                let time = Time::from_hms_nano(hour, minute, second, nanosecond).ok()?;
                let date = Date::from_ordinal_date(year, day).ok()?.with_time(time);
                Some(date.assume_offset(offset).into())
            }
            // 2030-01-31 12:00:00.0 +00:00:00. RFC 3339 has a `T`, no second space, and no seconds in an offset.
            Self::Text(text) => {
                let date = text.strip_suffix(":00")?.replacen(' ', "T", 1).replacen(' ', "", 1);
                date.parse().ok()
            }
        }
    }
}
