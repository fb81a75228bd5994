//! AES-256-GCM, HMAC-SHA-256, HKDF, randomness and wiping: the only folder that names a crypto crate.
//!
//! This code does not know what a token is. Its errors carry no reason, because there is only one. AES-GCM comes from one of
//! three backends, which all give the same bytes.

use std::ops::{Deref, DerefMut};
use subtle::ConstantTimeEq;
use zeroize::optimization_barrier;

pub(crate) use zeroize::Zeroizing;

// Which backend: AWS-LC if it is on; else graviola, if it is on and supports the architecture; else RustCrypto. Tests compile all
// of them.
#[cfg(feature = "aws-lc-rs")]
mod aws_lc;
#[cfg(feature = "device-binding")]
mod es256;
#[cfg(not(target_family = "wasm"))]
mod generator;
#[cfg(all(
    feature = "graviola",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    any(test, not(feature = "aws-lc-rs"))
))]
mod graviola;
mod mac;
mod random;
#[cfg(any(test, not(feature = "aws-lc-rs")))]
mod rustcrypto;

#[cfg(all(
    feature = "graviola",
    any(target_arch = "x86_64", target_arch = "aarch64"),
    not(feature = "aws-lc-rs")
))]
pub(crate) use self::graviola::AeadKey;
#[cfg(feature = "aws-lc-rs")]
pub(crate) use aws_lc::AeadKey;
#[cfg(all(feature = "device-binding", any(test, feature = "testing")))]
pub(crate) use es256::SoftwareKey;
#[cfg(feature = "device-binding")]
pub(crate) use es256::{DeviceKey, POINT};
#[cfg(feature = "migrate")]
pub(crate) use mac::hkdf_expand_two;
pub(crate) use mac::{MacKey, hkdf_expand, hkdf_extract, sha256};
pub(crate) use random::{NonceSource, nonce, os_random};
#[cfg(not(any(
    feature = "aws-lc-rs",
    all(feature = "graviola", any(target_arch = "x86_64", target_arch = "aarch64"))
)))]
pub(crate) use rustcrypto::AeadKey;

/// Bytes in a root key, a subkey or a MAC tag.
pub(crate) const KEY: usize = 32;
/// Bytes in a GCM nonce (SP 800-38D section 8.2.2: 96 bits, drawn at random).
pub(crate) const NONCE: usize = 12;
/// Bytes in a GCM tag.
pub(crate) const TAG: usize = 16;
/// Bytes in a full HMAC-SHA-256 tag.
pub(crate) const MAC: usize = 32;

/// The primitive refused: a tag did not match, or the operating system provided no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refused;

/// Compares two slices in a time that depends only on their lengths.
pub(crate) fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// Writes zeros that the optimiser keeps, at the speed of a memset (`Zeroize` writes bytes one by one).
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    optimization_barrier(bytes);
}

/// Bytes on the heap that are wiped when dropped. Their buffer never grows, so it leaves no copy behind.
#[derive(PartialEq, Eq)]
pub(crate) struct Wiped(Vec<u8>);

impl Wiped {
    pub(crate) fn zeros(length: usize) -> Self {
        Self(vec![0; length])
    }

    /// Wipes everything after the first `length` bytes and cuts it off.
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

    // RFC 4231 section 4.2, the key of 20 bytes padded by zeros as HMAC does itself.
    #[test]
    fn rfc_4231_case_1() {
        let mut key = [0u8; 32];
        key[..20].fill(0x0b);
        let expected = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        let tag: [u8; 32] = unhex(expected).try_into().unwrap();
        let mac = MacKey::new(&key);
        assert_eq!(mac.sign([&b"Hi "[..], b"There"]), tag);
        assert_eq!(mac.verify(b"Hi There", &tag), Ok(()));
        assert_eq!(mac.verify(b"Hi there", &tag), Err(Refused));
    }

    // RFC 5869 appendix A.1, expand: the first 32 bytes of the 42.
    #[test]
    fn rfc_5869_case_1_expand() {
        let prk = unhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
        let okm = unhex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
        let prk = MacKey::new(prk.as_slice().try_into().unwrap());
        let info = unhex("f0f1f2f3f4f5f6f7f8f9");
        assert_eq!(hkdf_expand(&prk, &[&info])[..], okm[..]);
    }

    // RFC 5869 appendix A.1, all 42 bytes; A.2, whose second block is whole: the first 64 of 82.
    #[cfg(feature = "migrate")]
    #[test]
    fn rfc_5869_expand_to_two_blocks() {
        let prk = unhex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
        let okm = hkdf_expand_two(&prk, &unhex("f0f1f2f3f4f5f6f7f8f9"));
        let expected =
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
        assert_eq!(okm[..42], unhex(expected));
        let prk = unhex("06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244");
        let info: Vec<u8> = (0xb0..=0xff).collect();
        let okm = hkdf_expand_two(&prk, &info);
        let expected = "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71";
        assert_eq!(okm[..], unhex(expected));
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
        assert_eq!(aead.open(&nonce, &aad[1..], &mut data.clone(), &tag), Err(Refused));
        assert_eq!(aead.open(&nonce, &aad, &mut data, &tag), Ok(()));
        assert_eq!(data, plain);
    }

    // On the machine at hand: each may take another path on another processor.
    #[cfg(any(
        feature = "aws-lc-rs",
        all(feature = "graviola", any(target_arch = "x86_64", target_arch = "aarch64"))
    ))]
    macro_rules! the_same_bytes_as_rustcrypto {
        ($backend:ident) => {
            let (key, nonce, aad) = ([0x5C; KEY], [7; NONCE], [1; 12]);
            let (ours, theirs) = (rustcrypto::AeadKey::new(&key), $backend::AeadKey::new(&key));
            // Backends take up to 256 bytes at once. A cookie holds 3072, with the header.
            let around = |strides: usize| [256 * strides - 1, 256 * strides, 256 * strides + 1];
            for length in (0..=300).chain((2..=12).flat_map(around)) {
                let plain: Vec<u8> = (0..length).map(|n| (n * 7) as u8).collect();
                let (mut a, mut b) = (plain.clone(), plain.clone());
                let tag = ours.seal(&nonce, &aad, &mut a).unwrap();
                assert_eq!(theirs.seal(&nonce, &aad, &mut b), Ok(tag), "{length}");
                assert_eq!(a, b, "{length}");
                let mut wrong = tag;
                wrong[length % TAG] ^= 1;
                assert_eq!(theirs.open(&nonce, &aad, &mut b.clone(), &wrong), Err(Refused));
                assert_eq!(ours.open(&nonce, &aad, &mut b, &tag), Ok(()));
                assert_eq!(theirs.open(&nonce, &aad, &mut a, &tag), Ok(()));
                assert_eq!((&a, &b), (&plain, &plain));
            }
        };
    }

    #[cfg(feature = "aws-lc-rs")]
    #[test]
    fn aws_lc_and_rustcrypto_give_the_same_bytes() {
        the_same_bytes_as_rustcrypto!(aws_lc);
    }

    #[cfg(all(feature = "graviola", any(target_arch = "x86_64", target_arch = "aarch64")))]
    #[test]
    fn graviola_and_rustcrypto_give_the_same_bytes() {
        use super::graviola;
        the_same_bytes_as_rustcrypto!(graviola);
    }

    #[test]
    fn wiping_leaves_zeros() {
        let mut bytes = [7u8; 100];
        wipe(&mut bytes);
        assert_eq!(bytes, [0u8; 100]);
    }
}
