//! The 4096 bytes, measured: the largest session that the crate accepts is kept, one byte more is not.

use hardtack::{
    Application, Class, Key, SessionCookie, SessionCookieBuilder, SessionError, Timestamp,
};
use hardtack_browser::{Browser, Profile, Site, Visitor, measured};

const HOST: &str = "localhost";
const LIMIT: usize = 4096;

/// Without padding, which would leave up to a block unused.
fn cookie(
    name: &str,
    settings: impl FnOnce(SessionCookieBuilder<Visitor>) -> SessionCookieBuilder<Visitor>,
) -> SessionCookie<Visitor> {
    let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
    settings(shop.session().name(name).pad(1)).build().unwrap()
}

/// The longest name of a visitor that fits: two bytes of the capacity are its length.
fn largest(cookie: &SessionCookie<Visitor>, class: Class) -> String {
    "n".repeat(cookie.capacity(class) - 2)
}

/// What the crate says to one byte of data more.
fn one_more(cookie: &SessionCookie<Visitor>, class: Class) -> SessionError {
    let now = Timestamp::now();
    let claims = cookie.new_claims(class, now).unwrap();
    let visitor = Visitor { name: largest(cookie, class) + "n" };
    cookie.seal(&visitor, &claims, now).expect_err("it has no room")
}

async fn start_largest(
    browser: &Browser,
    cookie: &SessionCookie<Visitor>,
    class: Class,
) -> hardtack_browser::Cookie {
    browser.forget_cookies().await;
    let site = Site::serve(cookie.clone()).await;
    let word = if class == Class::Standard { "standard" } else { "remembered" };
    let name = largest(cookie, class);
    browser.go(&site.at(HOST, &format!("/start/{word}/{name}"))).await;
    let kept = browser.only_cookie(cookie.name()).await;
    browser.go(&site.at(HOST, "/who")).await;
    assert_eq!(browser.text("#who").await, name, "it comes back whole");
    kept
}

/// Four lengths of name, since base64url has no text of 1 more than a multiple of 4 characters.
#[tokio::test]
async fn the_largest_session_by_name_and_value_is_kept() {
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    for (name, expected) in [
        ("__Host-session", 4096),
        ("__Host-session1", 4095),
        ("__Host-session12", 4096),
        ("__Host-session123", 4096),
    ] {
        for class in [Class::Standard, Class::Remembered] {
            let cookie = cookie(name, SessionCookieBuilder::limit_name_and_value_only);
            let kept = start_largest(&browser, &cookie, class).await;
            assert_eq!(kept.size, expected, "{name}");
            assert_eq!(kept.size, kept.name.len() + kept.value.len());
            let SessionError::TooLarge { used, limit, .. } = one_more(&cookie, class) else {
                panic!("another error")
            };
            assert!(limit == LIMIT && used > LIMIT, "{used} of {limit}");
        }
        measured(
            &format!("the largest `{name}`, name and value"),
            format_args!("{expected}, kept"),
        );
    }
}

#[tokio::test]
async fn the_largest_session_by_the_whole_line_is_kept() {
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    for (class, attributes) in [
        (Class::Standard, "; Path=/; HttpOnly; Secure; SameSite=Lax"),
        (Class::Remembered, "; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=34560000"),
    ] {
        let cookie = cookie("__Host-session", |builder| builder);
        let kept = start_largest(&browser, &cookie, class).await;
        let line = kept.size + "=".len() + attributes.len();
        assert!((LIMIT - 1..=LIMIT).contains(&line), "{class:?}: {line}");
        let capacity = cookie.capacity(class);
        measured(
            &format!("the largest {class:?} by default"),
            format_args!(
                "name and value {}, line {line} at most, data {capacity}: kept",
                kept.size
            ),
        );
        assert!(matches!(one_more(&cookie, class), SessionError::TooLarge { .. }));
    }
}

#[tokio::test]
async fn one_byte_more_by_hand_is_dropped_and_the_cookie_before_it_stays() {
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    let site = Site::serve(cookie("unused", |builder| builder)).await;
    let name = "__Host-session";
    let set = async |size: usize, attributes: &str| {
        let value = "v".repeat(size - name.len());
        site.will_set([format!("{name}={value}; Path=/; {attributes}")]);
        browser.go(&site.at(HOST, "/set")).await;
        browser.cookies_named(name).await.first().map(|cookie| cookie.size)
    };
    let usual = "HttpOnly; Secure; SameSite=Lax";
    assert_eq!(set(LIMIT + 1, usual).await, None, "dropped");
    assert_eq!(set(LIMIT, usual).await, Some(LIMIT), "kept");
    assert_eq!(set(LIMIT - 1, usual).await, Some(LIMIT - 1), "replaced");
    assert_eq!(set(LIMIT + 1, usual).await, Some(LIMIT - 1), "dropped, the one before it stays");
    // Attributes do not count here: it is others on the way who count the whole line.
    let long = format!("{usual}; Max-Age=34560000; Priority=High; X={}", "x".repeat(1000));
    assert_eq!(set(LIMIT, &long).await, Some(LIMIT));
    measured("name and value by hand", "4096 kept, 4097 dropped, the cookie before it stays");
}
