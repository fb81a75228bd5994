//! Which bytes a token consists of: its layout, without keys or clock (docs/format-v1.md section 2).
//!
//! ```text
//! header     = version 1 ‖ key id 8 ‖ epoch 3                        the additional data of the encrypted form
//! encrypted  = header(0x01) ‖ nonce 12 ‖ GCM(envelope ‖ payload ‖ pad) ‖ tag 16
//! signed     = header(0x02) ‖ envelope ‖ payload ‖ tag 32
//! envelope   = flags u8 ‖ schema u24 ‖ session id 16 ‖ created u40 ‖ issued_low u16 ‖ expires u40
//! ```

use crate::claims::{Claims, Class};
use crate::crypto::{MAC, NONCE, TAG};
use crate::encoding;
use crate::error::SealError;
use crate::id::{KeyId, SessionId};
use crate::time::Timestamp;

mod inspect;

pub use inspect::{TokenParts, inspect};

pub(crate) const HEADER: usize = 12;
/// Characters of the header: a multiple of 4, so that it can be decoded separately.
const HEADER_TEXT: usize = encoding::encoded_len(HEADER);
pub(crate) const ENVELOPE: usize = 32;
/// Flags of the envelope. Any other bit makes the token malformed.
const REMEMBERED: u8 = 0b01;
const BOUND: u8 = 0b10;
const PAD: u8 = 0x80;
const U24: u64 = 1 << 24;
const U40: u64 = 1 << 40;
/// Seconds in an epoch, as a shift: 2^16, or 18.2 hours.
const EPOCH_SHIFT: u32 = 16;

/// The two forms of a token. The byte in the token never chooses: it must match the form that the opener was built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// AES-256-GCM: secret and authentic.
    Encrypted = 0x01,
    /// HMAC-SHA-256: authentic, but anyone who has the token can read it.
    Signed = 0x02,
}

impl Mode {
    /// Bytes between the header and the envelope.
    pub(crate) const fn front(self) -> usize {
        match self {
            Self::Encrypted => HEADER + NONCE,
            Self::Signed => HEADER,
        }
    }

    /// Bytes after the payload and its pad.
    pub(crate) const fn back(self) -> usize {
        match self {
            Self::Encrypted => TAG,
            Self::Signed => MAC,
        }
    }

    /// Bytes in a token with `payload` bytes of payload.
    pub(crate) const fn sealed_len(self, payload: usize, block: usize) -> usize {
        let inner = ENVELOPE + payload;
        let padded = match self {
            Self::Encrypted => (inner + 1).next_multiple_of(block),
            Self::Signed => inner,
        };
        self.front() + padded + self.back()
    }

    /// The most payload bytes that fit a token of at most `characters`; `None` if not even an empty payload fits.
    pub(crate) fn capacity(self, characters: usize, block: usize) -> Option<usize> {
        let bytes = encoding::decoded_len(characters);
        let inner = bytes.checked_sub(self.front() + self.back())?;
        match self {
            Self::Encrypted => (inner / block * block).checked_sub(ENVELOPE + 1),
            Self::Signed => inner.checked_sub(ENVELOPE),
        }
    }
}

/// The bytes in the clear at the front, not yet authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header([u8; HEADER]);

impl Header {
    pub(crate) fn new(mode: Mode, key_id: KeyId, issued: Timestamp) -> Result<Self, SealError> {
        let epoch = epoch_of(issued);
        if u64::from(epoch) >= U24 || issued.as_secs() >= U40 {
            return Err(SealError::TimeOutOfRange);
        }
        let mut bytes = [mode as u8; HEADER];
        bytes[1..9].copy_from_slice(&key_id.0);
        bytes[9..].copy_from_slice(&epoch.to_be_bytes()[1..]);
        Ok(Self(bytes))
    }

    /// Reads the first 16 characters of a token and nothing else.
    pub(crate) fn read(token: &[u8]) -> Option<Self> {
        encoding::decode_16(token.first_chunk::<HEADER_TEXT>()?).map(Self)
    }

    pub(crate) fn bytes(&self) -> &[u8; HEADER] {
        &self.0
    }

    pub(crate) fn is(&self, mode: Mode) -> bool {
        self.0[0] == mode as u8
    }

    pub(crate) fn key_id(&self) -> KeyId {
        let [_, a, b, c, d, e, f, g, h, ..] = self.0;
        KeyId([a, b, c, d, e, f, g, h])
    }

    pub(crate) fn epoch_bytes(&self) -> [u8; 3] {
        let [.., a, b, c] = self.0;
        [a, b, c]
    }

    pub(crate) fn epoch(&self) -> u32 {
        let [a, b, c] = self.epoch_bytes();
        u32::from_be_bytes([0, a, b, c])
    }

    /// The first second of the epoch.
    pub(crate) fn epoch_start(&self) -> Timestamp {
        Timestamp::from_secs(u64::from(self.epoch()) << EPOCH_SHIFT)
    }

