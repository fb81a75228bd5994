//! The shape of T: what postcard is asked for when a T is read. Every session carries its number (docs/shape.md).
//!
//! serde-reflection finds shapes too. It was not taken: it files types by name, so two types of one name are confused, and
//! every nested enum has to be named by the user. Here the shape is a tree, and a place in it is what tells types apart.

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

/// Schema numbers are below it.
const NUMBERS: u32 = 1 << 24;

/// What was found out about one type; it lasts as long as the process.
pub(crate) struct Shape {
    tree: Tree,
    variants: Variants,
    text: String,
}

/// Why a type has no shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoShape {
    /// postcard cannot carry it: it asks the data what it is.
    NotPostcard(String),
    /// The tracer could not please it.
    Untraceable(String),
    /// Its `Serialize` writes something else than its `Deserialize` reads.
    WrittenOtherwise(Misfit),
}

type Shapes = BTreeMap<TypeId, &'static Shape>;

/// The shapes of types that are read and written, and of those that are only read.
static BOTH: Mutex<Shapes> = Mutex::new(Shapes::new());
static READ: Mutex<Shapes> = Mutex::new(Shapes::new());

impl Shape {
    /// The shape of a session type, traced once a process. Each value that was made up for it is written again, and must fit.
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

    /// The shape of a type that sessions are only read as: an earlier or a later one.
    pub(crate) fn of_read<T: DeserializeOwned + 'static>() -> Result<&'static Self, NoShape> {
        once::<T>(&READ, || {
            let tree = tracer::trace::<T>(Guesses::with(None), |_, _, _| true)?;
            Ok(Self::new(tree, Variants::default()))
        })
    }

    fn new(tree: Tree, variants: Variants) -> Self {
        Self { text: text::text(&tree), tree, variants }
    }

    /// 24 bits of the fingerprint of shape and revision; never 0, which is the number of sessions without one.
    pub(crate) fn number(&self, revision: u32) -> u32 {
        let revision = revision.to_string();
        let text = self.text.as_bytes();
        let hash = sha256(&[b"hardtack shape 1\nrevision ", revision.as_bytes(), b"\n", text]);
        let [a, b, c, ..] = hash;
        u32::from_be_bytes([0, a, b, c]).max(1)
    }

    /// The shape as text.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether `value` is written as it will be read.
    pub(crate) fn check<T: Serialize>(&self, value: &T) -> Result<(), Misfit> {
        let walked = walker::walk(&self.tree, Known::All(&self.variants), value);
        walked.map(drop).map_err(Fault::kept)
    }
}

/// The tracing of a type takes thousands of calls: once a process is enough, since no outcome depends on anything but the type.
fn once<T: 'static>(
    known: &Mutex<Shapes>,
    trace: impl FnOnce() -> Result<Shape, NoShape>,
) -> Result<&'static Shape, NoShape> {
    let id = TypeId::of::<T>();
    let found = known.lock().unwrap_or_else(PoisonError::into_inner).get(&id).copied();
    if let Some(shape) = found {
        return Ok(shape);
    }
    // No lock is held while T's own code runs.
    let shape = trace()?;
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(known.entry(id).or_insert_with(|| Box::leak(Box::new(shape))))
}

/// Whether a number fits a token.
pub(crate) fn is_number(number: u32) -> bool {
    number < NUMBERS
}
