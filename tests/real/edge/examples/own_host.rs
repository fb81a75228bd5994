//! A host of WebAssembly without JavaScript and without WASI brings its own clock and randomness. `own_host.mjs` is such a host;
//! docs/edge.md shows this file. Compile it with `--cfg getrandom_backend="custom"`.

use std::error::Error;

use hardtack::{Application, Class, Clock, Key, SessionCookie, SetupError, Timestamp};
use serde::{Deserialize, Serialize};

// What the host gives.
#[link(wasm_import_module = "host")]
unsafe extern "C" {
    // Seconds since 1970.
    safe fn seconds() -> u64;
    // Writes random bytes, and returns 0, or another number where it has none.
    fn random(bytes: *mut u8, length: usize) -> i32;
}

struct HostClock;

impl Clock for HostClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(seconds())
    }
}

/// What getrandom calls, by this name, for keys, session ids and nonces.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    bytes: *mut u8,
    length: usize,
) -> Result<(), getrandom::Error> {
    // SAFETY: the caller gives a place of this length; the host writes nowhere else.
    match unsafe { random(bytes, length) } {
        0 => Ok(()),
        _ => Err(getrandom::Error::UNEXPECTED),
    }
}

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
}

fn users() -> Result<SessionCookie<User>, SetupError> {
    let shop = Application::builder("shop", Key::generate()?).clock(HostClock).build()?;
    shop.session().build()
}

/// The second at which a new session ends.
fn session() -> Result<u64, Box<dyn Error>> {
    let users = users()?;
    let now = HostClock.now();
    let cookie = users.seal(&User { id: 7 }, &users.new_claims(Class::Standard, now)?, now)?;
    let session = users.open([cookie.value().as_bytes()], now)?.ok_or("no session")?;
    Ok(if session.data.id == 7 { session.claims.expires().as_secs() } else { 0 })
}

/// When a new session ends, or 0 if none can be made.
#[unsafe(no_mangle)]
pub extern "C" fn expires() -> u64 {
    session().unwrap_or(0)
}

/// Whether an application without a clock is refused, and the error says what to do.
#[unsafe(no_mangle)]
pub extern "C" fn refused_without_a_clock() -> bool {
    let key = Key::generate();
    let built = key.map(|key| Application::new("shop", key));
    matches!(built, Ok(Err(error)) if error.to_string().contains("the feature js") && error.to_string().contains(".clock(…)"))
}
