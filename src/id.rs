//! The ids of keys and sessions: bytes that are not secret, printed as hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Identifies a [`Key`](crate::Key): 8 bytes derived from it, at the front of each of its tokens in the clear.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub(crate) [u8; 8]);

/// Identifies a session: 16 random bytes that refreshes keep and [`renew`](crate::Session::renew) replaces.
///
/// It is not a secret: it opens nothing. Its text is 32 hexadecimal digits. `Serialize` writes that text to human-readable
/// formats (JSON, TOML) and the 16 bytes to binary ones.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId(pub(crate) [u8; 16]);

impl SessionId {
    /// Makes the id from its bytes, which you may keep in a table of sessions.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The half that a session bound to a device keeps when it gets another id (docs/format-v1.md section 10).
    pub(crate) fn binding(&self) -> &[u8] {
        &self.0[..8]
    }
}

/// The error for a text that is not a [`SessionId`] or [`KeyId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseIdError {
    /// How many hexadecimal digits an id has.
    digits: usize,
}

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id is {} hexadecimal digits", self.digits)
    }
}

impl std::error::Error for ParseIdError {}

/// Reads exactly `2 * N` hexadecimal digits, in either case.
fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], ParseIdError> {
    let error = ParseIdError { digits: 2 * N };
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if pairs.len() != N || !rest.is_empty() {
        return Err(error);
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(pairs) {
        for &digit in pair {
            let digit = char::from(digit).to_digit(16).ok_or(error)?;
            *byte = *byte << 4 | digit as u8;
        }
    }
    Ok(bytes)
}

macro_rules! hexadecimal {
    ($id:ident) => {
        /// Prints the hexadecimal digits.
        impl fmt::Display for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($id))
            }
        }

        /// Reads what `Display` prints.
        impl FromStr for $id {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                from_hex(text).map(Self)
            }
        }
    };
}

hexadecimal!(KeyId);
hexadecimal!(SessionId);

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for SessionId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map_err(serde::de::Error::custom)
        } else {
            <[u8; 16]>::deserialize(deserializer).map(Self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_come_back_from_their_text() {
        let session = SessionId(*b"\x00\x01\xfe\xff456789abcdef");
        assert_eq!(session.to_string(), "0001feff343536373839616263646566");
        assert_eq!(format!("{session:?}"), "SessionId(0001feff343536373839616263646566)");
        assert_eq!(session.to_string().parse(), Ok(session));
        assert_eq!(session.to_string().to_uppercase().parse(), Ok(session));
        let key = KeyId([0, 1, 2, 0xAB, 0xCD, 0xEF, 0xFE, 0xFF]);
        assert_eq!(key.to_string().parse(), Ok(key));
        assert_eq!(format!("{key:?}"), "KeyId(000102abcdeffeff)");
    }

    #[test]
    fn other_texts_are_refused() {
        let digits = "0".repeat(32);
        for text in ["", &digits[..31], &format!("{digits}0"), &format!("{}g", &digits[..31])] {
            let error = text.parse::<SessionId>().unwrap_err();
            assert_eq!(error.to_string(), "an id is 32 hexadecimal digits", "{text:?}");
        }
        assert!(format!("{}\u{e9}", &digits[..30]).parse::<SessionId>().is_err());
        assert!("+".repeat(16).parse::<KeyId>().is_err());
    }

    #[test]
    fn a_session_id_is_text_for_people_and_bytes_for_postcard() {
        let id = SessionId(*b"0123456789abcdef");
        let bytes = postcard::to_allocvec(&id).unwrap();
        assert_eq!(bytes, id.0);
        assert_eq!(postcard::from_bytes::<SessionId>(&bytes), Ok(id));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, "\"30313233343536373839616263646566\"");
        assert_eq!(serde_json::from_str::<SessionId>(&json).unwrap(), id);
        assert!(serde_json::from_str::<SessionId>("\"3031\"").is_err());
    }
}
