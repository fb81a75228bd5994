//! Each reader of examples/ against cookies that the frameworks themselves made: made/kept.json, or those in
//! the file that the variable `MADE` names.
#![allow(dead_code, reason = "an example has a main and a user")]

#[path = "../examples/biscotti.rs"]
mod biscotti;
#[path = "../examples/django.rs"]
mod django;
#[path = "../examples/express.rs"]
mod express;
#[path = "../examples/flask.rs"]
mod flask;
#[path = "../examples/gorilla.rs"]
mod gorilla;
#[path = "../examples/iron_session.rs"]
mod iron_session;
#[path = "../examples/laravel_cbc.rs"]
mod laravel_cbc;
#[path = "../examples/laravel_gcm.rs"]
mod laravel_gcm;
#[path = "../examples/phoenix_encrypted.rs"]
mod phoenix_encrypted;
#[path = "../examples/phoenix_signed.rs"]
mod phoenix_signed;
#[path = "../examples/rails_encrypted.rs"]
mod rails_encrypted;
#[path = "../examples/rails_signed.rs"]
mod rails_signed;

mod made;

use std::collections::BTreeSet;
use std::fs;

use base64::{Engine, prelude::BASE64_STANDARD};
use hardtack::migrate::{
    Moving, OldCookie, OldCookieError, OldCookieReader, OldSession, Predecessor,
};
use hardtack::testing::{Head, ManualClock};
use hardtack::{Application, DAY, Key, Timestamp};
use http::HeaderMap;
use http::header::COOKIE;
use made::{Anything, Cookie, FromSession, Gives, Made, User};

type Reader<T> = Box<dyn Fn(OldCookie<'_>) -> Result<OldSession<T>, OldCookieError> + Send + Sync>;

/// A reader of an example, by the names that made/ has for it.
fn reader<T: FromSession>(framework: &str, name: &str, secrets: &[String]) -> Reader<T> {
    let secrets: Vec<_> = secrets.iter().map(String::as_str).collect();
    let bytes = |place: usize| secrets[place].as_bytes();
    match (framework, name) {
        ("biscotti", "encrypted") => boxed(biscotti::encrypted(bytes(0)).unwrap()),
        ("biscotti", "signed") => boxed(biscotti::signed(bytes(0)).unwrap()),
        ("django", "session") => boxed(django::session(secrets[0], 14 * DAY)),
        ("express", "session") => boxed(express::session(&secrets)),
        ("flask", "session") => boxed(flask::session(secrets[0], 31 * DAY)),
        ("gorilla", "encrypted") => {
            let block = bytes(1).try_into().unwrap();
            boxed(gorilla::encrypted(bytes(0), block, 30 * DAY))
        }
        ("gorilla", "signed") => boxed(gorilla::signed(bytes(0), 30 * DAY)),
        ("iron_session", "session") => boxed(iron_session::session(secrets[0], 14 * DAY)),
        ("laravel", "cbc") => boxed(laravel_cbc::cbc(made::app_key(secrets[0]))),
        ("laravel", "gcm") => boxed(laravel_gcm::gcm(made::app_key(secrets[0]))),
        ("phoenix", "encrypted") => {
            let (base, signing, salt) = (secrets[0], secrets[1], secrets[2]);
            boxed(phoenix_encrypted::encrypted(base, signing, salt, T::from_term))
        }
        ("phoenix", "signed") => {
            boxed(phoenix_signed::signed(secrets[0], secrets[1], T::from_term))
        }
        ("rails", name) => {
            use rails_encrypted::{Version as E, encrypted};
            use rails_signed::{Version as S, signed};
            match name {
                "encrypted, 5.2" => boxed(encrypted(secrets[0], E::V5)),
                "encrypted, 6" => boxed(encrypted(secrets[0], E::V6)),
                "encrypted, 7 or 8" => boxed(encrypted(secrets[0], E::V7)),
                "signed, 5.2" => boxed(signed(secrets[0], S::V5)),
                "signed, 6" => boxed(signed(secrets[0], S::V6)),
                "signed, 7 or 8" => boxed(signed(secrets[0], S::V7)),
                _ => panic!("Rails has no {name}"),
            }
        }
        _ => panic!("{framework} has no {name}"),
    }
}

fn boxed<T: 'static>(reader: impl OldCookieReader<T>) -> Reader<T> {
    Box::new(move |cookie| reader.read(cookie))
}

