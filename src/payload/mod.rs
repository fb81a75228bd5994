//! What the application stored: values to bytes and back. No key, no time, no cookie.

use serde::Serialize;
use serde::de::DeserializeOwned;

use postcard::ser_flavors::{Flavor, Slice};
use strict::Strict;

use crate::crypto::Wiped;

mod bounded;
mod strict;
#[cfg(feature = "json")]
mod values;
#[cfg(feature = "json")]
pub use values::Values;

/// How session data becomes bytes.
///
/// Values may nest 127 levels deep, and hold 65,536 elements of types that take no bytes, such as `()`; what goes beyond does
/// not decode, so that bytes never claim more time or stack than that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Codec {
    /// [postcard](https://postcard.jamesmunns.com): compact, not self-describing.
    #[default]
    Postcard,
    /// JSON: for types that postcard cannot carry (`flatten`, untagged enums, `skip_serializing_if`) and for signed
    /// cookies that other programs read.
    #[cfg(feature = "json")]
    Json,
}

/// Bytes that hold most sessions.
const FIRST_BUFFER: usize = 1024;

/// Why a value was not encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EncodeError {
    /// The buffer is too short.
    Full,
    /// The codec or the value's `Serialize` refused.
    Failed,
}

/// What a session can be made of: any serde type that is `Send`, `Sync` and `'static`. Implemented for all of them.
///
/// It shortens the bounds of code that is generic over the session's type.
pub trait SessionData: Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> SessionData for T {}

/// What is sealed: written to the front of a buffer, again where that was too short.
pub(crate) trait Payload {
    /// How many bytes it will write, where that is known.
    fn len(&self) -> Option<usize>;

    /// Writes it and returns its length.
    fn write(&self, buffer: &mut [u8]) -> Result<usize, EncodeError>;
}

/// Bytes that are there already.
pub(crate) struct Raw<'p>(pub(crate) &'p [u8]);

impl Payload for Raw<'_> {
    fn len(&self) -> Option<usize> {
        Some(self.0.len())
    }

    fn write(&self, buffer: &mut [u8]) -> Result<usize, EncodeError> {
        let front = buffer.get_mut(..self.0.len()).ok_or(EncodeError::Full)?;
        front.copy_from_slice(self.0);
        Ok(self.0.len())
    }
}

/// A value that is encoded where it will be encrypted.
pub(crate) struct Encoded<'p, T> {
    pub(crate) codec: Codec,
    pub(crate) value: &'p T,
}

impl<T: Serialize> Payload for Encoded<'_, T> {
    fn len(&self) -> Option<usize> {
        None
    }

    fn write(&self, buffer: &mut [u8]) -> Result<usize, EncodeError> {
        self.codec.encode(self.value, buffer)
    }
}

impl Codec {
    /// Writes `value` to the front of `buffer` and returns its length.
    pub(crate) fn encode<T: Serialize>(
        self,
        value: &T,
        buffer: &mut [u8],
    ) -> Result<usize, EncodeError> {
        match self {
            Self::Postcard => {
                let mut postcard = postcard::Serializer { output: Slice::new(buffer) };
                let written = value.serialize(Strict(&mut postcard));
                match written.and_then(|()| postcard.output.finalize()) {
                    Ok(written) => Ok(written.len()),
                    Err(postcard::Error::SerializeBufferFull) => Err(EncodeError::Full),
                    Err(_) => Err(EncodeError::Failed),
                }
            }
            #[cfg(feature = "json")]
            Self::Json => {
                let room = buffer.len();
                let mut rest = &mut *buffer;
                match serde_json::to_writer(&mut rest, value) {
                    Ok(()) => Ok(room - rest.len()),
                    Err(error) if error.is_io() => Err(EncodeError::Full),
                    Err(_) => Err(EncodeError::Failed),
                }
            }
        }
    }

    /// The bytes of `value`; `None` where the codec or the value's `Serialize` refused.
    pub(crate) fn encode_to_vec<T: Serialize>(self, value: &T) -> Option<Wiped> {
        let mut size = FIRST_BUFFER;
        loop {
            // A buffer that is too short is wiped and dropped, never grown.
            let mut octets = Wiped::zeros(size);
            match self.encode(value, &mut octets) {
                Ok(length) => {
                    octets.truncate(length);
                    return Some(octets);
                }
                Err(EncodeError::Full) => size = size.checked_mul(4)?,
                Err(EncodeError::Failed) => return None,
            }
        }
    }

    /// The value that all of `octets` encode; `None` for any other bytes, left-over ones included. In time that the number
    /// of bytes bounds, whatever they claim.
    pub(crate) fn decode<T: DeserializeOwned>(self, octets: &[u8]) -> Option<T> {
        match self {
            Self::Postcard => bounded::from_postcard(octets),
            #[cfg(feature = "json")]
            Self::Json => {
                // White space around a value is JSON too, but nothing that was encoded here.
                let mut ends = octets.first().into_iter().chain(octets.last());
                let is_bare = !ends.any(u8::is_ascii_whitespace);
                is_bare.then(|| serde_json::from_slice(octets).ok()).flatten()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codecs() -> Vec<Codec> {
        vec![
            Codec::Postcard,
            #[cfg(feature = "json")]
            Codec::Json,
        ]
    }

    #[test]
    fn a_value_goes_there_and_back() {
        let value = (7u64, "Ada".to_owned(), vec![true, false]);
        for codec in codecs() {
            let octets = codec.encode_to_vec(&value).unwrap();
            let mut buffer = [0; 64];
            assert_eq!(codec.encode(&value, &mut buffer), Ok(octets.len()));
            assert_eq!(buffer[..octets.len()], octets[..]);
            assert_eq!(codec.decode(&octets), Some(value.clone()));
        }
    }

    #[test]
    fn a_short_buffer_is_told_from_a_value_that_cannot_be_encoded() {
        struct Refusing;
        impl Serialize for Refusing {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("no"))
            }
        }
        for codec in codecs() {
            assert_eq!(codec.encode(&[1u8; 9], &mut [0; 8]), Err(EncodeError::Full));
            let refused = codec.encode(&Refusing, &mut [0; 8]);
            assert_eq!(refused, Err(EncodeError::Failed));
            assert!(codec.encode_to_vec(&Refusing).is_none());
        }
    }

    #[cfg(feature = "json")]
    #[test]
    fn white_space_around_json_is_left_over() {
        assert_eq!(Codec::Json.decode::<u8>(b"7"), Some(7));
        for octets in [&b"7 "[..], b" 7", b"7\n"] {
            assert_eq!(Codec::Json.decode::<u8>(octets), None);
        }
    }

    #[test]
    fn octets_left_over_are_refused() {
        for codec in codecs() {
            let mut octets = codec.encode_to_vec(&7u8).unwrap().to_vec();
            octets.push(b'7');
            octets.push(b'}');
            assert_eq!(codec.decode::<u8>(&octets), None);
            assert_eq!(codec.decode::<u8>(&[]), None);
        }
    }
}
