//! What serde derives, attribute by attribute.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use hardtack::Values;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! data {
    ($($item:item)*) => {$(
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        $item
    )*};
}

data! {
    struct Unit;
    struct EmptyTuple();
    struct Newtype(u64);
    #[serde(transparent)]
    struct Transparent(u64);
    struct Pair(u8, String);
    struct Three([u8; 3]);
    struct SkippedInTuple(u8, #[serde(skip)] u16, u32);
    struct Long(Address, [Address; 5], u8, u8, u8, u8);
    #[serde(try_from = "u8", into = "u8")]
    struct Percent(u8);
    #[serde(try_from = "String", into = "String")]
    struct Checked(u64);

    struct User { id: u64, name: String }
    struct Empty {}
    struct Address { street: String, number: u16, zip: Option<[char; 5]> }
    struct Nested { user: User, addresses: Vec<Address>, by_name: BTreeMap<String, Address> }
    struct Generic<A, B> { a: A, b: Vec<B>, none: PhantomData<A> }
    #[serde(rename_all = "camelCase")]
    struct Renamed { first_name: String, #[serde(rename = "two words \"quoted\"")] other: u8 }
    #[serde(rename = "Another")]
    struct TypeRenamed { id: u64 }
    struct Aliased { #[serde(alias = "a", alias = "zz")] name: String, b: u8 }
    struct Skipped { a: u8, #[serde(skip)] cache: u64, b: u8 }
    struct Defaulted { a: u8, #[serde(default)] b: Option<u8> }
    #[serde(deny_unknown_fields)]
    struct Strict { a: u8 }
    struct With { #[serde(with = "seconds")] since: u32, #[serde(deserialize_with = "nowhere", serialize_with = "nothing")] unread: u8 }
    struct Link { value: u8, next: Option<Box<Link>> }
    struct Even { odd: Option<Box<Odd>> }
    struct Odd { even: Box<Even>, kind: Kind }

    enum Kind { Guest, User, Admin }
    enum OneVariant { Only }
    enum Variants { Unit, Newtype(u8), OneTuple((u8,)), Tuple(u8, String), Struct { a: u8, b: Kind }, NoFields {}, NoParts(), Of(User) }
    #[serde(rename_all = "SCREAMING-KEBAB-CASE")]
    enum RenamedVariants { FirstOne, #[serde(rename = "größer")] Second { #[serde(rename = "x y")] x: u8 } }
    enum AliasedVariants { #[serde(alias = "A", alias = "Z")] One, Two(u8) }
    enum Catching { Known, #[serde(other)] Unknown }
    enum SkippedLast { A, B(u8), #[serde(skip)] #[expect(dead_code, reason = "it is skipped")] Internal }
    enum List { Nil, Cons(u8, Box<List>) }
    enum Expr { Add(Box<Expr>, Box<Expr>), All(Vec<Expr>), Named(BTreeMap<String, Expr>), Value { of: i64, kind: Kind } }
}

mod seconds {
    use super::*;

    pub fn serialize<S: Serializer>(since: &u32, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64((*since).into())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
        i64::deserialize(deserializer)?.try_into().map_err(serde::de::Error::custom)
    }
}

fn nowhere<'de, D: Deserializer<'de>>(_: D) -> Result<u8, D::Error> {
    Ok(7)
}

fn nothing<S: Serializer>(_: &u8, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_unit()
}

impl TryFrom<u8> for Percent {
    type Error = &'static str;

    fn try_from(percent: u8) -> Result<Self, Self::Error> {
        if percent <= 100 { Ok(Self(percent)) } else { Err("over 100") }
    }
}

impl From<Percent> for u8 {
    fn from(percent: Percent) -> Self {
        percent.0
    }
}

/// Accepts no text that the tracer makes up.
impl TryFrom<String> for Checked {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let id = text.strip_prefix("id-").ok_or("no id")?;
        id.parse().map(Self).map_err(|_| format!("no number {id:?}"))
    }
}

impl From<Checked> for String {
    fn from(checked: Checked) -> Self {
        format!("id-{}", checked.0)
    }
}

fn user() -> User {
    User { id: 7, name: "Ada".into() }
}

fn address() -> Address {
    Address { street: "Mill Lane".into(), number: 5, zip: None }
}

fn link(next: Option<Link>) -> Link {
    Link { value: 7, next: next.map(Box::new) }
}

fn value() -> Expr {
    Expr::Value { of: -7, kind: Kind::User }
}

crate::shapes! {
    User = user();
    User = user(), revision(1);
    Unit = Unit;
    EmptyTuple = EmptyTuple();
    Newtype = Newtype(7);
    Transparent = Transparent(7);
    Pair = Pair(7, "Ada".into());
    Three = Three([1, 2, 3]);
    SkippedInTuple = SkippedInTuple(1, 0, 3);
    Percent = Percent(100);
    Checked = Checked(7), sample(Checked(0));
    Long = Long(address(), std::array::from_fn(|_| address()), 1, 2, 3, 4);
    Empty = Empty {};
    Address = address();
    Nested = Nested { user: user(), addresses: vec![address()], by_name: BTreeMap::from([("Ada".into(), address())]) };
    Generic<u8, Generic<String, Kind>> = Generic { a: 7, b: vec![Generic { a: "Ada".into(), b: vec![Kind::Guest], none: PhantomData }], none: PhantomData };
    Renamed = Renamed { first_name: "Ada".into(), other: 7 };
    TypeRenamed = TypeRenamed { id: 7 };
    Aliased = Aliased { name: "Ada".into(), b: 7 };
    Skipped = Skipped { a: 1, cache: 0, b: 2 };
    Defaulted = Defaulted { a: 1, b: None };
    Strict = Strict { a: 1 };
    With = With { since: 7, unread: 7 };
    Link = link(Some(link(None)));
    Even = Even { odd: Some(Box::new(Odd { even: Box::new(Even { odd: None }), kind: Kind::Admin })) };
    Odd = Odd { even: Box::new(Even { odd: None }), kind: Kind::Admin };
    Kind = Kind::Admin;
    OneVariant = OneVariant::Only;
    Variants = Variants::Struct { a: 1, b: Kind::User };
    RenamedVariants = RenamedVariants::Second { x: 1 };
    AliasedVariants = AliasedVariants::Two(7);
    Catching = Catching::Unknown;
    SkippedLast = SkippedLast::B(7);
    List = List::Cons(7, Box::new(List::Nil));
    Expr = Expr::Named(BTreeMap::from([("sum".into(), Expr::Add(Box::new(value()), Box::new(Expr::All(vec![]))))]));
    Values = Values::default();
}
