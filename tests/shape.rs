//! `assert_shape` against the changes that people make, its message, and a changed session brought over by a migration.
#![cfg(feature = "testing")]
#![allow(dead_code, reason = "these types are traced, not used")]

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::num::{NonZeroU32, NonZeroU64};
use std::panic::catch_unwind;

use hardtack::testing::{assert_shape, shape};
use hardtack::{Codec, Key, OpenError, RingHandle, SessionCookie, Timestamp};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};

/// What `assert_shape` panics with.
#[track_caller]
fn message<T: DeserializeOwned>(schema: u32, fingerprint: &'static str) -> String {
    let panic = catch_unwind(|| assert_shape::<T>(schema, fingerprint)).unwrap_err();
    *panic.downcast::<String>().unwrap()
}

/// The fingerprint that the message tells to write for this number.
#[track_caller]
fn fingerprint<T: DeserializeOwned>(schema: u32) -> &'static str {
    let message = message::<T>(schema, "");
    let call = format!("assert_shape::<{}>({schema}, \"", type_name::<T>());
    let at = message.find(&call).expect("the message has the call") + call.len();
    let print = message[at..at + 16].to_owned();
    assert!(print.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')), "{print}");
    print.leak()
}

#[track_caller]
fn differ<Before: DeserializeOwned, After: DeserializeOwned>() {
    let print = fingerprint::<Before>(3);
    assert_shape::<Before>(3, print);
    let message = message::<After>(3, print);
    assert!(message.contains(&shape::<After>()), "{message}");
}

#[track_caller]
fn same<Before: DeserializeOwned, After: DeserializeOwned>() {
    assert_shape::<After>(3, fingerprint::<Before>(3));
}

