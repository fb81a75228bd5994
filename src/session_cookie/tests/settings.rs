//! What a builder refuses.

use super::*;
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
