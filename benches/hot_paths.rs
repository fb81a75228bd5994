//! Sealing and opening at each level. The work unwraps its results, so that a failure is never timed by accident.

#[path = "peers/src/data.rs"]
#[allow(dead_code, reason = "each program uses a part")]
mod data;

use data::{Data, Large, Medium, Small};
use divan::Bencher;
use hardtack::keys::Keys;
use hardtack::testing::{Head, sent_back};
use hardtack::token::{Sealer, SealerBuilder};
use hardtack::{Application, Claims, Class, Key, KeyRing, OpenError, SessionCookie, Timestamp};

#[global_allocator]
static ALLOCATOR: divan::AllocProfiler = divan::AllocProfiler::system();

fn main() {
    divan::main();
}

const SIZES: [usize; 7] = [32, 64, 128, 512, 1024, 2048, 2900];

fn now() -> Timestamp {
    Timestamp::from_secs(1_800_000_000)
}

fn api(keys: impl Into<Keys>) -> SealerBuilder {
    Application::new("shop", keys).unwrap().sealer("api")
}

fn key() -> Key {
    Key::generate().unwrap()
}

fn claims_of(sealer: &Sealer) -> Claims {
    sealer.new_claims(Class::Standard, now()).unwrap()
}

/// Bytes in, token out; token in, bytes out.
mod sealer {
    use super::*;

    fn sealer(signed: bool) -> (Sealer, Claims) {
        let builder = if signed { api(key()).signed() } else { api(key()) };
        let sealer = builder.build().unwrap();
        let claims = claims_of(&sealer);
        (sealer, claims)
    }

    fn seal(bencher: Bencher, size: usize, signed: bool) {
        let (sealer, claims) = sealer(signed);
        let payload = vec![7; size];
        bencher.bench_local(|| sealer.seal(&claims, &payload, now()).unwrap());
    }

    fn open(bencher: Bencher, size: usize, signed: bool) {
        let (sealer, claims) = sealer(signed);
        let token = sealer.seal(&claims, &vec![7; size], now()).unwrap();
        bencher.bench_local(|| sealer.open(token.as_bytes(), now()).unwrap());
    }

    #[divan::bench(args = SIZES)]
    fn seal_encrypted(bencher: Bencher, size: usize) {
        seal(bencher, size, false);
    }

    #[divan::bench(args = SIZES)]
    fn open_encrypted(bencher: Bencher, size: usize) {
        open(bencher, size, false);
    }

    #[divan::bench(args = SIZES)]
    fn seal_signed(bencher: Bencher, size: usize) {
        seal(bencher, size, true);
    }

    #[divan::bench(args = SIZES)]
    fn open_signed(bencher: Bencher, size: usize) {
        open(bencher, size, true);
    }
}

fn cookie<T: Data>(ring: KeyRing, signed: bool) -> SessionCookie<T> {
    let builder = Application::new("shop", ring).unwrap().session();
    if signed { builder.signed().build().unwrap() } else { builder.build().unwrap() }
}

/// T in, `Set-Cookie` line out; a cookie's value in, T out.
mod session_cookie {
    use super::*;

    fn seal<T: Data>(bencher: Bencher, data: T, signed: bool) {
        let users = cookie::<T>(KeyRing::new(key()), signed);
        let claims = users.new_claims(Class::Standard, now()).unwrap();
        bencher.bench_local(|| users.seal(&data, &claims, now()).unwrap());
    }

    fn open<T: Data>(bencher: Bencher, data: T, signed: bool) {
        let users = cookie::<T>(KeyRing::new(key()), signed);
        let sealed =
            users.seal(&data, &users.new_claims(Class::Standard, now()).unwrap(), now()).unwrap();
        bencher.bench_local(|| users.open([sealed.value().as_bytes()], now()).unwrap().unwrap());
    }

    macro_rules! each_size {
        ($($name:ident: $work:ident, $signed:expr;)*) => {$(
            mod $name {
                use super::*;

                #[divan::bench]
                fn small(bencher: Bencher) {
                    $work::<Small>(bencher, data::small(), $signed);
                }

                #[divan::bench]
                fn medium(bencher: Bencher) {
                    $work::<Medium>(bencher, data::medium(), $signed);
                }

                #[divan::bench]
                fn large(bencher: Bencher) {
                    $work::<Large>(bencher, data::large(), $signed);
                }
            }
        )*};
    }

    each_size! {
        seal_encrypted: seal, false;
        open_encrypted: open, false;
        seal_signed: seal, true;
        open_signed: open, true;
    }
}

/// A whole request: `Cookie` line in, response lines out.
mod request {
    use super::*;

    fn line<T: Data>(users: &SessionCookie<T>, data: &T) -> String {
        let now = Timestamp::now();
        sent_back(&users.seal(data, &users.new_claims(Class::Standard, now).unwrap(), now).unwrap())
    }

    #[divan::bench]
    fn reads(bencher: Bencher) {
        let users = cookie::<Medium>(KeyRing::new(key()), false);
        let line = line(&users, &data::medium());
        bencher.bench_local(|| users.slot([&line]).open().unwrap().unwrap());
    }

