//! CSRF tokens: good for one session of one cookie of one application, for as long as it has its id and the key opens.
#![cfg(feature = "testing")]

mod common;

use common::{Site, T, User, commit, sent_back, site, site_with, user};
use hardtack::keys::{KeyId, Keys};
use hardtack::{
    Application, Class, CsrfError, Key, KeyRing, Session, SessionCookie, SessionError, Timestamp,
};

const CHARACTERS: usize = 75;

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

/// The session of a request with this `Cookie` line.
#[track_caller]
fn open(site: &Site, line: &str) -> Session<User> {
    site.slot(line).get().expect("a session")
}

fn ada(site: &Site) -> Session<User> {
    open(site, &site.line(&user(7, "Ada")))
}

#[test]
fn a_token_is_good_for_its_session_in_every_later_request() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let token = open(&site, &line).csrf_token().unwrap();
    assert_eq!(token.len(), CHARACTERS);
    site.wait(1_000);
    let slot = site.slot(&line);
    let mut session = slot.get().unwrap();
    assert_eq!(session.check_csrf(&token), Ok(()));
    session.update(|user| user.name = "Grace".to_owned()).unwrap();
    assert_eq!(session.check_csrf(&token), Ok(()));
    let refreshed = sent_back(&commit(&slot, 200));
    assert_eq!(open(&site, &refreshed).check_csrf(&token), Ok(()));
}

#[test]
fn no_two_tokens_are_alike_and_all_are_good() {
    let site = site();
    let session = ada(&site);
    let mut tokens: Vec<_> = (0..100).map(|_| session.csrf_token().unwrap()).collect();
    for token in &tokens {
        assert_eq!(session.check_csrf(token), Ok(()));
    }
    // The key's id is the same in all of them: 8 bytes are 10 characters, and some bits of the next. The rest is new.
    tokens.sort_unstable_by(|a, b| a[11..].cmp(&b[11..]));
    tokens.dedup_by(|a, b| a[11..32] == b[11..32]);
    assert_eq!(tokens.len(), 100);
    tokens.sort_unstable_by(|a, b| a[33..].cmp(&b[33..]));
    tokens.dedup_by(|a, b| a[33..] == b[33..]);
    assert_eq!(tokens.len(), 100);
}

#[test]
fn every_other_character_in_every_place_is_refused() {
    let session = ada(&site());
    let token = session.csrf_token().unwrap().into_bytes();
    for place in 0..token.len() {
        for other in (0..=255).filter(|&other| other != token[place]) {
            let mut changed = token.clone();
            changed[place] = other;
            assert!(session.check_csrf(&changed).is_err(), "{place} {other}");
        }
    }
}

#[test]
fn each_part_of_a_token_has_its_own_refusal() {
    let session = ada(&site());
    let token = session.csrf_token().unwrap().into_bytes();
    // Places of characters whose bits are of one part alone: 8, 16 and 32 bytes are 10 2/3, 21 1/3 and 42 2/3 characters.
    for (places, expected) in
        [(0..10, "unknown key"), (11..32, "not authentic"), (32..CHARACTERS - 1, "not authentic")]
    {
        for place in places {
            let mut changed = token.clone();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let refused = session.check_csrf(&changed).unwrap_err();
            assert_eq!(refused.label(), expected, "{place}");
        }
    }
}

#[test]
fn what_was_never_a_token_is_malformed() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let session = open(&site, &line);
    let token = session.csrf_token().unwrap();
    let refused = |text: &[u8]| session.check_csrf(text);
    for length in 0..CHARACTERS {
        assert_eq!(refused(&token.as_bytes()[..length]), Err(CsrfError::Malformed), "{length}");
    }
    for end in ["A", "AA", "=", " ", "\n", "\0"] {
        assert_eq!(refused(format!("{token}{end}").as_bytes()), Err(CsrfError::Malformed));
        assert_eq!(refused(format!("{end}{token}").as_bytes()), Err(CsrfError::Malformed));
    }
    let megabyte = vec![b'A'; 1 << 20];
    assert_eq!(refused(&megabyte), Err(CsrfError::Malformed));
    let key: KeyId = "0000000000000000".parse().unwrap();
    assert_eq!(refused(&megabyte[..CHARACTERS]), Err(CsrfError::UnknownKey { key }));
    assert_eq!(refused(&[0xFF; CHARACTERS]), Err(CsrfError::Malformed));
    // The session's own cookie, which the request carries in any case, is no proof.
    let (_, cookie) = line.split_once('=').unwrap();
    assert_eq!(refused(cookie.as_bytes()), Err(CsrfError::Malformed));
    let id = session.claims().session_id();
    assert_eq!(refused(id.to_string().as_bytes()), Err(CsrfError::Malformed));
}

