//! From claims and payload to text: one buffer on the stack, encrypted where it stands, one string at the end.

use std::sync::atomic::Ordering;

use super::keys::Derived;
use super::{LARGE, SMALL, Sealer};
use crate::claims::Claims;
use crate::crypto::{self, NONCE, Refused, TAG};
use crate::encoding;
use crate::error::SealError;
use crate::payload::EncodeError;
use crate::time::Timestamp;
use crate::token::{self, ENVELOPE, HEADER, Header, Mode};

/// What [`Sealer::seal_with`] ran into.
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

/// Where a payload goes: writes it to the front of the buffer, returns its length.
pub(crate) trait Write: FnMut(&mut [u8]) -> Result<usize, EncodeError> {}
impl<F: FnMut(&mut [u8]) -> Result<usize, EncodeError>> Write for F {}

impl Sealer {
    /// Seals what `write` writes into a token of at most `limit` characters, behind the text that `start` begins with room
    /// for so many characters; returns when it expires, and the text.
    ///
    /// `octets` is the token's size where the caller knows that it fits, or 0: `write` is then called a second time, with
    /// a larger buffer, if the payload does not fit the first.
    pub(crate) fn seal_with(
        &self,
        claims: &Claims,
        now: Timestamp,
        limit: usize,
        octets: usize,
        start: impl Fn(usize) -> String,
        mut write: impl Write,
    ) -> Result<(Timestamp, String), SealFailure> {
        let stamped = self.policy.stamp(claims, now)?;
        let derived = self.keys.load();
        let key = derived.ring().sealing_key(now).ok_or(SealError::NoSealingKey)?;
        let mut nonce = [0; NONCE];
        if self.mode == Mode::Encrypted {
            crypto::nonce(self.nonces, &mut nonce).map_err(|Refused| SealError::Random)?;
        }
        let job = Sealing { sealer: self, derived: &derived, key, claims: &stamped, now, nonce };
        let text = job.run(limit, octets, start, &mut write)?;
        Ok((stamped.expires, text))
    }
}

#[cfg(test)]
impl Sealer {
    /// Seals claims as they are, with this key and this nonce: for the vectors, and never public.
    pub(super) fn seal_exactly(
        &self,
        claims: &Claims,
        payload: &[u8],
        key: usize,
        nonce: [u8; NONCE],
    ) -> Result<String, SealFailure> {
        let (derived, now) = (self.keys.load(), claims.issued);
        let job = Sealing { sealer: self, derived: &derived, key, claims, now, nonce };
        let write = &mut |buffer: &mut [u8]| copy(payload, buffer);
        job.run(self.limit, 0, String::with_capacity, write)
    }
}

/// A [`Write`] of octets that are there already.
pub(crate) fn copy(payload: &[u8], buffer: &mut [u8]) -> Result<usize, EncodeError> {
    let front = buffer.get_mut(..payload.len()).ok_or(EncodeError::Full)?;
    front.copy_from_slice(payload);
    Ok(payload.len())
}

struct Sealing<'s> {
    sealer: &'s Sealer,
    derived: &'s Derived,
    key: usize,
    claims: &'s Claims,
    now: Timestamp,
    nonce: [u8; NONCE],
}

