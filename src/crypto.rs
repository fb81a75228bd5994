//! AES-256-GCM, HMAC-SHA-256, HKDF, randomness and wiping: the only file that names a crypto crate.
//!
//! Nothing here knows what a token is. Errors carry no reason: there is only one.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use hmac::{Hmac, Mac};
use rand::Rng;
use sha2::{Digest, Sha256};
use std::ops::{Deref, DerefMut};
use std::time::{SystemTime, UNIX_EPOCH};
use subtle::ConstantTimeEq;
use zeroize::optimization_barrier;

pub(crate) use zeroize::Zeroizing;

/// Octets of a root key, a subkey, a MAC tag.
pub(crate) const KEY: usize = 32;
/// Octets of a GCM nonce (SP 800-38D section 8.2.2: 96 bits, drawn at random).
pub(crate) const NONCE: usize = 12;
/// Octets of a GCM tag.
pub(crate) const TAG: usize = 16;
/// Octets of an HMAC-SHA-256 tag, whole.
pub(crate) const MAC: usize = 32;

/// The primitive refused: a tag did not match, or the operating system gave no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

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

    /// Checks the tag, in constant time, then decrypts `data` in place. A refusal leaves the ciphertext as it was.
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
    pub(crate) fn new(key: &[u8; KEY]) -> Self {
        // HMAC's block is 64 octets; a shorter key is padded with zeros (RFC 2104 section 2).
        let mut block = Zeroizing::new([0u8; 64]);
        block[..KEY].copy_from_slice(key);
        Self(Hmac::new((&*block).into()))
    }

    pub(crate) fn sign(&self, parts: &[&[u8]]) -> [u8; MAC] {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// Compares in constant time.
    pub(crate) fn verify(&self, data: &[u8], tag: &[u8; MAC]) -> Result<(), Refused> {
        if bool::from(self.sign(&[data]).ct_eq(tag)) { Ok(()) } else { Err(Refused) }
    }
}

/// HKDF-Extract with SHA-256 (RFC 5869 section 2.2), ready for [`hkdf_expand`].
pub(crate) fn hkdf_extract(salt: &[u8], root: &[u8; KEY]) -> MacKey {
    let mut block = [0u8; 64];
    let salt_length = salt.len().min(block.len());
    block[..salt_length].copy_from_slice(&salt[..salt_length]);
    let salted = MacKey(Hmac::new((&block).into()));
    MacKey::new(&Zeroizing::new(salted.sign(&[root])))
}

/// The first 32 octets of HKDF-Expand with SHA-256 (RFC 5869 section 2.3); no label here needs more.
pub(crate) fn hkdf_expand(prk: &MacKey, info: &[&[u8]]) -> Zeroizing<[u8; KEY]> {
    let mut mac = prk.0.clone();
    for part in info {
        mac.update(part);
    }
    mac.update(&[1]);
    Zeroizing::new(mac.finalize().into_bytes().into())
}

pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// Equal or not, in a time that depends on the lengths alone.
pub(crate) fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// Fresh octets from the operating system, for keys and session ids.
pub(crate) fn os_random<const N: usize>() -> Result<Zeroizing<[u8; N]>, Refused> {
    let mut bytes = Zeroizing::new([0u8; N]);
    getrandom::fill(bytes.as_mut()).map_err(|_| Refused)?;
    Ok(bytes)
}

/// Where nonces come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum NonceSource {
    /// A thread's own ChaCha12 generator, seeded and reseeded by the operating system, with the clock XORed in.
    #[default]
    Thread,
    /// The operating system, one call a nonce.
    Os,
}

pub(crate) fn nonce(source: NonceSource) -> Result<[u8; NONCE], Refused> {
    let mut nonce = [0u8; NONCE];
    match source {
        NonceSource::Os => getrandom::fill(&mut nonce).map_err(|_| Refused)?,
        NonceSource::Thread => {
            rand::rng().fill_bytes(&mut nonce);
            // XOR of a uniform value with anything independent stays uniform; where a fork or a restored
            // snapshot repeats the generator, the clock keeps two nonces apart (most likely: no guarantee).
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let nanos = now.map_or(0, |d| d.as_nanos() as u64);
            for (byte, clock) in nonce.iter_mut().zip(nanos.to_be_bytes()) {
                *byte ^= clock;
            }
        }
    }
    Ok(nonce)
}

/// Zeros that the optimiser keeps, at the speed of a memset (`Zeroize` on octets writes them one by one).
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    optimization_barrier(bytes);
}

/// Octets on the heap that are wiped when dropped; their buffer never grows, so no copy stays behind.
#[derive(PartialEq, Eq)]
pub(crate) struct Wiped(Vec<u8>);

impl Wiped {
    pub(crate) fn zeros(length: usize) -> Self {
        Self(vec![0; length])
    }

    /// Wipes what is behind the first `length` octets and cuts it off.
    pub(crate) fn truncate(&mut self, length: usize) {
        wipe(self.0.get_mut(length..).unwrap_or_default());
        self.0.truncate(length);
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

impl Deref for Wiped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&text[i..i + 2], 16).unwrap())
            .collect()
    }

    // RFC 4231 section 4.2, the key of 20 octets padded by zeros as HMAC does itself.
    #[test]
    fn rfc_4231_case_1() {
        let mut key = [0u8; 32];
        key[..20].fill(0x0b);
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        let tag: [u8; 32] = unhex(expected).try_into().unwrap();
        let mac = MacKey::new(&key);
        assert_eq!(mac.sign(&[b"Hi ", b"There"]), tag);
        assert_eq!(mac.verify(b"Hi There", &tag), Ok(()));
        assert_eq!(mac.verify(b"Hi there", &tag), Err(Refused));
    }

    // RFC 5869 appendix A.1, expand: the first 32 octets of the 42.
    #[test]
    fn rfc_5869_case_1_expand() {
        let prk = unhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
        let okm = unhex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
        let prk = MacKey::new(prk.as_slice().try_into().unwrap());
        let info = unhex("f0f1f2f3f4f5f6f7f8f9");
        assert_eq!(hkdf_expand(&prk, &[&info])[..], okm[..]);
    }

    // GCM specification (McGrew and Viega), test case 16: AES-256 with additional data.
    #[test]
    fn gcm_test_case_16() {
        let key = unhex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
        let nonce: [u8; 12] = unhex("cafebabefacedbaddecaf888").try_into().unwrap();
        let aad = unhex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
        let plain = unhex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        );
        let sealed = unhex(
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        );
        let tag: [u8; 16] = unhex("76fc6ece0f4e1768cddf8853bb2d551b").try_into().unwrap();
        let aead = AeadKey::new(key.as_slice().try_into().unwrap());
        let mut data = plain.clone();
        assert_eq!(aead.seal(&nonce, &aad, &mut data), Ok(tag));
        assert_eq!(data, sealed);
        assert_eq!(aead.open(&nonce, &aad[1..], &mut data, &tag), Err(Refused));
        assert_eq!(data, sealed);
        assert_eq!(aead.open(&nonce, &aad, &mut data, &tag), Ok(()));
        assert_eq!(data, plain);
    }

    #[test]
    fn nonces_differ_whatever_their_source() {
        for source in [NonceSource::Thread, NonceSource::Os] {
            assert_ne!(nonce(source).unwrap(), nonce(source).unwrap());
        }
    }

    #[test]
    fn wiping_leaves_zeros() {
        let mut bytes = [7u8; 100];
        wipe(&mut bytes);
        assert_eq!(bytes, [0u8; 100]);
    }
}
