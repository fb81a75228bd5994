//! What is sealed opens again: any value, class, mode, padding, ring and moment.

#![no_main]

use std::collections::BTreeMap;

use arbitrary::Arbitrary;
use hardtack::{Application, Class, Codec, Key, KeyRing, SessionError, Timestamp};
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Serialize};

#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Data {
    id: u64,
    name: String,
    role: Role,
    seen: Vec<(u32, Option<bool>)>,
    scores: BTreeMap<String, i128>,
    nothing: (),
}

#[derive(Arbitrary, Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Role {
    Guest,
    User { since: u64, grade: char },
    Admin(String, Box<[u8; 4]>),
}

#[derive(Arbitrary, Debug)]
struct Input {
    data: Data,
    keys: Vec<[u8; 32]>,
    /// The key that opens the cookie may be anywhere in the ring.
    moved: bool,
    signed: bool,
    json: bool,
    remembered: bool,
    pad: u8,
    schema: u32,
    now: u64,
}

fuzz_target!(|input: Input| {
    let mut keys = input.keys.iter().filter_map(|bytes| Key::from_bytes(bytes).ok());
    let Some(first) = keys.next() else { return };
    let text = first.to_text();
    let mut ring = KeyRing::new(first);
    for key in keys {
        let Ok(larger) = ring.with_opening_key(key, None) else { return };
        ring = larger;
    }
    let fuzz = Application::new("fuzz", ring).unwrap();
    let mut builder =
        fuzz.session::<Data>().pad(usize::from(input.pad) + 1).schema(input.schema & 0xFF_FFFF);
    if input.signed {
        builder = builder.signed();
    }
    if input.json {
        builder = builder.codec(Codec::Json);
    }
    let cookie = builder.build().unwrap();
    let now = Timestamp::from_secs(input.now % ((1 << 40) - 7_776_000));
    let class = if input.remembered { Class::Remembered } else { Class::Standard };
    let claims = cookie.new_claims(class, now).unwrap();
    let set = match cookie.seal(&input.data, &claims, now) {
        Ok(set) => set,
        Err(SessionError::TooLarge { used, limit, data }) => {
            assert!(used > limit && data > cookie.capacity(class));
            return;
        }
        Err(other) => panic!("{other}"),
    };
    assert!(set.as_str().len() <= 4_096);
    if input.moved {
        let other = KeyRing::new(Key::generate().unwrap());
        fuzz.replace_keys(other.with_opening_key(text.parse().unwrap(), None).unwrap());
    }
    let line = format!("a=b; {}={}", set.name(), set.value());
    let opened = cookie.open(cookie.find(line.as_bytes()), now).unwrap().unwrap();
    assert_eq!(opened.data, input.data);
    assert_eq!(opened.claims.session_id(), claims.session_id());
    assert_eq!(opened.claims.class(), class);
    assert!(!opened.claims.is_device_bound());
});
