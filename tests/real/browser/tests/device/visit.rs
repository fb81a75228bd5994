//! The owner's side: from a log-in to the end of the binding.

use hardtack::{Application, Key};
use hardtack_browser::{Browser, Profile, Site, measured};
use serde_json::json;

use super::world::{NAME, PROOF, REFRESH, Seen, World, copied, proof_ends};

/// How often the browser got a proof, and was told that a binding is over, since the last call. It refreshes as often as it likes: what is
/// about to end, Chromium replaces beside other requests.
fn told(world: &World) -> (usize, usize) {
    let asked = world.asked();
    let proofs =
        asked.iter().filter(|seen| seen.what.ends_with(REFRESH) && seen.proof.is_some()).count();
    let ends =
        |seen: &&Seen| seen.what.ends_with(REFRESH) && seen.status == 200 && seen.proof.is_none();
    (proofs, asked.iter().filter(ends).count())
}

async fn who(browser: &Browser, world: &World) -> String {
    browser.go(&world.at("/who")).await;
    browser.text("#who").await
}

#[tokio::test]
async fn from_log_in_to_log_out() {
    let world = World::serve().await;
    let profile = Profile::new();
    let browser = world.open(&profile).await;
    browser.go(&world.at("/login/Ada")).await;
    world.until_bound(&browser).await;
    assert_eq!(who(&browser, &world).await, "Ada Fresh");
    let proof = browser.only_cookie(PROOF).await;
    assert!(proof.http_only && proof.secure, "{proof:?}");
    measured(
        "a session's cookie and its proof",
        format_args!("{} and {} bytes", browser.only_cookie(NAME).await.size, proof.size),
    );
    world.asked();

    // Four requests of a page at once, and no proof: they share a refresh, and all are served.
    proof_ends().await;
    let four = "Promise.all([1, 2, 3, 4].map(n => fetch('/me?' + n).then(r => r.text()))).then(arguments[0])";
    assert_eq!(browser.script_async(four).await, json!(["Ada", "Ada", "Ada", "Ada"]));
    let (proofs, ends) = told(&world);
    assert!((1..4).contains(&proofs) && ends == 0, "{proofs} proofs");

    // Tabs share it.
    let first = browser.tab().await;
    browser.new_tab().await;
    assert_eq!(who(&browser, &world).await, "Ada Fresh");
    proof_ends().await;
    assert_eq!(who(&browser, &world).await, "Ada Fresh");
    browser.switch(&first).await;
    assert_eq!(who(&browser, &world).await, "Ada Fresh");
    assert!(told(&world).0 > 0);
    drop(browser);

    // A browser that was closed finds its binding again.
    proof_ends().await;
    let browser = world.open(&profile).await;
    assert_eq!(who(&browser, &world).await, "Ada Fresh");
    assert!(told(&world).0 > 0);

    browser.go(&world.at("/logout")).await;
    assert_eq!(who(&browser, &world).await, "nobody");
    assert!(!copied(&browser).await.contains(NAME));
    // Asked once more, the browser learns that it is over, and asks no more.
    assert!(told(&world).1 > 0);
    assert_eq!(who(&browser, &world).await, "nobody");
    assert_eq!(told(&world), (0, 0));

    // Another user, and another one without a log-out between.
    for (name, ends_another) in [("Bob", false), ("Eve", true)] {
        browser.go(&world.at(&format!("/login/{name}"))).await;
        world.until_bound(&browser).await;
        assert_eq!(who(&browser, &world).await, format!("{name} Fresh"));
        proof_ends().await;
        assert_eq!(who(&browser, &world).await, format!("{name} Fresh"));
        let (proofs, ends) = told(&world);
        assert!(proofs > 0 && (ends > 0) == ends_another, "{name}: {proofs} proofs, {ends} ends");
    }
}

#[tokio::test]
async fn a_link_from_another_site_after_the_proofs_end() {
    let world = World::serve().await;
    let cookie = Application::new("elsewhere", Key::generate().unwrap()).unwrap().session();
    let elsewhere = Site::serve(cookie.build().unwrap()).await;
    elsewhere.will_show(&format!("<a href='{}'>to the shop</a>", world.at("/who")));
    let profile = Profile::new();
    let browser = world.open(&profile).await;
    browser.go(&world.at("/login/Ada")).await;
    world.until_bound(&browser).await;
    proof_ends().await;
    world.asked();
    browser.go(&elsewhere.at("127.0.0.1", "/page")).await;
    browser.follow("a").await;
    for _ in 0..100 {
        if browser.has("#who").await {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(browser.text("#who").await, "Ada Fresh");
    // The page that loads again, then the page; between them a refresh, with an old challenge or a new one.
    assert_eq!(world.count("GET /who"), 2);
    assert!(told(&world).0 > 0);
}

#[tokio::test]
async fn who_knows_nothing_of_bindings_notices_nothing() {
    let world = World::serve().await;
    let profile = Profile::new();
    let browser = world.open_plain(&profile).await;
    browser.go(&world.at("/login/Ada")).await;
    proof_ends().await;
    assert_eq!(who(&browser, &world).await, "Ada Unbound");
    assert!(world.offers() >= 2, "it was offered");
    let line = copied(&browser).await;
    assert!(!line.contains(PROOF));
    assert_eq!(world.curl("GET", "/me", &[("cookie", &line)]).await, (200, "Ada".to_owned()));
    assert_eq!(world.asked().len(), 0);
}
