//! Bytes and claims in, a token out; a token in, bytes and claims out. The order of the checks is defined here.

use std::fmt;
use std::sync::atomic::AtomicBool;

use crate::claims::{Claims, Class};
use crate::cookie::NAME_VALUE_LIMIT;
use crate::crypto::{self, NonceSource, Refused};
use crate::encoding;
use crate::error::{OpenError, SealError};
use crate::id::SessionId;
use crate::layout::Mode;
use crate::payload::Raw;
use crate::policy::Policy;
use crate::time::Timestamp;

mod bound;
mod builder;
mod keys;
mod opening;
mod sealing;
#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) mod vectors;

pub use bound::{BoundSealer, Unchecked};
pub use builder::SealerBuilder;
pub(crate) use builder::Settings;
use keys::PurposeKeys;
pub(crate) use sealing::{Line, SealFailure};

/// Bytes of the first stack buffer, which is enough for most sessions.
const SMALL: usize = 512;
/// Bytes of the second, which is enough for anything that fits a cookie.
const LARGE: usize = encoding::decoded_len(NAME_VALUE_LIMIT);

/// The content of an opened token.
#[derive(Clone)]
#[non_exhaustive]
pub struct Opened<D = Vec<u8>> {
    /// The times, the class, the ids.
    pub claims: Claims,
    /// The payload: bytes, or what a typed session decoded from them.
    pub data: D,
    /// Whether to seal again: half the idle time is over (or a day of a remembered session), or the key will stop opening before
    /// the token ends.
    pub stale: bool,
}

/// Omits the data.
impl<D> fmt::Debug for Opened<D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (claims, stale) = (&self.claims, self.stale);
        f.debug_struct("Opened")
            .field("claims", claims)
            .field("stale", &stale)
            .finish_non_exhaustive()
    }
}

/// Seals bytes into tokens for one purpose, and opens them. [`Application::sealer`](crate::Application::sealer) returns it.
///
/// Use it for bearer tokens. For a link that works once there is [`BoundSealer`], since a sealer keeps no state.
///
/// ```
/// use hardtack::{Application, Class, HOUR, Key, Timestamp};
///
/// let shop = Application::new("shop", Key::generate()?)?;
/// let api = shop.sealer("api").idle(HOUR).build()?;
///
/// let now = Timestamp::now();
/// let token = api.seal(&api.new_claims(Class::Standard, now)?, b"user 7", now)?;
/// assert_eq!(api.open(token.as_bytes(), now)?.data, b"user 7");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Sealer {
    keys: PurposeKeys,
    mode: Mode,
    policy: Policy,
    block: usize,
    limit: usize,
    nonces: NonceSource,
    /// Whether a payload once did not fit the small buffer: later ones start with the large one. Written once, so that threads
    /// share a clean cache line.
    outgrown: AtomicBool,
}

impl Sealer {
    /// Returns the claims of a new token, or of a new session.
    ///
    /// # Errors
    /// [`SealError::ClassOff`] for a class that is switched off; [`SealError::Random`] if the operating system provides no
    /// randomness for the session id.
    pub fn new_claims(&self, class: Class, now: Timestamp) -> Result<Claims, SealError> {
        let start = Claims {
            class,
            schema: 0,
            session_id: new_session_id()?,
            created: now,
            issued: now,
            expires: now,
            bound: false,
            expires_by: None,
        };
        self.policy.stamp(&start, now)
    }

    /// Seals `payload`. `claims` come from [`new_claims`](Self::new_claims), or from the token that this one follows.
    ///
    /// # Errors
    /// No key may seal, the session is over, the token would exceed the limit, or a number does not fit the format.
    pub fn seal(
        &self,
        claims: &Claims,
        payload: &[u8],
        now: Timestamp,
    ) -> Result<String, SealError> {
        let line = Line { front: "", spare: 0, limit: self.limit };
        match self.seal_into(line, claims, &Raw(payload), now) {
            Ok((_, token)) => Ok(token),
            Err(SealFailure::Seal(error)) => Err(error),
            // Bytes that exist already always encode.
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

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode
    }

    /// The most characters in a token.
    pub(crate) fn limit(&self) -> usize {
        self.limit
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

pub(crate) fn new_session_id() -> Result<SessionId, SealError> {
    crypto::os_random().map(|bytes| SessionId(*bytes)).map_err(|Refused| SealError::Random)
}
