//! Old cookies that a session may come from: checked when the cookie is built, read when our own cookie is absent.

use super::builder::SessionCookieBuilder;
use super::{Inner, SessionCookie};
use crate::claims::{Claims, Class};
use crate::cookie::{self, Attributes, SameSite, Scope, SetCookie, Template};
use crate::error::{OldCookieError, Problem, SetupError};
use crate::log;
use crate::migrate::{Moving, OldCookie, OldCookieReader, Parts, Predecessor};
use crate::payload::SessionData;
use crate::sealer::{Opened, Settings};
use crate::time::Timestamp;

impl<T: SessionData> SessionCookieBuilder<T> {
    /// Keeps users logged in who come with the previous system's cookie: another framework, another crate, another version of
    /// yours. Call it once for each old cookie; they are tried in order.
    ///
    /// ```
    /// # use hardtack::{Application, Key};
    /// use hardtack::migrate::{Moving, OldCookie, OldCookieError, OldSession, Predecessor};
    ///
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct User { id: u64 }
    ///
    /// # fn verified(_: &[u8]) -> Option<&str> { None }
    /// // The old value is `id.tag`, and `verified` returns the id if the tag is right.
    /// let read = |cookie: OldCookie<'_>| {
    ///     let text = verified(cookie.value).ok_or(OldCookieError::NotAuthentic)?;
    ///     let id = text.parse().map_err(|_| OldCookieError::Unreadable)?;
    ///     Ok(OldSession::new(User { id }, text))
    /// };
    /// let moving = Moving { since: "2030-03-01T00:00:00Z".parse()?, until: "2030-06-01T00:00:00Z".parse()? };
    /// let users = Application::new("shop", Key::generate()?)?
    ///     .session::<User>()
    ///     .predecessor(Predecessor::new("id", moving, read))
    ///     .build()?;
    /// # Ok::<(), hardtack::SetupError>(())
    /// ```
    ///
    /// **When it is read**: when a handler reads the session, the request does not carry our own cookie, and the cut-off
    /// [`until`](Moving::until) is still ahead. If our own cookie is there but refused, no old cookie is read: an old copy must
    /// not revive a session that was ended. The [`revocation`](Self::revocation) hook is asked as for any session.
    ///
    /// **What it becomes**: a session that started when the old cookie was made or, if its format does not tell, at
    /// [`since`](Moving::since). So the absolute timeout keeps running, and
    /// [`log_out_everywhere`](crate::denylist::Denylist::log_out_everywhere) ends old cookies as well. Its id is derived from
    /// what the old cookie holds. So concurrent requests share one session and, if there is a hook, ending it refuses copies of
    /// the old cookie.
    ///
    /// **When it moves**: with the response, which sets our cookie and removes the old one. Like a refresh, it waits if the
    /// response is slow, is for shared caches or a server error, or called [`no_refresh`](crate::SessionSlot::no_refresh). If the
    /// data does not fit, the old cookie stays in place and works for this request, with a warning event. A value that does not
    /// authenticate is no session and is never removed: it may belong to another application. A value that is not valid yet stays
    /// until a log-in or a log-out; [`get_or_start`](crate::SessionSlot::get_or_start) leaves it alone.
    ///
    /// # Warning
    /// If the old name has no `__Host-` prefix, a page on a sibling host or on plain HTTP can set a cookie with that name, and so
    /// log a visitor into the attacker's account. That was possible before the move too. It ends at the cut-off, so choose an
    /// early one. Our own cookie, once set, is not affected.
    ///
    /// [`build`](Self::build) refuses a name that another cookie has, dates in the wrong order, a class that is off, and a
    /// predecessor that is [kept](Predecessor::kept) beside a cookie with [`SameSite::Strict`](crate::SameSite::Strict).
    pub fn predecessor(mut self, predecessor: Predecessor<T>) -> Self {
        self.predecessors.push(predecessor);
        self
    }
}

/// A predecessor of a built cookie.
pub(crate) struct Old<T> {
    /// One for each scope in which the old cookie may be, with its name.
    removals: Vec<Template>,
    name: String,
    moving: Moving,
    class: Class,
    kept: bool,
    reader: Box<dyn OldCookieReader<T>>,
}

