//! Every kind of place, and types that are hard to trace. What users notice first is tested in tests/shape.rs.

use std::collections::{BTreeMap, HashSet};
use std::marker::PhantomData;
use std::net::IpAddr;

use serde::de::DeserializeOwned;

use super::{NoShape, Shape};

mod types;
mod walker;

use types::*;

fn shape<T: DeserializeOwned + 'static>() -> String {
    Shape::of_read::<T>().map_or_else(|why| panic!("{why:?}"), |shape| shape.text().to_owned())
}

macro_rules! texts {
    ($($name:ident: $type:ty => $text:expr;)*) => {$(
        #[test]
        fn $name() {
            assert_eq!(shape::<$type>(), format!("{}\n", $text));
        }
    )*};
}

// Shapes and their text. A change here changes fingerprints that people keep.
texts! {
    leaves: (bool, i8, i16, i32, i64, i128, u8, u16, u32, u64, u128, f32, f64, char, String, ())
        => "(
  bool
  i8
  i16
  i32
  i64
  i128
  u8
  u16
  u32
  u64
  u128
  f32
  f64
  char
  string
  unit
)";
    the_rest_of_a_line: (isize, usize, Box<str>, std::path::PathBuf, std::ffi::CString, PhantomData<u8>)
        => "(i64, u64, string, string, bytes, unit)";
    wrappers: Option<Vec<BTreeMap<u8, HashSet<u16>>>> => "option<seq<map<u8, seq<u16>>>>";
    two_options: Option<Option<u8>> => "option<option<u8>>";
    tuples: ((u8,), [u8; 0], [u8; 3], [u8; 32]) => "((u8,), (), (u8, u8, u8), (u8; 32))";
    rows: (u8, u8, u8, u8, u16, u8) => "(u8; 4, u16, u8)";
    structs: Structs => "struct {
  unit: unit
  empty: struct {}
  nothing: ()
  newtype: u8
  pair: (u8, string)
  \"a \\\"b\\n\": u8
}";
    variants: Variants => "enum {
  0 Unit
  1 Newtype(u8)
  2 Tuple(u8, u16)
  3 Struct {
    a: u8
  }
  4 None()
  5 Deep(option<enum {
    0 Ok(u8)
    1 Err(string)
  }>)
}";
    long_tuples: (Structs2, Structs2) => "(
  struct {
    a: u8
  }
  struct {
    a: u8
  }
)";
    addresses: IpAddr => "enum {\n  0 V4((u8; 4))\n  1 V6((u8; 16))\n}";
    aliases: Aliases => "struct [b, bb, a, z] {
  0: u8
  1: enum [X, XX, Y] {
    0
    1(u8)
  }
  2: u16
}";
    not_asked: Untouched => "struct {\n  a: nothing\n  b: u8\n}";

    a_list: List => "#1 enum {\n  0 Nil\n  1 Cons(u8, #1)\n}";
    a_list_with_its_end_behind: BackList => "#1 enum {\n  0 Cons(u8, #1)\n  1 Nil\n}";
    a_node: Link => "#1 struct {\n  next: option<#1>\n  kind: enum {\n    0 A\n    1 B\n  }\n}";
    a_tree_without_a_name: Kids => "#1 seq<#1>";
    by_turns: Odd => "#1 struct {
  even: #2 struct {
    odd: option<#1>
    evens: seq<#2>
    last: bool
  }
  other: #3 struct {
    odd: option<#1>
    evens: seq<#3>
    last: bool
  }
}";
    an_expression: Expr => "#1 enum {
  0 Add(#1, #1)
  1 All(seq<#1>)
  2 Neg(#1)
  3 Many(map<string, #1>)
  4 Pair(
    enum {
      0 L(#1)
      1 R(#1)
    }
    u8
  )
  5 Lit {
    value: i64
    unit: enum {
      0 A
      1 B
    }
  }
}";
    no_recursion_between_types_of_one_name: Wrap<Wrap<Wrap<u8>>>
        => "struct {\n  inner: struct {\n    inner: struct {\n      inner: u8\n    }\n  }\n}";

    picky: Picky => "struct {
  day: string
  moment: string
  even: u8
  range: (u8, u8)
  full: seq<enum {
    0 A
    1 B
  }>
  three: seq<bool>
  id: bytes
  late: enum {
    0 A
    1 B
  }
}";
    picky_about_a_variant: PickyPair => "struct {\n  kind: enum {\n    0 A\n    1 B\n  }\n  note: option<u8>\n  n: u8\n}";
    refused_after_all_was_seen: Never => "string";
    errors_swallowed: Swallows => "struct {\n  a: u8\n  b: u8\n}";
    a_variant_refused: Handmade => "enum [One, Two] {\n  1\n}";
}

type Case = (fn() -> Result<&'static Shape, NoShape>, &'static str);

#[test]
#[cfg_attr(panic = "abort", ignore = "it catches a panic")]
fn what_cannot_be_traced_says_where_and_why() {
    let not_postcard: [Case; 5] = [
        (Shape::of_read::<Vec<Flat>>, "at T[][key], it calls `deserialize_identifier`"),
        (Shape::of_read::<(u8, Untagged)>, "at T.1, it calls `deserialize_any`"),
        (Shape::of_read::<Inside>, "at T, it calls `deserialize_any`"),
        (Shape::of_read::<Option<Beside>>, "at T.tag, it calls `deserialize_identifier`"),
        (Shape::of_read::<Holder>, "at T.map[value].Some.x, it calls `deserialize_ignored_any`"),
    ];
    for (trace, expected) in not_postcard {
        let why = trace().map(|shape| shape.text()).unwrap_err();
        assert_eq!(why, NoShape::NotPostcard(expected.to_owned()));
    }
    let untraceable: [Case; 7] = [
        (Shape::of_read::<Dependent>, "at T.1, what it asks for depends on other values"),
        (
            Shape::of_read::<DependentLength>,
            "at T.1, how many parts it takes depends on their values",
        ),
        (Shape::of_read::<Endless>, "it nests deeper than 128 levels, or none of its values ends"),
        (
            Shape::of_read::<(NeverPair, u8)>,
            "at T.0, it refuses every made-up value (\"never \\\"so\\\"\")",
        ),
        (
            Shape::of_read::<(Never, u8)>,
            "at T.0, it refuses every made-up value (\"never \\\"so\\\"\")",
        ),
        (Shape::of_read::<Panics>, "at T, its own code panics over a made-up value"),
        (Shape::of_read::<(u8, Panics)>, "its own code panics over a made-up value"),
    ];
    for (trace, expected) in untraceable {
        match trace().map(|shape| shape.text()).unwrap_err() {
            NoShape::Untraceable(why) => assert!(why.contains(expected), "{why}"),
            other => panic!("{other:?}"),
        }
    }
}
