//! Types that write differently than they read: each value is refused or comes back unchanged. Differences of meaning only are at
//! the end.
#![allow(dead_code, reason = "some variants and fields are there to be skipped")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use serde::ser::{SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple};
use serde::{Deserialize, Serialize, Serializer};

use super::super::{NoShape, Shape};
use crate::payload::Codec;

/// What happens to a value in `build` and `start`.
#[derive(Debug, PartialEq)]
enum Fate<T> {
    NotBuilt(String),
    Refused(String),
    NotEncoded,
    NotFaithful,
    Same,
    Other(T),
}

trait Data: Serialize + DeserializeOwned + PartialEq + Debug + 'static {}
impl<T: Serialize + DeserializeOwned + PartialEq + Debug + 'static> Data for T {}

fn fate<T: Data>(value: T) -> Fate<T> {
    let shape = match Shape::of::<T>(None) {
        Ok(shape) => shape,
        Err(NoShape::WrittenOtherwise(misfit)) => return Fate::NotBuilt(misfit.to_string()),
        Err(other) => panic!("{other:?}"),
    };
    if let Err(misfit) = shape.check(&value) {
        return Fate::Refused(misfit.to_string());
    }
    let Some(bytes) = Codec::Postcard.encode_to_vec(&value) else { return Fate::NotEncoded };
    match Codec::Postcard.decode::<T>(&bytes) {
        None => Fate::NotFaithful,
        Some(back) if back == value => Fate::Same,
        Some(back) => Fate::Other(back),
    }
}

#[track_caller]
fn comes_back<T: Data>(value: T) {
    assert_eq!(fate(value), Fate::Same);
}

#[track_caller]
fn is_not_built<T: Data>(value: T, expected: &str) {
    match fate(value) {
        Fate::NotBuilt(said) => assert!(said.starts_with(expected), "{said}"),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn is_refused<T: Data>(value: T, expected: &str) {
    match fate(value) {
        Fate::Refused(said) => assert!(said.starts_with(expected), "{said}"),
        other => panic!("{other:?}"),
    }
}

/// A type that reads as derived, but writes what `$write` says.
macro_rules! by_hand {
    ($($item:item, |$self:ident: $name:ident, $serializer:ident| $write:expr;)*) => {$(
        #[derive(Clone, Debug, PartialEq, Deserialize)]
        $item

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, $serializer: S) -> Result<S::Ok, S::Error> {
                let $self = self;
                $write
            }
        }
    )*};
}

/// One field, read as `$read`, and written as `$write` of it.
macro_rules! fields {
    ($($name:ident($read:ty): |$value:ident| $write:expr;)*) => {$(
        by_hand! { struct $name($read);, |this: $name, serializer| {
            let $value = &this.0;
            $write.serialize(serializer)
        }; }
    )*};
}