    fn next_epoch_start(&self) -> Timestamp {
        Timestamp::from_secs((u64::from(self.epoch()) + 1) << EPOCH_SHIFT)
    }
}

/// The epoch of a time. A time past the format's last epoch gives a number above `u24`, which matches no header.
pub(crate) fn epoch_of(time: Timestamp) -> u32 {
    u32::try_from(time.as_secs() >> EPOCH_SHIFT).unwrap_or(u32::MAX)
}

/// Decodes a whole token, header included, to the front of `buffer`. Read the header first.
pub(crate) fn read_all<'b>(token: &[u8], mode: Mode, buffer: &'b mut [u8]) -> Option<&'b mut [u8]> {
    let bytes = encoding::decode(token, buffer)?;
    (bytes.len() >= mode.sealed_len(0, 1)).then_some(bytes)
}

/// Encodes `claims` as an envelope.
pub(crate) fn envelope(claims: &Claims) -> Result<[u8; ENVELOPE], SealError> {
    if u64::from(claims.schema) >= U24 {
        return Err(SealError::SchemaOutOfRange);
    }
    if claims.created.as_secs() >= U40 || claims.expires.as_secs() >= U40 {
        return Err(SealError::TimeOutOfRange);
    }
    let class = match claims.class {
        Class::Standard => 0,
        Class::Remembered => REMEMBERED,
    };
    let mut out = [0; ENVELOPE];
    out[0] = class | if claims.bound { BOUND } else { 0 };
    out[1..4].copy_from_slice(&claims.schema.to_be_bytes()[1..]);
    out[4..20].copy_from_slice(&claims.session_id.0);
    out[20..25].copy_from_slice(&claims.created.as_secs().to_be_bytes()[3..]);
    out[25..27].copy_from_slice(&claims.issued.as_secs().to_be_bytes()[6..]);
    out[27..32].copy_from_slice(&claims.expires.as_secs().to_be_bytes()[3..]);
    Ok(out)
}

/// Reads an authentic envelope; `None` if a flag is unknown or the times contradict each other.
pub(crate) fn read_envelope(bytes: &[u8; ENVELOPE], header: &Header) -> Option<Claims> {
    let flags = bytes[0];
    if flags & !(REMEMBERED | BOUND) != 0 {
        return None;
    }
    let class = if flags & REMEMBERED == 0 { Class::Standard } else { Class::Remembered };
    let mut session_id = [0; 16];
    session_id.copy_from_slice(&bytes[4..20]);
    let issued = header.epoch_start().as_secs() | number(&bytes[25..27]);
    let claims = Claims {
        class,
        schema: u32::from_be_bytes([0, bytes[1], bytes[2], bytes[3]]),
        session_id: SessionId(session_id),
        created: Timestamp::from_secs(number(&bytes[20..25])),
        issued: Timestamp::from_secs(issued),
        expires: Timestamp::from_secs(number(&bytes[27..32])),
        bound: flags & BOUND != 0,
        expires_by: None,
    };
    (claims.created <= claims.issued && claims.issued < claims.expires).then_some(claims)
}

fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// Writes the pad after the first `used` bytes of `inner` (envelope and payload), and returns the padded length. `None` if
/// `inner` is too short.
pub(crate) fn write_pad(inner: &mut [u8], used: usize, block: usize) -> Option<usize> {
    let padded = (used + 1).next_multiple_of(block);
    let pad = inner.get_mut(used..padded)?;
    pad.fill(0);
    *pad.first_mut()? = PAD;
    Some(padded)
}

