//! The proof that a browser signs: a JWT (RFC 7519), read in one strict form.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Refusal;
use crate::crypto::DeviceKey;
use crate::encoding;

/// What a proof says, before its signature is verified.
pub(crate) struct Jwt<'t> {
    /// What was signed: everything before the last dot.
    signed: &'t [u8],
    signature: [u8; 64],
    challenge: String,
    /// In a registration.
    key: Option<DeviceKey>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    typ: String,
    jwk: Option<Jwk>,
    /// Names members that a reader must understand (RFC 7515 section 4.1.11). This one understands none of them.
    crit: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
}

#[derive(Deserialize)]
struct Payload {
    jti: String,
}

impl<'t> Jwt<'t> {
    /// The longest proof, in characters: one of Chromium's has about 800.
    pub(crate) const LONGEST: usize = 4096;

    /// Reads a proof. It skips unknown members, because the draft still changes, and refuses a known one that comes twice.
    pub(crate) fn read(text: &'t [u8]) -> Result<Self, Refusal> {
        if text.len() > Self::LONGEST {
            return Err(Refusal::TooLong);
        }
        let mut parts = text.split(|&byte| byte == b'.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(Refusal::Malformed);
        };
        let Header { alg, typ, jwk, crit } = json(header)?;
        if typ != "dbsc+jwt" || crit.is_some() {
            return Err(Refusal::Malformed);
        }
        if alg != "ES256" {
            return Err(Refusal::OtherAlgorithm);
        }
        let key = jwk.map(Jwk::point).transpose()?;
        let Payload { jti } = json(payload)?;
        let signature = bytes(signature).ok_or(Refusal::Malformed)?;
        let signed = &text[..header.len() + 1 + payload.len()];
        Ok(Self { signed, signature, challenge: jti, key })
    }

    /// The challenge in the proof, which may be unsigned still.
    pub(crate) fn challenge(&self) -> &[u8] {
        self.challenge.as_bytes()
    }

    /// Returns the key of a registration, which names its own key and is signed with it.
    pub(crate) fn registers(&self) -> Result<&DeviceKey, Refusal> {
        let key = self.key.as_ref().ok_or(Refusal::WrongForm)?;
        self.verify(key)?;
        Ok(key)
    }

    /// Checks that the holder of `key` signed this refresh, which must not name a key.
    pub(crate) fn refreshes(&self, key: &DeviceKey) -> Result<(), Refusal> {
        if self.key.is_some() { Err(Refusal::WrongForm) } else { self.verify(key) }
    }

    fn verify(&self, key: &DeviceKey) -> Result<(), Refusal> {
        key.verify(self.signed, &self.signature).map_err(|_| Refusal::BadSignature)
    }
}

impl Jwk {
    fn point(self) -> Result<DeviceKey, Refusal> {
        if self.kty != "EC" || self.crv != "P-256" {
            return Err(Refusal::OtherAlgorithm);
        }
        let coordinate = |text: &str| bytes(text.as_bytes()).ok_or(Refusal::BadKey);
        let (x, y) = (coordinate(&self.x)?, coordinate(&self.y)?);
        DeviceKey::from_coordinates(&x, &y).ok_or(Refusal::BadKey)
    }
}

fn json<P: for<'de> Deserialize<'de>>(part: &[u8]) -> Result<P, Refusal> {
    let mut buffer = vec![0; encoding::decoded_len(part.len())];
    let bytes = encoding::decode(part, &mut buffer).ok_or(Refusal::Malformed)?;
    serde_json::from_slice(bytes).map_err(|_| Refusal::Malformed)
}

/// Decodes base64url of exactly `N` bytes.
fn bytes<const N: usize>(text: &[u8]) -> Option<[u8; N]> {
    let mut buffer = [0; N];
    let is_whole = encoding::decode(text, &mut buffer).is_some_and(|bytes| bytes.len() == N);
    is_whole.then_some(buffer)
}