#[test]
fn a_token_is_no_session() {
    let site = site();
    let token = ada(&site).csrf_token().unwrap();
    let slot = site.slot(&format!("__Host-shop={token}"));
    assert!(slot.open().is_err());
}

#[test]
fn a_token_of_another_session_is_refused() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let again = site.line(&user(7, "Ada"));
    let token = open(&site, &again).csrf_token().unwrap();
    assert_eq!(open(&site, &line).check_csrf(&token), Err(CsrfError::NotAuthentic));
    assert_eq!(open(&site, &again).check_csrf(&token), Ok(()));
}

/// One session id in a cookie of each application and name, under one ring; every token against every session.
#[test]
fn a_token_of_another_cookie_or_application_is_refused() {
    let ring = Keys::from(Key::generate().unwrap());
    let other_ring = Keys::from(Key::generate().unwrap());
    let cookie = |app: &str, name: &str, ring: &Keys| {
        Application::new(app, ring).unwrap().session::<u8>().name(name).build().unwrap()
    };
    let cookies = [
        cookie("shop", "__Host-shop", &ring),
        cookie("blog", "__Host-shop", &ring),
        cookie("shop", "__Host-other", &ring),
        cookie("shop", "session", &ring),
    ];
    let now = Timestamp::now();
    let claims = cookies[0].new_claims(Class::Standard, now).unwrap();
    let session = |cookie: &SessionCookie<u8>| {
        let sealed = cookie.seal(&7, &claims, now).unwrap();
        cookie.slot([format!("{}={}", sealed.name(), sealed.value())]).get().unwrap()
    };
    for (from, maker) in cookies.iter().enumerate() {
        let token = session(maker).csrf_token().unwrap();
        for (to, checker) in cookies.iter().enumerate() {
            let expected = if from == to { Ok(()) } else { Err(CsrfError::NotAuthentic) };
            assert_eq!(session(checker).check_csrf(&token), expected, "{from} {to}");
        }
        let stranger = cookie("shop", "__Host-shop", &other_ring);
        let key = ring.key_ids()[0];
        assert_eq!(session(&stranger).check_csrf(&token), Err(CsrfError::UnknownKey { key }));
    }
}

#[test]
fn an_open_form_outlives_the_rotation_until_the_key_retires() {
    let again = |key: &Key| key.to_text().parse::<Key>().unwrap();
    let (first, second) = (Key::generate().unwrap(), Key::generate().unwrap());
    let site = site();
    site.ring.replace(KeyRing::new(again(&first)));
    let line = site.line(&user(7, "Ada"));
    let token = open(&site, &line).csrf_token().unwrap();

    // The second key seals from T + 100 on, the first opens until T + 1,000.
    let ring = KeyRing::new(again(&first)).with_key(again(&second), at(T + 100), None);
    site.ring.replace(ring.unwrap());
    site.clock.set(at(T + 100));
    let slot = site.slot(&line);
    slot.get().unwrap().update(|user| user.id = 8).unwrap();
    let line = sent_back(&commit(&slot, 200));

    let ring = KeyRing::new(second).with_opening_key(again(&first), Some(at(T + 1_000)));
    site.ring.replace(ring.unwrap());
    let later = open(&site, &line).csrf_token().unwrap();
    assert_ne!(later[..10], token[..10], "made under the new key");
    for (now, expected) in [
        (T + 101, Ok(())),
        (T + 999, Ok(())),
        (T + 1_000, Err(CsrfError::UnknownKey { key: first.id() })),
        (T + 1_001, Err(CsrfError::UnknownKey { key: first.id() })),
    ] {
        site.clock.set(at(now));
        let session = open(&site, &line);
        assert_eq!(session.check_csrf(&token), expected, "{now}");
        assert_eq!(session.check_csrf(&later), Ok(()), "{now}");
    }
}

