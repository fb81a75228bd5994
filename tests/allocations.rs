//! Sealing allocates one string, opening what T owns, refusing nothing: counted.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

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
        assert_eq!((count, refused), (0, true), "{} octets", token.len());
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
    // The first time, the thread says that it is a reader.
    looked(&other, &flat(7));
    assert_eq!(looked(&ended, &flat(7)), (0, (true, false)));
    assert_eq!(looked(&other, &flat(8)), (0, (false, true)));
    assert_eq!(looked(&other, &flat(7)), (0, (false, false)));
    assert_eq!(sealed_and_opened(&cookie, &flat(7)), (1, 0));
}
