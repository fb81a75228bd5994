//! What the application stored: turns values into bytes and back, without key, time or cookie.

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
/// Values may nest 127 levels deep, and hold 65,536 elements of types that take no bytes, such as `()`. Anything beyond that does
/// not decode, so no bytes can claim more time or stack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Codec {
    /// [postcard](https://postcard.jamesmunns.com): compact, not self-describing.
    #[default]
    Postcard,
    /// JSON: for types that postcard cannot encode (`flatten`, untagged enums, `skip_serializing_if`), and for signed cookies
    /// that other programs read.
    #[cfg(feature = "json")]
    Json,
}

/// How many bytes hold most sessions.
const FIRST_BUFFER: usize = 1024;

/// Why a value was not encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EncodeError {
    /// The buffer is too short.
    Full,
    /// The codec or the value's `Serialize` refused.
    Failed,
}

/// A type that sessions can hold: any serde type that is `Send`, `Sync` and `'static`. Implemented for all of them.
///
/// Use it to shorten the bounds of code that is generic over the session's type.
pub trait SessionData: Serialize + DeserializeOwned + Send + Sync + 'static {}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> SessionData for T {}

/// Something to seal. It is written to the front of a buffer, and again to a longer one if that was too short.
pub(crate) trait Payload {
    /// How many bytes it will write, if known.
    fn len(&self) -> Option<usize>;

    /// Writes it and returns its length.
    fn write(&self, buffer: &mut [u8]) -> Result<usize, EncodeError>;
}

/// Bytes that exist already.
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

/// A value that is encoded in the buffer where it will be encrypted.
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

    /// Encodes `value`; `None` if the codec or the value's `Serialize` refused.
    pub(crate) fn encode_to_vec<T: Serialize>(self, value: &T) -> Option<Wiped> {
        let mut size = FIRST_BUFFER;
        loop {
            // A buffer that is too short is wiped and dropped, never grown.
            let mut bytes = Wiped::zeros(size);
            match self.encode(value, &mut bytes) {
                Ok(length) => {
                    bytes.truncate(length);
                    return Some(bytes);
                }
                Err(EncodeError::Full) => size = size.checked_mul(4)?,
                Err(EncodeError::Failed) => return None,
            }
        }
    }

    /// Decodes the value that all of `bytes` encode; `None` for any other bytes, even left-over ones. The number of bytes bounds
    /// the time, whatever they claim.
    pub(crate) fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Option<T> {
        match self {
            Self::Postcard => bounded::from_postcard(bytes),
            #[cfg(feature = "json")]
            Self::Json => {
                // White space around a value is JSON too, but we never encode any.
                let mut ends = bytes.first().into_iter().chain(bytes.last());
                let is_bare = !ends.any(u8::is_ascii_whitespace);
                is_bare.then(|| serde_json::from_slice(bytes).ok()).flatten()
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
            let bytes = codec.encode_to_vec(&value).unwrap();
            let mut buffer = [0; 64];
            assert_eq!(codec.encode(&value, &mut buffer), Ok(bytes.len()));
            assert_eq!(buffer[..bytes.len()], bytes[..]);
            assert_eq!(codec.decode(&bytes), Some(value.clone()));
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
        for bytes in [&b"7 "[..], b" 7", b"7\n"] {
            assert_eq!(Codec::Json.decode::<u8>(bytes), None);
        }
    }

    #[test]
    fn bytes_left_over_are_refused() {
        for codec in codecs() {
            let mut bytes = codec.encode_to_vec(&7u8).unwrap().to_vec();
            bytes.push(b'7');
            bytes.push(b'}');
            assert_eq!(codec.decode::<u8>(&bytes), None);
            assert_eq!(codec.decode::<u8>(&[]), None);
        }
    }
}
