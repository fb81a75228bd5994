//! Changes to a type that change its shape, and changes that do not.

use super::*;

/// What a node of the release after a change makes of a session from before it: of the value that postcard writes as zeros.
#[track_caller]
fn carried_over<Before: SessionData, After: SessionData>() -> Result<(), OpenError> {
    let keys = keys();
    let before = release::<Before>(&keys).build().unwrap();
    let value = postcard::take_from_bytes(&[0; 64]).unwrap().0;
    let claims = before.new_claims(Class::Standard, NOW).unwrap();
    let sealed = before.seal(&value, &claims, NOW).unwrap();
    let after = release::<After>(&keys).build().unwrap();
    after.open([sealed.value().as_bytes()], NOW).map(drop)
}

#[track_caller]
fn differ<Before: SessionData, After: SessionData>() {
    let (before, after) = (cookie::<Before>(), cookie::<After>());
    let number = number(&before);
    assert_shape(&before, &number);
    let message = message(&after, &number);
    assert!(message.contains(&shape(&after)), "{message}");
    let (found, written) = (sealed_number(&before), sealed_number(&after));
    assert_eq!(format!("{found:06x}"), number);
    assert_eq!(carried_over::<Before, After>(), Err(OpenError::UnknownShape { found, written }));
}

#[track_caller]
fn same<Before: SessionData, After: SessionData>() {
    assert_shape(&cookie::<After>(), &number(&cookie::<Before>()));
    assert_eq!(carried_over::<Before, After>(), Ok(()));
}

/// Each case is a `Session` before a change and a `Session` after it.
macro_rules! changes {
    ($($check:ident $name:ident: { $($before:item)* } => { $($after:item)* })*) => {$(
        #[test]
        fn $name() {
            mod before {
                #[allow(unused_imports, reason = "each module uses a part")]
                use super::*;
                $(#[derive(Serialize, Deserialize)] $before)*
            }
            mod after {
                #[allow(unused_imports, reason = "each module uses a part")]
                use super::*;
                $(#[derive(Serialize, Deserialize)] $after)*
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
    same newtype_added:
        { pub struct Session { id: u64 } } => { pub struct Session { id: Id } struct Id(u64); }
    same transparent_newtype_added:
        { pub struct Session { id: u64 } } => { pub struct Session { id: Id } #[serde(transparent)] struct Id(u64); }
    same type_renamed:
        { pub struct Session { id: Id } struct Id(u64); } => { pub struct Session { id: Key } struct Key(u64); }
    same enum_and_its_newtypes_renamed:
        { pub struct Session { role: Role } enum Role { Guest, User(Id) } struct Id(u64); }
        => { pub struct Session { role: Rank } enum Rank { Guest, User(Number) } struct Number(u64); }
    differ alias_added:
        { pub struct Session { id: u64 } } => { pub struct Session { #[serde(alias = "i")] id: u64 } }
    differ sign_given_up:
        { pub struct Session { id: i64 } } => { pub struct Session { id: u64 } }
    differ names_given_up:
        { pub struct Session { id: u64, shop: u64 } } => { pub struct Session(u64, u64); }
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
    #[derive(serde::Serialize, serde::Deserialize)]
    pub enum Kind {
        A,
    }
}

mod b {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub enum Kind {
        A,
        B,
    }
}

/// Two types of one name and the same fields, the second inside the first: no recursion.
mod outer {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub struct Node<T> {
        next: Option<super::inner::Node<T>>,
    }
}

mod inner {
    #[derive(serde::Serialize, serde::Deserialize)]
    pub struct Node<T> {
        next: Option<T>,
    }
}

#[derive(Serialize, Deserialize)]
pub struct Holder<T> {
    x: T,
}

#[test]
fn types_of_one_name_are_told_apart() {
    #[derive(Serialize, Deserialize)]
    struct Both(a::Kind, Vec<b::Kind>, Holder<Holder<u8>>, outer::Node<u8>);
    let text = "(
  enum {
    0 A
  }
  seq<enum {
    0 A
    1 B
  }>
  struct {
    x: struct {
      x: u8
    }
  }
  struct {
    next: option<struct {
      next: option<u8>
    }>
  }
)
";
    assert_eq!(shape_of::<Both>(), text);
}

#[test]
fn primitive_types_are_told_apart() {
    macro_rules! shapes {
        ($($type:ty,)*) => { [$(shape_of::<$type>()),*] };
    }
    let shapes = shapes! {
        bool, i8, i16, i32, i64, i128, u8, u16, u32, u64, u128, f32, f64, char, String, CString,
        (), ((),), [u8; 1], [u8; 2], Vec<u8>, Option<u8>, BTreeMap<u8, u8>, Holder<u8>,
    };
    let different: BTreeSet<_> = shapes.iter().collect();
    assert_eq!(different.len(), shapes.len());
    assert_eq!(shape_of::<usize>(), shape_of::<u64>());
    assert_eq!(shape_of::<NonZeroU32>(), shape_of::<u32>());
}

#[test]
fn types_that_refuse_most_values_are_traced() {
    #[derive(Serialize, Deserialize)]
    struct Careful {
        id: NonZeroU64,
        #[serde(with = "date")]
        day: time::Date,
        #[serde(with = "month")]
        month: time::Month,
        #[serde(deserialize_with = "name")]
        name: String,
        kind: b::Kind,
    }
    fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        let name = String::deserialize(deserializer)?;
        if name.is_empty() { Err(Error::custom("a name is not empty")) } else { Ok(name) }
    }
    let text = "struct {
  id: u64
  day: (i32, u16)
  month: u8
  name: string
  kind: enum {
    0 A
    1 B
  }
}
";
    assert_eq!(shape_of::<Careful>(), text);
}

mod date {
    use super::*;

    pub fn serialize<S: Serializer>(date: &time::Date, serializer: S) -> Result<S::Ok, S::Error> {
        date.to_ordinal_date().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<time::Date, D::Error> {
        let (year, day) = Deserialize::deserialize(deserializer)?;
        time::Date::from_ordinal_date(year, day).map_err(Error::custom)
    }
}

mod month {
    use super::*;

    pub fn serialize<S: Serializer>(month: &time::Month, serializer: S) -> Result<S::Ok, S::Error> {
        u8::from(*month).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<time::Month, D::Error> {
        u8::deserialize(deserializer)?.try_into().map_err(Error::custom)
    }
}
