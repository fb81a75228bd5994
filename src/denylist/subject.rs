//! Whose session it is: the subject in a session's data, which the list knows only by a hash.

use std::fmt;

use super::entries::KEY;
use crate::crypto;

const LABEL: &[u8] = b"hardtack denylist subject v1\0";
/// Goes in front of an integer, hashed as its sign and its magnitude in 16 bytes, whatever its type.
const INTEGER: &[u8] = b"i";
/// Goes in front of text and bytes.
const BYTES: &[u8] = b"b";

/// The user that a session belongs to: an id or a name. Implemented for integers, texts and bytes.
///
/// A denylist knows a subject by its [`SubjectId`]. Integers of equal value have the same id, whatever their types, and so do a
/// text and its bytes. So nodes of two releases agree while you change the type of a field.
///
/// If one list serves two kinds of user, give each a type that puts its kind in front:
///
/// ```
/// use hardtack::denylist::{Subject, SubjectId};
///
/// enum Who { Customer(u64), Clerk(u64) }
///
/// impl Subject for Who {
///     fn subject_id(&self) -> SubjectId {
///         match self {
///             Who::Customer(id) => SubjectId::of_kind("customer", id),
///             Who::Clerk(id) => SubjectId::of_kind("clerk", id),
///         }
///     }
/// }
///
/// assert_ne!(Who::Customer(7).subject_id(), Who::Clerk(7).subject_id());
/// assert_eq!(7u32.subject_id(), 7i64.subject_id());
/// ```
pub trait Subject {
    /// Returns the id: the same for all values that mean the same user.
    fn subject_id(&self) -> SubjectId;
}

/// A subject as a denylist stores it: 127 bits of a SHA-256.
///
/// The hash keeps names out of snapshots and memory dumps. Anyone can check a guess against it, so it does not hide ids that are
/// easy to enumerate.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SubjectId(pub(super) [u8; KEY]);

impl SubjectId {
    /// Returns the id of `subject` within its kind. Ids of different kinds never collide.
    pub fn of_kind<S: Subject + ?Sized>(kind: &str, subject: &S) -> Self {
        let length = (kind.len() as u64).to_be_bytes();
        Self::hash(&[LABEL, b"k", &length, kind.as_bytes(), &subject.subject_id().0])
    }

    fn of_bytes(bytes: &[u8]) -> Self {
        Self::hash(&[LABEL, BYTES, bytes])
    }

    fn of_integer(negative: bool, magnitude: u128) -> Self {
        Self::hash(&[LABEL, INTEGER, &[u8::from(negative)], &magnitude.to_be_bytes()])
    }

    /// The first part must be [`LABEL`].
    fn hash(parts: &[&[u8]]) -> Self {
        let hash = crypto::sha256(parts);
        let mut key = [0; KEY];
        key.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        // No session's key has this bit set.
        let [.., last] = &mut key;
        *last |= 1;
        Self(key)
    }
}

/// Prints no byte of the hash.
impl fmt::Debug for SubjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SubjectId(..)")
    }
}

macro_rules! integers {
    ($(($integer:ty, $negative:expr, $magnitude:expr)),* $(,)?) => {$(
        impl Subject for $integer {
            fn subject_id(&self) -> SubjectId {
                let (negative, magnitude): (fn($integer) -> bool, fn($integer) -> u128) =
                    ($negative, $magnitude);
                SubjectId::of_integer(negative(*self), magnitude(*self))
            }
        }
    )*};
}

integers!(
    (u8, |_| false, u128::from),
    (u16, |_| false, u128::from),
    (u32, |_| false, u128::from),
    (u64, |_| false, u128::from),
    (u128, |_| false, |id| id),
    (usize, |_| false, |id| id as u128),
    (i8, |id| id < 0, |id| id.unsigned_abs().into()),
    (i16, |id| id < 0, |id| id.unsigned_abs().into()),
    (i32, |id| id < 0, |id| id.unsigned_abs().into()),
    (i64, |id| id < 0, |id| id.unsigned_abs().into()),
    (i128, |id| id < 0, |id| id.unsigned_abs()),
    (isize, |id| id < 0, |id| id.unsigned_abs() as u128),
);

impl Subject for str {
    fn subject_id(&self) -> SubjectId {
        SubjectId::of_bytes(self.as_bytes())
    }
}

impl Subject for String {
    fn subject_id(&self) -> SubjectId {
        self.as_str().subject_id()
    }
}

impl Subject for [u8] {
    fn subject_id(&self) -> SubjectId {
        SubjectId::of_bytes(self)
    }
}

impl<const N: usize> Subject for [u8; N] {
    fn subject_id(&self) -> SubjectId {
        SubjectId::of_bytes(self)
    }
}

impl Subject for Vec<u8> {
    fn subject_id(&self) -> SubjectId {
        SubjectId::of_bytes(self)
    }
}

/// Everybody, for sessions without a user: `denylist.by_subject(|_| &())`.
impl Subject for () {
    fn subject_id(&self) -> SubjectId {
        SubjectId::hash(&[LABEL, b"u"])
    }
}

/// For cookies where some sessions have no user: `Some` is the user, and all sessions without one share one subject.
impl<S: Subject> Subject for Option<S> {
    fn subject_id(&self) -> SubjectId {
        match self {
            Some(subject) => subject.subject_id(),
            None => SubjectId::hash(&[LABEL, b"n"]),
        }
    }
}

/// An id that you computed earlier.
impl Subject for SubjectId {
    fn subject_id(&self) -> SubjectId {
        *self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_integers_of_one_value_are_one_subject() {
        let seven = 7u64.subject_id();
        let ids = [
            7u8.subject_id(),
            7u16.subject_id(),
            7u32.subject_id(),
            7u128.subject_id(),
            7usize.subject_id(),
            7i8.subject_id(),
            7i16.subject_id(),
            7i32.subject_id(),
            7i64.subject_id(),
            7i128.subject_id(),
            7isize.subject_id(),
        ];
        assert!(ids.into_iter().all(|id| id == seven));
        assert_eq!((-7i8).subject_id(), (-7i128).subject_id());
        assert_ne!((-7i8).subject_id(), seven);
        assert_eq!(i128::MIN.subject_id(), i128::MIN.subject_id());
        assert_ne!(u64::MAX.subject_id(), (-1i64).subject_id());
    }

    #[test]
    fn a_text_is_its_bytes_and_never_a_number() {
        let bob = "bob".subject_id();
        assert_eq!(bob, "bob".to_owned().subject_id());
        assert_eq!(bob, b"bob".subject_id());
        assert_eq!(bob, b"bob".to_vec().subject_id());
        assert_eq!(bob, b"bob".as_slice().subject_id());
        assert_eq!(bob, bob.subject_id());
        assert_ne!("7".subject_id(), 7u8.subject_id());
        assert_ne!(7u64.to_be_bytes().subject_id(), 7u64.subject_id());
        assert_eq!(Some(7u64).subject_id(), 7u64.subject_id());
        assert_ne!(None::<u64>.subject_id(), ().subject_id());
    }

    #[test]
    fn kinds_never_meet() {
        let of = SubjectId::of_kind::<u64>;
        assert_eq!(of("clerk", &7), SubjectId::of_kind("clerk", &7i32));
        assert_ne!(of("clerk", &7), of("customer", &7));
        assert_ne!(of("clerk", &7), 7u64.subject_id());
        assert_ne!(SubjectId::of_kind("a", "bc"), SubjectId::of_kind("ab", "c"));
    }
}
