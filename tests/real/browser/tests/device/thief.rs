//! The thief's side: everything that the browser sent, and no key.

use std::sync::atomic::Ordering;

use hardtack::testing::SoftwareDevice;
use hardtack_browser::{Profile, measured};

use super::world::{LIFE, NAME, PROOF, REFRESH, REGISTER, World, copied, proof_ends};

#[tokio::test]
async fn a_copy_is_worth_as_long_as_a_proof_and_a_challenge() {
    let world = World::serve().await;
    let profile = Profile::new();
    let browser = world.open(&profile).await;
    browser.go(&world.at("/login/Ada")).await;
    world.until_bound(&browser).await;
    // Once round, so that a refresh was seen on the way.
    proof_ends().await;
    browser.go(&world.at("/who")).await;
    let all = copied(&browser).await;
    assert_eq!(browser.text("#who").await, "Ada Fresh");
    let seen = world.asked();
    let refresh =
        seen.iter().rfind(|seen| seen.proof.is_some() && seen.what.ends_with(REFRESH)).unwrap();
    let header = |name: &str| refresh.headers[name].to_str().unwrap().to_owned();
    let (identifier, proof) = (header("sec-secure-session-id"), header("secure-session-response"));

    // All cookies, copied: good for a proof's lifetime, then refused.
    assert!(all.contains(NAME) && all.contains(PROOF));
    let me = async || world.curl("GET", "/me", &[("cookie", &all)]).await;
    assert_eq!(me().await, (200, "Ada".to_owned()));
    let device = SoftwareDevice::generate().unwrap();
    let offer = offer(&world);
    let own = device.registers(&offer).unwrap();
    let register = async || {
        let headers = [("cookie", &*all), ("secure-session-response", &*own)];
        world.curl("POST", REGISTER, &headers).await.0
    };
    assert_eq!(register().await, 403, "the thief's key, while the proof is good");
    proof_ends().await;
    assert_eq!(me().await.0, 401);
    assert_eq!(register().await, 403, "and after it");

    // The identifier is not a secret for them: it is asked for a proof that they cannot make.
    let ask = async |proof: Option<&str>| {
        let mut headers = vec![("cookie", &*all), ("sec-secure-session-id", &*identifier)];
        headers.extend(proof.map(|proof| ("secure-session-response", proof)));
        world.curl("POST", REFRESH, &headers).await.0
    };
    assert_eq!(ask(None).await, 403);
    let mine = device.refreshes("\"x\"").unwrap();
    assert_eq!(ask(Some(&mine)).await, 403);
    // A proof that was captured is good as long as its challenge.
    assert_eq!(ask(Some(&proof)).await, 200);
    world.ahead.store(60, Ordering::SeqCst);
    assert_eq!(ask(Some(&proof)).await, 403);
    measured("a copy of everything lives", format_args!("{LIFE} s and the challenge's 60 s"));

    // The owner never noticed.
    proof_ends().await;
    browser.go(&world.at("/who")).await;
    assert_eq!(browser.text("#who").await, "Ada Fresh");
}

/// What the site offers to somebody else.
fn offer(world: &World) -> String {
    let slot = world.users.slot([""]);
    slot.start(hardtack_browser::Visitor { name: "Eve".to_owned() }).unwrap();
    slot.offer_device(&Page);
    let mut head = hardtack::testing::Head::new(200);
    slot.commit(&mut head).unwrap();
    head.all("secure-session-registration").next().unwrap().to_owned()
}

struct Page;

impl hardtack::framework::RequestHead for Page {
    fn method(&self) -> &str {
        "GET"
    }

    fn path(&self) -> &str {
        "/"
    }

    fn authority(&self) -> Option<&str> {
        None
    }

    fn lines(&self, _: &'static str, _: &mut dyn FnMut(&[u8])) {}
}
