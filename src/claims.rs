//! When: what a token says of its session's life, and the policy it is held against. No clock is read here.

use std::fmt;
use std::time::Duration;

use crate::error::{ConfigError, Expiry, OpenError, SealError};
use crate::time::Timestamp;

/// Seconds that clocks of a fleet may differ, unless configured.
pub(crate) const LEEWAY: u64 = 60;

/// How long a session of one class lasts.
///
/// Source of the defaults: OWASP Session Management Cheat Sheet, "Session Expiration" (15–30 minutes idle for low-risk
/// applications, 4–8 hours absolute for an office day).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    /// The most time between two refreshes; whole seconds count.
    pub idle: Duration,
    /// The most time since the session's start, whatever happens; whole seconds count.
    pub absolute: Duration,
}

impl Lifetime {
    /// 30 minutes idle, 8 hours absolute.
    pub const STANDARD: Self =
        Self { idle: Duration::from_secs(30 * 60), absolute: Duration::from_secs(8 * 3600) };

    /// 14 days idle, 90 days absolute.
    pub const REMEMBERED: Self =
        Self { idle: Duration::from_secs(14 * 86_400), absolute: Duration::from_secs(90 * 86_400) };
}

/// The two classes of session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Ends with the browser unless configured otherwise.
    Standard,
    /// "Remember me": kept across restarts of the browser.
    Remembered,
}

/// A session's name: 16 random octets, kept across refreshes, replaced by `renew`. Not a secret: it opens nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub(crate) [u8; 16]);

impl SessionId {
    /// The id of these octets, say from a table of sessions that the application keeps.
    pub const fn from_bytes(octets: [u8; 16]) -> Self {
        Self(octets)
    }

    /// The octets.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// Prints 32 hexadecimal digits.
impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({self})")
    }
}

/// What a token says besides its payload. Made by `fresh` or by opening; `issued` and `expires` are the sealer's to set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    pub(crate) class: Class,
    pub(crate) schema: u32,
    pub(crate) session_id: SessionId,
    pub(crate) created: Timestamp,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Timestamp,
    /// An earlier end for the next sealing; not part of a token.
    pub(crate) ends_by: Option<Timestamp>,
}

impl Claims {
    /// Standard or remembered.
    pub fn class(&self) -> Class {
        self.class
    }

    /// The number of the payload's shape.
    pub fn schema(&self) -> u32 {
        self.schema
    }

    /// The session's name.
    pub fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// When the session started.
    pub fn created(&self) -> Timestamp {
        self.created
    }

    /// When this token was sealed: the session's last refresh.
    pub fn issued(&self) -> Timestamp {
        self.issued
    }

    /// The first moment at which this token is refused, unless today's policy refuses it earlier.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// The same claims with the number of the payload's shape. A typed session's number is its configuration's instead.
    pub fn with_schema(mut self, schema: u32) -> Self {
        self.schema = schema;
        self
    }

    /// The same claims, to be sealed with an end no later than `end`, for a single token that must be short-lived.
    ///
    /// A token does not remember that its end was chosen: say it at each sealing, or, for sessions, once with
    /// [`ends_by`](crate::SessionCookieBuilder::ends_by).
    pub fn ending_by(mut self, end: Timestamp) -> Self {
        self.ends_by = Some(self.ends_by.map_or(end, |e| e.min(end)));
        self
    }
}

/// A [`Lifetime`] in seconds, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    idle: u64,
    absolute: u64,
}

impl Span {
    fn new(lifetime: Lifetime) -> Result<Self, ConfigError> {
        let (idle, absolute) = (lifetime.idle.as_secs(), lifetime.absolute.as_secs());
        if idle == 0 || absolute == 0 || idle >= 1 << 39 || absolute >= 1 << 39 {
            return Err(ConfigError::Lifetime);
        }
        if idle > absolute {
            return Err(ConfigError::IdleAboveAbsolute);
        }
        Ok(Self { idle, absolute })
    }

    /// Where today's policy ends a token: idle, absolute. Additions only: nothing can saturate into an immortal session.
    fn ends(self, issued: Timestamp, created: Timestamp) -> (u64, u64) {
        (
            issued.as_secs().saturating_add(self.idle),
            created.as_secs().saturating_add(self.absolute),
        )
    }
}

/// The lifetimes that sealing stamps and opening enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    standard: Span,
    remembered: Option<Span>,
    pub(crate) leeway: u64,
}

