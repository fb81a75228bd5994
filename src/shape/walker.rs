//! Compares what a value writes with what its type would read.
//!
//! The shape serves as a grammar of the encoded bytes. Structs, tuples, newtypes and units encode to nothing themselves, so a
//! struct may be written as a tuple, and a newtype as its content; maps are sequences of pairs, texts and bytes are sequences of
//! u8. All wider integers of the same signedness are written alike. Names are not encoded, but we compare them all the same: two
//! fields of one type would swap if each is skipped in one direction, or if a hand-written `Serialize` uses another order.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde::ser::Serialize;

use super::serializer::Stopped;
use super::tree::{Ask, ROOT, Tree};
use super::variants::{Variant, Variants};

mod order;

use crate::error::Misfit;
pub(super) use order::{Counted, Listed};

/// Where a value does not fit, and how.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    pub(super) path: String,
    pub(super) what: &'static str,
}

impl Fault {
    pub(super) fn at(tree: &Tree, place: (usize, usize), what: &'static str) -> Self {
        Self { path: tree.path(place.0, place.1), what }
    }

    /// Turns it into an error that can be copied: each path is stored once per process, however often it is at fault.
    pub(super) fn kept(self) -> Misfit {
        static PATHS: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
        let mut paths = PATHS.lock().unwrap_or_else(PoisonError::into_inner);
        let known = paths.get(self.path.as_str()).copied();
        let path = known.unwrap_or_else(|| self.path.leak());
        paths.insert(path);
        Misfit { path, what: self.what }
    }
}

/// What is known about variants.
#[derive(Clone, Copy)]
pub(super) enum Known<'k> {
    /// The tracer is running: the variants that the value was made from, with their enums.
    Read(&'k [(usize, usize)]),
    /// The numbers under which all variants are written.
    All(&'k Variants),
}

/// Compares `value` with the tree, and returns the variants that it writes.
pub(super) fn walk<T: Serialize>(
    tree: &Tree,
    known: Known<'_>,
    value: &T,
) -> Result<Vec<Variant>, Fault> {
    let stack = vec![Item::Part(ROOT, 0)];
    let (fault, suspect) = (None, None);
    let mut walker = Walker { tree, known, stack, written: Vec::new(), fault, suspect };
    let done = value.serialize(&mut walker);
    // If it stopped without a fault, the error is the value's own, and sealing will report it.
    if walker.fault.is_none()
        && done.is_ok()
        && let Some(place) = walker.peek(0)
    {
        walker.fail(place, TOO_LITTLE);
    }
    match walker.fault {
        Some(fault) => Err(walker.suspect.unwrap_or(fault)),
        None => Ok(walker.written),
    }
}

/// What is expected next, the innermost last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    /// A part of a node.
    Part(usize, usize),
    /// Elements of a sequence or entries of a map: `left` more of them, with `width` parts each.
    Repeat { of: usize, width: usize, left: usize },
    /// Bytes of a text, one by one.
    Bytes { of: usize, part: usize, left: usize },
}

pub(super) struct Walker<'t> {
    tree: &'t Tree,
    known: Known<'t>,
    stack: Vec<Item>,
    written: Vec<Variant>,
    /// Stored here, because a `Serialize` may swallow errors.
    fault: Option<Fault>,
    /// A variant that is neither the one that was read nor the one named at its number. It explains what does not fit after it.
    suspect: Option<Fault>,
}

const OTHERWISE: &str = "is written as a different type than it is read";
const TOO_MUCH: &str = "is followed by something that is written but not read";
const TOO_LITTLE: &str = "is read but not written";
pub(super) const VARIANT: &str = "is written with a different number than it is read with (#[serde(skip)] on a variant before it)";
const LENGTH: &str = "is written without its length";

