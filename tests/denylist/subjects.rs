//! Whose sessions are ended: users by number, name or bytes, and sessions by their ids.

use super::*;

#[test]
fn a_session_is_ended_by_an_id_that_the_application_kept() {
    let (site, denylist) = site_and_list();
    let (one, other) = (site.line(&user(7, "Ada")), site.line(&user(7, "Ada")));
    let kept = *site.slot(&one).get().unwrap().claims().session_id().as_bytes();
    denylist.end_session(SessionId::from_bytes(kept));
    assert!(!is_user(&site.slot(&one)) && is_user(&site.slot(&other)));
    // Whichever node's clock it was created by.
    let ahead = claims(T + 60);
    denylist.end_session(ahead.session_id());
    assert!(is_revoked(&denylist, &ahead));
    assert_eq!(denylist.status().ended, 2);
}

#[test]
fn a_subject_is_kept_as_long_as_the_longest_session_may_last() {
    let day = Duration::from_secs(86_400);
    let with_remembered = |days: u32| Timeouts { idle: day, absolute: day * days };
    // 90 days are the default of the remembered class, and the least that is kept.
    for (days, kept) in [(1, 90), (90, 90), (200, 200)] {
        let (denylist, clock) = list(|builder| builder);
        let builder = site().again().session().remember_me(with_remembered(days));
        let _users = builder.revocation(hook(&denylist)).build().unwrap();
        denylist.log_out_everywhere(&7);
        let over = T + kept * 86_400 + 60;
        for (now, entries) in [(over - 1, 1), (over, 0), (over + 1, 0)] {
            clock.set(at(now));
            assert_eq!(denylist.snapshot().len(), 13 + 32 * entries, "{days} {now}");
        }
    }
}

#[test]
fn a_process_without_cookies_keeps_a_subject_as_long_as_it_is_told() {
    let day = Duration::from_secs(86_400);
    for (told, kept) in [(None, 90 * 86_400 + 60), (Some(200 * day), 200 * 86_400)] {
        let (tool, clock) = list(|builder| builder);
        if let Some(longest) = told {
            hook(&tool).on_installed(longest, Duration::ZERO);
        }
        tool.log_out_everywhere(&7);
        for (now, entries) in [(T + kept - 1, 1), (T + kept, 0)] {
            clock.set(at(now));
            assert_eq!(tool.snapshot().len(), 13 + 32 * entries, "{told:?} {now}");
        }
    }
}

#[test]
fn subjects_are_integers_names_and_bytes() {
    let same = [
        "ada".subject_id(),
        "ada".to_owned().subject_id(),
        b"ada".subject_id(),
        b"ada"[..].subject_id(),
        b"ada".to_vec().subject_id(),
    ];
    assert!(same.iter().all(|subject| *subject == same[0]));
    // A number is the same in every type that holds it, and never a text or bytes.
    assert_eq!(7u64.subject_id(), 7u32.subject_id());
    assert_eq!(7u64.subject_id(), 7i8.subject_id());
    assert_ne!(7u64.subject_id(), [0, 0, 0, 0, 0, 0, 0, 7].subject_id());
    assert_ne!(7u64.subject_id(), "7".subject_id());
    assert_ne!(7u64.subject_id(), ().subject_id());
    assert_eq!(format!("{:?}", same[0]), "SubjectId(..)");
    // In the clear nowhere.
    let clock = ManualClock::at(at(T));
    let denylist = application(&Key::generate().unwrap().into(), &clock).denylist::<str>();
    denylist.log_out_everywhere("a-long-name-of-a-user");
    let snapshot = denylist.snapshot();
    assert!(!snapshot.windows(6).any(|bytes| bytes == b"a-long"));
}

#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
struct Clerk {
    id: u16,
    name: String,
}

/// What a request with a session of this data finds after `act`.
#[track_caller]
fn holds<T: hardtack::SessionData>(
    cookie: &SessionCookie<T>,
    data: &T,
    act: impl FnOnce(),
) -> bool {
    let line = request_cookie(cookie, Class::Standard, data).unwrap();
    act();
    cookie.slot([line]).open().is_ok()
}

