//! Logging in and out, as it should go.

use hardtack_browser::{Browser, Profile, measured};

use crate::world::{World, begin, flow_cookies, sign_in};

#[tokio::test]
async fn from_the_button_to_the_page_to_the_way_out() {
    let world = World::new().await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;

    begin(&browser, &world, 0).await;
    let [flow] = &flow_cookies(&browser).await[..] else { panic!("one flow is open") };
    assert!(flow.http_only && flow.secure, "{flow:?}");
    assert_eq!(
        (flow.same_site.as_deref(), &*flow.path, &*flow.domain),
        (Some("Lax"), "/", "localhost")
    );
    measured("the cookie of an open flow", format_args!("{} bytes", flow.size));

    sign_in(&browser, "ada").await;
    assert_eq!(browser.address().await, world.at("/account/orders"));
    assert_eq!(browser.text("#who").await, "ada");
    assert_eq!(browser.text(".success").await, "signed in as ada");
    assert_eq!(flow_cookies(&browser).await, [], "the flow is over");
    assert_eq!(browser.cookies_named("__Host-shop~flash").await, [], "the message was shown");
    let session = browser.only_cookie("__Host-shop").await;
    assert!(session.http_only && session.secure);

    browser.go(&world.at("/account/orders")).await;
    assert!(!browser.has("[role=status]").await, "shown twice");
    browser.follow("#home").await;
    assert_eq!(browser.text("#who").await, "ada");
    browser.follow("#log-out").await;
    assert_eq!(browser.text(".info").await, "signed out");
    assert!(browser.has(".log-in").await);
    let left: Vec<_> =
        browser.cookies().await.into_iter().filter(|c| c.domain == "localhost").collect();
    assert_eq!(left, []);
    browser.go(&world.at("/account/orders")).await;
    assert_eq!(world.answer("/account/orders").status, 401);
}

#[tokio::test]
async fn two_tabs_at_once_end_in_either_order() {
    for first in [0, 1] {
        let world = World::new().await;
        let profile = Profile::new();
        let browser = Browser::open(&profile).await;
        let tabs = [browser.tab().await, browser.new_tab().await];
        let names = ["ada", "grace"];
        for provider in [0, 1] {
            browser.switch(&tabs[provider]).await;
            begin(&browser, &world, provider).await;
        }
        assert_eq!(flow_cookies(&browser).await.len(), 2);
        for (turn, provider) in [first, 1 - first].into_iter().enumerate() {
            browser.switch(&tabs[provider]).await;
            sign_in(&browser, names[provider]).await;
            assert_eq!(browser.text("#who").await, names[provider]);
            assert_eq!(flow_cookies(&browser).await.len(), 1 - turn);
        }
    }
}

#[tokio::test]
async fn two_tabs_at_one_provider_are_two_flows() {
    let world = World::new().await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    let tabs = [browser.tab().await, browser.new_tab().await];
    for tab in &tabs {
        browser.switch(tab).await;
        begin(&browser, &world, 0).await;
    }
    for tab in &tabs {
        browser.switch(tab).await;
        sign_in(&browser, "ada").await;
        assert_eq!(browser.text("#who").await, "ada");
    }
    assert_eq!(flow_cookies(&browser).await, []);
}

#[tokio::test]
async fn logging_in_again_starts_another_session() {
    let world = World::new().await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    begin(&browser, &world, 0).await;
    sign_in(&browser, "ada").await;
    let before = browser.only_cookie("__Host-shop").await.value;
    browser.go(&world.at("/login?provider=1&return_to=/")).await;
    sign_in(&browser, "grace").await;
    assert_eq!(browser.address().await, world.at("/"));
    assert_eq!(browser.text("#who").await, "grace");
    let after = browser.only_cookie("__Host-shop").await.value;
    assert_ne!(before, after);
}

#[tokio::test]
async fn a_visitor_who_cancels_is_told_so() {
    let world = World::new().await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    begin(&browser, &world, 0).await;
    browser.follow("a[href$='/abort']").await;
    assert_eq!(browser.address().await, world.at("/"));
    assert_eq!(browser.text(".warning").await, "you were not signed in");
    assert_eq!(flow_cookies(&browser).await, []);
    assert_eq!(browser.cookies_named("__Host-shop").await, []);
}