impl Walker<'_> {
    fn fail(&mut self, place: (usize, usize), what: &'static str) -> Stopped {
        self.fault.get_or_insert_with(|| Fault::at(self.tree, place, what));
        Stopped
    }

    /// Returns the next place that is encoded, and its node. Opens places that encode to nothing.
    fn next(&mut self) -> Result<((usize, usize), usize), Stopped> {
        loop {
            let Some(item) = self.stack.pop() else {
                return Err(self.fail((ROOT, 0), TOO_MUCH));
            };
            match item {
                Item::Part(of, part) => {
                    if let Some(id) = self.open(of, part) {
                        return Ok(((of, part), id));
                    }
                }
                Item::Repeat { of, left: 0, .. } | Item::Bytes { of, left: 0, .. } => {
                    self.stack.push(item);
                    let node = self.tree.node(of);
                    return Err(self.fail((node.of, node.part), TOO_MUCH));
                }
                Item::Repeat { of, width, left } => self.element(of, width, left),
                Item::Bytes { of, part, .. } => return Err(self.fail((of, part), OTHERWISE)),
            }
        }
    }

    /// Expects one more element or entry.
    fn element(&mut self, of: usize, width: usize, left: usize) {
        self.stack.push(Item::Repeat { of, width, left: left - 1 });
        self.stack.extend((0..width).rev().map(|part| Item::Part(of, part)));
    }

    /// Returns the node of a part, unless it encodes to nothing itself: then expects its parts.
    fn open(&mut self, of: usize, part: usize) -> Option<usize> {
        let id = self.tree.resolved(of, part)?;
        let asked = self.tree.node(id).asked.unwrap_or(0);
        match self.tree.node(id).ask {
            Ask::Leaf("unit") | Ask::UnitStruct(_) | Ask::UnitVariant | Ask::Nothing => None,
            Ask::Newtype(_) | Ask::NewtypeVariant => {
                self.stack.push(Item::Part(id, 0));
                None
            }
            Ask::Tuple(_)
            | Ask::TupleStruct(..)
            | Ask::Struct(..)
            | Ask::TupleVariant(_)
            | Ask::StructVariant(_) => {
                self.stack.extend((0..asked).rev().map(|part| Item::Part(id, part)));
                None
            }
            Ask::Leaf(_) | Ask::Option | Ask::Seq | Ask::Map | Ask::Enum(..) => Some(id),
        }
    }

    /// Returns the next place to be read above this height of the stack, if there is one.
    fn peek(&mut self, height: usize) -> Option<(usize, usize)> {
        while self.stack.len() > height {
            match self.stack.pop()? {
                Item::Part(of, part) => {
                    if self.open(of, part).is_some() {
                        return Some((of, part));
                    }
                }
                Item::Repeat { of, .. } => return Some((of, 0)),
                Item::Bytes { of, part, .. } => return Some((of, part)),
            }
        }
        None
    }

    pub(super) fn leaf(&mut self, written: &'static str) -> Result<(), Stopped> {
        if let Some(Item::Bytes { left, .. }) = self.stack.last_mut()
            && *left > 0
            && written == "u8"
        {
            *left -= 1;
            return Ok(());
        }
        let (place, id) = self.next()?;
        let fits = match self.tree.node(id).ask {
            Ask::Leaf(read) => on_wire(read) == on_wire(written),
            Ask::Seq => on_wire(written) == "bytes" && self.is_u8(id, 0),
            _ => false,
        };
        if fits { Ok(()) } else { Err(self.fail(place, OTHERWISE)) }
    }

    /// Whether a part is a single u8, however it is wrapped.
    fn is_u8(&self, of: usize, part: usize) -> bool {
        let Some(id) = self.tree.part(of, part) else { return false };
        let node = self.tree.node(id);
        match node.ask {
            Ask::Leaf(word) => word == "u8",
            Ask::Newtype(_) => self.is_u8(id, 0),
            Ask::Tuple(_) | Ask::TupleStruct(..) | Ask::Struct(..) => {
                node.asked == Some(1) && self.is_u8(id, 0)
            }
            _ => false,
        }
    }

    pub(super) fn option(&mut self, some: bool) -> Result<(), Stopped> {
        let (place, id) = self.next()?;
        if self.tree.node(id).ask != Ask::Option {
            return Err(self.fail(place, OTHERWISE));
        }
        if some {
            self.stack.push(Item::Part(id, 0));
        }
        Ok(())
    }

    pub(super) fn variant(&mut self, number: u32, name: &'static str) -> Result<(), Stopped> {
        let (place, id) = self.next()?;
        let node = self.tree.node(id);
        if !matches!(node.ask, Ask::Enum(..)) {
            return Err(self.fail(place, OTHERWISE));
        }
        let number = number as usize;
        let is_read = node.choices.get(number).is_some_and(|choice| !choice.refused);
        let fits = match self.known {
            Known::All(variants) => variants.fits(self.tree, (id, number, name)),
            Known::Read(_) => true,
        };
        if !is_read || !fits {
            return Err(self.fail((id, number), VARIANT));
        }
        if let Known::Read(read) = self.known {
            self.written.push((id, number, name));
            let is_named = self.tree.names(id).get(number) == Some(&name);
            if !is_named && !read.contains(&(id, number)) {
                self.suspect.get_or_insert_with(|| Fault::at(self.tree, (id, number), VARIANT));
            }
            if self.tree.part(id, number).is_none() {
                // The reader made it from another variant, whose content was not seen yet.
                return Err(Stopped);
            }
        }
        self.stack.push(Item::Part(id, number));
        Ok(())
    }

    /// `width` is 1 for a sequence, 2 for a map.
    pub(super) fn repeated(
        &mut self,
        length: Option<usize>,
        width: usize,
    ) -> Result<Counted, Stopped> {
        let (place, id) = self.next()?;
        let Some(left) = length else { return Err(self.fail(place, LENGTH)) };
        let item = match self.tree.node(id).ask {
            Ask::Seq => Item::Repeat { of: id, width: 1, left },
            Ask::Map => Item::Repeat { of: id, width: 2, left },
            Ask::Leaf("string" | "bytes") if width == 1 => {
                Item::Bytes { of: place.0, part: place.1, left }
            }
            _ => return Err(self.fail(place, OTHERWISE)),
        };
        self.stack.push(item);
        Ok(Counted::new(self.stack.len(), left))
    }

    fn is_empty(&self, of: usize, part: usize) -> bool {
        let Some(id) = self.tree.part(of, part) else { return true };
        let node = self.tree.node(id);
        if node.back.is_some() {
            return false;
        }
        match node.ask {
            Ask::Leaf(word) => word == "unit",
            Ask::Option | Ask::Seq | Ask::Map | Ask::Enum(..) => false,
            _ => (0..node.asked.unwrap_or(0)).all(|part| self.is_empty(id, part)),
        }
    }

    fn are_empty(&self, of: usize, width: usize) -> bool {
        (0..width).all(|part| self.is_empty(of, part))
    }
}

/// What postcard writes for a kind of leaf: integers of two bytes and more are varints, texts are bytes.
fn on_wire(word: &str) -> &str {
    match word {
        "u16" | "u32" | "u64" | "u128" => "unsigned",
        "i16" | "i32" | "i64" | "i128" => "signed",
        "string" => "bytes",
        other => other,
    }
}
