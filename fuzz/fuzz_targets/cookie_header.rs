//! Reading `Cookie` lines finds exactly what a slow and obvious second reader finds, whatever the bytes.

#![no_main]

use std::sync::LazyLock;

use hardtack::{Application, Key, SessionCookie};
use libfuzzer_sys::fuzz_target;

static COOKIE: LazyLock<SessionCookie<u64>> = LazyLock::new(|| {
    let fuzz = Application::new("fuzz", Key::generate().unwrap()).unwrap();
    fuzz.session().name("s").build().unwrap()
});

/// Byte by byte, after RFC 6265bis section 5.7.3, with space and tab as the only white space.
fn obvious(line: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut pair = Vec::new();
    for byte in line.iter().copied().chain([b';']) {
        if byte != b';' {
            pair.push(byte);
            continue;
        }
        let pair = std::mem::take(&mut pair);
        let Some(equals) = pair.iter().position(|&byte| byte == b'=') else { continue };
        if strip(&pair[..equals]) == b"s" {
            found.push(strip(&pair[equals + 1..]).to_vec());
        }
    }
    found
}

fn strip(mut bytes: &[u8]) -> &[u8] {
    while bytes.first().is_some_and(|byte| b" \t".contains(byte)) {
        bytes = &bytes[1..];
    }
    while bytes.last().is_some_and(|byte| b" \t".contains(byte)) {
        bytes = &bytes[..bytes.len() - 1];
    }
    bytes
}

fuzz_target!(|lines: Vec<Vec<u8>>| {
    let mut any = false;
    for line in &lines {
        let expected = obvious(line);
        any |= !expected.is_empty();
        assert_eq!(COOKIE.find(line).collect::<Vec<_>>(), expected);
    }
    // A cookie with the name is there or not; none of them was sealed.
    assert_eq!(COOKIE.slot(&lines).open().is_err(), any);
});
