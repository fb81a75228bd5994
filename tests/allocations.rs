//! Counts allocations: sealing makes one string, opening only what `T` owns, refusing nothing.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hardtack::migrate::{Moving, OldCookie, OldCookieError, OldSession, Predecessor};
use hardtack::{
    Application, Claims, Class, Key, Revocation, SessionCookie, SessionData, Timestamp,
};
use serde::{Deserialize, Serialize};

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations<R>(run: impl FnOnce() -> R) -> (usize, R) {
    let before = COUNT.with(Cell::get);
    let result = run();
    (COUNT.with(Cell::get) - before, result)
}

#[derive(Serialize, Deserialize)]
struct Flat {
    id: u64,
    seen: [u32; 8],
    admin: Option<bool>,
}

#[derive(Serialize, Deserialize)]
struct Owning {
    name: String,
    cart: Vec<u32>,
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocations(|| vec![1u8]).0, 1);
    assert_eq!(allocations(|| 1u8).0, 0);
}

fn shop() -> Application {
    Application::new("shop", Key::generate().unwrap()).unwrap()
}

fn sealed_and_opened<T: SessionData>(cookie: &SessionCookie<T>, data: &T) -> (usize, usize) {
    let now = Timestamp::now();
    let claims = cookie.new_claims(Class::Remembered, now).unwrap();
    // The first time derives the epoch's key and starts the thread's generator.
    let first = cookie.seal(data, &claims, now).unwrap();
    cookie.open([first.value().as_bytes()], now).unwrap().unwrap();
    let (sealing, set) = allocations(|| cookie.seal(data, &claims, now).unwrap());
    let token = set.value().as_bytes();
    let (opening, opened) = allocations(|| cookie.open([token], now).unwrap().unwrap());
    drop(opened);
    (sealing, opening)
}

#[test]
fn sealing_allocates_one_string_and_opening_what_the_data_owns() {
    for signed in [false, true] {
        let flat = shop().session::<Flat>();
        let flat = if signed { flat.signed() } else { flat }.build().unwrap();
        let data = Flat { id: 7, seen: [1; 8], admin: None };
        assert_eq!(sealed_and_opened(&flat, &data), (1, 0), "signed: {signed}");

        let owning = shop().session::<Owning>();
        let owning = if signed { owning.signed() } else { owning }.build().unwrap();
        for length in [10, 300, 2_700] {
            let data = Owning { name: "x".repeat(length), cart: vec![7; 20] };
            assert_eq!(sealed_and_opened(&owning, &data), (1, 2), "signed: {signed}, {length}");
        }
    }
}

#[test]
fn refusing_allocates_nothing() {
    let cookie = shop().session::<Flat>().build().unwrap();
    let now = Timestamp::now();
    let data = Flat { id: 7, seen: [1; 8], admin: None };
    let claims = cookie.new_claims(Class::Standard, now).unwrap();
    let set = cookie.seal(&data, &claims, now).unwrap();
    let mut forged = set.value().as_bytes().to_vec();
    forged[60] ^= 1;
    let megabyte = vec![b'A'; 1 << 20];
    let tokens: [&[u8]; 5] = [b"", b"junk", &forged, &megabyte, &megabyte[..4_096]];
    for token in tokens {
        let (count, refused) = allocations(|| cookie.open([token], now).is_err());
        assert_eq!((count, refused), (0, true), "{} bytes", token.len());
    }
}

#[test]
fn an_over_long_cookie_is_not_copied_into_its_slot() {
    let cookie = shop().session::<Flat>().build().unwrap();
    let short = "__Host-shop=A";
    let long = format!("__Host-shop={}", "A".repeat(1 << 20));
    let (few, _) = allocations(|| cookie.slot([short]).open().is_err());
    let (count, refused) = allocations(|| cookie.slot([&long]).open().is_err());
    assert!(refused && count <= few, "{count} {few}");
}

/// Neither without a predecessor nor with one whose cookie the request does not carry.
#[test]
fn another_systems_cookie_costs_nothing_where_none_is_read() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let reader = move |_: OldCookie<'_>| {
        count.fetch_add(1, Ordering::SeqCst);
        Err::<OldSession<Flat>, _>(OldCookieError::Malformed)
    };
    let moving = Moving { since: Timestamp::from_secs(1), until: Timestamp::from_secs(u64::MAX) };
    let plain = shop().session::<Flat>().build().unwrap();
    let predecessor = Predecessor::new("id", moving, reader);
    let moves = shop().session::<Flat>().predecessor(predecessor).build().unwrap();
    let now = Timestamp::now();
    let claims = plain.new_claims(Class::Standard, now).unwrap();
    let flat = Flat { id: 7, seen: [1; 8], admin: None };
    let [ours, other] = [&plain, &moves].map(|cookie| {
        let set = cookie.seal(&flat, &claims, now).unwrap();
        format!("theme=dark; {}={}", set.name(), set.value())
    });
    let looked = |cookie: &SessionCookie<Flat>, line: &str| {
        // The first time derives the epoch's key.
        drop(cookie.slot([line]).open());
        allocations(|| cookie.slot([line]).open().is_ok_and(|session| session.is_some()))
    };
    let (none, _) = looked(&plain, "theme=dark");
    assert_eq!(looked(&plain, "theme=dark; id=7"), (none, false));
    assert_eq!(looked(&moves, "theme=dark"), (none, false));
    let (one, there) = looked(&plain, &ours);
    assert!(there);
    assert_eq!(looked(&moves, &other), (one, true));
    assert_eq!(asked.load(Ordering::SeqCst), 0);
    assert!(looked(&moves, "theme=dark; id=7").0 > none, "the counter counts");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
}

#[test]
fn a_denylist_is_read_without_allocating() {
    let shop = shop();
    let denylist = shop.denylist();
    let hook = denylist.by_subject(|flat: &Flat| &flat.id);
    let cookie = shop.session::<Flat>().revocation(hook.clone()).build().unwrap();
    let now = Timestamp::now();
    let claims = || cookie.new_claims(Class::Standard, now).unwrap();
    let [ended, other] = [claims(), claims()];
    let far = Timestamp::from_secs(now.as_secs() + 1_000);
    (0..1_000).for_each(|_| hook.on_ended(&claims(), far));
    hook.on_ended(&ended, far);
    denylist.log_out_everywhere(&8);
    let flat = |id| Flat { id, seen: [1; 8], admin: None };
    let looked = |claims: &Claims, data: &Flat| {
        allocations(|| (hook.is_revoked(claims), hook.is_revoked_for(claims, data)))
    };
    // The first time, the thread registers as a reader.
    looked(&other, &flat(7));
    assert_eq!(looked(&ended, &flat(7)), (0, (true, false)));
    assert_eq!(looked(&other, &flat(8)), (0, (false, true)));
    assert_eq!(looked(&other, &flat(7)), (0, (false, false)));
    assert_eq!(sealed_and_opened(&cookie, &flat(7)), (1, 0));
}
