//! The shape of `T`: what its `Deserialize` asks postcard for. Every session carries the shape's number (docs/shape.md).
//!
//! We do not use serde-reflection, which finds shapes too. It files types by name, so it confuses two types with one name, and
//! the user must name every nested enum. Here the shape is a tree, and the place in the tree tells types apart.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::crypto::sha256;
use crate::error::Misfit;

mod deserializer;
mod guesses;
mod parts;
mod sample;
mod serializer;
#[cfg(test)]
mod tests;
mod text;
mod tracer;
mod tree;
mod variants;
mod walker;

use guesses::Guesses;
pub(crate) use sample::Sample;
use tree::Tree;
use variants::Variants;
use walker::{Fault, Known, VARIANT};

/// All schema numbers are below this.
const NUMBERS: u32 = 1 << 24;

/// What we know about one type. It lasts as long as the process.
pub(crate) struct Shape {
    tree: Tree,
    variants: Variants,
    text: String,
}

/// Why a type has no shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoShape {
    /// postcard cannot encode it, because it asks the data what it is.
    NotPostcard(String),
    /// The tracer found no value that the type accepts.
    Untraceable(String),
    /// Its `Serialize` writes something other than its `Deserialize` reads.
    WrittenOtherwise(Misfit),
}

type Shapes = BTreeMap<TypeId, &'static Shape>;

/// The shapes of types that are read and written, and of those that are only read.
static BOTH: Mutex<Shapes> = Mutex::new(Shapes::new());
static READ: Mutex<Shapes> = Mutex::new(Shapes::new());

impl Shape {
    /// Returns the shape of a session type, traced once per process. Each made-up value is also written back, and must fit.
    pub(crate) fn of<T: Serialize + DeserializeOwned + 'static>(
        sample: Option<&Sample>,
    ) -> Result<&'static Self, NoShape> {
        once::<T>(&BOTH, || {
            let (mut misfit, mut variants) = (None, Variants::default());
            let tree = tracer::trace::<T>(Guesses::with(sample), |tree, read, value| {
                match walker::walk(tree, Known::Read(read), value) {
                    Ok(written) => variants.note(read, &written),
                    Err(fault) => misfit = Some(fault),
                }
                misfit.is_none()
            });
            let otherwise = |fault: Fault| NoShape::WrittenOtherwise(fault.kept());
            misfit.map_or(Ok(()), Err).map_err(otherwise)?;
            let tree = tree?;
            match variants.misread(&tree) {
                Some((of, number, _)) => Err(otherwise(Fault::at(&tree, (of, number), VARIANT))),
                None => Ok(Self::new(tree, variants)),
            }
        })
    }

    /// Returns the shape of a type that sessions are only read as: an earlier or a later version.
    pub(crate) fn of_read<T: DeserializeOwned + 'static>() -> Result<&'static Self, NoShape> {
        once::<T>(&READ, || {
            let tree = tracer::trace::<T>(Guesses::with(None), |_, _, _| true)?;
            Ok(Self::new(tree, Variants::default()))
        })
    }

    fn new(tree: Tree, variants: Variants) -> Self {
        Self { text: text::text(&tree), tree, variants }
    }

    /// Returns 24 bits of the fingerprint of shape and revision. Never 0, which is the number of sessions without a shape.
    pub(crate) fn number(&self, revision: u32) -> u32 {
        let revision = revision.to_string();
        let text = self.text.as_bytes();
        let hash = sha256(&[b"hardtack shape 1\nrevision ", revision.as_bytes(), b"\n", text]);
        let [a, b, c, ..] = hash;
        u32::from_be_bytes([0, a, b, c]).max(1)
    }

    /// Returns the shape as text.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Checks that `value` is written the way it will be read.
    pub(crate) fn check<T: Serialize>(&self, value: &T) -> Result<(), Misfit> {
        let walked = walker::walk(&self.tree, Known::All(&self.variants), value);
        walked.map(drop).map_err(Fault::kept)
    }
}

/// Tracing a type takes thousands of calls. Once per process is enough, because the outcome depends only on the type.
fn once<T: 'static>(
    known: &Mutex<Shapes>,
    trace: impl FnOnce() -> Result<Shape, NoShape>,
) -> Result<&'static Shape, NoShape> {
    let id = TypeId::of::<T>();
    let found = known.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied();
    if let Some(shape) = found {
        return Ok(shape);
    }
    // No lock is held while `T`'s own code runs.
    let shape = trace()?;
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(known.entry(id).or_insert_with(|| Box::leak(Box::new(shape))))
}

/// Whether a number fits a token.
pub(crate) fn is_number(number: u32) -> bool {
    number < NUMBERS
}
