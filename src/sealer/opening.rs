//! From text to claims and payload, in the order of docs/format-v1.md section 5: first authenticate, then decode.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::keys::Derived;
use super::{LARGE, Opened, SMALL, Sealer};
use crate::claims::Claims;
use crate::crypto::{self, AeadKey, NONCE, TAG};
use crate::encoding;
use crate::error::{Expiry, OpenError};
use crate::layout::{self, ENVELOPE, HEADER, Header, Mode};
use crate::time::Timestamp;

impl Sealer {
    /// Opens `token` and gives its claims and payload to `read`, which may refuse as the last check. If `read` puts an earlier
    /// end into the claims, that only affects whether sealing again would help.
    pub(crate) fn open_with<R>(
        &self,
        token: &[u8],
        now: Timestamp,
        read: impl FnOnce(&mut Claims, &[u8]) -> Result<R, OpenError>,
    ) -> Result<Opened<R>, OpenError> {
        self.check_length(token)?;
        let header = Header::read(token).ok_or(OpenError::Malformed)?;
        if !header.is(self.mode) {
            return Err(OpenError::WrongVersion);
        }
        let derived = self.keys.load();
        let id = header.key_id();
        let Some((key, found)) = derived.find(id) else {
            self.keys.missed();
            return Err(OpenError::UnknownKey { key: id });
        };
        if !found.opens(now) {
            return Err(OpenError::UnknownKey { key: id });
        }
        self.check_epoch(&header, now)?;
        let job = Opening { sealer: self, derived: &derived, key, header, token, now };
        let bytes = encoding::decoded_len(token.len());
        if bytes <= SMALL {
            job.run(&mut [0; SMALL], read)
        } else if bytes <= LARGE {
            job.run(&mut [0; LARGE], read)
        } else {
            job.run(&mut vec![0; bytes], read)
        }
    }

    /// Whether the ring still has the key that sealed `token`, whatever its dates.
    pub(crate) fn has_key_of(&self, token: &[u8]) -> bool {
        Header::read(token).is_some_and(|header| self.keys.load().find(header.key_id()).is_some())
    }

    /// Checks row 1 of the page's table.
    pub(crate) fn check_length(&self, token: &[u8]) -> Result<(), OpenError> {
        let (length, limit) = (token.len(), self.limit);
        if length > limit { Err(OpenError::TooLong { length, limit }) } else { Ok(()) }
    }

    /// Checks rows 5 and 6 of the page's table: an epoch outside the window costs no key derivation.
    fn check_epoch(&self, header: &Header, now: Timestamp) -> Result<(), OpenError> {
        let live = self.live_epochs(now);
        let epoch = u64::from(header.epoch());
        if epoch > *live.end() {
            return Err(OpenError::NotYetValid { from: header.epoch_start(), now });
        }
        if epoch < *live.start() {
            let end =
                header.epoch_start() + Duration::from_secs(0xFFFF + self.policy.longest_idle());
            return Err(OpenError::Expired { by: Expiry::Idle, at: end, now });
        }
        Ok(())
    }

    pub(super) fn live_epochs(&self, now: Timestamp) -> RangeInclusive<u64> {
        let leeway = self.policy.leeway;
        let oldest =
            now.as_secs().saturating_sub(self.policy.longest_idle()).saturating_sub(leeway);
        oldest >> 16..=now.as_secs().saturating_add(leeway) >> 16
    }
}

/// A token whose header was accepted, and everything needed to open the rest.
struct Opening<'s> {
    sealer: &'s Sealer,
    derived: &'s Derived,
    key: usize,
    header: Header,
    token: &'s [u8],
    now: Timestamp,
}

impl Opening<'_> {
    fn run<R>(
        &self,
        buffer: &mut [u8],
        read: impl FnOnce(&mut Claims, &[u8]) -> Result<R, OpenError>,
    ) -> Result<Opened<R>, OpenError> {
        let mode = self.sealer.mode;
        let bytes = layout::read_all(self.token, mode, buffer).ok_or(OpenError::Malformed)?;
        match mode {
            Mode::Encrypted => {
                let opened = self.open_encrypted(bytes, read);
                crypto::wipe(bytes);
                opened
            }
            Mode::Signed => self.open_signed(bytes, read),
        }
    }

    fn open_encrypted<R>(
        &self,
        bytes: &mut [u8],
        read: impl FnOnce(&mut Claims, &[u8]) -> Result<R, OpenError>,
    ) -> Result<Opened<R>, OpenError> {
        let (inner, tag) = bytes.split_last_chunk_mut::<TAG>().ok_or(OpenError::Malformed)?;
        let (front, inner) = inner.split_at_mut(Mode::Encrypted.front());
        let nonce = front[HEADER..].first_chunk::<NONCE>().ok_or(OpenError::Malformed)?;
        let epoch = self.header.epoch();
        let aad = self.header.bytes();
        let mut derived_now = None;
        let aead: &AeadKey = match self.derived.epoch(self.key, epoch) {
            Some(cached) => cached,
            None => derived_now.insert(self.sealer.keys.derive(self.derived, self.key, epoch)),
        };
        aead.open(nonce, aad, inner, tag).map_err(|_| OpenError::NotAuthentic)?;
        let used = layout::strip_pad(inner).ok_or(OpenError::Malformed)?;
        let claims = self.check(&inner[..used])?;
        if let Some(aead) = derived_now {
            let live = self.sealer.live_epochs(self.now);
            self.sealer.keys.admit(self.derived, self.key, epoch, aead, live);
        }
        self.hand_over(claims, &inner[ENVELOPE..used], read)
    }

    fn open_signed<R>(
        &self,
        bytes: &[u8],
        read: impl FnOnce(&mut Claims, &[u8]) -> Result<R, OpenError>,
    ) -> Result<Opened<R>, OpenError> {
        let (signed, tag) = bytes.split_last_chunk().ok_or(OpenError::Malformed)?;
        let mac = self.derived.mac(self.key);
        mac.verify(signed, tag).map_err(|_| OpenError::NotAuthentic)?;
        let inner = &signed[Mode::Signed.front()..];
        let claims = self.check(inner)?;
        self.hand_over(claims, &inner[ENVELOPE..], read)
    }

    /// The claims in authentic bytes, if their times are valid.
    fn check(&self, inner: &[u8]) -> Result<Claims, OpenError> {
        let envelope = inner.first_chunk::<ENVELOPE>().ok_or(OpenError::Malformed)?;
        let claims = layout::read_envelope(envelope, &self.header).ok_or(OpenError::Malformed)?;
        self.sealer.policy.check(&claims, self.now)?;
        Ok(claims)
    }

    fn hand_over<R>(
        &self,
        mut claims: Claims,
        payload: &[u8],
        read: impl FnOnce(&mut Claims, &[u8]) -> Result<R, OpenError>,
    ) -> Result<Opened<R>, OpenError> {
        let data = read(&mut claims, payload)?;
        let stale = self.sealer.policy.is_refresh_due(&claims, self.now) || self.retires(&claims);
        claims.expires_by = None;
        Ok(Opened { claims, data, stale })
    }

    /// Whether the key stops opening before the token ends, and another key seals by now. A newer key alone is no reason to seal
    /// again, because then all sessions would be sealed again at the same moment.
    fn retires(&self, claims: &Claims) -> bool {
        let ring = self.derived.ring();
        ring.keys()[self.key].open_until.is_some_and(|until| until < claims.expires)
            && ring.sealing_key(self.now).is_some_and(|sealing| sealing != self.key)
    }
}
