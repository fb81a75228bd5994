//! What a slot knows of its session between the first look and the commit. No policy: who may change what when is the slot's.

use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::claims::Claims;
use crate::crypto::Wiped;
use crate::error::{OpenError, SessionError};
use crate::sealer::Opened;
use crate::session_cookie::SessionCookie;

/// The values that the request carries for the cookie. Those longer than any token are noted by their length alone.
///
/// The first stands apart: there is seldom a second, and then the list needs no memory.
#[derive(Default)]
pub(super) struct Candidates {
    octets: Vec<u8>,
    first: Option<Candidate>,
    others: Vec<Candidate>,
}

enum Candidate {
    At(Range<usize>),
    TooLong(OpenError),
}

/// What has become of the session so far.
pub(super) struct State<T> {
    /// Somebody asked for the session: the response depends on it.
    pub(super) looked: bool,
    /// The candidates have been opened.
    pub(super) opened: bool,
    /// Why none of them is a session.
    pub(super) refusal: Option<OpenError>,
    pub(super) current: Option<Current<T>>,
    /// A removal was asked for; a session started later goes out instead.
    pub(super) ended: bool,
    /// Sessions whose place the current one took: over once the response commits.
    pub(super) replaced: Vec<Claims>,
    pub(super) refresh: bool,
    pub(super) commit: Commit,
    /// Numbers the sessions of this slot, so that a handle knows its own.
    pub(super) serial: u64,
}

/// How far the response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commit {
    /// Changes are possible.
    Open,
    /// A change could not be sealed: the answer becomes another one, which may still carry an end.
    Failed,
    /// The head has gone out.
    Done,
}

/// The session as it stands in this request.
pub(super) struct Current<T> {
    pub(super) data: Arc<T>,
    pub(super) claims: Claims,
    /// The claims that came with the request; `None` for a session started in it.
    pub(super) arrived: Option<Claims>,
    /// The data that came with them, once another stands in its place: the hook judges both, since the application may have
    /// changed whose it is.
    pub(super) arrived_data: Option<Arc<T>>,
    /// Data to be sealed because the application asked for it, checked and encoded.
    pub(super) pending: Option<Wiped>,
    /// The encoding of what arrived, once a change needed to know it.
    pub(super) sealed: Option<Wiped>,
    /// Should be sealed again though nobody asked.
    pub(super) stale: bool,
    pub(super) serial: u64,
    /// Counts the changes, so that an update notices another one under way.
    pub(super) version: u64,
}

impl Candidates {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Each candidate, opened when its turn comes.
    pub(super) fn open<T: Serialize + DeserializeOwned + Send + Sync + 'static>(
        &self,
        cookie: &SessionCookie<T>,
    ) -> impl Iterator<Item = Result<Opened<T>, OpenError>> {
        let now = cookie.now();
        self.first.iter().chain(&self.others).map(move |candidate| match candidate {
            Candidate::At(range) => cookie.open_one(&self.octets[range.clone()], now),
            Candidate::TooLong(error) => Err(*error),
        })
    }

    /// The claims of each candidate that is authentic and in time, whatever hook and payload say.
    pub(super) fn claims<T: Serialize + DeserializeOwned + Send + Sync + 'static>(
        &self,
        cookie: &SessionCookie<T>,
    ) -> impl Iterator<Item = Claims> {
        let now = cookie.now();
        self.first.iter().chain(&self.others).filter_map(move |candidate| match candidate {
            Candidate::At(range) => cookie.open_claims(&self.octets[range.clone()], now).ok(),
            Candidate::TooLong(_) => None,
        })
    }

    pub(super) fn push(&mut self, value: &[u8], too_long: Option<OpenError>) {
        let start = self.octets.len();
        let candidate = match too_long {
            Some(error) => Candidate::TooLong(error),
            None => {
                self.octets.extend_from_slice(value);
                Candidate::At(start..self.octets.len())
            }
        };
        match self.first {
            None => self.first = Some(candidate),
            Some(_) => self.others.push(candidate),
        }
    }
}

impl<T> State<T> {
    pub(super) fn new() -> Self {
        Self {
            looked: false,
            opened: false,
            refusal: None,
            current: None,
            ended: false,
            replaced: Vec::new(),
            refresh: true,
            commit: Commit::Open,
            serial: 0,
        }
    }

    /// The request carried the cookie, no session came of it, and nothing has taken its place yet.
    pub(super) fn has_refused(&self) -> bool {
        !self.ended && self.refusal.is_some() && self.current.is_none()
    }

    /// Puts `new` in the current session's place; returns it with the old one.
    pub(super) fn put(&mut self, new: Current<T>) -> (&Current<T>, Option<Current<T>>) {
        self.serial += 1;
        let old = self.current.take();
        self.replaced.extend(old.as_ref().and_then(|old| old.arrived.clone()));
        (self.current.insert(Current { serial: self.serial, ..new }), old)
    }

    /// The session that a handle was made for, as long as it may still change.
    pub(super) fn current_of(&mut self, serial: u64) -> Result<&mut Current<T>, SessionError> {
        if self.commit != Commit::Open {
            return Err(SessionError::HeadSent);
        }
        self.current.as_mut().filter(|current| current.serial == serial).ok_or(SessionError::Ended)
    }
}

impl<T> Current<T> {
    /// The session that came with the request.
    pub(super) fn arrived(opened: Opened<T>) -> Self {
        Self {
            data: Arc::new(opened.data),
            claims: opened.claims.clone(),
            arrived: Some(opened.claims),
            arrived_data: None,
            pending: None,
            sealed: None,
            stale: opened.stale,
            serial: 0,
            version: 0,
        }
    }

    /// A session that starts in this request.
    pub(super) fn started(data: T, claims: Claims, octets: Wiped) -> Self {
        Self {
            data: Arc::new(data),
            claims,
            arrived: None,
            arrived_data: None,
            pending: Some(octets),
            sealed: None,
            stale: false,
            serial: 0,
            version: 0,
        }
    }

    /// What a commit needs. Handles go on reading this one.
    pub(super) fn hand_over(&mut self) -> Self {
        Self {
            data: Arc::clone(&self.data),
            claims: self.claims.clone(),
            arrived: self.arrived.clone(),
            arrived_data: self.arrived_data.clone(),
            pending: self.pending.take(),
            sealed: None,
            ..*self
        }
    }

    /// Puts `data` in the place of the present data, to be sealed unless the browser's cookie holds the same already.
    /// Returns the old data, to be dropped where no lock is held.
    pub(super) fn change(&mut self, data: Arc<T>, octets: Wiped) -> Arc<T> {
        let same = self.renewed_from().is_none() && self.sealed.as_ref() == Some(&octets);
        self.pending = (!same).then_some(octets);
        self.version += 1;
        let old = std::mem::replace(&mut self.data, data);
        if self.arrived.is_some() {
            self.arrived_data.get_or_insert_with(|| Arc::clone(&old));
        }
        old
    }

    /// The claims that came with the request, where `renew` has put another id in their place.
    pub(super) fn renewed_from(&self) -> Option<&Claims> {
        self.arrived.as_ref().filter(|arrived| arrived.session_id != self.claims.session_id)
    }
}
