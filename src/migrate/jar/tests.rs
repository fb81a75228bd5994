//! Old cookies made here from the primitives, and what each bad one is called. Cookies of the real crates are in
//! tests/real/predecessors.

use super::*;
use crate::migrate::JarKey;
use crate::time::Timestamp;

const NOW: u64 = 1_800_000_000;

fn key() -> JarKey {
    JarKey::new(&(0..64).collect::<Vec<u8>>()).unwrap()
}

/// Standard base64 with padding, by hand: the crate only decodes it.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let number = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for place in 0..4 {
            let digit = ALPHABET[(number >> (18 - 6 * place)) as usize & 63];
            text.push(if place > chunk.len() { '=' } else { char::from(digit) });
        }
    }
    text
}

fn private(key: &JarKey, name: &str, text: &[u8]) -> String {
    let (nonce, mut sealed) = ([5; NONCE], text.to_vec());
    let tag = AeadKey::new(key.encryption()).seal(&nonce, name.as_bytes(), &mut sealed).unwrap();
    base64(&[&nonce[..], &sealed, &tag].concat())
}

fn signed(key: &JarKey, text: &str) -> String {
    base64(&MacKey::new(key.signing()).sign([text.as_bytes()])) + text
}

fn read<T>(
    reader: &impl OldCookieReader<T>,
    value: impl AsRef<[u8]>,
) -> Result<OldSession<T>, OldCookieError> {
    reader.read(OldCookie::new("id", value.as_ref(), Timestamp::from_secs(NOW)))
}

fn label<T>(reader: &impl OldCookieReader<T>, value: impl AsRef<[u8]>) -> &'static str {
    read(reader, value).map_or_else(|error| error.label(), |_| "read")
}

/// Every byte flipped, every length cut, another key, another name, the other jar, a megabyte: none is a session, and each has
/// its reason.
#[test]
fn what_is_not_the_old_systems_is_refused() {
    let (key, other) = (key(), JarKey::new(&[9; 64]).unwrap());
    let private_jar = || Jar::private(&key).text(|text| Some(text.to_owned()));
    let signed_jar = || Jar::signed(&key).text(|text| Some(text.to_owned()));
    let (sealed, vouched) = (private(&key, "id", b"user 7"), signed(&key, "user 7"));
    assert_eq!(read(&private_jar(), &sealed).unwrap().data, "user 7");
    assert_eq!(read(&signed_jar(), &vouched).unwrap().data, "user 7");
    let is_refused = |label: &str| matches!(label, "malformed" | "not authentic");
    for (good, jar) in [
        (&sealed, &private_jar() as &dyn OldCookieReader<String>),
        (&vouched, &signed_jar() as &dyn OldCookieReader<String>),
    ] {
        let label = |value: &[u8]| {
            let read = jar.read(OldCookie::new("id", value, Timestamp::from_secs(NOW)));
            read.map_or_else(|error| error.label(), |_| "read")
        };
        for place in 0..good.len() {
            assert!(is_refused(label(&good.as_bytes()[..place])), "{place}");
            for bit in 0..8 {
                let mut flipped = good.clone().into_bytes();
                flipped[place] ^= 1 << bit;
                assert!(is_refused(label(&flipped)), "{place} {bit}");
            }
        }
        for value in [b"".as_slice(), b"a", b"====", b"%", &[0xFF; 100]] {
            assert_eq!(label(value), "malformed", "{}", value.escape_ascii());
        }
        assert!(is_refused(label(&vec![b'A'; 1 << 20])));
    }
    assert_eq!(label(&private_jar(), private(&other, "id", b"user 7")), "not authentic");
    assert_eq!(label(&private_jar(), private(&key, "name", b"user 7")), "not authentic");
    assert_eq!(label(&signed_jar(), signed(&other, "user 7")), "not authentic");
    // Signed where encrypted is expected, and the other way round.
    assert_eq!(label(&private_jar(), &vouched), "malformed");
    let long = signed(&key, "QUJD").replace('=', "A");
    assert_eq!(label(&private_jar(), long), "not authentic");
    assert_eq!(label(&signed_jar(), &sealed), "malformed");
    // Authentic, but no session.
    assert_eq!(label(&private_jar(), private(&key, "id", b"\xff")), "unreadable");
    let nobody = Jar::private(&key).text(|_| None::<String>);
    assert_eq!(label(&nobody, &sealed), "unreadable");
}

#[test]
fn all_spellings_of_a_cookie_are_one_session() {
    let key = key();
    let escape = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<String>();
    for (jar, value) in [
        (Jar::private(&key), private(&key, "id", b"7?x")),
        (Jar::signed(&key), signed(&key, "7?/%41=%")),
    ] {
        let reader = jar.text(|text| Some(text.to_owned()));
        let plain = value.replace('=', "%3D").replace('/', "%2F");
        let spellings = [value.clone(), escape(&value), escape(&value).to_uppercase()];
        let spellings = spellings.into_iter().chain((!value.contains('%')).then_some(plain));
        let ids: Vec<_> =
            spellings.map(|value| read(&reader, value).unwrap().session_id("id", "s")).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
        // The same bytes in other base64 are refused.
        let unpadded = value.replacen('=', "", 1);
        assert!(read(&reader, unpadded).is_err());
    }
    // A value that its program did not escape.
    let reader = Jar::signed(&key).text(|text| Some(text.to_owned()));
    assert_eq!(read(&reader, signed(&key, "%41")).unwrap().data, "%41");
    assert_eq!(read(&reader, escape(&signed(&key, "A"))).unwrap().data, "A");
}

