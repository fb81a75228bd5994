//! Key memory is wiped before it is freed: the allocator searches every freed block for the root.
//!
//! A test can see no further than this. It cannot see copies that the compiler makes in registers and on the stack.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use hardtack::keys::Keys;
use hardtack::login::RequireIss;
use hardtack::{Application, Class, Key, KeyRing, Timestamp};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

struct Watching;

thread_local! {
    /// The bytes to look for, and how often they were in a block that was given back.
    static SECRET: Cell<Option<[u8; 16]>> = const { Cell::new(None) };
    static FOUND: Cell<usize> = const { Cell::new(0) };
}

unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that nothing is read that was never written.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if let Some(secret) = SECRET.with(Cell::get) {
            let block = unsafe { std::slice::from_raw_parts(pointer, layout.size()) };
            if block.windows(secret.len()).any(|window| window == secret) {
                FOUND.with(|found| found.set(found.get() + 1));
            }
        }
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Watching = Watching;

/// How many blocks held `secret` when they were given back during `run`.
fn leaks(secret: [u8; 16], run: impl FnOnce()) -> usize {
    FOUND.with(|found| found.set(0));
    SECRET.with(|cell| cell.set(Some(secret)));
    run();
    SECRET.with(|cell| cell.set(None));
    FOUND.with(Cell::get)
}

fn root() -> [u8; 32] {
    std::array::from_fn(|i| (i as u8).wrapping_mul(37) ^ 0xA5)
}

fn half(bytes: &[u8]) -> [u8; 16] {
    bytes[..16].try_into().unwrap()
}

#[test]
fn the_watch_sees_what_is_not_wiped() {
    let secret = half(&root());
    assert_eq!(leaks(secret, || drop(vec![root(); 2])), 1);
    assert_eq!(leaks(secret, || drop(vec![0u8; 64])), 0);
}

#[test]
fn a_root_key_is_wiped() {
    let secret = half(&root());
    let boxed = || Box::new(Key::from_bytes(&root()).unwrap());
    assert_eq!(leaks(secret, || drop(boxed())), 0);
    // The root does lie in the box before it is wiped: leaking a copy of the bytes is noticed.
    assert_eq!(leaks(secret, || drop((boxed(), Box::new(root())))), 1);
    assert_eq!(leaks(secret, || drop(Keys::from(*boxed()))), 0);
    let ring = || KeyRing::new(*boxed()).with_opening_key(Key::generate().unwrap(), None).unwrap();
    assert_eq!(leaks(secret, || drop(ring())), 0);
}

#[test]
fn a_replaced_ring_is_wiped() {
    let secret = half(&root());
    let key = Key::from_bytes(&root()).unwrap();
    let shop = Application::new("shop", key).unwrap();
    let sealers = [shop.sealer("test"), shop.sealer("test").signed()];
    let sealers = sealers.map(|sealer| sealer.build().unwrap());
    let use_all = || {
        for sealer in &sealers {
            let now = Timestamp::now();
            let claims = sealer.new_claims(Class::Standard, now).unwrap();
            let token = sealer.seal(&claims, b"data", now).unwrap();
            sealer.open(token.as_bytes(), now).unwrap();
        }
    };
    let count = leaks(secret, || {
        use_all();
        shop.replace_keys(KeyRing::new(Key::generate().unwrap()));
        use_all();
    });
    assert_eq!(count, 0);
}

#[test]
fn key_text_is_wiped() {
    let key = Key::from_bytes(&root()).unwrap();
    let text = key.to_text();
    let secret = half(&text.as_bytes()[20..]);
    assert_eq!(leaks(secret, || drop(key.to_text())), 0);
    assert_eq!(leaks(secret, || drop(text.parse::<Key>().unwrap())), 0);
    assert_eq!(leaks(secret, || drop(KeyRing::from_text(&text).unwrap())), 0);
    assert_eq!(leaks(secret, || drop(text.to_string())), 1, "a copy of one's own is not");
}

#[test]
fn the_secrets_of_a_log_in_flow_are_wiped() {
    let (shop, issuer) = (Application::new("shop", Key::generate().unwrap()), "https://id.example");
    let flows = shop.unwrap().login_flows().issuer(issuer, RequireIss::No).build().unwrap();
    let flow = flows.begin([""], issuer, "/").unwrap();
    let line = flow.set_cookies().next().unwrap();
    let (line, state) = (format!("{}={}", line.name(), line.value()), flow.state().to_owned());
    let finish = || flows.finish([&line], &state, None).unwrap();
    let done = finish();
    for secret in [done.pkce_verifier(), done.nonce(), &state[8..]] {
        let secret = half(secret.as_bytes());
        assert_eq!(leaks(secret, || drop(finish())), 0);
    }
    let (verifier, nonce) = (half(done.pkce_verifier().as_bytes()), half(flow.nonce().as_bytes()));
    assert_eq!(leaks(verifier, || drop(done.pkce_verifier().to_owned())), 1, "a copy of one's own");
    assert_eq!(leaks(verifier, || drop(done)), 0);
    assert_eq!(leaks(nonce, || drop(flow)), 0);
}

/// Session data that holds the secret only once it is encoded. Wiping the value itself is up to the application.
struct Masked([u8; 16]);

impl Serialize for Masked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.map(|byte| !byte).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Masked {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(<[u8; 16]>::deserialize(deserializer)?.map(|byte| !byte)))
    }
}

#[test]
fn encoded_session_data_is_wiped() {
    let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
    let users = shop.session::<Masked>().build().unwrap();
    let secret = half(&root());
    let nowhere: [&str; 0] = [];
    let start = || drop(users.slot(nowhere).start(Masked(secret.map(|byte| !byte))).unwrap());
    assert_eq!(leaks(secret, start), 0);
}
