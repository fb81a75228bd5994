//! What visitors take parts from: elements, entries, fields, and the content of a variant.

use serde::de::value::U32Deserializer;
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};

use super::deserializer::{Deserializer, Error};
use super::tracer::Tracer;
use super::tree::{Ask, Place, Types};

/// The parts that a visitor may take; `width` of them differ.
pub(super) struct Parts<'t> {
    tracer: &'t mut Tracer,
    inner: Place,
    width: usize,
    left: usize,
    taken: usize,
}

impl<'t> Parts<'t> {
    pub(super) fn new(tracer: &'t mut Tracer, inner: Place, width: usize) -> Self {
        Self { tracer, inner, width, left: width, taken: 0 }
    }

    /// The same parts again and again, or never.
    pub(super) fn repeated(
        tracer: &'t mut Tracer,
        inner: Place,
        width: usize,
        times: usize,
    ) -> Self {
        Self { tracer, inner, width, left: width * times, taken: 0 }
    }

    pub(super) fn take<X>(
        mut self,
        visit: impl FnOnce(&mut Self) -> Result<X, Error>,
    ) -> Result<X, Error> {
        let withheld = self.left < self.width;
        let value = visit(&mut self)?;
        if !withheld {
            self.tracer.finish(self.inner.of, self.taken.min(self.width))?;
        }
        Ok(value)
    }

    fn next<'de, S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        if self.left == 0 {
            return Ok(None);
        }
        let place = Place { part: self.taken % self.width, ..self.inner };
        self.left -= 1;
        self.taken += 1;
        self.tracer.visit(place, seed).map(Some)
    }
}

impl<'de> de::SeqAccess<'de> for Parts<'_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        self.next(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> de::MapAccess<'de> for Parts<'_> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Error> {
        self.next(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Error> {
        let value = self.next(seed)?;
        value.ok_or_else(|| de::Error::custom("a value was asked for without a key"))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left / self.width)
    }
}

/// The variant that this run takes at an enum, and the place of its content.
pub(super) struct Variant<'t> {
    pub(super) tracer: &'t mut Tracer,
    pub(super) place: Place,
}

impl<'de> de::EnumAccess<'de> for Variant<'_> {
    type Error = Error;
    type Variant = Self;

    /// Chosen by number, as in postcard. No enum in memory has 2^32 variants.
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let number: U32Deserializer<Error> = (self.place.part as u32).into_deserializer();
        match seed.deserialize(number) {
            Ok(variant) => Ok((variant, self)),
            Err(error) => {
                self.tracer.refuse_variant(self.place);
                Err(error)
            }
        }
    }
}

impl<'de> de::VariantAccess<'de> for Variant<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        self.tracer.enter(self.place, Ask::UnitVariant, Types::NONE).map(drop)
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        let inner = self.tracer.enter(self.place, Ask::NewtypeVariant, Types::NONE)?;
        self.tracer.only(inner, |field| seed.deserialize(field))
    }

    fn tuple_variant<V: Visitor<'de>>(self, len: usize, visitor: V) -> Result<V::Value, Error> {
        let Self { tracer, place } = self;
        Deserializer { tracer, place }.parts(Ask::TupleVariant(len), len, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let Self { tracer, place } = self;
        Deserializer { tracer, place }.parts(Ask::StructVariant(fields), fields.len(), visitor)
    }
}