#[test]
fn what_actix_session_keeps_is_read_as_values() {
    let key = key();
    let state = br#"{"user_id":"7","name":"\"Ada\"","cart":"[1,2]"}"#;
    let reader = Jar::private(&key).actix_session(Some);
    let values = read(&reader, private(&key, "id", state)).unwrap().data;
    assert_eq!(values.get::<u64>("user_id"), Ok(Some(7)));
    assert_eq!(values.get::<String>("name"), Ok(Some("Ada".to_owned())));
    assert_eq!(values.get::<Vec<u8>>("cart"), Ok(Some(vec![1, 2])));
    let user = Jar::signed(&key).actix_session(|values| values.get::<u64>("user_id").ok()?);
    assert_eq!(read(&user, signed(&key, r#"{"user_id":"7"}"#)).unwrap().data, 7);
    // Nobody is logged in, or this is another kind of cookie.
    for text in ["{}", r#"{"user_id":"\"x\""}"#, "", "7", r#"{"user_id":7}"#] {
        assert_eq!(label(&user, signed(&key, text)), "unreadable", "{text}");
    }
}

#[test]
fn what_tower_sessions_keeps_is_read_as_values_until_it_expires() {
    let key = key();
    let reader = Jar::signed(&key).tower_sessions(Some);
    let record = |id: &str, version: u8, date: &str| {
        let json = format!(
            r#"{{"v":{version},"record":{{"id":{id},"data":{{"user":{{"id":7}},"n":1}},"expiry_date":{date}}}}}"#
        );
        let mut text = String::new();
        crate::encoding::encode(json.as_bytes(), &mut text);
        signed(&key, &text)
    };
    let id = "-170141183460469231731687303715884105728";
    // 2027-01-15T08:00:00Z is NOW.
    for (date, expected) in [
        ("[2027,15,8,0,1,0,0,0,0]", "read"),
        ("[2027,15,8,0,0,999,0,0,0]", "expired"),
        ("[2027,15,7,59,59,0,0,0,0]", "expired"),
        ("[2027,15,9,0,1,0,1,0,0]", "read"),
        ("[2027,15,9,0,0,0,1,0,0]", "expired"),
        ("\"2027-01-15 08:00:01.0 +00:00:00\"", "read"),
        ("\"2027-01-15 08:00:00.0 +00:00:00\"", "expired"),
        ("\"2027-01-15 07:00:01.5 -01:00:00\"", "read"),
        ("[2027,366,8,0,1,0,0,0,0]", "unreadable"),
        ("[2027,15,8,0,1,0,0,0]", "unreadable"),
        ("\"tomorrow\"", "unreadable"),
        ("7", "unreadable"),
    ] {
        assert_eq!(label(&reader, record(id, 1, date)), expected, "{date}");
    }
    let later = "[2027,20,8,0,0,0,0,0,0]";
    let session = read(&reader, record(id, 1, later)).unwrap();
    assert_eq!(session.data.get::<u8>("n"), Ok(Some(1)));
    assert_eq!(session.data.get::<serde_json::Value>("user").unwrap().unwrap()["id"], 7);
    assert_eq!(label(&reader, record(id, 2, later)), "unreadable", "of a later version");
    assert_eq!(label(&reader, signed(&key, "e30")), "unreadable");
    assert_eq!(label(&reader, signed(&key, "{}")), "unreadable");
    // A later response of the old system sealed the same session.
    let refreshed = read(&reader, record(id, 1, "[2027,30,8,0,0,0,0,0,0]")).unwrap();
    assert_eq!(refreshed.session_id("id", "s"), session.session_id("id", "s"));
    let other = read(&reader, record("7", 1, later)).unwrap();
    assert_ne!(other.session_id("id", "s"), session.session_id("id", "s"));
    let none = Jar::signed(&key).tower_sessions(|values| values.get::<u64>("user_id").ok()?);
    assert_eq!(label(&none, record(id, 1, later)), "unreadable");
}

#[test]
fn a_key_that_the_other_framework_would_not_take_is_refused() {
    let said =
        |key: Result<JarKey, crate::error::SetupError>| key.err().map(|error| error.to_string());
    let from = "the cookie crate's Key::from takes 64 bytes or more, and Key::derive_from is for shorter ones";
    assert_eq!(said(JarKey::new(&[1; 63])), Some(format!("old key of length 63: {from}")));
    assert_eq!(said(JarKey::new(&[1; 64])), None);
    let derive = "the cookie crate's Key::derive_from takes a master key of 32 bytes or more";
    assert_eq!(
        said(JarKey::derive_from(&[1; 31])),
        Some(format!("old key of length 31: {derive}"))
    );
    assert_eq!(said(JarKey::derive_from(&[1; 32])), None);
    let rocket = "Rocket's secret_key is base64 in 44 or 88 characters, or 64 hexadecimal digits, and not all zeros";
    let (short, long) = (base64(&[1; 32]), base64(&[1; 64]));
    for text in [
        "",
        &short[1..],
        &format!("{short}A"),
        &"g".repeat(64),
        &"-".repeat(44),
        &"0".repeat(64),
        &base64(&[0; 64]),
        &base64(&[1; 31]),
    ] {
        let expected = format!("old key of length {}: {rocket}", text.len());
        assert_eq!(said(JarKey::from_rocket(text)), Some(expected), "{text}");
    }
    let halves = |key: JarKey| (*key.signing(), *key.encryption());
    let keys = [short.as_str(), &"01".repeat(32), &long]
        .map(|text| halves(JarKey::from_rocket(text).unwrap()));
    assert_eq!(keys[0], halves(JarKey::derive_from(&[1; 32]).unwrap()));
    assert_eq!(keys[1], keys[0]);
    assert_eq!(keys[2], ([1; 32], [1; 32]));
    assert_eq!(
        format!("{:?} {:?} {:?}", key(), Jar::private(&key()), Jar::signed(&key())),
        "JarKey Jar(private) Jar(signed)"
    );
}
