//! Ends that are refused, and what becomes of the cookie.

use super::*;

#[test]
fn another_id_is_refused_and_spoils_nothing() {
    let (site, mut browser) = (site(), Browser::default());
    let id = browser.begin(&site);
    let turned = if id.ends_with('A') { 'B' } else { 'A' };
    let elsewhere = Browser::default().begin(&site);
    for (other, expected) in [
        (String::new(), CeremonyError::MalformedId),
        (id[..35].to_owned(), CeremonyError::MalformedId),
        (format!("{id}A"), CeremonyError::MalformedId),
        (format!("{}+", &id[..35]), CeremonyError::MalformedId),
        (format!("\u{e9}{}", &id[..34]), CeremonyError::MalformedId),
        (format!("{}{turned}", &id[..35]), CeremonyError::WrongId),
        (format!("{}{}", &id[..8], &elsewhere[8..]), CeremonyError::WrongId),
        (elsewhere, CeremonyError::NotOpen),
    ] {
        assert_eq!(browser.finish(&site, &other), Err(expected), "{other}");
        assert_eq!(browser.open(), 1, "{other}");
    }
    assert_eq!(browser.finish(&site, &id), Ok(ada()));
}

#[test]
fn another_browser_is_refused() {
    let site = site();
    let id = Browser::default().begin(&site);
    assert_eq!(Browser::default().finish(&site, &id), Err(CeremonyError::NotOpen));
    let mut other = Browser::default();
    other.begin(&site);
    assert_eq!(other.finish(&site, &id), Err(CeremonyError::NotOpen));
}

#[test]
fn what_began_in_one_session_ends_in_no_other() {
    let site = site();
    let nobody = Browser::default();
    let mut ada = Browser::default();
    ada.log_in(&site, 7);
    let mut eve = Browser::default();
    eve.log_in(&site, 8);
    let session = |browser: &Browser| browser.0["__Host-shop"].clone();
    let (of_ada, of_eve) = (session(&ada), session(&eve));

    // Whose state, and in whose session it is brought back. Log-in and log-out in between count as another session.
    for (begins, session) in
        [(&eve, Some(&of_ada)), (&ada, Some(&of_eve)), (&ada, None), (&nobody, Some(&of_ada))]
    {
        let mut browser = begins.clone();
        let id = browser.begin(&site);
        match session {
            Some(session) => browser.0.insert("__Host-shop".to_owned(), session.clone()),
            None => browser.0.remove("__Host-shop"),
        };
        assert_eq!(browser.finish(&site, &id), Err(CeremonyError::OtherSession));
        assert_eq!(browser.open(), 0, "it is nobody's");
    }

    // A new id is another session, also for the same user.
    let id = ada.begin(&site);
    ada.log_in(&site, 7);
    assert_eq!(ada.finish(&site, &id), Err(CeremonyError::OtherSession));

    // Where the ceremony takes part in no session, none counts.
    let begun = site.passkeys.begin([ada.line()], NoSession, &super::ada()).unwrap();
    begun.set_cookies().for_each(|line| ada.take(line));
    assert!(site.passkeys.finish([ada.line()], NoSession, begun.id()).is_ok());
    assert_eq!(ada.finish(&site, begun.id()), Err(CeremonyError::OtherSession));
}

#[test]
fn a_session_that_cannot_be_told_is_the_servers_fault() {
    let (site, mut browser) = (site(), Browser::default());
    browser.log_in(&site, 7);
    let id = browser.begin(&site);
    // A node that lacks the key: the browser has a session, and nobody here knows which.
    let behind = site_of(&Keys::from(Key::generate().unwrap()), &site.clock);
    let slot = behind.users.slot([browser.line()]);
    let refused = SessionError::Refused;
    let begun = behind.passkeys.begin([browser.line()], &slot, &ada());
    assert_eq!(begun.err(), Some(CeremonyError::Session(refused)));
    let done = behind.passkeys.finish([browser.line()], &slot, &id).unwrap_err();
    assert_eq!((done.reason(), done.removal()), (CeremonyError::Session(refused), None));
    assert!(done.reason().is_servers());
    // A session to read, and one that has ended.
    let session = slot.get_or_start().unwrap();
    let begun = behind.passkeys.begin([""], &session, &ada());
    assert_eq!(begun.err(), Some(CeremonyError::Session(refused)));
    let slot = browser.slot(&site);
    let session = slot.get().unwrap();
    slot.end().unwrap();
    let begun = site.passkeys.begin([""], &session, &ada());
    assert_eq!(begun.err(), Some(CeremonyError::Session(SessionError::Ended)));
    // The right node still finishes it.
    assert_eq!(browser.finish(&site, &id), Ok(ada()));
}

fn site_of(keys: &Keys, clock: &ManualClock) -> Site {
    let shop = application(keys, clock);
    let (users, passkeys) = (shop.session().build().unwrap(), shop.ceremony("passkey").build());
    let (clock, keys) = (clock.clone(), keys.clone());
    Site { clock, keys, shop, users, passkeys: passkeys.unwrap() }
}

