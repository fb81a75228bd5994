//! What hostile input costs in memory: peak heap and number of calls, whatever the sender claims.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use hardtack::{Application, Class, Key, SessionCookie, Timestamp};

/// Counts calls and bytes of the current thread.
struct Counting;

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn note(calls: usize, bytes: isize) {
    CALLS.set(CALLS.get() + calls);
    LIVE.set(LIVE.get() + bytes);
    PEAK.set(PEAK.get().max(LIVE.get()));
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(0, -(layout.size() as isize));
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // At worst, both exist at the same time.
        note(1, size as isize);
        note(0, -(layout.size() as isize));
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[derive(Clone, Copy, Debug, PartialEq)]
struct Cost {
    calls: usize,
    peak: usize,
}

fn cost<R>(run: impl FnOnce() -> R) -> (Cost, R) {
    let (calls, live) = (CALLS.get(), LIVE.get());
    PEAK.set(live);
    let result = run();
    (Cost { calls: CALLS.get() - calls, peak: (PEAK.get() - live) as usize }, result)
}

const NOTHING: Cost = Cost { calls: 0, peak: 0 };

#[test]
fn the_counter_counts() {
    assert_eq!(cost(|| drop((vec![1u8; 100], vec![2u8; 28]))).0, Cost { calls: 2, peak: 128 });
    assert_eq!(cost(|| drop(vec![1u8; 100])).0, Cost { calls: 1, peak: 100 });
    assert_eq!(cost(|| 1u8).0, NOTHING);
}

const SIZES: [usize; 3] = [4 << 10, 64 << 10, 1 << 20];

/// Values of this many characters: nonsense, and nonsense after a token's true header, so that its key is found and derived.
fn hostile(length: usize, token: &str) -> Vec<(&'static str, String)> {
    let noise: String = ('A'..='Z').chain('a'..='z').cycle().take(length).collect();
    let behind = |kept: &str| format!("{kept}{}", &noise[kept.len()..]);
    vec![
        ("one letter", "A".repeat(length)),
        ("no base64url", "=".repeat(length)),
        ("noise", noise.clone()),
        ("noise behind a header", behind(&token[..16])),
        ("noise behind a token", behind(token)),
        ("one token again and again", token.repeat(length / token.len() + 1)[..length].to_owned()),
    ]
}

fn cookies() -> [SessionCookie<String>; 2] {
    let shop = || Application::new("shop", Key::generate().unwrap()).unwrap();
    [shop().session(), shop().session().signed()].map(|builder| builder.build().unwrap())
}

fn token(cookie: &SessionCookie<String>, now: Timestamp) -> String {
    let claims = cookie.new_claims(Class::Standard, now).unwrap();
    cookie.seal(&"ada".to_owned(), &claims, now).unwrap().value().to_owned()
}

#[test]
fn a_hostile_value_costs_no_heap() {
    for cookie in cookies() {
        let now = Timestamp::now();
        for length in SIZES {
            for (kind, value) in hostile(length, &token(&cookie, now)) {
                let (spent, opened) = cost(|| cookie.open([value.as_bytes()], now).is_ok());
                assert_eq!((spent, opened), (NOTHING, false), "{length} of {kind}");
            }
        }
    }
}

/// The slot's own pieces, and one value of at most 4096 bytes; not what came.
const SLOT: usize = 1 << 10;

#[test]
fn a_hostile_value_in_a_slot_costs_at_most_a_cookie() {
    for cookie in cookies() {
        for length in SIZES {
            for (kind, value) in hostile(length, &token(&cookie, Timestamp::now())) {
                let line = format!("a=b; __Host-shop={value}; c=d");
                let (spent, refused) = cost(|| cookie.slot([&line]).open().is_err());
                assert!(refused, "{length} of {kind}");
                let most = SLOT + if length > 4096 { 0 } else { length };
                assert!(spent.peak <= most && spent.calls <= 4, "{length} of {kind}: {spent:?}");
            }
        }
    }
}

#[test]
fn many_values_in_a_slot_cost_in_proportion_to_what_came() {
    for cookie in cookies() {
        for length in SIZES {
            // As many as there is room for, each as small as it can be: the worst there is for a list of them.
            for value in ["", "A", "AAAAAAAAAAAAAAAA"] {
                let pair = format!("__Host-shop={value};");
                let line = pair.repeat(length / pair.len());
                let (spent, refused) = cost(|| cookie.slot([&line]).open().is_err());
                assert!(refused);
                assert!(spent.peak <= SLOT + 8 * length, "{length} of {value:?}: {spent:?}");
            }
        }
    }
}

#[test]
fn a_token_of_a_sealer_with_a_large_limit_costs_its_own_bytes_once() {
    for signed in [false, true] {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let builder = shop.sealer("large").limit(1 << 20);
        let sealer = if signed { builder.signed() } else { builder }.build().unwrap();
        let now = Timestamp::now();
        let claims = sealer.new_claims(Class::Standard, now).unwrap();
        let token = sealer.seal(&claims, b"ada", now).unwrap();
        for length in SIZES {
            for (kind, value) in hostile(length, &token) {
                let (spent, opened) = cost(|| sealer.open(value.as_bytes(), now).is_ok());
                assert!(!opened, "{length} of {kind}");
                assert!(spent.calls <= 1 && spent.peak <= length, "{length} of {kind}: {spent:?}");
            }
        }
    }
}
