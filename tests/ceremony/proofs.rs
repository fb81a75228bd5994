//! When a user last proved what, and what asks for it.

use hardtack::login::{HasProofs, NotRecent, Proof, Proofs};
use hardtack::{MINUTE, Session};
use serde::{Deserialize, Serialize};

use super::*;

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
    proofs: Proofs,
}

impl HasProofs for User {
    fn proofs(&self) -> &Proofs {
        &self.proofs
    }

    fn proofs_mut(&mut self) -> &mut Proofs {
        &mut self.proofs
    }
}

const PROOFS: [Proof; 5] =
    [Proof::Password, Proof::Passkey, Proof::Provider, Proof::Link, Proof::Code];

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_secs(T + seconds)
}

struct House {
    clock: ManualClock,
    users: SessionCookie<User>,
    cookie: String,
}

impl House {
    fn new() -> Self {
        let clock = ManualClock::at(at(0));
        let shop = application(&Keys::from(Key::generate().unwrap()), &clock);
        Self { users: shop.session().build().unwrap(), clock, cookie: String::new() }
    }

    /// One request, whose response is committed.
    fn request<R>(&mut self, act: impl FnOnce(&SessionSlot<User>) -> R) -> R {
        let slot = self.users.slot([&self.cookie]);
        let done = act(&slot);
        let mut head = Head::new(200);
        slot.commit(&mut head).unwrap();
        for line in head.all("set-cookie") {
            self.cookie = line.split(';').next().unwrap().to_owned();
        }
        done
    }

    fn user<R>(&mut self, act: impl FnOnce(&mut Session<User>) -> R) -> R {
        self.request(|slot| act(&mut slot.get().unwrap()))
    }
}

fn log_in(slot: &SessionSlot<User>, proof: Proof) -> hardtack::SessionId {
    let mut user = slot.start(User { id: 7, proofs: Proofs::default() }).unwrap();
    let started = user.claims().session_id();
    user.prove(proof).unwrap();
    assert_eq!(user.claims().session_id(), started, "nothing was there to renew");
    started
}

#[test]
fn a_proof_is_recent_for_as_long_as_was_asked_by_the_applications_clock() {
    let mut house = House::new();
    house.request(|slot| log_in(slot, Proof::Password));
    for (after, expected) in [
        (0, Ok(())),
        (599, Ok(())),
        (600, Err((Some(at(0)), at(600)))),
        (601, Err((Some(at(0)), at(601)))),
    ] {
        house.clock.set(at(after));
        let shown = |error: NotRecent| (error.at, error.now);
        let found = house.user(|user| {
            let of_password = user.require_recent_proof(Proof::Password, 10 * MINUTE);
            assert_eq!(user.require_recent(10 * MINUTE), of_password);
            of_password.map_err(shown)
        });
        assert_eq!(found, expected, "{after}");
    }
    let never = house.user(|user| user.require_recent_proof(Proof::Passkey, 10 * MINUTE));
    assert_eq!(never.unwrap_err().at, None);
    assert!(house.user(|user| user.require_recent(Duration::ZERO)).is_err());
}

#[test]
fn who_proved_nothing_is_not_recent() {
    let mut house = House::new();
    house.request(|slot| {
        let user = slot.start(User { id: 7, proofs: Proofs::default() }).unwrap();
        let error = user.require_recent(Duration::MAX).unwrap_err();
        assert_eq!((error.at, error.now), (None, at(0)));
        assert_eq!(error.to_string(), "no proof of identity was given in this session");
    });
}

#[test]
fn a_proof_gives_the_session_a_new_id_and_keeps_the_rest() {
    let mut house = House::new();
    let started = house.request(|slot| log_in(slot, Proof::Provider));
    house.clock.set(at(1_000));
    let before = house.user(|user| {
        assert_eq!(user.claims().session_id(), started, "one id from the start on");
        assert!(user.require_recent(10 * MINUTE).is_err());
        user.prove(Proof::Passkey).unwrap();
        user.require_recent_proof(Proof::Passkey, MINUTE).unwrap();
        user.claims().created()
    });
    house.user(|user| {
        assert_ne!(user.claims().session_id(), started);
        assert_eq!((user.claims().created(), user.id), (before, 7));
        assert_eq!(user.proofs.at(Proof::Provider), Some(at(0)));
        assert_eq!(user.proofs.at(Proof::Passkey), Some(at(1_000)));
        assert_eq!(user.proofs.last(), Some(at(1_000)));
    });
}

#[test]
fn every_proof_has_its_place_and_each_takes_six_bytes() {
    let mut house = House::new();
    house.request(|slot| log_in(slot, PROOFS[0]));
    let empty = house.users.capacity(hardtack::Class::Standard);
    for (number, proof) in PROOFS.into_iter().enumerate() {
        house.clock.advance(Duration::from_secs(10));
        for _ in 0..2 {
            house.user(|user| user.prove(proof)).unwrap();
        }
        let used = empty - house.user(|user| user.remaining_capacity()).unwrap();
        // The id, the length, and the pairs.
        assert_eq!(used, 1 + 1 + 6 * (number + 1));
        let now = house.clock.now();
        house.user(|user| assert_eq!(user.proofs.at(proof), Some(now)));
    }
    for proof in PROOFS {
        assert!(house.user(|user| user.require_recent_proof(proof, MINUTE)).is_ok(), "{proof:?}");
    }
}

// A node whose clock was days ahead noted it: it must not be recent until then.
#[test]
fn a_proof_of_the_future_counts_within_the_leeway_alone() {
    for (ahead, counts) in [(60, true), (61, false)] {
        let mut house = House::new();
        house.clock.set(at(ahead));
        let proofs = house.request(|slot| {
            log_in(slot, Proof::Password);
            slot.get().unwrap().proofs.clone()
        });
        house.clock.set(at(0));
        house.cookie.clear();
        house.request(|slot| {
            let user = slot.start(User { id: 7, proofs: proofs.clone() }).unwrap();
            assert_eq!(user.require_recent(10 * MINUTE).is_ok(), counts, "{ahead}");
        });
    }
}

#[test]
fn a_session_that_has_ended_proves_nothing() {
    let mut house = House::new();
    house.request(|slot| {
        log_in(slot, Proof::Password);
        let mut user = slot.get().unwrap();
        slot.end().unwrap();
        assert_eq!(user.prove(Proof::Password), Err(SessionError::Ended));
    });
}
