//! The serializer that tells a walker what a value writes. It writes nothing itself.

use serde::ser::{self, Serialize};

use super::walker::{Counted, Listed, Walker};

/// The value was not written to its end; the walker knows why. This is serde's error type without a text.
pub(super) use std::fmt::Error as Stopped;

/// A sequence or map in progress.
pub(super) struct Elements<'w, 't> {
    walker: &'w mut Walker<'t>,
    counted: Counted,
}

impl ser::SerializeSeq for Elements<'_, '_> {
    type Ok = ();
    type Error = Stopped;

    fn serialize_element<V: Serialize + ?Sized>(&mut self, value: &V) -> Result<(), Stopped> {
        self.walker.counted(&mut self.counted)?;
        value.serialize(&mut *self.walker)
    }

    fn end(self) -> Result<(), Stopped> {
        self.walker.end_counted(&self.counted)
    }
}

impl ser::SerializeMap for Elements<'_, '_> {
    type Ok = ();
    type Error = Stopped;

    fn serialize_key<V: Serialize + ?Sized>(&mut self, key: &V) -> Result<(), Stopped> {
        self.walker.counted(&mut self.counted)?;
        key.serialize(&mut *self.walker)
    }

    fn serialize_value<V: Serialize + ?Sized>(&mut self, value: &V) -> Result<(), Stopped> {
        value.serialize(&mut *self.walker)
    }

    fn end(self) -> Result<(), Stopped> {
        self.walker.end_counted(&self.counted)
    }
}

/// A tuple or struct in progress.
pub(super) struct Parts<'w, 't> {
    walker: &'w mut Walker<'t>,
    /// `Some` if the type reads a tuple or struct here.
    listed: Option<Listed>,
}

impl Parts<'_, '_> {
    fn ended(self) -> Result<(), Stopped> {
        self.listed.map_or(Ok(()), |listed| self.walker.end_list(&listed))
    }
}

macro_rules! tuples {
    ($($trait:ident: $method:ident;)*) => {$(
        impl ser::$trait for Parts<'_, '_> {
            type Ok = ();
            type Error = Stopped;

            fn $method<V: Serialize + ?Sized>(&mut self, value: &V) -> Result<(), Stopped> {
                if let Some(listed) = &mut self.listed {
                    self.walker.listed(listed)?;
                }
                value.serialize(&mut *self.walker)
            }

            fn end(self) -> Result<(), Stopped> {
                self.ended()
            }
        }
    )*};
}

tuples! {
    SerializeTuple: serialize_element;
    SerializeTupleStruct: serialize_field;
    SerializeTupleVariant: serialize_field;
}

macro_rules! structs {
    ($($trait:ident)*) => {$(
        impl ser::$trait for Parts<'_, '_> {
            type Ok = ();
            type Error = Stopped;

            fn serialize_field<V: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &V,
            ) -> Result<(), Stopped> {
                if let Some(listed) = &mut self.listed {
                    self.walker.field(listed, name)?;
                }
                value.serialize(&mut *self.walker)
            }

            fn skip_field(&mut self, name: &'static str) -> Result<(), Stopped> {
                self.walker.skipped(self.listed.as_ref(), name)
            }

            fn end(self) -> Result<(), Stopped> {
                self.ended()
            }
        }
    )*};
}

structs! { SerializeStruct SerializeStructVariant }

macro_rules! leaves {
    ($($method:ident($type:ty): $word:literal;)*) => {$(
        fn $method(self, _: $type) -> Result<(), Stopped> {
            self.leaf($word)
        }
    )*};
}

impl<'w, 't> ser::Serializer for &'w mut Walker<'t> {
    type Ok = ();
    type Error = Stopped;
    type SerializeSeq = Elements<'w, 't>;
    type SerializeTuple = Parts<'w, 't>;
    type SerializeTupleStruct = Parts<'w, 't>;
    type SerializeTupleVariant = Parts<'w, 't>;
    type SerializeMap = Elements<'w, 't>;
    type SerializeStruct = Parts<'w, 't>;
    type SerializeStructVariant = Parts<'w, 't>;

    fn is_human_readable(&self) -> bool {
        false
    }

    leaves! {
        serialize_bool(bool): "bool";
        serialize_i8(i8): "i8";
        serialize_i16(i16): "i16";
        serialize_i32(i32): "i32";
        serialize_i64(i64): "i64";
        serialize_i128(i128): "i128";
        serialize_u8(u8): "u8";
        serialize_u16(u16): "u16";
        serialize_u32(u32): "u32";
        serialize_u64(u64): "u64";
        serialize_u128(u128): "u128";
        serialize_f32(f32): "f32";
        serialize_f64(f64): "f64";
        serialize_char(char): "char";
        serialize_str(&str): "string";
        serialize_bytes(&[u8]): "bytes";
    }

    fn serialize_none(self) -> Result<(), Stopped> {
        self.option(false)
    }

    fn serialize_some<V: Serialize + ?Sized>(self, value: &V) -> Result<(), Stopped> {
        self.option(true)?;
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Stopped> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Stopped> {
        Ok(())
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        number: u32,
        name: &'static str,
    ) -> Result<(), Stopped> {
        self.variant(number, name)
    }

    fn serialize_newtype_struct<V: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &V,
    ) -> Result<(), Stopped> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<V: Serialize + ?Sized>(
        self,
        _: &'static str,
        number: u32,
        name: &'static str,
        value: &V,
    ) -> Result<(), Stopped> {
        self.variant(number, name)?;
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, Stopped> {
        let counted = self.repeated(length, 1)?;
        Ok(Elements { walker: self, counted })
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, Stopped> {
        let counted = self.repeated(length, 2)?;
        Ok(Elements { walker: self, counted })
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, Stopped> {
        let listed = self.list(false, length);
        Ok(Parts { walker: self, listed })
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleStruct, Stopped> {
        self.serialize_tuple(length)
    }

    fn serialize_struct(
        self,
        _: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStruct, Stopped> {
        let listed = self.list(true, length);
        Ok(Parts { walker: self, listed })
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        number: u32,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, Stopped> {
        self.variant(number, name)?;
        self.serialize_tuple(length)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        number: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, Stopped> {
        self.variant(number, variant)?;
        self.serialize_struct(name, length)
    }
}
