//! One sealer and one session cookie under eight threads, while rings are swapped and the clock crosses epochs.
//!
//! This is a stress test, not a model. loom explores every interleaving only of code written on loom's own atomics and `Arc`, and
//! arc-swap, which the ring and the cache use, is written on the standard library's. What remains for us is small (copy, compare
//! the generation, swap), and every answer here is checked against what must hold whichever thread was first.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use hardtack::keys::{KeyId, Keys};
use hardtack::token::{Sealer, inspect};
use hardtack::{Application, Class, Key, KeyRing, OpenError, SessionCookie, Timestamp};
use serde::{Deserialize, Serialize};

const T: u64 = 1_800_000_000;
const EPOCH: u64 = 1 << 16;
const THREADS: u64 = 8;
/// What each thread does, unless the rings are done first.
const ROUNDS: u64 = 400;
/// A thread that has not come back by then is stuck. Quick machines take a second.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

fn same(key: &Key) -> Key {
    key.to_text().parse().unwrap()
}

/// Keys that stay in every ring, keys that come and go, and one that was never in any.
struct Stock {
    staying: [Key; 2],
    passing: Vec<Key>,
    foreign: Key,
}

impl Stock {
    fn new() -> Self {
        let key = || Key::generate().unwrap();
        Self { staying: [key(), key()], passing: (0..3).map(|_| key()).collect(), foreign: key() }
    }

    /// The ring of this turn. Each key seals in turn; the two permanent keys are always in it, with or without one that comes and
    /// goes.
    fn ring(&self, turn: u64) -> KeyRing {
        let passing = &self.passing[(turn / 4) as usize % self.passing.len()];
        let [first, second] = &self.staying;
        let [first, second] =
            if turn.is_multiple_of(2) { [first, second] } else { [second, first] };
        let (sealing, others) = match turn % 4 {
            0 | 1 => (first, vec![second]),
            2 => (first, vec![passing, second]),
            _ => (passing, vec![first, second]),
        };
        let ring = KeyRing::new(same(sealing));
        others.iter().fold(ring, |ring, key| ring.with_opening_key(same(key), None).unwrap())
    }

    fn stays(&self, id: KeyId) -> bool {
        self.staying.iter().any(|key| key.id() == id)
    }

    fn was_ever_in(&self, id: KeyId) -> bool {
        self.stays(id) || self.passing.iter().any(|key| key.id() == id)
    }
}

/// What the threads share.
struct World {
    stock: Stock,
    keys: Keys,
    sealers: [Sealer; 2],
    cookie: SessionCookie<User>,
    foreign: [Sealer; 2],
    clock: AtomicU64,
    /// Tokens and sessions that opened.
    opened: AtomicU64,
    done: AtomicBool,
}

impl World {
    fn new() -> Self {
        let stock = Stock::new();
        let keys = Keys::from(stock.ring(0));
        let shop = Application::new("shop", &keys).unwrap();
        let foreign = Application::new("shop", same(&stock.foreign)).unwrap();
        let sealers = |app: &Application| {
            [app.sealer("stress"), app.sealer("stress").signed()].map(|b| b.build().unwrap())
        };
        Self {
            sealers: sealers(&shop),
            cookie: shop.session().build().unwrap(),
            foreign: sealers(&foreign),
            keys,
            stock,
            clock: AtomicU64::new(T),
            opened: AtomicU64::new(0),
            done: AtomicBool::new(false),
        }
    }

    /// The time, which some other thread moves on.
    fn now(&self) -> Timestamp {
        at(self.clock.load(Ordering::Relaxed))
    }

    /// Swaps rings, several at once, and moves the clock so that an epoch ends every few turns. Then it gives the threads time to
    /// work with what they cached.
    fn turn(&self) {
        let mut turn = 0;
        while !self.done.load(Ordering::Relaxed) {
            for _ in 0..=turn % 4 {
                turn += 1;
                self.keys.replace(self.stock.ring(turn));
                (0..turn % 64 * 100).for_each(|_| std::hint::spin_loop());
            }
            self.clock.fetch_add(EPOCH / 8, Ordering::Relaxed);
            let enough = self.opened.load(Ordering::Relaxed) + 8;
            while self.opened.load(Ordering::Relaxed) < enough && !self.done.load(Ordering::Relaxed)
            {
                thread::yield_now();
            }
        }
    }

    fn work(&self, thread: u64) {
        for round in 0..ROUNDS {
            let payload = format!("{thread} {round}");
            for (sealer, foreign) in self.sealers.iter().zip(&self.foreign) {
                self.token(sealer, foreign, payload.as_bytes());
            }
            self.session(User { id: thread << 32 | round, name: payload });
        }
    }

