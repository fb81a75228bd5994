//! Whose sessions: the subject of a session's data, known here by a hash alone.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Denylist;
use super::entries::KEY;
use crate::claims::Claims;
use crate::crypto;
use crate::session_cookie::Revocation;
use crate::time::Timestamp;

const LABEL: &[u8] = b"hardtack denylist subject v1\0";

/// Whose sessions they are: 127 bits of the SHA-256 of a user's id or name. Made from integers, texts and octets.
///
/// The hash keeps names out of snapshots and memory dumps. Who guesses a name can check the guess: ids that are counted are not
/// hidden. Only the octets count (an integer's are big-endian): where one list serves two kinds of user, put the kind in front.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subject(pub(super) [u8; KEY]);

impl From<&[u8]> for Subject {
    fn from(octets: &[u8]) -> Self {
        let hash = crypto::sha256(&[LABEL, octets]);
        let mut key = [0; KEY];
        key.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        // No session's key has this bit.
        let [.., last] = &mut key;
        *last |= 1;
        Self(key)
    }
}

impl<const N: usize> From<[u8; N]> for Subject {
    fn from(octets: [u8; N]) -> Self {
        octets.as_slice().into()
    }
}

impl<const N: usize> From<&[u8; N]> for Subject {
    fn from(octets: &[u8; N]) -> Self {
        octets.as_slice().into()
    }
}

impl From<&str> for Subject {
    fn from(name: &str) -> Self {
        name.as_bytes().into()
    }
}

impl From<&String> for Subject {
    fn from(name: &String) -> Self {
        name.as_bytes().into()
    }
}

macro_rules! from_integers {
    ($($integer:ty),*) => {$(
        impl From<$integer> for Subject {
            fn from(id: $integer) -> Self {
                id.to_be_bytes().into()
            }
        }
    )*};
}

from_integers!(u32, u64, u128, i32, i64, i128);

/// Prints no octet of the hash.
impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subject(..)")
    }
}

/// A [`Denylist`] that knows whose a session is; made by [`Denylist::by_subject`].
pub struct BySubject<T> {
    list: Denylist,
    subject: Arc<dyn Fn(&T) -> Subject + Send + Sync>,
}

impl<T> BySubject<T> {
    pub(super) fn new<S: Into<Subject>>(
        list: Denylist,
        subject: impl Fn(&T) -> S + Send + Sync + 'static,
    ) -> Self {
        Self { list, subject: Arc::new(move |data| subject(data).into()) }
    }
}

impl<T: 'static> Revocation<T> for BySubject<T> {
    fn is_revoked(&self, claims: &Claims) -> bool {
        Revocation::<T>::is_revoked(&self.list, claims)
    }

    fn is_revoked_for(&self, claims: &Claims, data: &T) -> bool {
        self.list.refuses((self.subject)(data), claims.created())
    }

    fn ended(&self, claims: &Claims, keep_until: Timestamp) {
        Revocation::<T>::ended(&self.list, claims, keep_until);
    }

    fn starts_after(&self, data: &T) -> Option<Timestamp> {
        self.list.starts_after_for((self.subject)(data))
    }

    fn installed(&self, longest: Duration, leeway: Duration) {
        Revocation::<T>::installed(&self.list, longest, leeway);
    }
}

impl<T> Clone for BySubject<T> {
    fn clone(&self) -> Self {
        Self { list: self.list.clone(), subject: Arc::clone(&self.subject) }
    }
}

impl<T> fmt::Debug for BySubject<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BySubject").field("list", &self.list).finish_non_exhaustive()
    }
}
