//! Every single-bit flip and every truncation of a token is refused, and so is everything that was never a token.

use hardtack::keys::Keys;
use hardtack::token::{Sealer, inspect};
use hardtack::{Application, Class, Key, OpenError, Timestamp};

const T: u64 = 1_800_000_000;

fn sealers() -> [Sealer; 2] {
    let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
    [shop.sealer("tamper"), shop.sealer("tamper").signed()].map(|sealer| sealer.build().unwrap())
}

fn now() -> Timestamp {
    Timestamp::from_secs(T)
}

fn token(sealer: &Sealer) -> Vec<u8> {
    let claims = sealer.new_claims(Class::Remembered, now()).unwrap();
    let token = sealer.seal(&claims, b"user 7, Ada Lovelace", now()).unwrap();
    assert!(sealer.open(token.as_bytes(), now()).is_ok());
    token.into_bytes()
}

#[test]
fn every_bit_flip_is_refused() {
    for sealer in sealers() {
        let token = token(&sealer);
        let mut reasons = std::collections::BTreeMap::new();
        for place in 0..token.len() {
            for bit in 0..8 {
                let mut flipped = token.clone();
                flipped[place] ^= 1 << bit;
                let refusal = sealer.open(&flipped, now()).map(|_| ()).unwrap_err();
                *reasons.entry(refusal.label()).or_insert(0) += 1;
            }
        }
        // Nothing gets as far as the payload, and each part of the token has its own first line.
        let met: Vec<_> = reasons.keys().copied().collect();
        let expected = [
            "expired (idle)",
            "malformed",
            "not authentic",
            "not yet valid",
            "unknown key",
            "wrong version",
        ];
        assert_eq!(met, expected, "{reasons:?}");
    }
}

#[test]
fn every_other_character_in_every_place_is_refused() {
    for sealer in sealers() {
        let token = token(&sealer);
        for place in 0..token.len() {
            for other in (0..=255).filter(|&other| other != token[place]) {
                let mut changed = token.clone();
                changed[place] = other;
                assert!(sealer.open(&changed, now()).is_err(), "{place} {other}");
            }
        }
    }
}

#[test]
fn every_truncation_and_extension_is_refused() {
    for sealer in sealers() {
        let token = token(&sealer);
        for length in 0..token.len() {
            assert!(sealer.open(&token[..length], now()).is_err(), "{length}");
            assert!(sealer.open(&token[token.len() - length..], now()).is_err(), "{length}");
        }
        for end in ["A", "AA", "AAA", "AAAA", "=", " ", "\n", "\0", ";"] {
            let longer = [&token, end.as_bytes()].concat();
            assert!(sealer.open(&longer, now()).is_err(), "{end:?}");
            let longer = [end.as_bytes(), &token].concat();
            assert!(sealer.open(&longer, now()).is_err(), "{end:?}");
        }
    }
}

#[test]
fn the_other_mode_another_key_and_another_purpose_are_refused() {
    let [encrypted, signed] = sealers();
    let refused = |sealer: &Sealer, token: &[u8]| sealer.open(token, now()).unwrap_err();
    assert_eq!(refused(&encrypted, &token(&signed)), OpenError::WrongVersion);
    assert_eq!(refused(&signed, &token(&encrypted)), OpenError::WrongVersion);
    let [stranger, _] = sealers();
    let foreign = token(&encrypted);
    let unknown = OpenError::UnknownKey { key: inspect(&foreign).unwrap().key_id };
    assert_eq!(refused(&stranger, &foreign), unknown);
    let keys = Keys::from(Key::generate().unwrap());
    let [shop, blog] = ["shop", "blog"].map(|name| Application::new(name, &keys).unwrap());
    let sealers = [
        shop.sealer("a"),
        shop.sealer("b"),
        blog.sealer("a"),
        shop.cookie_sealer("a"),
        blog.cookie_sealer("a"),
    ];
    let sealers = sealers.map(|sealer| sealer.build().unwrap());
    for (place, from) in sealers.iter().enumerate() {
        let token = token(from);
        for (other, to) in sealers.iter().enumerate() {
            let opened = to.open(&token, now()).map(|_| ());
            let expected = if place == other { Ok(()) } else { Err(OpenError::NotAuthentic) };
            assert_eq!(opened, expected, "{place} {other}");
        }
    }
}

#[test]
fn what_was_never_a_token_is_refused() {
    for sealer in sealers() {
        let megabyte = vec![b'A'; 1 << 20];
        let refused = |token: &[u8]| sealer.open(token, now()).unwrap_err();
        assert_eq!(refused(b""), OpenError::Malformed);
        assert_eq!(refused(&megabyte), OpenError::TooLong { length: 1 << 20, limit: 4_096 });
        assert_eq!(refused(&megabyte[..4_096]), OpenError::WrongVersion);
        assert_eq!(refused(&[0xFF; 200]), OpenError::Malformed);
        assert_eq!(refused(b"eyJhbGciOiJIUzI1NiJ9.e30.AAAA"), OpenError::WrongVersion);
        assert_eq!(refused("\u{1F36A}".repeat(40).as_bytes()), OpenError::Malformed);
    }
}

#[test]
fn the_future_and_the_past_are_refused_at_their_second() {
    for sealer in sealers() {
        let token = token(&sealer);
        let label = |seconds| {
            let opened = sealer.open(&token, Timestamp::from_secs(seconds));
            opened.map_or_else(|refusal| refusal.label(), |_| "ok")
        };
        assert_eq!(label(T - 61), "not yet valid");
        assert_eq!(label(T - 60), "ok");
        assert_eq!(label(T + 14 * 86_400 - 1), "ok");
        assert_eq!(label(T + 14 * 86_400), "expired (stamp)");
        // Epochs behind the horizon are refused before any key is derived.
        assert_eq!(label(T + 15 * 86_400), "expired (idle)");
        assert_eq!(label(0), "not yet valid");
        assert_eq!(label(u64::MAX), "expired (idle)");
    }
}
