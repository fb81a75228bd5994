//! The default backend: RustCrypto's aes-gcm, hmac and sha2.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};

use super::{BLOCK, KEY, MAC, NONCE, Refused, TAG};

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
        self.0
            .encrypt_inout_detached(nonce.into(), aad, data.into())
            .map(Into::into)
            .map_err(|_| Refused)
    }

    /// Checks the tag, in constant time, then decrypts `data` in place. After a refusal `data` is of no use.
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

/// HMAC-SHA-256 (RFC 2104) with both padded key blocks already hashed; wiped on drop.
pub(crate) struct MacKey(Hmac<Sha256>);

impl MacKey {
    pub(super) fn of_block(key: &[u8; BLOCK]) -> Self {
        Self(Hmac::new(key.into()))
    }

    pub(crate) fn sign<'p>(&self, parts: impl IntoIterator<Item = &'p [u8]>) -> [u8; MAC] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}
