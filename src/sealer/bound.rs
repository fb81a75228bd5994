//! Tokens that stop working when a fact changes: links that work once, although nothing is stored for them.

use std::fmt;

use super::{Opened, Sealer};
use crate::claims::{Claims, Class};
use crate::crypto::{constant_time_eq, sha256};
use crate::error::{FactChanged, OpenError, SealError};
use crate::time::Timestamp;

/// Bytes of a fact's hash. 128 bits suffice: an attacker needs a second fact with the same hash.
const HASH: usize = 16;
const LABEL: &[u8] = b"hardtack bound token";

/// Seals tokens that are bound to a fact of the application, and opens them as long as the fact is the same. Returned by
/// [`SealerBuilder::build_bound`](super::SealerBuilder::build_bound).
///
/// Bind a link that resets a password to the stored hash of the password: using the link changes the hash, so the link works once. Bind a
/// link that logs in to the time of the last log-in. The token does not contain the fact, only 16 bytes of its hash.
///
/// ```
/// use hardtack::{Application, Class, Key, MINUTE, Timestamp};
///
/// let resets = Application::new("shop", Key::generate()?)?
///     .sealer("password-reset")
///     .idle(10 * MINUTE)
///     .build_bound()?;
///
/// let (now, mut stored) = (Timestamp::now(), String::from("$argon2id$v=19$…"));
/// let token = resets.seal(&resets.new_claims(Class::Standard, now)?, b"7", stored.as_bytes(), now)?;
///
/// // The link comes back. Whose is it?
/// let asked = resets.open(token.as_bytes(), now)?;
/// assert_eq!(asked.payload(), b"7");
/// // Look that user up, and hold the token to what is stored now.
/// assert!(asked.check(stored.as_bytes()).is_ok());
///
/// stored = "$argon2id$v=19$…, of the new password".into();
/// assert!(resets.open(token.as_bytes(), now)?.check(stored.as_bytes()).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// No other sealer opens such a token, not even a [`Sealer`] for the same use.
pub struct BoundSealer(Sealer);

/// A token that is authentic and in time, but whose fact is not compared yet. Use it to look up whose token it is, and for
/// nothing else.
#[must_use = "the token may have been used before until `check` says otherwise"]
pub struct Unchecked {
    opened: Opened,
    hash: [u8; HASH],
}

impl BoundSealer {
    pub(super) fn new(sealer: Sealer) -> Self {
        Self(sealer)
    }

    /// Returns the claims of a new token, as [`Sealer::new_claims`] does.
    ///
    /// # Errors
    /// Those of [`Sealer::new_claims`].
    pub fn new_claims(&self, class: Class, now: Timestamp) -> Result<Claims, SealError> {
        self.0.new_claims(class, now)
    }

    /// Seals `payload` into a token that opens as long as `fact` is the same.
    ///
    /// Anyone can read the hash in a token that is only [signed](super::SealerBuilder::signed), and try guesses of the fact against it: do
    /// not bind such a token to anything that can be guessed.
    ///
    /// # Errors
    /// Those of [`Sealer::seal`].
    pub fn seal(
        &self,
        claims: &Claims,
        payload: &[u8],
        fact: &[u8],
        now: Timestamp,
    ) -> Result<String, SealError> {
        let bound = [&hash(claims, fact)[..], payload].concat();
        self.0.seal(claims, &bound, now)
    }

    /// Opens `token`, but does not compare its fact.
    ///
    /// # Errors
    /// Those of [`Sealer::open`].
    pub fn open(&self, token: &[u8], now: Timestamp) -> Result<Unchecked, OpenError> {
        let mut opened = self.0.open_with(token, now, |_, bound| {
            let (hash, payload) = bound.split_first_chunk::<HASH>().ok_or(OpenError::BadPayload)?;
            Ok((*hash, payload.to_vec()))
        })?;
        let (hash, payload) = std::mem::take(&mut opened.data);
        let Opened { claims, stale, .. } = opened;
        Ok(Unchecked { opened: Opened { claims, data: payload, stale }, hash })
    }
}

impl Unchecked {
    /// Returns the payload that the token was sealed with: whose it is.
    pub fn payload(&self) -> &[u8] {
        &self.opened.data
    }

    /// Returns the token's claims and payload, if its fact is still the same.
    ///
    /// # Errors
    /// [`FactChanged`]: the token was used, or is otherwise out of date.
    pub fn check(self, fact: &[u8]) -> Result<Opened, FactChanged> {
        let is_same = constant_time_eq(&hash(&self.opened.claims, fact), &self.hash);
        if is_same { Ok(self.opened) } else { Err(FactChanged(())) }
    }
}

/// The token's id makes each hash different: nobody can tell that two links belong to one user.
fn hash(claims: &Claims, fact: &[u8]) -> [u8; HASH] {
    let whole = sha256(&[LABEL, claims.session_id().as_bytes(), fact]);
    std::array::from_fn(|place| whole[place])
}

impl fmt::Debug for BoundSealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BoundSealer").field(&self.0).finish()
    }
}

/// Leaves the payload out.
impl fmt::Debug for Unchecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unchecked").field("claims", &self.opened.claims).finish_non_exhaustive()
    }
}
