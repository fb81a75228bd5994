//! One root key: its id, its text form, and what the crate derives from it under which label (docs/format-v1.md section 3).

use std::fmt;
use std::str::FromStr;

use crate::crypto::{self, KEY, MacKey, Zeroizing};
use crate::encoding;
use crate::error::{KeyError, KeyProblem};
use crate::id::KeyId;
use crate::purpose::Purpose;

const SALT: &[u8] = b"hardtack v1";
const TEXT_PREFIX: &str = "htk1_";
const TEXT_LABEL: &[u8] = b"hardtack v1 key text\x00";
const TEXT_LENGTH: usize = TEXT_PREFIX.len() + 48;
const CHECKSUM: usize = 4;

/// Roots printed in this crate's documentation and vectors. They are refused; these are the first 8 bytes of their SHA-256.
const PUBLISHED: [[u8; 8]; 6] = [
    // docs and tests: the bytes 0, 1, 2, … 31
    [0x63, 0x0d, 0xcd, 0x29, 0x66, 0xc4, 0x33, 0x66],
    // the bytes 1, 2, 3, … 32
    [0xae, 0x21, 0x6c, 0x2e, 0xf5, 0x24, 0x7a, 0x37],
    // docs/format-v1.md section 7, as bytes and as text, and most vectors
    [0x22, 0xcd, 0xff, 0xef, 0xf0, 0x07, 0x87, 0xbf],
    // the other vectors
    [0x48, 0x2d, 0x03, 0x5a, 0x02, 0x58, 0x24, 0x6d],
    [0xc0, 0x00, 0xc3, 0x64, 0x40, 0x20, 0x08, 0x84],
    [0x2d, 0x42, 0xc5, 0x2d, 0xf5, 0x3c, 0x0e, 0xda],
];

/// A root key: 32 random bytes, wiped on drop. It cannot be cloned or serialised, and `Debug` shows only its id.
///
/// ```
/// use hardtack::Key;
///
/// let key = Key::generate()?;
/// let text = key.to_text(); // for a secret store; wiped when dropped
/// let again: Key = text.parse()?;
/// assert_eq!(again.id(), key.id());
/// # Ok::<(), hardtack::SetupError>(())
/// ```
pub struct Key {
    /// Boxed, so that moving a key, for example when its ring grows, leaves no copy behind.
    secret: Box<Secret>,
    id: KeyId,
}

struct Secret {
    root: Zeroizing<[u8; KEY]>,
    prk: MacKey,
}

impl Key {
    /// Generates a new key from the operating system's randomness.
    ///
    /// # Errors
    /// The operating system provides no randomness.
    pub fn generate() -> Result<Self, KeyError> {
        crypto::os_random().map(Self::new).map_err(|_| KeyProblem::Random.into())
    }

    /// Makes a key from 32 bytes that a secret store or KMS drew at random. There is no pass-phrase constructor, on purpose.
    ///
    /// # Errors
    /// The length is not 32, or the bytes are all equal, all printable (a pass phrase, hex or base64 text), or published.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, KeyError> {
        let found = bytes.len();
        let bytes: &[u8; KEY] = bytes.try_into().map_err(|_| KeyProblem::Length { found })?;
        // Looks at every byte, so that no branch reveals where the first different one is.
        if bytes.iter().fold(0, |differs, byte| differs | (byte ^ bytes[0])) == 0 {
            return Err(KeyProblem::AllEqual.into());
        }
        if bytes.iter().fold(true, |text, byte| text & (0x20..0x7F).contains(byte)) {
            return Err(KeyProblem::Printable.into());
        }
        let hash = crypto::sha256(&[bytes]);
        let is_known = |known: &[u8; 8]| crypto::constant_time_eq(&hash[..8], known);
        if PUBLISHED.iter().fold(false, |published, known| published | is_known(known)) {
            return Err(KeyProblem::Example.into());
        }
        Ok(Self::new(Zeroizing::new(*bytes)))
    }

    fn new(root: Zeroizing<[u8; KEY]>) -> Self {
        let prk = crypto::hkdf_extract(SALT, &root);
        let derived = crypto::hkdf_expand(&prk, &[b"hardtack v1 key id\x00"]);
        let mut id = [0; 8];
        id.copy_from_slice(&derived[..8]);
        Self { secret: Box::new(Secret { root, prk }), id: KeyId(id) }
    }

    /// Makes a key from any root, even a published one. For the vectors only; never public.
    #[cfg(test)]
    pub(crate) fn of_any_root(root: [u8; KEY]) -> Self {
        Self::new(Zeroizing::new(root))
    }

    /// Returns the key's id, which is not a secret.
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// Returns the key as text: `htk1_` and 48 characters, which include a checksum. Wiped when dropped.
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; KEY + CHECKSUM]);
        bytes[..KEY].copy_from_slice(&*self.secret.root);
        bytes[KEY..].copy_from_slice(&checksum(&self.secret.root));
        let mut text = Zeroizing::new(String::with_capacity(TEXT_LENGTH));
        text.push_str(TEXT_PREFIX);
        encoding::encode_secret(&*bytes, &mut text);
        text
    }

    pub(crate) fn encrypt_key(&self, epoch: [u8; 3], purpose: &Purpose) -> Zeroizing<[u8; KEY]> {
        self.expand(&[b"hardtack v1 encrypt\x00", &epoch, purpose.as_bytes()])
    }

    pub(crate) fn sign_key(&self, purpose: &Purpose) -> Zeroizing<[u8; KEY]> {
        self.expand(&[b"hardtack v1 sign\x00", purpose.as_bytes()])
    }

    pub(crate) fn csrf_key(&self, purpose: &Purpose) -> Zeroizing<[u8; KEY]> {
        self.expand(&[b"hardtack v1 csrf\x00", purpose.as_bytes()])
    }

    fn expand(&self, info: &[&[u8]]) -> Zeroizing<[u8; KEY]> {
        crypto::hkdf_expand(&self.secret.prk, info)
    }
}

