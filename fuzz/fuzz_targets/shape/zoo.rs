//! Types that write otherwise than they read, some for some values, some for all.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use arbitrary::Arbitrary;
use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// As it should be.
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

/// Skips what is empty.
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

/// Another type for some values.
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

/// Wider than it is read.
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

/// In the order of the day.
#[derive(Arbitrary, Clone, Debug, Deserialize)]
pub struct ByHand {
    a: u64,
    b: u64,
    c: u64,
    none: (),
    #[serde(skip)]
    order: Vec<u8>,
}

impl PartialEq for ByHand {
    fn eq(&self, other: &Self) -> bool {
        (self.a, self.b, self.c) == (other.a, other.b, other.c)
    }
}

impl Serialize for ByHand {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut order: Vec<_> = self.order.iter().map(|at| at % 5).collect();
        if order.is_empty() {
            order = vec![0, 1, 2, 3];
        }
        let mut fields = serializer.serialize_struct("ByHand", order.len())?;
        for at in order {
            match at {
                0 => fields.serialize_field("a", &self.a)?,
                1 => fields.serialize_field("b", &self.b)?,
                2 => fields.serialize_field("c", &self.c)?,
                3 => fields.serialize_field("none", &self.none)?,
                _ => fields.skip_field("c")?,
            }
        }
        fields.end()
    }
}

/// By a number that is not its own.
#[derive(Arbitrary, Clone, Debug, Deserialize)]
pub struct Lying {
    kind: Level,
    #[serde(skip)]
    number: Option<u8>,
    #[serde(skip)]
    name: Option<u8>,
}

#[derive(Arbitrary, Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
enum Level {
    Low(u8),
    High(u8),
    Top(u8),
    None,
}

impl PartialEq for Lying {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Serialize for Lying {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct As(Level, Option<u8>);

        impl Serialize for As {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let (own, name, content) = match self.0 {
                    Level::Low(content) => (0, "Low", content),
                    Level::High(content) => (1, "High", content),
                    Level::Top(content) => (2, "Top", content),
                    Level::None => return serializer.serialize_unit_variant("", 3, "None"),
                };
                let number = self.1.map_or(own, |number| u32::from(number) % 5);
                serializer.serialize_newtype_variant("", number, name, &content)
            }
        }

        let mut fields = serializer.serialize_struct("Lying", 1)?;
        fields.serialize_field(
            if self.name == Some(0) { "other" } else { "kind" },
            &As(self.kind, self.number),
        )?;
        fields.end()
    }
}

/// Of another length than it says.
#[derive(Arbitrary, Clone, Debug, Deserialize)]
pub struct Lengths {
    units: Vec<()>,
    bytes: Vec<u8>,
    map: BTreeMap<u8, u8>,
    last: u8,
    #[serde(skip)]
    lies: [i8; 3],
}

impl PartialEq for Lengths {
    fn eq(&self, other: &Self) -> bool {
        (&self.units, &self.bytes, &self.map, self.last)
            == (&other.units, &other.bytes, &other.map, other.last)
    }
}

impl Serialize for Lengths {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct List<'v, V>(&'v [V], i8);

        impl<V: Serialize> Serialize for List<'_, V> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let length = self.0.len().saturating_add_signed(self.1.into());
                let mut list = serializer.serialize_seq(Some(length))?;
                self.0.iter().try_for_each(|value| list.serialize_element(value))?;
                list.end()
            }
        }

        struct Map<'m>(&'m BTreeMap<u8, u8>, i8);

        impl Serialize for Map<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let length = self.0.len().saturating_add_signed(self.1.into());
                let mut map = serializer.serialize_map(Some(length))?;
                self.0.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
        }

        let mut parts = serializer.serialize_tuple(4)?;
        parts.serialize_element(&List(&self.units, self.lies[0]))?;
        parts.serialize_element(&List(&self.bytes, self.lies[1]))?;
        parts.serialize_element(&Map(&self.map, self.lies[2]))?;
        parts.serialize_element(&self.last)?;
        parts.end()
    }
}

/// Without some of its parts, and without a word about it.
#[derive(Arbitrary, Clone, Debug, Deserialize)]
pub struct Omits {
    a: Option<u8>,
    b: Option<u8>,
    c: (u8, u8),
    d: u8,
    #[serde(skip)]
    omitted: u8,
}

impl PartialEq for Omits {
    fn eq(&self, other: &Self) -> bool {
        (self.a, self.b, self.c, self.d) == (other.a, other.b, other.c, other.d)
    }
}

impl Serialize for Omits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let written = |bit: u8| self.omitted & (1 << bit) == 0;
        let mut fields = serializer.serialize_struct("Omits", 4)?;
        if written(0) {
            fields.serialize_field("a", &self.a)?;
        }
        if written(1) {
            fields.serialize_field("b", &self.b)?;
        }
        if written(2) {
            fields.serialize_field("c", &self.c)?;
        } else if !written(4) {
            fields.serialize_field("c", &self.c.0)?;
        }
        if written(3) {
            fields.serialize_field("d", &self.d)?;
        } else if !written(5) {
            fields.serialize_field("d", &(self.d, self.d))?;
        }
        fields.end()
    }
}

/// Read by older numbers too.
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

/// Variants that are not for both directions.
#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Halved {
    Both(u8),
    #[serde(skip_deserializing)]
    Written(u8),
    #[serde(skip_serializing)]
    Read(u8),
}

/// Hardly anything on the wire.
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

/// Inside itself, in several ways.
#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Recursive {
    Nil,
    Cons(u8, Box<Recursive>),
    Many(Vec<Recursive>),
    Named { left: Option<Box<Recursive>>, right: Option<Box<Recursive>> },
    Map(BTreeMap<u8, Recursive>),
}

/// Each is skipped in one direction.
#[derive(Serialize, Deserialize)]
#[expect(dead_code, reason = "no value is written")]
pub struct Crossed {
    name: String,
    #[serde(skip_deserializing)]
    id: u64,
    #[serde(skip_serializing)]
    level: u64,
}

/// By direction.
#[derive(Serialize, Deserialize)]
#[serde(rename_all(serialize = "camelCase"))]
pub struct Renamed {
    first_name: String,
    last_name: String,
}

/// By other numbers.
#[derive(Serialize, Deserialize)]
#[expect(dead_code, reason = "no value is written")]
pub enum Plan {
    Free,
    #[serde(skip)]
    Internal,
    Pro,
}

/// An empty text is the first that the tracer makes up.
#[derive(Serialize, Deserialize)]
pub struct Texts {
    #[serde(skip_serializing_if = "String::is_empty")]
    name: String,
}

/// Two of one type in exchange, by name.
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
