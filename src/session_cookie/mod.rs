//! A typed session in one cookie, pure: `now` goes in, a `SetCookie` comes out. No request, no response, no lock.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::claims::{Claims, Class};
use crate::cookie::{self, NAME_VALUE_LIMIT, SetCookie, Template};
use crate::crypto::Wiped;
use crate::csrf::CsrfTokens;
use crate::encoding;
use crate::error::{ConfigError, OpenError, SealError, SessionError};
use crate::keyring::RingHandle;
use crate::payload::Codec;
use crate::sealer::{Opened, SealFailure, Sealer, Write, copy};
use crate::time::{Clock, Timestamp};

mod builder;
#[cfg(feature = "cookie")]
mod jar;
mod protection;
mod revocation;
#[cfg(test)]
mod tests;

pub use builder::SessionCookieBuilder;
pub use revocation::Revocation;

/// Times are whole seconds: "later" is at least one.
const SECOND: Duration = Duration::from_secs(1);

/// A session of type T that lives in one cookie: its name, attributes, lifetimes, keys and schema. Cheap to clone.
///
/// ```
/// use hardtack::{Key, SessionCookie, Timestamp};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { id: u64 }
///
/// let users = SessionCookie::<User>::new("shop", Key::generate()?)?;
/// let now = Timestamp::now();
/// let cookie = users.seal(&User { id: 7 }, &users.fresh(now)?, now)?;
/// let opened = users.open([cookie.value().as_bytes()], now)?.expect("a cookie was given");
/// assert_eq!(opened.data.id, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Servers use it through a [`slot`](Self::slot), or through an adapter for their framework.
pub struct SessionCookie<T>(Arc<Inner<T>>);

/// The latest end of a session with this data, where it has one of its own.
type EndsBy<T> = Box<dyn Fn(&T, &Claims) -> Option<Timestamp> + Send + Sync>;

/// Makes a T of the octets of another schema.
type Reader<T> = Box<dyn Fn(&[u8]) -> Option<T> + Send + Sync>;

struct Migration<T> {
    schema: u32,
    read: Reader<T>,
}