/// Each framework's cookies, and each of them that is a session, with its reader.
fn sessions() -> impl Iterator<Item = (Made, Cookie, Reader<User>)> {
    made::all().into_iter().flat_map(|made| {
        let good =
            made.cookies.clone().into_iter().filter(|one| matches!(one.gives, Gives::User(_)));
        good.map(move |cookie| {
            let reader = reader(&made.framework, &cookie.reader, &made.secrets);
            (made.clone(), cookie, reader)
        })
    })
}

fn old<'c>(cookie: &'c Cookie, value: &'c [u8]) -> OldCookie<'c> {
    OldCookie::new(&cookie.name, value, Timestamp::from_secs(cookie.now))
}

#[test]
fn each_cookie_is_read_as_its_framework_meant_it() {
    for made in made::all() {
        for cookie in &made.cookies {
            let case = format!("{}: {}", made.framework, cookie.case);
            let reader = reader::<User>(&made.framework, &cookie.reader, &made.secrets);
            match (reader(old(cookie, cookie.value.as_bytes())), &cookie.gives) {
                (Ok(session), Gives::User(user)) => {
                    assert_eq!(session.data(), user, "{case}");
                    let issued = cookie.issued.map(Timestamp::from_secs);
                    assert_eq!(session.issued_at(), issued, "{case}");
                }
                (Err(error), Gives::Label(label)) => assert_eq!(error.label(), label, "{case}"),
                (outcome, expected) => panic!("{case}: {outcome:?}, and not {expected:?}"),
            }
        }
    }
}

#[test]
fn each_framework_has_cookies_for_each_way_to_fail() {
    for made in made::all() {
        let labels: BTreeSet<_> = made.cookies.iter().filter_map(|one| one.gives.label()).collect();
        for label in ["not authentic", "unreadable"] {
            assert!(labels.contains(label), "{}: no cookie that is {label}", made.framework);
        }
        let knows_time = made.cookies.iter().any(|one| one.issued.is_some());
        let knows_time = knows_time || made.framework == "rails";
        assert_eq!(labels.contains("expired"), knows_time, "{}", made.framework);
    }
}

#[test]
fn a_changed_value_is_no_session() {
    for (made, cookie, reader) in sessions() {
        let refuse = |changed: &[u8], how: &dyn std::fmt::Display| {
            let label = reader(old(&cookie, changed)).map_err(|error| error.label());
            let case = format!("{}: {}, {how}", made.framework, cookie.case);
            let known = matches!(label, Err("malformed" | "not authentic"));
            assert!(known, "{case}: {label:?}");
        };
        let value = cookie.value.as_bytes();
        for length in 0..value.len() {
            refuse(&value[..length], &format_args!("cut to {length}"));
        }
        for place in 0..value.len() {
            let mut flipped = value.to_owned();
            flipped[place] ^= 1;
            refuse(&flipped, &format_args!("flipped at {place}"));
        }
        refuse(&[value, b"A"].concat(), &"one longer");
        refuse(&value.repeat(1 + 1_000_000 / value.len()), &"a megabyte");
        refuse(&[0xff; 64], &"noise");
    }
}

