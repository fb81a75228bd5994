//! A sealer's settings, checked once.

use std::time::Duration;

use super::Sealer;
use crate::claims::{LEEWAY, Lifetime, Policy};
use crate::crypto::NonceSource;
use crate::encoding;
use crate::error::ConfigError;
use crate::key::Purpose;
use crate::keyring::RingHandle;
use crate::token::Mode;

/// The most octets of a padding block.
const LONGEST_BLOCK: usize = 1024;
/// A clock that is off by more is wrong.
const LONGEST_LEEWAY: Duration = Duration::from_secs(86_400);

/// Settings of a [`Sealer`]; made by [`Sealer::builder`].
#[derive(Debug)]
#[must_use = "a builder does nothing until `build`"]
pub struct SealerBuilder {
    ring: RingHandle,
    purpose: Purpose,
    mode: Mode,
    standard: Lifetime,
    remembered: Option<Lifetime>,
    leeway: Duration,
    block: usize,
    limit: Option<usize>,
    nonces: NonceSource,
}

impl SealerBuilder {
    pub(super) fn new(ring: RingHandle, purpose: Purpose) -> Self {
        Self {
            ring,
            purpose,
            mode: Mode::Encrypted,
            standard: Lifetime::STANDARD,
            remembered: Some(Lifetime::REMEMBERED),
            leeway: Duration::from_secs(LEEWAY),
            block: 1,
            limit: None,
            nonces: NonceSource::Thread,
        }
    }

    /// Sign instead of encrypting: the payload can be read by whoever holds the token.
    pub fn signed(mut self) -> Self {
        self.mode = Mode::Signed;
        self
    }

    /// How long standard sessions last. Default: [`Lifetime::STANDARD`].
    pub fn lifetime(mut self, lifetime: Lifetime) -> Self {
        self.standard = lifetime;
        self
    }

    /// How long remembered sessions last; `None` switches the class off. Default: [`Lifetime::REMEMBERED`].
    pub fn remembered(mut self, lifetime: impl Into<Option<Lifetime>>) -> Self {
        self.remembered = lifetime.into();
        self
    }

    /// How far another node's clock may be ahead, in whole seconds. Default: 60 s.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Pad encrypted payloads to a multiple of `octets`, so that a token's length tells less. Default: 1, no padding.
    pub fn pad(mut self, octets: usize) -> Self {
        self.block = octets;
        self
    }

    /// The longest token, in characters, that is sealed or opened. Default: 4096.
    pub fn limit(mut self, characters: usize) -> Self {
        self.limit = Some(characters);
        self
    }

    /// Draw every nonce from the operating system. For processes that fork after their first seal and for virtual machines
    /// that are restored from one snapshot more than once: there a generator in memory would repeat itself.
    pub fn os_nonces(mut self) -> Self {
        self.nonces = NonceSource::Os;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// An idle timeout above the absolute one, a timeout under a second, a padding block outside 1 to 1024, a leeway above a
    /// day, a limit no token fits.
    pub fn build(self) -> Result<Sealer, ConfigError> {
        let policy = Policy::new(self.standard, self.remembered, self.leeway.as_secs())?;
        if !(1..=LONGEST_BLOCK).contains(&self.block) {
            return Err(ConfigError::PadBlock);
        }
        if self.leeway > LONGEST_LEEWAY {
            return Err(ConfigError::Leeway);
        }
        let shortest = encoding::encoded_len(self.mode.sealed_len(0, self.block));
        if self.limit.is_some_and(|limit| limit < shortest) {
            return Err(ConfigError::TokenLimit);
        }
        let mut sealer = Sealer::with_defaults(self.ring, self.purpose, self.mode);
        sealer.policy = policy;
        sealer.block = self.block;
        sealer.limit = self.limit.unwrap_or(sealer.limit);
        sealer.nonces = self.nonces;
        Ok(sealer)
    }
}