#[test]
fn a_list_knows_users_by_whatever_tells_them() {
    let clock = ManualClock::at(at(T));
    let shop = application(&Key::generate().unwrap().into(), &clock);
    let clerk = Clerk { id: 7, name: "ada".to_owned() };

    // By their number, in a smaller type than the one of a node that runs an older release.
    let (by_id, old) = (shop.denylist::<u16>(), shop.denylist::<i64>());
    let hook = by_id.by_subject(|clerk: &Clerk| &clerk.id);
    let cookie = shop.session().name("id").revocation(hook).build().unwrap();
    assert!(holds(&cookie, &clerk, || by_id.log_out_everywhere(&8)));
    let tell = || {
        old.log_out_everywhere(&7);
        assert_eq!(by_id.merge(&old.snapshot()), Ok(1));
    };
    assert!(!holds(&cookie, &clerk, tell));

    // By their name; with everything that the session holds; all of them at once.
    let by_name = shop.denylist::<str>();
    let hook = by_name.by_subject(|clerk: &Clerk| clerk.name.as_str());
    let cookie = shop.session().name("name").revocation(hook).build().unwrap();
    assert!(holds(&cookie, &clerk, || by_name.log_out_everywhere("Ada")));
    assert!(!holds(&cookie, &clerk, || by_name.log_out_everywhere("ada")));

    let everybody = shop.denylist();
    let hook = everybody.by_subject(|_: &Clerk| &());
    let cookie = shop.session().name("all").revocation(hook).build().unwrap();
    assert!(holds(&cookie, &clerk, || ()));
    assert!(!holds(&cookie, &clerk, || everybody.log_out_everywhere(&())));
}

#[test]
fn several_kinds_of_session_share_a_list() {
    let clock = ManualClock::at(at(T));
    let shop = application(&Key::generate().unwrap().into(), &clock);
    let denylist = shop.denylist();
    let users = shop.session().revocation(denylist.by_subject(|user: &User| &user.id));
    let users = users.build().unwrap();
    // Users who are clerks too: one subject, two cookies.
    let tokens = denylist.by_subject(|token: &(u64, u8)| &token.0);
    let tokens = shop.session().name("__Host-shop~api").revocation(tokens).build().unwrap();
    let ended = || denylist.log_out_everywhere(&7);
    assert!(holds(&users, &user(8, "Eve"), ended) && holds(&tokens, &(8, 0), ended));
    assert!(!holds(&users, &user(7, "Ada"), ended) && !holds(&tokens, &(7, 0), ended));
    // Kinds that must not meet have separate subjects.
    let kind = |kind: &str| SubjectId::of_kind(kind, &7u64);
    assert_ne!(kind("customer"), kind("clerk"));
}

#[test]
fn a_subject_is_never_taken_for_the_id_of_a_session() {
    let (site, denylist) = site_and_list();
    let line = site.line(&user(7, "Ada"));
    // The hash of an id that anybody can guess, sent as the id of a session to end.
    let (other, _) = list(|builder| builder);
    other.log_out_everywhere(&7);
    let hash = other.snapshot()[13..29].try_into().unwrap();
    denylist.end_session(SessionId::from_bytes(hash));
    assert!(is_user(&site.slot(&line)));
}

#[test]
fn ids_that_differ_in_one_bit_are_different_sessions() {
    let ended = claims(T);
    let id = *ended.session_id().as_bytes();
    // The last bit tells ids from subjects.
    for bit in 0..127 {
        let (denylist, _) = list(|builder| builder);
        let mut other = id;
        other[bit / 8] ^= 0x80 >> (bit % 8);
        denylist.end_session(SessionId::from_bytes(other));
        assert!(!is_revoked(&denylist, &ended), "{bit}");
        denylist.end_session(SessionId::from_bytes(id));
        assert!(is_revoked(&denylist, &ended), "{bit}");
    }
}