    fn token(&self, sealer: &Sealer, foreign: &Sealer, payload: &[u8]) {
        let now = self.now();
        let claims = sealer.new_claims(Class::Remembered, now).unwrap();
        let token = sealer.seal(&claims, payload, now).unwrap();
        let key = inspect(token.as_bytes()).unwrap().key_id;
        assert!(self.stock.was_ever_in(key), "sealed under {key}");
        match sealer.open(token.as_bytes(), now) {
            Ok(opened) => {
                assert_eq!(opened.data, payload);
                assert_eq!(opened.claims.session_id(), claims.session_id());
                self.opened.fetch_add(1, Ordering::Relaxed);
            }
            // Its key may have left the ring since it was sealed; nothing else may be wrong.
            Err(error) => {
                assert!(!self.stock.stays(key), "{error}");
                assert_eq!(error, OpenError::UnknownKey { key });
            }
        }
        self.refused(sealer, foreign, token, now);
    }

    /// Forged, under a foreign key, or over: these must never open, at any moment.
    fn refused(&self, sealer: &Sealer, foreign: &Sealer, token: String, now: Timestamp) {
        let mut forged = token.clone().into_bytes();
        forged[40] = if forged[40] == b'A' { b'B' } else { b'A' };
        let error = sealer.open(&forged, now).unwrap_err();
        let key = inspect(token.as_bytes()).unwrap().key_id;
        let expected = [OpenError::NotAuthentic, OpenError::UnknownKey { key }];
        assert!(expected.contains(&error), "{error}");

        let claims = foreign.new_claims(Class::Remembered, now).unwrap();
        let stranger = foreign.seal(&claims, b"stranger", now).unwrap();
        let error = sealer.open(stranger.as_bytes(), now).unwrap_err();
        assert_eq!(error, OpenError::UnknownKey { key: self.stock.foreign.id() });
        // The same with the key id of a key that the ring has: only the tag can tell.
        let grafted = format!("{}{}", &token[..16], &stranger[16..]);
        let error = sealer.open(grafted.as_bytes(), now).unwrap_err();
        assert!(expected.contains(&error), "{error}");

        // Authentic once, and replayed when its idle time is over: in its own epoch's neighbourhood and far away.
        for late in [14 * 86_400, 15 * 86_400, 400 * 86_400] {
            let error = sealer.open(token.as_bytes(), at(now.as_secs() + late)).unwrap_err();
            let over = matches!(error, OpenError::Expired { .. } | OpenError::UnknownKey { .. });
            assert!(over, "{error}");
        }
    }

    fn session(&self, user: User) {
        let now = self.now();
        let claims = self.cookie.new_claims(Class::Standard, now).unwrap();
        let set = self.cookie.seal(&user, &claims, now).unwrap();
        let key = inspect(set.value().as_bytes()).unwrap().key_id;
        match self.cookie.open([set.value().as_bytes()], now) {
            Ok(opened) => {
                assert_eq!(opened.unwrap().data, user);
                self.opened.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                assert!(!self.stock.stays(key), "{error}");
                assert_eq!(error, OpenError::UnknownKey { key });
            }
        }
    }
}

impl World {
    /// In the end, everybody uses the next ring at once.
    fn follows(&self) {
        let now = self.now();
        for key in [&self.stock.passing[0], &self.stock.staying[0], &self.stock.foreign] {
            self.keys.replace(KeyRing::new(same(key)));
            for sealer in &self.sealers {
                let claims = sealer.new_claims(Class::Standard, now).unwrap();
                let token = sealer.seal(&claims, b"", now).unwrap();
                assert_eq!(inspect(token.as_bytes()).unwrap().key_id, key.id());
                assert!(sealer.open(token.as_bytes(), now).is_ok());
            }
        }
    }
}

#[test]
fn threads_rings_and_epochs_get_along() {
    let world = Arc::new(World::new());
    // Sealed before everything by a key that stays: opens at every moment until it is over.
    let start = world.cookie.new_claims(Class::Remembered, at(T)).unwrap();
    let elder = world.cookie.seal(&User { id: 0, name: "elder".into() }, &start, at(T)).unwrap();

    let (sender, receiver) = mpsc::channel();
    let turning = Arc::clone(&world);
    let turner = thread::spawn(move || turning.turn());
    for thread in 0..THREADS {
        let (world, sender, elder) = (Arc::clone(&world), sender.clone(), elder.clone());
        thread::spawn(move || {
            world.work(thread);
            // Whatever rings came and went: its key is in each of them.
            let elder = world.cookie.open([elder.value().as_bytes()], at(T + EPOCH));
            assert_eq!(elder.unwrap().unwrap().data.name, "elder");
            sender.send(()).unwrap();
        });
    }
    drop(sender);
    for _ in 0..THREADS {
        // An error: stuck, or a thread failed, whose own message stands above.
        receiver.recv_timeout(PATIENCE).expect("every thread comes back");
    }
    world.done.store(true, Ordering::Relaxed);
    turner.join().unwrap();
    assert!(world.now() >= at(T + EPOCH), "the clock crossed no epoch");
    // Most were opened before their ring went: a test that refuses everything proves nothing.
    let sealed = THREADS * ROUNDS * 3;
    let opened = world.opened.load(Ordering::Relaxed);
    assert!(opened > sealed / 2, "{opened} of {sealed}");
    world.follows();
}
