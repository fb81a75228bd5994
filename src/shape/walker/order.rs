//! Which part comes next: each part must be written exactly where it is read. A correct total is not enough, since one part may
//! be short and the next one long.

use super::{Item, Stopped, TOO_LITTLE, TOO_MUCH, Walker};
use crate::shape::tree::{Ask, ROOT};

const SKIPPED: &str = "is skipped when written (skip_serializing_if), but still read";
const PLACE: &str =
    "is read but not written in its place (another order, or a skip for one direction only)";
const NAME: &str =
    "is read where another name is written (a rename or a skip for one direction only)";
const MISCOUNTED: &str = "is written more or less often than its length says";

/// A struct or tuple in progress: which one is read there, and the first name or part that may come next.
pub(in crate::shape) struct Listed {
    of: usize,
    next: usize,
    /// What is expected after it.
    height: usize,
    behind: Option<Item>,
}

/// A sequence or map in progress: the height of the stack at its start, the length that was announced, and how many came so far.
pub(in crate::shape) struct Counted {
    height: usize,
    length: usize,
    count: usize,
}

impl Counted {
    pub(super) fn new(height: usize, length: usize) -> Self {
        Self { height, length, count: 0 }
    }
}

impl Walker<'_> {
    /// Begins a struct or tuple: the one that is read here, if its parts are the ones being written.
    pub(in crate::shape) fn list(&mut self, named: bool, length: usize) -> Option<Listed> {
        while let Some(item) = self.stack.pop() {
            match item {
                Item::Part(of, part) => {
                    let Some(id) = self.tree.resolved(of, part) else { continue };
                    // A place that encodes to nothing leaves no trace: it may be this one, or one that we have passed.
                    let is_empty = self.is_empty(of, part);
                    let behind = (self.stack.len(), self.stack.last().copied());
                    if self.open(of, part).is_some() {
                        self.stack.push(item);
                        return None;
                    }
                    let is_known = match self.tree.node(id).ask {
                        Ask::Struct(..) | Ask::StructVariant(_) if named => true,
                        Ask::Struct(..) | Ask::StructVariant(_) => self.asked(id) == length,
                        Ask::Tuple(_) | Ask::TupleStruct(..) | Ask::TupleVariant(_) => {
                            self.asked(id) == length
                        }
                        _ => continue,
                    };
                    let (height, behind) = behind;
                    let listed = Listed { of: id, next: 0, height, behind };
                    return (is_known && !is_empty).then_some(listed);
                }
                Item::Repeat { of, width, left } if left > 0 && !self.are_empty(of, width) => {
                    self.element(of, width, left);
                }
                Item::Repeat { .. } | Item::Bytes { .. } => {
                    self.stack.push(item);
                    return None;
                }
            }
        }
        None
    }

    fn asked(&self, id: usize) -> usize {
        self.tree.node(id).asked.unwrap_or(0)
    }

    /// Handles a part without a name.
    pub(in crate::shape) fn listed(&mut self, list: &mut Listed) -> Result<(), Stopped> {
        self.reach(list, list.next)?;
        list.next += 1;
        Ok(())
    }

    /// Handles a field, which must be the one that is read next.
    pub(in crate::shape) fn field(&mut self, list: &mut Listed, name: &str) -> Result<(), Stopped> {
        let Listed { of, next, .. } = *list;
        let names = self.tree.names(of);
        if names.is_empty() {
            return self.listed(list);
        }
        let (before, rest) = names.split_at(next);
        let Some(passed) = rest.iter().position(|known| *known == name) else {
            return Err(match before.iter().position(|known| *known == name) {
                Some(at) => self.fail((of, at), PLACE),
                None => self.fail((of, next.min(names.len().saturating_sub(1))), NAME),
            });
        };
        // With aliases, a place in the list is not the number of a part.
        if self.asked(of) == names.len() {
            if !(next..next + passed).all(|part| self.is_empty(of, part)) {
                return Err(self.fail((of, next), PLACE));
            }
            self.reach(list, next + passed)?;
        }
        list.next += passed + 1;
        Ok(())
    }

    pub(in crate::shape) fn skipped(
        &mut self,
        list: Option<&Listed>,
        name: &str,
    ) -> Result<(), Stopped> {
        let at = |list: &Listed| {
            let at = self.tree.names(list.of).iter().position(|known| *known == name);
            at.map(|at| (list.of, at))
        };
        let place = match list.and_then(at) {
            Some(place) => place,
            None => self.next()?.0,
        };
        Err(self.fail(place, SKIPPED))
    }

    pub(in crate::shape) fn end_list(&mut self, list: &Listed) -> Result<(), Stopped> {
        self.reach(list, self.asked(list.of))
    }

    /// Checks that everything before this part was written, and nothing of the part itself.
    fn reach(&mut self, list: &Listed, part: usize) -> Result<(), Stopped> {
        let Listed { of, height, behind, .. } = *list;
        let left = self.asked(of).saturating_sub(part);
        if let Some(place) = self.peek(height + left) {
            return Err(self.fail(place, TOO_LITTLE));
        }
        let expected = if left == 0 { behind } else { Some(Item::Part(of, part)) };
        if self.stack.len() == height + left && self.stack.last().copied() == expected {
            return Ok(());
        }
        Err(self.fail((of, part.saturating_sub(1)), TOO_MUCH))
    }

    /// Begins an element or entry: the one before must be complete.
    pub(in crate::shape) fn counted(&mut self, list: &mut Counted) -> Result<(), Stopped> {
        let left = list.length.checked_sub(list.count);
        list.count += 1;
        if let Some(place) = self.peek(list.height) {
            return Err(self.fail(place, TOO_LITTLE));
        }
        match self.stack.last().copied().filter(|_| self.stack.len() == list.height) {
            Some(Item::Repeat { of, width, .. }) if self.are_empty(of, width) => Ok(()),
            Some(Item::Repeat { left: found, .. } | Item::Bytes { left: found, .. })
                if left == Some(found) =>
            {
                Ok(())
            }
            Some(Item::Repeat { of, .. }) => Err(self.fail((of, 0), TOO_MUCH)),
            Some(Item::Bytes { of, part, .. } | Item::Part(of, part)) => {
                Err(self.fail((of, part), TOO_MUCH))
            }
            None => Err(self.fail((ROOT, 0), TOO_MUCH)),
        }
    }

    pub(in crate::shape) fn end_counted(&mut self, list: &Counted) -> Result<(), Stopped> {
        if let Some(place) = self.peek(list.height) {
            return Err(self.fail(place, TOO_LITTLE));
        }
        let (place, fits) = match self.stack.pop() {
            // Elements that encode to nothing leave no trace.
            Some(Item::Repeat { of, width, left }) if self.are_empty(of, width) => {
                let fits = left == list.count;
                return if fits { Ok(()) } else { Err(self.fail((of, 0), MISCOUNTED)) };
            }
            Some(Item::Repeat { of, left, .. }) => ((of, 0), left == 0),
            Some(Item::Bytes { of, part, left }) => ((of, part), left == 0),
            Some(Item::Part(of, part)) => ((of, part), false),
            None => ((ROOT, 0), false),
        };
        if fits { Ok(()) } else { Err(self.fail(place, TOO_LITTLE)) }
    }
}
