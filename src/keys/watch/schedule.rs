//! When to look at a ring file. Nothing in here waits.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

/// The shortest interval between two looks.
const SHORTEST: Duration = Duration::from_millis(10);
/// The longest interval: longer ones could overflow the clock.
pub(super) const LONGEST: Duration = Duration::from_secs(365 * 86_400);
/// The interval between early looks, which strangers can trigger with made-up key ids.
const BETWEEN_EARLY: Duration = Duration::from_secs(3);

/// When to look next, by a clock that never goes back.
pub(super) struct Schedule {
    every: Duration,
    next: Instant,
    /// When the next early look is allowed.
    not_early_before: Instant,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Wait(Duration),
    Look { early: bool },
}

impl Schedule {
    pub(super) fn new(every: Duration, now: Instant, jitter: f64) -> Self {
        let every = every.clamp(SHORTEST, LONGEST);
        Self { every, next: after(now, every.mul_f64(jitter)), not_early_before: now }
    }

    pub(super) fn next(&self, now: Instant, wish: bool) -> Next {
        if now >= self.next {
            return Next::Look { early: false };
        }
        if !wish {
            return Next::Wait(self.next - now);
        }
        if now >= self.not_early_before {
            return Next::Look { early: true };
        }
        Next::Wait(self.next.min(self.not_early_before) - now)
    }

    pub(super) fn looked(&mut self, now: Instant, early: bool, jitter: f64) {
        self.next = after(now, self.every.mul_f64(jitter));
        if early {
            self.not_early_before = after(now, BETWEEN_EARLY);
        }
    }
}

/// Caps at a year, for times that a clock cannot represent.
fn after(now: Instant, time: Duration) -> Instant {
    now + time.min(LONGEST)
}

/// From four fifths to the whole. Nodes that started together drift apart, and none looks later than configured.
pub(super) fn jitter() -> f64 {
    let random = RandomState::new().hash_one(0u8) % 1024;
    0.8 + 0.2 * random as f64 / 1023.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn it_looks_in_time_and_early_at_most_every_few_seconds() {
        let start = Instant::now();
        let at = |seconds| start + SECOND * seconds;
        let mut schedule = Schedule::new(60 * SECOND, start, 1.0);
        assert_eq!(schedule.next(at(0), false), Next::Wait(60 * SECOND));
        assert_eq!(schedule.next(at(59), false), Next::Wait(SECOND));
        assert_eq!(schedule.next(at(60), false), Next::Look { early: false });

        assert_eq!(schedule.next(at(10), true), Next::Look { early: true });
        schedule.looked(at(10), true, 0.8);
        assert_eq!(schedule.next(at(10), false), Next::Wait(48 * SECOND));
        assert_eq!(schedule.next(at(11), true), Next::Wait(2 * SECOND));
        assert_eq!(schedule.next(at(13), true), Next::Look { early: true });

        schedule.looked(at(58), true, 1.0);
        schedule.looked(at(60), false, 1.0);
        assert_eq!(
            schedule.next(at(60), true),
            Next::Wait(SECOND),
            "a look in time changes nothing"
        );
        assert_eq!(schedule.next(at(61), true), Next::Look { early: true });
    }

    #[test]
    fn intervals_out_of_the_ordinary_are_bounded() {
        let now = Instant::now();
        assert_eq!(Schedule::new(Duration::ZERO, now, 1.0).next(now, false), Next::Wait(SHORTEST));
        let next = Schedule::new(Duration::MAX, now, 0.8).next(now, false);
        assert_eq!(next, Next::Wait(LONGEST.mul_f64(0.8)));
        for jitter in [0.8, 0.999, 1.0] {
            Schedule::new(Duration::MAX, now, jitter).looked(now, true, jitter);
        }
        let (least, most) =
            (0..10_000).map(|_| jitter()).fold((1.0f64, 0.8f64), |(a, b), j| (a.min(j), b.max(j)));
        assert!((0.8..0.81).contains(&least) && (0.99..=1.0).contains(&most), "{least} {most}");
    }
}
