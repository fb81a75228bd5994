//! The bytes of a ceremony's payload: the id, the session that it began in, the state.

use super::ID;
use crate::crypto::Wiped;
use crate::id::SessionId;

/// Bytes of a session id.
const SESSION: usize = 16;

/// `id (27) ‖ 0 ‖ state` without a session, `id (27) ‖ 1 ‖ session id (16) ‖ state` in one.
pub(super) struct Frame<'p> {
    pub(super) id: &'p [u8; ID],
    pub(super) session: Option<SessionId>,
    pub(super) state: &'p [u8],
}

impl<'p> Frame<'p> {
    /// Bytes beside the state.
    pub(super) fn len(session: Option<SessionId>) -> usize {
        ID + 1 + session.map_or(0, |_| SESSION)
    }

    pub(super) fn write(&self) -> Wiped {
        let Self { id, session, state } = self;
        let mut bytes = Wiped::zeros(Self::len(*session) + state.len());
        let session = session.as_ref().map_or(&[][..], |session| session.as_bytes());
        let parts = [&id[..], &[u8::from(!session.is_empty())], session, state];
        let mut rest = &mut bytes[..];
        for part in parts {
            let (front, back) = rest.split_at_mut(part.len());
            front.copy_from_slice(part);
            rest = back;
        }
        bytes
    }

    pub(super) fn read(bytes: &'p [u8]) -> Option<Self> {
        let (id, rest) = bytes.split_first_chunk()?;
        match rest.split_first()? {
            (0, state) => Some(Self { id, session: None, state }),
            (1, rest) => {
                let (session, state) = rest.split_first_chunk::<SESSION>()?;
                Some(Self { id, session: Some(SessionId::from_bytes(*session)), state })
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_one_spelling() {
        let id = [7; ID];
        for session in [None, Some(SessionId::from_bytes([9; SESSION]))] {
            for state in [&b""[..], b"state"] {
                let bytes = Frame { id: &id, session, state }.write();
                assert_eq!(bytes.len(), Frame::len(session) + state.len());
                let read = Frame::read(&bytes).unwrap();
                assert_eq!((read.id, read.session, read.state), (&id, session, state));
                let front = Frame::len(session);
                assert!((0..front).all(|cut| Frame::read(&bytes[..cut]).is_none()));
                let mut other = bytes.to_vec();
                other[ID] = 2;
                assert!(Frame::read(&other).is_none());
            }
        }
    }
}
