//! The numbers under which an enum's variants are written, as the tracer's values have shown.
//!
//! A variant need not be written under the number it was read with: `#[serde(other)]` accepts all remaining numbers, and an older
//! variant may be read as a newer one. But whatever is written must be read as the same variant. So a number is valid for a name
//! if some value that was read with the number was written with that number and name.

use std::collections::{BTreeMap, BTreeSet};

use super::tree::Tree;

/// An enum, and the number and name of one of its variants that was written.
pub(super) type Variant = (usize, usize, &'static str);

#[derive(Default)]
pub(super) struct Variants {
    /// By enum and number read: what was written for it.
    known: BTreeMap<(usize, usize), BTreeSet<(usize, &'static str)>>,
    seen: BTreeSet<Variant>,
}

impl Variants {
    /// Records a value that was made from the variants `read`, with their enums, and wrote the variants `written`.
    pub(super) fn note(&mut self, read: &[(usize, usize)], written: &[Variant]) {
        for of in read.iter().map(|(of, _)| *of).collect::<BTreeSet<_>>() {
            let read = read.iter().filter(|read| read.0 == of).map(|read| read.1);
            let mut written = written.iter().filter(|written| written.0 == of).copied();
            let pairs: Vec<_> = read.map(|read| (read, written.next())).collect();
            // A set may put its elements in other places. Then only pairs that agree tell us anything.
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

    /// Returns the first variant that is not read as the one that was written.
    pub(super) fn misread(&self, tree: &Tree) -> Option<Variant> {
        self.seen.iter().copied().find(|variant| !self.fits(tree, *variant))
    }

    pub(super) fn fits(&self, tree: &Tree, (of, number, name): Variant) -> bool {
        match self.known.get(&(of, number)) {
            Some(written) => written.contains(&(number, name)),
            // It was never written alone. Then its place in the list of names decides, unless the list has aliases.
            None => tree.names(of).get(number) == Some(&name) && !tree.is_aliased(of),
        }
    }
}
