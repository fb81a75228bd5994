//! From claims and payload to text: one buffer on the stack, encrypted in place, and one string at the end.

use std::sync::atomic::Ordering;

use super::keys::Derived;
use super::{LARGE, SMALL, Sealer};
use crate::claims::Claims;
use crate::crypto::{self, NONCE, Refused};
use crate::encoding;
use crate::error::SealError;
use crate::layout::{self, ENVELOPE, HEADER, Header, Mode};
use crate::payload::{EncodeError, Payload};
use crate::time::Timestamp;

/// Why [`Sealer::seal_into`] failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SealFailure {
    Seal(SealError),
    Encode,
}

impl From<SealError> for SealFailure {
    fn from(error: SealError) -> Self {
        Self::Seal(error)
    }
}

/// The line that a token's text goes into.
#[derive(Clone, Copy)]
pub(crate) struct Line<'l> {
    /// The start of the line, up to the token.
    pub(crate) front: &'l str,
    /// Bytes that will follow the token.
    pub(crate) spare: usize,
    /// The most characters in the token.
    pub(crate) limit: usize,
}

impl Line<'_> {
    /// Starts the text with room for all of it: the only allocation.
    fn start(&self, characters: usize) -> String {
        let mut text = String::with_capacity(self.front.len() + characters + self.spare);
        text.push_str(self.front);
        text
    }
}

impl Sealer {
    /// Seals `payload`. Returns when the token expires, and the line up to the end of the token.
    pub(crate) fn seal_into(
        &self,
        line: Line<'_>,
        claims: &Claims,
        payload: &impl Payload,
        now: Timestamp,
    ) -> Result<(Timestamp, String), SealFailure> {
        let stamped = self.policy.stamp(claims, now)?;
        let derived = self.keys.load();
        let key = derived.ring().sealing_key(now).ok_or(SealError::NoSealingKey)?;
        let mut nonce = [0; NONCE];
        if self.mode == Mode::Encrypted {
            crypto::nonce(self.nonces, &mut nonce).map_err(|Refused| SealError::Random)?;
        }
        let text = Sealing::new(self, &derived, key, &stamped, now, nonce)?.run(line, payload)?;
        Ok((stamped.expires, text))
    }
}

#[cfg(test)]
impl Sealer {
    /// Seals claims as they are, with this key and nonce. For the vectors only; never public.
    pub(super) fn seal_exactly(
        &self,
        claims: &Claims,
        payload: &[u8],
        key: usize,
        nonce: [u8; NONCE],
    ) -> Result<String, SealFailure> {
        let (derived, now) = (self.keys.load(), claims.issued);
        let job = Sealing::new(self, &derived, key, claims, now, nonce)?;
        let line = Line { front: "", spare: 0, limit: self.limit };
        job.run(line, &crate::payload::Raw(payload))
    }
}

/// A token whose header and nonce are fixed.
struct Sealing<'s> {
    sealer: &'s Sealer,
    derived: &'s Derived,
    key: usize,
    header: Header,
    envelope: [u8; ENVELOPE],
    now: Timestamp,
    nonce: [u8; NONCE],
}

impl<'s> Sealing<'s> {
    fn new(
        sealer: &'s Sealer,
        derived: &'s Derived,
        key: usize,
        claims: &Claims,
        now: Timestamp,
        nonce: [u8; NONCE],
    ) -> Result<Self, SealError> {
        let id = derived.ring().keys()[key].key.id();
        let header = Header::new(sealer.mode, id, claims.issued)?;
        let envelope = layout::envelope(claims)?;
        Ok(Self { sealer, derived, key, header, envelope, now, nonce })
    }

