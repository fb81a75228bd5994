//! Closing the browser ends a standard session and keeps a remembered one.

use std::time::{SystemTime, UNIX_EPOCH};

use hardtack_browser::{Browser, Demo, Profile, measured};
use serde_json::json;

const NAME: &str = "__Host-demo";
const FORTNIGHT: f64 = 14.0 * 86_400.0;

async fn log_in(browser: &Browser, demo: &Demo, remember: bool) {
    browser.go(&demo.at("/")).await;
    browser.fill("#name", "Ada").await;
    if remember {
        browser.find("#remember").await.click().await.unwrap();
    }
    browser.follow(".primary").await;
    browser.follow("#item-2 [value='1'].step").await;
}

/// One profile, and both kinds of session one after the other: what goes and what stays is the session, not the profile.
#[tokio::test]
async fn only_a_remembered_session_outlives_the_browser() {
    let demo = Demo::start();
    let profile = Profile::new();

    let browser = Browser::open(&profile).await;
    log_in(&browser, &demo, false).await;
    let cookie = browser.only_cookie(NAME).await;
    assert!(cookie.session, "{cookie:?}");
    assert_eq!(cookie.expires, -1.0);
    assert_eq!(browser.text("#class").await, "standard");
    drop(browser);

    let browser = Browser::open(&profile).await;
    browser.go(&demo.at("/")).await;
    assert!(
        browser.has("form[action='/login']").await,
        "the standard session outlived the browser"
    );
    assert_eq!(browser.cookies_named(NAME).await, []);

    log_in(&browser, &demo, true).await;
    let cookie = browser.only_cookie(NAME).await;
    assert!(!cookie.session, "{cookie:?}");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
    let left = cookie.expires - now;
    assert!((FORTNIGHT - 60.0..=FORTNIGHT + 1.0).contains(&left), "{left} s are left");
    measured("a remembered cookie expires in", format_args!("{left:.0} s of {FORTNIGHT} s"));
    let id = browser.text("#session-id").await;
    drop(browser);

    let browser = Browser::open(&profile).await;
    browser.go(&demo.at("/")).await;
    assert_eq!(browser.text("#session-id").await, id);
    assert_eq!(browser.text("#class").await, "remembered");
    assert_eq!(browser.text("#item-2 .count").await, "1");
    assert_eq!(browser.only_cookie(NAME).await, cookie);
}

/// "On startup: continue where you left off" brings session cookies back: what ends the session then is its idle timeout, on the server.
#[tokio::test]
async fn a_browser_that_continues_where_it_left_off_keeps_a_standard_session() {
    let demo = Demo::start();
    for (restore_on_startup, kept) in [(1, true), (5, false)] {
        let settings = json!({ "session": { "restore_on_startup": restore_on_startup } });
        let profile = Profile::new();
        let browser = Browser::open_with(&profile, settings.clone()).await;
        log_in(&browser, &demo, false).await;
        drop(browser);
        let browser = Browser::open_with(&profile, settings).await;
        browser.go(&demo.at("/")).await;
        assert_eq!(browser.has("#class").await, kept, "restore_on_startup {restore_on_startup}");
        measured(
            &format!("a standard session after a restart, restore_on_startup {restore_on_startup}"),
            if kept { "still there" } else { "gone" },
        );
    }
}
