//! The numbers that an enum's variants are written by, as the tracer's values have shown them.
//!
//! A number that was read need not be the one that is written: `#[serde(other)]` takes what is left, and an older variant may be
//! read as a newer one. But what is written must be read as that. So a number is good for the name that it was written with when
//! it was read itself.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::Tree;

/// An enum, and the number and name of one of its variants that was written.
pub(super) type Variant = (usize, usize, &'static str);

#[derive(Default)]
pub(super) struct Variants {
    /// By enum and number that was read: what was written of it.
    known: BTreeMap<(usize, usize), BTreeSet<(usize, &'static str)>>,
    seen: BTreeSet<Variant>,
}

impl Variants {
    /// A value was made of the variants `read`, with their enums, and `written` with these.
    pub(super) fn note(&mut self, read: &[(usize, usize)], written: &[Variant]) {
        for of in read.iter().map(|(of, _)| *of).collect::<BTreeSet<_>>() {
            let read = read.iter().filter(|read| read.0 == of).map(|read| read.1);
            let mut written = written.iter().filter(|written| written.0 == of).copied();
            let pairs: Vec<_> = read.map(|read| (read, written.next())).collect();
            // A set may have other places for its elements: then only what is alike tells anything.
            let is_one = pairs.iter().all(|pair| *pair == pairs[0]);
            for (read, written) in pairs {
                if let Some((_, number, name)) = written
                    && (is_one || number == read)
                {
                    self.known.entry((of, read)).or_default().insert((number, name));
                }
            }
        }
        self.seen.extend(written);
    }

    /// The first that is not read as what it is written of.
    pub(super) fn misread(&self, tree: &Tree) -> Option<Variant> {
        self.seen.iter().copied().find(|variant| !self.fits(tree, *variant))
    }

    pub(super) fn fits(&self, tree: &Tree, (of, number, name): Variant) -> bool {
        match self.known.get(&(of, number)) {
            Some(written) => written.contains(&(number, name)),
            // Never written alone: the list of names tells, unless there are aliases in it.
            None => tree.names(of).get(number) == Some(&name) && !tree.is_aliased(of),
        }
    }
}
