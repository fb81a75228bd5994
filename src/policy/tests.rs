//! Each boundary of time as a table: one second before, at it, one second after.

use std::time::Duration;

use super::*;
use crate::error::SetupError;
use crate::id::SessionId;

const T: u64 = 1_800_000_000;

fn policy() -> Policy {
    Policy::new(Timeouts::STANDARD, Some(Timeouts::REMEMBERED), LEEWAY).unwrap()
}

fn claims(class: Class, created: u64, issued: u64, expires: u64) -> Claims {
    Claims {
        class,
        schema: 0,
        session_id: SessionId([7; 16]),
        created: Timestamp::from_secs(created),
        issued: Timestamp::from_secs(issued),
        expires: Timestamp::from_secs(expires),
        bound: false,
        expires_by: None,
    }
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

#[track_caller]
fn label(claims: &Claims, now: u64) -> &'static str {
    policy().check(claims, at(now)).map_or_else(|e| e.label(), |()| "ok")
}

#[test]
fn each_end_is_exclusive() {
    let stamped = claims(Class::Standard, T, T, T + 100);
    assert_eq!(label(&stamped, T + 99), "ok");
    assert_eq!(label(&stamped, T + 100), "expired (stamp)");
    let idle = claims(Class::Standard, T, T, T + 9_999);
    assert_eq!(label(&idle, T + 1_799), "ok");
    assert_eq!(label(&idle, T + 1_800), "expired (idle)");
    let absolute = claims(Class::Standard, T, T + 28_000, T + 40_000);
    assert_eq!(label(&absolute, T + 28_799), "ok");
    assert_eq!(label(&absolute, T + 28_800), "expired (absolute)");
    let ahead = claims(Class::Standard, T, T, T + 100);
    assert_eq!(label(&ahead, T - 60), "ok");
    assert_eq!(label(&ahead, T - 61), "not yet valid");
}

#[test]
fn no_time_saturates_into_an_immortal_session() {
    let forever = claims(Class::Standard, 0, 0, u64::MAX);
    assert_eq!(label(&forever, u64::MAX), "expired (stamp)");
    assert_eq!(label(&forever, T), "expired (idle)");
}

#[test]
fn a_class_switched_off_neither_opens_nor_seals() {
    let off = Policy::new(Timeouts::STANDARD, None, LEEWAY).unwrap();
    let remembered = claims(Class::Remembered, T, T, T + 100);
    assert_eq!(off.check(&remembered, at(T)), Err(OpenError::ClassOff));
    assert_eq!(off.stamp(&remembered, at(T)), Err(SealError::ClassOff));
    assert!(!off.is_refresh_due(&remembered, at(T + 99)));
    assert_eq!(off.longest_idle(), 1_800);
    assert_eq!(policy().longest_idle(), 14 * 86_400);
}

#[test]
fn a_session_is_over_when_its_class_and_the_leeway_are() {
    let off = Policy::new(Timeouts::STANDARD, None, 5).unwrap();
    for (policy, class, expected) in [
        (policy(), Class::Standard, T + 28_800 + 60),
        (policy(), Class::Remembered, T + 90 * 86_400 + 60),
        (off, Class::Standard, T + 28_800 + 5),
        (off, Class::Remembered, T + 105),
    ] {
        // Wherever the session was refreshed.
        let claims = claims(class, T, T + 50, T + 100);
        assert_eq!(policy.over(&claims), at(expected), "{class:?}");
    }
    assert_eq!((policy().longest(), off.longest()), (90 * 86_400 + 60, 28_800 + 5));
}

