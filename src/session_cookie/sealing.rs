//! From data and claims to a `Set-Cookie` line, or to the error that says how much is too much.

use super::{Inner, SessionCookie};
use crate::claims::{Claims, Class};
use crate::cookie::{NAME_VALUE_LIMIT, SetCookie};
use crate::crypto::Wiped;
use crate::encoding;
use crate::error::{SealError, SessionError};
use crate::payload::{Encoded, Payload, Raw, SessionData};
use crate::sealer::{Line, SealFailure};
use crate::time::Timestamp;

impl<T: SessionData> SessionCookie<T> {
    /// Returns the claims of a new session. No hook is asked, since no data is known; a [`slot`](Self::slot)'s `start` does.
    ///
    /// # Errors
    /// [`SealError::ClassOff`] for a class that is switched off; [`SealError::Random`] where the operating system has no
    /// randomness for the session id.
    pub fn new_claims(&self, class: Class, now: Timestamp) -> Result<Claims, SealError> {
        Ok(self.0.sealer.new_claims(class, now)?.with_schema(self.0.written.number))
    }

    /// Claims of a session that starts now with this data, its end included; or as soon as the hook accepts such a session, if that
    /// is within the leeway, so that every node takes it at once.
    pub(crate) fn new_claims_for(&self, data: &T, class: Class) -> Result<Claims, SessionError> {
        let now = self.now();
        let earliest = self.revocation().and_then(|hook| hook.earliest_start(data));
        let from = earliest.map_or(now, |earliest| now.max(earliest));
        if from.as_secs() > now.as_secs().saturating_add(self.0.sealer.policy().leeway) {
            return Err(SessionError::TooEarly { from, now });
        }
        let claims = self.new_claims(class, from)?;
        Ok(self.stamp(data, &claims, from)?)
    }

    /// The claims as sealing at `now` would stamp them.
    pub(crate) fn stamp(
        &self,
        data: &T,
        claims: &Claims,
        now: Timestamp,
    ) -> Result<Claims, SealError> {
        let stamped = self.0.sealer.policy().stamp(&self.with_end(data, claims), now)?;
        // The data decides anew at each sealing.
        Ok(Claims { expires_by: claims.expires_by, ..stamped })
    }

    /// The claims with the earlier end that this data has.
    pub(super) fn with_end(&self, data: &T, claims: &Claims) -> Claims {
        let claims = claims.clone();
        let expires_by = self.0.expires_by.as_ref();
        match expires_by.and_then(|expires_by| expires_by(data, &claims)) {
            Some(end) => claims.expires_by(end),
            None => claims,
        }
    }

    /// Seals `data`. `claims` come from [`new_claims`](Self::new_claims), or from the cookie that this one follows.
    ///
    /// # Errors
    /// [`SessionError::TooLarge`], [`SessionError::Encode`] (also for a field that `skip_serializing_if` leaves out), or
    /// [`SessionError::Seal`]. That the data is written as it is read, and comes back from its encoding, is checked by
    /// [`Session::set`](crate::Session::set) and its kind, not here.
    pub fn seal(
        &self,
        data: &T,
        claims: &Claims,
        now: Timestamp,
    ) -> Result<SetCookie, SessionError> {
        let payload = Encoded { codec: self.0.codec, value: data };
        match self.seal_payload(data, self.0.written.number, claims, now, &payload) {
            Err(SealFailure::Seal(SealError::TooLong { .. })) => {
                let data = self.encode(data)?.len();
                Err(self.too_large(data, claims.class))
            }
            done => Ok(done?),
        }
    }

    /// Seals data whose bytes are known.
    pub(crate) fn seal_encoded(
        &self,
        data: &T,
        bytes: &[u8],
        claims: &Claims,
        now: Timestamp,
    ) -> Result<SetCookie, SessionError> {
        self.check_size(bytes.len(), claims.class)?;
        Ok(self.seal_payload(data, self.0.written.number, claims, now, &Raw(bytes))?)
    }

    /// Seals the payload of a token again, as it is and under its own number: what a newer shape has more of is kept. The token was
    /// good when it was `looked` at. A session that came in another system's cookie has none: its data is sealed.
    pub(crate) fn seal_again(
        &self,
        data: &T,
        token: Option<&[u8]>,
        claims: &Claims,
        looked: Timestamp,
        now: Timestamp,
    ) -> Result<SetCookie, SessionError> {
        let opened = token.and_then(|token| self.open_payload(token, looked).ok());
        match opened {
            Some((number, bytes)) => {
                self.check_size(bytes.len(), claims.class)?;
                Ok(self.seal_payload(data, number, claims, now, &Raw(&bytes))?)
            }
            None if claims.schema == self.0.written.number => self.seal(data, claims, now),
            None => Err(SealError::NoSealingKey.into()),
        }
    }

    fn seal_payload(
        &self,
        data: &T,
        number: u32,
        claims: &Claims,
        now: Timestamp,
        payload: &impl Payload,
    ) -> Result<SetCookie, SealFailure> {
        let Inner { sealer, template, .. } = &*self.0;
        let limit = self.value_limit(claims.class);
        let line = Line { front: template.front(), spare: template.spare(), limit };
        let claims = self.with_end(data, claims).with_schema(number);
        let (expires, text) = sealer.seal_into(line, &claims, payload, now)?;
        let left = expires.as_secs().saturating_sub(now.as_secs());
        Ok(template.finish(text, self.is_persistent(claims.class).then_some(left)))
    }

    /// The bytes of `data`, if they fit the cookie and decode again.
    pub(crate) fn encode_checked(&self, data: &T, class: Class) -> Result<Wiped, SessionError> {
        let fits = |bytes| self.check_size(bytes, class);
        self.0.written.encode_checked(self.0.codec, data, fits)
    }

    pub(crate) fn encode(&self, data: &T) -> Result<Wiped, SessionError> {
        self.0.codec.encode_to_vec(data).ok_or(SessionError::Encode)
    }

    pub(crate) fn decode(&self, bytes: &[u8]) -> Result<T, SessionError> {
        self.0.codec.decode(bytes).ok_or(SessionError::NotFaithful)
    }

    fn check_size(&self, data: usize, class: Class) -> Result<(), SessionError> {
        if data <= self.capacity(class) { Ok(()) } else { Err(self.too_large(data, class)) }
    }

    fn too_large(&self, data: usize, class: Class) -> SessionError {
        let Inner { sealer, .. } = &*self.0;
        let value = encoding::encoded_len(sealer.mode().sealed_len(data, sealer.block()));
        let used = self.overhead(class) + value;
        SessionError::TooLarge { used, limit: NAME_VALUE_LIMIT, data }
    }
}

impl From<SealFailure> for SessionError {
    fn from(failure: SealFailure) -> Self {
        match failure {
            SealFailure::Seal(error) => Self::Seal(error),
            SealFailure::Encode => Self::Encode,
        }
    }
}
