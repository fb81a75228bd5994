//! One way to keep a session in a cookie, ready to be timed.

use crate::alloc;
use crate::measure::{Act, act};

/// What the browser's user can do with the cookie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Keep it.
    Encrypted,
    /// Read it, too.
    Signed,
}

/// Where the measured work begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The cookie's value from T, T from the value.
    Token,
    /// A `Set-Cookie` line from T, T from a `Cookie` line.
    Header,
}

pub struct Contestant {
    pub name: &'static str,
    pub kind: Kind,
    pub level: Level,
    /// The server can tell when the value was made.
    pub expires: bool,
    /// Octets of the cookie's value.
    pub octets: usize,
    pub seal: Act,
    pub open: Act,
    pub seal_allocations: u64,
    pub open_allocations: u64,
}

impl Contestant {
    /// `value` is what `seal` makes and `open` is given. Both must unwrap: a failure is never timed.
    pub fn new<S, O>(
        (name, kind, level): (&'static str, Kind, Level),
        expires: bool,
        octets: usize,
        mut seal: impl FnMut() -> S + 'static,
        mut open: impl FnMut() -> O + 'static,
    ) -> Self {
        // Once before counting, so that what is set up once is not counted.
        drop((seal(), open()));
        let seal_allocations = alloc::count(|| drop(seal()));
        let open_allocations = alloc::count(|| drop(open()));
        let (seal, open) = (act(seal), act(open));
        Self { name, kind, level, expires, octets, seal, open, seal_allocations, open_allocations }
    }

    pub fn is_ours(&self) -> bool {
        self.name.starts_with("hardtack")
    }
}
