//! Whether the other nodes can be heard, and what to do while they cannot.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::log;
use crate::time::Timestamp;

/// What a [`Denylist`](super::Denylist) does while it is stale, that is, out of touch with the other nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailMode {
    /// Keeps using what it knows. Nobody is locked out, but a session that another node has ended meanwhile goes on here.
    Open,
    /// Refuses every session until it hears from the others again. No ended session goes on, but nobody is logged in meanwhile.
    /// No cookie is removed, so the sessions come back, except where [`get_or_start`](crate::SessionSlot::get_or_start) or
    /// [`start`](crate::SessionSlot::start) has replaced one.
    Closed,
}

/// The link to the other nodes, alive as long as the application reports it.
pub(super) struct Link {
    /// How long to tolerate silence, in seconds.
    after: u64,
    mode: FailMode,
    /// When it was last alive; [`NEVER`] before the first time.
    heard: AtomicU64,
    /// The state that was logged last, so that each change is logged once.
    said: AtomicBool,
}

const NEVER: u64 = u64::MAX;

impl Link {
    pub(super) fn new(after: Duration, mode: FailMode) -> Self {
        Self {
            after: after.as_secs(),
            mode,
            heard: AtomicU64::new(NEVER),
            said: AtomicBool::new(true),
        }
    }

    pub(super) fn hear(&self, now: Timestamp) {
        self.heard.store(now.as_secs(), Ordering::SeqCst);
        self.is_up(now);
    }

    pub(super) fn heard(&self) -> Option<Timestamp> {
        let heard = self.heard.load(Ordering::SeqCst);
        (heard != NEVER).then_some(Timestamp::from_secs(heard))
    }

    /// A heartbeat from the future does not count: the clock has been set back since.
    pub(super) fn is_up(&self, now: Timestamp) -> bool {
        let heard = self.heard.load(Ordering::SeqCst);
        let up = heard != NEVER && now.as_secs().abs_diff(heard) <= self.after;
        if self.said.load(Ordering::Relaxed) != up && self.said.swap(up, Ordering::Relaxed) != up {
            match (up, self.mode) {
                (true, _) => log::denylist_in_touch(),
                (false, FailMode::Open) => log::denylist_out_of_touch("its last list stays in use"),
                (false, FailMode::Closed) => log::denylist_out_of_touch("all sessions are refused"),
            }
        }
        up
    }

    pub(super) fn refuses(&self, now: Timestamp) -> bool {
        !self.is_up(now) && self.mode == FailMode::Closed
    }
}