struct Inner<T> {
    sealer: Sealer,
    csrf: CsrfTokens,
    template: Template,
    former: Vec<Template>,
    persistent: bool,
    whole_line: bool,
    codec: Codec,
    schema: u32,
    migrations: Vec<Migration<T>>,
    ends_by: Option<EndsBy<T>>,
    removed_when: Option<fn(&T) -> bool>,
    revocation: Option<Arc<dyn Revocation<T>>>,
    clock: Arc<dyn Clock>,
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> SessionCookie<T> {
    /// The cookie `__Host-session` of the application `app`, with all defaults.
    ///
    /// # Errors
    /// [`ConfigError::Name`] unless `app` is 1 to 64 of `A-Z a-z 0-9 . _ -`.
    pub fn new(app: &str, ring: impl Into<RingHandle>) -> Result<Self, ConfigError> {
        Self::builder(app, ring).build()
    }

    /// To choose name, attributes, lifetimes, codec, schema.
    pub fn builder(app: &str, ring: impl Into<RingHandle>) -> SessionCookieBuilder<T> {
        SessionCookieBuilder::new(app, ring.into())
    }

    /// The values of this cookie in one `Cookie` header line, for [`open`](Self::open).
    pub fn find<'l>(&self, line: &'l [u8]) -> impl Iterator<Item = &'l [u8]> {
        cookie::values(line, self.name())
    }

    /// Opens the session among all values that a request carries for this cookie: `Ok(None)` where it carries none.
    ///
    /// Values that are refused are passed over. Of one session several times, the newest counts.
    ///
    /// # Errors
    /// The first value's refusal where none opens; [`OpenError::Ambiguous`] where two different sessions do.
    pub fn open<'t>(
        &self,
        tokens: impl IntoIterator<Item = &'t [u8]>,
        now: Timestamp,
    ) -> Result<Option<Opened<T>>, OpenError> {
        self.choose(tokens.into_iter().map(|token| self.open_one(token, now)))
    }

    /// The one session among several opened or refused cookies of the name.
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
            claims.ends_by = self.0.ends_by.as_ref().and_then(|ends_by| ends_by(&data, claims));
            Ok(data)
        };
        let mut opened = self.0.sealer.open_with(token, now, read)?;
        opened.stale |= opened.claims.schema < self.0.schema;
        Ok(opened)
    }

    /// What an authentic token in time says besides its payload. Neither the hook nor a codec is asked.
    pub(crate) fn open_claims(&self, token: &[u8], now: Timestamp) -> Result<Claims, OpenError> {
        Ok(self.0.sealer.open_with(token, now, |_, _| Ok(()))?.claims)
    }

    /// Rows 16 to 19 of the table in docs/format-v1.md section 5.
    fn read(&self, claims: &Claims, payload: &[u8]) -> Result<T, OpenError> {
        let Inner { codec, schema, migrations, revocation, .. } = &*self.0;
        if revocation.as_ref().is_some_and(|hook| hook.is_revoked(claims)) {
            return Err(OpenError::Revoked);
        }
        let data = if claims.schema == *schema {
            codec.decode(payload)
        } else {
            let schema = claims.schema;
            let reader = migrations.iter().find(|migration| migration.schema == schema);
            (reader.ok_or(OpenError::UnknownSchema { schema })?.read)(payload)
        };
        let data = data.ok_or(OpenError::BadPayload)?;
        if revocation.as_ref().is_some_and(|hook| hook.is_revoked_for(claims, &data)) {
            return Err(OpenError::Revoked);
        }
        Ok(data)
    }

    /// Claims of a new standard session. No hook is asked, since no data is known; a [`slot`](Self::slot)'s `start` does.
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
        Ok(self.0.sealer.fresh_of(class, now)?.with_schema(self.0.schema))
    }

    /// Claims of a session that starts now with this data, its end included; or as soon as the hook accepts such a session, if that
    /// is within the leeway, so that every node takes it at once.
    pub(crate) fn fresh_for(&self, data: &T, class: Class) -> Result<Claims, SessionError> {
        let now = self.now();
        let after = self.revocation().and_then(|hook| hook.starts_after(data));
        let from = after.map_or(now, |after| now.max(after + SECOND));
        if from.as_secs() > now.as_secs().saturating_add(self.0.sealer.policy().leeway) {
            return Err(SessionError::TooEarly { from, now });
        }
        let claims = self.fresh_of(class, from)?;
        let end = self.0.ends_by.as_ref().and_then(|ends_by| ends_by(data, &claims));
        Ok(match end {
            Some(end) => self.0.sealer.stamp(&claims.ending_by(end), from)?,
            None => claims,
        })
    }

    /// Tells the hook, if there is one, that the session of `claims` is over.
    pub(crate) fn note_ended(&self, claims: &Claims) {
        if let Some(hook) = self.revocation() {
            hook.ended(claims, self.0.sealer.policy().over(claims));
        }
    }

    /// Seals `data`. `claims` are [`fresh`](Self::fresh) or those of the cookie that this one follows.
    ///
    /// # Errors
    /// [`SessionError::TooLarge`], [`SessionError::Encode`], or [`SessionError::Seal`]. That the data comes back from its
    /// encoding is checked by [`Session::set`](crate::Session::set) and its kind, not here.
    pub fn seal(
        &self,
        data: &T,
        claims: &Claims,
        now: Timestamp,
    ) -> Result<SetCookie, SessionError> {
        let codec = self.0.codec;
        match self.seal_by(data, claims, now, 0, |buffer| codec.encode(data, buffer)) {
            Err(SealFailure::Seal(SealError::TooLong { .. })) => {
                let data = self.encode(data)?.len();
                Err(self.too_large(data, claims.class))
            }
            done => Ok(done?),
        }
    }

    /// Seals data whose octets are known, and known to fit.
    pub(crate) fn seal_encoded(
        &self,
        data: &T,
        octets: &[u8],
        claims: &Claims,
        now: Timestamp,
    ) -> Result<SetCookie, SessionError> {
        self.check_size(octets.len(), claims.class)?;
        let (mode, block) = (self.0.sealer.mode(), self.0.sealer.block());
        let size = mode.sealed_len(octets.len(), block);
        Ok(self.seal_by(data, claims, now, size, |buffer| copy(octets, buffer))?)
    }

    fn seal_by(
        &self,
        data: &T,
        claims: &Claims,
        now: Timestamp,
        octets: usize,
        write: impl Write,
    ) -> Result<SetCookie, SealFailure> {
        let Inner { sealer, template, schema, ends_by, .. } = &*self.0;
        let mut claims = claims.clone().with_schema(*schema);
        if let Some(end) = ends_by.as_ref().and_then(|ends_by| ends_by(data, &claims)) {
            claims = claims.ending_by(end);
        }
        let limit = self.value_limit(claims.class);
        let start = |characters| template.start(characters);
        let (expires, text) = sealer.seal_with(&claims, now, limit, octets, start, write)?;
        let left = expires.as_secs().saturating_sub(now.as_secs());
        Ok(template.finish(text, self.is_persistent(claims.class).then_some(left)))
    }

    /// The line that makes the browser forget this cookie.
    pub fn removal(&self) -> SetCookie {
        self.0.template.removal()
    }

    /// The same for each scope named by [`formerly`](SessionCookieBuilder::formerly).
    pub fn former_removals(&self) -> impl Iterator<Item = SetCookie> {
        self.0.former.iter().map(Template::removal)
    }

    /// The octets of `data`, if they fit the cookie and decode again.
    pub(crate) fn encode_checked(&self, data: &T, class: Class) -> Result<Wiped, SessionError> {
        let octets = self.encode(data)?;
        self.check_size(octets.len(), class)?;
        self.0.codec.decode::<T>(&octets).ok_or(SessionError::NotFaithful)?;
        Ok(octets)
    }

    pub(crate) fn encode(&self, data: &T) -> Result<Wiped, SessionError> {
        self.0.codec.encode_to_vec(data).ok_or(SessionError::Encode)
    }

    pub(crate) fn decode(&self, octets: &[u8]) -> Result<T, SessionError> {
        self.0.codec.decode(octets).ok_or(SessionError::NotFaithful)
    }
}

