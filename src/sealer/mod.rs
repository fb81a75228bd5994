//! Bytes and claims in, a token out; a token in, bytes and claims out. Here stands the order of the checks.

use std::fmt;
use std::sync::atomic::AtomicBool;

use crate::claims::{Claims, Class, Policy, SessionId};
use crate::cookie::NAME_VALUE_LIMIT;
use crate::crypto::{self, NonceSource, Refused};
use crate::encoding;
use crate::error::{OpenError, SealError};
use crate::key::Purpose;
use crate::keyring::RingHandle;
use crate::time::Timestamp;
use crate::token::Mode;

mod builder;
mod keys;
mod opening;
mod sealing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod vectors;

pub use builder::SealerBuilder;
use keys::Keys;
pub(crate) use sealing::{SealFailure, Write, copy};

/// Octets of the first stack buffer: most sessions.
const SMALL: usize = 512;
/// Octets of the second: whatever fits a cookie.
const LARGE: usize = encoding::decoded_len(NAME_VALUE_LIMIT);

/// What a token held.
#[derive(Clone)]
#[non_exhaustive]
pub struct Opened<D = Vec<u8>> {
    /// The times, the class, the ids.
    pub claims: Claims,
    /// The payload: octets, or what a typed session decoded from them.
    pub data: D,
    /// Seal again: half the idle time is over, the key will stop opening before the token ends, or the data was
    /// migrated from an older schema.
    pub stale: bool,
}

/// Leaves the data out.
impl<D> fmt::Debug for Opened<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (claims, stale) = (&self.claims, self.stale);
        f.debug_struct("Opened")
            .field("claims", claims)
            .field("stale", &stale)
            .finish_non_exhaustive()
    }
}

/// Seals and opens tokens of one purpose, in one mode, under one ring.
///
/// ```
/// use hardtack::{Key, Purpose, Sealer, Timestamp};
///
/// let api = Sealer::encrypted(Key::generate()?, Purpose::token("shop", "api")?);
/// let now = Timestamp::now();
/// let token = api.seal(&api.fresh(now)?, b"user 7", now)?;
/// assert_eq!(api.open(token.as_bytes(), now)?.data, b"user 7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sealer {
    keys: Keys,
    mode: Mode,
    policy: Policy,
    block: usize,
    limit: usize,
    nonces: NonceSource,
    /// A payload did not fit the small buffer once: later ones begin with the large one. Written once, so that threads share a
    /// line that stays clean.
    outgrown: AtomicBool,
}

impl Sealer {
    /// Encrypts and authenticates (AES-256-GCM) with all defaults.
    pub fn encrypted(ring: impl Into<RingHandle>, purpose: Purpose) -> Self {
        Self::with_defaults(ring.into(), purpose, Mode::Encrypted)
    }

    /// Signs (HMAC-SHA-256) with all defaults. Whoever holds a signed token reads what is in it.
    pub fn signed(ring: impl Into<RingHandle>, purpose: Purpose) -> Self {
        Self::with_defaults(ring.into(), purpose, Mode::Signed)
    }

    /// To choose lifetimes, leeway, padding, the longest token.
    pub fn builder(ring: impl Into<RingHandle>, purpose: Purpose) -> SealerBuilder {
        SealerBuilder::new(ring.into(), purpose)
    }

    fn with_defaults(ring: RingHandle, purpose: Purpose, mode: Mode) -> Self {
        Self {
            keys: Keys::new(ring, purpose, mode),
            mode,
            policy: Policy::default(),
            block: 1,
            limit: NAME_VALUE_LIMIT,
            nonces: NonceSource::Thread,
            outgrown: AtomicBool::new(false),
        }
    }

    /// Claims of a new standard session.
    ///
    /// # Errors
    /// [`SealError::Random`] where the operating system has no randomness for the session id.
    pub fn fresh(&self, now: Timestamp) -> Result<Claims, SealError> {
        self.fresh_of(Class::Standard, now)
    }

    /// Claims of a new remembered session.
    ///
    /// # Errors
    /// As [`fresh`](Self::fresh), and [`SealError::ClassOff`].
    pub fn fresh_remembered(&self, now: Timestamp) -> Result<Claims, SealError> {
        self.fresh_of(Class::Remembered, now)
    }

    pub(crate) fn fresh_of(&self, class: Class, now: Timestamp) -> Result<Claims, SealError> {
        let session_id = fresh_session_id()?;
        let start = Claims {
            class,
            schema: 0,
            session_id,
            created: now,
            issued: now,
            expires: now,
            ends_by: None,
        };
        self.policy.stamp(&start, now)
    }

    /// Seals `payload`. `claims` are [`fresh`](Self::fresh) or those of the token that this one follows.
    ///
    /// # Errors
    /// No key that may seal, a session that is over, a token above the limit, numbers that do not fit the format.
    pub fn seal(
        &self,
        claims: &Claims,
        payload: &[u8],
        now: Timestamp,
    ) -> Result<String, SealError> {
        let octets = self.mode.sealed_len(payload.len(), self.block);
        if encoding::encoded_len(octets) > self.limit {
            return Err(SealError::TooLong { limit: self.limit });
        }
        let write = |buffer: &mut [u8]| copy(payload, buffer);
        match self.seal_with(claims, now, self.limit, octets, String::with_capacity, write) {
            Ok((_, token)) => Ok(token),
            Err(SealFailure::Seal(error)) => Err(error),
            Err(SealFailure::Encode) => Err(SealError::TooLong { limit: self.limit }),
        }
    }

    /// Opens `token`.
    ///
    /// # Errors
    /// The first check that fails, in the order of [`OpenError`]'s variants.
    pub fn open(&self, token: &[u8], now: Timestamp) -> Result<Opened, OpenError> {
        self.open_with(token, now, |_, payload| Ok(payload.to_vec()))
    }

    /// The claims as [`seal`](Self::seal) would put them into a token.
    pub(crate) fn stamp(&self, claims: &Claims, now: Timestamp) -> Result<Claims, SealError> {
        self.policy.stamp(claims, now)
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    pub(crate) fn block(&self) -> usize {
        self.block
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mode, purpose) = (self.mode, self.keys.purpose());
        f.debug_struct("Sealer")
            .field("mode", &mode)
            .field("purpose", purpose)
            .finish_non_exhaustive()
    }
}

/// The octets that name a new session.
pub(crate) fn fresh_session_id() -> Result<SessionId, SealError> {
    crypto::os_random().map(|octets| SessionId(*octets)).map_err(|Refused| SealError::Random)
}