#[test]
fn the_stamp_is_the_nearest_end() {
    let start = claims(Class::Standard, T, T, T);
    let ends = |c: &Claims, now| policy().stamp(c, at(now)).map(|c| c.expires.as_secs());
    assert_eq!(ends(&start, T + 10), Ok(T + 1_810));
    assert_eq!(ends(&start, T - 10), Ok(T + 1_800));
    assert_eq!(ends(&start, T + 28_000), Ok(T + 28_800));
    assert_eq!(ends(&start, T + 28_799), Ok(T + 28_800));
    assert_eq!(ends(&start, T + 28_800), Err(SealError::Over));
    let short = start.clone().expires_by(at(T + 300)).expires_by(at(T + 900));
    assert_eq!(ends(&short, T), Ok(T + 300));
    assert_eq!(ends(&short, T + 300), Err(SealError::Over));
}

#[test]
fn a_refresh_is_due_at_half_the_idle_time_while_it_helps() {
    let due = |c: &Claims, now| policy().is_refresh_due(c, at(now));
    let start = claims(Class::Standard, T, T, T + 1_800);
    assert!(!due(&start, T + 899));
    assert!(due(&start, T + 900));
    // Stamped up to the absolute end already: sealing again would not move it.
    let last = claims(Class::Standard, T, T + 27_000, T + 28_800);
    assert!(!due(&last, T + 28_700));
    // Stamped under a longer policy than today's: the stamp would shrink, but the session would live on.
    let tightened = claims(Class::Standard, T, T, T + 7_200);
    assert!(due(&tightened, T + 900));
    // Stamped under a shorter policy, with which it would end before half of today's idle time is over.
    let loosened = claims(Class::Standard, T, T, T + 900);
    assert!(!due(&loosened, T + 449));
    assert!(due(&loosened, T + 450));
    // Unless somebody chose the end.
    assert!(!due(&loosened.expires_by(at(T + 900)), T + 899));
}

const DAY: u64 = 86_400;

/// Each moment of a table, relative to T, and whether a refresh of a session with these claims is due then.
#[track_caller]
fn due(policy: &Policy, claims: &Claims, moments: &[(u64, bool)]) {
    for &(after, expected) in moments {
        assert_eq!(policy.is_refresh_due(claims, at(T + after)), expected, "after {after}");
    }
}

fn with_timeouts(class: Class, idle: u64, absolute: u64) -> Policy {
    let (idle, absolute) = (Duration::from_secs(idle), Duration::from_secs(absolute));
    let timeouts = Timeouts { idle, absolute };
    match class {
        Class::Standard => Policy::new(timeouts, None, LEEWAY),
        Class::Remembered => Policy::new(Timeouts::STANDARD, Some(timeouts), LEEWAY),
    }
    .unwrap()
}

#[test]
fn a_remembered_session_waits_a_day_for_its_refresh() {
    let start = claims(Class::Remembered, T, T, T + 14 * DAY);
    due(&policy(), &start, &[(0, false), (DAY - 1, false), (DAY, true), (DAY + 1, true)]);
    // From a clock that is ahead it has not waited.
    assert!(!policy().is_refresh_due(&start, at(T - 1)));
    // Even if the end cannot move any more, because some browsers forget the cookie before it. At the end there is nothing left
    // to set.
    let last = claims(Class::Remembered, T, T + 88 * DAY, T + 90 * DAY);
    let moments = [
        (89 * DAY - 1, false),
        (89 * DAY, true),
        (89 * DAY + 1, true),
        (90 * DAY - 1, true),
        (90 * DAY, false),
        (90 * DAY + 1, false),
    ];
    due(&policy(), &last, &moments);
    // Half the idle time, if that comes first; one second more or less makes the difference.
    for (idle, half) in [(3_600, 1_800), (2 * DAY - 2, DAY - 1), (2 * DAY - 1, DAY)] {
        let policy = with_timeouts(Class::Remembered, idle, 90 * DAY);
        let start = claims(Class::Remembered, T, T, T + idle);
        due(&policy, &start, &[(half - 1, false), (half, true), (half + 1, true)]);
    }
    for idle in [2 * DAY, 2 * DAY + 1, 2 * DAY + 2] {
        let policy = with_timeouts(Class::Remembered, idle, 90 * DAY);
        let start = claims(Class::Remembered, T, T, T + idle);
        due(&policy, &start, &[(DAY - 1, false), (DAY, true), (DAY + 1, true)]);
    }
}

