//! Which cookie came before, and between which dates it counts.

use std::fmt;

use super::reader::OldCookieReader;
use crate::claims::Class;
use crate::cookie::Scope;
use crate::time::Timestamp;

/// The two dates of a move. They parse from RFC 3339: `"2030-03-01T00:00:00Z".parse()?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moving {
    /// When the site moved, or will. A session whose old cookie tells no time counts as started then, whenever that was: so no old
    /// cookie is younger than the move, and its absolute timeout runs out.
    pub since: Timestamp,
    /// The cut-off: from then on nobody reads the old cookie any more.
    pub until: Timestamp,
}

/// A cookie that another system set, and what becomes of it; for
/// [`SessionCookieBuilder::predecessor`](crate::SessionCookieBuilder::predecessor).
#[must_use = "a predecessor does nothing until a builder has it"]
pub struct Predecessor<T>(Parts<T>);

/// What a predecessor is made of.
pub(crate) struct Parts<T> {
    pub(crate) name: String,
    pub(crate) moving: Moving,
    pub(crate) class: Class,
    /// Where the old cookie may lie besides `/`.
    pub(crate) scopes: Vec<Scope>,
    pub(crate) kept: bool,
    pub(crate) reader: Box<dyn OldCookieReader<T>>,
}

impl<T> Predecessor<T> {
    /// The old cookie `name`, read by `reader` until the cut-off.
    pub fn new(name: &str, moving: Moving, reader: impl OldCookieReader<T>) -> Self {
        Self(Parts {
            name: name.to_owned(),
            moving,
            class: Class::Standard,
            scopes: Vec::new(),
            kept: false,
            reader: Box::new(reader),
        })
    }

    /// Where the old cookie was set, if that was not `Path=/` of the host alone: it is removed there too. Call it once for each place.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.0.scopes.push(scope);
        self
    }

    /// Makes remembered sessions of the old ones. Default: standard ones.
    pub fn remembered(mut self) -> Self {
        self.0.class = Class::Remembered;
        self
    }

    /// Leaves the old cookie in the browser until its user logs in or out, for as long as the old system still answers a part of the
    /// site. Default: it is removed as soon as the session has moved.
    pub fn kept(mut self) -> Self {
        self.0.kept = true;
        self
    }

    pub(crate) fn into_parts(self) -> Parts<T> {
        self.0
    }
}

impl<T> fmt::Debug for Predecessor<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts { name, moving, class, scopes, kept, .. } = &self.0;
        f.debug_struct("Predecessor")
            .field("name", name)
            .field("moving", moving)
            .field("class", class)
            .field("scopes", scopes)
            .field("kept", kept)
            .finish_non_exhaustive()
    }
}
