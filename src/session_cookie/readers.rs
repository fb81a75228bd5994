//! Which shape a cookie writes and which ones it reads: each has its own number.

use std::any::type_name;

use serde::de::DeserializeOwned;

use crate::crypto::Wiped;
use crate::error::{Problem, SessionError, SetupError};
use crate::payload::{Codec, SessionData};
use crate::shape::{NoShape, Sample, Shape, is_number};

/// What a builder was told of T's own shape.
#[derive(Default)]
pub(crate) struct Written {
    pub(crate) codec: Codec,
    /// Given by hand.
    pub(crate) number: Option<u32>,
    pub(crate) revision: u32,
    pub(crate) sample: Option<Sample>,
}

/// T's own shape: its number, and what values are held against before they are sealed.
#[derive(Clone, Copy)]
pub(crate) struct Own {
    pub(crate) number: u32,
    /// `None` for JSON, which describes itself, and for a type that is numbered by hand because it cannot be traced.
    pub(crate) shape: Option<&'static Shape>,
}

impl Written {
    /// Numbers T's own shape.
    pub(crate) fn own<T: SessionData>(&self) -> Result<Own, SetupError> {
        if let Some(number) = self.number {
            check(number)?;
        }
        if self.codec != Codec::Postcard {
            return Ok(Own { number: self.number.unwrap_or(0), shape: None });
        }
        match (Shape::of::<T>(self.sample.as_ref()), self.number) {
            (Ok(shape), number) => {
                let number = number.unwrap_or_else(|| shape.number(self.revision));
                Ok(Own { number, shape: Some(shape) })
            }
            (Err(NoShape::Untraceable(_)), Some(number)) => Ok(Own { number, shape: None }),
            (Err(why), _) => Err(no_shape(type_name::<T>(), why)),
        }
    }
}

impl Own {
    /// The bytes of `data`, if it is written as it is read, `fits`, and comes back from them.
    pub(crate) fn encode_checked<T: SessionData>(
        &self,
        codec: Codec,
        data: &T,
        fits: impl FnOnce(usize) -> Result<(), SessionError>,
    ) -> Result<Wiped, SessionError> {
        if let Some(shape) = self.shape {
            shape.check(data).map_err(SessionError::WrittenOtherwise)?;
        }
        let bytes = codec.encode_to_vec(data).ok_or(SessionError::Encode)?;
        fits(bytes.len())?;
        codec.decode::<T>(&bytes).ok_or(SessionError::NotFaithful)?;
        Ok(bytes)
    }
}

/// Makes a `T` from the bytes of another shape.
pub(super) type Read<T> = Box<dyn Fn(&[u8]) -> Option<T> + Send + Sync>;

/// Another shape that a cookie reads.
pub(super) struct Reader<T> {
    pub(super) number: u32,
    pub(super) read: Read<T>,
}

/// The other shapes, before they are numbered.
pub(super) struct Readers<T>(Vec<Unnumbered<T>>);

struct Unnumbered<T> {
    /// For error messages.
    name: &'static str,
    number: Number,
    read: Read<T>,
}

enum Number {
    Given(u32),
    OfShape(fn() -> Result<&'static Shape, NoShape>),
}

impl<T> Default for Readers<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Readers<T> {
    pub(super) fn by_shape<Other: DeserializeOwned + 'static>(
        &mut self,
        into: impl Fn(Other) -> Option<T> + Send + Sync + 'static,
    ) {
        let read = move |bytes: &[u8]| into(Codec::Postcard.decode::<Other>(bytes)?);
        let number = Number::OfShape(Shape::of_read::<Other>);
        self.0.push(Unnumbered { name: type_name::<Other>(), number, read: Box::new(read) });
    }

    pub(super) fn by_number<Other: DeserializeOwned + 'static>(
        &mut self,
        number: u32,
        codec: Codec,
        into: impl Fn(Other) -> T + Send + Sync + 'static,
    ) {
        let read = move |bytes: &[u8]| codec.decode::<Other>(bytes).map(&into);
        let number = Number::Given(number);
        self.0.push(Unnumbered { name: type_name::<Other>(), number, read: Box::new(read) });
    }
}

impl<T: SessionData> Readers<T> {
    /// Numbers all shapes, and refuses two with the same number.
    pub(super) fn resolve(self, written: &Written) -> Result<(Own, Vec<Reader<T>>), SetupError> {
        let session = type_name::<T>();
        let own = written.own::<T>()?;
        let mut known = vec![(own.number, session)];
        let mut readers = Vec::new();
        for Unnumbered { name, number, read } in self.0 {
            let number = match number {
                Number::Given(number) => number,
                Number::OfShape(shape) => shape().map_err(|why| no_shape(name, why))?.number(0),
            };
            check(number)?;
            if let Some(&(_, first)) = known.iter().find(|(other, _)| *other == number) {
                return Err(Problem::SameShape { session, first, second: name, number }.into());
            }
            known.push((number, name));
            readers.push(Reader { number, read });
        }
        Ok((own, readers))
    }
}

fn check(number: u32) -> Result<(), SetupError> {
    if is_number(number) { Ok(()) } else { Err(Problem::Schema.into()) }
}

fn no_shape(session: &'static str, why: NoShape) -> SetupError {
    match why {
        NoShape::NotPostcard(reason) => Problem::NotPostcard { session, reason },
        NoShape::Untraceable(reason) => Problem::Untraceable { session, reason },
        NoShape::WrittenOtherwise(misfit) => Problem::WrittenOtherwise { session, misfit },
    }
    .into()
}