impl<T> SessionCookie<T> {
    /// The cookie's name.
    pub fn name(&self) -> &str {
        self.0.template.name()
    }

    /// The most octets of encoded data that fit the cookie of a session of this class.
    pub fn room(&self, class: Class) -> usize {
        let Inner { sealer, .. } = &*self.0;
        sealer.mode().room(self.value_limit(class), sealer.block()).unwrap_or(0)
    }

    fn check_size(&self, data: usize, class: Class) -> Result<(), SessionError> {
        if data <= self.room(class) { Ok(()) } else { Err(self.too_large(data, class)) }
    }

    fn too_large(&self, data: usize, class: Class) -> SessionError {
        let Inner { sealer, .. } = &*self.0;
        let value = encoding::encoded_len(sealer.mode().sealed_len(data, sealer.block()));
        let used = self.overhead(class) + value;
        SessionError::TooLarge { used, limit: NAME_VALUE_LIMIT, data }
    }

    /// Octets beside the value that count against the limit.
    fn overhead(&self, class: Class) -> usize {
        let Inner { template, whole_line, .. } = &*self.0;
        if *whole_line {
            template.overhead(self.is_persistent(class))
        } else {
            template.name().len()
        }
    }

    fn value_limit(&self, class: Class) -> usize {
        NAME_VALUE_LIMIT.saturating_sub(self.overhead(class))
    }

    fn is_persistent(&self, class: Class) -> bool {
        class == Class::Remembered || self.0.persistent
    }

    pub(crate) fn check_length(&self, token: &[u8]) -> Result<(), OpenError> {
        self.0.sealer.check_length(token)
    }

    /// Whether these claims were sealed by a node that writes a later schema than this one.
    pub(crate) fn is_newer(&self, claims: &Claims) -> bool {
        claims.schema > self.0.schema
    }

    pub(crate) fn csrf(&self) -> &CsrfTokens {
        &self.0.csrf
    }

    /// Whether this data is kept by keeping no cookie.
    pub(crate) fn says_nothing(&self, data: &T) -> bool {
        self.0.removed_when.is_some_and(|says_nothing| says_nothing(data))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(crate) fn revocation(&self) -> Option<&dyn Revocation<T>> {
        self.0.revocation.as_deref()
    }
}

impl<T> Clone for SessionCookie<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for SessionCookie<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCookie").field("name", &self.name()).finish_non_exhaustive()
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
