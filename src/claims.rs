//! What a token says about its session besides the payload. The policy decides what follows from that.

use std::time::Duration;

use crate::id::SessionId;
use crate::time::{DAY, HOUR, MINUTE, Timestamp};

/// How long a session of one class lasts.
///
/// The defaults follow the OWASP Session Management Cheat Sheet, "Session Expiration" (15–30 minutes idle for low-risk
/// applications, 4–8 hours absolute for an office day).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// The most time between two refreshes, in whole seconds.
    pub idle: Duration,
    /// The most time since the session started, whatever happens, in whole seconds.
    pub absolute: Duration,
}

impl Timeouts {
    /// 30 minutes idle, 8 hours absolute.
    pub const STANDARD: Self =
        Self { idle: MINUTE.saturating_mul(30), absolute: HOUR.saturating_mul(8) };

    /// 14 days idle, 90 days absolute.
    pub const REMEMBERED: Self =
        Self { idle: DAY.saturating_mul(14), absolute: DAY.saturating_mul(90) };
}

/// The two classes of session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Ends with the browser unless configured otherwise.
    Standard,
    /// "Remember me": kept across restarts of the browser.
    Remembered,
}

/// What a token says besides its payload. `new_claims` makes it, and opening returns it; sealing sets `issued` and `expires`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claims {
    pub(crate) class: Class,
    pub(crate) schema: u32,
    pub(crate) session_id: SessionId,
    pub(crate) created: Timestamp,
    pub(crate) issued: Timestamp,
    pub(crate) expires: Timestamp,
    /// Whether the session is bound to a device. Every build reads and keeps this flag, even if it cannot set it
    /// (docs/format-v1.md section 2).
    pub(crate) bound: bool,
    /// An earlier end for the next sealing. Not part of the token.
    pub(crate) expires_by: Option<Timestamp>,
}

impl Claims {
    /// Returns the class: standard or remembered.
    pub fn class(&self) -> Class {
        self.class
    }

    /// Returns the number of the payload's shape ([the guide](crate::guide::shape)), or 0 if it has none.
    pub fn schema(&self) -> u32 {
        self.schema
    }

    /// Returns the session's id.
    pub fn session_id(&self) -> SessionId {
        self.session_id
    }

    /// Returns when the session started.
    pub fn created(&self) -> Timestamp {
        self.created
    }

    /// Returns when this token was sealed, which is the session's last refresh.
    pub fn issued(&self) -> Timestamp {
        self.issued
    }

    /// Returns the first moment at which this token is refused, unless today's policy refuses it earlier.
    pub fn expires(&self) -> Timestamp {
        self.expires
    }

    /// Whether the session is bound to a device. Refreshes and renewals keep the binding.
    pub fn is_device_bound(&self) -> bool {
        self.bound
    }

    /// These claims with `new` for an id: the session goes on as another. A bound one stays bound to its device, which knows the first
    /// half of its id.
    pub(crate) fn renewed(&self, new: SessionId) -> Self {
        let mut claims = Self { session_id: new, ..self.clone() };
        if self.bound {
            let (kept, _) = claims.session_id.0.split_at_mut(8);
            kept.copy_from_slice(self.session_id.binding());
        }
        claims
    }

    /// Sets the number of the payload's shape. Typed sessions ignore it and use their configuration's number.
    pub fn with_schema(mut self, schema: u32) -> Self {
        self.schema = schema;
        self
    }

    /// Makes the token of the next sealing end no later than `end`, for a single token that must be short-lived.
    ///
    /// A token does not remember that you chose its end: set it at each sealing or, for sessions, once with
    /// [`expires_by`](crate::SessionCookieBuilder::expires_by).
    pub fn expires_by(mut self, end: Timestamp) -> Self {
        self.expires_by = Some(self.expires_by.map_or(end, |e| e.min(end)));
        self
    }
}
