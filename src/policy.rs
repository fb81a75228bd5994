//! The timeouts that sealing stamps and opening enforces (docs/format-v1.md section 5). Reads no clock.

use crate::claims::{Claims, Class, Timeouts};
use crate::error::{Expiry, OpenError, Problem, SealError, SetupError};
use crate::time::Timestamp;

/// The longest that a session waits for a refresh, in seconds: half the time that browsers keep a cookie (RFC 6265bis section
/// 5.5).
const LONGEST_WAIT: u64 = 200 * 86_400;
/// The same for remembered sessions: some browsers drop cookies after seven days if a script could have set them.
const LONGEST_WAIT_REMEMBERED: u64 = 86_400;

/// How many seconds the clocks of a fleet may differ by default.
pub(crate) const LEEWAY: u64 = 60;

/// A [`Timeouts`] in seconds, checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    idle: u64,
    absolute: u64,
}

impl Span {
    fn new(timeouts: Timeouts) -> Result<Self, SetupError> {
        let (idle, absolute) = (timeouts.idle.as_secs(), timeouts.absolute.as_secs());
        if idle == 0 || absolute == 0 || idle >= 1 << 39 || absolute >= 1 << 39 {
            return Err(Problem::Timeout.into());
        }
        if idle > absolute {
            return Err(Problem::IdleAboveAbsolute.into());
        }
        Ok(Self { idle, absolute })
    }

    /// When today's policy ends a token: idle, absolute. It only adds, so nothing can saturate into an immortal session.
    fn ends(self, issued: Timestamp, created: Timestamp) -> (u64, u64) {
        (
            issued.as_secs().saturating_add(self.idle),
            created.as_secs().saturating_add(self.absolute),
        )
    }

    /// When a token with these claims ends: by its stamp or by today's policy, whichever comes first.
    fn end(self, claims: &Claims) -> u64 {
        let (idle, absolute) = self.ends(claims.issued, claims.created);
        claims.expires.as_secs().min(idle).min(absolute)
    }
}

/// The timeouts that sealing stamps and opening enforces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    standard: Span,
    remembered: Option<Span>,
    pub(crate) leeway: u64,
}

impl Default for Policy {
    fn default() -> Self {
        let span = |timeouts: Timeouts| Span {
            idle: timeouts.idle.as_secs(),
            absolute: timeouts.absolute.as_secs(),
        };
        Self {
            standard: span(Timeouts::STANDARD),
            remembered: Some(span(Timeouts::REMEMBERED)),
            leeway: LEEWAY,
        }
    }
}

impl Policy {
    pub(crate) fn new(
        standard: Timeouts,
        remembered: Option<Timeouts>,
        leeway: u64,
    ) -> Result<Self, SetupError> {
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

    /// The longest idle timeout. Every token is stamped to end at most this long after `issued`.
    pub(crate) fn longest_idle(&self) -> u64 {
        self.remembered.map_or(self.standard.idle, |r| r.idle.max(self.standard.idle))
    }

    /// The moment from which every node refuses every token of this session. If its class is off by now, the token's own end
    /// counts.
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

    /// Returns the claims as they are sealed at `now`.
    pub(crate) fn stamp(&self, claims: &Claims, now: Timestamp) -> Result<Claims, SealError> {
        let (issued, expires) = self.stamps(claims, now)?;
        Ok(Claims { issued, expires, ..claims.clone() })
    }

    /// Computes `issued`, which never goes back, and `expires`, which is the nearest end.
    fn stamps(&self, claims: &Claims, now: Timestamp) -> Result<(Timestamp, Timestamp), SealError> {
        let span = self.span(claims.class).ok_or(SealError::ClassOff)?;
        let issued = claims.issued.max(now);
        let (idle, absolute) = span.ends(issued, claims.created);
        let end = Timestamp::from_secs(idle.min(absolute));
        let expires = claims.expires_by.map_or(end, |chosen| chosen.min(end));
        // No opener takes what was issued before it was created.
        let is_sound = claims.created <= issued && issued < expires;
        if is_sound { Ok((issued, expires)) } else { Err(SealError::Over) }
    }

    /// Checks rows 11 to 15 of the table in docs/format-v1.md section 5.
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

    /// Whether a refresh is due: half the idle time is over, or a day of a remembered session, and sealing again would let the
    /// session live longer. A token may have been stamped shorter than half of today's idle time, under an earlier, stricter
    /// policy. It would end before that half, so it waits for half of its own time.
    pub(crate) fn is_refresh_due(&self, claims: &Claims, now: Timestamp) -> bool {
        let Some(span) = self.span(claims.class) else {
            return false;
        };
        let own = claims.expires.as_secs().saturating_sub(claims.issued.as_secs());
        let idle = if own > span.idle.div_ceil(2) { span.idle } else { own };
        let longest = match claims.class {
            Class::Standard => LONGEST_WAIT,
            Class::Remembered => LONGEST_WAIT_REMEMBERED,
        };
        let waited = now.as_secs().saturating_sub(claims.issued.as_secs());
        let end = span.end(claims);
        let Ok((_, again)) = self.stamps(claims, now) else { return false };
        // A browser may drop the cookie before its end, so setting the same end again is worth it.
        waited >= longest || (waited >= idle.div_ceil(2) && again.as_secs() > end)
    }

    /// Whether more than a quarter of the idle time remains.
    pub(crate) fn can_wait(&self, claims: &Claims, now: Timestamp) -> bool {
        let Some(span) = self.span(claims.class) else {
            return false;
        };
        span.end(claims).saturating_sub(now.as_secs()) > span.idle / 4
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
