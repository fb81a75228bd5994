//! A WebAssembly instance that draws one of everything random. `snapshot.mjs` lets Wizer snapshot it after the first draw.

use std::error::Error;
use std::sync::OnceLock;

use hardtack::login::{LoginFlows, RequireIss};
use hardtack::{Application, Class, Key, SessionCookie, Timestamp};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct User {
    id: u64,
}

/// What a server builds once, and a snapshot keeps.
struct Site {
    users: SessionCookie<User>,
    flows: LoginFlows,
}

static SITE: OnceLock<Site> = OnceLock::new();

fn build() -> Result<Site, Box<dyn Error>> {
    // In the snapshot, so every instance has the same one.
    let shop = Application::new("shop", Key::generate()?)?;
    let flows = shop.login_flows().issuer("https://id.example", RequireIss::Yes).return_to(["/"]);
    Ok(Site { users: shop.session().build()?, flows: flows.build()? })
}

/// Prints a line for each thing drawn: its name, and a text that holds its random bytes.
fn draw(site: &Site) -> Result<(), Box<dyn Error>> {
    let now = Timestamp::now();
    let claims = site.users.new_claims(Class::Standard, now)?;
    println!("session-id {}", claims.session_id());
    for _ in 0..3 {
        println!("token {}", site.users.seal(&User { id: 7 }, &claims, now)?.value());
    }
    println!("csrf {}", site.users.slot([""]).start(User { id: 7 })?.csrf_token()?);
    let flow = site.flows.begin([""], "https://id.example", "/")?;
    println!("state {}", flow.state());
    println!("nonce {}", flow.nonce());
    let cookie = flow.set_cookies().next().ok_or("no cookie")?;
    println!("flow {}", cookie.value());
    let line = format!("{}={}", cookie.name(), cookie.value());
    let done = site.flows.finish([line], flow.state(), Some("https://id.example"))?;
    println!("verifier {}", done.pkce_verifier());
    println!("key {}", *Key::generate()?.to_text());
    Ok(())
}

/// What runs before the snapshot. A server that warms up has sealed by then.
#[unsafe(no_mangle)]
pub extern "C" fn initialize() {
    let site = build().expect("a site");
    draw(&site).expect("a first draw");
    assert!(SITE.set(site).is_ok(), "initialized twice");
}

/// What runs in each instance that is started from the snapshot.
#[unsafe(no_mangle)]
pub extern "C" fn serve() {
    draw(SITE.get().expect("a snapshot taken after initialize")).expect("a draw");
}
