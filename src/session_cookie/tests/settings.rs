//! What a builder refuses.

use super::*;
use crate::migrate::{Moving, OldCookieError, Predecessor};
use crate::time::DAY;

#[test]
fn what_cannot_work_is_refused_when_it_is_built() {
    type Set = fn(SessionCookieBuilder<u8>) -> SessionCookieBuilder<u8>;
    let named = |name: &str| name.to_owned();
    let table: [(Set, Option<Problem>); 26] = [
        (|b| b, None),
        (|b| b.name("session").domain("example.com").path("/shop"), None),
        (|b| b.name("session").danger_plain_http().danger_script_readable(), None),
        (|b| b.danger_plain_http(), None),
        (|b| b.same_site(SameSite::None).partitioned(), None),
        (|b| b.former_scope(Scope::default().partitioned()), None),
        (|b| b.name("s").path("/new").former_scope(Scope::new("/old").domain("example.com")), None),
        (|b| b.name("a b"), Some(Problem::CookieName { name: named("a b") })),
        (
            |b| b.name("__Host-s").danger_plain_http(),
            Some(Problem::PrefixNeedsSecure { name: named("__Host-s") }),
        ),
        (
            |b| b.domain("example.com"),
            Some(Problem::PrefixForbidsDomain { name: named("__Host-shop") }),
        ),
        (|b| b.path("/shop"), Some(Problem::PrefixNeedsRootPath { name: named("__Host-shop") })),
        (
            |b| b.name("__Http-s").danger_script_readable(),
            Some(Problem::PrefixNeedsHttpOnly { name: named("__Http-s") }),
        ),
        (
            |b| b.name("s").danger_plain_http().same_site(SameSite::None),
            Some(Problem::SameSiteNoneNeedsSecure),
        ),
        (|b| b.former_scope(Scope::new("/")), Some(Problem::FormerScope)),
        (
            |b| {
                let former = Scope::new("/").domain(".Example.com");
                b.name("s").domain("example.com").former_scope(former)
            },
            Some(Problem::FormerScope),
        ),
        (
            |b| b.former_scope(Scope::new("/old")),
            Some(Problem::PrefixNeedsRootPath { name: named("__Host-shop") }),
        ),
        (|b| b.name("s").former_scope(Scope::new("old")), Some(Problem::Path)),
        (|b| b.schema(1 << 24), Some(Problem::Schema)),
        (|b| b.upgrade_schema(1 << 24, Codec::Postcard, |old: u8| old), Some(Problem::Schema)),
        (|b| b.upgrade(|old: u8| old), Some(same_shape(1, "u8"))),
        (
            |b| b.schema(3).upgrade_schema(3, Codec::Postcard, |old: u8| old),
            Some(same_shape(3, "u8")),
        ),
        (
            |b| b.upgrade(|old: bool| old.into()).upgrade(|old: bool| old.into()),
            Some(same_shape(2, "bool")),
        ),
        (
            |b| b.remember_me(Timeouts { idle: DAY * 401, absolute: DAY * 730 }),
            Some(Problem::IdleAboveBrowsers),
        ),
        (|b| b.remember_me(Timeouts { idle: DAY * 400, absolute: DAY * 730 }), None),
        (|b| b.timeouts(Timeouts { idle: DAY * 401, absolute: DAY * 730 }), None),
        (
            |b| b.persistent().timeouts(Timeouts { idle: DAY * 401, absolute: DAY * 730 }),
            Some(Problem::IdleAboveBrowsers),
        ),
    ];
    for (index, (set, expected)) in table.into_iter().enumerate() {
        let built = set(builder(&keys())).build();
        assert_eq!(built.err().map(|error| error.problem().clone()), expected, "{index}");
    }
}

/// Of a `u8` cookie, and of another of this type: a number given by hand, or that of the type.
fn same_shape(number: u32, second: &'static str) -> Problem {
    let (first, number) = match number {
        1 => ("u8", Shape::of_read::<u8>().unwrap().number(0)),
        2 => ("bool", Shape::of_read::<bool>().unwrap().number(0)),
        given => ("u8", given),
    };
    Problem::SameShape { session: "u8", first, second, number }
}

