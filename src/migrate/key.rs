//! The `cookie` crate's `Key`, and the texts in which frameworks configure it.

use std::fmt;

use crate::crypto::{KEY, Zeroizing, hkdf_expand_two};
use crate::encoding::decode_standard_secret;
use crate::error::{Problem, SetupError};

/// Bytes of the whole key.
const BOTH: usize = 2 * KEY;
/// The label under which the `cookie` crate derives keys from a master key.
const INFO: &[u8] = b"COOKIE;SIGNED:HMAC-SHA256;PRIVATE:AEAD-AES-256-GCM";

/// The old site's key, made in the same ways as the `cookie` crate's `Key`. `Debug` hides it; it is wiped when dropped.
#[derive(Clone)]
pub struct JarKey {
    signing: Zeroizing<[u8; KEY]>,
    encryption: Zeroizing<[u8; KEY]>,
}

impl JarKey {
    /// Makes the key that `Key::from` made from these bytes. It uses the first 64.
    ///
    /// # Errors
    /// Fewer than 64 bytes.
    pub fn new(key: &[u8]) -> Result<Self, SetupError> {
        let expected = "the cookie crate's Key::from takes 64 bytes or more, and Key::derive_from is for shorter ones";
        let halves = key.split_first_chunk().zip(key.get(KEY..).and_then(<[u8]>::first_chunk));
        let ((signing, _), encryption) =
            halves.ok_or(Problem::OldKey { found: key.len(), expected })?;
        Ok(Self { signing: Zeroizing::new(*signing), encryption: Zeroizing::new(*encryption) })
    }

    /// Makes the key that `Key::derive_from` made from this master key.
    ///
    /// # Errors
    /// Fewer than 32 bytes.
    pub fn derive_from(master: &[u8]) -> Result<Self, SetupError> {
        if master.len() < KEY {
            let expected =
                "the cookie crate's Key::derive_from takes a master key of 32 bytes or more";
            return Err(Problem::OldKey { found: master.len(), expected }.into());
        }
        Self::new(&*hkdf_expand_two(master, INFO))
    }

    /// Makes the key that Rocket 0.5 made from its `secret_key`: base64 of 32 bytes or 64 (44 or 88 characters), or 64
    /// hexadecimal digits.
    ///
    /// # Errors
    /// A text of another length or alphabet, or a key of zeros, which Rocket replaces with a random one.
    pub fn from_rocket(secret_key: &str) -> Result<Self, SetupError> {
        let expected = "Rocket's secret_key is base64 in 44 or 88 characters, or 64 hexadecimal digits, and not all zeros";
        let refused = Problem::OldKey { found: secret_key.len(), expected };
        let bytes = match secret_key.len() {
            44 | 88 => decode_standard_secret(secret_key.as_bytes()),
            64 => from_hex(secret_key.as_bytes()),
            _ => None,
        };
        match bytes {
            Some(bytes) if bytes.iter().all(|&byte| byte == 0) => Err(refused.into()),
            Some(bytes) if bytes.len() >= BOTH => Self::new(&bytes),
            Some(bytes) if bytes.len() >= KEY => Self::derive_from(&bytes),
            _ => Err(refused.into()),
        }
    }

    pub(super) fn signing(&self) -> &[u8; KEY] {
        &self.signing
    }

    pub(super) fn encryption(&self) -> &[u8; KEY] {
        &self.encryption
    }
}

fn from_hex(text: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(text.len() / 2));
    for [high, low] in text.as_chunks::<2>().0 {
        let digit = |byte: u8| char::from(byte).to_digit(16);
        bytes.push((digit(*high)? << 4 | digit(*low)?) as u8);
    }
    Some(bytes)
}

impl fmt::Debug for JarKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JarKey")
    }
}