fn checksum(root: &[u8; KEY]) -> [u8; CHECKSUM] {
    let hash = crypto::sha256(&[TEXT_LABEL, root]);
    [hash[0], hash[1], hash[2], hash[3]]
}

/// Parses the output of [`to_text`](Key::to_text) and nothing else: no white space, no other spelling.
impl FromStr for Key {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let encoded = text.strip_prefix(TEXT_PREFIX).ok_or(match text.chars().next() {
            Some('"' | '\'') => KeyProblem::Quoted,
            _ => KeyProblem::NotKeyText,
        })?;
        let found = text.chars().count();
        if found != TEXT_LENGTH {
            return Err(KeyProblem::TextLength { found }.into());
        }
        let mut bytes = Zeroizing::new([0; KEY + CHECKSUM]);
        encoding::decode_secret(encoded.as_bytes(), &mut *bytes).ok_or(KeyProblem::Alphabet)?;
        let (root, sum) = bytes.split_first_chunk::<KEY>().ok_or(KeyProblem::Alphabet)?;
        if !crypto::constant_time_eq(&checksum(root), sum) {
            return Err(KeyProblem::Checksum.into());
        }
        Self::from_bytes(root)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(first: u8) -> Key {
        let bytes: Vec<u8> = (0..32).map(|i| first.wrapping_add(i * 5)).collect();
        Key::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn text_goes_there_and_back() {
        let key = key(1);
        let text = key.to_text();
        assert_eq!(text.len(), TEXT_LENGTH);
        let again: Key = text.parse().unwrap();
        assert_eq!((again.id(), &*again.secret.root), (key.id(), &*key.secret.root));
        assert_eq!(*again.to_text(), *text);
    }

    #[test]
    fn every_typing_error_is_noticed() {
        let text = key(1).to_text();
        for place in 0..text.len() {
            for other in ['A', 'z', '7', '-', '=', ' ', '\u{e9}'] {
                let mut wrong: Vec<char> = text.chars().collect();
                if wrong[place] == other {
                    continue;
                }
                wrong[place] = other;
                let wrong: String = wrong.into_iter().collect();
                let error = wrong.parse::<Key>().unwrap_err();
                assert!(!error.to_string().contains(&text[5..12]), "{error}");
            }
        }
        let foreign = text.replace(&text[9..10], "\u{e9}");
        assert_eq!(foreign.parse::<Key>().unwrap_err(), KeyProblem::Alphabet.into());
        assert_eq!(
            text[..52].parse::<Key>().unwrap_err(),
            KeyProblem::TextLength { found: 52 }.into()
        );
        let longer = format!("{}A", *text);
        assert_eq!(longer.parse::<Key>().unwrap_err(), KeyProblem::TextLength { found: 54 }.into());
        assert_eq!(text[5..].parse::<Key>().unwrap_err(), KeyProblem::NotKeyText.into());
    }

    #[test]
    fn bytes_that_are_no_key_are_refused() {
        let refused = |bytes: &[u8]| Key::from_bytes(bytes).err();
        assert_eq!(refused(&[1; 31]), Some(KeyProblem::Length { found: 31 }.into()));
        assert_eq!(refused(&[]), Some(KeyProblem::Length { found: 0 }.into()));
        for byte in [0, 7, b'a', 0xFF] {
            assert_eq!(refused(&[byte; 32]), Some(KeyProblem::AllEqual.into()));
        }
        assert_eq!(
            refused(b"correct horse battery staple 123"),
            Some(KeyProblem::Printable.into())
        );
        assert_eq!(
            refused(b"00112233445566778899aabbccddeeff"),
            Some(KeyProblem::Printable.into())
        );
        let counted: Vec<u8> = (0..33).collect();
        assert_eq!(refused(&counted[..32]), Some(KeyProblem::Example.into()));
        assert_eq!(refused(&counted[1..]), Some(KeyProblem::Example.into()));
        // The key of the page's worked example, which people could copy.
        let page = include_str!("../docs/format-v1.md");
        let text = page.split_whitespace().find(|word| word.starts_with("htk1_")).unwrap();
        assert_eq!(text.parse::<Key>().err(), Some(KeyProblem::Example.into()));
    }

    #[test]
    fn labels_separate_every_use() {
        let key = key(1);
        let shop = Purpose::cookie("shop", "s").unwrap();
        let blog = Purpose::cookie("blog", "s").unwrap();
        let token = Purpose::token("shop", "s").unwrap();
        let mut derived: Vec<_> = [&shop, &blog, &token]
            .iter()
            .flat_map(|purpose| {
                let (now, next) = ([0, 0, 1], [0, 0, 2]);
                [
                    key.encrypt_key(now, purpose),
                    key.encrypt_key(next, purpose),
                    key.sign_key(purpose),
                    key.csrf_key(purpose),
                ]
            })
            .map(|key| *key)
            .collect();
        derived.sort_unstable();
        derived.dedup();
        assert_eq!(derived.len(), 12);
    }

    #[test]
    fn debug_shows_the_id_alone() {
        let key = key(1);
        assert_eq!(format!("{key:?}"), format!("Key({})", key.id()));
        assert_eq!(key.id().to_string().len(), 16);
    }
}