/// Checks the predecessors of the cookie `name`.
pub(super) fn check<T>(
    predecessors: Vec<Predecessor<T>>,
    attributes: &Attributes,
    settings: &Settings,
) -> Result<Vec<Old<T>>, SetupError> {
    let mut olds: Vec<Old<T>> = Vec::new();
    for predecessor in predecessors {
        let Parts { name, moving, class, scopes, kept, reader } = predecessor.into_parts();
        if olds.iter().any(|old| old.name == name) {
            return Err(Problem::PredecessorName { name }.into());
        }
        if moving.since >= moving.until {
            return Err(Problem::PredecessorDates { name }.into());
        }
        if class == Class::Remembered && settings.remembered.is_none() {
            return Err(Problem::PredecessorClass { name }.into());
        }
        // It would replace a newer session that the browser holds back.
        if kept && attributes.same_site == SameSite::Strict {
            return Err(Problem::PredecessorKept { name }.into());
        }
        let mut places = vec![Scope::default()];
        for scope in scopes {
            if !places.iter().any(|place| place.is_same_place(&scope)) {
                places.push(scope);
            }
        }
        let template = |scope| Template::new(&name, &Attributes { scope, ..attributes.clone() });
        let removals = places.into_iter().map(template).collect::<Result<_, _>>()?;
        olds.push(Old { removals, name, moving, class, kept, reader });
    }
    Ok(olds)
}

impl<T> Old<T> {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The values of this cookie in one `Cookie` line.
    pub(crate) fn find<'l>(&self, line: &'l [u8]) -> impl Iterator<Item = &'l [u8]> {
        cookie::values(line, &self.name)
    }

    /// The lines that remove it, wherever it may be.
    pub(crate) fn removals(&self) -> impl Iterator<Item = SetCookie> {
        self.removals.iter().map(Template::removal)
    }

    /// Whether the old system needs it until its user logs in or out.
    pub(crate) fn is_kept(&self) -> bool {
        self.kept
    }

    /// Whether the cut-off has passed.
    pub(crate) fn is_over(&self, now: Timestamp) -> bool {
        now >= self.moving.until
    }

    pub(super) fn note_age(&self, now: Timestamp) {
        if self.is_over(now) {
            log::predecessor_over(&self.name);
        }
    }
}

impl<T> SessionCookie<T> {
    /// The old cookies that sessions may come from.
    pub(crate) fn olds(&self) -> &[Old<T>] {
        &self.0.olds
    }
}

impl<T: SessionData> SessionCookie<T> {
    /// Reads the session in an old value, whatever the hook says.
    pub(crate) fn read_old(
        &self,
        old: &Old<T>,
        value: &[u8],
        now: Timestamp,
    ) -> Result<Opened<T>, OldCookieError> {
        let Old { name, moving, class, reader, .. } = old;
        let session = reader.read(OldCookie::new(name, value, now))?;
        let created = session.issued.unwrap_or(moving.since);
        let Inner { sealer, written, .. } = &*self.0;
        if created.as_secs() > now.as_secs().saturating_add(sealer.policy().leeway) {
            return Err(OldCookieError::NotYetValid);
        }
        let claims = Claims {
            class: *class,
            schema: written.number,
            session_id: session.session_id(name, self.name()),
            created,
            issued: created.max(now),
            expires: now,
            bound: false,
            expires_by: None,
        };
        let claims =
            self.stamp(&session.data, &claims, now).map_err(|_| OldCookieError::Expired)?;
        Ok(Opened { claims, data: session.data, stale: true })
    }

    /// The same, if the hook allows it.
    pub(crate) fn open_old(
        &self,
        old: &Old<T>,
        value: &[u8],
        now: Timestamp,
    ) -> Result<Opened<T>, OldCookieError> {
        let opened = self.read_old(old, value, now)?;
        let is_revoked = self.revocation().is_some_and(|hook| {
            hook.is_revoked(&opened.claims) || hook.is_revoked_for(&opened.claims, &opened.data)
        });
        if is_revoked { Err(OldCookieError::Revoked) } else { Ok(opened) }
    }
}
