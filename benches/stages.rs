//! The raw stages of a seal and an open, each separately. The package in `peers` prints their sum, the limit.

use aes_gcm::aead::AeadInOut;
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine;
use base64::engine::{GeneralPurposeConfig, Simd};
use divan::{Bencher, black_box};

#[path = "peers/src/data.rs"]
#[allow(dead_code, reason = "each program uses a part")]
mod data;

fn main() {
    divan::main();
}

/// How many bytes a whole token has for the small, the medium and the large session.
const TOKENS: [usize; 3] = [136, 376, 2920];

fn engine() -> Simd {
    Simd::url_safe(GeneralPurposeConfig::new().with_encode_padding(false))
}

#[divan::bench]
fn clock() -> std::time::SystemTime {
    std::time::SystemTime::now()
}

#[divan::bench]
fn nonce() -> [u8; 12] {
    let mut nonce = [0; 12];
    rand::Rng::fill_bytes(&mut rand::rng(), &mut nonce);
    nonce
}

#[divan::bench(args = TOKENS)]
fn base64_encode(bencher: Bencher, bytes: usize) {
    let (engine, token) = (engine(), vec![0xA5; bytes]);
    bencher.bench_local(|| engine.encode(black_box(&token)));
}

#[divan::bench(args = TOKENS)]
fn base64_decode(bencher: Bencher, bytes: usize) {
    let (engine, mut buffer) = (engine(), vec![0; bytes + 3]);
    let text = engine.encode(vec![0xA5; bytes]);
    bencher.bench_local(|| engine.decode_slice(black_box(&text), &mut buffer).unwrap());
}

#[divan::bench(args = TOKENS)]
fn aes_gcm_seal(bencher: Bencher, bytes: usize) {
    let (aead, mut data) = (Aes256Gcm::new(&[0x5C; 32].into()), vec![7; bytes - 40]);
    bencher.bench_local(|| {
        let (nonce, data) = ([3; 12], black_box(&mut data[..]));
        aead.encrypt_inout_detached((&nonce).into(), &[1; 12], data.into()).unwrap()
    });
}

#[divan::bench]
fn postcard_write_medium(bencher: Bencher) {
    let (data, mut buffer) = (data::medium(), [0; 512]);
    bencher.bench_local(|| postcard::to_slice(black_box(&data), &mut buffer).unwrap().len());
}

#[divan::bench]
fn postcard_read_medium(bencher: Bencher) {
    let payload = postcard::to_allocvec(&data::medium()).unwrap();
    bencher.bench_local(|| postcard::from_bytes::<data::Medium>(black_box(&payload)).unwrap());
}
