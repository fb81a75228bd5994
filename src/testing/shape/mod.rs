//! The shape of T: its text, its fingerprint, and what a test says when they differ. How a shape is found lives below.
//!
//! serde-reflection finds shapes too. It was not taken: it files types by name, so two types of one name are confused, and
//! every nested enum has to be named by the user. Here the shape is a tree, and a place in it is what tells types apart.

use std::any::type_name;

use serde::de::DeserializeOwned;

use crate::crypto::sha256;

mod deserializer;
mod parts;
#[cfg(test)]
mod tests;
mod text;
mod tracer;
mod tree;
mod values;

const SCHEMAS: u32 = 1 << 24;

/// Fails a test when T's shape is not the one that `fingerprint` was made of, together with the schema number.
///
/// postcard writes no names: after a swap of two `u64` fields, or after deleting `Guest` from `{Guest, User, Admin}`, old
/// cookies still decode, into something else. This test beside T notices, and says what to do. Start with an empty
/// fingerprint: the message has the one to write.
///
/// ```
/// use hardtack::testing::assert_shape;
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User {
///     id: u64,
///     role: Role,
/// }
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// enum Role { Guest, Admin { since: u64 } }
///
/// assert_shape::<User>(0, "2df6ca1cf1f8ad08");
/// ```
///
/// The shape is what T's `Deserialize` asks postcard for: names of types, fields and variants, their order and their types,
/// all the way down. Not in it: a `skip`ped field, `default`, what only `Serialize` does, the codec, and what numbers mean.
///
/// # Panics
/// Where the shape differs; where T cannot be traced, as [`shape`]; where `schema` is 2^24 or more.
#[track_caller]
pub fn assert_shape<T: DeserializeOwned>(schema: u32, fingerprint: &str) {
    assert!(schema < SCHEMAS, "schema numbers are under 2^24, and {schema} is not");
    let shape = shape::<T>();
    if fingerprint_of(schema, &shape) != fingerprint {
        panic!("{}", difference(type_name::<T>(), schema, fingerprint, &shape));
    }
}

/// The shape of T as text, for a snapshot file or for reading; [`assert_shape`] hashes it.
///
/// ```
/// use std::collections::BTreeMap;
///
/// #[derive(serde::Deserialize)]
/// struct Cart { lines: BTreeMap<u64, (u32, Option<String>)> }
///
/// let text = "struct Cart {\n  lines: map<u64, (u32, option<string>)>\n}\n";
/// assert_eq!(hardtack::testing::shape::<Cart>(), text);
/// ```
///
/// # Panics
/// Where T cannot be traced: its `Deserialize` asks the data what it is (`flatten`, enums without the default tagging), asks
/// for other things as values differ, or refuses every made-up value. The message says where, and what to do instead.
#[track_caller]
pub fn shape<T: DeserializeOwned>() -> String {
    match tracer::Tracer::trace::<T>() {
        Ok(tree) => text::text(&tree),
        Err(reason) => panic!("{}", untraceable(type_name::<T>(), &reason)),
    }
}

fn fingerprint_of(schema: u32, shape: &str) -> String {
    let number = schema.to_string();
    let hash = sha256(&[b"hardtack shape 1\nschema ", number.as_bytes(), b"\n", shape.as_bytes()]);
    hash[..8].iter().map(|octet| format!("{octet:02x}")).collect()
}

fn difference(name: &str, schema: u32, fingerprint: &str, shape: &str) -> String {
    let next = schema + 1;
    let (this_print, next_print) = (fingerprint_of(schema, shape), fingerprint_of(next, shape));
    format!(
        "the shape of `{name}` is not the one of fingerprint \"{fingerprint}\" under schema {schema}

If a cookie of schema {schema} was ever deployed: old cookies would be misread. Keep the old shape as a type of its own,
register `.migrate({schema}, ..)` for it, raise the number with `.schema({next})`, and write
    assert_shape::<{name}>({next}, \"{next_print}\")
If none was ever deployed: write
    assert_shape::<{name}>({schema}, \"{this_print}\")

The shape is now:
{shape}"
    )
}

fn untraceable(name: &str, reason: &str) -> String {
    format!(
        "the shape of `{name}` cannot be traced: {reason}

Guard this type with a snapshot of an encoded sample value instead: a test that encodes one value of every variant, compares
the octets with a file that is kept, and decodes that file."
    )
}
