//! Random bytes that travel as text: drawn, read back, wiped.

use crate::crypto::{Zeroizing, os_random};
use crate::encoding;
use crate::error::SealError;

/// N random bytes, wiped on drop; base64url as text.
pub(crate) struct Secret<const N: usize>(Zeroizing<[u8; N]>);

impl<const N: usize> Secret<N> {
    pub(crate) fn new(bytes: [u8; N]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// From the operating system.
    pub(crate) fn draw() -> Result<Self, SealError> {
        os_random().map(Self).map_err(|_| SealError::Random)
    }

    /// What [`text`](Self::text) writes, and nothing else.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut bytes = Zeroizing::new([0; N]);
        let length = encoding::decode_secret(text.as_bytes(), &mut *bytes)?.len();
        (length == N).then_some(Self(bytes))
    }

    pub(crate) fn bytes(&self) -> &[u8; N] {
        &self.0
    }

    pub(crate) fn text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(encoding::encoded_len(N)));
        encoding::encode_secret(&*self.0, &mut text);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_one_spelling() {
        let secret = Secret::<24>::draw().unwrap();
        let text = secret.text();
        assert_eq!(text.len(), 32);
        assert_eq!(Secret::<24>::read(&text).unwrap().bytes(), secret.bytes());
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
