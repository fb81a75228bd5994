//! How long keys wait, seal and open. What a rotation does to a ring file is next door.

use std::time::Duration;

use crate::claims::Timeouts;
use crate::error::{Problem, SetupError};
use crate::policy::LEEWAY;
use crate::time::Timestamp;

/// Rules for publishing, activating and retiring the keys of a [`RingFile`](super::RingFile).
///
/// ```text
/// rotate ──activation──▶ seals ──────lifetime──────▶ successor seals ──longest idle + leeway──▶ retires
///   └ on every node before `seal_from`                                 └ its last token has ended
/// ```
///
/// | setting | default | why |
/// |---|---|---|
/// | activation | 24 h | A node that does not have the new key yet logs out whoever brings a cookie of it. ASP.NET Core Data Protection activates after 48 h, since its nodes read the ring once a day; ours read it within [`reload`](RotationPolicyBuilder::reload). |
/// | reload | 60 s | How often nodes read the ring; activation is at least twice that. |
/// | lifetime | 30 d | ASP.NET Core Data Protection: 90 d. Servers rotate the keys of TLS session tickets (RFC 5077 section 5.5) within days. |
/// | longest idle | 14 d | The longest idle timeout of any session under the ring: no token is stamped longer. |
/// | leeway | 60 s | How far the nodes' clocks may differ. |
///
/// The order is the one of Tink's keyset rotation: add, roll out, promote, and only then disable the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationPolicy {
    pub(super) activation: u64,
    pub(super) reload: u64,
    pub(super) lifetime: u64,
    pub(super) longest_idle: u64,
    pub(super) leeway: u64,
}

/// The table of [`RotationPolicy`].
impl Default for RotationPolicy {
    fn default() -> Self {
        Self {
            activation: 24 * 3600,
            reload: 60,
            lifetime: 30 * 86_400,
            longest_idle: Timeouts::REMEMBERED.idle.as_secs(),
            leeway: LEEWAY,
        }
    }
}

impl RotationPolicy {
    /// To choose.
    pub fn builder() -> RotationPolicyBuilder {
        RotationPolicyBuilder(Self::default())
    }

    /// How long after its successor's start a key still opens.
    fn afterlife(&self) -> u64 {
        self.longest_idle.saturating_add(self.leeway)
    }

    /// When a key retires whose successor seals from `successor` on.
    pub(super) fn retirement(&self, successor: Timestamp) -> Timestamp {
        later(successor, self.afterlife())
    }

    /// When the next rotation is to start, so that the new key seals as this one's lifetime ends.
    pub(super) fn due(&self, newest: Timestamp) -> Timestamp {
        later(newest, self.lifetime - self.activation)
    }
}

/// Settings of a [`RotationPolicy`], in whole seconds; made by [`RotationPolicy::builder`].
#[derive(Clone, Copy, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct RotationPolicyBuilder(RotationPolicy);

impl RotationPolicyBuilder {
    /// How long a new key is on the nodes before it seals. Default: 24 h.
    pub fn activation(mut self, delay: Duration) -> Self {
        self.0.activation = delay.as_secs();
        self
    }

    /// The longest time until a node sees a change of the ring, its way to the node included. Default: 60 s.
    pub fn reload(mut self, interval: Duration) -> Self {
        self.0.reload = interval.as_secs();
        self
    }

    /// How long a key seals. Default: 30 d.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.0.lifetime = lifetime.as_secs();
        self
    }

    /// The longest idle timeout of any session under this ring. Default: 14 d, that of [`Timeouts::REMEMBERED`].
    pub fn longest_idle(mut self, idle: Duration) -> Self {
        self.0.longest_idle = idle.as_secs();
        self
    }

    /// How far the nodes' clocks may differ. Default: 60 s.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.0.leeway = leeway.as_secs();
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// An activation under a second or under twice the reload interval, a lifetime
    /// shorter than the activation.
    pub fn build(self) -> Result<RotationPolicy, SetupError> {
        let RotationPolicy { activation, reload, lifetime, .. } = self.0;
        if activation == 0 || activation < reload.saturating_mul(2) {
            return Err(Problem::Activation.into());
        }
        if lifetime < activation {
            return Err(Problem::KeyLifetime.into());
        }
        Ok(self.0)
    }
}

pub(super) fn later(moment: Timestamp, seconds: u64) -> Timestamp {
    moment + Duration::from_secs(seconds)
}
