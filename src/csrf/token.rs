//! CSRF tokens: `base64url(key id 8 ‖ salt 16 ‖ tag 32)`, where the tag covers the salt and the session's id. A token holds
//! neither time nor session, and the server stores nothing.

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
const BYTES: usize = KEY_ID + SALT + MAC;
const CHARACTERS: usize = encoding::encoded_len(BYTES);

/// Makes and checks the CSRF tokens of one session cookie.
pub(crate) struct CsrfTokens {
    ring: Keys,
    /// The session cookie's purpose.
    purpose: Purpose,
}

impl CsrfTokens {
    pub(crate) fn new(ring: Keys, purpose: Purpose) -> Self {
        Self { ring, purpose }
    }

    /// Makes a token for this session, under the ring's sealing key, with a new salt. No two responses show the same text, so
    /// their compressed size reveals nothing about it (BREACH).
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

    /// Checks in the order of the table in docs/format-v1.md section 9. `session` must be the id of an opened session, never one
    /// from the wire.
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

    /// Derived anew for each token: two HMACs, once per form.
    fn mac(&self, key: &Key) -> MacKey {
        MacKey::new(&key.csrf_key(&self.purpose))
    }
}

/// Splits a well-formed token into its parts.
fn read(token: &[u8]) -> Option<(KeyId, [u8; SALT], [u8; MAC])> {
    if token.len() != CHARACTERS {
        return None;
    }
    let mut bytes = [0; BYTES];
    let bytes = encoding::decode(token, &mut bytes)?;
    let (key_id, rest) = bytes.split_first_chunk()?;
    let (salt, tag) = rest.split_first_chunk()?;
    Some((KeyId(*key_id), *salt, *tag.first_chunk()?))
}

#[cfg(test)]
impl CsrfTokens {
    /// Makes a token with a chosen key and salt. For the vectors only; never public.
    pub(super) fn make_with(&self, key: usize, session: SessionId, salt: [u8; SALT]) -> String {
        self.make_exactly(&self.ring.present().ring.keys()[key].key, session, &salt)
    }
}