#[test]
fn a_standard_session_waits_200_days_for_its_refresh() {
    for idle in [400 * DAY, 500 * DAY] {
        let policy = with_timeouts(Class::Standard, idle, 730 * DAY);
        let start = claims(Class::Standard, T, T, T + idle);
        let moments =
            [(DAY, false), (200 * DAY - 1, false), (200 * DAY, true), (200 * DAY + 1, true)];
        due(&policy, &start, &moments);
    }
    // Half the idle time, if that comes first.
    let nearer = with_timeouts(Class::Standard, 400 * DAY - 2, 730 * DAY);
    let start = claims(Class::Standard, T, T, T + 400 * DAY - 2);
    let moments = [(200 * DAY - 2, false), (200 * DAY - 1, true), (200 * DAY, true)];
    due(&nearer, &start, &moments);
    // If the end cannot move, half the idle time is no reason, but 200 days are.
    let fixed = with_timeouts(Class::Standard, 390 * DAY, 390 * DAY);
    let start = claims(Class::Standard, T, T, T + 390 * DAY);
    let moments = [
        (195 * DAY - 1, false),
        (195 * DAY, false),
        (195 * DAY + 1, false),
        (200 * DAY - 1, false),
        (200 * DAY, true),
        (200 * DAY + 1, true),
        (390 * DAY - 1, true),
        (390 * DAY, false),
        (390 * DAY + 1, false),
    ];
    due(&fixed, &start, &moments);
}

#[test]
fn a_refresh_can_wait_while_more_than_a_quarter_of_the_idle_time_remains() {
    let can_wait = |policy: &Policy, claims: &Claims, moments: [(u64, bool); 3]| {
        for (after, expected) in moments {
            assert_eq!(policy.can_wait(claims, at(T + after)), expected, "after {after}");
        }
    };
    let around = |last: u64| [(last - 1, true), (last, false), (last + 1, false)];
    let start = claims(Class::Standard, T, T, T + 1_800);
    can_wait(&policy(), &start, around(1_350));
    can_wait(&policy(), &start, [(0, true), (1_800, false), (1_801, false)]);
    let remembered = claims(Class::Remembered, T, T, T + 14 * DAY);
    can_wait(&policy(), &remembered, around(14 * DAY - 7 * DAY / 2));
    // The nearest of three ends decides: the stamp, today's idle timeout, the absolute one.
    can_wait(&policy(), &claims(Class::Standard, T, T, T + 900), around(450));
    can_wait(&policy(), &claims(Class::Standard, T, T, T + 7_200), around(1_350));
    can_wait(&policy(), &claims(Class::Standard, T, T + 28_000, T + 29_800), around(28_350));
    // A quarter in whole seconds, rounded down.
    let odd = with_timeouts(Class::Standard, 11, 100);
    can_wait(&odd, &claims(Class::Standard, T, T, T + 11), around(9));
    // A class that is switched off is never refreshed.
    let off = Policy::new(Timeouts::STANDARD, None, LEEWAY).unwrap();
    assert!(!off.can_wait(&remembered, at(T)));
}

#[test]
fn timeouts_are_checked() {
    let build = |idle, absolute| {
        let (idle, absolute) = (Duration::from_secs(idle), Duration::from_secs(absolute));
        let built = Policy::new(Timeouts { idle, absolute }, None, 0);
        built.err().map(|error: SetupError| error.problem().clone())
    };
    assert_eq!(build(10, 10), None);
    assert_eq!(build(11, 10), Some(Problem::IdleAboveAbsolute));
    assert_eq!(build(0, 10), Some(Problem::Timeout));
    assert_eq!(build(10, 1 << 39), Some(Problem::Timeout));
}
