//! Authentic octets that are not what their schema promises: refused or decoded, never a panic, and a decoded value is T.

#![no_main]

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use hardtack::{
    Codec, Key, OpenError, Purpose, RingHandle, Sealer, SessionCookie, Timestamp, Values,
};
use libfuzzer_sys::fuzz_target;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

#[derive(Serialize, Deserialize)]
enum Tree {
    Leaf(u8),
    Node(Vec<Tree>),
}

#[derive(Serialize, Deserialize)]
struct Wide {
    text: String,
    map: HashMap<String, Vec<u64>>,
    ordered: BTreeMap<u16, Option<char>>,
    tuple: (i128, f64, bool, [u8; 5]),
    nested: Option<Box<Wide>>,
}

struct Site {
    sealer: Sealer,
    ring: RingHandle,
}

static SITE: LazyLock<Site> = LazyLock::new(|| {
    let ring = RingHandle::from(Key::generate().unwrap());
    let purpose = Purpose::cookie("fuzz", "__Host-session").unwrap();
    Site { sealer: Sealer::encrypted(&ring, purpose), ring }
});

fn open_as<T: Serialize + DeserializeOwned + Send + Sync + 'static>(token: &str, codec: Codec) {
    let cookie = SessionCookie::<T>::builder("fuzz", &SITE.ring).codec(codec).build().unwrap();
    match cookie.open([token.as_bytes()], NOW) {
        Ok(opened) => assert!(opened.is_some()),
        Err(error) => assert_eq!(error, OpenError::BadPayload),
    }
}

fuzz_target!(|payload: &[u8]| {
    let claims = SITE.sealer.fresh(NOW).unwrap();
    let Ok(token) = SITE.sealer.seal(&claims, payload, NOW) else { return };
    for codec in [Codec::Postcard, Codec::Json] {
        open_as::<Wide>(&token, codec);
        open_as::<Tree>(&token, codec);
        open_as::<Values>(&token, codec);
        open_as::<Vec<(String, u8)>>(&token, codec);
        open_as::<Vec<u64>>(&token, codec);
    }
});
