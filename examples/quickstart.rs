//! Each step of a session's life, printed: `cargo run --example quickstart`.

use cookie::{Cookie, CookieJar};
use hardtack::{Application, Class, Key, KeyRing, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
    role: Role,
    cart: Vec<u32>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Role {
    Guest,
    Customer,
    Admin,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let old_key = Key::generate()?;
    let old_key_text = old_key.to_text();
    let shop = Application::new("shop", old_key)?;
    let users = shop.session::<User>().build()?;
    let now = Timestamp::now();
    let ada = User { id: 7, name: "Ada".to_owned(), role: Role::Customer, cart: vec![101, 2_002] };

    println!("1. Seal a session into a cookie.");
    let cookie = users.seal(&ada, &users.new_claims(Class::Standard, now)?, now)?;
    println!("   Set-Cookie: {}", cookie.as_str());
    println!("   value: {} characters;", cookie.value().len());
    println!("   the same data as JSON in a `cookie` PrivateJar: {}", private_jar_len(&ada)?);

    println!("2. Open it again, from the request's Cookie line.");
    let line = format!("theme=dark; {}={}", cookie.name(), cookie.value());
    let opened = users.open(users.find(line.as_bytes()), now)?.ok_or("no cookie")?;
    println!("   {:?}", opened.data);
    let (created, expires) = (opened.claims.created(), opened.claims.expires());
    println!("   created {created}, expires {expires}: the server checks it, not the browser");

    println!("3. Change one character: refused, and the operator learns why.");
    let mut tampered = cookie.value().to_owned().into_bytes();
    tampered[40] = if tampered[40] == b'A' { b'B' } else { b'A' };
    let refusal = users.open([&tampered[..]], now).err().ok_or("a forged cookie opened")?;
    println!("   {refusal}");

    println!("4. Rotate the key: the new one seals, the old one still opens.");
    let new_key = Key::generate()?;
    println!("   old {}, new {}", shop.keys().key_ids()[0], new_key.id());
    shop.replace_keys(KeyRing::new(new_key).with_opening_key(old_key_text.parse()?, None)?);
    let opened = users.open([cookie.value().as_bytes()], now)?.ok_or("no cookie")?;
    println!("   the old cookie opens: {} is still logged in", opened.data.name);
    let resealed = users.seal(&opened.data, &opened.claims, now)?;
    println!("   sealed again, it starts with the new key's id: {}…", &resealed.value()[..16]);
    shop.replace_keys(KeyRing::new(Key::generate()?));
    let refusal =
        users.open([cookie.value().as_bytes()], now).err().ok_or("a retired key opened")?;
    println!("   without the old key: {refusal}");

    println!("5. How much fits the cookie is known before anything is sent.");
    println!("   {} bytes of encoded data fit a session", users.capacity(Class::Standard));
    let hoarder = User { cart: (0..3_000).collect(), role: Role::Guest, ..ada };
    let claims = users.new_claims(Class::Standard, now)?;
    let error = users.seal(&hoarder, &claims, now).err().ok_or("it fitted")?;
    println!("   3000 cart items: {error}");
    let admin = User { role: Role::Admin, cart: Vec::new(), ..hoarder };
    println!("   without them: {} characters", users.seal(&admin, &claims, now)?.value().len());
    Ok(())
}

/// What the session would take as JSON in the `cookie` crate's encrypted jar.
fn private_jar_len(user: &User) -> Result<usize, Box<dyn std::error::Error>> {
    let mut jar = CookieJar::new();
    let key = cookie::Key::try_generate().ok_or("no randomness")?;
    jar.private_mut(&key).add(Cookie::new("__Host-shop", serde_json::to_string(user)?));
    Ok(jar.get("__Host-shop").map_or(0, |cookie| cookie.value().len()))
}