    #[divan::bench]
    fn changes(bencher: Bencher) {
        let users = cookie::<Medium>(KeyRing::new(key()), false);
        let line = line(&users, &data::medium());
        bencher.bench_local(|| {
            let slot = users.slot([&line]);
            let mut session = slot.open().unwrap().unwrap();
            session.update(|user| user.seen_at += 1).unwrap();
            let mut head = Head::new(200);
            slot.commit(&mut head).unwrap();
            assert_eq!(head.all("set-cookie").count(), 1);
            head
        });
    }

    #[divan::bench]
    fn starts(bencher: Bencher) {
        let users = cookie::<Medium>(KeyRing::new(key()), false);
        bencher.with_inputs(data::medium).bench_local_values(|data| {
            let slot = users.slot(None::<&[u8]>);
            drop(slot.start(data).unwrap());
            let mut head = Head::new(200);
            slot.commit(&mut head).unwrap();
            assert_eq!(head.all("set-cookie").count(), 1);
            head
        });
    }
}

/// Rings with many keys, and keys of epochs that are not cached.
mod keys {
    use super::*;

    fn ring(keys: usize) -> KeyRing {
        let add = |ring: KeyRing, _| ring.with_opening_key(key(), None).unwrap();
        (1..keys).fold(KeyRing::new(key()), add)
    }

    #[divan::bench(args = [1, 4, 16, 64])]
    fn seal(bencher: Bencher, keys: usize) {
        let users = cookie::<Small>(ring(keys), false);
        let (claims, data) = (users.new_claims(Class::Standard, now()).unwrap(), data::small());
        bencher.bench_local(|| users.seal(&data, &claims, now()).unwrap());
    }

    #[divan::bench(args = [1, 4, 16, 64])]
    fn open(bencher: Bencher, keys: usize) {
        let users = cookie::<Small>(ring(keys), false);
        let sealed = users
            .seal(&data::small(), &users.new_claims(Class::Standard, now()).unwrap(), now())
            .unwrap();
        bencher.bench_local(|| users.open([sealed.value().as_bytes()], now()).unwrap().unwrap());
    }

    #[divan::bench]
    fn open_in_a_new_epoch(bencher: Bencher) {
        let text = key().to_text();
        let sealer = || api(text.parse::<Key>().unwrap()).build().unwrap();
        let first = sealer();
        let token = first.seal(&claims_of(&first), &[7; 54], now()).unwrap();
        bencher
            .with_inputs(sealer)
            .bench_local_refs(|sealer| sealer.open(token.as_bytes(), now()).unwrap());
    }
}

/// What garbage costs.
mod refusals {
    use super::*;

    fn refused(bencher: Bencher, change: impl Fn(&mut Vec<u8>), expected: fn(&OpenError) -> bool) {
        let sealer = api(key()).build().unwrap();
        let token = sealer.seal(&claims_of(&sealer), &[7; 293], now()).unwrap();
        let mut token = token.into_bytes();
        // Once with valid data, so that the epoch's key is cached.
        sealer.open(&token, now()).unwrap();
        change(&mut token);
        bencher.bench_local(|| {
            let error = sealer.open(&token, now()).unwrap_err();
            assert!(expected(&error), "{error}");
        });
    }

    #[divan::bench]
    fn too_long(bencher: Bencher) {
        let longer = |token: &mut Vec<u8>| token.resize(8192, b'A');
        refused(bencher, longer, |e| matches!(e, OpenError::TooLong { .. }));
    }

    #[divan::bench]
    fn odd_first_character(bencher: Bencher) {
        refused(bencher, |token| token[0] = b'%', |e| matches!(e, OpenError::Malformed));
    }

    #[divan::bench]
    fn another_version(bencher: Bencher) {
        refused(bencher, |token| token[0] = b'B', |e| matches!(e, OpenError::WrongVersion));
    }

    #[divan::bench]
    fn unknown_key(bencher: Bencher) {
        let other = |token: &mut Vec<u8>| token[5] ^= 1;
        refused(bencher, other, |e| matches!(e, OpenError::UnknownKey { .. }));
    }

    #[divan::bench]
    fn epoch_of_another_year(bencher: Bencher) {
        refused(bencher, |token| token[12] = b'z', |e| matches!(e, OpenError::NotYetValid { .. }));
    }

    #[divan::bench]
    fn odd_character_behind_the_header(bencher: Bencher) {
        refused(bencher, |token| token[200] = b'%', |e| matches!(e, OpenError::Malformed));
    }

    #[divan::bench]
    fn forged(bencher: Bencher) {
        let forge = |token: &mut Vec<u8>| token[200] = if token[200] == b'A' { b'B' } else { b'A' };
        refused(bencher, forge, |e| matches!(e, OpenError::NotAuthentic));
    }
}

/// The same work on one thread and on two: no thread writes memory that others share.
mod threads {
    use super::*;

    #[divan::bench(threads = [1, 2])]
    fn seal(bencher: Bencher) {
        let users = cookie::<Small>(KeyRing::new(key()), false);
        let (claims, data) = (users.new_claims(Class::Standard, now()).unwrap(), data::small());
        bencher.bench(|| users.seal(&data, &claims, now()).unwrap());
    }

    #[divan::bench(threads = [1, 2])]
    fn open(bencher: Bencher) {
        let users = cookie::<Small>(KeyRing::new(key()), false);
        let sealed = users
            .seal(&data::small(), &users.new_claims(Class::Standard, now()).unwrap(), now())
            .unwrap();
        bencher.bench(|| users.open([sealed.value().as_bytes()], now()).unwrap().unwrap());
    }
}
