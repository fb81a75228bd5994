//! The raw stages that every sealed cookie needs, each timed separately. Their sum is the limit.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::{GeneralPurposeConfig, Simd};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::data::Data;
use crate::measure::{Act, act};

/// Bytes besides the payload: header and nonce, envelope, tag. Envelope, payload and pad fill whole blocks.
const ENVELOPE: usize = 32;
const BLOCK: usize = 16;
const FRONT: usize = 24;
const TAG: usize = 16;
/// A buffer that holds every payload of the run.
const ROOM: usize = 4096;

/// The names of the stages in the order of [`seal`] and [`open`].
pub const SEAL: [&str; 5] = ["postcard", "clock", "nonce", "AEAD", "base64"];
pub const OPEN: [&str; 4] = ["clock", "base64", "AEAD", "postcard"];

#[cfg(not(any(feature = "aws-lc-rs", feature = "graviola")))]
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

#[cfg(all(feature = "graviola", not(feature = "aws-lc-rs")))]
mod aead {
    use graviola::aead::AesGcm;

    pub struct Aead(AesGcm);

    impl Aead {
        pub fn new(key: &[u8; 32]) -> Self {
            Self(AesGcm::new(key))
        }

        pub fn seal(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8]) -> [u8; 16] {
            let mut tag = [0; 16];
            self.0.encrypt(nonce, aad, data, &mut tag);
            tag
        }

        pub fn open(&self, nonce: &[u8; 12], aad: &[u8], data: &mut [u8], tag: &[u8; 16]) {
            self.0.decrypt(nonce, aad, data, tag).unwrap();
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

/// The fastest known way through the engine. It encodes 24 bytes at once if it sees 8 more after them and 128 in all; the rest,
/// or a shorter text, it encodes one by one. So this encodes more, and cuts it off.
fn whole_groups(length: usize) -> usize {
    (length.next_multiple_of(24) + 8).max(128)
}

/// What is encrypted.
fn padded(payload: usize) -> usize {
    (ENVELOPE + payload + 1).next_multiple_of(BLOCK)
}

fn clock() -> Act {
    act(|| SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs())
}

pub fn seal<T: Data>(data: &T) -> Vec<Act> {
    let bytes = padded(postcard::to_allocvec(data).unwrap().len());
    let (data, mut room) = (data.clone(), vec![0; ROOM]);
    let encode = act(move || postcard::to_slice(&data, &mut room).unwrap().len());
    let mut generator = StdRng::from_seed([0x5C; 32]);
    let nonce = act(move || {
        let mut nonce = [0; 12];
        generator.fill_bytes(&mut nonce);
        nonce
    });
    let (aead, mut plain) = (Aead::new(&[0x5C; 32]), vec![7; bytes]);
    let encrypt = act(move || aead.seal(&[3; 12], &[1; 12], &mut plain));
    let length = FRONT + bytes + TAG;
    let (engine, sealed) = (engine(), vec![0xA5; whole_groups(length)]);
    let text = act(move || {
        // Not `vec![0; …]`: glibc's calloc passes by its cache of free blocks.
        let mut text = String::with_capacity(sealed.len().div_ceil(3) * 4).into_bytes();
        text.resize(text.capacity(), 0);
        engine.encode_slice(&sealed, &mut text).unwrap();
        text.truncate((length * 4).div_ceil(3));
        text
    });
    vec![encode, clock(), nonce, encrypt, text]
}

pub fn open<T: Data>(data: &T) -> Vec<Act> {
    let payload = postcard::to_allocvec(data).unwrap();
    let bytes = padded(payload.len());
    let engine = engine();
    let (text, mut room) = (engine.encode(vec![0xA5; FRONT + bytes + TAG]), vec![0; ROOM]);
    let decode = act(move || engine.decode_slice(&text, &mut room).unwrap());
    let aead = Aead::new(&[0x5C; 32]);
    let mut sealed = vec![7; bytes];
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
