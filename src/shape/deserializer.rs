//! A deserializer with nothing to read: it records what it is asked for, and returns made-up values in postcard's place.

use std::fmt;

use serde::de::{self, Visitor};

use super::parts::{Parts, Variant};
use super::tracer::Tracer;
use super::tree::{Ask, Place, Types};

pub(super) struct Deserializer<'t> {
    pub(super) tracer: &'t mut Tracer,
    pub(super) place: Place,
}

/// What `T`'s `Deserialize` said about a made-up value.
#[derive(Debug)]
pub(super) struct Error(pub(super) String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<M: fmt::Display>(message: M) -> Self {
        Self(message.to_string())
    }
}

macro_rules! leaves {
    ($($method:ident: $word:literal, $guesses:ident, $visit:ident $(as $narrow:ty)?;)*) => {$(
        fn $method<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
            let leaf = self.enter::<V>(Ask::Leaf($word))?;
            let value = self.tracer.value(leaf, |guesses| &guesses.$guesses)?;
            visitor.$visit(value $(as $narrow)?)
        }
    )*};
}

macro_rules! untraceable {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            let what = concat!("it calls `", stringify!($method), "`");
            Err(self.tracer.not_postcard(self.place.of, self.place.part, what))
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Deserializer<'_> {
    type Error = Error;

    fn is_human_readable(&self) -> bool {
        false
    }

    leaves! {
        deserialize_bool: "bool", bools, visit_bool;
        deserialize_i8: "i8", integers, visit_i8 as i8;
        deserialize_i16: "i16", integers, visit_i16 as i16;
        deserialize_i32: "i32", integers, visit_i32 as i32;
        deserialize_i64: "i64", integers, visit_i64 as i64;
        deserialize_i128: "i128", integers, visit_i128;
        deserialize_u8: "u8", integers, visit_u8 as u8;
        deserialize_u16: "u16", integers, visit_u16 as u16;
        deserialize_u32: "u32", integers, visit_u32 as u32;
        deserialize_u64: "u64", integers, visit_u64 as u64;
        deserialize_u128: "u128", integers, visit_u128 as u128;
        deserialize_f32: "f32", floats, visit_f32 as f32;
        deserialize_f64: "f64", floats, visit_f64;
        deserialize_char: "char", chars, visit_char;
        deserialize_str: "string", strings, visit_borrowed_str;
        deserialize_string: "string", strings, visit_str;
        deserialize_bytes: "bytes", bytes, visit_borrowed_bytes;
        deserialize_byte_buf: "bytes", bytes, visit_bytes;
    }

    untraceable! { deserialize_any deserialize_identifier deserialize_ignored_any }

    fn deserialize_unit<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        self.enter::<V>(Ask::Leaf("unit"))?;
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.enter::<V>(Ask::UnitStruct(name))?;
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let inner = self.enter::<V>(Ask::Option)?;
        match self.tracer.elements(inner) {
            0 => visitor.visit_none(),
            _ => self.tracer.only(inner, |some| visitor.visit_some(some)),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let inner = self.enter::<V>(Ask::Newtype(name))?;
        self.tracer.only(inner, |field| visitor.visit_newtype_struct(field))
    }

    fn deserialize_seq<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let inner = self.enter::<V>(Ask::Seq)?;
        let elements = self.tracer.elements(inner);
        Parts::repeated(self.tracer, inner, 1, elements).take(|parts| visitor.visit_seq(parts))
    }

    fn deserialize_map<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let inner = self.enter::<V>(Ask::Map)?;
        let entries = self.tracer.elements(inner);
        Parts::repeated(self.tracer, inner, 2, entries).take(|parts| visitor.visit_map(parts))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        self.parts(Ask::Tuple(len), len, visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.parts(Ask::TupleStruct(name, len), len, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.parts(Ask::Struct(name, fields), fields.len(), visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let inner = self.enter::<V>(Ask::Enum(name, variants))?;
        let place = self.tracer.choose(inner)?;
        let result = visitor.visit_enum(Variant { tracer: &mut *self.tracer, place });
        self.tracer.left(place, result)
    }
}

impl Deserializer<'_> {
    fn enter<'de, V: Visitor<'de>>(&mut self, ask: Ask) -> Result<Place, Error> {
        self.tracer.enter(self.place, ask, Types::of::<V, V::Value>())
    }

    /// A fixed number of parts in a row, without names.
    pub(super) fn parts<'de, V: Visitor<'de>>(
        mut self,
        ask: Ask,
        len: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let inner = self.enter::<V>(ask)?;
        Parts::new(self.tracer, inner, len).take(|parts| visitor.visit_seq(parts))
    }
}
