//! What a slot knows about its session between the first read and the commit. No policy: the slot decides who may change what.

use std::ops::Range;
use std::sync::Arc;

#[cfg(feature = "device-binding")]
use super::device::Offer;
use super::old::OldValues;
use crate::claims::Claims;
use crate::crypto::Wiped;
#[cfg(feature = "device-binding")]
use crate::device::Device;
use crate::error::{OpenError, SessionError};
use crate::payload::SessionData;
use crate::sealer::Opened;
use crate::session_cookie::SessionCookie;
use crate::time::Timestamp;

/// The request's values for the cookie. Of a value longer than any token, only the length is kept.
///
/// The first is stored separately: there is seldom a second, and then the list needs no memory.
#[derive(Default)]
pub(super) struct Candidates {
    bytes: Vec<u8>,
    first: Option<Candidate>,
    others: Vec<Candidate>,
    /// The values for predecessors.
    pub(super) old: OldValues,
    /// The values of the cookie that proves a device.
    #[cfg(feature = "device-binding")]
    proof: Option<Range<usize>>,
    #[cfg(feature = "device-binding")]
    more_proofs: Vec<Range<usize>>,
    /// The request is for the device's proof: a session without one is there.
    #[cfg(feature = "device-binding")]
    pub(super) for_device: bool,
    /// Whether the request is exempt from the cross-origin check, so that its cookies were not read.
    pub(super) exempt: bool,
}

enum Candidate {
    At(Range<usize>),
    TooLong(OpenError),
}

/// The serial of handles that can only be read. `get_or_start` returns them where this node must not replace a refused cookie.
pub(super) const TO_READ: u64 = u64::MAX;

/// The session so far.
pub(super) struct State<T> {
    pub(super) found: Found<T>,
    /// When it was opened.
    pub(super) opened_at: Timestamp,
    /// The predecessor that the arrived session came from; `None` if it came in our own cookie, or none came.
    pub(super) moved: Option<usize>,
    /// Sessions that the current one replaced. They are over once the response commits.
    pub(super) replaced: Vec<Claims>,
    pub(super) refresh: bool,
    #[cfg(feature = "device-binding")]
    pub(super) offer: Offer,
    pub(super) commit: Commit,
    /// Numbers the sessions in this slot, so that a handle knows its own.
    serial: u64,
}

/// The states of a request's session.
pub(super) enum Found<T> {
    /// Nobody has read it.
    Unopened,
    /// Somebody has read it, so the response depends on the session. It is being opened, or opening panicked.
    Opening,
    /// The request carries no cookie.
    Absent,
    /// The request carries the cookie, but it holds no valid session.
    Refused(OpenError),
    Present(Current<T>),
    /// The application asked for a removal.
    Ended,
}

/// What to seal.
pub(super) enum Pending {
    /// Changed data, checked and encoded.
    Bytes(Wiped),
    /// The payload that arrived, since the data has not changed.
    AsItCame,
}

/// How far the response is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Commit {
    /// Changes are possible.
    Open,
    /// A change could not be sealed: the response becomes another one, which may still end the session.
    Failed,
    /// The head was sent.
    Done,
}

/// The session as it is in this request.
pub(super) struct Current<T> {
    pub(super) data: Arc<T>,
    /// The claims, as they will be sealed if something is pending.
    pub(super) claims: Claims,
    /// The claims that came with the request; `None` for a session started in this request.
    pub(super) arrived: Option<Claims>,
    /// The data that came with those claims, once it was replaced. The hook judges both, since the application may have changed
    /// whose session it is.
    pub(super) arrived_data: Option<Arc<T>>,
    /// What to seal because the application asked for it.
    pub(super) pending: Option<Pending>,
    /// The encoding of the data that arrived, once a change had to compare with it.
    pub(super) sealed: Option<Wiped>,
    /// Whether to seal it again although nobody asked.
    pub(super) stale: bool,
    /// Whether it started only because there was none, and not because somebody logged in.
    pub(super) by_itself: bool,
    /// Whether the application asked for a refresh.
    touched: bool,
    /// What the session's device has shown.
    #[cfg(feature = "device-binding")]
    pub(super) device: Device,
    /// Whether the application asked for a removal before this session started. The removal is sent if this session is not.
    pub(super) after_end: bool,
    pub(super) serial: u64,
    /// Counts the changes, so that an update notices a concurrent one.
    pub(super) version: u64,
}