#[test]
fn a_node_that_does_not_seal_with_the_new_key_yet_takes_its_tokens() {
    let (old, new) = (Key::generate().unwrap().to_text(), Key::generate().unwrap().to_text());
    let node = |first: &str, second: &str| {
        let site = site();
        site.ring.replace(KeyRing::from_text(&format!("{first} {second}")).unwrap());
        site
    };
    let (behind, ahead) = (node(&old, &new), node(&new, &old));
    let line = behind.line(&user(7, "Ada"));
    let tokens = [&behind, &ahead].map(|node| open(node, &line).csrf_token().unwrap());
    assert_ne!(tokens[0][..10], tokens[1][..10]);
    for node in [&behind, &ahead] {
        let session = open(node, &line);
        assert_eq!(tokens.each_ref().map(|token| session.check_csrf(token)), [Ok(()); 2]);
    }
}

#[cfg(feature = "ring-file")]
#[test]
fn without_a_sealing_key_no_token_is_made_and_all_are_checked() {
    let key = Key::generate().unwrap();
    let again = key.to_text().parse().unwrap();
    let site = site();
    site.ring.replace(KeyRing::new(key));
    let session = ada(&site);
    let token = session.csrf_token().unwrap();
    site.ring.replace(hardtack::keys::RingFile::new(again, at(u64::MAX)).into());
    assert_eq!(session.csrf_token().map_err(|error| error.label()), Err("no sealing key"));
    assert_eq!(session.check_csrf(&token), Ok(()));
}

#[test]
fn renewing_ends_the_open_forms() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let token = open(&site, &line).csrf_token().unwrap();
    let slot = site.slot(&line);
    let (mut session, other) = (slot.get().unwrap(), slot.get().unwrap());
    assert_eq!(session.check_csrf(&token), Ok(()));
    session.renew().unwrap();
    // Every handle goes by the id that the session has now.
    for handle in [&session, &other] {
        assert_eq!(handle.check_csrf(&token), Err(CsrfError::NotAuthentic));
        let fresh = handle.csrf_token().unwrap();
        assert_eq!((session.check_csrf(&fresh), other.check_csrf(&fresh)), (Ok(()), Ok(())));
    }
    let fresh = session.csrf_token().unwrap();
    let renewed = open(&site, &sent_back(&commit(&slot, 200)));
    assert_eq!(renewed.check_csrf(&fresh), Ok(()));
    assert_eq!(renewed.check_csrf(&token), Err(CsrfError::NotAuthentic));
}

#[test]
fn an_ended_or_replaced_session_makes_and_takes_no_token() {
    let ways: [fn(&hardtack::SessionSlot<User>); 2] =
        [|slot| slot.end().unwrap(), |slot| drop(slot.start(user(8, "Grace")).unwrap())];
    for end in ways {
        let site = site();
        let slot = site.slot(&site.line(&user(7, "Ada")));
        let session = slot.get().unwrap();
        let token = session.csrf_token().unwrap();
        end(&slot);
        assert_eq!(session.check_csrf(&token), Err(CsrfError::Ended));
        assert_eq!(session.csrf_token(), Err(SessionError::Ended));
        // The session in its place is another one.
        if let Some(session) = slot.get() {
            assert_eq!(session.check_csrf(&token), Err(CsrfError::NotAuthentic));
        }
    }
}

#[test]
fn a_session_that_starts_in_this_request_has_tokens_for_its_first_page() {
    let site = site();
    let slot = site.slot("");
    let token = slot.start(user(7, "Ada")).unwrap().csrf_token().unwrap();
    let next = open(&site, &sent_back(&commit(&slot, 200)));
    assert_eq!(next.check_csrf(&token), Ok(()));
}

#[test]
fn a_page_that_streams_after_its_head_still_gets_tokens() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let slot = site.slot(&line);
    let session = slot.get().unwrap();
    commit(&slot, 200);
    let token = session.csrf_token().unwrap();
    assert_eq!(open(&site, &line).check_csrf(&token), Ok(()));
}

#[test]
fn both_modes_and_both_classes_have_tokens() {
    for signed in [false, true] {
        let site = site_with(|builder| if signed { builder.signed() } else { builder });
        for class in [Class::Standard, Class::Remembered] {
            let ada = user(7, "Ada");
            let line = hardtack::testing::request_cookie(&site.cookie, class, &ada).unwrap();
            let session = open(&site, &line);
            assert_eq!(session.check_csrf(session.csrf_token().unwrap()), Ok(()));
        }
    }
}
