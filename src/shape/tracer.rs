//! Finds a shape: decides which value to make up next at each place, until everything was seen.
//!
//! It deserialises `T` again and again. At every enum, each run takes the first variant that is not yet fully known; the tree is
//! complete when none is left. A container inside itself becomes a reference back, not a new place. From there the run takes the
//! shortest way out: `None`, no elements, a variant that ends. A value that `T` refused is not tried again.

use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde::de::{DeserializeOwned, DeserializeSeed};

use super::NoShape;
use super::deserializer::{Deserializer, Error};
use super::guesses::Guesses;
use super::tree::{Ask, Choice, Place, ROOT, Tree, Types};

/// How often to run `T`'s `Deserialize`. Each run sees at least one new variant, or one more value refused.
const RUNS: usize = 20_000;
/// The most places in one shape.
const PLACES: usize = 20_000;
/// The most places inside each other. A test thread's stack has 2 MiB.
const DEPTH: usize = 128;
/// How often to try a type that takes every part and then refuses the whole.
const TRIES: usize = 64;

pub(super) struct Tracer {
    tree: Tree,
    guesses: Guesses,
    /// Why `T` cannot be traced. Stored here, because a `Deserialize` may swallow errors.
    failure: Option<NoShape>,
    /// What `T`'s `Deserialize` said when it last refused a value.
    refusal: String,
    /// Whether this run's error was already attributed to a place.
    blamed: bool,
    /// Whether this run has found something new.
    moved: bool,
    /// How many leaves this run has visited.
    leaves: usize,
    /// The variants that this run took, with their enums.
    chosen: Vec<(usize, usize)>,
}

/// Traces `T`. Each value that comes out is shown to `look`, together with the tree so far and the variants chosen for it. `look`
/// returns whether to go on.
pub(super) fn trace<T: DeserializeOwned>(
    guesses: Guesses,
    mut look: impl FnMut(&Tree, &[(usize, usize)], &T) -> bool,
) -> Result<Tree, NoShape> {
    let mut tracer = Tracer {
        tree: Tree::new(),
        guesses,
        failure: None,
        refusal: String::new(),
        blamed: false,
        moved: false,
        leaves: 0,
        chosen: Vec::new(),
    };
    for _ in 0..RUNS {
        (tracer.blamed, tracer.moved, tracer.leaves) = (false, false, 0);
        tracer.chosen.clear();
        // A panic in `T`'s own code is a reason like any other, if the profile lets us catch it.
        let run = catch_unwind(AssertUnwindSafe(|| {
            let value = tracer.visit(Place::TOP, PhantomData::<T>);
            value.map_or(true, |value| look(&tracer.tree, &tracer.chosen, &value))
        }));
        let Ok(go_on) = run else {
            tracer.fail(ROOT, 0, "its own code panics over a made-up value");
            return Err(tracer.into_failure());
        };
        let complete = tracer.tree.is_complete(ROOT, 0);
        if !complete && !tracer.moved {
            tracer.refused(ROOT, 0);
        }
        if tracer.failure.is_some() {
            return Err(tracer.into_failure());
        }
        if complete || !go_on {
            return Ok(tracer.tree);
        }
    }
    Err(NoShape::Untraceable(format!("{RUNS} made-up values did not reach all of it")))
}

impl Tracer {
    fn into_failure(self) -> NoShape {
        self.failure.unwrap_or(NoShape::Untraceable(self.refusal))
    }

    /// Lets `seed` ask for what belongs in `place`.
    pub(super) fn visit<'de, S: DeserializeSeed<'de>>(
        &mut self,
        place: Place,
        seed: S,
    ) -> Result<S::Value, Error> {
        let result = seed.deserialize(Deserializer { tracer: self, place });
        self.close(place, result)
    }

    /// The innermost place that returns an error is the one that refused its value.
    pub(super) fn close<X>(&mut self, place: Place, result: Result<X, Error>) -> Result<X, Error> {
        let found = self.tree.part(place.of, place.part);
        match (&result, found) {
            (Ok(_), None) => {
                self.enter(place, Ask::Nothing, Types::NONE)?;
            }
            (Err(error), _) if !self.blamed && self.failure.is_none() => {
                self.refusal.clone_from(&error.0);
                match found {
                    Some(id) => self.blame(self.tree.node(id).back.unwrap_or(id)),
                    None => drop(self.refused(place.of, place.part)),
                }
            }
            _ => {}
        }
        result
    }