fn named<S: Serializer>(parts: &[(&'static str, u64)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut fields = serializer.serialize_struct("ByHand", parts.len())?;
    for (name, value) in parts {
        fields.serialize_field(name, value)?;
    }
    fields.end()
}

by_hand! {
    struct ByHand { id: u64, shop: u64 },
    |this: ByHand, serializer| named(&[("shop", this.shop), ("id", this.id)], serializer);

    struct Twice { id: u64, shop: u64 },
    |this: Twice, serializer| named(&[("id", this.id), ("id", this.shop)], serializer);

    enum InExchange { A(Box<InExchange>), B(Box<InExchange>), End },
    |this: InExchange, serializer| match this {
        InExchange::A(inner) => serializer.serialize_newtype_variant("", 1, "A", inner),
        InExchange::B(inner) => serializer.serialize_newtype_variant("", 0, "B", inner),
        InExchange::End => serializer.serialize_unit_variant("", 2, "End"),
    };

    enum AllZero { A, B },
    |this: AllZero, serializer| match this {
        AllZero::A => serializer.serialize_unit_variant("", 0, "A"),
        AllZero::B => serializer.serialize_unit_variant("", 0, "B"),
    };

    enum InDisorder { None, Some { a: u8, b: u8 } },
    |this: InDisorder, serializer| match this {
        InDisorder::None => serializer.serialize_unit_variant("", 0, "None"),
        InDisorder::Some { a, b } => {
            let mut fields = serializer.serialize_struct_variant("", 1, "Some", 2)?;
            serde::ser::SerializeStructVariant::serialize_field(&mut fields, "b", b)?;
            serde::ser::SerializeStructVariant::serialize_field(&mut fields, "a", a)?;
            serde::ser::SerializeStructVariant::end(fields)
        }
    };

    struct OneMore(Vec<()>);,
    |this: OneMore, serializer| {
        let mut units = serializer.serialize_seq(Some(this.0.len() + 1))?;
        this.0.iter().try_for_each(|unit| units.serialize_element(unit))?;
        units.end()
    };

    struct NoneSaid(Vec<()>);,
    |this: NoneSaid, serializer| {
        let mut units = serializer.serialize_seq(Some(0))?;
        this.0.iter().try_for_each(|unit| units.serialize_element(unit))?;
        units.end()
    };

    struct OneEntry(BTreeMap<(), ()>);,
    |this: OneEntry, serializer| {
        let mut units = serializer.serialize_map(Some(1))?;
        this.0.iter().try_for_each(|(key, value)| units.serialize_entry(key, value))?;
        units.end()
    };

    struct FewerThanSaid(Vec<u8>, u8);,
    |this: FewerThanSaid, serializer| {
        let mut tuple = serializer.serialize_tuple(2)?;
        tuple.serialize_element(&Lengths(this.0.len() + 1, &this.0))?;
        tuple.serialize_element(&this.1)?;
        tuple.end()
    };

    struct MoreThanSaid(Vec<u8>, u8);,
    |this: MoreThanSaid, serializer| {
        let mut tuple = serializer.serialize_tuple(2)?;
        tuple.serialize_element(&Lengths(this.0.len().saturating_sub(1), &this.0))?;
        tuple.serialize_element(&this.1)?;
        tuple.end()
    };

    struct Uneven(Vec<(u8, u8)>);,
    |this: Uneven, serializer| {
        let mut pairs = serializer.serialize_seq(Some(this.0.len()))?;
        for (at, pair) in this.0.iter().enumerate() {
            match at {
                1 => pairs.serialize_element(&(pair.0, pair.1, pair.1))?,
                2 => pairs.serialize_element(&pair.0)?,
                _ => pairs.serialize_element(pair)?,
            }
        }
        pairs.end()
    };

    struct HalfAnEntry(BTreeMap<u8, u8>);,
    |this: HalfAnEntry, serializer| {
        let mut map = serializer.serialize_map(Some(this.0.len()))?;
        this.0.keys().try_for_each(|key| map.serialize_key(key))?;
        map.end()
    };
}

/// One part is short and another long, so that the total is right.
fn short<S: Serializer>(pair: &(u8, u8), serializer: S) -> Result<S::Ok, S::Error> {
    pair.0.serialize(serializer)
}

fn long<S: Serializer>(byte: &u8, serializer: S) -> Result<S::Ok, S::Error> {
    (byte, byte).serialize(serializer)
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Shifted {
    #[serde(serialize_with = "short")]
    a: (u8, u8),
    #[serde(serialize_with = "long")]
    b: u8,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct ShiftedBack(
    #[serde(serialize_with = "long")] u8,
    #[serde(serialize_with = "short")] (u8, u8),
);

#[test]
fn one_part_short_and_one_long() {
    is_not_built(Shifted { a: (1, 2), b: 3 }, "T.a.1 is read but not written");
    is_not_built(ShiftedBack(1, (2, 3)), "T.0 is followed by something");
    is_refused(Uneven(vec![(1, 2), (3, 4), (5, 6)]), "T.0[].1 is read but not written");
}

struct Lengths<'b>(usize, &'b [u8]);

impl Serialize for Lengths<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut bytes = serializer.serialize_seq(Some(self.0))?;
        self.1.iter().try_for_each(|byte| bytes.serialize_element(byte))?;
        bytes.end()
    }
}

#[test]
fn a_serialize_by_hand() {
    is_not_built(ByHand { id: 7, shop: 9 }, "T.id is read but not written in its place");
    is_not_built(Twice { id: 7, shop: 9 }, "T.id is read but not written in its place");
    is_not_built(
        InExchange::A(Box::new(InExchange::End)),
        "T.A is written with a different number",
    );
    is_not_built(AllZero::B, "T.A is written with a different number");
    is_not_built(InDisorder::None, "T.Some.a is read but not written in its place");
    is_not_built(OneMore(vec![()]), "T.0[] is written more or less often");
    is_refused(OneEntry(BTreeMap::new()), "T.0[key] is written more or less often");
    is_not_built(NoneSaid(vec![()]), "T.0[] is written more or less often");
    is_not_built(FewerThanSaid(vec![1, 2], 3), "T.0[] is read but not written");
    is_not_built(MoreThanSaid(vec![1, 2], 3), "T.0 is followed by something");
    is_not_built(HalfAnEntry(BTreeMap::from([(1, 2)])), "T.0[value] is read but not written");
}

#[test]
fn skipped_in_one_direction_each() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Account {
        name: String,
        #[serde(skip_deserializing)]
        id: u64,
        #[serde(skip_serializing)]
        level: u64,
    }
    is_not_built(
        Account { name: "Ada".into(), id: 7, level: 0 },
        "T.level is read where another name is written",
    );

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Login {
        #[serde(skip_serializing)]
        password: String,
        name: String,
        #[serde(skip_deserializing)]
        id: String,
    }
    is_not_built(
        Login { password: "secret".into(), name: "Ada".into(), id: "7".into() },
        "T.password is read but not written in its place",
    );

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Role {
        User(u8),
        #[serde(skip_deserializing)]
        Guest(u8),
        #[serde(skip_serializing)]
        Admin(u8),
    }
    comes_back(Role::User(5));
    is_refused(Role::Guest(5), "T.Admin is written with a different number");
    assert_eq!(fate(Role::Admin(5)), Fate::NotEncoded);

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum Plan {
        #[serde(skip)]
        Internal,
        #[serde(alias = "Basic")]
        Free,
        Pro,
    }
    is_not_built(Plan::Free, "T.Free is written with a different number");

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all(serialize = "camelCase"))]
    struct Renamed {
        first_name: String,
        last_name: String,
    }
    is_not_built(
        Renamed { first_name: "Ada".into(), last_name: "L".into() },
        "T.first_name is read where another name is written",
    );

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Maybe {
        #[serde(skip_serializing_if = "Vec::is_empty")]
        cart: Vec<u8>,
        seen: Vec<u8>,
    }
    is_refused(Maybe { cart: vec![], seen: vec![1] }, "T.cart is skipped");
}