#[test]
fn a_ceremony_ends_after_ten_minutes() {
    for (after, is_open) in [(599, true), (600, false), (601, false)] {
        let (site, mut browser) = (site(), Browser::default());
        let id = browser.begin(&site);
        site.clock.advance(Duration::from_secs(after));
        let now = Timestamp::from_secs(T + after);
        let at = Timestamp::from_secs(T + 600);
        let by = Expiry::Stamp;
        let over = CeremonyError::Refused(OpenError::Expired { by, at, now });
        let expected = if is_open { Ok(ada()) } else { Err(over) };
        assert_eq!(browser.finish(&site, &id), expected, "{after}");
        assert_eq!(browser.open(), 0, "{after}");
    }
}

#[test]
fn an_altered_cookie_is_refused_and_goes_and_one_of_another_key_stays() {
    let (site, mut browser) = (site(), Browser::default());
    let id = browser.begin(&site);
    let (name, value) = browser.0.iter().next().map(|(n, v)| (n.clone(), v.clone())).unwrap();
    let mut altered = value.clone().into_bytes();
    let last = altered.len() - 8;
    altered[last] = if altered[last] == b'A' { b'B' } else { b'A' };
    browser.0.insert(name.clone(), String::from_utf8(altered).unwrap());
    let refused = browser.finish(&site, &id);
    assert_eq!(refused, Err(CeremonyError::Refused(OpenError::NotAuthentic)));
    assert_eq!(browser.open(), 0);

    browser.0.insert(name.clone(), value.clone());
    let behind = site_of(&Keys::from(Key::generate().unwrap()), &site.clock);
    let refused = browser.finish(&behind, &id);
    assert!(matches!(refused, Err(CeremonyError::Refused(OpenError::UnknownKey { .. }))));
    assert_eq!(browser.open(), 1, "another node has the key");

    // Beside a planted one of its name it is found, in any order.
    for lines in [[format!("{name}=x"), browser.line()], [browser.line(), format!("{name}=x")]] {
        assert!(site.passkeys.finish(lines, NoSession, &id).is_ok());
    }
}

#[test]
fn a_copy_of_the_cookie_finishes_again_and_with_once_it_does_not() {
    for once in [false, true] {
        let site = site_with(|shop, builder| {
            let finished = shop.denylist::<()>();
            if once { builder.once(&finished) } else { builder }
        });
        let mut browser = Browser::default();
        let id = browser.begin(&site);
        let mut thief = browser.clone();
        assert_eq!(browser.finish(&site, &id), Ok(ada()));
        site.clock.advance(Duration::from_secs(599));
        let again = thief.finish(&site, &id);
        assert_eq!(again, if once { Err(CeremonyError::Used) } else { Ok(ada()) });
        assert_eq!(thief.open(), 0);
        // Others are not touched by it.
        let id = browser.begin(&site);
        assert_eq!(browser.finish(&site, &id), Ok(ada()));
    }
}

#[test]
fn of_two_at_once_one_is_the_first() {
    let site = site_with(|shop, builder| builder.once(&shop.denylist::<u64>()));
    for _ in 0..20 {
        let mut browser = Browser::default();
        let id = browser.begin(&site);
        let finish = || site.passkeys.finish([browser.line()], NoSession, &id).is_ok();
        let done = std::thread::scope(|scope| {
            let tasks: Vec<_> = (0..4).map(|_| scope.spawn(finish)).collect();
            tasks.into_iter().map(|task| task.join().unwrap()).filter(|done| *done).count()
        });
        assert_eq!(done, 1);
    }
}

#[test]
fn a_list_keeps_what_is_finished_until_it_is_over_and_no_refused_end_fills_it() {
    let clock = ManualClock::at(Timestamp::from_secs(T));
    let shop = application(&Keys::from(Key::generate().unwrap()), &clock);
    let finished = shop.denylist::<()>();
    let codes = shop.ceremony::<u8>("code").once(&finished).build().unwrap();
    let begun = codes.begin([""], NoSession, &1).unwrap();
    let line = begun.set_cookies().next().unwrap();
    let line = format!("{}={}", line.name(), line.value());
    let other = format!("{}{}", &begun.id()[..8], "A".repeat(28));
    assert!(codes.finish([&line], NoSession, &other).is_err());
    assert_eq!(finished.status().entries, 0);
    assert!(codes.finish([&line], NoSession, begun.id()).is_ok());
    assert!(codes.finish([&line], NoSession, begun.id()).is_err());
    assert_eq!(finished.status().entries, 1);
    assert_eq!(finished.snapshot().len(), 13 + 32);
    clock.advance(Duration::from_secs(600 + 60));
    assert_eq!(finished.snapshot().len(), 13, "nothing is left to refuse");
}

// A ring of which no key seals comes from a file alone.
#[cfg(feature = "ring-file")]
#[test]
fn an_unsealable_state_begins_nothing() {
    use hardtack::SealError;
    use hardtack::ceremony::RefusedCeremony;

    let site = site();
    let never = hardtack::Timestamp::from_secs(u64::MAX);
    let ring = hardtack::keys::RingFile::new(Key::generate().unwrap(), never);
    site.shop.replace_keys(ring.into());
    let begun = site.passkeys.begin([""], NoSession, &ada());
    let reason = CeremonyError::Session(SessionError::Seal(SealError::NoSealingKey));
    assert_eq!(begun.err(), Some(reason));
    let error = RefusedCeremony::from(reason);
    assert_eq!(error.to_string(), "no key in the ring can seal now");
}
