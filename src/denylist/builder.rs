//! A denylist's settings, checked once.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::{Denylist, FailMode, Inner, Link, OnChange};
use crate::error::{Problem, SetupError};
use crate::time::Clock;

const CAPACITY: usize = 1_000_000;
const MOST: usize = 1 << 24;

/// Settings for a [`Denylist`]; [`Application::denylist_builder`](crate::Application::denylist_builder) returns it.
#[must_use = "a builder does nothing until `build`"]
pub struct DenylistBuilder<S: ?Sized> {
    capacity: usize,
    clock: Arc<dyn Clock>,
    on_change: Option<OnChange>,
    stale_after: Option<(Duration, FailMode)>,
    subject: PhantomData<fn(&S)>,
}

impl<S: ?Sized> DenylistBuilder<S> {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { capacity: CAPACITY, clock, on_change: None, stale_after: None, subject: PhantomData }
    }

    /// Sets the most entries, 1 to 2^24. Default: 1,000,000. There is one for each session revoked before its expiry, and one for
    /// each subject logged out everywhere.
    ///
    /// An entry takes 32 bytes, and a write copies a 256th of the list. When the list is full and less than a 64th of it has
    /// expired, it refuses sessions that nobody ended, the oldest first: see [`Denylist`].
    pub fn capacity(mut self, entries: usize) -> Self {
        self.capacity = entries;
        self
    }

    /// Calls `tell` with each change that this node makes: a snapshot of that one entry, which the other nodes
    /// [merge](Denylist::merge). Changes that arrived by a merge are not passed on.
    ///
    /// It runs inside the request that ended the session: put the bytes into a channel, and send them from there.
    pub fn on_change(mut self, tell: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        self.on_change = Some(Box::new(tell));
        self
    }

    /// Sets what to do when [`heartbeat`](Denylist::heartbeat) was not called for more than `after` (whole seconds), or not
    /// called yet. Default: the list belongs to this node alone and is never stale.
    ///
    /// With the feature `tracing`, each change of state is logged once, the next time the list is used.
    pub fn stale_after(mut self, after: Duration, mode: FailMode) -> Self {
        self.stale_after = Some((after, mode));
        self
    }

    /// Checks the settings and builds the list.
    ///
    /// # Errors
    /// A capacity of 0 or above 2^24, or an `after` of less than a second.
    pub fn build(self) -> Result<Denylist<S>, SetupError> {
        if !(1..=MOST).contains(&self.capacity) {
            return Err(Problem::Capacity.into());
        }
        if self.stale_after.is_some_and(|(after, _)| after.as_secs() == 0) {
            return Err(Problem::StaleAfter.into());
        }
        Ok(self.into_denylist())
    }

    /// Builds from settings that are known to be valid.
    pub(crate) fn into_denylist(self) -> Denylist<S> {
        let link = self.stale_after.map(|(after, mode)| Link::new(after, mode));
        let inner = Inner::new(self.capacity, self.clock, self.on_change, link);
        Denylist(Arc::new(inner), PhantomData)
    }
}

impl<S: ?Sized> fmt::Debug for DenylistBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (capacity, stale_after) = (&self.capacity, &self.stale_after);
        f.debug_struct("DenylistBuilder")
            .field("capacity", capacity)
            .field("stale_after", stale_after)
            .finish_non_exhaustive()
    }
}
