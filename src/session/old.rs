//! Another system's cookies in a request: used for a session if our own cookie is absent, removed once the session has moved.

use super::state::{Current, Found};
use crate::claims::Claims;
use crate::error::OldCookieError;
use crate::log;
use crate::migrate::OldCookie;
use crate::payload::SessionData;
use crate::sealer::Opened;
use crate::session_cookie::{Old, SessionCookie};
use crate::time::Timestamp;

/// The most values of one predecessor that are read in a request. A browser has one, or one in each scope. Each costs a call of
/// the reader and, when a session ends or starts, a call of the hook, which remembers it.
const MOST: usize = 20;

/// The request's values for predecessors. Without predecessors this takes no memory.
#[derive(Default)]
pub(super) struct OldValues(Vec<OldValue>);

struct OldValue {
    /// The index of the predecessor.
    place: usize,
    /// `None` if it is too long to be read.
    value: Option<Box<[u8]>>,
}

/// The result of the first look at the old cookies.
pub(super) struct OldFound<T> {
    pub(super) found: Found<T>,
    /// The predecessor that the session came from.
    pub(super) moved: Option<usize>,
    /// The predecessors that were refused, and why.
    pub(super) refusals: Vec<(usize, OldCookieError)>,
}

impl OldValues {
    /// Collects the first values of predecessors from a `Cookie` line.
    pub(super) fn read<T>(&mut self, line: &[u8], cookie: &SessionCookie<T>) {
        for (place, old) in cookie.olds().iter().enumerate() {
            let room = MOST.saturating_sub(self.of(place).count());
            self.0.extend(old.find(line).take(room).map(|value| {
                let value = (!OldCookie::is_too_long(value)).then(|| value.into());
                OldValue { place, value }
            }));
        }
    }

    /// The session of the first predecessor that has one.
    pub(super) fn open<T: SessionData>(
        &self,
        cookie: &SessionCookie<T>,
        now: Timestamp,
    ) -> OldFound<T> {
        let mut refusals = Vec::new();
        for (place, old) in self.asked(cookie, now) {
            match self.choose(place, old, cookie, now) {
                Ok(None) => {}
                Ok(Some(opened)) => {
                    let found = Found::Present(Current::arrived(opened));
                    return OldFound { found, moved: Some(place), refusals };
                }
                Err(refusal) => {
                    refusals.push((place, refusal));
                    if refusal == OldCookieError::Ambiguous {
                        break;
                    }
                }
            }
        }
        OldFound { found: Found::Absent, moved: None, refusals }
    }

    /// The only session among the values of a predecessor.
    fn choose<T: SessionData>(
        &self,
        place: usize,
        old: &Old<T>,
        cookie: &SessionCookie<T>,
        now: Timestamp,
    ) -> Result<Option<Opened<T>>, OldCookieError> {
        let mut found: Option<Opened<T>> = None;
        let mut refusal = None;
        for value in self.of(place) {
            let opened = value.ok_or(OldCookieError::TooLong);
            match (opened.and_then(|value| cookie.open_old(old, value, now)), &found) {
                (Err(error), _) => {
                    refusal.get_or_insert(error);
                }
                (Ok(one), Some(other)) if one.claims.session_id != other.claims.session_id => {
                    return Err(OldCookieError::Ambiguous);
                }
                (Ok(_), Some(_)) => {}
                (Ok(one), None) => found = Some(one),
            }
        }
        match (found, refusal) {
            (None, Some(error)) => Err(error),
            (found, _) => Ok(found),
        }
    }

    /// The sessions in old values, whatever the hook says about them: ending a session ends them too.
    pub(super) fn claims<T: SessionData>(&self, cookie: &SessionCookie<T>) -> Vec<Claims> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let now = cookie.now();
        let read = self.asked(cookie, now).flat_map(|(place, old)| {
            let values = self.of(place).flatten();
            values.filter_map(move |value| Some(cookie.read_old(old, value, now).ok()?.claims))
        });
        read.collect()
    }

    /// Whether the request carries a value that the old system made.
    pub(super) fn is_authentic<T: SessionData>(
        &self,
        cookie: &SessionCookie<T>,
        moved: Option<usize>,
    ) -> bool {
        !self.0.is_empty() && self.authentic(cookie, moved, false, cookie.now()).next().is_some()
    }

    /// The predecessors for which the request carries a value that the old system made. `moved` is known to be one of them. With
    /// `in_time`, a value that is not valid yet does not count: it may be valid by another node's clock, or once the move has
    /// begun.
    pub(super) fn authentic<'c, T: SessionData>(
        &'c self,
        cookie: &'c SessionCookie<T>,
        moved: Option<usize>,
        in_time: bool,
        now: Timestamp,
    ) -> impl Iterator<Item = &'c Old<T>> {
        let is_authentic = move |place: usize, old: &Old<T>| {
            let mut values = self.of(place).flatten();
            values.any(|value| match cookie.read_old(old, value, now) {
                Ok(_) => true,
                Err(OldCookieError::NotYetValid) => !in_time,
                Err(error) => error.is_authentic(),
            })
        };
        let olds = if self.0.is_empty() { &[] } else { cookie.olds() };
        let chosen = olds.iter().enumerate().filter(move |&(place, old)| {
            Some(place) == moved || (!old.is_over(now) && is_authentic(place, old))
        });
        chosen.map(|(_, old)| old)
    }

    /// The predecessors that have values in the request and whose cut-off is still ahead.
    fn asked<'c, T>(
        &self,
        cookie: &'c SessionCookie<T>,
        now: Timestamp,
    ) -> impl Iterator<Item = (usize, &'c Old<T>)> {
        let olds = if self.0.is_empty() { &[] } else { cookie.olds() };
        olds.iter().enumerate().filter(move |(_, old)| !old.is_over(now))
    }

    fn of(&self, place: usize) -> impl Iterator<Item = Option<&[u8]>> {
        let values = self.0.iter().filter(move |value| value.place == place);
        values.map(|value| value.value.as_deref())
    }
}

/// Logs what was refused. Call it without holding a lock.
pub(super) fn note<T>(refusals: &[(usize, OldCookieError)], cookie: &SessionCookie<T>) {
    for &(place, refusal) in refusals {
        if let Some(old) = cookie.olds().get(place) {
            log::old_refused(old.name(), refusal);
        }
    }
}
