//! The zoo: session types of all kinds, each with what makes its values.

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

/// Each row is a test; `nested` ones are a part of a session too.
macro_rules! zoo {
    ($($(#[$nested:ident])? $name:ident: $type:ty = $values:expr;)*) => {
        $(#[test]
        fn $name() {
            super::comes_back::<$type>($values);
            $(super::comes_back(super::$nested::<$type>($values.boxed()));)?
        })*

        #[test]
        fn the_zoo_is_large() {
            let animals = [$(stringify!($name)),*];
            assert!(animals.len() >= 70, "{}", animals.len());
        }
    };
}

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

zoo! {
    // Leaves.
    booleans: bool = any::<bool>();
    small_integers: (u8, i8, u16, i16) = any::<(u8, i8, u16, i16)>();
    integers: (u32, i32, u64, i64) = any::<(u32, i32, u64, i64)>();
    large_integers: Large = any::<(i128, u128)>().prop_map(|(a, b)| Large { a, b });
    machine_integers: (usize, isize) = any::<(usize, isize)>();
    #[nested]
    floats: (f32, f64) = any::<(f32, f64)>();
    chars: (char, Option<char>) = any::<(char, Option<char>)>();
    #[nested]
    strings: String = text();
    boxed_strings: (Box<str>, Cow<'static, str>) =
        (text(), text()).prop_map(|(a, b)| (a.into(), Cow::Owned(b)));
    numbers_that_are_not_zero: (NonZeroU8, NonZeroI16, NonZeroU64) =
        any::<(NonZeroU8, NonZeroI16, NonZeroU64)>();
    wrapping_and_reversed_numbers: (Wrapping<u32>, Reverse<i8>) =
        any::<(u32, i8)>().prop_map(|(a, b)| (Wrapping(a), Reverse(b)));

    // What puts nothing on the wire.
    units: () = any::<()>();
    #[nested]
    unit_structs: Unit = Just(Unit);
    structs_without_fields: (Empty, Nothing, PhantomData<u8>) =
        Just((Empty {}, Nothing(), PhantomData));
    #[nested]
    lists_of_units: Vec<()> = vec_of(any::<()>());
    lists_of_unit_structs: Vec<(Unit, Empty)> = vec_of(Just((Unit, Empty {})));
    maps_to_units: BTreeMap<u8, ()> = btree_map(any::<u8>(), any::<()>(), 0..4);

    // Structs and tuples.
    structs: Plain = plain();
    #[nested]
    newtypes: Id = any::<u64>().prop_map(Id);
    newtypes_of_newtypes: Outer = any::<u64>().prop_map(|id| Outer(Inner(Id(id))));
    tuple_structs: Pair = (any::<u8>(), text()).prop_map(|(a, b)| Pair(a, b));
    tuples: (u8, (String, [bool; 2]), ((u16,),)) = (any::<u8>(), (text(), any::<[bool; 2]>()), any::<((u16,),)>());
    long_tuples: (u8, i8, u16, i16, u32, i32, u64, i64, (bool, char, f32, u128, u8, bool)) = any::<(u8, i8, u16, i16, u32, i32, u64, i64, (bool, char, f32, u128, u8, bool))>();
    arrays: ([u8; 0], [u16; 3], [u8; 32]) = any::<([u8; 0], [u16; 3], [u8; 32])>();
    arrays_of_arrays: [[i8; 2]; 3] = any::<[[i8; 2]; 3]>();
    arrays_of_structs: [Plain; 2] = [plain(), plain()];
    generic_structs: Page<Plain> = (vec_of(plain()), any::<u32>()).prop_map(|(rows, next)| Page { rows, next });
    #[nested]
    constant_generics: Fixed<5> = any::<[u8; 5]>().prop_map(|bytes| Fixed { bytes });

    // Options.
    options: Option<Option<u8>> = any::<Option<Option<u8>>>();
    #[nested]
    options_of_units: (Option<()>, Option<Option<Option<()>>>) =
        any::<(Option<()>, Option<Option<Option<()>>>)>();
    options_of_lists: Option<Vec<Option<String>>> = prop::option::of(vec_of(prop::option::of(text())));
    boxed_options: (Box<Option<u16>>, Option<Box<Plain>>) =
        (any::<Option<u16>>().prop_map(Box::new), prop::option::of(plain().prop_map(Box::new)));

    // Enums.
    #[nested]
    enums: Role = role();
    #[nested]
    enums_in_enums: Step = step();
    enums_with_numbers: Weekday = prop_oneof![Just(Weekday::Monday), Just(Weekday::Friday)];
    #[nested]
    enums_of_130_variants: Many = prop::sample::select(Many::ALL);
    results: Result<u8, String> = prop_oneof![any::<u8>().prop_map(Ok), text().prop_map(Err)];
    #[nested]
    results_of_results: Result<Option<Role>, Result<(), Id>> = prop_oneof![
        prop::option::of(role()).prop_map(Ok),
        Just(Err(Ok(()))),
        any::<u64>().prop_map(|id| Err(Err(Id(id)))),
    ];
    bounds: (Bound<u8>, Bound<String>) = (any::<Bound<u8>>(), text().prop_map(Bound::Excluded));

    // Collections.
    lists: Vec<Plain> = vec_of(plain());
    bytes_as_a_list: Vec<u8> = vec(any::<u8>(), 0..200);
    boxed_lists: (Box<[u8]>, Box<[String]>) =
        (vec_of(any::<u8>()), vec_of(text())).prop_map(|(a, b)| (a.into(), b.into()));
    queues: (VecDeque<u16>, LinkedList<Role>) = (vec_deque(any::<u16>(), 0..4), linked_list(role(), 0..4));
    sets: (BTreeSet<char>, HashSet<String>) = (btree_set(any::<char>(), 0..4), hash_set(text(), 0..4));
    sets_of_enums: BTreeSet<Role> = btree_set(role(), 0..4);
    maps: BTreeMap<String, Vec<u16>> = btree_map(text(), vec_of(any::<u16>()), 0..4);
    hashed_maps: HashMap<u32, (bool, char)> = hash_map(any::<u32>(), any::<(bool, char)>(), 0..4);
    #[nested]
    maps_by_enums: BTreeMap<Role, Option<Role>> = btree_map(role(), prop::option::of(role()), 0..4);
    maps_by_structs: BTreeMap<Plain, Id> = btree_map(plain(), any::<u64>().prop_map(Id), 0..3);
    maps_by_options_and_tuples: HashMap<(Option<u8>, char), BTreeMap<Id, ()>> = hash_map(
        any::<(Option<u8>, char)>(),
        btree_map(any::<u64>().prop_map(Id), any::<()>(), 0..3),
        0..3,
    );

    // Inside itself.
    #[nested]
    linked_lists: List = vec_of(any::<u8>()).prop_map(|items| {
        items.into_iter().fold(List::Nil, |rest, item| List::Cons(item, Box::new(rest)))
    });
    #[nested]
    trees: Tree = tree();
    chains: Link = vec_of(any::<bool>()).prop_map(|kinds| {
        let link = |next, on| Some(Box::new(Link { next, on }));
        Link { next: kinds.into_iter().fold(None, link), on: true }
    });
    #[nested]
    expressions: Expr = expr();
    #[nested]
    by_turns: Even = vec_of(any::<u8>()).prop_map(|items| {
        items.into_iter().fold(Even { odd: None }, |even, n| Even { odd: Some(Box::new(Odd { even, n })) })
    });
    lists_of_themselves: Kids = tree().prop_map(|tree| kids(&tree));

    // std.
    #[nested]
    addresses: (IpAddr, Ipv4Addr, Ipv6Addr) = any::<(IpAddr, Ipv4Addr, Ipv6Addr)>();
    sockets: SocketAddr = any::<(IpAddr, u16)>().prop_map(SocketAddr::from);
    #[nested]
    durations: Duration = any::<(u64, u32)>().prop_map(|(s, n)| Duration::new(s, n % 1_000_000_000));
    moments: SystemTime =
        any::<(u32, u32)>().prop_map(|(s, n)| UNIX_EPOCH + Duration::new(s.into(), n % 1_000_000_000));
    paths: PathBuf = text().prop_map(PathBuf::from);
    c_strings: CString = vec(1u8.., 0..20).prop_map(|bytes| CString::new(bytes).unwrap());
    ranges: (Range<u8>, RangeInclusive<i64>) = any::<(u8, u8, i64, i64)>().prop_map(|(a, b, c, d)| (a..b, c..=d));

    // Attributes.
    renames: Renamed = (any::<u8>(), text()).prop_map(|(kind, id)| Renamed { kind, id });
    #[nested]
    variants_renamed_by_direction: OneWayRole = prop_oneof![
        Just(OneWayRole::Guest),
        any::<u8>().prop_map(OneWayRole::User),
        any::<u8>().prop_map(|level| OneWayRole::Admin { level }),
    ];
    renames_of_all: Camel = any::<(u64, bool)>().prop_map(|(user_id, is_admin)| Camel { user_id, is_admin });
    renames_of_all_variants: Shout = prop_oneof![
        Just(Shout::NotThere),
        any::<u8>().prop_map(|since_when| Shout::LoggedIn { since_when }),
    ];
    aliases: Aliased = any::<(u8, u16)>().prop_map(|(a, b)| Aliased { a, b });
    #[nested]
    variants_with_aliases: AliasedRole = prop_oneof![Just(AliasedRole::Guest), any::<u8>().prop_map(AliasedRole::User)];
    defaults: Defaulted = (any::<u8>(), text()).prop_map(|(a, b)| Defaulted { a, b });
    defaults_of_all: AllDefaulted = (any::<u8>(), text()).prop_map(|(a, b)| AllDefaulted { a, b });
    unknown_fields_denied: Strict = any::<u8>().prop_map(|a| Strict { a });
    #[nested]
    skipped_both_ways: Skipped = any::<(u8, u8)>().prop_map(|(a, c)| Skipped { a, b: 0, c });
    #[nested]
    a_skipped_last_variant: SkippedLast = prop_oneof![Just(SkippedLast::A), any::<u8>().prop_map(SkippedLast::B)];
    transparent: Transparent = text().prop_map(|text| Transparent { text, kind: PhantomData });
    #[nested]
    transparent_lists: TransparentList = vec_of(role()).prop_map(|roles| TransparentList { roles });
    converted_from_and_into: Percent = (0u8..=100).prop_map(Percent);
    #[nested]
    converted_to_another_type: Celsius = any::<i16>().prop_map(Celsius);
    written_as_a_tuple_and_read_as_a_struct: AsTuple = (any::<u64>(), text()).prop_map(|(id, name)| AsTuple { id, name });
    #[nested]
    written_as_pairs_and_read_as_a_map: AsPairs = btree_map(any::<u8>(), any::<i32>(), 0..4).prop_map(AsPairs);
    written_as_its_inside: AsInside = any::<u64>().prop_map(AsInside);
    written_narrower_than_read: Narrow = any::<(u16, i16)>().prop_map(|(a, b)| Narrow { a: a.into(), b: b.into() });

    // Modules behind `with`, of one type on the wire.
    with_modules: With = (any::<u32>(), -9_000i32..9_000, 1u16..=365, vec_of(any::<u8>()), any::<u8>()).prop_map(
        |(seconds, year, day, bytes, json)| With {
            lasts: Duration::from_secs(seconds.into()),
            day: time::Date::from_ordinal_date(year, day).unwrap(),
            bytes,
            inside_text: json,
        },
    );
    text_that_is_parsed: Version = any::<(u16, u16)>().prop_map(|(major, minor)| Version { major, minor });
    #[nested]
    bytes: Bytes = vec(any::<u8>(), 0..200).prop_map(Bytes);
    remote_types: Remote = any::<(u8, u8)>().prop_map(|(x, y)| Remote { at: far::Point { x, y } });
}

/// It would come back as nothing at all.
#[test]
fn a_value_of_a_skipped_variant_is_refused() {
    let started = super::cookie().slot([""]).start(SkippedLast::C).map(drop);
    assert_eq!(started, Err(hardtack::SessionError::Encode));
}

#[cfg(unix)]
mod on_unix {
    use std::ffi::OsString;

    use proptest::prelude::*;

    /// It has a variant for each system, and reads only its own.
    #[test]
    fn system_strings() {
        super::super::comes_back(super::text().prop_map(OsString::from));
    }
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

fn as_u16<S: Serializer>(number: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(*number as u16)
}

fn as_i32<S: Serializer>(number: &i128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_i32(*number as i32)
}

mod seconds {
    use super::*;

    pub fn serialize<S: Serializer>(lasts: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(lasts.as_secs())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}

mod ordinal {
    use super::*;

    pub fn serialize<S: Serializer>(day: &time::Date, serializer: S) -> Result<S::Ok, S::Error> {
        day.to_ordinal_date().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<time::Date, D::Error> {
        let (year, day) = Deserialize::deserialize(deserializer)?;
        time::Date::from_ordinal_date(year, day).map_err(Error::custom)
    }
}

mod hexadecimal {
    use super::*;

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&Hexadecimal(bytes))
    }

    struct Hexadecimal<'b>(&'b [u8]);

    impl fmt::Display for Hexadecimal<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let digits: Vec<_> = text.chars().collect();
        let byte = |pair: &[char]| u8::from_str_radix(&String::from_iter(pair), 16);
        digits.chunks(2).map(byte).collect::<Result<_, _>>().map_err(Error::custom)
    }
}

mod json {
    use super::*;

    pub fn serialize<T: Serialize, S: Serializer>(
        value: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serde_json::to_string(value).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }

    pub fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        serde_json::from_str(&String::deserialize(deserializer)?).map_err(Error::custom)
    }
}

/// Text on the wire.
#[derive(Clone, Debug, PartialEq)]
struct Version {
    major: u16,
    minor: u16,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.0", self.major, self.minor)
    }
}

impl FromStr for Version {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let mut parts = text.split('.').map(|part| part.parse().map_err(|_| "no number"));
        let mut part = || parts.next().unwrap_or(Err("too short"));
        Ok(Self { major: part()?, minor: part()? })
    }
}

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(Error::custom)
    }
}

/// As `serde_bytes` has them.
#[derive(Clone, Debug, PartialEq)]
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visit;

        impl Visitor<'_> for Visit {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("bytes")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }

        deserializer.deserialize_byte_buf(Visit)
    }
}

/// Of another crate, which knows nothing of serde.
mod far {
    #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct Point {
        pub x: u8,
        pub y: u8,
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "far::Point")]
struct Point {
    x: u8,
    y: u8,
}