/// The length of authentic `inner` (envelope and payload) without its pad; `None` if no pad follows the envelope.
pub(crate) fn strip_pad(inner: &[u8]) -> Option<usize> {
    let last = inner.iter().rposition(|&byte| byte != 0)?;
    (last >= ENVELOPE && inner[last] == PAD).then_some(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Claims {
        Claims {
            class: Class::Remembered,
            schema: 0x01_02_03,
            session_id: SessionId(*b"0123456789abcdef"),
            created: Timestamp::from_secs(0x11_2233_4455),
            issued: Timestamp::from_secs(0x66_7788_99aa),
            expires: Timestamp::from_secs(0xff_ffff_ffff),
            bound: false,
            expires_by: None,
        }
    }

    #[test]
    fn the_bytes_stand_where_the_page_says() {
        let header = Header::new(Mode::Signed, KeyId(*b"KEYIDKEY"), claims().issued).unwrap();
        assert_eq!(header.bytes(), b"\x02KEYIDKEY\x66\x77\x88");
        assert_eq!((header.key_id(), header.epoch()), (KeyId(*b"KEYIDKEY"), 0x66_7788));
        assert!(header.is(Mode::Signed) && !header.is(Mode::Encrypted));
        let envelope = envelope(&claims()).unwrap();
        let expected =
            b"\x01\x01\x02\x030123456789abcdef\x11\x22\x33\x44\x55\x99\xaa\xff\xff\xff\xff\xff";
        assert_eq!(&envelope, expected);
        assert_eq!(read_envelope(&envelope, &header), Some(claims()));
        let bound = Claims { bound: true, ..claims() };
        let envelope = super::envelope(&bound).unwrap();
        assert_eq!((envelope[0], &envelope[1..]), (3, &expected[1..]));
        assert_eq!(read_envelope(&envelope, &header), Some(bound));
    }

    #[test]
    fn what_does_not_fit_is_an_error() {
        let id = KeyId([0; 8]);
        let header = |issued| Header::new(Mode::Encrypted, id, Timestamp::from_secs(issued));
        assert!(header(U40 - 1).is_ok());
        assert_eq!(header(U40), Err(SealError::TimeOutOfRange));
        assert_eq!(header(u64::MAX), Err(SealError::TimeOutOfRange));
        let write = |change: fn(&mut Claims)| {
            let mut claims = claims();
            change(&mut claims);
            envelope(&claims).map(drop)
        };
        assert_eq!(write(|c| c.schema = 0xFF_FFFF), Ok(()));
        assert_eq!(write(|c| c.schema = 0x100_0000), Err(SealError::SchemaOutOfRange));
        let past = Timestamp::from_secs(U40);
        assert_eq!(
            write(|c| c.expires = Timestamp::from_secs(1 << 40)),
            Err(SealError::TimeOutOfRange)
        );
        let mut created = claims();
        created.created = past;
        assert_eq!(envelope(&created), Err(SealError::TimeOutOfRange));
    }

    #[test]
    fn an_envelope_that_contradicts_itself_is_none() {
        let header = Header::new(Mode::Signed, KeyId([0; 8]), claims().issued).unwrap();
        let read = |change: &dyn Fn(&mut [u8; ENVELOPE])| {
            let mut envelope = envelope(&claims()).unwrap();
            change(&mut envelope);
            read_envelope(&envelope, &header).is_some()
        };
        assert!(read(&|_| ()));
        for bit in 2..8 {
            assert!(!read(&|e| e[0] ^= 1 << bit), "flag {bit}");
        }
        let issued = claims().issued.as_secs();
        for (created, expires, accepted) in [
            (issued, issued + 1, true),
            (issued + 1, issued + 2, false),
            (0, issued, false),
            (0, issued - 1, false),
            (0, issued + 1, true),
        ] {
            let changed = |e: &mut [u8; ENVELOPE]| {
                e[20..25].copy_from_slice(&created.to_be_bytes()[3..]);
                e[27..32].copy_from_slice(&expires.to_be_bytes()[3..]);
            };
            assert_eq!(read(&changed), accepted, "{created} {expires}");
        }
    }

    #[test]
    fn a_pad_comes_off_as_it_went_on() {
        for block in [1, 2, 16, 64] {
            for payload in 0..130 {
                let used = ENVELOPE + payload;
                let mut inner = vec![0xEE; 300];
                let padded = write_pad(&mut inner, used, block).unwrap();
                assert_eq!(padded % block, 0);
                assert!(padded > used && padded <= used + block);
                assert_eq!(strip_pad(&inner[..padded]), Some(used));
                let sealed = Mode::Encrypted.sealed_len(payload, block);
                assert_eq!(sealed, HEADER + NONCE + padded + TAG);
            }
        }
        assert_eq!(write_pad(&mut [0; 40], 40, 1), None);
        assert_eq!(write_pad(&mut [0; 40], 33, 16), None);
    }

    #[test]
    fn a_pad_never_reaches_into_the_envelope() {
        let with_end = |end: &[u8]| {
            let mut inner = vec![PAD; ENVELOPE];
            inner.extend_from_slice(end);
            strip_pad(&inner)
        };
        assert_eq!(with_end(&[]), None);
        assert_eq!(with_end(&[0, 0]), None);
        assert_eq!(with_end(&[PAD]), Some(ENVELOPE));
        assert_eq!(with_end(&[PAD, 0, 0]), Some(ENVELOPE));
        assert_eq!(with_end(&[PAD, PAD]), Some(ENVELOPE + 1));
        assert_eq!(with_end(&[PAD, 0x81]), None);
        assert_eq!(strip_pad(&[0; 64]), None);
        assert_eq!(strip_pad(&[]), None);
    }

    #[test]
    fn capacity_is_the_most_that_fits() {
        for mode in [Mode::Encrypted, Mode::Signed] {
            for block in [1, 7, 16, 64] {
                for characters in 0..700 {
                    let fits = |payload: usize| {
                        encoding::encoded_len(mode.sealed_len(payload, block)) <= characters
                    };
                    let expected = (0..700).take_while(|&payload| fits(payload)).last();
                    assert_eq!(
                        mode.capacity(characters, block),
                        expected,
                        "{mode:?} {block} {characters}"
                    );
                }
            }
        }
    }
}
