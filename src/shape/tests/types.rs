//! The types of these tests.
#![allow(dead_code, reason = "these types are traced, not used")]

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, EnumAccess, Error, IgnoredAny, SeqAccess, Visitor};

#[derive(Deserialize)]
pub(super) struct Structs {
    unit: Unit,
    empty: Empty,
    nothing: Nothing,
    newtype: Newtype,
    pair: Pair,
    #[serde(rename = "a \"b\n")]
    renamed: u8,
}
#[derive(Deserialize)]
pub(super) struct Empty {}
#[derive(Deserialize)]
pub(super) struct Nothing();
#[derive(Deserialize)]
pub(super) struct Newtype(u8);
#[derive(Deserialize)]
pub(super) struct Pair(u8, String);
#[derive(Deserialize)]
pub(super) struct Structs2 {
    a: u8,
}
#[derive(Deserialize)]
pub(super) struct Wrap<T> {
    inner: T,
}
#[derive(Deserialize)]
pub(super) enum Kind {
    A,
    B,
}
#[derive(Deserialize)]
pub(super) enum Variants {
    Unit,
    Newtype(u8),
    Tuple(u8, u16),
    Struct { a: u8 },
    None(),
    Deep(Option<Result<u8, String>>),
}
#[derive(Deserialize)]
pub(super) struct Aliases {
    #[serde(alias = "bb")]
    b: u8,
    a: Aliased,
    z: u16,
}
#[derive(Deserialize)]
pub(super) enum Aliased {
    #[serde(alias = "XX")]
    X,
    Y(u8),
}
#[derive(Deserialize)]
pub(super) struct Untouched {
    #[serde(deserialize_with = "from_nowhere")]
    a: u8,
    b: u8,
}

#[derive(Deserialize)]
pub(super) enum List {
    Nil,
    Cons(u8, Box<List>),
}
#[derive(Deserialize)]
pub(super) enum BackList {
    Cons(u8, Box<BackList>),
    Nil,
}
#[derive(Deserialize)]
pub(super) struct Link {
    next: Option<Box<Link>>,
    kind: Kind,
}
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Kids {
    kids: Vec<Kids>,
}
#[derive(Deserialize)]
pub(super) struct Odd {
    even: Even,
    other: Even,
}
#[derive(Deserialize)]
pub(super) struct Even {
    odd: Option<Box<Odd>>,
    evens: Vec<Even>,
    last: bool,
}
#[derive(Deserialize)]
pub(super) enum Expr {
    Add(Box<Expr>, Box<Expr>),
    All(Vec<Expr>),
    Neg(Box<Expr>),
    Many(BTreeMap<String, Expr>),
    Pair(Side, u8),
    Lit { value: i64, unit: Kind },
}
#[derive(Deserialize)]
pub(super) enum Side {
    L(Box<Expr>),
    R(Box<Expr>),
}
#[derive(Deserialize)]
pub(super) struct Endless {
    endless: Box<Endless>,
}

#[derive(Deserialize)]
pub(super) struct Picky {
    day: Day,
    moment: Moment,
    even: EvenNumber,
    range: Range,
    full: Full,
    three: Three,
    id: Id,
    late: Kind,
}
#[derive(Deserialize)]
pub(super) struct Raw {
    kind: Kind,
    note: Option<u8>,
    n: u8,
}
#[derive(Deserialize)]
pub(super) struct Swallows {
    #[serde(deserialize_with = "or_default")]
    a: u8,
    b: u8,
}

#[derive(Deserialize)]
pub(super) struct Flat {
    a: u8,
    #[serde(flatten)]
    rest: BTreeMap<String, u8>,
}
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum Untagged {
    A(u8),
    B(String),
}
#[derive(Deserialize)]
#[serde(tag = "tag")]
pub(super) enum Inside {
    A { a: u8 },
}
#[derive(Deserialize)]
#[serde(tag = "tag", content = "content")]
pub(super) enum Beside {
    A(u8),
}
#[derive(Deserialize)]
pub(super) struct Holder {
    map: BTreeMap<String, Hold>,
}
#[derive(Deserialize)]
pub(super) enum Hold {
    None,
    Some { x: IgnoredAny },
}

#[derive(Deserialize)]
pub(super) struct Unit;

fn from_nowhere<'de, D: Deserializer<'de>>(_: D) -> Result<u8, D::Error> {
    Ok(7)
}

fn or_default<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
    let number = u8::deserialize(deserializer);
    Ok(number.ok().filter(|n| *n > 2).unwrap_or_default())
}

/// Types that ask for `$raw` and then refuse most of it.
macro_rules! picky {
    ($($name:ident($raw:ty): $test:expr;)*) => {$(
        pub(super) struct $name(pub(super) $raw);

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = <$raw>::deserialize(deserializer)?;
                let test: fn(&$raw) -> bool = $test;
                if test(&raw) { Ok(Self(raw)) } else { Err(Error::custom("never \"so\"")) }
            }
        }
    )*};
}

picky! {
    Day(String): |day| day.len() == 10 && day.starts_with("20");
    Moment(String): |moment| moment.ends_with("T00:00:00Z");
    EvenNumber(u8): |n| n % 2 == 0 && *n > 2;
    Range((u8, u8)): |(low, high)| low < high;
    Full(Vec<Kind>): |kinds| !kinds.is_empty();
    Three(Vec<bool>): |bools| bools.len() == 3;
    PickyPair(Raw): |raw| match raw.kind {
        Kind::A => raw.note.is_some_and(|note| note > raw.n),
        Kind::B => raw.note.is_none() && raw.n == 0,
    };
    Panics(u8): |_| panic!("on purpose");
    Never(String): |_| false;
    NeverPair((u8, u8)): |_| false;
}

/// Types that `derive` does not make: each visitor asks with `$ask`, and takes what it wants.
macro_rules! handmade {
    ($($name:ident: |$deserializer:ident, $visitor:ident| $ask:expr, $visit:item)*) => {$(
        pub(super) struct $name;

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>($deserializer: D) -> Result<Self, D::Error> {
                let $visitor = $name;
                $ask
            }
        }

        impl<'de> Visitor<'de> for $name {
            type Value = Self;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("something else")
            }

            $visit
        }
    )*};
}

handmade! {
    Id: |deserializer, visitor| deserializer.deserialize_bytes(visitor),
    fn visit_bytes<E: Error>(self, id: &[u8]) -> Result<Self, E> {
        if id.len() == 16 { Ok(self) } else { Err(E::invalid_length(id.len(), &self)) }
    }
    Dependent: |deserializer, visitor| deserializer.deserialize_tuple(2, visitor),
    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self, A::Error> {
        match parts.next_element()? {
            Some(Kind::A) => parts.next_element::<u8>().map(drop)?,
            _ => parts.next_element::<String>().map(drop)?,
        }
        Ok(self)
    }
    DependentLength: |deserializer, visitor| deserializer.deserialize_tuple(2, visitor),
    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self, A::Error> {
        if let Some(Kind::A) = parts.next_element()? {
            parts.next_element::<u8>()?;
        }
        Ok(self)
    }
    Handmade: |deserializer, visitor| deserializer.deserialize_enum("Handmade", &["One", "Two"], visitor),
    fn visit_enum<A: EnumAccess<'de>>(self, variants: A) -> Result<Self, A::Error> {
        match variants.variant::<u32>()? {
            (1, _) => Ok(self),
            _ => Err(Error::custom("not on this machine")),
        }
    }
}
