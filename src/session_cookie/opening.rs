//! Finds the one session among the values in a request.

use super::{Inner, SessionCookie};
use crate::claims::Claims;
use crate::cookie;
use crate::crypto::Wiped;
use crate::error::OpenError;
use crate::payload::SessionData;
use crate::sealer::Opened;
use crate::time::Timestamp;

impl<T: SessionData> SessionCookie<T> {
    /// Returns the values of this cookie in one `Cookie` header line, for [`open`](Self::open).
    pub fn find<'l>(&self, line: &'l [u8]) -> impl Iterator<Item = &'l [u8]> {
        cookie::values(line, self.name())
    }

    /// Opens the session among all values that a request carries for this cookie: `Ok(None)` if there are none.
    ///
    /// Refused values are skipped. If a session appears several times, the newest counts.
    ///
    /// # Errors
    /// If none opens, the refusal of the first value; [`OpenError::Ambiguous`] if two different sessions do.
    pub fn open<'t>(
        &self,
        tokens: impl IntoIterator<Item = &'t [u8]>,
        now: Timestamp,
    ) -> Result<Option<Opened<T>>, OpenError> {
        self.choose(tokens.into_iter().map(|token| self.open_one(token, now)))
    }

    /// Picks the session among several opened or refused cookies with the same name.
    pub(crate) fn choose(
        &self,
        opened: impl Iterator<Item = Result<Opened<T>, OpenError>>,
    ) -> Result<Option<Opened<T>>, OpenError> {
        let mut newest: Option<Opened<T>> = None;
        let mut refusal = None;
        for result in opened {
            match (result, &newest) {
                (Err(error), _) => {
                    refusal.get_or_insert(error);
                }
                (Ok(one), Some(other)) if one.claims.session_id != other.claims.session_id => {
                    return Err(OpenError::Ambiguous);
                }
                (Ok(one), Some(other)) if one.claims.issued <= other.claims.issued => {}
                (Ok(one), _) => newest = Some(one),
            }
        }
        match (newest, refusal) {
            (None, Some(error)) => Err(error),
            (newest, _) => Ok(newest),
        }
    }

    pub(crate) fn open_one(&self, token: &[u8], now: Timestamp) -> Result<Opened<T>, OpenError> {
        let read = |claims: &mut Claims, payload: &[u8]| {
            let data = self.read(claims, payload)?;
            let expires_by = self.0.expires_by.as_ref();
            claims.expires_by = expires_by.and_then(|expires_by| expires_by(&data, claims));
            Ok(data)
        };
        self.0.sealer.open_with(token, now, read)
    }

    /// Opens the claims of an authentic token in time, without asking the hook or a codec.
    pub(crate) fn open_claims(&self, token: &[u8], now: Timestamp) -> Result<Claims, OpenError> {
        Ok(self.0.sealer.open_with(token, now, |_, _| Ok(()))?.claims)
    }

    /// Checks rows 16 to 19 of the table in docs/format-v1.md section 5.
    fn read(&self, claims: &Claims, payload: &[u8]) -> Result<T, OpenError> {
        let Inner { codec, written, readers, revocation, .. } = &*self.0;
        if revocation.as_ref().is_some_and(|hook| hook.is_revoked(claims)) {
            return Err(OpenError::Revoked);
        }
        let (found, written) = (claims.schema, written.number);
        let data = if found == written {
            codec.decode(payload)
        } else {
            let reader = readers.iter().find(|reader| reader.number == found);
            (reader.ok_or(OpenError::UnknownShape { found, written })?.read)(payload)
        };
        let data = data.ok_or(OpenError::BadPayload)?;
        if revocation.as_ref().is_some_and(|hook| hook.is_revoked_for(claims, &data)) {
            return Err(OpenError::Revoked);
        }
        Ok(data)
    }

    /// Opens the payload of an authentic token in time, and the number of its shape.
    pub(super) fn open_payload(
        &self,
        token: &[u8],
        now: Timestamp,
    ) -> Result<(u32, Wiped), OpenError> {
        let read = |_: &mut Claims, payload: &[u8]| {
            let mut bytes = Wiped::zeros(payload.len());
            bytes.copy_from_slice(payload);
            Ok(bytes)
        };
        let opened = self.0.sealer.open_with(token, now, read)?;
        Ok((opened.claims.schema, opened.data))
    }

    /// Whether a session with these claims and data is due for a refresh.
    pub(crate) fn is_refresh_due(&self, data: &T, claims: &Claims, now: Timestamp) -> bool {
        self.0.sealer.policy().is_refresh_due(&self.with_end(data, claims), now)
    }

    /// Whether more than a quarter of the idle time remains, so that a refresh can wait for another response.
    pub(crate) fn can_wait(&self, claims: &Claims, now: Timestamp) -> bool {
        self.0.sealer.policy().can_wait(claims, now)
    }

    /// Whether the ring still has the key of a token that was valid: removing a key ends its sessions.
    pub(crate) fn has_key_of(&self, token: &[u8]) -> bool {
        self.0.sealer.has_key_of(token)
    }

    /// Checks row 1 of the page's table.
    pub(crate) fn check_length(&self, token: &[u8]) -> Result<(), OpenError> {
        self.0.sealer.check_length(token)
    }
}
