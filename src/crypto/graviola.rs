//! AES-256-GCM with the feature `graviola`: the same bytes from the crate of that name, which needs no C compiler. It exists only
//! on x86-64 and aarch64. On a processor without the instructions that it needs, RustCrypto does the work instead.
//!
//! What graviola does, as read in the sources of 0.4.4:
//! - It checks the processor in each call, and panics without AES, carry-less multiplication, AVX2, BMI1 or ADX (on aarch64:
//!   NEON, AES, PMULL or SHA-2). So we check first, once, against its own list. It also panics at a key that is not 16 or 32
//!   bytes long, which the types here rule out. Nothing that comes in over the wire makes it panic.
//! - With debug assertions, each call also asks the environment which instructions to do without.
//! - It encrypts messages of any length, past the point where GCM's counter starts again: we enforce that limit here.
//! - It overwrites the key schedule and the powers of GHASH's key on drop, by assembly that the compiler cannot leave out. Each
//!   call clears the vector registers when it returns, except the upper sixteen of AVX-512, and on aarch64 it asks for
//!   data-independent timing while it runs. A key that was moved may leave a copy on the stack; with AVX-512, so may the round
//!   keys, for messages of 256 bytes and more.
//! - It decrypts while it authenticates. If the tag does not match, it overwrites the data with zeros before it returns.
//! - It compares tags in constant time, in assembly. AES and GHASH use the processor's instructions and no tables.

use std::sync::LazyLock;

use graviola::aead::AesGcm;

use super::{KEY, NONCE, Refused, TAG, rustcrypto};

/// Whether graviola runs on this processor.
static SUPPORTED: LazyLock<bool> = LazyLock::new(graviola::util::is_cpu_supported);

/// The most bytes in a message: beyond that, GCM's 32-bit counter starts again (SP 800-38D section 5.2.1.1).
const MOST: u64 = (1 << 36) - 32;

/// An AES-256 key schedule with powers of its GHASH key; overwritten on drop.
pub(crate) struct AeadKey(Backend);

#[allow(clippy::large_enum_variant, reason = "a process only ever makes one of the two")]
enum Backend {
    Graviola(AesGcm),
    RustCrypto(rustcrypto::AeadKey),
}

impl AeadKey {
    pub(crate) fn new(key: &[u8; KEY]) -> Self {
        Self::on(*SUPPORTED, key)
    }

    fn on(supported: bool, key: &[u8; KEY]) -> Self {
        Self(match supported {
            true => Backend::Graviola(AesGcm::new(key)),
            false => Backend::RustCrypto(rustcrypto::AeadKey::new(key)),
        })
    }

    /// Encrypts `data` in place and returns the tag.
    pub(crate) fn seal(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        data: &mut [u8],
    ) -> Result<[u8; TAG], Refused> {
        let key = match &self.0 {
            Backend::Graviola(key) => key,
            Backend::RustCrypto(key) => return key.seal(nonce, aad, data),
        };
        if !fits(data.len()) {
            return Err(Refused);
        }
        let mut tag = [0; TAG];
        key.encrypt(nonce, aad, data, &mut tag);
        Ok(tag)
    }

    /// Decrypts `data` in place and checks the tag, in constant time. After a refusal, `data` is useless.
    pub(crate) fn open(
        &self,
        nonce: &[u8; NONCE],
        aad: &[u8],
        data: &mut [u8],
        tag: &[u8; TAG],
    ) -> Result<(), Refused> {
        match &self.0 {
            Backend::Graviola(key) if fits(data.len()) => {
                key.decrypt(nonce, aad, data, tag).map_err(|_| Refused)
            }
            Backend::Graviola(_) => Err(Refused),
            Backend::RustCrypto(key) => key.open(nonce, aad, data, tag),
        }
    }
}

fn fits(length: usize) -> bool {
    length as u64 <= MOST
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Checked against what graviola's page requires, not against its own list.
    #[test]
    fn the_processor_decides() {
        #[cfg(target_arch = "x86_64")]
        let able = is_x86_feature_detected!("aes")
            && is_x86_feature_detected!("ssse3")
            && is_x86_feature_detected!("avx")
            && is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("adx")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("pclmulqdq");
        #[cfg(target_arch = "aarch64")]
        let able = std::arch::is_aarch64_feature_detected!("aes")
            && std::arch::is_aarch64_feature_detected!("sha2")
            && std::arch::is_aarch64_feature_detected!("pmull")
            && std::arch::is_aarch64_feature_detected!("neon");
        let key = AeadKey::new(&[0x5C; KEY]);
        assert_eq!(matches!(key.0, Backend::Graviola(_)), able);
    }

    #[test]
    fn a_processor_that_lacks_something_falls_back_to_the_same_bytes() {
        let (key, nonce, aad) = ([0x5C; KEY], [7; NONCE], [1; 12]);
        let (fast, slow) = (AeadKey::new(&key), AeadKey::on(false, &key));
        assert!(matches!(slow.0, Backend::RustCrypto(_)));
        let (mut a, mut b) = ([9; 100], [9; 100]);
        let tag = fast.seal(&nonce, &aad, &mut a).unwrap();
        assert_eq!(slow.seal(&nonce, &aad, &mut b), Ok(tag));
        assert_eq!(a, b);
        assert_eq!(slow.open(&nonce, &[2; 12], &mut a.clone(), &tag), Err(Refused));
        assert_eq!(slow.open(&nonce, &aad, &mut a, &tag), Ok(()));
        assert_eq!(a, [9; 100]);
    }

    #[test]
    fn what_the_counter_does_not_reach_is_refused() {
        // 2^39 - 256 bits.
        assert!(fits(0) && fits(68_719_476_704));
        assert!(!fits(68_719_476_705));
    }
}