fields! {
    AsUnit(Option<()>): |_value| ();
    AsUnsigned(i64): |value| value.unsigned_abs();
    AsByte(bool): |value| u8::from(*value);
    AsWide(u8): |value| u16::from(*value);
    AsNarrowFloat(f64): |value| *value as f32;
    AsText(char): |value| value.to_string();
    AsNumber(AllZero): |_value| 0u32;
    AsFlagged(Option<u8>): |value| (true, value.unwrap_or_default());
    AsBytes(Vec<bool>): |value| Text(&vec![1; value.len()]);
    AsTuple(Vec<u8>): |value| (value.len() as u64, 1u8);
    AsKeys(BTreeMap<u8, u8>): |value| value.keys().collect::<Vec<_>>();
    OneOfTwo((u64, u64)): |value| value.0;
    Flattened(Option<Option<u8>>): |value| value.flatten();

    AsPairs(BTreeMap<String, u64>): |value| value.iter().collect::<Vec<_>>();
    AsMap(Vec<(String, u64)>): |value| value.iter().cloned().collect::<BTreeMap<_, _>>();
    OfBytes(String): |value| value.as_bytes().to_vec();
    OfText(Vec<u8>): |value| Text(value);
    OfAnyBytes(String): |value| [&[255], value.as_bytes()].concat();
    Wider(u16): |value| u64::from(*value);
    TooWide(u16): |value| u64::from(*value) << 16;
    WiderSigned(i16): |value| i128::from(*value);
    AsStruct((u8, u8)): |value| Dots { x: value.0, y: value.1 };
    OfStruct(Dots): |value| (value.x, value.y);
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Dots {
    x: u8,
    y: u8,
}

/// Bytes in one piece.
struct Text<'b>(&'b [u8]);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

#[test]
fn one_type_written_as_another() {
    const OTHERWISE: &str = "T.0 is written as a different type than it is read";
    is_not_built(AsUnit(None), "T.0 is read but not written");
    is_not_built(AsUnsigned(-1), OTHERWISE);
    is_not_built(AsByte(true), OTHERWISE);
    is_not_built(AsWide(200), OTHERWISE);
    is_not_built(AsNarrowFloat(1.5), OTHERWISE);
    is_not_built(AsText('a'), OTHERWISE);
    is_not_built(AsNumber(AllZero::A), OTHERWISE);
    is_not_built(AsFlagged(Some(1)), OTHERWISE);
    is_not_built(AsBytes(vec![true]), OTHERWISE);
    is_not_built(AsTuple(vec![1]), OTHERWISE);
    is_not_built(AsKeys(BTreeMap::from([(1, 2)])), "T.0[value] is read but not written");
    is_not_built(OneOfTwo((1, 2)), "T.0.1 is read but not written");
    is_not_built(Flattened(Some(Some(1))), "T.0 is written as a different type");

    comes_back(AsPairs(BTreeMap::from([("a".into(), 1), ("b".into(), 300)])));
    comes_back(AsMap(vec![("a".into(), 1), ("b".into(), 300)]));
    comes_back(OfBytes("Zoë".into()));
    comes_back(OfText(vec![0, 255]));
    assert_eq!(fate(OfAnyBytes("a".into())), Fate::NotFaithful);
    comes_back(Wider(u16::MAX));
    assert_eq!(fate(TooWide(1)), Fate::NotFaithful);
    comes_back(WiderSigned(i16::MIN));
    comes_back(AsStruct((1, 2)));
    comes_back(OfStruct(Dots { x: 1, y: 2 }));
}

mod fits;
