//! A visit to the demo, by mouse and by keyboard.

use fantoccini::key::Key;
use hardtack_browser::{Browser, Demo, Profile, measured};
use serde_json::json;

const NAME: &str = "__Host-demo";

async fn log_in(browser: &Browser, demo: &Demo, name: &str) {
    browser.go(&demo.at("/")).await;
    browser.fill("#name", name).await;
    browser.follow(".primary").await;
}

#[tokio::test]
async fn a_visit_from_log_in_to_log_out() {
    let demo = Demo::start();
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;

    browser.go(&demo.at("/")).await;
    assert!(browser.has("form[action='/login']").await);
    assert_eq!(browser.cookies().await, [], "looking set a cookie");

    log_in(&browser, &demo, "Ada").await;
    assert_eq!(browser.text(".account span").await, "Ada");
    browser.follow("#item-1 [value='1'].step").await;
    browser.follow("#item-1 [value='1'].step").await;
    browser.follow("#item-3 [value='1'].step").await;
    browser.follow("#item-1 [value='-1'].step").await;
    browser.go(&demo.at("/style.css")).await;
    browser.go("about:blank").await;
    browser.go(&demo.at("/")).await;
    assert_eq!(browser.text("#item-1 .count").await, "1");
    assert_eq!(browser.text("#item-3 .count").await, "1");
    assert_eq!(browser.text("#total").await, "£19.40");

    // Scripts see a cookie that they set, so they would see the session's too if it were not HttpOnly.
    browser.script("document.cookie = 'own=1'").await;
    assert_eq!(browser.script("return document.cookie").await, json!("own=1"));

    let cookie = browser.only_cookie(NAME).await;
    assert!(cookie.http_only && cookie.secure && cookie.session, "{cookie:?}");
    assert_eq!(cookie.same_site.as_deref(), Some("Lax"));
    assert_eq!((cookie.path.as_str(), cookie.domain.as_str()), ("/", "localhost"));
    measured(
        "the demo's cookie as Chromium keeps it",
        format_args!("{} bytes, HttpOnly, Secure, SameSite=Lax, Path=/, host-only", cookie.size),
    );

    browser.follow("#log-out").await;
    assert!(browser.has("form[action='/login']").await);
    assert_eq!(browser.cookies_named(NAME).await, []);
    browser.go(&demo.at("/")).await;
    assert!(browser.has("form[action='/login']").await);
}

