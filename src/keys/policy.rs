//! How long keys wait, seal and open. What a rotation does to a ring file is in `rotation`.

use std::fmt;
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
/// | activation | 24 h | A node that lacks the new key refuses cookies sealed with it, which logs their users out. ASP.NET Core Data Protection activates after 48 h, since its nodes read the ring once a day; ours read it within [`reload`](RotationPolicyBuilder::reload). |
/// | reload | 60 s | How long a changed file takes to reach every node and be read there. Activation is at least twice that plus leeway, so that there is time to publish it. |
/// | lifetime | 30 d | ASP.NET Core Data Protection: 90 d. Servers rotate the keys of TLS session tickets (RFC 5077 section 5.5) within days. |
/// | longest idle | 14 d | The longest idle timeout of any session under the ring: no token is stamped longer. |
/// | leeway | 60 s | How far the nodes' clocks may differ. |
///
/// The order is that of Tink's keyset rotation: add, roll out, promote, and only then disable the old key.
///
/// A ring file keeps its policy, so that everyone who changes the file follows the same one:
/// [`RingFile::set_policy`](super::RingFile::set_policy).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RotationPolicy {
    pub(super) activation: u64,
    pub(super) reload: u64,
    pub(super) lifetime: u64,
    pub(super) longest_idle: u64,
    pub(super) leeway: u64,
}

/// The defaults in the table of [`RotationPolicy`].
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
    /// Returns a builder with the defaults.
    pub fn builder() -> RotationPolicyBuilder {
        Self::default().to_builder()
    }

    /// Returns a builder with this policy's settings.
    pub fn to_builder(self) -> RotationPolicyBuilder {
        RotationPolicyBuilder(self)
    }

    /// Returns how long a new key waits on the nodes before it seals.
    pub fn activation(&self) -> Duration {
        Duration::from_secs(self.activation)
    }

    /// Returns the longest time until a node sees a change of the ring.
    pub fn reload(&self) -> Duration {
        Duration::from_secs(self.reload)
    }

    /// Returns how long a key seals.
    pub fn lifetime(&self) -> Duration {
        Duration::from_secs(self.lifetime)
    }

    /// Returns the longest idle timeout of any session under the ring.
    pub fn longest_idle(&self) -> Duration {
        Duration::from_secs(self.longest_idle)
    }

    /// Returns how far the nodes' clocks may differ.
    pub fn leeway(&self) -> Duration {
        Duration::from_secs(self.leeway)
    }

    /// The settings in the order of the table, with their names in a ring file.
    pub(super) fn named(&self) -> [(&'static str, u64); 5] {
        let Self { activation, reload, lifetime, longest_idle, leeway } = *self;
        let values = [activation, reload, lifetime, longest_idle, leeway];
        std::array::from_fn(|index| (NAMES[index], values[index]))
    }

    /// When a file must be on every node at the latest if one of its keys seals from `starts` on.
    pub(super) fn publish_by(&self, starts: Timestamp) -> Timestamp {
        let ahead = self.reload.saturating_add(self.leeway);
        Timestamp::from_secs(starts.as_secs().saturating_sub(ahead))
    }

    /// When a key that is published now may seal at the earliest. This leaves one reload to publish it.
    pub(super) fn soonest(&self, now: Timestamp) -> Timestamp {
        later(now, self.shortest_activation())
    }

    fn shortest_activation(&self) -> u64 {
        self.reload.saturating_mul(2).saturating_add(self.leeway).max(1)
    }

    /// How long a key keeps opening after its successor starts.
    fn afterlife(&self) -> u64 {
        self.longest_idle.saturating_add(self.leeway)
    }

    /// When a key retires if its successor seals from `successor` on.
    pub(super) fn retirement(&self, successor: Timestamp) -> Timestamp {
        later(successor, self.afterlife())
    }

    /// When to start the next rotation, so that the new key seals as this one's lifetime ends.
    pub(super) fn due(&self, newest: Timestamp) -> Timestamp {
        later(newest, self.lifetime - self.activation)
    }
}

/// Settings for a [`RotationPolicy`], in whole seconds; [`RotationPolicy::builder`] returns it.
#[derive(Clone, Copy, Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct RotationPolicyBuilder(RotationPolicy);

impl RotationPolicyBuilder {
    /// Sets how long a new key waits on the nodes before it seals. Default: 24 h.
    pub fn activation(mut self, delay: Duration) -> Self {
        self.0.activation = delay.as_secs();
        self
    }