/// Some texts have two spellings, `%2B` and `%2b`: then it is one session in both.
#[test]
fn no_flipped_bit_makes_another_session() {
    for (made, cookie, reader) in sessions() {
        let value = cookie.value.as_bytes();
        let Ok(session) = reader(old(&cookie, value)) else { panic!("{}", cookie.case) };
        for (place, bit) in (0..value.len()).flat_map(|place| (1..8).map(move |bit| (place, bit))) {
            let mut flipped = value.to_owned();
            flipped[place] ^= 1 << bit;
            if let Ok(other) = reader(old(&cookie, &flipped)) {
                let case = format!("{}: {}, bit {bit} of {place}", made.framework, cookie.case);
                assert_eq!(other, session, "{case}");
            }
        }
    }
}

/// Pieces of values, put together at random: an error, or one of the sessions that the pieces are of.
#[test]
fn no_splice_makes_another_session() {
    let all: Vec<_> = sessions().collect();
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for (made, cookie, reader) in &all {
        let like: Vec<_> =
            all.iter().filter(|(other, ..)| other.framework == made.framework).collect();
        let known = |value: &[u8]| reader(old(cookie, value)).ok();
        let sessions: Vec<_> =
            like.iter().filter_map(|(_, one, _)| known(one.value.as_bytes())).collect();
        for round in 0..200 {
            let mut value = Vec::new();
            for _ in 0..=random(3) {
                let piece = like[random(like.len())].1.value.as_bytes();
                let start = random(piece.len());
                value.extend_from_slice(&piece[start..start + random(piece.len() - start + 1)]);
            }
            value.resize_with(value.len() + random(3), || random(256) as u8);
            if let Some(session) = known(&value) {
                let case = format!("{}: {}, round {round}", made.framework, cookie.case);
                assert!(sessions.contains(&session), "{case}");
            }
        }
    }
}

#[test]
fn no_reader_takes_another_frameworks_cookies() {
    let readers: Vec<_> =
        sessions().map(|(made, cookie, reader)| (made.framework, cookie, reader)).collect();
    for (framework, cookie, _) in &readers {
        for (other, _, reader) in readers.iter().filter(|(other, ..)| other != framework) {
            let outcome = reader(old(cookie, cookie.value.as_bytes()));
            assert!(outcome.is_err(), "{other} reads {framework}'s {}", cookie.case);
        }
    }
}

#[test]
fn a_cookie_and_its_signature_are_joined() {
    let made = made::all().into_iter().find(|made| made.framework == "express").unwrap();
    let joined = |lines: &[&str]| {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(COOKIE, line.parse().unwrap());
        }
        express::join(&mut headers, "session");
        let last = headers.get_all(COOKIE).iter().nth(lines.len());
        last.map(|line| line.to_str().unwrap().to_owned())
    };
    let header = made.header.unwrap();
    let whole = Some(format!("session={}", made.cookies[0].value));
    assert_eq!(joined(&[&header]), whole);
    assert_eq!(joined(&["theme=dark", &format!("a=b; {header}; c=d")]), whole);
    let (value, signature) = header.split_once("; ").unwrap();
    assert_eq!(joined(&[value, signature]), whole);
    // Which of two belongs to which signature, nobody knows.
    for lines in
        [vec![value], vec![signature], vec![&header, value], vec![&header, signature], vec![]]
    {
        assert_eq!(joined(&lines), None, "{lines:?}");
    }
}

