//! Which cookie came before ours, and between which dates we read it.

use std::fmt;

use super::reader::OldCookieReader;
use crate::claims::Class;
use crate::cookie::Scope;
use crate::time::Timestamp;

/// The two dates of a move. They parse from RFC 3339: `"2030-03-01T00:00:00Z".parse()?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moving {
    /// When the site moved, or will move. If an old cookie does not tell its time, its session counts as started then, however
    /// old it is. So no old cookie is younger than the move, and its absolute timeout runs out.
    pub since: Timestamp,
    /// The cut-off: from then on, nobody reads the old cookie.
    pub until: Timestamp,
}

/// A cookie that another system set, and how to treat it. Pass it to
/// [`SessionCookieBuilder::predecessor`](crate::SessionCookieBuilder::predecessor).
#[must_use = "a predecessor does nothing until a builder has it"]
pub struct Predecessor<T>(Parts<T>);

/// The settings of a predecessor.
pub(crate) struct Parts<T> {
    pub(crate) name: String,
    pub(crate) moving: Moving,
    pub(crate) class: Class,
    /// Scopes other than `/` in which the browser may keep the old cookie.
    pub(crate) scopes: Vec<Scope>,
    pub(crate) kept: bool,
    pub(crate) reader: Box<dyn OldCookieReader<T>>,
}

impl<T> Predecessor<T> {
    /// Describes the old cookie `name`, which `reader` reads until the cut-off.
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

    /// Names a scope in which the old cookie was set, if that was not `Path=/` for this host only, so that it is removed there
    /// too. Call it once for each scope.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.0.scopes.push(scope);
        self
    }

    /// Turns old sessions into remembered ones. Default: standard ones.
    pub fn remembered(mut self) -> Self {
        self.0.class = Class::Remembered;
        self
    }

    /// Leaves the old cookie in the browser until its user logs in or out. Use this while the old system still serves part of the
    /// site. Default: the old cookie is removed as soon as the session has moved.
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
