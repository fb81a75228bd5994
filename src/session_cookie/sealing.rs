//! From data and claims to a `Set-Cookie` line, or to an error that says by how much the data is too large.

use super::builder::SessionCookieBuilder;
use super::{Inner, SessionCookie};
use crate::claims::{Claims, Class};
use crate::cookie::{NAME_VALUE_LIMIT, SetCookie, Template};
use crate::crypto::Wiped;
use crate::encoding;
use crate::error::{Problem, SealError, SessionError, SetupError};
use crate::payload::{Encoded, Payload, Raw, SessionData};
use crate::sealer::{Line, SealFailure, Sealer};
use crate::time::Timestamp;

impl<T: SessionData> SessionCookie<T> {
    /// Returns the claims of a new session. Asks no hook, because the data is not known yet; `start` of a [`slot`](Self::slot)
    /// does.
    ///
    /// # Errors
    /// [`SealError::ClassOff`] for a class that is switched off; [`SealError::Random`] if the operating system provides no
    /// randomness for the session id.
    pub fn new_claims(&self, class: Class, now: Timestamp) -> Result<Claims, SealError> {
        Ok(self.0.sealer.new_claims(class, now)?.with_schema(self.0.written.number))
    }

    /// Claims for a session with this data that starts now, including its end. If the hook accepts such a session only later, but
    /// within the leeway, it starts then, so that every node accepts it at once.
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
        // The data decides again at each sealing.
        Ok(Claims { expires_by: claims.expires_by, ..stamped })
    }

    /// The claims, with the earlier end that this data sets.
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
    /// [`SessionError::TooLarge`], [`SessionError::AboveHeaderBudget`], [`SessionError::Encode`] (also for a field that
    /// `skip_serializing_if` leaves out), or [`SessionError::Seal`]. This does not check that the data is written as it is read,
    /// and comes back from its encoding: [`Session::set`](crate::Session::set) and the other changes of a session do.
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

    /// Seals data that is already encoded.
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

    /// Seals the payload of a token again, unchanged and with its own shape number, so that what a newer shape has in addition is
    /// kept. The token was valid when the session was `looked` at. A session that came in another system's cookie has no such
    /// token: its data is sealed instead.
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

    /// Encodes `data`, if it fits into the cookie and decodes again.
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
        let Inner { sealer, template, room, .. } = &*self.0;
        let value = value_len(sealer, data);
        let persistent = self.is_persistent(class);
        match room.budget {
            Some(budget) if room.is_budget_less(template, persistent) => {
                let used = room.taken(template, persistent) + value;
                SessionError::AboveHeaderBudget { used, budget, data }
            }
            _ => {
                let used = room.counted(template, persistent) + value;
                SessionError::TooLarge { used, limit: NAME_VALUE_LIMIT, data }
            }
        }
    }
}

impl<T: SessionData> SessionCookieBuilder<T> {
    /// Counts only name and value against the limit of 4096 bytes, as RFC 6265bis does. Default: the whole `Set-Cookie` value,
    /// because some servers, proxies and older browsers count that.
    pub fn limit_name_and_value_only(mut self) -> Self {
        self.whole_line = false;
        self
    }

    /// Keeps the cookie small enough for a proxy to let the response through: it takes at most `bytes` of the response's header.
    /// Default: no limit but the cookie's own 4096 bytes.
    ///
    /// A proxy answers 502 if a response's header does not fit its buffer: nginx lets 4095 bytes through by default. Set `bytes` to
    /// that less what your other headers take; [operations](crate::guide::operations) has the limits of other proxies, and how to
    /// measure. Every line that this cookie adds counts: `set-cookie: `, the cookie with its attributes and the line's end, and
    /// the same again for each [`former_scope`](Self::former_scope) and each scope of a [`predecessor`](Self::predecessor), which
    /// are removed in the same response. Cookies of other types, flash messages and log-in flows are other headers.
    ///
    /// Data that needs more is refused as [`SessionError::AboveHeaderBudget`] before anything is changed. A session that is
    /// already larger goes on without being refreshed.
    pub fn header_budget(mut self, bytes: usize) -> Self {
        self.header_budget = Some(bytes);
        self
    }
}

/// How long the cookie's line may be, for browsers and for the proxies in front.
pub(super) struct Room {
    /// Whether the whole line counts against the browsers' limit.
    whole_line: bool,
    /// How many bytes of a response's header it may take.
    budget: Option<usize>,
    /// How many of those bytes are not the cookie's own line.
    beside: usize,
}

impl Room {
    /// `removals` are the lines that a response may remove when it sets the cookie.
    pub(super) fn new(
        whole_line: bool,
        budget: Option<usize>,
        removals: impl Iterator<Item = SetCookie>,
    ) -> Self {
        let beside = removals.map(|line| FIELD + line.as_str().len()).sum::<usize>() + FIELD;
        Self { whole_line, budget, beside }
    }

    /// Refuses a budget too small for any session, and one that is never reached.
    pub(super) fn check(
        &self,
        template: &Template,
        persistent: bool,
        sealer: &Sealer,
    ) -> Result<(), SetupError> {
        let Some(bytes) = self.budget else { return Ok(()) };
        let taken = self.taken(template, persistent);
        let least = taken + value_len(sealer, 0);
        let most = taken + NAME_VALUE_LIMIT.saturating_sub(self.counted(template, persistent));
        if bytes < least {
            return Err(Problem::HeaderBudgetTooSmall { bytes, least }.into());
        }
        if bytes > most {
            return Err(Problem::HeaderBudgetUnused { bytes, most }.into());
        }
        Ok(())
    }

    pub(super) fn value_limit(&self, template: &Template, persistent: bool) -> usize {
        let browsers = NAME_VALUE_LIMIT.saturating_sub(self.counted(template, persistent));
        self.proxies(template, persistent).map_or(browsers, |proxies| proxies.min(browsers))
    }

    fn is_budget_less(&self, template: &Template, persistent: bool) -> bool {
        let browsers = NAME_VALUE_LIMIT.saturating_sub(self.counted(template, persistent));
        self.proxies(template, persistent).is_some_and(|proxies| proxies < browsers)
    }

    fn proxies(&self, template: &Template, persistent: bool) -> Option<usize> {
        Some(self.budget?.saturating_sub(self.taken(template, persistent)))
    }

    /// Bytes besides the value that count against the browsers' limit.
    fn counted(&self, template: &Template, persistent: bool) -> usize {
        if self.whole_line { template.overhead(persistent) } else { template.name().len() }
    }

    /// Bytes besides the value that count against the budget.
    fn taken(&self, template: &Template, persistent: bool) -> usize {
        self.beside + template.overhead(persistent)
    }
}

/// The length of `set-cookie: ` and the line's end.
const FIELD: usize = 14;

/// How many bytes a value with this much data has.
fn value_len(sealer: &Sealer, data: usize) -> usize {
    encoding::encoded_len(sealer.mode().sealed_len(data, sealer.block()))
}

impl From<SealFailure> for SessionError {
    fn from(failure: SealFailure) -> Self {
        match failure {
            SealFailure::Seal(error) => Self::Seal(error),
            SealFailure::Encode => Self::Encode,
        }
    }
}