/// The whole way, for each reader: the request carries the old cookie; the response sets ours, removes the old one, and has the same user.
#[test]
fn a_user_of_each_framework_moves() {
    for (made, cookie, reader) in sessions() {
        let case = format!("{}: {}", made.framework, cookie.case);
        let now = Timestamp::from_secs(cookie.now);
        let since = Timestamp::from_secs(cookie.now - 1);
        let shop = Application::builder("shop", Key::generate().unwrap());
        let shop = shop.clock(ManualClock::at(now)).build().unwrap();
        let moving = Moving { since, until: now + DAY };
        let old = Predecessor::new(&cookie.name, moving, reader).remembered();
        let users = shop.session::<User>().predecessor(old).build().unwrap();

        let slot = users.slot([format!("{}={}", cookie.name, cookie.value)]);
        let Gives::User(expected) = &cookie.gives else { panic!("{case}") };
        if cookie.issued.is_some_and(|issued| issued > cookie.now) {
            assert!(slot.get().is_none(), "{case}");
            continue;
        }
        assert_eq!(slot.get().as_deref(), Some(expected), "{case}");
        let mut head = Head::new(200);
        slot.commit(&mut head).unwrap();
        let set: Vec<_> = head.all("set-cookie").collect();
        assert_eq!(set.len(), 2, "{case}: {set:?}");
        assert!(set[1].starts_with(&format!("{}=; ", cookie.name)), "{case}: {}", set[1]);
        let ours = set[0].split(';').next().unwrap();
        assert_eq!(users.slot([ours]).get().as_deref(), Some(expected), "{case}");
    }
}

/// Ending one session must not end another: what a session is known by differs, whatever is read of it.
#[test]
fn each_session_is_known_by_what_its_framework_vouched_for() {
    for made in made::all() {
        let mut pairs = 0;
        for nobodys in made.cookies.iter().filter(|one| one.case.starts_with("nobody's")) {
            let is_like =
                |one: &&Cookie| one.reader == nobodys.reader && one.gives.label().is_none();
            let users = made.cookies.iter().find(is_like).unwrap();
            let reader = reader::<Anything>(&made.framework, &nobodys.reader, &made.secrets);
            let read = |cookie: &Cookie| reader(old(cookie, cookie.value.as_bytes())).unwrap();
            let [one, other] = [read(users), read(nobodys)];
            assert_eq!(one.issued_at(), other.issued_at(), "{}", nobodys.case);
            assert_ne!(one, other, "{}: {}", made.framework, nobodys.case);
            pairs += 1;
        }
        assert_ne!(pairs, 0, "{}", made.framework);
    }
}

/// The part of the other cipher is not signed, so nothing may be written there.
#[test]
fn the_empty_part_of_a_laravel_cookie_stays_empty() {
    let mut tried = 0;
    for (_, cookie, reader) in sessions().filter(|(made, ..)| made.framework == "laravel") {
        let json = BASE64_STANDARD.decode(cookie.value.replace("%3D", "=")).unwrap();
        let json = String::from_utf8(json).unwrap();
        assert_eq!(json.matches(r#":"""#).count(), 1, "{json}");
        let filled = BASE64_STANDARD.encode(json.replace(r#":"""#, r#":"AAAA""#));
        let label = reader(old(&cookie, filled.as_bytes())).map_err(|error| error.label());
        assert_eq!(label.err(), Some("malformed"), "{}", cookie.case);
        tried += 1;
    }
    assert_eq!(tried, 2);
}

/// With each response it has a new value: what ends one must end the others.
#[test]
fn a_rails_session_is_known_by_its_id() {
    let read: Vec<_> = sessions()
        .filter(|(_, cookie, _)| {
            cookie.reader.starts_with("encrypted, ") && cookie.case.contains("with an id")
        })
        .map(|(_, cookie, reader)| (reader(old(&cookie, cookie.value.as_bytes())).unwrap(), cookie))
        .collect();
    assert!(read.len() >= 2);
    for pair in read.chunks(2) {
        let [(one, first), (other, second)] = pair else { panic!("an odd one") };
        assert_ne!(first.value, second.value);
        assert_eq!(one, other, "{}", second.case);
    }
}

#[test]
fn examples_are_short_and_say_what_they_check() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    assert_eq!(files.len(), 12);
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let is_code = |line: &&str| !line.is_empty() && !line.starts_with("use ");
        let code =
            text.lines().map(str::trim).filter(is_code).filter(|line| !line.starts_with("//"));
        assert!(code.count() <= 60, "{} is too long", file.display());
        for part in ["//! - **Checked**", "//! - **Unchecked**"] {
            assert!(text.contains(part), "{} does not say {part}", file.display());
        }
    }
}
