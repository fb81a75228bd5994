//! What the crate says of browsers in its comments, asked of one.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hardtack::{Application, DAY, Key, SessionCookie, Timeouts};
use hardtack_browser::{Browser, Profile, Site, Visitor, measured};

const HOST: &str = "localhost";
const NAME: &str = "__Host-shop";

fn shop() -> Application {
    Application::new("shop", Key::generate().unwrap()).unwrap()
}

fn cookie() -> SessionCookie<Visitor> {
    shop().session().build().unwrap()
}

/// "Browsers ignore a `__Host-` removal without Secure": so the crate's removal keeps every attribute.
#[tokio::test]
async fn a_removal_needs_the_attributes_that_the_crate_keeps() {
    let site = Site::serve(cookie()).await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    browser.go(&site.at(HOST, "/start/remembered/Ada")).await;
    let kept = browser.only_cookie(NAME).await;
    for bare in ["__Host-shop=; Max-Age=0", "__Host-shop=; Max-Age=0; Path=/; HttpOnly"] {
        site.will_set([bare]);
        browser.go(&site.at(HOST, "/set")).await;
        assert_eq!(browser.cookies_named(NAME).await, std::slice::from_ref(&kept), "{bare}");
    }
    browser.go(&site.at(HOST, "/end")).await;
    assert_eq!(browser.cookies_named(NAME).await, []);
    measured("removal of `__Host-` without Secure", "ignored; the crate's own works");
}

/// RFC 6265bis: no cookie lives longer than 400 days, and an attribute over 1024 bytes is not read.
#[tokio::test]
async fn the_longest_life_and_the_longest_attribute() {
    let idle = |idle| Timeouts { idle, absolute: 1000 * DAY };
    let path = format!("/{}", "p".repeat(1023));
    let builder = || shop().session().name("s").remember_me(idle(400 * DAY));
    assert!(builder().remember_me(idle(400 * DAY + Duration::from_secs(1))).build().is_err());
    assert!(builder().path(&format!("{path}p")).build().is_err());
    let cookie = builder().path(&path).build().unwrap();
    let site = Site::serve(cookie).await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;

    browser.go(&site.at(HOST, "/start/remembered/Ada")).await;
    let kept = browser.only_cookie("s").await;
    assert_eq!(kept.path, path);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let days = (kept.expires - now) / DAY.as_secs_f64();
    assert!((399.99..=400.01).contains(&days), "{days}");

    let long = (600 * DAY).as_secs();
    site.will_set([
        format!("life=1; Max-Age={long}; Path=/; Secure"),
        format!("path=1; Path={path}p; Secure"),
    ]);
    browser.go(&site.at(HOST, "/set")).await;
    let by_hand = (browser.only_cookie("life").await.expires - now) / DAY.as_secs_f64();
    assert!((399.99..=400.01).contains(&by_hand), "{by_hand}");
    assert_eq!(browser.only_cookie("path").await.path, "/", "1025 bytes of path are not read");
    measured("600 days asked for, days kept", format_args!("{by_hand:.1}"));
    measured("Path of 1024 and of 1025 bytes", "kept, not read");
}

/// A browser's history is not its cache (RFC 9111 section 6): going back after a log-out shows the page as it was, in spite of the
/// crate's `no-cache`, unless the application said `no-store`.
#[tokio::test]
async fn going_back_after_the_end() {
    let site = Site::serve(cookie()).await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    for (page, expected) in [("/who", "Ada"), ("/who/unstored", "nobody")] {
        browser.go(&site.at(HOST, "/start/standard/Ada")).await;
        browser.go(&site.at(HOST, page)).await;
        assert_eq!(browser.text("#who").await, "Ada");
        browser.go(&site.at(HOST, "/end")).await;
        browser.leave(async || browser.back().await).await;
        assert_eq!(browser.text("#who").await, expected, "back to {page}");
        measured(&format!("back to {page} after the end"), expected);
        browser.go(&site.at(HOST, page)).await;
        assert_eq!(browser.text("#who").await, "nobody", "{page} again");
    }
}
