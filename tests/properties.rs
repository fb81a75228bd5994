//! Laws that hold for all data, claims and rings.

use hardtack::token::Sealer;
use hardtack::{Application, Class, Key, KeyRing, OpenError, SessionCookie, Timestamp};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Data {
    id: u64,
    name: String,
    role: Role,
    seen: Vec<(u32, Option<bool>)>,
    scores: std::collections::BTreeMap<String, i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Role {
    Guest,
    User { since: u64 },
    Admin(String, char),
}

fn role() -> impl Strategy<Value = Role> {
    prop_oneof![
        Just(Role::Guest),
        any::<u64>().prop_map(|since| Role::User { since }),
        (".{0,20}", any::<char>()).prop_map(|(name, grade)| Role::Admin(name, grade)),
    ]
}

prop_compose! {
    fn data()(
        id: u64,
        name in ".{0,40}",
        role in role(),
        seen in prop::collection::vec(any::<(u32, Option<bool>)>(), 0..20),
        scores in prop::collection::btree_map("[a-z]{0,8}", any::<i64>(), 0..8),
    ) -> Data {
        Data { id, name, role, seen, scores }
    }
}

prop_compose! {
    /// A root that is a valid key: not all equal, not all printable.
    fn key()(mut bytes: [u8; 32]) -> Key {
        bytes[0] |= 0x80;
        bytes[1] = bytes[0] ^ 0x55;
        Key::from_bytes(&bytes).unwrap()
    }
}

/// A ring of 1 to 8 keys, any of which may be the one that seals.
fn ring() -> impl Strategy<Value = KeyRing> {
    (prop::collection::vec(key(), 1..8), any::<prop::sample::Index>()).prop_filter_map(
        "the same key twice",
        |(mut keys, sealing)| {
            let sealing = keys.swap_remove(sealing.index(keys.len()));
            keys.into_iter()
                .try_fold(KeyRing::new(sealing), |ring, key| ring.with_opening_key(key, None))
                .ok()
        },
    )
}

fn sealer(ring: KeyRing, signed: bool, block: usize) -> Sealer {
    let builder = Application::new("shop", ring).unwrap().sealer("laws").pad(block);
    if signed { builder.signed().build().unwrap() } else { builder.build().unwrap() }
}

fn class(remembered: bool) -> Class {
    if remembered { Class::Remembered } else { Class::Standard }
}

proptest! {
    #[test]
    fn what_is_sealed_opens_again(
        ring in ring(),
        signed: bool,
        block in 1usize..=64,
        now in 0u64..(1 << 40) - 7_776_000,
        schema in 0u32..1 << 24,
        remembered: bool,
        payload in prop::collection::vec(any::<u8>(), 0..2_000),
    ) {
        let sealer = sealer(ring, signed, block);
        let now = Timestamp::from_secs(now);
        let claims = sealer.new_claims(class(remembered), now).unwrap().with_schema(schema);
        let token = sealer.seal(&claims, &payload, now).unwrap();
        let opened = sealer.open(token.as_bytes(), now).unwrap();
        prop_assert_eq!(opened.data, payload);
        prop_assert_eq!(opened.claims, claims);
        prop_assert!(!opened.stale);
    }

    #[test]
    fn typed_data_comes_back_from_its_cookie(ring in ring(), data in data(), remembered: bool) {
        let shop = Application::new("shop", ring).unwrap();
        let cookie: SessionCookie<Data> = shop.session().build().unwrap();
        let now = Timestamp::from_secs(1_800_000_000);
        let claims = cookie.new_claims(class(remembered), now).unwrap();
        let set = cookie.seal(&data, &claims, now).unwrap();
        prop_assert!(set.as_str().len() <= 4_096);
        let line = format!("a=b; {}={}", set.name(), set.value());
        let opened = cookie.open(cookie.find(line.as_bytes()), now).unwrap().unwrap();
        prop_assert_eq!(opened.data, data);
        prop_assert_eq!(opened.claims.class(), class(remembered));
    }

    #[test]
    fn no_two_spellings_open(
        signed: bool,
        length in 0usize..200,
        place: prop::sample::Index,
        other: u8,
        insert: bool,
    ) {
        let sealer = sealer(KeyRing::new(Key::generate().unwrap()), signed, 1);
        let now = Timestamp::from_secs(1_800_000_000);
        let claims = sealer.new_claims(Class::Standard, now).unwrap();
        let token = sealer.seal(&claims, &vec![7; length], now).unwrap();
        let mut other_token = token.clone().into_bytes();
        let place = place.index(other_token.len());
        if insert {
            other_token.insert(place, other);
        } else {
            other_token[place] = other;
        }
        let opened = sealer.open(&other_token, now);
        prop_assert_eq!(opened.is_ok(), other_token == token.as_bytes());
    }

    #[test]
    fn a_forged_token_never_opens(
        header in "[A-Za-z0-9_-]{16}",
        rest in "[A-Za-z0-9_-]{0,300}",
        known_id: bool,
        signed: bool,
    ) {
        let key = Key::generate().unwrap();
        let sealer = sealer(KeyRing::new(key), signed, 1);
        let now = Timestamp::from_secs(1_800_000_000);
        let claims = sealer.new_claims(Class::Standard, now).unwrap();
        let honest = sealer.seal(&claims, b"", now).unwrap();
        // With the true header in front, the forgery gets as far as the tag.
        let forged = if known_id {
            format!("{}{rest}", &honest[..16])
        } else {
            format!("{header}{rest}")
        };
        let refusal = sealer.open(forged.as_bytes(), now).map(|_| ()).unwrap_err();
        if known_id && forged.len() >= 102 && forged.len() % 4 == 0 {
            prop_assert_eq!(refusal, OpenError::NotAuthentic);
        }
        prop_assert_eq!(sealer.open(honest.as_bytes(), now).unwrap().data, b"");
    }

    #[test]
    fn any_bytes_in_a_cookie_line_are_read_without_a_panic(
        lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..4),
        before in "[ -:<-~]{0,20}",
    ) {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let cookie: SessionCookie<u64> = shop.session().build().unwrap();
        let slot = cookie.slot(&lines);
        let carries = lines.iter().any(|line| cookie.find(line).next().is_some());
        prop_assert_eq!(slot.open().is_err(), carries);
        // One odd cookie does not hide another.
        let now = Timestamp::now();
        let claims = cookie.new_claims(Class::Standard, now).unwrap();
        let set = cookie.seal(&7, &claims, now).unwrap();
        let line = format!("{before}; {}={}; \u{1F36A}=\"", set.name(), set.value());
        let mut lines = lines;
        lines.push(line.into_bytes());
        prop_assert_eq!(*cookie.slot(&lines).open().unwrap().unwrap(), 7);
    }

    #[test]
    fn key_text_is_read_or_refused_without_a_panic(text in ".{0,80}", key in key()) {
        prop_assert!(text.parse::<Key>().is_err());
        let text = key.to_text();
        prop_assert_eq!(text.parse::<Key>().unwrap().id(), key.id());
    }
}
