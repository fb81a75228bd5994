//! Types that write differently than they read, some for some values, some for all.

#[path = "zoo/by_hand.rs"]
mod by_hand;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arbitrary::Arbitrary;
use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use by_hand::*;

/// A type without faults.
#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plain {
    id: u64,
    name: String,
    kind: Kind,
    #[serde(alias = "n")]
    numbers: (i8, i16, i32, i64, i128, u8, u16, u32, u64, u128),
    letters: Option<Option<char>>,
    units: Vec<()>,
    map: HashMap<u8, BTreeSet<Kind>>,
    result: Result<[u8; 3], Option<Box<Plain>>>,
}

#[derive(Arbitrary, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    #[serde(alias = "A")]
    Guest,
    User(u8),
    #[serde(rename(serialize = "pair"))]
    Pair(u8, bool),
    Named {
        a: i16,
        b: Option<()>,
    },
    #[serde(other)]
    Other,
}

/// Skips empty values.
#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Skips {
    #[serde(skip_serializing_if = "Option::is_none")]
    a: Option<u8>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    b: Vec<u8>,
    c: Option<u8>,
    #[serde(skip_serializing_if = "is_zero")]
    d: u64,
    e: Vec<u8>,
    f: Within,
}

#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Within {
    Tuple(#[serde(skip_serializing_if = "Option::is_none")] Option<u8>, Option<u8>),
    Struct {
        #[serde(skip_serializing_if = "is_zero")]
        a: u64,
        b: u64,
    },
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Writes another type for some values.
#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Otherwise {
    #[serde(serialize_with = "sometimes_signed")]
    a: u64,
    #[serde(serialize_with = "sometimes_unit")]
    b: Option<Option<u8>>,
    #[serde(serialize_with = "sometimes_text")]
    c: Vec<u8>,
    #[serde(serialize_with = "sometimes_short")]
    d: (u8, u8),
    e: Option<u8>,
    f: Vec<u8>,
}

fn sometimes_signed<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    match i64::try_from(*value) {
        Ok(value) if value > 9 => serializer.serialize_i64(value),
        _ => serializer.serialize_u64(*value),
    }
}

fn sometimes_unit<S: Serializer>(
    value: &Option<Option<u8>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        None => serializer.serialize_unit(),
        some => some.serialize(serializer),
    }
}

fn sometimes_text<S: Serializer>(value: &Vec<u8>, serializer: S) -> Result<S::Ok, S::Error> {
    match std::str::from_utf8(value) {
        Ok(text) => serializer.serialize_str(text),
        Err(_) => value.serialize(serializer),
    }
}

fn sometimes_short<S: Serializer>(value: &(u8, u8), serializer: S) -> Result<S::Ok, S::Error> {
    if value.1 == 0 { value.0.serialize(serializer) } else { value.serialize(serializer) }
}

/// Writes a wider type than it reads.
#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wide {
    #[serde(serialize_with = "wide")]
    a: u16,
    #[serde(serialize_with = "wide_signed")]
    b: i16,
}

fn wide<S: Serializer>(value: &u16, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u128((*value).into())
}

fn wide_signed<S: Serializer>(value: &i16, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i64((*value).into())
}

/// Reads older numbers as well.
#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(from = "Versions", into = "Versions")]
pub struct Folded(u64);

#[derive(Serialize, Deserialize)]
enum Versions {
    Zero,
    Short { at: u32 },
    Long(u64),
}

impl From<Versions> for Folded {
    fn from(versions: Versions) -> Self {
        match versions {
            Versions::Zero => Self(0),
            Versions::Short { at } => Self(at.into()),
            Versions::Long(at) => Self(at),
        }
    }
}

impl From<Folded> for Versions {
    fn from(folded: Folded) -> Self {
        match u32::try_from(folded.0) {
            Ok(0) => Self::Zero,
            Ok(at) if at % 2 == 0 => Self::Short { at },
            _ => Self::Long(folded.0),
        }
    }
}

/// Has variants that work in one direction only.
#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Halved {
    Both(u8),
    #[serde(skip_deserializing)]
    Written(u8),
    #[serde(skip_serializing)]
    Read(u8),
}

/// Encodes to almost nothing.
#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Emptied {
    a: Nothing,
    b: Dots,
    c: Vec<Nothing>,
    d: BTreeMap<(), Nothing>,
    e: (Nothing, Dots, ()),
    #[serde(serialize_with = "as_unit")]
    f: Nothing,
    g: Vec<(Nothing, Dots)>,
    h: Option<Nothing>,
}

#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Nothing {
    y: (),
    x: [(); 2],
}

#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Dots {
    x: i8,
    y: i8,
}

fn as_unit<S: Serializer>(_: &Nothing, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_unit()
}

/// Contains itself, in several ways.
#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Recursive {
    Nil,
    Cons(u8, Box<Recursive>),
    Many(Vec<Recursive>),
    Named { left: Option<Box<Recursive>>, right: Option<Box<Recursive>> },
    Map(BTreeMap<u8, Recursive>),
}

/// Each field is skipped in one direction.
#[derive(Serialize, Deserialize)]
#[expect(dead_code, reason = "no value is written")]
pub struct Crossed {
    name: String,
    #[serde(skip_deserializing)]
    id: u64,
    #[serde(skip_serializing)]
    level: u64,
}

/// Differs by direction.
#[derive(Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"))]
pub struct Renamed {
    first_name: String,
    last_name: String,
}

/// Uses other numbers.
#[derive(Serialize, Deserialize)]
#[expect(dead_code, reason = "no value is written")]
pub enum Plan {
    Free,
    #[serde(skip)]
    Internal,
    Pro,
}

/// An empty text is the first value that the tracer makes up.
#[derive(Serialize, Deserialize)]
pub struct Texts {
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
}

/// Two fields of one type are swapped, by name.
pub struct Swapped {
    a: u64,
    b: u64,
}

impl Serialize for Swapped {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut fields = serializer.serialize_struct("Swapped", 2)?;
        fields.serialize_field("b", &self.b)?;
        fields.serialize_field("a", &self.a)?;
        fields.end()
    }
}

impl<'de> Deserialize<'de> for Swapped {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Both {
            a: u64,
            b: u64,
        }
        Both::deserialize(deserializer).map(|Both { a, b }| Self { a, b })
    }
}