impl Sealing<'_> {
    /// Tries the buffers by size; the large one is not touched where the small one does.
    fn run(
        &self,
        limit: usize,
        octets: usize,
        start: impl Fn(usize) -> String,
        write: &mut impl Write,
    ) -> Result<String, SealFailure> {
        let most = encoding::decoded_len(limit);
        let outgrown = &self.sealer.outgrown;
        let try_small = octets <= SMALL && (octets > 0 || !outgrown.load(Ordering::Relaxed));
        if try_small {
            let done = self.run_in(&mut [0; SMALL][..most.min(SMALL)], &start, write)?;
            if let Some(text) = done {
                return Ok(text);
            }
            outgrown.store(true, Ordering::Relaxed);
        }
        let done = if octets <= LARGE {
            self.run_in(&mut [0; LARGE][..most.min(LARGE)], &start, write)?
        } else {
            self.run_in(&mut vec![0; octets], &start, write)?
        };
        done.ok_or(SealFailure::Seal(SealError::TooLong { limit }))
    }

    /// Builds the token in `buffer` and gives its text; `None` where the buffer is too short.
    fn run_in(
        &self,
        buffer: &mut [u8],
        start: &impl Fn(usize) -> String,
        write: &mut impl Write,
    ) -> Result<Option<String>, SealFailure> {
        let Sealer { mode, block, .. } = *self.sealer;
        let (front, back) = (mode.front(), mode.back());
        let Some(end) = buffer.len().checked_sub(back).filter(|&end| end >= front + ENVELOPE)
        else {
            return Ok(None);
        };
        let inner = &mut buffer[front..end];
        let padded = write(&mut inner[ENVELOPE..]).and_then(|length| {
            let used = ENVELOPE + length;
            let padded = match mode {
                Mode::Encrypted => token::write_pad(inner, used, block),
                Mode::Signed => Some(used),
            };
            padded.ok_or(EncodeError::Full)
        });
        let padded = match padded {
            Ok(padded) => padded,
            Err(error) => {
                crypto::wipe(inner);
                return if error == EncodeError::Full {
                    Ok(None)
                } else {
                    Err(SealFailure::Encode)
                };
            }
        };
        let octets = &mut buffer[..front + padded + back];
        if let Err(error) = self.finish(octets, padded) {
            crypto::wipe(octets);
            return Err(error.into());
        }
        let used = octets.len();
        let text = start(encoding::encoding_room(used));
        Ok(Some(encoding::encode_front(buffer, used, text)))
    }

    /// Header, envelope and tag around the payload, which is encrypted on the way.
    fn finish(&self, octets: &mut [u8], inner: usize) -> Result<(), SealError> {
        let mode = self.sealer.mode;
        let key_id = self.derived.ring().keys()[self.key].key.id();
        let header = Header::new(mode, key_id, self.claims.issued)?;
        octets[..HEADER].copy_from_slice(header.octets());
        let (front, rest) = octets.split_at_mut(mode.front());
        let (inner, tag) = rest.split_at_mut(inner);
        if let Some(envelope) = inner.first_chunk_mut::<ENVELOPE>() {
            token::write_envelope(self.claims, envelope)?;
        }
        match mode {
            Mode::Encrypted => {
                front[HEADER..].copy_from_slice(&self.nonce);
                let limit = self.sealer.limit;
                let tag = tag.first_chunk_mut().ok_or(SealError::TooLong { limit })?;
                self.encrypt(&header, inner, tag)?;
            }
            Mode::Signed => {
                let mac = self.derived.mac(self.key).ok_or(SealError::NoSealingKey)?;
                tag.copy_from_slice(&mac.sign([&*front, &*inner]));
            }
        }
        Ok(())
    }

    fn encrypt(
        &self,
        header: &Header,
        inner: &mut [u8],
        tag: &mut [u8; TAG],
    ) -> Result<(), SealError> {
        let keys = &self.sealer.keys;
        let (epoch, aad) = (header.epoch(), header.octets());
        // GCM refuses more than 64 GiB alone, which no limit allows.
        let too_long = |Refused| SealError::TooLong { limit: self.sealer.limit };
        if let Some(aead) = self.derived.epoch(self.key, epoch) {
            return aead.seal(&self.nonce, aad, inner, tag).map_err(too_long);
        }
        let aead = keys.derive(self.derived, self.key, epoch);
        aead.seal(&self.nonce, aad, inner, tag).map_err(too_long)?;
        keys.admit(self.derived, self.key, epoch, aead, self.sealer.live_epochs(self.now));
        Ok(())
    }
}
