//! What an attacker may try with the callback and with the button: each is refused, with 400 and without a session.

use std::time::Duration;

use hardtack_browser::{Browser, Profile};
use serde_json::Value;

use crate::plain::Plain;
use crate::world::{World, begin, flow_cookies, sign_in};

/// The state of the flow whose form is open: the provider's form shows what it was asked.
async fn state(browser: &Browser) -> String {
    let find = "return document.body.textContent.match(/state: '([^']+)'/)[1]";
    let Value::String(state) = browser.script(find).await else { panic!("no state") };
    assert_eq!(state.len(), 36);
    state
}

#[tokio::test]
async fn a_wrong_state_is_refused() {
    let world = World::new().await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    begin(&browser, &world, 0).await;
    let state = state(&browser).await;
    let last = if state.ends_with('A') { "B" } else { "A" };
    let iss = &world.issuers[0];
    for wrong in ["", "x", &format!("{}{last}", &state[..35]), &"A".repeat(36)] {
        browser.go(&world.at(&format!("/callback?code=abc&state={wrong}&iss={iss}"))).await;
        world.refused(&browser).await;
    }
    browser.go(&world.at("/callback?code=abc")).await;
    world.refused(&browser).await;
    // The flow itself is unharmed: a forged callback does not end it.
    assert_eq!(flow_cookies(&browser).await.len(), 1);
    begin(&browser, &world, 0).await;
    sign_in(&browser, "ada").await;
    assert_eq!(browser.text("#who").await, "ada");
}

#[tokio::test]
async fn a_callback_from_another_browser_is_refused() {
    let world = World::new().await;
    let (callback, profile) = (world.at("/callback"), Profile::new());
    let browser = Browser::open(&profile).await;
    let login = world.at("/login?provider=0&return_to=/");

    // Log-in CSRF: an attacker signs in, stops at the callback, and has the victim go there, to be logged in as the attacker.
    let theirs = Plain::new().sign_in(&login, "eve", &callback).await;
    browser.go(&theirs).await;
    world.refused(&browser).await;
    // The same while the victim has a flow open too.
    begin(&browser, &world, 0).await;
    browser.go(&theirs).await;
    world.refused(&browser).await;

    // A stolen address: the victim's callback, seen in a log and taken to the thief's machine before the victim gets there.
    let mut victim = Plain::new();
    let stolen = victim.sign_in(&login, "ada", &callback).await;
    browser.go(&stolen).await;
    world.refused(&browser).await;
    let mut thief = Plain::new();
    let page = thief.get(&stolen).await;
    assert_eq!((page.status, page.set_cookies), (400, vec![]));
    // Nobody has used up the code: the victim gets in.
    let page = victim.get(&stolen).await;
    assert_eq!((page.status, page.location), (303, Some(world.at("/"))));
    assert!(world.answer("/callback").starts_a_session());
}

#[tokio::test]
async fn a_replayed_callback_is_refused() {
    let world = World::new().await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    begin(&browser, &world, 0).await;
    let copied = flow_cookies(&browser).await.remove(0);
    sign_in(&browser, "ada").await;
    let done = world.answer("/callback");
    assert!(done.starts_a_session());
    let session = browser.only_cookie("__Host-shop").await;

    // Back to the provider's form, which is used up, and the same callback again: the session that is there stays as it is.
    browser.back().await;
    browser.go(&world.at(&done.target)).await;
    let again = world.answer("/callback");
    assert_eq!((again.status, again.set_cookies.len()), (400, 0));
    assert_eq!(browser.only_cookie("__Host-shop").await, session);
    browser.go(&world.at("/")).await;
    browser.follow("#log-out").await;
    browser.go(&world.at(&done.target)).await;
    world.refused(&browser).await;

    // With a copy of the flow's cookie too: the flow opens, and the provider takes no code twice.
    let mut thief = Plain::new();
    thief.hold(&world.origin, &copied.name, &copied.value);
    let page = thief.get(&world.at(&done.target)).await;
    assert_eq!(page.status, 400);
    assert!(page.body.contains("id=refused") && !world.answer("/callback").starts_a_session());
}

#[tokio::test]
async fn a_swapped_issuer_is_refused() {
    let world = World::new().await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    let [honest, other] = &world.issuers[..] else { panic!("two providers") };

    // A mix-up (RFC 9700 section 4.4): the flow was begun at one provider, the answer comes from another.
    begin(&browser, &world, 0).await;
    let begun = state(&browser).await;
    let challenge = "A".repeat(43);
    let callback = world.at("/callback");
    let authorize = format!(
        "{other}/auth?response_type=code&client_id=shop&scope=openid&redirect_uri={callback}&state={begun}&nonce=n\
         &code_challenge={challenge}&code_challenge_method=S256"
    );
    browser.go(&authorize).await;
    sign_in(&browser, "eve").await;
    assert!(world.answer("/callback").target.contains(&format!("state={begun}")));
    world.refused(&browser).await;

    // A callback whose issuer was changed, or taken away, on the way.
    let mut visitor = Plain::new();
    let login = world.at("/login?provider=0&return_to=/");
    let good = visitor.sign_in(&login, "ada", &callback).await;
    let (rest, iss) = good.split_once("&iss=").unwrap();
    let honest = honest.replace(':', "%3A").replace('/', "%2F");
    assert_eq!(iss, honest);
    for wrong in [
        rest.to_owned(),
        format!("{rest}&iss="),
        format!("{rest}&iss={other}"),
        format!("{good}%2F"),
    ] {
        let page = visitor.get(&wrong).await;
        assert_eq!((page.status, page.set_cookies), (400, vec![]), "{wrong}");
    }
    assert_eq!(visitor.get(&good).await.status, 303);
}

#[tokio::test]
async fn an_open_redirect_is_refused() {
    let world = World::new().await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    for target in [
        "//evil.example",
        "https://evil.example/",
        "/%5Cevil.example",
        "/account//evil.example",
        "/account/..%2F..%2F%2Fevil.example",
        "/%09/evil.example",
        "javascript:alert(1)",
        "/cart",
        "",
    ] {
        browser.go(&world.at(&format!("/login?provider=0&return_to={target}"))).await;
        assert!(browser.has("#refused").await, "{target}");
        let answer = world.answer("/login");
        assert_eq!((answer.status, answer.set_cookies.len()), (400, 0), "{target}");
    }
    assert_eq!(browser.cookies().await, []);
}

#[tokio::test]
async fn an_expired_flow_is_refused() {
    for (seconds, in_time) in [(599, true), (600, false)] {
        let world = World::new().await;
        let profile = Profile::new();
        let browser = Browser::open(&profile).await;
        begin(&browser, &world, 0).await;
        world.clock.advance(Duration::from_secs(seconds));
        sign_in(&browser, "ada").await;
        if in_time {
            assert_eq!(browser.text("#who").await, "ada");
        } else {
            world.refused(&browser).await;
        }
    }
}
