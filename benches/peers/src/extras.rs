//! Refusals, rings and threads: figures that have no peer to compare with.

use std::sync::Barrier;
use std::time::Instant;

use hardtack::testing::{Head, sent_back};
use hardtack::token::Sealer;
use hardtack::{Application, Class, Key, KeyRing, OpenError, Timestamp};

use crate::contestant::Kind;
use crate::data::{self, Small};
use crate::measure::{self, Act, Plan, act};
use crate::ours;

pub struct Extras {
    pub too_long: f64,
    pub unknown_key: f64,
    /// Time with a ring of 64 over time with a ring of one.
    pub ring_seal: f64,
    pub ring_open: f64,
    /// A request that starts a session, and one that changes its data: slot, data, commit, response lines.
    pub start: f64,
    pub change: f64,
    /// Work of two threads over work of one, sealing and opening; `None` on one core.
    pub two_threads: Option<(f64, f64)>,
}

impl Extras {
    pub fn print(&self) {
        println!("over-long input refused in {:.1} ns", self.too_long);
        println!("unknown key refused in {:.1} ns", self.unknown_key);
        println!("ring of 64 against 1: seal {:.3}×, open {:.3}×", self.ring_seal, self.ring_open);
        println!(
            "a whole request, small: starts a session in {:.0} ns, changes one in {:.0} ns",
            self.start, self.change
        );
        match self.two_threads {
            Some((seal, open)) => println!("two threads: seal {seal:.2}×, open {open:.2}×\n"),
            None => println!("two threads: not measured on one core\n"),
        }
    }
}

pub fn run(plan: Plan) -> Extras {
    let now = Timestamp::now();
    let mut acts = refusals(now);
    for keys in [1, 64] {
        acts.extend(ring_of(keys, now));
    }
    acts.extend(requests());
    // These are differences of a few per cent, so they need more rounds than factors do.
    let plan = Plan { rounds: plan.rounds * 2, ..plan };
    let medians = measure::medians(&mut acts, plan);
    let [too_long, unknown_key, seal_1, open_1, seal_64, open_64, start, change] = medians[..]
    else {
        unreachable!("eight acts were timed")
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    Extras {
        too_long,
        unknown_key,
        ring_seal: seal_64 / seal_1,
        ring_open: open_64 / open_1,
        start,
        change,
        two_threads: (cores > 1).then(|| two_threads(now)),
    }
}

fn sealer(ring: KeyRing) -> Sealer {
    Application::new("shop", ring).unwrap().sealer("api").build().unwrap()
}

fn refusals(now: Timestamp) -> Vec<Act> {
    let ring = || KeyRing::new(Key::generate().unwrap());
    let (ours, theirs) = (sealer(ring()), sealer(ring()));
    let token =
        theirs.seal(&theirs.new_claims(Class::Standard, now).unwrap(), &[7; 293], now).unwrap();
    let long = vec![b'A'; 8192];
    let again = sealer(ring());
    vec![
        act(move || assert!(matches!(ours.open(&long, now), Err(OpenError::TooLong { .. })))),
        act(move || {
            assert!(matches!(again.open(token.as_bytes(), now), Err(OpenError::UnknownKey { .. })))
        }),
    ]
}

/// Sealing and opening with a ring of that many keys, where the oldest seals.
fn ring_of(keys: usize, now: Timestamp) -> [Act; 2] {
    let mut ring = KeyRing::new(Key::generate().unwrap());
    for _ in 1..keys {
        ring = ring.with_opening_key(Key::generate().unwrap(), None).unwrap();
    }
    let shop = Application::new("shop", ring).unwrap();
    let users = shop.session::<Small>().build().unwrap();
    let (claims, data) = (users.new_claims(Class::Standard, now).unwrap(), data::small());
    let value = users.seal(&data, &claims, now).unwrap().value().to_owned();
    let opening = users.clone();
    [
        act(move || users.seal(&data, &claims, now).unwrap()),
        act(move || opening.open([value.as_bytes()], now).unwrap().unwrap()),
    ]
}

fn requests() -> [Act; 2] {
    let users = ours::cookie::<Small>(Kind::Encrypted, Key::generate().unwrap());
    let now = Timestamp::now();
    let sealed =
        users.seal(&data::small(), &users.new_claims(Class::Standard, now).unwrap(), now).unwrap();
    let line = sent_back(&sealed);
    let starting = users.clone();
    [
        act(move || {
            let slot = starting.slot(None::<&[u8]>);
            drop(slot.start(data::small()).unwrap());
            let mut head = Head::new(200);
            slot.commit(&mut head).unwrap();
            assert!(head.all("set-cookie").count() == 1);
            head
        }),
        act(move || {
            let slot = users.slot([&line]);
            let mut session = slot.open().unwrap().unwrap();
            session.update(|user| user.role = data::Role::Admin).unwrap();
            let mut head = Head::new(200);
            slot.commit(&mut head).unwrap();
            assert!(head.all("set-cookie").count() == 1);
            head
        }),
    ]
}

/// The best of many short tries: whatever else runs on the machine can only slow it down.
fn two_threads(now: Timestamp) -> (f64, f64) {
    const TIMES: u32 = 4_000;
    const TRIES: usize = 80;
    let users = ours::cookie::<Small>(Kind::Encrypted, Key::generate().unwrap());
    let (claims, data) = (users.new_claims(Class::Standard, now).unwrap(), data::small());
    let value = users.seal(&data, &claims, now).unwrap().value().to_owned();
    let seal = || drop(users.seal(&data, &claims, now).unwrap());
    let open = || drop(users.open([value.as_bytes()], now).unwrap().unwrap());
    let scaling = |work: &(dyn Fn() + Sync)| {
        let mut best = [f64::INFINITY; 2];
        for turn in 0..2 * TRIES {
            let threads = turn % 2;
            best[threads] = best[threads].min(together(threads + 1, TIMES, work));
        }
        2.0 * best[0] / best[1]
    };
    (scaling(&seal), scaling(&open))
}

/// How many seconds until each thread has done the work that often.
fn together(threads: usize, times: u32, work: &(dyn Fn() + Sync)) -> f64 {
    let barrier = Barrier::new(threads);
    let run = || {
        barrier.wait();
        let start = Instant::now();
        (0..times).for_each(|_| work());
        start.elapsed().as_secs_f64()
    };
    std::thread::scope(|scope| {
        let handles: Vec<_> = (0..threads).map(|_| scope.spawn(run)).collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).fold(0.0, f64::max)
    })
}
