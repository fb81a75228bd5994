//! The zoo: session types of all kinds, each with what makes its values.

#[path = "zoo/by_hand.rs"]
mod by_hand;
#[path = "zoo/list.rs"]
mod list;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::CString;
use std::fmt::{self, Debug};
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroI16, NonZeroU8, NonZeroU64, Wrapping};
use std::ops::{Bound, Range, RangeInclusive};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::collection::{btree_map, btree_set, hash_map, hash_set, linked_list, vec, vec_deque};
use proptest::prelude::*;
use serde::de::{DeserializeOwned, Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use by_hand::*;

/// Types that are compared and shown.
macro_rules! types {
    ($($type:item)*) => {
        $(#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)] $type)*
    };
}

fn text() -> impl Strategy<Value = String> + Clone {
    "\\PC{0,12}"
}

fn vec_of<T: Debug>(values: impl Strategy<Value = T>) -> impl Strategy<Value = Vec<T>> {
    vec(values, 0..4)
}

#[cfg(feature = "json")]
#[test]
fn values() {
    let pairs = vec_of((text(), any::<u32>()));
    let values = pairs.prop_map(|pairs| {
        let mut values = hardtack::Values::default();
        pairs.into_iter().for_each(|(key, value)| values.insert(&key, value).unwrap());
        values
    });
    super::comes_back(values);
}

types! {
    struct Large { a: i128, b: u128 }
    struct Unit;
    struct Empty {}
    struct Nothing();
    struct Plain { id: u64, name: String, admin: bool }
    struct Id(u64);
    struct Outer(Inner);
    struct Inner(Id);
    struct Pair(u8, String);
    struct Page<T> { rows: Vec<T>, next: u32 }

    enum Role { Guest, User(u64), Admin(String, char), Robot { since: u64, rights: Option<Vec<u8>> } }
    enum Step { Start, Choose(Option<Role>), Pay { how: How, tries: u8 }, Done(Result<Id, How>, ()) }
    enum How { Card { digits: [u8; 4] }, Cash, Other(Box<Step>), Empty {}, None() }
    enum Weekday { Monday = 1, Friday = 5 }

    enum List { Cons(u8, Box<List>), Nil }
    struct Tree { label: u8, kids: Vec<Tree> }
    struct Link { next: Option<Box<Link>>, on: bool }
    enum Expr { Add(Box<Expr>, Box<Expr>), All(Vec<Expr>), Named(BTreeMap<String, Expr>), Lit { value: i64 } }
    struct Even { odd: Option<Box<Odd>> }
    struct Odd { even: Even, n: u8 }
    #[serde(transparent)]
    struct Kids { kids: Vec<Kids> }

    struct Renamed { #[serde(rename = "type")] kind: u8, #[serde(rename = "the id\n\"x\"")] id: String }
    enum OneWayRole {
        #[serde(rename(serialize = "Nobody"))] Guest,
        #[serde(rename(deserialize = "Member"))] User(u8),
        #[serde(rename(serialize = "A", deserialize = "B"))] Admin { level: u8 },
    }
    #[serde(rename_all = "camelCase")]
    struct Camel { user_id: u64, is_admin: bool }
    #[serde(rename_all(serialize = "SCREAMING_SNAKE_CASE", deserialize = "kebab-case"), rename_all_fields = "camelCase")]
    enum Shout { NotThere, LoggedIn { since_when: u8 } }
    struct Aliased { #[serde(alias = "first", alias = "one")] a: u8, b: u16 }
    enum AliasedRole { #[serde(alias = "Nobody")] Guest, #[serde(alias = "Member")] User(u8) }
    struct Defaulted { #[serde(default)] a: u8, #[serde(default = "nobody")] b: String }
    #[derive(Default)]
    #[serde(default)]
    struct AllDefaulted { a: u8, b: String }
    #[serde(deny_unknown_fields)]
    struct Strict { a: u8 }
    struct Skipped { a: u8, #[serde(skip)] b: u8, c: u8 }
    enum SkippedLast { A, B(u8), #[serde(skip)] C }
    #[serde(transparent)]
    struct Transparent { text: String, #[serde(skip)] kind: PhantomData<u8> }
    #[serde(transparent)]
    struct TransparentList { roles: Vec<Role> }
    #[serde(try_from = "u8", into = "u8")]
    struct Percent(u8);
    #[serde(from = "Kelvin", into = "Kelvin")]
    struct Celsius(i16);
    struct Kelvin { hundredths: i32 }
    #[serde(into = "(u64, String)")]
    struct AsTuple { id: u64, name: String }
    #[serde(into = "Vec<(u8, i32)>")]
    struct AsPairs(BTreeMap<u8, i32>);
    #[serde(into = "u64")]
    struct AsInside(u64);
    struct Narrow { #[serde(serialize_with = "as_u16")] a: u64, #[serde(serialize_with = "as_i32")] b: i128 }
    struct With {
        #[serde(with = "seconds")] lasts: Duration,
        #[serde(with = "ordinal")] day: time::Date,
        #[serde(with = "hexadecimal")] bytes: Vec<u8>,
        #[serde(with = "json")] inside_text: u8,
    }
    struct Remote { #[serde(with = "Point")] at: far::Point }
}

macro_rules! many {
    ($($variant:ident)*) => {
        /// Numbers from 128 on take two bytes.
        #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
        enum Many {
            $($variant,)*
        }

        impl Many {
            const ALL: &[Self] = &[$(Self::$variant),*];
        }
    };
}

many! {
    V0
    V1
    V2
    V3
    V4
    V5
    V6
    V7
    V8
    V9
    V10
    V11
    V12
    V13
    V14
    V15
    V16
    V17
    V18
    V19
    V20
    V21
    V22
    V23
    V24
    V25
    V26
    V27
    V28
    V29
    V30
    V31
    V32
    V33
    V34
    V35
    V36
    V37
    V38
    V39
    V40
    V41
    V42
    V43
    V44
    V45
    V46
    V47
    V48
    V49
    V50
    V51
    V52
    V53
    V54
    V55
    V56
    V57
    V58
    V59
    V60
    V61
    V62
    V63
    V64
    V65
    V66
    V67
    V68
    V69
    V70
    V71
    V72
    V73
    V74
    V75
    V76
    V77
    V78
    V79
    V80
    V81
    V82
    V83
    V84
    V85
    V86
    V87
    V88
    V89
    V90
    V91
    V92
    V93
    V94
    V95
    V96
    V97
    V98
    V99
    V100
    V101
    V102
    V103
    V104
    V105
    V106
    V107
    V108
    V109
    V110
    V111
    V112
    V113
    V114
    V115
    V116
    V117
    V118
    V119
    V120
    V121
    V122
    V123
    V124
    V125
    V126
    V127
    V128
    V129
}

#[derive(Clone, Debug, PartialEq)]
struct Fixed<const N: usize> {
    bytes: [u8; N],
}

impl<const N: usize> Serialize for Fixed<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.bytes.as_slice().serialize(serializer)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Fixed<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Vec::<u8>::deserialize(deserializer)?;
        let bytes = bytes.try_into().map_err(|_| Error::custom("of another length"))?;
        Ok(Self { bytes })
    }
}

fn plain() -> impl Strategy<Value = Plain> + Clone {
    (any::<u64>(), text(), any::<bool>()).prop_map(|(id, name, admin)| Plain { id, name, admin })
}

fn role() -> impl Strategy<Value = Role> + Clone {
    prop_oneof![
        Just(Role::Guest),
        any::<u64>().prop_map(Role::User),
        (text(), any::<char>()).prop_map(|(name, grade)| Role::Admin(name, grade)),
        (any::<u64>(), prop::option::of(vec(any::<u8>(), 0..4)))
            .prop_map(|(since, rights)| Role::Robot { since, rights }),
    ]
}

fn how() -> impl Strategy<Value = How> + Clone {
    let how = prop_oneof![
        any::<[u8; 4]>().prop_map(|digits| How::Card { digits }),
        Just(How::Cash),
        Just(How::Empty {}),
        Just(How::None()),
    ];
    how.prop_recursive(3, 8, 1, |how| {
        (how, any::<u8>()).prop_map(|(how, tries)| How::Other(Box::new(Step::Pay { how, tries })))
    })
}

fn step() -> impl Strategy<Value = Step> + Clone {
    let paid = prop_oneof![any::<u64>().prop_map(|id| Ok(Id(id))), how().prop_map(Err)];
    prop_oneof![
        Just(Step::Start),
        prop::option::of(role()).prop_map(Step::Choose),
        (how(), any::<u8>()).prop_map(|(how, tries)| Step::Pay { how, tries }),
        paid.prop_map(|paid| Step::Done(paid, ())),
    ]
}

fn tree() -> impl Strategy<Value = Tree> + Clone {
    let leaf = any::<u8>().prop_map(|label| Tree { label, kids: Vec::new() });
    leaf.prop_recursive(4, 16, 3, |tree| {
        (any::<u8>(), vec(tree, 0..3)).prop_map(|(label, kids)| Tree { label, kids })
    })
}

fn kids(tree: &Tree) -> Kids {
    Kids { kids: tree.kids.iter().map(kids).collect() }
}

fn expr() -> impl Strategy<Value = Expr> + Clone {
    let leaf = any::<i64>().prop_map(|value| Expr::Lit { value });
    leaf.prop_recursive(4, 16, 3, |expr| {
        prop_oneof![
            (expr.clone(), expr.clone()).prop_map(|(a, b)| Expr::Add(Box::new(a), Box::new(b))),
            vec(expr.clone(), 0..3).prop_map(Expr::All),
            btree_map("[a-z]{0,4}", expr, 0..3).prop_map(Expr::Named),
        ]
    })
}

fn nobody() -> String {
    "nobody".to_owned()
}

impl TryFrom<u8> for Percent {
    type Error = &'static str;

    fn try_from(percent: u8) -> Result<Self, &'static str> {
        if percent <= 100 { Ok(Self(percent)) } else { Err("more than all") }
    }
}

impl From<Percent> for u8 {
    fn from(Percent(percent): Percent) -> Self {
        percent
    }
}

impl From<Kelvin> for Celsius {
    fn from(kelvin: Kelvin) -> Self {
        Self(kelvin.hundredths.wrapping_sub(27_315) as i16)
    }
}

impl From<Celsius> for Kelvin {
    fn from(Celsius(degrees): Celsius) -> Self {
        Self { hundredths: i32::from(degrees) + 27_315 }
    }
}

impl From<AsTuple> for (u64, String) {
    fn from(AsTuple { id, name }: AsTuple) -> Self {
        (id, name)
    }
}

impl From<AsPairs> for Vec<(u8, i32)> {
    fn from(AsPairs(map): AsPairs) -> Self {
        map.into_iter().collect()
    }
}

impl From<AsInside> for u64 {
    fn from(AsInside(inside): AsInside) -> Self {
        inside
    }
}
