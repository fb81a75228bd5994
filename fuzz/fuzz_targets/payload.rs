//! Authentic bytes that do not match their schema number: they are refused or decoded, never with a panic, in bounded time, depth
//! and heap; and a decoded value is a `T`.

#![no_main]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::LazyLock;

use hardtack::keys::Keys;
use hardtack::token::Sealer;
use hardtack::{Application, Class, Codec, Key, OpenError, SessionData, Timestamp, Values};
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Deserializer, Serialize};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// Bytes of heap for a payload of at most 3 KB: at each of 128 levels there is room for as many elements as there are bytes, 40
/// bytes each.
const HEAP: isize = 16 << 20;
/// How many elements without bytes are checked, before and after the bound is passed.
const ELEMENTS: usize = 2 * (1 << 16) + 2 * 4096;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
    static SEEN: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

fn note(bytes: isize) {
    LIVE.set(LIVE.get() + bytes);
    PEAK.set(PEAK.get().max(LIVE.get()));
}

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(-(layout.size() as isize));
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Takes no bytes, and counts how often it is decoded.
#[derive(PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Nothing;

impl<'de> Deserialize<'de> for Nothing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        SEEN.set(SEEN.get() + 1);
        <()>::deserialize(deserializer).map(|()| Self)
    }
}

#[derive(Serialize, Deserialize)]
enum Tree {
    Leaf(u8),
    Node(Vec<Tree>),
    Named { entries: BTreeMap<u8, Tree>, of: Option<Box<Tree>> },
}

#[derive(Serialize, Deserialize)]
struct Empty {
    one: Vec<Nothing>,
    many: Vec<BTreeSet<Nothing>>,
    map: BTreeMap<Nothing, ()>,
}

#[derive(Serialize, Deserialize)]
struct Wide {
    text: String,
    map: HashMap<String, Vec<u64>>,
    ordered: BTreeMap<u16, Option<char>>,
    tuple: (i128, f64, bool, [u8; 5]),
    nested: Option<Box<Wide>>,
}

struct Site {
    sealer: Sealer,
    keys: Keys,
}

static SITE: LazyLock<Site> = LazyLock::new(|| {
    let fuzz = Application::new("fuzz", Key::generate().unwrap()).unwrap();
    let sealer = fuzz.cookie_sealer("__Host-fuzz").build().unwrap();
    Site { sealer, keys: fuzz.keys().clone() }
});

fn open_as<T: SessionData>(token: &str, codec: Codec) {
    // A new application each time, because an application builds each cookie name once.
    let fuzz = Application::new("fuzz", &SITE.keys).unwrap();
    let cookie = fuzz.session::<T>().codec(codec).schema(0).build().unwrap();
    let before = LIVE.get();
    PEAK.set(before);
    SEEN.set(0);
    let opened = cookie.open([token.as_bytes()], NOW);
    assert!(PEAK.get() - before <= HEAP, "{} bytes of heap", PEAK.get() - before);
    assert!(SEEN.get() <= ELEMENTS, "{} elements", SEEN.get());
    match opened {
        Ok(opened) => assert!(opened.is_some()),
        Err(error) => assert_eq!(error, OpenError::BadPayload),
    }
}

fuzz_target!(|payload: &[u8]| {
    let claims = SITE.sealer.new_claims(Class::Standard, NOW).unwrap();
    let Ok(token) = SITE.sealer.seal(&claims, payload, NOW) else { return };
    for codec in [Codec::Postcard, Codec::Json] {
        open_as::<Wide>(&token, codec);
        open_as::<Tree>(&token, codec);
        open_as::<Empty>(&token, codec);
        open_as::<Values>(&token, codec);
        open_as::<Vec<(String, u8)>>(&token, codec);
        open_as::<Vec<u64>>(&token, codec);
    }
});
