//! A sealer's settings, checked once. Session cookies and log-in flows use them too.

use std::sync::atomic::AtomicBool;
use std::time::Duration;

use super::keys::PurposeKeys;
use super::{BoundSealer, Sealer};
use crate::claims::Timeouts;
use crate::cookie::NAME_VALUE_LIMIT;
use crate::crypto::NonceSource;
use crate::encoding;
use crate::error::{Problem, SetupError};
use crate::keys::Keys;
use crate::layout::Mode;
use crate::policy::Policy;
use crate::purpose::Purpose;

/// Bytes in a padding block by default: one AES block, so that what is encrypted has no odd tail.
const BLOCK: usize = 16;
/// The most bytes in a padding block.
const LONGEST_BLOCK: usize = 1024;
/// The longest leeway: a clock that is off by more is wrong.
const LONGEST_LEEWAY: u64 = 86_400;

/// The settings of a sealer, whatever it is for.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) mode: Mode,
    pub(crate) standard: Timeouts,
    pub(crate) remembered: Option<Timeouts>,
    pub(crate) block: usize,
    pub(crate) limit: usize,
    pub(crate) nonces: NonceSource,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mode: Mode::Encrypted,
            standard: Timeouts::STANDARD,
            remembered: Some(Timeouts::REMEMBERED),
            block: BLOCK,
            limit: NAME_VALUE_LIMIT,
            nonces: NonceSource::default(),
        }
    }
}

impl Settings {
    /// Checks the settings. `leeway` is in seconds.
    pub(crate) fn build(
        self,
        keys: Keys,
        purpose: Purpose,
        leeway: u64,
    ) -> Result<Sealer, SetupError> {
        let Self { mode, standard, remembered, block, limit, nonces } = self;
        let policy = Policy::new(standard, remembered, leeway)?;
        if !(1..=LONGEST_BLOCK).contains(&block) {
            return Err(Problem::PadBlock.into());
        }
        if leeway > LONGEST_LEEWAY {
            return Err(Problem::Leeway.into());
        }
        if limit < encoding::encoded_len(mode.sealed_len(0, block)) {
            return Err(Problem::TokenLimit.into());
        }
        let keys = PurposeKeys::new(keys, purpose, mode);
        let outgrown = AtomicBool::new(false);
        Ok(Sealer { keys, mode, policy, block, limit, nonces, outgrown })
    }
}

/// Settings for a [`Sealer`]; [`Application::sealer`](crate::Application::sealer) returns it.
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct SealerBuilder {
    keys: Keys,
    purpose: Result<Purpose, SetupError>,
    leeway: u64,
    settings: Settings,
}

impl SealerBuilder {
    pub(crate) fn new(keys: Keys, purpose: Result<Purpose, SetupError>, leeway: u64) -> Self {
        Self { keys, purpose, leeway, settings: Settings::default() }
    }

    /// Signs instead of encrypting: anyone who has the token can read its payload.
    pub fn signed(mut self) -> Self {
        self.settings.mode = Mode::Signed;
        self
    }

    /// Sets how long a token lasts if it is sealed only once: `idle` after its sealing. Default: 30 minutes.
    ///
    /// If the absolute timeout is shorter, it is raised to `idle`.
    pub fn idle(mut self, idle: Duration) -> Self {
        let standard = &mut self.settings.standard;
        *standard = Timeouts { idle, absolute: standard.absolute.max(idle) };
        self
    }

    /// Sets how long standard tokens last. Default: [`Timeouts::STANDARD`].
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.settings.standard = timeouts;
        self
    }

    /// Sets how long remembered tokens last; `None` switches the class off. Default: [`Timeouts::REMEMBERED`].
    pub fn remember_me(mut self, timeouts: impl Into<Option<Timeouts>>) -> Self {
        self.settings.remembered = timeouts.into();
        self
    }

    /// Pads the encrypted part to a multiple of `bytes`, so that a token's length reveals less. Default: 16, which costs 7.5
    /// bytes on average; 1 pads nothing. A signed token is never padded.
    pub fn pad(mut self, bytes: usize) -> Self {
        self.settings.block = bytes;
        self
    }

    /// Sets the longest token that is sealed or opened, in characters. Default: 4096.
    pub fn limit(mut self, characters: usize) -> Self {
        self.settings.limit = characters;
        self
    }

    /// Draws every nonce from the operating system.
    ///
    /// Use it for processes that fork after their first seal, and for virtual machines restored more than once from the same
    /// snapshot: there, a generator in memory would repeat itself. On WebAssembly every nonce comes from the host in any case.
    pub fn os_nonces(mut self) -> Self {
        self.settings.nonces = NonceSource::Os;
        self
    }

    /// Checks the settings and builds the sealer.
    ///
    /// # Errors
    /// A use that is not 1 to 64 of `A-Z a-z 0-9 . _ -`, an idle timeout above the absolute one, a timeout under a second, a
    /// padding block outside 1 to 1024, or a limit too small for any token.
    pub fn build(self) -> Result<Sealer, SetupError> {
        self.settings.build(self.keys, self.purpose?, self.leeway)
    }

    /// Checks the settings, for tokens that are bound to a fact: links that work once.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_bound(self) -> Result<BoundSealer, SetupError> {
        let purpose = self.purpose?.of_bound_tokens();
        Ok(BoundSealer::new(self.settings.build(self.keys, purpose, self.leeway)?))
    }
}

#[cfg(test)]
impl SealerBuilder {
    /// The settings of a sealer for any purpose, with the usual leeway.
    pub(crate) fn of(keys: impl Into<Keys>, purpose: Purpose) -> Self {
        Self::new(keys.into(), Ok(purpose), crate::policy::LEEWAY)
    }
}
