//! CSRF tokens: `base64url(key id 8 ‖ salt 16 ‖ tag 32)`, where the tag is over the salt and the session's id. No time and no session
//! is in one; nothing is kept.

use crate::crypto::{self, MAC, MacKey, Refused};
use crate::encoding;
use crate::error::{CsrfError, SealError};
use crate::id::{KeyId, SessionId};
use crate::key::Key;
use crate::keys::Keys;
use crate::purpose::Purpose;
use crate::time::Timestamp;

const KEY_ID: usize = 8;
const SALT: usize = 16;
const SESSION_ID: usize = 16;
const OCTETS: usize = KEY_ID + SALT + MAC;
const CHARACTERS: usize = encoding::encoded_len(OCTETS);

/// Makes and checks the tokens of one session cookie.
pub(crate) struct CsrfTokens {
    ring: Keys,
    /// The session cookie's own.
    purpose: Purpose,
}

impl CsrfTokens {
    pub(crate) fn new(ring: Keys, purpose: Purpose) -> Self {
        Self { ring, purpose }
    }

    /// A token for this session, under the ring's sealing key, with a new salt: no two responses show the same text, so that their
    /// compressed size tells nothing of it (BREACH).
    pub(crate) fn make(&self, session: SessionId, now: Timestamp) -> Result<String, SealError> {
        let present = self.ring.present();
        let ring = &present.ring;
        let key = ring.sealing_key(now).and_then(|index| ring.keys().get(index));
        let key = &key.ok_or(SealError::NoSealingKey)?.key;
        let salt = crypto::os_random::<SALT>().map_err(|Refused| SealError::Random)?;
        Ok(self.make_exactly(key, session, &salt))
    }

    fn make_exactly(&self, key: &Key, session: SessionId, salt: &[u8; SALT]) -> String {
        let tag = self.mac(key).sign([&salt[..], session.as_bytes()]);
        let mut text = String::with_capacity(CHARACTERS);
        encoding::encode(&[&key.id().0[..], salt, &tag].concat(), &mut text);
        text
    }

    /// The table of docs/format-v1.md section 9. The session's id is that of a session that was opened, never the wire's.
    pub(crate) fn check(
        &self,
        token: &[u8],
        session: SessionId,
        now: Timestamp,
    ) -> Result<(), CsrfError> {
        let (key_id, salt, tag) = read(token).ok_or(CsrfError::Malformed)?;
        let present = self.ring.present();
        let found = present.ring.keys().iter().find(|key| key.key.id() == key_id);
        if found.is_none() {
            self.ring.missed();
        }
        let key =
            &found.filter(|key| key.opens(now)).ok_or(CsrfError::UnknownKey { key: key_id })?.key;
        let mut input = [0; SALT + SESSION_ID];
        let (front, back) = input.split_at_mut(SALT);
        front.copy_from_slice(&salt);
        back.copy_from_slice(session.as_bytes());
        self.mac(key).verify(&input, &tag).map_err(|Refused| CsrfError::NotAuthentic)
    }

    /// Derived for each token: two HMACs, for what happens once a form.
    fn mac(&self, key: &Key) -> MacKey {
        MacKey::new(&key.csrf_key(&self.purpose))
    }
}

/// The parts of a well-formed token.
fn read(token: &[u8]) -> Option<(KeyId, [u8; SALT], [u8; MAC])> {
    if token.len() != CHARACTERS {
        return None;
    }
    let mut octets = [0; OCTETS];
    let octets = encoding::decode(token, &mut octets)?;
    let (key_id, rest) = octets.split_first_chunk()?;
    let (salt, tag) = rest.split_first_chunk()?;
    Some((KeyId(*key_id), *salt, *tag.first_chunk()?))
}

#[cfg(test)]
impl CsrfTokens {
    /// With this key of the ring and this salt: for the vectors, and never public.
    pub(super) fn make_with(&self, key: usize, session: SessionId, salt: [u8; SALT]) -> String {
        self.make_exactly(&self.ring.present().ring.keys()[key].key, session, &salt)
    }
}
