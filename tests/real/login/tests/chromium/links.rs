//! Links in mails that are refused, and where their tokens never are.

use hardtack::MINUTE;
use hardtack_browser::{Browser, Profile};

use crate::doors::{ask_for_link, give_password, log_out, sign_up};
use crate::world::World;

/// Opens a link and presses the page's button.
async fn open(browser: &Browser, link: &str) {
    // Another fragment alone would not load the page anew.
    browser.go("about:blank").await;
    browser.go(link).await;
    browser.follow("#open").await;
}

async fn ask_for_reset(browser: &Browser, world: &World, name: &str) -> String {
    browser.go(&world.at("/")).await;
    browser.fill("#reset [name=name]", name).await;
    browser.follow("#reset button").await;
    assert!(browser.has("#sent").await);
    world.mailed()
}

async fn reset(browser: &Browser, link: &str, password: &str) {
    browser.go("about:blank").await;
    browser.go(link).await;
    browser.fill("[name=password]", password).await;
    browser.follow("#open").await;
}

fn token(link: &str) -> &str {
    link.split_once('#').unwrap().1.split_once('.').unwrap().1
}

#[tokio::test]
async fn a_link_logs_in_once_in_the_browser_that_asked_and_in_time() {
    let world = World::with_providers(1).await;
    let (profile, elsewhere) = (Profile::new(), Profile::new());
    let browser = Browser::open(&profile).await;
    sign_up(&browser, &world, "ada").await;
    log_out(&browser).await;
    let mut sent = Vec::new();

    let link = ask_for_link(&browser, &world, "ada").await;
    sent.push(link.clone());
    let other = Browser::open(&elsewhere).await;
    open(&other, &link).await;
    world.refused_at("/link/open");
    open(&browser, &link).await;
    assert_eq!(browser.text("#who").await, "ada");
    log_out(&browser).await;
    open(&browser, &link).await;
    world.refused_at("/link/open");

    // An older link, whose ceremony is open still: the log-in by the newer one was its end.
    let older = ask_for_link(&browser, &world, "ada").await;
    let newer = ask_for_link(&browser, &world, "ada").await;
    sent.extend([older.clone(), newer.clone()]);
    open(&browser, &newer).await;
    log_out(&browser).await;
    open(&browser, &older).await;
    world.refused_at("/link/open");

    // Altered, for another user, with another ceremony's id.
    sign_up(&browser, &world, "eve").await;
    log_out(&browser).await;
    let of_eve = ask_for_link(&browser, &world, "eve").await;
    let of_ada = ask_for_link(&browser, &world, "ada").await;
    sent.extend([of_eve.clone(), of_ada.clone()]);
    let altered = format!("{}{}", &of_eve[..of_eve.len() - 4], "AAAA");
    let mixed = of_ada.replace(token(&of_ada), token(&of_eve));
    for link in [altered, mixed] {
        open(&browser, &link).await;
        world.refused_at("/link/open");
    }

    // After the address changed, and too late.
    for spoil in [
        (|world: &World| assert!(world.store.set_email(1, "ada@example.org"))) as fn(&World),
        |world| world.clock.advance(10 * MINUTE),
    ] {
        let link = ask_for_link(&browser, &world, "ada").await;
        sent.push(link.clone());
        spoil(&world);
        open(&browser, &link).await;
        world.refused_at("/link/open");
    }

    // Nobody of this name: the same page, and no mail.
    let before = world.mails();
    ask_for_link(&browser, &world, "nobody").await;
    assert_eq!(world.mails(), before);

    let log = world.log();
    assert!(log.contains("/link ") && log.contains("/link/open "), "{log}");
    for link in sent {
        assert!(!log.contains(token(&link)), "{log}");
    }
}

#[tokio::test]
async fn a_reset_works_once_ends_all_sessions_and_bypasses_no_passkey() {
    let world = World::with_providers(1).await;
    let (profile, elsewhere) = (Profile::new(), Profile::new());
    let browser = Browser::open(&profile).await;
    let _device = browser.authenticator().await;
    sign_up(&browser, &world, "ada").await;
    let other = Browser::open(&elsewhere).await;
    let (first, second) =
        (ask_for_reset(&other, &world, "ada").await, ask_for_reset(&other, &world, "ada").await);
    let late = second.clone();
    // Too short a password uses nothing up.
    reset(&other, &first, "short").await;
    world.refused_at("/reset/open");
    reset(&other, &first, "another password").await;
    assert_eq!(other.text("#who").await, "ada");
    // Whoever was logged in before is not any more.
    browser.go(&world.at("/account/orders")).await;
    assert_eq!(world.answer("/account/orders").status, 401);
    log_out(&other).await;
    for link in [first, second] {
        reset(&other, &link, "eve's password").await;
        world.refused_at("/reset/open");
    }
    give_password(&other, &world, "ada").await;
    assert_eq!(world.answer("/password").status, 401, "the old one");
    // A link of one use for the other.
    let link = ask_for_link(&other, &world, "ada").await;
    reset(&other, &late.replace(token(&late), token(&link)), "eve's password").await;
    world.refused_at("/reset/open");
    let log = world.log();
    assert!(!log.contains(token(&late)) && !log.contains(token(&link)), "{log}");

    // With a passkey, a reset is one factor of two.
    browser.go(&world.at("/")).await;
    browser.fill("#password [name=name]", "ada").await;
    browser.fill("#password [name=password]", "another password").await;
    browser.follow("#password button").await;
    browser.follow("#new-passkey button").await;
    log_out(&browser).await;
    let link = ask_for_reset(&browser, &world, "ada").await;
    reset(&browser, &link, "a third password").await;
    assert!(!world.answer("/reset/open").starts_a_session());
    browser.follow("#second-factor").await;
    assert_eq!(browser.text("#who").await, "ada");
}