/// What a response gets that sets the cookie, from a session of `length` characters: header lines as they go over the wire.
fn lines(
    cookie: &SessionCookie<String>,
    class: Class,
    length: usize,
) -> Result<usize, SessionError> {
    let claims = cookie.new_claims(class, at(T)).unwrap();
    let set = cookie.seal(&"x".repeat(length), &claims, at(T))?;
    let removals = cookie
        .former_removals()
        .chain(cookie.olds().iter().flat_map(crate::session_cookie::Old::removals));
    let line = |set: SetCookie| format!("set-cookie: {}\r\n", set.as_str()).len();
    Ok(line(set) + removals.map(line).sum::<usize>())
}

fn from_id(id: &'static str) -> Predecessor<String> {
    let moving = Moving { since: at(T), until: at(T + 1) };
    Predecessor::new(id, moving, |_: crate::migrate::OldCookie<'_>| Err(OldCookieError::Unreadable))
}

#[test]
fn a_header_budget_is_filled_to_its_last_byte_and_not_beyond() {
    type Set = fn(SessionCookieBuilder<String>) -> SessionCookieBuilder<String>;
    let settings: [Set; 8] = [
        |b| b,
        |b| b.signed(),
        |b| b.persistent(),
        |b| b.remember_me(None),
        |b| b.limit_name_and_value_only(),
        |b| b.former_scope(Scope::default().partitioned()),
        |b| b.predecessor(from_id("id")).predecessor(from_id("sid").scope(Scope::new("/shop"))),
        |b| b.name("s").path("/a/long/path").limit_name_and_value_only().persistent(),
    ];
    for (index, set) in settings.into_iter().enumerate() {
        for budget in [900, 3_000, 3_001, 3_002, 3_003] {
            let cookie = set(builder(&keys()).header_budget(budget).pad(1)).build().unwrap();
            for class in [Class::Standard, Class::Remembered] {
                if index == 3 && class == Class::Remembered {
                    continue;
                }
                let longest = cookie.capacity(class) - 2;
                // Three bytes are four characters, and an age of four digits has room for eight.
                let used = lines(&cookie, class, longest).unwrap();
                assert!((budget - 6..=budget).contains(&used), "{index} {budget}: {used}");
                match lines(&cookie, class, longest + 1) {
                    Err(SessionError::AboveHeaderBudget { used, budget: told, data }) => {
                        assert!(used > budget && told == budget, "{index}: {used}");
                        assert_eq!(data, longest + 3);
                    }
                    other => panic!("{index}: {other:?}"),
                }
            }
        }
    }
    // What browsers keep is less where a budget is just above it.
    let cookie = builder::<String>(&keys()).header_budget(4_110).build().unwrap();
    let refused = lines(&cookie, Class::Standard, 4_000).unwrap_err();
    assert!(matches!(refused, SessionError::TooLarge { limit: 4_096, .. }), "{refused:?}");
}

#[test]
fn a_header_budget_that_cannot_be_met_or_is_never_reached_is_refused() {
    type Set = fn(SessionCookieBuilder<u8>) -> SessionCookieBuilder<u8>;
    let settings: [(Set, usize, usize); 5] = [
        (|b| b, 202, 4_110),
        (|b| b.remember_me(None), 184, 4_110),
        (|b| b.remember_me(None).pad(1), 164, 4_110),
        // Name and value alone are held to 4096, so the attributes come on top.
        (|b| b.limit_name_and_value_only(), 202, 4_169),
        // A line of 129 bytes more.
        (|b| b.former_scope(Scope::default().partitioned()), 331, 4_239),
    ];
    for (index, (set, least, most)) in settings.into_iter().enumerate() {
        let build = |bytes| {
            let built = set(builder(&keys())).header_budget(bytes).build();
            built.err().map(|error| error.problem().clone())
        };
        let too_small = |bytes| Some(Problem::HeaderBudgetTooSmall { bytes, least });
        let unused = |bytes| Some(Problem::HeaderBudgetUnused { bytes, most });
        for (bytes, expected) in [
            (0, too_small(0)),
            (least - 1, too_small(least - 1)),
            (least, None),
            (most, None),
            (most + 1, unused(most + 1)),
            (usize::MAX, unused(usize::MAX)),
        ] {
            assert_eq!(build(bytes), expected, "{index}");
        }
    }
}
