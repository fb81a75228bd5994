//! Whatever another system's cookie holds: an attacker's bytes are no session and leave no trace, and what the `cookie` crate
//! sealed comes back unchanged.

#![no_main]

use std::sync::LazyLock;

use cookie::{Cookie, CookieJar, Key};
use hardtack::migrate::{
    Jar, JarKey, Moving, OldCookie, OldCookieError, OldCookieReader, Predecessor,
};
use hardtack::testing::Head;
use hardtack::{Application, SessionCookie, Timestamp, Values};
use libfuzzer_sys::fuzz_target;

const NAME: &str = "id";
const SECRET: [u8; 64] = [7; 64];

type Reader = Box<dyn OldCookieReader<String>>;

/// Every reader, with the jar that it reads from.
static READERS: LazyLock<[(bool, Reader); 6]> = LazyLock::new(|| {
    let text = |jar: Jar| Box::new(jar.text(|text| Some(text.to_owned()))) as Reader;
    let shown = |values: Values| Some(format!("{values:?}"));
    let actix = |jar: Jar| Box::new(jar.actix_session(shown)) as Reader;
    let tower = |jar: Jar| Box::new(jar.tower_sessions(shown)) as Reader;
    let key = JarKey::new(&SECRET).unwrap();
    let (private, signed) = (|| Jar::private(&key), || Jar::signed(&key));
    [
        (true, text(private())),
        (false, text(signed())),
        (true, actix(private())),
        (false, actix(signed())),
        (true, tower(private())),
        (false, tower(signed())),
    ]
});

static SITE: LazyLock<SessionCookie<String>> = LazyLock::new(|| {
    let key = JarKey::new(&SECRET).unwrap();
    let moving = Moving { since: Timestamp::from_secs(0), until: Timestamp::from_secs(u64::MAX) };
    let read = Jar::signed(&key).text(|text| Some(text.to_owned()));
    let shop = Application::new("shop", hardtack::Key::generate().unwrap()).unwrap();
    shop.session().predecessor(Predecessor::new(NAME, moving, read)).build().unwrap()
});

fn read(reader: &Reader, value: &[u8]) -> Result<String, OldCookieError> {
    let session = reader.read(OldCookie::new(NAME, value, Timestamp::from_secs(1_800_000_000)))?;
    Ok(session.data().clone())
}

/// Like the crate writes it: without escapes.
fn sealed(private: bool, text: &str) -> String {
    let (key, mut jar) = (Key::from(&SECRET), CookieJar::new());
    let cookie = Cookie::new(NAME, text.to_owned());
    if private {
        jar.private_mut(&key).add(cookie);
    } else {
        jar.signed_mut(&key).add(cookie);
    }
    jar.get(NAME).unwrap().value().to_owned()
}

fuzz_target!(|bytes: &[u8]| {
    for (_, reader) in READERS.iter() {
        let refused = read(reader, bytes).unwrap_err();
        assert!(matches!(refused, OldCookieError::Malformed | OldCookieError::NotAuthentic));
    }
    let slot = SITE.slot([[b"id=", bytes].concat()]);
    assert!(slot.get().is_none());
    let mut head = Head::new(200);
    slot.commit(&mut head).unwrap();
    assert_eq!(head.all("set-cookie").count(), 0, "nothing is set, nothing removed");

    let Ok(text) = str::from_utf8(bytes) else { return };
    for (place, (private, reader)) in READERS.iter().enumerate() {
        match read(reader, sealed(*private, text).as_bytes()) {
            found if place < 2 => assert_eq!(found.as_deref(), Ok(text)),
            Ok(_) | Err(OldCookieError::Unreadable | OldCookieError::Expired) => {}
            refused => panic!("{refused:?}"),
        }
    }
});