/// Each case is a `Session` before a change and a `Session` after it.
macro_rules! changes {
    ($($check:ident $name:ident: { $($before:item)* } => { $($after:item)* })*) => {$(
        #[test]
        fn $name() {
            mod before {
                #[allow(unused_imports, reason = "each module uses a part")]
                use super::*;
                $(#[derive(Deserialize)] $before)*
            }
            mod after {
                #[allow(unused_imports, reason = "each module uses a part")]
                use super::*;
                $(#[derive(Deserialize)] $after)*
            }
            $check::<before::Session, after::Session>();
        }
    )*};
}

changes! {
    same nothing_changed: { pub struct Session { id: u64 } } => { pub struct Session { id: u64 } }
    differ fields_of_one_type_swapped:
        { pub struct Session { id: u64, shop: u64 } } => { pub struct Session { shop: u64, id: u64 } }
    differ field_renamed:
        { pub struct Session { id: u64 } } => { pub struct Session { number: u64 } }
    differ field_renamed_by_attribute:
        { pub struct Session { id: u64 } } => { pub struct Session { #[serde(rename = "i")] id: u64 } }
    same field_renamed_in_the_source_only:
        { pub struct Session { id: u64 } } => { pub struct Session { #[serde(rename = "id")] number: u64 } }
    differ field_added:
        { pub struct Session { id: u64 } } => { pub struct Session { id: u64, shop: u64 } }
    differ field_added_with_a_default:
        { pub struct Session { id: u64 } } => { pub struct Session { id: u64, #[serde(default)] shop: u64 } }
    same default_alone:
        { pub struct Session { id: u64 } } => { #[serde(default)] #[derive(Default)] pub struct Session { id: u64 } }
    differ field_skipped:
        { pub struct Session { id: u64, shop: u64 } } => { pub struct Session { id: u64, #[serde(skip)] shop: u64 } }
    same skipped_field_added:
        { pub struct Session { id: u64 } } => { pub struct Session { id: u64, #[serde(skip)] shop: u64 } }
    differ integer_widened:
        { pub struct Session { id: u32 } } => { pub struct Session { id: u64 } }
    differ option_added:
        { pub struct Session { id: u64 } } => { pub struct Session { id: Option<u64> } }
    differ list_made_an_array:
        { pub struct Session { ids: Vec<u64> } } => { pub struct Session { ids: [u64; 4] } }
    same list_made_a_set:
        { pub struct Session { ids: Vec<u64> } } => { pub struct Session { ids: BTreeSet<u64> } }
    differ key_of_a_map:
        { pub struct Session { ids: BTreeMap<u8, u8> } } => { pub struct Session { ids: BTreeMap<u16, u8> } }
    differ value_of_a_map:
        { pub struct Session { ids: BTreeMap<u8, u8> } } => { pub struct Session { ids: BTreeMap<u8, u16> } }
    same box_added:
        { pub struct Session { id: u64 } } => { pub struct Session { id: Box<u64> } }
    differ newtype_added:
        { pub struct Session { id: u64 } } => { pub struct Session { id: Id } struct Id(u64); }
    same transparent_newtype_added:
        { pub struct Session { id: u64 } } => { pub struct Session { id: Id } #[serde(transparent)] struct Id(u64); }
    differ type_renamed:
        { pub struct Session { id: Id } struct Id(u64); } => { pub struct Session { id: Key } struct Key(u64); }
    differ types_nested_in_exchange:
        { pub struct Session { a: A, b: B } pub struct A { x: u8 } pub struct B { y: u8 } }
        => { pub struct Session { a: B, b: A } pub struct A { x: u8 } pub struct B { y: u8 } }

    differ variant_removed_from_the_front:
        { pub enum Session { Guest, User, Admin } } => { pub enum Session { User, Admin } }
    differ variant_removed_from_the_middle:
        { pub enum Session { Guest, User, Admin } } => { pub enum Session { Guest, Admin } }
    differ variant_added_at_the_end:
        { pub enum Session { Guest, User } } => { pub enum Session { Guest, User, Admin } }
    differ variants_swapped:
        { pub enum Session { Guest, User } } => { pub enum Session { User, Guest } }
    differ variant_skipped:
        { pub enum Session { Guest, User } } => { pub enum Session { Guest, #[serde(skip)] User } }
    differ variant_filled:
        { pub enum Session { Guest, User } } => { pub enum Session { Guest, User(u8) } }
    differ variant_given_names:
        { pub enum Session { Guest, User(u8, u8) } } => { pub enum Session { Guest, User { a: u8, b: u8 } } }
    differ fields_of_a_variant_swapped:
        { pub enum Session { Guest, User { a: u8, b: u8 } } } => { pub enum Session { Guest, User { b: u8, a: u8 } } }
    differ deep_inside:
        { pub struct Session { log: Vec<Entry> }
          enum Entry { Start, Bought { what: Option<What> }, End }
          enum What { Book, Record((u8, BTreeMap<String, [Disc; 2]>)) }
          struct Disc { sides: u8 } }
        => { pub struct Session { log: Vec<Entry> }
          enum Entry { Start, Bought { what: Option<What> }, End }
          enum What { Book, Record((u8, BTreeMap<String, [Disc; 2]>)) }
          struct Disc { sides: u16 } }

    differ recursive_struct:
        { pub struct Session { up: Option<Box<Session>>, id: u8 } } => { pub struct Session { up: Option<Box<Session>>, id: u16 } }
    differ recursive_enum:
        { pub enum Session { Nil, Cons(u8, Box<Session>) } } => { pub enum Session { Nil, Cons(Box<Session>, u8) } }
    differ recursion_moved:
        { pub struct Session { a: A } pub struct A { up: Option<Box<Session>>, b: Option<B> } pub struct B { up: Option<Box<Session>> } }
        => { pub struct Session { a: A } pub struct A { up: Option<Box<Session>>, b: Option<B> } pub struct B { up: Option<Box<A>> } }
    differ recursion_ended:
        { pub struct Session { up: Option<Box<Session>> } } => { pub struct Session { up: Option<()> } }
    differ one_name_for_two_types_in_one_place:
        { pub struct Session { kind: a::Kind, other: b::Kind } } => { pub struct Session { kind: b::Kind, other: a::Kind } }
    differ one_name_for_two_types_one_in_the_other:
        { pub struct Session { kind: Holder<a::Kind> } } => { pub struct Session { kind: Holder<Holder<a::Kind>> } }
    differ one_name_and_the_same_fields_one_in_the_other:
        { pub struct Session { x: outer::Node<u8> } } => { pub struct Session { x: outer::Node<u16> } }
}

mod a {
    #[derive(serde::Deserialize)]
    pub enum Kind {
        A,
    }
}

mod b {
    #[derive(serde::Deserialize)]
    pub enum Kind {
        A,
        B,
    }
}

/// Two types of one name and the same fields, the second inside the first: no recursion.
mod outer {
    #[derive(serde::Deserialize)]
    pub struct Node<T> {
        next: Option<super::inner::Node<T>>,
    }
}

mod inner {
    #[derive(serde::Deserialize)]
    pub struct Node<T> {
        next: Option<T>,
    }
}

#[derive(Deserialize)]
pub struct Holder<T> {
    x: T,
}

#[test]
fn types_of_one_name_are_told_apart() {
    #[derive(Deserialize)]
    struct Both(a::Kind, Vec<b::Kind>, Holder<Holder<u8>>, outer::Node<u8>);
    let text = "struct Both(
  enum Kind {
    0 A
  }
  seq<enum Kind {
    0 A
    1 B
  }>
  struct Holder {
    x: struct Holder {
      x: u8
    }
  }
  struct Node {
    next: option<struct Node {
      next: option<u8>
    }>
  }
)
";
    assert_eq!(shape::<Both>(), text);
}

#[test]
fn primitive_types_are_told_apart() {
    macro_rules! shapes {
        ($($type:ty,)*) => { [$(shape::<$type>()),*] };
    }
    let shapes = shapes! {
        bool, i8, i16, i32, i64, i128, u8, u16, u32, u64, u128, f32, f64, char, String, CString,
        (), ((),), [u8; 1], [u8; 2], Vec<u8>, Option<u8>, BTreeMap<u8, u8>, Holder<u8>,
    };
    let different: BTreeSet<_> = shapes.iter().collect();
    assert_eq!(different.len(), shapes.len());
    assert_eq!(shape::<usize>(), shape::<u64>());
    assert_eq!(shape::<NonZeroU32>(), shape::<u32>());
}

#[test]
fn types_that_refuse_most_values_are_traced() {
    #[derive(Deserialize)]
    struct Careful {
        id: NonZeroU64,
        #[serde(deserialize_with = "date")]
        day: time::Date,
        #[serde(deserialize_with = "month")]
        month: time::Month,
        #[serde(deserialize_with = "name")]
        name: String,
        kind: b::Kind,
    }
    fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<time::Date, D::Error> {
        let (year, day) = Deserialize::deserialize(deserializer)?;
        time::Date::from_ordinal_date(year, day).map_err(Error::custom)
    }
    fn month<'de, D: Deserializer<'de>>(deserializer: D) -> Result<time::Month, D::Error> {
        u8::deserialize(deserializer)?.try_into().map_err(Error::custom)
    }
    fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name.is_empty() { Err(Error::custom("a name is not empty")) } else { Ok(name) }
    }
    let text = "struct Careful {
  id: u64
  day: (i32, u16)
  month: u8
  name: string
  kind: enum Kind {
    0 A
    1 B
  }
}
";
    assert_eq!(shape::<Careful>(), text);
}

/// Fingerprints stand in other people's tests. If this one changes, a release breaks them all: the text of a shape and the
/// way from text to fingerprint stay as they are.
#[test]
fn a_fingerprint_is_for_ever() {
    #[derive(Deserialize)]
    struct Session {
        user: Option<(NonZeroU64, String)>,
        roles: Vec<Role>,
        flags: [bool; 8],
        seen: BTreeMap<String, Seen>,
    }
    #[derive(Deserialize)]
    enum Role {
        Guest,
        Member(u32),
        Admin { since: u64, by: Option<Box<Role>> },
    }
    #[derive(Deserialize)]
    struct Seen(u64);

    assert_shape::<Session>(0, "df5becfbf30a43be");
    assert_shape::<Session>(1, "6e976927ba93e5ad");
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Old {
    id: u64,
    shop: u64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct New {
    shop: u64,
    id: u64,
}

#[test]
fn the_message_says_what_to_do() {
    let (this, next) = (fingerprint::<Old>(6), fingerprint::<Old>(7));
    assert_ne!(this, next);
    let expected = format!(
        "the shape of `shape::Old` is not the one of fingerprint \"0123456789abcdef\" under schema 6

If a cookie of schema 6 was ever deployed: old cookies would be misread. Keep the old shape as a type of its own,
register `.migrate(6, ..)` for it, raise the number with `.schema(7)`, and write
    assert_shape::<shape::Old>(7, \"{next}\")
If none was ever deployed: write
    assert_shape::<shape::Old>(6, \"{this}\")

The shape is now:
struct Old {{
  id: u64
  shop: u64
}}
"
    );
    assert_eq!(message::<Old>(6, "0123456789abcdef"), expected);
    assert_eq!(message::<Old>(6, ""), expected.replace("0123456789abcdef", ""));
    // Both ways lead to a test that passes.
    assert_shape::<Old>(6, this);
    assert_shape::<Old>(7, next);
    // The number is part of it: neither can be raised, nor forgotten, alone.
    message::<Old>(7, this);
    message::<Old>(6, next);
}

#[test]
fn a_type_that_cannot_be_traced_says_what_to_do_instead() {
    #[derive(Deserialize)]
    struct Cart {
        lines: Vec<Line>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Line {
        Number(u64),
        Text(String),
    }
    let expected = format!(
        "the shape of `{}` cannot be traced: at T.lines[], it calls `deserialize_any`.

So do flatten, enums that are untagged or have their tag inside or beside, IgnoredAny and
serde_json::Value. Postcard cannot carry them either.

Guard this type with a snapshot of an encoded sample value instead: a test that encodes one value of every variant, compares
the octets with a file that is kept, and decodes that file.",
        type_name::<Cart>()
    );
    assert_eq!(message::<Cart>(0, ""), expected);
}

#[test]
#[cfg(feature = "json")]
fn values_have_a_shape() {
    assert_eq!(shape::<hardtack::Values>(), "map<string, string>\n");
}

#[test]
fn a_changed_session_is_noticed_and_brought_over() {
    let now = Timestamp::from_secs(1_800_000_000);
    let ring = RingHandle::from(Key::generate().unwrap());
    let before = SessionCookie::<Old>::new("shop", ring.clone()).unwrap();
    let deployed = fingerprint::<Old>(0);
    let claims = before.fresh(now).unwrap();
    let cookie = before.seal(&Old { id: 7, shop: 9 }, &claims, now).unwrap();
    let open = |sessions: &SessionCookie<New>| {
        let opened = sessions.open([cookie.value().as_bytes()], now);
        opened.map(|opened| opened.unwrap().data)
    };

    // The fields change places and the number stays: postcard reads the old cookie, wrongly. Only the test sees it.
    let careless = SessionCookie::<New>::new("shop", ring.clone()).unwrap();
    assert_eq!(open(&careless), Ok(New { shop: 7, id: 9 }));
    let message = message::<New>(0, deployed);
    let next = fingerprint::<New>(1);
    assert!(message.contains(&format!("assert_shape::<shape::New>(1, \"{next}\")")), "{message}");
    assert!(message.contains("`.migrate(0, ..)`"), "{message}");

    // What the message says, half: the number alone.
    let raised = || SessionCookie::<New>::builder("shop", ring.clone()).schema(1);
    assert_eq!(open(&raised().build().unwrap()), Err(OpenError::UnknownSchema { schema: 0 }));

    // And whole.
    assert_shape::<New>(1, next);
    let careful = raised()
        .migrate(0, Codec::Postcard, |old: Old| New { shop: old.shop, id: old.id })
        .build()
        .unwrap();
    assert_eq!(open(&careful), Ok(New { shop: 9, id: 7 }));
}