    /// Records what belongs in a place, and returns where its first part goes.
    pub(super) fn enter(&mut self, place: Place, ask: Ask, types: Types) -> Result<Place, Error> {
        let Place { of, part, depth, leave } = place;
        if depth > DEPTH {
            let what = format!("it nests deeper than {DEPTH} levels, or none of its values ends");
            return Err(self.fail(of, part, &what));
        }
        let id = match self.tree.part(of, part) {
            Some(id) => {
                let node = self.tree.node(id);
                if (node.ask, node.types) != (ask, types) {
                    return Err(self.fail(of, part, "what it asks for depends on other values"));
                }
                id
            }
            None if self.tree.len() > PLACES => {
                return Err(self.fail(of, part, &format!("the shape has over {PLACES} places")));
            }
            None => {
                self.moved = true;
                self.tree.add(of, part, ask, types)
            }
        };
        let back = self.tree.node(id).back;
        let leave = leave || back.is_some();
        Ok(Place { of: back.unwrap_or(id), part: 0, depth: depth + 1, leave })
    }

    /// Lets `visit` ask for the only part of a container.
    pub(super) fn only<X>(
        &mut self,
        inner: Place,
        visit: impl FnOnce(Deserializer<'_>) -> Result<X, Error>,
    ) -> Result<X, Error> {
        let result = visit(Deserializer { tracer: self, place: inner });
        let value = self.close(inner, result)?;
        self.finish(inner.of, 1)?;
        Ok(value)
    }

    /// Called when a container's visitor has taken `asked` parts and succeeded.
    pub(super) fn finish(&mut self, id: usize, asked: usize) -> Result<(), Error> {
        if self.tree.node(id).asked.is_some_and(|before| before != asked) {
            return Err(self.fail(id, asked, "how many parts it takes depends on their values"));
        }
        self.tree.node_mut(id).asked = Some(asked);
        if (0..asked).all(|part| self.tree.is_complete(id, part)) {
            self.complete(id);
        }
        Ok(())
    }

    fn complete(&mut self, id: usize) {
        let node = self.tree.node_mut(id);
        self.moved |= !node.complete;
        node.complete = true;
    }

    /// Returns the next value for a leaf.
    pub(super) fn value<X: Copy>(
        &mut self,
        leaf: Place,
        list: impl Fn(&Guesses) -> &[X],
    ) -> Result<X, Error> {
        let id = leaf.of;
        let values = list(&self.guesses);
        let (offset, count) = (self.tree.offset(id), values.len());
        // If a container refuses its parts together, try the second value of each first, then mixtures, rising ones first.
        let first = offset + offset.saturating_sub(1) * self.leaves;
        self.leaves += 1;
        let node = self.tree.node_mut(id);
        node.choices.resize(count, Choice::default());
        let mut order = (0..count).map(|step| (first + step) % count);
        match order.find(|value| !node.choices[*value].refused) {
            Some(value) => {
                node.chosen = value;
                Ok(values[value])
            }
            None => Err(self.refused(self.tree.node(id).of, self.tree.node(id).part)),
        }
    }

    /// Picks the next variant for an enum, and returns the place of its content.
    pub(super) fn choose(&mut self, inner: Place) -> Result<Place, Error> {
        let Place { of: id, leave, .. } = inner;
        let offset = self.tree.offset(id);
        let node = self.tree.node_mut(id);
        let (choices, ends) = (&node.choices, &node.ends);
        let mut open = (0..choices.len()).filter(|v| !choices[*v].refused);
        let variant = if !leave && !node.complete {
            open.find(|v| !choices[*v].complete)
        } else if ends.is_empty() {
            // Take the one that is least often in progress, so that every cycle ends if it can.
            open.min_by_key(|v| choices[*v].under_way)
        } else {
            // The variant that ended first contains none that ended after it, so this way out is finite.
            Some(ends[if leave { 0 } else { offset % ends.len() }])
        };
        match variant {
            Some(variant) => {
                node.chosen = variant;
                node.choices[variant].under_way += 1;
                self.chosen.push((id, variant));
                Ok(Place { part: variant, ..inner })
            }
            None => Err(self.refused(self.tree.node(id).of, self.tree.node(id).part)),
        }
    }

    /// Called when an enum's visitor is done with the variant.
    pub(super) fn left<X>(&mut self, place: Place, result: Result<X, Error>) -> Result<X, Error> {
        let Place { of: id, part: variant, .. } = place;
        self.tree.node_mut(id).choices[variant].under_way -= 1;
        let seen = self.tree.part(id, variant).is_some();
        match &result {
            Ok(_) if !seen => {
                self.enter(place, Ask::UnitVariant, Types::NONE)?;
            }
            Err(_) if !seen => self.refuse_variant(place),
            _ => {}
        }
        if result.is_ok() {
            self.ended(id, variant);
        }
        result
    }

    fn ended(&mut self, id: usize, variant: usize) {
        let complete = self.tree.is_complete(id, variant);
        let node = self.tree.node_mut(id);
        if !node.ends.contains(&variant) {
            node.ends.push(variant);
        }
        self.moved |= complete && !node.choices[variant].complete;
        node.choices[variant].complete |= complete;
        self.ended_all(id);
    }

    fn ended_all(&mut self, id: usize) {
        let node = self.tree.node(id);
        let done = node.choices.iter().all(|choice| choice.complete || choice.refused);
        if done && !node.ends.is_empty() {
            self.complete(id);
        }
    }

    /// The enum has no such number: with aliases, its list has more names than variants.
    pub(super) fn refuse_variant(&mut self, place: Place) {
        if !self.blamed && self.failure.is_none() {
            (self.blamed, self.moved) = (true, true);
            self.tree.node_mut(place.of).choices[place.part].refused = true;
            self.ended_all(place.of);
        }
    }

    fn blame(&mut self, id: usize) {
        (self.blamed, self.moved) = (true, true);
        let node = self.tree.node_mut(id);
        if matches!(node.ask, Ask::Leaf(_)) && !node.choices.is_empty() {
            node.choices[node.chosen].refused = true;
            return;
        }
        if matches!(node.ask, Ask::Enum(..)) && node.ends.len() > 1 {
            node.ends.retain(|variant| *variant != node.chosen);
        }
        node.tries += 1;
        if node.tries > TRIES {
            let (of, part) = (node.of, node.part);
            self.refused(of, part);
        }
    }

    /// How many elements to offer: at least one, until that one is fully known.
    pub(super) fn elements(&self, inner: Place) -> usize {
        let Place { of: id, leave, .. } = inner;
        let node = self.tree.node(id);
        let none = if leave {
            node.tries.is_multiple_of(2)
        } else {
            node.complete && self.tree.offset(id) % 2 == 1
        };
        if none { 0 } else { 1 + node.tries / 2 }
    }

    fn refused(&mut self, of: usize, part: usize) -> Error {
        let mut what = "it refuses every made-up value".to_owned();
        if !self.refusal.is_empty() {
            what += &format!(" (\"{}\")", self.refusal.escape_debug());
        }
        self.fail(of, part, &what)
    }

    pub(super) fn fail(&mut self, of: usize, part: usize, what: &str) -> Error {
        self.fail_as(NoShape::Untraceable, of, part, what)
    }

    /// The type asks the data what it is, which postcard does not know.
    pub(super) fn not_postcard(&mut self, of: usize, part: usize, what: &str) -> Error {
        self.fail_as(NoShape::NotPostcard, of, part, what)
    }

    fn fail_as(
        &mut self,
        kind: fn(String) -> NoShape,
        of: usize,
        part: usize,
        what: &str,
    ) -> Error {
        let reason = format!("at {}, {what}", self.tree.path(of, part));
        self.failure.get_or_insert_with(|| kind(reason.clone()));
        Error(reason)
    }
}
