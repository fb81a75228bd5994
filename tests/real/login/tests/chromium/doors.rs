//! All four doors of one site, from sign-up to log-out everywhere.

use std::time::Duration;

use hardtack::MINUTE;
use hardtack_browser::{Browser, Profile};

use crate::world::{World, begin, sign_in};

/// Signs up with a password of this name.
pub async fn sign_up(browser: &Browser, world: &World, name: &str) {
    browser.go(&world.at("/")).await;
    browser.fill("#sign-up [name=name]", name).await;
    browser.fill("#sign-up [name=email]", &format!("{name}@example.com")).await;
    browser.fill("#sign-up [name=password]", &format!("{name}'s password")).await;
    browser.follow("#sign-up button").await;
    assert_eq!(browser.text("#who").await, name);
}

pub async fn give_password(browser: &Browser, world: &World, name: &str) {
    browser.go(&world.at("/")).await;
    browser.fill("#password [name=name]", name).await;
    browser.fill("#password [name=password]", &format!("{name}'s password")).await;
    browser.follow("#password button").await;
}

pub async fn log_out(browser: &Browser) {
    browser.follow("#log-out").await;
    assert_eq!(browser.text(".info").await, "signed out");
}

/// Asks for a link that logs in, and returns where it leads.
pub async fn ask_for_link(browser: &Browser, world: &World, name: &str) -> String {
    browser.go(&world.at("/")).await;
    browser.fill("#link [name=name]", name).await;
    browser.follow("#link button").await;
    assert!(browser.has("#sent").await);
    world.mailed()
}

/// Cookies of the shop beside the session and its messages.
async fn open_ceremonies(browser: &Browser) -> Vec<String> {
    let all = browser.cookies().await.into_iter().map(|cookie| cookie.name);
    let own = all.filter(|name| name.starts_with("__Host-shop~"));
    own.filter(|name| name != "__Host-shop~flash").collect()
}

#[tokio::test]
async fn from_sign_up_to_log_out_everywhere() {
    let world = World::with_providers(1).await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    let _device = browser.authenticator().await;

    // The form, and a passkey for the next time.
    sign_up(&browser, &world, "ada").await;
    browser.follow("#new-passkey button").await;
    assert_eq!(browser.text(".success").await, "your passkey was added");
    log_out(&browser).await;

    // The passkey alone: it says by itself whose it is.
    browser.follow("#passkey button").await;
    assert_eq!(browser.text("#who").await, "ada");
    log_out(&browser).await;

    // The password alone is not enough any more.
    give_password(&browser, &world, "ada").await;
    assert_eq!(browser.cookies_named("__Host-shop").await, []);
    browser.follow("#second-factor").await;
    assert_eq!(browser.text("#who").await, "ada");

    // Within ten minutes the mail address can be changed, later the password is asked for.
    browser.follow("#email").await;
    assert!(browser.has("#set-email").await);
    world.clock.advance(10 * MINUTE);
    let before = browser.only_cookie("__Host-shop").await.value;
    browser.go(&world.at("/account/email")).await;
    assert!(!browser.has("#set-email").await);
    browser.fill("[name=password]", "ada's password").await;
    browser.follow("#confirm").await;
    assert_eq!(browser.address().await, world.at("/account/email"));
    assert_ne!(browser.only_cookie("__Host-shop").await.value, before);
    browser.fill("[name=email]", "ada@example.org").await;
    browser.follow("#set-email").await;
    assert_eq!(browser.text(".success").await, "your address was saved");
    log_out(&browser).await;

    // A link in a mail.
    let link = ask_for_link(&browser, &world, "ada").await;
    browser.go(&link).await;
    browser.follow("#open").await;
    assert_eq!(browser.text("#who").await, "ada");

    // Another browser, and out everywhere.
    let other_profile = Profile::new();
    let other = Browser::open(&other_profile).await;
    let link = ask_for_link(&other, &world, "ada").await;
    other.go(&link).await;
    other.follow("#open").await;
    assert_eq!(other.text("#who").await, "ada");
    browser.follow("#everywhere").await;
    assert_eq!(browser.text(".info").await, "signed out everywhere");
    for browser in [&browser, &other] {
        browser.go(&world.at("/account/orders")).await;
        assert_eq!(world.answer("/account/orders").status, 401);
    }

    // A provider's user of the same name is somebody else.
    begin(&browser, &world, 0).await;
    sign_in(&browser, "ada").await;
    assert_eq!(browser.text("#who").await, "ada");
    browser.follow("#home").await;
    browser.follow("#email").await;
    assert!(browser.find("[name=email]").await.prop("value").await.unwrap().unwrap().is_empty());
    browser.go(&world.at("/")).await;
    log_out(&browser).await;
    assert_eq!(open_ceremonies(&browser).await, [""; 0]);
}

#[tokio::test]
async fn a_confirmation_asks_again_after_a_wrong_password_and_leads_nobody_else_in() {
    let world = World::with_providers(1).await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    sign_up(&browser, &world, "ada").await;
    world.clock.advance(16 * MINUTE);
    browser.go(&world.at("/account/email")).await;
    browser.fill("[name=password]", "eve's password").await;
    browser.follow("#confirm").await;
    assert_eq!(world.answer("/confirm").status, 401);
    assert_eq!(open_ceremonies(&browser).await, [""; 0], "it ended all the same");
    // A form that was left open since a recent proof.
    let posted = "const done = arguments[0]; fetch('/account/email', { method: 'POST', body: new URLSearchParams({ email: 'eve@example.com' }) }).then(a => done(a.status))";
    assert_eq!(browser.script_async(posted).await, 403);
    assert_eq!(world.store.by_name("ada").unwrap().email, "ada@example.com");
    world.clock.advance(Duration::from_secs(1));
    browser.go(&world.at("/account/email")).await;
    browser.fill("[name=password]", "ada's password").await;
    browser.follow("#confirm").await;
    assert!(browser.has("#set-email").await);
}