impl Default for Policy {
    fn default() -> Self {
        let span = |lifetime: Lifetime| Span {
            idle: lifetime.idle.as_secs(),
            absolute: lifetime.absolute.as_secs(),
        };
        Self {
            standard: span(Lifetime::STANDARD),
            remembered: Some(span(Lifetime::REMEMBERED)),
            leeway: LEEWAY,
        }
    }
}

impl Policy {
    pub(crate) fn new(
        standard: Lifetime,
        remembered: Option<Lifetime>,
        leeway: u64,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            standard: Span::new(standard)?,
            remembered: remembered.map(Span::new).transpose()?,
            leeway,
        })
    }

    fn span(&self, class: Class) -> Option<Span> {
        match class {
            Class::Standard => Some(self.standard),
            Class::Remembered => self.remembered,
        }
    }

    /// The greatest idle timeout: every token is stamped to end at most this long after `issued`.
    pub(crate) fn longest_idle(&self) -> u64 {
        self.remembered.map_or(self.standard.idle, |r| r.idle.max(self.standard.idle))
    }

    /// From when on every token of this session is refused by every node. The class may be off by now: its tokens' own end then counts.
    pub(crate) fn over(&self, claims: &Claims) -> Timestamp {
        let end = match self.span(claims.class) {
            Some(span) => span.ends(claims.issued, claims.created).1,
            None => claims.expires.as_secs(),
        };
        Timestamp::from_secs(end.saturating_add(self.leeway))
    }

    /// The longest that a session of any class lasts on any node, in seconds.
    pub(crate) fn longest(&self) -> u64 {
        let remembered = self.remembered.map_or(0, |span| span.absolute);
        self.standard.absolute.max(remembered).saturating_add(self.leeway)
    }

    /// The claims as sealed at `now`.
    pub(crate) fn stamp(&self, claims: &Claims, now: Timestamp) -> Result<Claims, SealError> {
        let (issued, expires) = self.stamps(claims, now)?;
        Ok(Claims { issued, expires, ..claims.clone() })
    }

    /// `issued` never goes back, `expires` is the nearest end.
    fn stamps(&self, claims: &Claims, now: Timestamp) -> Result<(Timestamp, Timestamp), SealError> {
        let span = self.span(claims.class).ok_or(SealError::ClassOff)?;
        let issued = claims.issued.max(now);
        let (idle, absolute) = span.ends(issued, claims.created);
        let end = Timestamp::from_secs(idle.min(absolute));
        let expires = claims.ends_by.map_or(end, |chosen| chosen.min(end));
        if issued < expires { Ok((issued, expires)) } else { Err(SealError::Over) }
    }

    /// Rows 11 to 15 of the table in docs/format-v1.md section 5.
    pub(crate) fn check(&self, claims: &Claims, now: Timestamp) -> Result<(), OpenError> {
        let from = claims.issued;
        if from.as_secs() > now.as_secs().saturating_add(self.leeway) {
            return Err(OpenError::NotYetValid { from, now });
        }
        expired(Expiry::Stamp, claims.expires.as_secs(), now)?;
        let span = self.span(claims.class).ok_or(OpenError::ClassOff)?;
        let (idle, absolute) = span.ends(claims.issued, claims.created);
        expired(Expiry::Idle, idle, now)?;
        expired(Expiry::Absolute, absolute, now)
    }

    /// Whether half the idle time is over and sealing again would let the session live longer. A token that was stamped shorter than
    /// half of today's idle time, under a policy loosened since, has half of its own: it would be over before.
    pub(crate) fn is_refresh_due(&self, claims: &Claims, now: Timestamp) -> bool {
        let Some(span) = self.span(claims.class) else {
            return false;
        };
        let own = claims.expires.as_secs().saturating_sub(claims.issued.as_secs());
        let idle = if own > span.idle.div_ceil(2) { span.idle } else { own };
        let half = claims.issued.as_secs().saturating_add(idle.div_ceil(2));
        let (idle, absolute) = span.ends(claims.issued, claims.created);
        let end = claims.expires.as_secs().min(idle).min(absolute);
        now.as_secs() >= half
            && self.stamps(claims, now).is_ok_and(|(_, again)| again.as_secs() > end)
    }
}

fn expired(by: Expiry, at: u64, now: Timestamp) -> Result<(), OpenError> {
    if now.as_secs() < at {
        return Ok(());
    }
    let at = Timestamp::from_secs(at);
    Err(OpenError::Expired { by, at, now })
}

#[cfg(test)]
mod tests;
