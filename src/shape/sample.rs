//! The leaves of a sample value from the application, for types that accept only certain texts and numbers.

use std::fmt;

use serde::ser::{self, Serialize};

/// The leaves of a value, by kind. Never freed: a sample is given once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sample {
    pub(super) integers: Vec<i128>,
    pub(super) floats: Vec<f64>,
    pub(super) chars: Vec<char>,
    pub(super) strings: Vec<&'static str>,
    pub(super) bytes: Vec<&'static [u8]>,
}

impl Sample {
    /// Collects the leaves of `value`, as far as its `Serialize` goes.
    pub(crate) fn of<T: Serialize>(value: &T) -> Self {
        let mut sample = Self::default();
        // If it fails, the leaves before that point are still useful.
        let _ = value.serialize(&mut sample);
        sample
    }
}

macro_rules! leaves {
    ($($method:ident($type:ty): $list:ident $(as $wide:ty)?;)*) => {$(
        fn $method(self, value: $type) -> fmt::Result {
            self.$list.push(value $(as $wide)?);
            Ok(())
        }
    )*};
}

macro_rules! compounds {
    ($($trait:ident: $($method:ident($($name:ident: $ty:ty)?)),*;)*) => {$(
        impl ser::$trait for &mut Sample {
            type Ok = ();
            type Error = fmt::Error;

            $(fn $method<V: Serialize + ?Sized>(&mut self, $($name: $ty,)? value: &V) -> fmt::Result {
                $(let _ = $name;)?
                value.serialize(&mut **self)
            })*

            fn end(self) -> fmt::Result {
                Ok(())
            }
        }
    )*};
}

compounds! {
    SerializeSeq: serialize_element();
    SerializeTuple: serialize_element();
    SerializeTupleStruct: serialize_field();
    SerializeTupleVariant: serialize_field();
    SerializeMap: serialize_key(), serialize_value();
    SerializeStruct: serialize_field(key: &'static str);
    SerializeStructVariant: serialize_field(key: &'static str);
}

impl ser::Serializer for &mut Sample {
    type Ok = ();
    type Error = fmt::Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn is_human_readable(&self) -> bool {
        false
    }

    leaves! {
        serialize_i8(i8): integers as i128;
        serialize_i16(i16): integers as i128;
        serialize_i32(i32): integers as i128;
        serialize_i64(i64): integers as i128;
        serialize_i128(i128): integers;
        serialize_u8(u8): integers as i128;
        serialize_u16(u16): integers as i128;
        serialize_u32(u32): integers as i128;
        serialize_u64(u64): integers as i128;
        serialize_u128(u128): integers as i128;
        serialize_f32(f32): floats as f64;
        serialize_f64(f64): floats;
        serialize_char(char): chars;
    }

    fn serialize_bool(self, _: bool) -> fmt::Result {
        Ok(())
    }

    fn serialize_str(self, text: &str) -> fmt::Result {
        self.strings.push(text.to_owned().leak());
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> fmt::Result {
        self.bytes.push(bytes.to_vec().leak());
        Ok(())
    }

    fn serialize_none(self) -> fmt::Result {
        Ok(())
    }

    fn serialize_some<V: Serialize + ?Sized>(self, value: &V) -> fmt::Result {
        value.serialize(self)
    }

    fn serialize_unit(self) -> fmt::Result {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> fmt::Result {
        Ok(())
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> fmt::Result {
        Ok(())
    }

    fn serialize_newtype_struct<V: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &V,
    ) -> fmt::Result {
        value.serialize(self)
    }

    fn serialize_newtype_variant<V: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &V,
    ) -> fmt::Result {
        value.serialize(self)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self, fmt::Error> {
        Ok(self)
    }

    fn serialize_tuple(self, _: usize) -> Result<Self, fmt::Error> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, fmt::Error> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, fmt::Error> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, fmt::Error> {
        Ok(self)
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, fmt::Error> {
        Ok(self)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self, fmt::Error> {
        Ok(self)
    }
}
