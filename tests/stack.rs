//! How much stack the largest path takes: open, change and commit a full encrypted cookie through a slot, every key derived anew.
//!
//! Safe code cannot paint a stack. So this program runs itself again and again, uses up more and more of a thread's stack, and
//! then walks the path. Its need is the deepest place from which it comes back, compared with that of a path that does nothing.

#![cfg(feature = "testing")]

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::thread;

use hardtack::testing::Head;
use hardtack::{Application, Class, Key, SessionCookie, Timestamp};
use serde::{Deserialize, Serialize};

const PATH: &str = "HARDTACK_STACK_PATH";
const BURN: &str = "HARDTACK_STACK_BURN";
const STACK: usize = 256 << 10;
/// Bytes of one step down.
const STEP: usize = 128;
/// The promised limit. It is checked where the code is optimised, as in production.
const MOST: usize = 16 << 10;
/// Without optimisation, every intermediate value gets its own place.
const MOST_DEBUG: usize = 64 << 10;

#[derive(Clone, Serialize, Deserialize)]
struct Cart {
    name: String,
    items: Vec<u32>,
}

fn full(cookie: &SessionCookie<Cart>) -> Cart {
    let items = vec![7; 100];
    Cart { name: "x".repeat(cookie.capacity(Class::Standard) - 105), items }
}

fn cookie() -> (SessionCookie<Cart>, String) {
    let key = Key::generate().unwrap();
    let of = |key: Key| Application::new("shop", key).unwrap().session().build().unwrap();
    let writer = of(key.to_text().parse().unwrap());
    let now = Timestamp::now();
    let claims = writer.new_claims(Class::Standard, now).unwrap();
    let set = writer.seal(&full(&writer), &claims, now).unwrap();
    let line = format!("{}={}", set.name(), set.value());
    assert!(line.len() > 3_900, "{}", line.len());
    // Another one, so that nothing is cached.
    (of(key), line)
}

fn walk(path: &str, cookie: &SessionCookie<Cart>, line: &str) {
    match path {
        "nothing" => {}
        "open" => assert!(cookie.open(cookie.find(line.as_bytes()), Timestamp::now()).is_ok()),
        "seal" => {
            let now = Timestamp::now();
            let claims = cookie.new_claims(Class::Standard, now).unwrap();
            let _ = black_box(cookie.seal(&full(cookie), &claims, now).unwrap());
        }
        "slot" => {
            let slot = cookie.slot([line]);
            let mut session = slot.open().unwrap().unwrap();
            session.update(|cart| cart.items[0] += 1).unwrap();
            let mut head = Head::new(200);
            slot.commit(&mut head).unwrap();
            assert_eq!(head.all("set-cookie").count(), 1);
        }
        other => panic!("{other}"),
    }
}

#[inline(never)]
fn descend(top: usize, bytes: usize, path: &dyn Fn()) {
    let step = black_box([0u8; STEP]);
    let here = &raw const step as usize;
    if top - here < bytes {
        descend(top, bytes, path);
    } else {
        path();
    }
    // After the call, so that it is not a tail call.
    black_box(&step);
}

/// What the program does when it runs itself. Run as a normal test, it does nothing.
#[test]
fn child() {
    let (Ok(path), Ok(burn)) = (std::env::var(PATH), std::env::var(BURN)) else { return };
    let bytes = burn.parse().unwrap();
    let (cookie, line) = cookie();
    let walker = move || {
        let top = 0u8;
        let top = &raw const top as usize;
        descend(top, bytes, &|| walk(&path, &cookie, &line));
    };
    thread::Builder::new().stack_size(STACK).spawn(walker).unwrap().join().unwrap();
}

fn comes_back(path: &str, burn: usize) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child", "--test-threads=1"]);
    command.env(PATH, path).env(BURN, burn.to_string());
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap().success()
}

/// The deepest place from which this path comes back.
fn deepest(path: &str) -> usize {
    assert!(comes_back(path, 0), "{path} fails whatever the stack");
    let (mut good, mut bad) = (0, STACK * 2);
    while bad - good > STEP {
        let middle = (good + bad) / 2;
        *if comes_back(path, middle) { &mut good } else { &mut bad } = middle;
    }
    good
}

#[test]
fn the_largest_path_stays_below_16_kib_of_stack() {
    let most = if cfg!(debug_assertions) { MOST_DEBUG } else { MOST };
    let floor = deepest("nothing");
    for path in ["open", "seal", "slot"] {
        let need = floor - deepest(path);
        println!("{path}: {need} bytes of stack");
        // Less than a cookie's bytes means that the path was not walked.
        assert!((3 << 10..most).contains(&need), "{path}: {need}");
    }
}
