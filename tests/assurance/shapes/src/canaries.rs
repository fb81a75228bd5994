//! Types of other crates, as their `Cargo.toml` features here have them.

use std::net::Ipv4Addr;

use arrayvec::{ArrayString, ArrayVec};
use bytes::Bytes;
use compact_str::CompactString;
use indexmap::{IndexMap, IndexSet};
use ipnet::{IpNet, Ipv4Net};
use ordered_float::{NotNan, OrderedFloat};
use rust_decimal::Decimal;
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};
use serde_repr::{Deserialize_repr, Serialize_repr};
use smallvec::{SmallVec, smallvec};
use ulid::Ulid;
use url::Url;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Rights(u8);

bitflags::bitflags! {
    impl Rights: u8 {
        const READ = 1;
        const WRITE = 2;
    }
}

bitflags::bitflags! {
    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(transparent)]
    struct Flags: u32 {
        const A = 1;
        const B = 2;
    }
}

#[derive(Clone, Debug, PartialEq, Serialize_repr, Deserialize_repr)]
#[repr(u8)]
enum Level {
    Low = 1,
    High = 9,
}

#[derive(Debug, Serialize, Deserialize)]
struct Moments {
    #[serde(with = "chrono::serde::ts_seconds")]
    created: chrono::DateTime<chrono::Utc>,
    #[serde(with = "time::serde::timestamp")]
    seen: time::OffsetDateTime,
    #[serde(with = "jiff::fmt::serde::timestamp::second::required")]
    left: jiff::Timestamp,
}

#[derive(Debug, Serialize, Deserialize)]
struct Raw {
    #[serde(with = "serde_bytes")]
    bytes: Vec<u8>,
    #[serde(with = "uuid::serde::compact")]
    id: Uuid,
}

fn moment() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn offset_date_time() -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap()
}

fn timestamp() -> jiff::Timestamp {
    jiff::Timestamp::from_second(1_800_000_000).unwrap()
}

crate::shapes! {
    Uuid = Uuid::from_u128(7);
    uuid::NonNilUuid = Uuid::from_u128(7).try_into().unwrap();
    chrono::DateTime<chrono::Utc> = moment();
    chrono::DateTime<chrono::FixedOffset> = moment().into();
    chrono::NaiveDateTime = moment().naive_utc();
    chrono::NaiveDate = moment().date_naive();
    chrono::NaiveTime = moment().time();
    chrono::Weekday = chrono::Weekday::Mon;
    chrono::Month = chrono::Month::May;
    chrono::TimeDelta = chrono::TimeDelta::milliseconds(1_500);
    time::OffsetDateTime = offset_date_time();
    time::PrimitiveDateTime = time::PrimitiveDateTime::new(offset_date_time().date(), offset_date_time().time());
    time::Date = offset_date_time().date();
    time::Time = offset_date_time().time();
    time::Duration = time::Duration::milliseconds(1_500);
    time::UtcOffset = time::UtcOffset::UTC;
    time::Weekday = time::Weekday::Monday;
    time::Month = time::Month::May;
    jiff::Timestamp = timestamp();
    jiff::ZonedDateTime = timestamp().to_zoned_datetime(jiff::tz::TimeZone::UTC);
    jiff::civil::DateTime = jiff::civil::date(2027, 1, 15).at(8, 0, 0, 0);
    jiff::civil::Date = jiff::civil::date(2027, 1, 15);
    jiff::civil::Time = jiff::civil::time(8, 0, 0, 0);
    jiff::Span = jiff::Span::new().hours(1);
    jiff::SignedDuration = jiff::SignedDuration::from_secs(7);
    Moments = Moments { created: moment(), seen: offset_date_time(), left: timestamp() };
    Url = "https://example.com/".parse().unwrap();
    Version = Version::new(1, 2, 3);
    VersionReq = "^1.2".parse().unwrap();
    IndexMap<String, u8> = IndexMap::from([("b".into(), 1), ("a".into(), 2)]);
    IndexSet<u8> = IndexSet::from([2, 1]);
    SmallVec<[u8; 4]> = smallvec![1, 2];
    Bytes = Bytes::from_static(&[1, 2]);
    ArrayVec<u16, 4> = ArrayVec::from_iter([1, 2]);
    ArrayString<8> = ArrayString::from("Ada").unwrap();
    CompactString = "Ada".into();
    Ulid = Ulid::from(7u128);
    IpNet = IpNet::V4(Ipv4Net::new(Ipv4Addr::LOCALHOST, 8).unwrap());
    Ipv4Net = Ipv4Net::new(Ipv4Addr::LOCALHOST, 8).unwrap();
    OrderedFloat<f64> = OrderedFloat(0.5);
    NotNan<f32> = NotNan::new(0.5).unwrap();
    Decimal = Decimal::new(150, 2);
    Rights = Rights::READ;
    Flags = Flags::A | Flags::B;
    ByteBuf = ByteBuf::from([1, 2]);
    ByteArray<16> = ByteArray::new([7; 16]);
    Raw = Raw { bytes: vec![1, 2], id: Uuid::from_u128(7) };
    Level = Level::High;
}
