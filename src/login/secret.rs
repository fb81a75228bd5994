//! Random bytes that travel as text: drawn, read back, wiped.

use crate::crypto::{Zeroizing, os_random, sha256};
use crate::encoding;
use crate::error::SealError;

/// N random bytes, wiped on drop; base64url as text.
pub(super) struct Secret<const N: usize>(Zeroizing<[u8; N]>);

impl<const N: usize> Secret<N> {
    pub(super) fn new(octets: [u8; N]) -> Self {
        Self(Zeroizing::new(octets))
    }

    /// From the operating system.
    pub(super) fn draw() -> Result<Self, SealError> {
        os_random().map(Self).map_err(|_| SealError::Random)
    }

    /// What [`text`](Self::text) writes, and nothing else.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut octets = Zeroizing::new([0; N]);
        let length = encoding::decode_secret(text.as_bytes(), &mut *octets)?.len();
        (length == N).then_some(Self(octets))
    }

    pub(super) fn octets(&self) -> &[u8; N] {
        &self.0
    }

    pub(super) fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(encoding::encoded_len(N)));
        encoding::encode_secret(&*self.0, &mut text);
        text
    }
}

/// The challenge of a PKCE verifier, method S256 (RFC 7636 section 4.2).
pub(super) fn challenge(verifier: &str) -> String {
    let mut text = String::new();
    encoding::encode(&sha256(&[verifier.as_bytes()]), &mut text);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    // RFC 7636 appendix B.
    #[test]
    fn the_challenge_is_the_one_of_the_rfc() {
        let octets = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212,
            37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let verifier = Secret::new(octets).text();
        assert_eq!(*verifier, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_secret_has_one_spelling() {
        let secret = Secret::<24>::draw().unwrap();
        let text = secret.text();
        assert_eq!(text.len(), 32);
        assert_eq!(Secret::<24>::read(&text).unwrap().octets(), secret.octets());
        let longer = format!("{}A", *text);
        for other in ["", "A", &text[..31], &longer, &text.replace(&text[..1], "+"), "\u{e9}"] {
            assert!(Secret::<24>::read(other).is_none(), "{other:?}");
        }
        // 32 bytes end in two bits that no text but one sets to zero.
        let text = Secret::new([0; 32]).text();
        assert!(Secret::<32>::read(&text).is_some());
        assert!(Secret::<32>::read(&format!("{}B", &text[..42])).is_none());
    }
}
