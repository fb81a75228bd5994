//! A denylist's settings, checked once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Denylist, Fallback, Inner, Link, OnChange};
use crate::error::ConfigError;
use crate::time::{Clock, SystemClock};

const CAPACITY: usize = 1_000_000;
const MOST: usize = 1 << 24;

/// Settings of a [`Denylist`]; made by [`Denylist::builder`].
#[must_use = "a builder does nothing until `build`"]
pub struct DenylistBuilder {
    capacity: usize,
    clock: Arc<dyn Clock>,
    on_change: Option<OnChange>,
    out_of_touch: Option<(Duration, Fallback)>,
}

impl DenylistBuilder {
    pub(super) fn new() -> Self {
        Self {
            capacity: CAPACITY,
            clock: Arc::new(SystemClock),
            on_change: None,
            out_of_touch: None,
        }
    }

    /// The most entries, 1 to 2^24: one for each session that was ended and not yet over by itself, and one for each subject logged
    /// out everywhere. Default: 1,000,000.
    ///
    /// An entry takes 32 octets; a write copies a 256th of the list. A list that is full, and of which less than a 64th
    /// has expired, refuses sessions that nobody ended, the oldest first: see [`Denylist`].
    pub fn capacity(mut self, entries: usize) -> Self {
        self.capacity = entries;
        self
    }

    /// What the list reads the time from. Default: the operating system.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Hands over each change that this node makes, as a snapshot of that one entry, for the others to [merge](Denylist::merge). What
    /// came by a merge is not handed over again.
    ///
    /// It runs in the request that ended the session: put the octets into a channel, and send them from there.
    pub fn on_change(mut self, tell: impl Fn(&[u8]) + Send + Sync + 'static) -> Self {
        self.on_change = Some(Box::new(tell));
        self
    }

    /// What to do once [`heard`](Denylist::heard) was not called for more than `after`, in whole seconds, and before it is called
    /// the first time. Default: the list is this node's alone, and in touch.
    ///
    /// Each change of state is logged once, with the feature `tracing`, when somebody looks.
    pub fn when_out_of_touch(mut self, after: Duration, fallback: Fallback) -> Self {
        self.out_of_touch = Some((after, fallback));
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`ConfigError::Capacity`], [`ConfigError::OutOfTouch`].
    pub fn build(self) -> Result<Denylist, ConfigError> {
        if !(1..=MOST).contains(&self.capacity) {
            return Err(ConfigError::Capacity);
        }
        if self.out_of_touch.is_some_and(|(after, _)| after.as_secs() == 0) {
            return Err(ConfigError::OutOfTouch);
        }
        Ok(self.into_denylist())
    }

    /// With settings that are known to be good.
    pub(super) fn into_denylist(self) -> Denylist {
        let link = self.out_of_touch.map(|(after, fallback)| Link::new(after, fallback));
        Denylist(Arc::new(Inner::new(self.capacity, self.clock, self.on_change, link)))
    }
}

impl fmt::Debug for DenylistBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (capacity, out_of_touch) = (&self.capacity, &self.out_of_touch);
        f.debug_struct("DenylistBuilder")
            .field("capacity", capacity)
            .field("out_of_touch", out_of_touch)
            .finish_non_exhaustive()
    }
}
