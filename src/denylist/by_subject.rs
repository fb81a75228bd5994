//! A denylist as the revocation hook of one session cookie: it knows whose session it is looking at.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::subject::SubjectId;
use super::{Denylist, Subject, of_session};
use crate::claims::Claims;
use crate::session_cookie::Revocation;
use crate::time::Timestamp;

/// A [`Denylist`] that can tell whose session it is looking at; [`Denylist::by_subject`] returns it.
pub struct BySubject<T, S: ?Sized> {
    list: Denylist<S>,
    subject: Arc<dyn Fn(&T) -> SubjectId + Send + Sync>,
}

impl<T, S: Subject + ?Sized + 'static> BySubject<T, S> {
    pub(super) fn new(
        list: Denylist<S>,
        subject: impl Fn(&T) -> SubjectId + Send + Sync + 'static,
    ) -> Self {
        Self { list, subject: Arc::new(subject) }
    }
}

impl<T: 'static, S: ?Sized + 'static> Revocation<T> for BySubject<T, S> {
    fn is_revoked(&self, claims: &Claims) -> bool {
        self.list.refuses_all() || self.list.refuses(&of_session(claims.session_id()), claims)
    }

    fn is_revoked_for(&self, claims: &Claims, data: &T) -> bool {
        self.list.refuses(&(self.subject)(data).0, claims)
    }

    fn on_ended(&self, claims: &Claims, keep_until: Timestamp) {
        self.list.note_ended(claims, keep_until);
    }

    fn earliest_start(&self, data: &T) -> Option<Timestamp> {
        self.list.earliest_start(&(self.subject)(data).0)
    }

    fn on_installed(&self, longest: Duration, leeway: Duration) {
        self.list.install(longest, leeway);
    }
}

impl<T, S: ?Sized> Clone for BySubject<T, S> {
    fn clone(&self) -> Self {
        Self { list: self.list.clone(), subject: Arc::clone(&self.subject) }
    }
}

impl<T, S: ?Sized> fmt::Debug for BySubject<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BySubject").field("list", &self.list).finish_non_exhaustive()
    }
}