    /// Sets the longest time until a node sees a change of the ring, including its way to the node. Default: 60 s.
    pub fn reload(mut self, interval: Duration) -> Self {
        self.0.reload = interval.as_secs();
        self
    }

    /// Sets how long a key seals. Default: 30 d.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.0.lifetime = lifetime.as_secs();
        self
    }

    /// Sets the longest idle timeout of any session under this ring. Default: 14 d, that of [`Timeouts::REMEMBERED`].
    pub fn longest_idle(mut self, idle: Duration) -> Self {
        self.0.longest_idle = idle.as_secs();
        self
    }

    /// Sets how far the nodes' clocks may differ. Default: 60 s.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.0.leeway = leeway.as_secs();
        self
    }

    /// Checks the settings and builds the policy.
    ///
    /// # Errors
    /// The activation is under a second or under twice the reload interval plus leeway, or the lifetime is shorter than the
    /// activation.
    pub fn build(self) -> Result<RotationPolicy, SetupError> {
        let RotationPolicy { activation, lifetime, .. } = self.0;
        let least = self.0.shortest_activation();
        if activation < least {
            return Err(Problem::Activation { least }.into());
        }
        if lifetime < activation {
            return Err(Problem::KeyLifetime.into());
        }
        Ok(self.0)
    }
}

/// The settings' names in a ring file; [`RotationPolicy::named`] has their values.
pub(super) const NAMES: [&str; 5] = ["activation", "reload", "lifetime", "idle", "leeway"];

impl RotationPolicyBuilder {
    /// Sets the setting that a ring file calls `name`.
    pub(super) fn set(mut self, name: &str, seconds: u64) -> Self {
        let policy = &mut self.0;
        match name {
            "activation" => policy.activation = seconds,
            "reload" => policy.reload = seconds,
            "lifetime" => policy.lifetime = seconds,
            "idle" => policy.longest_idle = seconds,
            _ => policy.leeway = seconds,
        }
        self
    }
}

/// Prints the settings as in a ring file: `activation = "24h", reload = "60s", …`.
impl fmt::Display for RotationPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, seconds)) in self.named().into_iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{name} = \"{}\"", Span(seconds))?;
        }
        Ok(())
    }
}

/// A time as people write it: a number and `s`, `m`, `h` or `d`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span(pub(super) u64);

const UNITS: [(char, u64); 4] = [('d', 86_400), ('h', 3600), ('m', 60), ('s', 1)];

impl Span {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let unit = text.chars().last()?;
        let (_, seconds) = UNITS.into_iter().find(|&(name, _)| name == unit)?;
        let number: u64 = text[..text.len() - 1].parse().ok()?;
        number.checked_mul(seconds).map(Self)
    }
}

/// Uses the largest unit that gives a whole number above one: `24h`, not `1d`.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let several = |&&(_, unit): &&(char, u64)| self.0.is_multiple_of(unit) && self.0 / unit > 1;
        let (name, unit) = UNITS.iter().find(several).unwrap_or(&('s', 1));
        write!(f, "{}{name}", self.0 / unit)
    }
}

pub(super) fn later(moment: Timestamp, seconds: u64) -> Timestamp {
    moment + Duration::from_secs(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_as_it_is_read() {
        for (text, seconds) in [
            ("0s", 0),
            ("1s", 1),
            ("60s", 60),
            ("90s", 90),
            ("2m", 120),
            ("24h", 86_400),
            ("2d", 172_800),
        ] {
            assert_eq!(
                (Span::parse(text), Span(seconds).to_string().as_str()),
                (Some(Span(seconds)), text)
            );
        }
        for text in ["", "d", "14", "1w", "-1d", "1.5h", "1\u{e9}", "18446744073709551615d"] {
            assert_eq!(Span::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_setting_has_its_name() {
        let built =
            NAMES.iter().zip(1..).fold(RotationPolicy::builder(), |b, (n, s)| b.set(n, s)).0;
        assert_eq!(built.named().map(|(_, seconds)| seconds), [1, 2, 3, 4, 5]);
        let shown = RotationPolicy::default().to_string();
        assert_eq!(
            shown,
            r#"activation = "24h", reload = "60s", lifetime = "30d", idle = "14d", leeway = "60s""#
        );
    }
}