impl Candidates {
    /// The candidates of an exempt request, which sees no session.
    pub(super) fn unread() -> Self {
        Self { exempt: true, ..Self::default() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// The value that the session with these claims came in.
    pub(super) fn token<T: SessionData>(
        &self,
        cookie: &SessionCookie<T>,
        arrived: &Claims,
    ) -> Option<&[u8]> {
        let mut tokens =
            self.first.iter().chain(&self.others).filter_map(|candidate| match candidate {
                Candidate::At(range) => Some(&self.bytes[range.clone()]),
                Candidate::TooLong(_) => None,
            });
        if self.others.is_empty() {
            return tokens.next();
        }
        let now = arrived.issued;
        tokens.find(|token| {
            let claims = cookie.open_claims(token, now);
            claims.is_ok_and(|claims| {
                (claims.session_id, claims.issued) == (arrived.session_id, arrived.issued)
            })
        })
    }

    /// Collects this cookie's values from a `Cookie` line.
    pub(super) fn read<T: SessionData>(&mut self, line: &[u8], cookie: &SessionCookie<T>) {
        // Room for session and proof at once: a second allocation costs as much as opening a part of one.
        #[cfg(feature = "device-binding")]
        let devices = cookie.devices().inspect(|_| self.bytes.reserve(line.len()));
        let own = cookie.name().as_bytes();
        for (name, value) in crate::cookie::pairs(line) {
            if name == own {
                self.push(value, cookie.check_length(value).err());
            }
            #[cfg(feature = "device-binding")]
            if devices.is_some_and(|devices| devices.may_prove(name, value)) {
                self.push_proof(value);
            }
        }
        self.old.read(line, cookie);
    }

    /// Iterates over the candidates, and opens each when its turn comes.
    pub(super) fn open<T: SessionData>(
        &self,
        cookie: &SessionCookie<T>,
        now: Timestamp,
    ) -> impl Iterator<Item = Result<Opened<T>, OpenError>> {
        self.first.iter().chain(&self.others).map(move |candidate| match candidate {
            Candidate::At(range) => cookie.open_one(&self.bytes[range.clone()], now),
            Candidate::TooLong(error) => Err(*error),
        })
    }

    /// The claims of each candidate that is authentic and in time, whatever hook and payload say.
    pub(super) fn claims<T: SessionData>(
        &self,
        cookie: &SessionCookie<T>,
    ) -> impl Iterator<Item = Claims> {
        let now = cookie.now();
        self.first.iter().chain(&self.others).filter_map(move |candidate| match candidate {
            Candidate::At(range) => cookie.open_claims(&self.bytes[range.clone()], now).ok(),
            Candidate::TooLong(_) => None,
        })
    }

    /// The values of the cookie that proves a device.
    #[cfg(feature = "device-binding")]
    pub(super) fn proofs(&self) -> impl Iterator<Item = &[u8]> + Clone {
        self.proof.iter().chain(&self.more_proofs).map(|range| &self.bytes[range.clone()])
    }

    /// A browser has one; of more, few are asked.
    #[cfg(feature = "device-binding")]
    fn push_proof(&mut self, value: &[u8]) {
        const MORE: usize = 3;
        let start = self.bytes.len();
        let range = start..start + value.len();
        if self.proof.is_none() {
            self.proof = Some(range);
        } else if self.more_proofs.len() < MORE {
            self.more_proofs.push(range);
        } else {
            return;
        }
        self.bytes.extend_from_slice(value);
    }

    fn push(&mut self, value: &[u8], too_long: Option<OpenError>) {
        let start = self.bytes.len();
        let candidate = match too_long {
            Some(error) => Candidate::TooLong(error),
            None => {
                self.bytes.extend_from_slice(value);
                Candidate::At(start..self.bytes.len())
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
            found: Found::Unopened,
            opened_at: Timestamp::default(),
            moved: None,
            replaced: Vec::new(),
            refresh: true,
            #[cfg(feature = "device-binding")]
            offer: Offer::No,
            commit: Commit::Open,
            serial: 0,
        }
    }

    pub(super) fn is_unopened(&self) -> bool {
        matches!(self.found, Found::Unopened | Found::Opening)
    }

    /// Whether the request carried the cookie without a valid session, and nothing has replaced it yet.
    pub(super) fn has_refused(&self) -> bool {
        matches!(self.found, Found::Refused(_))
    }

    pub(super) fn current(&self) -> Option<&Current<T>> {
        match &self.found {
            Found::Present(current) => Some(current),
            _ => None,
        }
    }

    /// Replaces the session with `new`. Returns the old one, to be dropped without holding a lock.
    pub(super) fn start(&mut self, mut new: Current<T>) -> Found<T> {
        self.serial += 1;
        new.serial = self.serial;
        match &self.found {
            Found::Ended => new.after_end = true,
            Found::Present(old) => {
                new.after_end = old.after_end;
                if let Some(arrived) = old.arrived.clone() {
                    self.note_replaced(arrived);
                }
            }
            _ => {}
        }
        std::mem::replace(&mut self.found, Found::Present(new))
    }

    /// Records a session that the current one replaces.
    pub(super) fn note_replaced(&mut self, claims: Claims) {
        if self.replaced.iter().all(|other| other.session_id != claims.session_id) {
            self.replaced.push(claims);
        }
    }

    /// The session that a handle was made for, as long as it may still change.
    pub(super) fn current_of(&mut self, serial: u64) -> Result<&mut Current<T>, SessionError> {
        if self.commit != Commit::Open {
            return Err(SessionError::HeadSent);
        }
        match &mut self.found {
            Found::Present(current) if current.serial == serial => Ok(current),
            Found::Refused(_) if serial == TO_READ => Err(SessionError::Refused),
            _ => Err(SessionError::Ended),
        }
    }
}

impl<T> Current<T> {
    /// A session that came with the request.
    pub(super) fn arrived(opened: Opened<T>) -> Self {
        let (claims, arrived) = (opened.claims.clone(), Some(opened.claims));
        Self { arrived, stale: opened.stale, ..Self::new(opened.data, claims) }
    }

    /// A session that starts in this request.
    pub(super) fn started(data: T, claims: Claims, bytes: Wiped, by_itself: bool) -> Self {
        Self { pending: Some(Pending::Bytes(bytes)), by_itself, ..Self::new(data, claims) }
    }

    fn new(data: T, claims: Claims) -> Self {
        Self {
            data: Arc::new(data),
            claims,
            arrived: None,
            arrived_data: None,
            pending: None,
            sealed: None,
            stale: false,
            by_itself: false,
            touched: false,
            #[cfg(feature = "device-binding")]
            device: Device::Unbound,
            after_end: false,
            serial: 0,
            version: 0,
        }
    }

    /// What a commit needs. Handles keep reading this one.
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

    /// Seals the session again, whether or not its data changes.
    pub(super) fn touch(&mut self) {
        self.touched = true;
    }

    /// Replaces the data with `new`, and seals it unless the browser's cookie already holds the same. Returns the old data, to be
    /// dropped without holding a lock.
    pub(super) fn change(&mut self, new: Change<T>) -> Arc<T> {
        let Change { data, bytes, sealed_as } = new;
        let same = self.sealed.as_ref() == Some(&bytes);
        let asked = self.touched || self.renewed_from().is_some();
        self.pending = match (same, asked) {
            (true, true) => Some(Pending::AsItCame),
            (true, false) => None,
            (false, _) => Some(Pending::Bytes(bytes)),
        };
        let same = self.pending.is_none();
        // What handles show: the times of the cookie that will be sent, or of the one that came.
        if let Some(times) = if same { self.arrived.clone() } else { sealed_as } {
            self.claims.issued = times.issued;
            self.claims.expires = times.expires;
        }
        self.version += 1;
        let old = std::mem::replace(&mut self.data, data);
        if self.arrived.is_some() {
            self.arrived_data.get_or_insert_with(|| Arc::clone(&old));
        }
        old
    }

    /// The claims that came with the request, if `renew` has replaced their id.
    pub(super) fn renewed_from(&self) -> Option<&Claims> {
        self.arrived.as_ref().filter(|arrived| arrived.session_id != self.claims.session_id)
    }
}

/// Data that was checked and is to be sealed.
pub(super) struct Change<T> {
    pub(super) data: Arc<T>,
    pub(super) bytes: Wiped,
    /// The claims as sealing would stamp them now; `None` if the session is over.
    pub(super) sealed_as: Option<Claims>,
}
