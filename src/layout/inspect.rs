//! What a token reveals without a key: anyone who sees a token sees this.

use std::ops::Range;

use super::{Header, Mode, read_all};
use crate::encoding;
use crate::error::OpenError;
use crate::id::KeyId;
use crate::time::Timestamp;

/// The parts of a token that are in the clear. None of them has been authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenParts {
    /// Encrypted or signed.
    pub mode: Mode,
    /// The key that the token claims to be sealed with.
    pub key_id: KeyId,
    /// The epoch of 2^16 seconds in which the token claims to have been sealed.
    pub issued: Range<Timestamp>,
    /// How many bytes the token has.
    pub bytes: usize,
    /// How many bytes of payload: exact for a signed token, a maximum for an encrypted one, whose padding cannot be told from
    /// payload.
    pub payload: usize,
}

/// Reads the parts of a token that need no key, for tools and support. To open it, use a [`Sealer`](crate::token::Sealer).
///
/// ```
/// use hardtack::token::{Mode, inspect};
/// use hardtack::{Application, Class, Key, Timestamp};
///
/// let api = Application::new("shop", Key::generate()?)?.sealer("api").signed().build()?;
/// let now = Timestamp::now();
/// let token = api.seal(&api.new_claims(Class::Standard, now)?, b"user 7", now)?;
/// let parts = inspect(token.as_bytes())?;
/// assert_eq!((parts.mode, parts.payload), (Mode::Signed, 6));
/// assert!(parts.issued.contains(&now));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`OpenError::Malformed`] and [`OpenError::WrongVersion`], as any opener would.
pub fn inspect(token: &[u8]) -> Result<TokenParts, OpenError> {
    let header = Header::read(token).ok_or(OpenError::Malformed)?;
    let mode = [Mode::Encrypted, Mode::Signed].into_iter().find(|&mode| header.is(mode));
    let mode = mode.ok_or(OpenError::WrongVersion)?;
    let mut buffer = vec![0; encoding::decoded_len(token.len())];
    let bytes = read_all(token, mode, &mut buffer).ok_or(OpenError::Malformed)?.len();
    let shortest = mode.sealed_len(0, 1);
    let (start, end) = (header.epoch_start(), header.next_epoch_start());
    let (key_id, payload) = (header.key_id(), bytes - shortest);
    Ok(TokenParts { mode, key_id, issued: start..end, bytes, payload })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Class;
    use crate::key::Key;
    use crate::purpose::Purpose;
    use crate::sealer::SealerBuilder;

    const T: u64 = 1_800_000_000;

    fn parts(payload: usize, block: usize, signed: bool) -> (KeyId, TokenParts) {
        let (key, now) = (Key::generate().unwrap(), Timestamp::from_secs(T));
        let id = key.id();
        let builder = SealerBuilder::of(key, Purpose::token("a", "b").unwrap()).pad(block);
        let sealer = if signed { builder.signed() } else { builder }.build().unwrap();
        let claims = sealer.new_claims(Class::Standard, now).unwrap();
        let token = sealer.seal(&claims, &vec![7; payload], now).unwrap();
        (id, inspect(token.as_bytes()).unwrap())
    }

    #[test]
    fn parts_are_those_of_the_sealer() {
        for payload in [0, 1, 2, 3, 100, 1000] {
            let (id, signed) = parts(payload, 1, true);
            assert_eq!((signed.mode, signed.key_id), (Mode::Signed, id));
            assert_eq!((signed.bytes, signed.payload), (76 + payload, payload));
            let epoch = T >> 16 << 16;
            let range = Timestamp::from_secs(epoch)..Timestamp::from_secs(epoch + 0x1_0000);
            assert_eq!(signed.issued, range);
            let (_, encrypted) = parts(payload, 1, false);
            assert_eq!(encrypted.mode, Mode::Encrypted);
            assert_eq!((encrypted.bytes, encrypted.payload), (73 + payload, payload));
            let (_, padded) = parts(payload, 64, false);
            assert!((payload..payload + 64).contains(&padded.payload));
        }
    }

    #[test]
    fn what_is_no_token_is_named() {
        for text in [
            "",
            "AQ",
            "AQAAAAAAAAAAAAAA",
            &format!("AQ{}", "A".repeat(93)),
            "AQ AAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(inspect(text.as_bytes()), Err(OpenError::Malformed), "{text:?}");
        }
        let later = "Aw".to_owned() + &"A".repeat(100);
        assert_eq!(inspect(later.as_bytes()), Err(OpenError::WrongVersion));
        // 73 bytes, the least of an encrypted one.
        let least = "AQ".to_owned() + &"A".repeat(96);
        assert_eq!(inspect(least.as_bytes()).map(|parts| parts.payload), Ok(0));
    }
}
