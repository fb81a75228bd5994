//! The session that a ceremony begins in, and must end in.

use crate::error::SessionError;
use crate::id::SessionId;
use crate::payload::SessionData;
use crate::session::{Session, SessionSlot};

/// The session of a request, as you pass it to a [`Ceremony`](super::Ceremony): `&slot`, `&session`, or [`NoSession`].
pub trait InSession: sealed::Sealed {
    #[doc(hidden)]
    fn id(&self) -> Result<Option<SessionId>, SessionError>;
}

/// Passed to a ceremony that involves no session, although one may be open.
///
/// For sites without sessions, and for a link in a mail where the session's cookie has `SameSite::Strict`, which browsers withhold from
/// such a request. Pass `&session` instead for anything that changes what belongs to a logged-in user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoSession;

impl InSession for NoSession {
    fn id(&self) -> Result<Option<SessionId>, SessionError> {
        Ok(None)
    }
}

impl<T: SessionData> InSession for &SessionSlot<T> {
    fn id(&self) -> Result<Option<SessionId>, SessionError> {
        self.id_to_bind()
    }
}

impl<T: SessionData> InSession for &Session<T> {
    fn id(&self) -> Result<Option<SessionId>, SessionError> {
        self.id_to_bring_back().map(Some)
    }
}

mod sealed {
    use super::{NoSession, Session, SessionSlot};

    pub trait Sealed {}

    impl Sealed for NoSession {}
    impl<T> Sealed for &SessionSlot<T> {}
    impl<T> Sealed for &Session<T> {}
}
