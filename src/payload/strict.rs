//! postcard's serializer, except that it refuses a skipped field: postcard would leave the field out and read the next one in its
//! place.

use postcard::ser_flavors::Flavor;
use postcard::{Error, Result, Serializer as Postcard};
use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// Passes every call on, and wraps itself around whatever is inside.
pub(super) struct Strict<'s, F: Flavor>(pub(super) &'s mut Postcard<F>);

macro_rules! leaves {
    ($($method:ident($type:ty);)*) => {$(
        #[inline]
        fn $method(self, value: $type) -> Result<()> {
            self.0.$method(value)
        }
    )*};
}

impl<F: Flavor> Serializer for Strict<'_, F> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }

    leaves! {
        serialize_bool(bool);
        serialize_i8(i8);
        serialize_i16(i16);
        serialize_i32(i32);
        serialize_i64(i64);
        serialize_i128(i128);
        serialize_u8(u8);
        serialize_u16(u16);
        serialize_u32(u32);
        serialize_u64(u64);
        serialize_u128(u128);
        serialize_f32(f32);
        serialize_f64(f64);
        serialize_char(char);
        serialize_str(&str);
        serialize_bytes(&[u8]);
        serialize_unit_struct(&'static str);
    }

    #[inline]
    fn serialize_none(self) -> Result<()> {
        self.0.serialize_none()
    }

    #[inline]
    fn serialize_some<V: Serialize + ?Sized>(self, value: &V) -> Result<()> {
        self.0.serialize_u8(1)?;
        value.serialize(self)
    }

    #[inline]
    fn serialize_unit(self) -> Result<()> {
        Ok(())
    }

    #[inline]
    fn serialize_unit_variant(
        self,
        name: &'static str,
        number: u32,
        variant: &'static str,
    ) -> Result<()> {
        self.0.serialize_unit_variant(name, number, variant)
    }

    #[inline]
    fn serialize_newtype_struct<V: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &V,
    ) -> Result<()> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_variant<V: Serialize + ?Sized>(
        self,
        name: &'static str,
        number: u32,
        variant: &'static str,
        value: &V,
    ) -> Result<()> {
        self.0.serialize_unit_variant(name, number, variant)?;
        value.serialize(self)
    }

    #[inline]
    fn serialize_seq(self, length: Option<usize>) -> Result<Self> {
        (&mut *self.0).serialize_seq(length)?;
        Ok(self)
    }

    #[inline]
    fn serialize_map(self, length: Option<usize>) -> Result<Self> {
        (&mut *self.0).serialize_map(length)?;
        Ok(self)
    }

    #[inline]
    fn serialize_tuple(self, _: usize) -> Result<Self> {
        Ok(self)
    }

    #[inline]
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self> {
        Ok(self)
    }

    #[inline]
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self> {
        Ok(self)
    }

    #[inline]
    fn serialize_tuple_variant(
        self,
        name: &'static str,
        number: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self> {
        (&mut *self.0).serialize_unit_variant(name, number, variant)?;
        Ok(self)
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        name: &'static str,
        number: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self> {
        self.serialize_tuple_variant(name, number, variant, length)
    }

    #[inline]
    fn collect_str<V: std::fmt::Display + ?Sized>(self, value: &V) -> Result<()> {
        self.0.collect_str(value)
    }
}

macro_rules! compounds {
    ($($trait:ident: $($method:ident($($name:ident: $ty:ty)?)),*; $($skip:ident)?;)*) => {$(
        impl<F: Flavor> $trait for Strict<'_, F> {
            type Ok = ();
            type Error = Error;

            $(
                #[inline]
                fn $method<V: Serialize + ?Sized>(&mut self, $($name: $ty,)? value: &V) -> Result<()> {
                    $(let _ = $name;)?
                    value.serialize(Strict(&mut *self.0))
                }
            )*

            $(
                fn $skip(&mut self, _: &'static str) -> Result<()> {
                    Err(Error::SerdeSerCustom)
                }
            )?

            #[inline]
            fn end(self) -> Result<()> {
                Ok(())
            }
        }
    )*};
}

compounds! {
    SerializeSeq: serialize_element();;
    SerializeTuple: serialize_element();;
    SerializeTupleStruct: serialize_field();;
    SerializeTupleVariant: serialize_field();;
    SerializeMap: serialize_key(), serialize_value();;
    SerializeStruct: serialize_field(key: &'static str); skip_field;
    SerializeStructVariant: serialize_field(key: &'static str); skip_field;
}
