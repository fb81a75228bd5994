//! A command for `wasm32-wasip2`: it draws a key and a session, seals it, opens it, and prints what it drew. `component.py` is its host.

use std::error::Error;

use hardtack::{Application, Class, Key, SessionCookie, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let key = Key::generate()?;
    println!("key {}", *key.to_text());
    let users: SessionCookie<User> = Application::new("shop", key)?.session().build()?;
    let now = Timestamp::now();
    println!("clock {}", now.as_secs());
    let claims = users.new_claims(Class::Standard, now)?;
    println!("session-id {}", claims.session_id());
    for _ in 0..3 {
        let cookie = users.seal(&User { id: 7 }, &claims, now)?;
        println!("token {}", cookie.value());
        let opened = users.open([cookie.value().as_bytes()], now)?.ok_or("no session")?;
        println!("opened {} {}", opened.data.id, opened.claims.expires().as_secs());
        let mut forged = cookie.value().as_bytes().to_vec();
        forged[40] = if forged[40] == b'A' { b'B' } else { b'A' };
        println!("forged {}", users.open([forged.as_slice()], now).is_ok());
    }
    Ok(())
}
