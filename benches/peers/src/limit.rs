//! The raw stages that no sealed cookie can do without, each timed alone; their sum is the limit.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::{GeneralPurposeConfig, Simd};

use crate::data::Data;
use crate::measure::{Act, act};

/// Octets beside the payload: header and nonce, envelope, tag; envelope, payload and pad fill whole blocks.
const ENVELOPE: usize = 32;
const BLOCK: usize = 16;
const FRONT: usize = 24;
const TAG: usize = 16;
/// A buffer that holds every payload of the run.
const ROOM: usize = 4096;

/// The names of the stages in the order of [`seal`] and [`open`].
pub const SEAL: [&str; 5] = ["postcard", "clock", "nonce", "AEAD", "base64"];
pub const OPEN: [&str; 4] = ["clock", "base64", "AEAD", "postcard"];

#[cfg(not(feature = "aws-lc-rs"))]
mod aead {
    use aes_gcm::aead::AeadInOut;
    use aes_gcm::{Aes256Gcm, KeyInit};

    pub struct Aead(Aes256Gcm);

    impl Aead {
        pub fn new(key: &[u8; 32]) -> Self {
            Self(Aes256Gcm::new(key.into()))
        }

        pub fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> [u8; 16] {
            self.0.encrypt_inout_detached(nonce.into(), aad, data.into()).unwrap().into()
        }

        pub fn open(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &[u8; 16]) {
            self.0.decrypt_inout_detached(nonce.into(), aad, data.into(), tag.into()).unwrap();
        }
    }
}

#[cfg(feature = "aws-lc-rs")]
mod aead {
    use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

    pub struct Aead(LessSafeKey);

    impl Aead {
        pub fn new(key: &[u8; 32]) -> Self {
            Self(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap()))
        }

        pub fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> [u8; 16] {
            let nonce = Nonce::assume_unique_for_key(*nonce);
            let tag = self.0.seal_in_place_separate_tag(nonce, Aad::from(aad), data).unwrap();
            tag.as_ref().try_into().unwrap()
        }

        pub fn open(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &[u8; 16]) {
            let nonce = Nonce::assume_unique_for_key(*nonce);
            self.0.open_in_place_separate_tag(nonce, Aad::from(aad), tag, data).unwrap();
        }
    }
}

use aead::Aead;

fn engine() -> Simd {
    let config = GeneralPurposeConfig::new().with_encode_padding(false);
    Simd::url_safe(config.with_decode_padding_mode(base64::engine::DecodePaddingMode::RequireNone))
}

/// What is encrypted.
fn padded(payload: usize) -> usize {
    (ENVELOPE + payload + 1).next_multiple_of(BLOCK)
}

fn clock() -> Act {
    act(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs())
}

pub fn seal<T: Data>(data: &T) -> Vec<Act> {
    let octets = padded(postcard::to_allocvec(data).unwrap().len());
    let (data, mut room) = (data.clone(), vec![0; ROOM]);
    let encode = act(move || postcard::to_slice(&data, &mut room).unwrap().len());
    let nonce = act(|| {
        let mut nonce = [0; 12];
        rand::Rng::fill_bytes(&mut rand::rng(), &mut nonce);
        nonce
    });
    let (aead, mut plain) = (Aead::new(&[0x5C; 32]), vec![7; octets]);
    let encrypt = act(move || aead.seal(&[3; 12], &[1; 12], &mut plain));
    let (engine, sealed) = (engine(), vec![0xA5; FRONT + octets + TAG]);
    let text = act(move || {
        let mut text = String::with_capacity(sealed.len().div_ceil(3) * 4);
        engine.encode_string(&sealed, &mut text);
        text
    });
    vec![encode, clock(), nonce, encrypt, text]
}

pub fn open<T: Data>(data: &T) -> Vec<Act> {
    let payload = postcard::to_allocvec(data).unwrap();
    let octets = padded(payload.len());
    let engine = engine();
    let (text, mut room) = (engine.encode(vec![0xA5; FRONT + octets + TAG]), vec![0; ROOM]);
    let decode = act(move || engine.decode_slice(&text, &mut room).unwrap());
    let aead = Aead::new(&[0x5C; 32]);
    let mut sealed = vec![7; octets];
    let tag = aead.seal(&[3; 12], &[1; 12], &mut sealed);
    let mut room = sealed.clone();
    // Opening destroys its input: the copy is part of the stage (a few ns).
    let decrypt = act(move || {
        room.copy_from_slice(&sealed);
        aead.open(&[3; 12], &[1; 12], &mut room, &tag);
    });
    let read = act(move || postcard::from_bytes::<T>(&payload).unwrap());
    vec![clock(), decode, decrypt, read]
}