/// What has the focus, and whether one can see it.
async fn focus(browser: &Browser) -> String {
    let style =
        "const at = document.activeElement; const outline = getComputedStyle(at).outlineStyle;
        return (at.id || at.name || at.className) + ' ' + outline";
    browser.script(style).await.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_keyboard_is_enough() {
    let demo = Demo::start();
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    let (tab, enter) = (Key::Tab.to_string(), Key::Enter.to_string());
    browser.go(&demo.at("/")).await;
    for (keys, expected) in [(&*tab, "skip solid"), (&tab, "name solid"), ("Grace", "name solid")] {
        browser.keys(keys).await;
        assert_eq!(focus(&browser).await, expected);
    }
    browser.keys(&tab).await;
    assert_eq!(focus(&browser).await, "remember solid");
    browser.keys(" ").await;
    browser.keys(&tab).await;
    assert_eq!(focus(&browser).await, "primary solid");
    browser.leave(async || browser.keys(&enter).await).await;
    assert_eq!(browser.text(".account span").await, "Grace");
    assert_eq!(browser.text("#class").await, "remembered");

    // Skip link, log out, then the first button that is not disabled: one more hardtack.
    for expected in ["skip solid", "log-out solid", "by solid"] {
        browser.keys(&tab).await;
        assert_eq!(focus(&browser).await, expected);
    }
    browser.leave(async || browser.keys(&enter).await).await;
    assert_eq!(browser.text("#item-1 .count").await, "1");
    // The page is a new one, yet the next Tab goes on from the line that was changed.
    browser.keys(&tab).await;
    let line = browser.script("return document.activeElement.closest('li')?.id").await;
    assert_eq!(line, json!("item-1"));
}

#[tokio::test]
async fn what_a_visitor_types_stays_text() {
    let demo = Demo::start();
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    let name = "<script>window.ran = 1</script>&amp;\"'<b>";
    let note = "</textarea><img src=x onerror='window.ran = 1'>";
    log_in(&browser, &demo, name).await;
    browser.fill("#note-text", note).await;
    browser.follow("#note button").await;
    assert_eq!(browser.text(".account span").await, name);
    assert_eq!(
        browser.script("return document.querySelector('#note-text').value").await,
        json!(note)
    );
    assert!(!browser.has("script, b, #note img").await);

    // And what escaping might miss, the policy stops: a script element of the page's own does not run.
    let inject = "const s = document.createElement('script'); s.textContent = 'window.ran = 1';
        document.body.append(s); return window.ran ?? 'stopped'";
    assert_eq!(browser.script(inject).await, json!("stopped"));
    browser.go("about:blank").await;
    assert_eq!(browser.script(inject).await, json!(1), "the injection works where no policy is");
}

#[tokio::test]
async fn a_note_that_does_not_fit_changes_nothing() {
    let demo = Demo::start();
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    log_in(&browser, &demo, "Ada").await;
    browser.fill("#note-text", "mind the weevils").await;
    browser.follow("#note button").await;
    let before = browser.only_cookie(NAME).await;

    let left: usize = browser.text("#left").await.parse().unwrap();
    let write =
        |bytes: usize| format!("document.querySelector('#note-text').value = 'n'.repeat({bytes})");
    browser.script(&write(4000)).await;
    browser.follow("#note button").await;
    let alert = browser.text(".alert").await;
    assert!(alert.starts_with("Not kept: the cookie would take "), "{alert}");
    browser.prefer("light").await;
    browser.screenshot("does-not-fit").await;
    assert_eq!(browser.only_cookie(NAME).await, before);
    browser.go(&demo.at("/")).await;
    assert_eq!(
        browser.script("return document.querySelector('#note-text').value").await,
        json!("mind the weevils")
    );

    // Exactly what is left fits: 16 bytes of note are there, and a length over 127 takes one byte more.
    let most = 16 + left - 1;
    browser.script(&write(most + 1)).await;
    browser.follow("#note button").await;
    assert!(browser.has(".alert").await);
    browser.script(&write(most)).await;
    browser.follow("#note button").await;
    assert!(!browser.has(".alert").await);
    assert_eq!(browser.text("#left").await, "0");
    browser.go(&demo.at("/")).await;
    let kept = browser.script("return document.querySelector('#note-text').value.length").await;
    assert_eq!(kept, json!(most));
    let size = browser.only_cookie(NAME).await.size;
    measured("the demo's fullest cookie", format_args!("{size} bytes of name and value"));
}

/// WCAG 2.2, relative luminance and contrast ratio of an element's text against what is behind it.
const CONTRAST: &str = "
    const parse = color => color.match(/[\\d.]+/g).map(Number);
    const behind = at => { for (; at; at = at.parentElement) {
        const color = parse(getComputedStyle(at).backgroundColor);
        if (color.length < 4 || color[3] > 0) return color; } return [255, 255, 255]; };
    const light = color => color.slice(0, 3).map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    let least = 99;
    for (const at of document.querySelectorAll('h1, h2, label, strong, small, dt, dd, p, button:enabled, textarea, .brand')) {
        const [a, b] = [light(parse(getComputedStyle(at).color)), light(behind(at))];
        least = Math.min(least, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05));
    }
    return [least, getComputedStyle(document.body).backgroundColor]";

#[tokio::test]
async fn light_and_dark_can_be_read() {
    let demo = Demo::start();
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    let mut papers = Vec::new();
    for scheme in ["light", "dark"] {
        browser.prefer(scheme).await;
        browser.go(&demo.at("/")).await;
        let log_in_page = browser.script(CONTRAST).await;
        browser.screenshot(&format!("log-in-{scheme}")).await;
        log_in(&browser, &demo, "Ada Lovelace").await;
        browser.follow("#item-1 [value='1'].step").await;
        let shop = browser.script(CONTRAST).await;
        browser.screenshot(&format!("shop-{scheme}")).await;
        browser.follow("#log-out").await;
        let least = log_in_page[0].as_f64().unwrap().min(shop[0].as_f64().unwrap());
        measured(&format!("least contrast, {scheme}"), format_args!("{least:.1} : 1"));
        assert!(least >= 4.5, "{scheme}: {least}");
        papers.push(shop[1].clone());
    }
    assert_ne!(papers[0], papers[1], "both schemes look alike");
}
