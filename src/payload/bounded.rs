//! Decodes postcard in bounded time and depth, whatever the bytes claim. postcard itself decodes scalars and texts; the values
//! that hold others are decoded here, because postcard believes every length and follows every level.

use std::cell::Cell;

use postcard::de_flavors::Flavor;
use postcard::{Error, Result};
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer,
    MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// How many elements one payload may hold beyond those that its bytes pay for, that is, elements of types that take no bytes,
/// like `()`. Ten bytes can claim 2^64 of them.
const WITHOUT_BYTES: usize = 1 << 16;
/// How deep options, sequences, maps and variants with fields may nest: a type that contains itself does so through one of these.
/// `serde_json` allows 127.
const DEPTH: usize = 128;

/// Decodes the value that all of `bytes` encode.
pub(super) fn from_postcard<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    with_decoder(bytes, |decoder| {
        let value = T::deserialize(&mut *decoder).ok()?;
        (decoder.bytes.left() == 0).then_some(value)
    })
}

#[inline]
fn with_decoder<R>(bytes: &[u8], run: impl FnOnce(&mut Decoder<'_>) -> R) -> R {
    let bytes = Bytes { all: bytes, read: &Cell::new(0) };
    let postcard = postcard::Deserializer::from_flavor(bytes);
    run(&mut Decoder { postcard, bytes, free: WITHOUT_BYTES, depth: DEPTH })
}

/// What postcard reads from: like its own `Slice`, but it can tell how much is left.
#[derive(Clone, Copy)]
struct Bytes<'de> {
    all: &'de [u8],
    read: &'de Cell<usize>,
}

impl Bytes<'_> {
    #[inline]
    fn left(self) -> usize {
        self.all.len().saturating_sub(self.read.get())
    }
}

impl<'de> Flavor<'de> for Bytes<'de> {
    type Remainder = ();
    type Source = ();

    #[inline]
    fn pop(&mut self) -> Result<u8> {
        let read = self.read.get();
        let byte = self.all.get(read).ok_or(Error::DeserializeUnexpectedEnd)?;
        self.read.set(read + 1);
        Ok(*byte)
    }

    #[inline]
    fn try_take_n(&mut self, length: usize) -> Result<&'de [u8]> {
        let read = self.read.get();
        let rest = self.all.get(read..).and_then(|rest| rest.get(..length));
        let taken = rest.ok_or(Error::DeserializeUnexpectedEnd)?;
        self.read.set(read + length);
        Ok(taken)
    }

    #[inline]
    fn finalize(self) -> Result<()> {
        Ok(())
    }
}

struct Decoder<'de> {
    postcard: postcard::Deserializer<'de, Bytes<'de>>,
    bytes: Bytes<'de>,
    /// How many elements without bytes may still come.
    free: usize,
    /// How many levels may still open.
    depth: usize,
}

impl<'de> Decoder<'de> {
    /// Runs `read` one level further down.
    #[inline]
    fn deeper<R>(&mut self, read: impl FnOnce(&mut Self) -> Result<R>) -> Result<R> {
        self.depth = self.depth.checked_sub(1).ok_or(Error::SerdeDeCustom)?;
        let value = read(self)?;
        self.depth += 1;
        Ok(value)
    }

    /// Reads a length, then lets `read` decode that many elements. The length is checked twice: before, so that it cannot run for
    /// centuries; and after, when we know how many bytes the elements took, so that the sum over all sequences is bounded too.
    #[inline]
    fn counted<R>(&mut self, read: impl FnOnce(Elements<'_, 'de>) -> Result<R>) -> Result<R> {
        let length = usize::deserialize(&mut self.postcard)?;
        let before = self.bytes.left();
        if length > before.saturating_add(self.free) {
            return Err(Error::SerdeDeCustom);
        }
        self.deeper(|decoder| {
            let value = read(Elements { decoder, left: length })?;
            let paid = before.saturating_sub(decoder.bytes.left());
            let unpaid = length.saturating_sub(paid);
            decoder.free = decoder.free.checked_sub(unpaid).ok_or(Error::SerdeDeCustom)?;
            Ok(value)
        })
    }
}

macro_rules! scalars {
    ($($method:ident)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
            self.postcard.$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Decoder<'de> {
    type Error = Error;

    scalars! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_string
        deserialize_bytes deserialize_byte_buf deserialize_unit
        deserialize_any deserialize_identifier deserialize_ignored_any
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        if !bool::deserialize(&mut self.postcard)? {
            return visitor.visit_none();
        }
        self.deeper(|decoder| visitor.visit_some(decoder))
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.counted(|elements| visitor.visit_seq(elements))
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        self.counted(|elements| visitor.visit_map(elements))
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(self)
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        visitor.visit_seq(Elements { decoder: self, left: len })
    }

    #[inline]
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        len: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_tuple(len, visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_tuple(fields.len(), visitor)
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_unit()
    }

    #[inline]
    fn is_human_readable(&self) -> bool {
        false
    }
}

/// The elements of a sequence or a tuple, the entries of a map.
struct Elements<'d, 'de> {
    decoder: &'d mut Decoder<'de>,
    left: usize,
}

impl<'de> Elements<'_, 'de> {
    #[inline]
    fn next<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut *self.decoder).map(Some)
    }

    /// The size hint for collections that allocate ahead: never more elements than there are bytes.
    #[inline]
    fn hint(&self) -> Option<usize> {
        (self.left <= self.decoder.bytes.left()).then_some(self.left)
    }
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        self.next(seed)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.hint()
    }
}

impl<'de> MapAccess<'de> for Elements<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        self.next(seed)
    }

    #[inline]
    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        seed.deserialize(&mut *self.decoder)
    }

    #[inline]
    fn size_hint(&self) -> Option<usize> {
        self.hint()
    }
}

impl<'de> EnumAccess<'de> for &mut Decoder<'de> {
    type Error = Error;
    type Variant = Self;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        let variant = u32::deserialize(&mut self.postcard)?;
        Ok((seed.deserialize(variant.into_deserializer())?, self))
    }
}

impl<'de> VariantAccess<'de> for &mut Decoder<'de> {
    type Error = Error;

    #[inline]
    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        self.deeper(|decoder| seed.deserialize(decoder))
    }

    #[inline]
    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value> {
        self.deeper(|decoder| decoder.deserialize_tuple(len, visitor))
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deeper(|decoder| decoder.deserialize_tuple(fields.len(), visitor))
    }
}

#[cfg(test)]
mod tests;