    /// Tries the buffers by size, and leaves the large one alone if the small one is enough.
    fn run(&self, line: Line<'_>, payload: &impl Payload) -> Result<String, SealFailure> {
        let Sealer { mode, block, ref outgrown, .. } = *self.sealer;
        let most = encoding::decoded_len(line.limit);
        let too_long = SealError::TooLong { limit: line.limit };
        let known = payload.len().map(|payload| mode.sealed_len(payload, block));
        if known.is_some_and(|size| size > most) {
            return Err(too_long.into());
        }
        let try_small = known.map_or(!outgrown.load(Ordering::Relaxed), |size| size <= SMALL);
        if try_small {
            if let Some(text) = self.attempt(&mut [0; SMALL][..most.min(SMALL)], line, payload)? {
                return Ok(text);
            }
            outgrown.store(true, Ordering::Relaxed);
        }
        let text = match known {
            Some(size) if size > LARGE => self.attempt(&mut vec![0; size], line, payload)?,
            _ => self.attempt(&mut [0; LARGE][..most.min(LARGE)], line, payload)?,
        };
        text.ok_or(too_long.into())
    }

    /// Builds the token in `buffer`; `None` if the buffer is too short.
    fn attempt(
        &self,
        buffer: &mut [u8],
        line: Line<'_>,
        payload: &impl Payload,
    ) -> Result<Option<String>, SealFailure> {
        let Sealer { mode, block, .. } = *self.sealer;
        let (front, back) = (mode.front(), mode.back());
        let end = buffer.len().saturating_sub(back);
        let Some(inner) = buffer.get_mut(front..end) else { return Ok(None) };
        let Some((envelope, rest)) = inner.split_first_chunk_mut() else { return Ok(None) };
        *envelope = self.envelope;
        let padded = payload.write(rest).and_then(|length| {
            let used = ENVELOPE + length;
            let padded = match mode {
                Mode::Encrypted => layout::write_pad(inner, used, block),
                Mode::Signed => Some(used),
            };
            padded.ok_or(EncodeError::Full)
        });
        let padded = match padded {
            Ok(padded) => padded,
            Err(error) => {
                crypto::wipe(inner);
                return match error {
                    EncodeError::Full => Ok(None),
                    EncodeError::Failed => Err(SealFailure::Encode),
                };
            }
        };
        let used = front + padded + back;
        if let Err(error) = self.protect(&mut buffer[..used], padded) {
            crypto::wipe(&mut buffer[..used]);
            return Err(error.into());
        }
        let text = line.start(encoding::encoding_room(used));
        Ok(Some(encoding::encode_front(buffer, used, text)))
    }

    /// Puts header and tag around the `inner` bytes, and encrypts them on the way.
    fn protect(&self, bytes: &mut [u8], inner: usize) -> Result<(), SealError> {
        let (front, rest) = bytes.split_at_mut(self.sealer.mode.front());
        let (inner, tag) = rest.split_at_mut(inner);
        front[..HEADER].copy_from_slice(self.header.bytes());
        match self.sealer.mode {
            Mode::Encrypted => {
                front[HEADER..].copy_from_slice(&self.nonce);
                tag.copy_from_slice(&self.encrypt(inner)?);
            }
            Mode::Signed => {
                let mac = self.derived.mac(self.key);
                tag.copy_from_slice(&mac.sign([&*front, &*inner]));
            }
        }
        Ok(())
    }

    /// Encrypts in place and returns the tag.
    fn encrypt(&self, inner: &mut [u8]) -> Result<[u8; crypto::TAG], SealError> {
        let keys = &self.sealer.keys;
        let (epoch, aad) = (self.header.epoch(), self.header.bytes());
        // GCM refuses only messages above 64 GiB.
        let too_long = |Refused| SealError::TooLong { limit: self.sealer.limit };
        if let Some(aead) = self.derived.epoch(self.key, epoch) {
            return aead.seal(&self.nonce, aad, inner).map_err(too_long);
        }
        let aead = keys.derive(self.derived, self.key, epoch);
        let tag = aead.seal(&self.nonce, aad, inner).map_err(too_long)?;
        keys.admit(self.derived, self.key, epoch, aead, self.sealer.live_epochs(self.now));
        Ok(tag)
    }
}
