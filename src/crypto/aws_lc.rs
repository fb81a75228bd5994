//! AES-256-GCM with the feature `aws-lc-rs`: the same bytes from AWS-LC, through its safe Rust interface. We do not claim FIPS:
//! its approved mode of AES-GCM draws its own nonces.
//!
//! What AWS-LC does with secrets, as read in the sources of aws-lc-rs 1.19 over aws-lc-sys 0.47:
//! - A key schedule lives on C's heap and is overwritten when it is freed (`OPENSSL_free`). We cannot reach what C leaves in its
//!   stack frames and in vector registers.
//! - It decrypts while it authenticates. If the tag does not match, it overwrites the data with zeros before it returns, so we
//!   never see an unauthenticated byte.
//! - It compares tags in constant time (`CRYPTO_memcmp`). AES uses the processor's instructions, or runs bit-sliced or with
//!   vector permutations if there are none.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

use super::{KEY, NONCE, Refused, TAG};

/// An AES-256 key schedule with its GHASH key; overwritten on drop.
pub(crate) struct AeadKey(LessSafeKey);

impl AeadKey {
    #[expect(
        clippy::expect_used,
        reason = "a key of the right length fails only if memory runs out"
    )]
    pub(crate) fn new(key: &[u8; KEY]) -> Self {
        let key = UnboundKey::new(&AES_256_GCM, key);
        Self(LessSafeKey::new(key.expect("32 bytes are a key of AES-256, and there is memory")))
    }

    /// Encrypts `data` in place and returns the tag.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        data: &mut [u8],
    ) -> Result<[u8; TAG], Refused> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let sealed = self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), data);
        sealed.map_err(|_| Refused)?.as_ref().try_into().map_err(|_| Refused)
    }

    /// Decrypts `data` in place and checks the tag, in constant time. A refusal leaves zeros.
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG],
    ) -> Result<(), Refused> {
        let nonce = Nonce::assume_unique_for_key(*nonce);
        self.0
            .open_in_place_separate_tag(nonce, Aad::from(aad), tag, data)
            .map(drop)
            .map_err(|_| Refused)
    }
}
