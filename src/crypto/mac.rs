//! HMAC-SHA-256, and HKDF (RFC 5869) built on it, always from RustCrypto's hmac and sha2. AWS-LC's HMAC copies a state with room
//! for SHA-512, and takes a quarter longer on a small token.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::{KEY, MAC, Refused, Zeroizing};

/// Bytes in a SHA-256 block, which HMAC's key fills.
const BLOCK: usize = 64;

/// HMAC-SHA-256 (RFC 2104) with both padded key blocks already hashed; wiped on drop.
pub(crate) struct MacKey(Hmac<Sha256>);

impl MacKey {
    pub(crate) fn new(key: &[u8; KEY]) -> Self {
        // HMAC pads a key shorter than its block with zeros (RFC 2104 section 2).
        let mut block = Zeroizing::new([0; BLOCK]);
        block[..KEY].copy_from_slice(key);
        Self(Hmac::new((&*block).into()))
    }

    pub(crate) fn sign<'p>(&self, parts: impl IntoIterator<Item = &'p [u8]>) -> [u8; MAC] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Compares in constant time.
    pub(crate) fn verify(&self, data: &[u8], tag: &[u8; MAC]) -> Result<(), Refused> {
        if bool::from(self.sign([data]).ct_eq(tag)) { Ok(()) } else { Err(Refused) }
    }
}

/// HKDF-Extract with SHA-256 (RFC 5869 section 2.2), ready for [`hkdf_expand`].
pub(crate) fn hkdf_extract(salt: &[u8], root: &[u8; KEY]) -> MacKey {
    let mut block = [0; BLOCK];
    let salt_length = salt.len().min(BLOCK);
    block[..salt_length].copy_from_slice(&salt[..salt_length]);
    let salted = MacKey(Hmac::new((&block).into()));
    MacKey::new(&Zeroizing::new(salted.sign([&root[..]])))
}

/// The first 32 bytes of HKDF-Expand with SHA-256 (RFC 5869 section 2.3). No label here needs more.
pub(crate) fn hkdf_expand(prk: &MacKey, info: &[&[u8]]) -> Zeroizing<[u8; KEY]> {
    Zeroizing::new(prk.sign(info.iter().copied().chain([&[1][..]])))
}

/// The first 64 bytes of HKDF-Expand with SHA-256 from a key of any length.
#[cfg(feature = "migrate")]
pub(crate) fn hkdf_expand_two(prk: &[u8], info: &[u8]) -> Zeroizing<[u8; 2 * KEY]> {
    // HMAC hashes a key that is longer than its block (RFC 2104 section 2).
    let mut block = Zeroizing::new([0; BLOCK]);
    let hashed = Zeroizing::new(sha256(&[prk]));
    let key = if prk.len() > BLOCK { &hashed[..] } else { prk };
    block[..key.len()].copy_from_slice(key);
    let prk = MacKey(Hmac::new((&*block).into()));
    let mut both = Zeroizing::new([0; 2 * KEY]);
    let (first, second) = both.split_at_mut(KEY);
    first.copy_from_slice(&prk.sign([info, &[1]]));
    second.copy_from_slice(&prk.sign([&*first, info, &[2]]));
    both
}

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}
