//! AES-256-GCM by default: RustCrypto's aes-gcm.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};

use super::{KEY, NONCE, Refused, TAG};

/// An AES-256 key schedule with its GHASH key; wiped on drop.
pub(crate) struct AeadKey(Aes256Gcm);

impl AeadKey {
    pub(crate) fn new(key: &[u8; KEY]) -> Self {
        Self(Aes256Gcm::new(key.into()))
    }

    /// Encrypts `data` in place and returns the tag.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        data: &mut [u8],
    ) -> Result<[u8; TAG], Refused> {
        let sealed = self.0.encrypt_inout_detached(nonce.into(), aad, data.into());
        Ok(sealed.map_err(|_| Refused)?.into())
    }

    /// Checks the tag, in constant time, then decrypts `data` in place. After a refusal, `data` is useless.
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG],
    ) -> Result<(), Refused> {
        self.0
            .decrypt_inout_detached(nonce.into(), aad, data.into(), tag.into())
            .map_err(|_| Refused)
    }
}
