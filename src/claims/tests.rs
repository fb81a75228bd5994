//! Each boundary of time as a table: one second before, at it, one second after.

use super::*;

const T: u64 = 1_800_000_000;

fn policy() -> Policy {
    Policy::new(Lifetime::STANDARD, Some(Lifetime::REMEMBERED), LEEWAY).unwrap()
}

fn claims(class: Class, created: u64, issued: u64, expires: u64) -> Claims {
    Claims {
        class,
        schema: 0,
        session_id: SessionId([7; 16]),
        created: Timestamp::from_secs(created),
        issued: Timestamp::from_secs(issued),
        expires: Timestamp::from_secs(expires),
        ends_by: None,
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
fn a_session_id_prints_as_digits() {
    let id = SessionId([0x0A, 0xB1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 0xFF]);
    assert_eq!(id.to_string(), "0ab102030405060708090a0b0c0d0eff");
    assert_eq!(format!("{id:?}"), format!("SessionId({id})"));
}

#[test]
fn no_time_saturates_into_an_immortal_session() {
    let forever = claims(Class::Standard, 0, 0, u64::MAX);
    assert_eq!(label(&forever, u64::MAX), "expired (stamp)");
    assert_eq!(label(&forever, T), "expired (idle)");
}

#[test]
fn a_class_switched_off_neither_opens_nor_seals() {
    let off = Policy::new(Lifetime::STANDARD, None, LEEWAY).unwrap();
    let remembered = claims(Class::Remembered, T, T, T + 100);
    assert_eq!(off.check(&remembered, at(T)), Err(OpenError::ClassOff));
    assert_eq!(off.stamp(&remembered, at(T)), Err(SealError::ClassOff));
    assert!(!off.is_refresh_due(&remembered, at(T + 99)));
    assert_eq!(off.longest_idle(), 1_800);
    assert_eq!(policy().longest_idle(), 14 * 86_400);
}

#[test]
fn a_session_is_over_when_its_class_and_the_leeway_are() {
    let off = Policy::new(Lifetime::STANDARD, None, 5).unwrap();
    for (policy, class, expected) in [
        (policy(), Class::Standard, T + 28_800 + 60),
        (policy(), Class::Remembered, T + 90 * 86_400 + 60),
        (off, Class::Standard, T + 28_800 + 5),
        (off, Class::Remembered, T + 105),
    ] {
        // Wherever it was refreshed.
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
    let short = start.clone().ending_by(at(T + 300)).ending_by(at(T + 900));
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
    // Stamped under a shorter one, by which it would be over before half of today's idle time is.
    let loosened = claims(Class::Standard, T, T, T + 900);
    assert!(!due(&loosened, T + 449));
    assert!(due(&loosened, T + 450));
    // Unless the end was chosen.
    assert!(!due(&loosened.ending_by(at(T + 900)), T + 899));
}

#[test]
fn lifetimes_are_checked() {
    let build = |idle, absolute| {
        let (idle, absolute) = (Duration::from_secs(idle), Duration::from_secs(absolute));
        Policy::new(Lifetime { idle, absolute }, None, 0).err()
    };
    assert_eq!(build(10, 10), None);
    assert_eq!(build(11, 10), Some(ConfigError::IdleAboveAbsolute));
    assert_eq!(build(0, 10), Some(ConfigError::Lifetime));
    assert_eq!(build(10, 1 << 39), Some(ConfigError::Lifetime));
}
