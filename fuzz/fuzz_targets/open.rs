//! No string opens except the one that was sealed.

#![no_main]

use std::sync::LazyLock;

use arbitrary::Arbitrary;
use hardtack::token::Sealer;
use hardtack::{Application, Class, Key, Timestamp};
use libfuzzer_sys::fuzz_target;

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// Two sealers under one ring, and a token of each.
static SEALERS: LazyLock<[(Sealer, Vec<u8>); 2]> = LazyLock::new(|| {
    let key = Key::from_bytes(&std::array::from_fn::<_, 32, _>(|n| n as u8 * 7 ^ 0x80)).unwrap();
    let fuzz = Application::new("fuzz", key).unwrap();
    [fuzz.sealer("open"), fuzz.sealer("open").signed()].map(|builder| {
        let sealer = builder.build().unwrap();
        let claims = sealer.new_claims(Class::Standard, NOW).unwrap();
        let token = sealer.seal(&claims, b"user 7", NOW).unwrap();
        (sealer, token.into_bytes())
    })
});

#[derive(Arbitrary, Debug)]
enum Input<'i> {
    Any(&'i [u8]),
    /// A true header, followed by whatever the fuzzer makes up.
    WithHeader(&'i [u8]),
    /// The token, changed here and there.
    Changed(Vec<(u16, Change)>),
}

#[derive(Arbitrary, Debug)]
enum Change {
    Put(u8),
    Insert(u8),
    Remove,
    CutHere,
}

fn changed(mut token: Vec<u8>, changes: &[(u16, Change)]) -> Vec<u8> {
    for (place, change) in changes {
        let place = usize::from(*place) % (token.len() + 1);
        match change {
            Change::Put(byte) if place < token.len() => token[place] = *byte,
            Change::Insert(byte) => token.insert(place, *byte),
            Change::Remove if place < token.len() => drop(token.remove(place)),
            Change::CutHere => token.truncate(place),
            Change::Put(_) | Change::Remove => {}
        }
    }
    token
}

fuzz_target!(|input: Input| {
    for (sealer, token) in SEALERS.iter() {
        let forged = match &input {
            Input::Any(bytes) => bytes.to_vec(),
            Input::WithHeader(rest) => [&token[..16], rest].concat(),
            Input::Changed(changes) => changed(token.clone(), changes),
        };
        match sealer.open(&forged, NOW) {
            Ok(opened) => {
                assert_eq!(&forged, token, "another string opened");
                assert_eq!(opened.data, b"user 7");
            }
            Err(_) => assert_ne!(&forged, token, "the token itself was refused"),
        }
    }
});
