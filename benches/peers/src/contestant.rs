//! A way to keep a session in a cookie, ready to be timed.

use crate::alloc;
use crate::measure::{Act, act};

/// What users can do with their cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only keep it.
    Encrypted,
    /// Read it as well.
    Signed,
}

/// Where the measured work begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// From `T` to the cookie's value, and from the value to `T`.
    Token,
    /// From `T` to a `Set-Cookie` line, and from a `Cookie` line to `T`.
    Header,
}

pub struct Contestant {
    pub name: &'static str,
    pub kind: Kind,
    pub level: Level,
    /// The server can tell when the value was made.
    pub expires: bool,
    /// Bytes of the cookie's value.
    pub bytes: usize,
    pub seal: Act,
    pub open: Act,
    pub seal_allocations: u64,
    pub open_allocations: u64,
}

impl Contestant {
    /// `seal` makes a `value`, and `open` gets it. Both must unwrap, so that a failure is never timed.
    pub fn new<S, O>(
        (name, kind, level): (&'static str, Kind, Level),
        expires: bool,
        bytes: usize,
        mut seal: impl FnMut() -> S + 'static,
        mut open: impl FnMut() -> O + 'static,
    ) -> Self {
        // Once before counting, so that one-time set-up is not counted.
        drop((seal(), open()));
        let seal_allocations = alloc::count(|| drop(seal()));
        let open_allocations = alloc::count(|| drop(open()));
        let (seal, open) = (act(seal), act(open));
        Self { name, kind, level, expires, bytes, seal, open, seal_allocations, open_allocations }
    }

    pub fn is_ours(&self) -> bool {
        self.name.starts_with("hardtack")
    }
}
