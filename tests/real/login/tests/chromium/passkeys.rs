//! Passkeys that are refused: answers to another ceremony, of another user, twice, too late, elsewhere, from a copy.

use hardtack::MINUTE;
use hardtack_browser::{Browser, Profile};
use serde_json::Value;

use crate::doors::{give_password, log_out, sign_up};
use crate::plain::Plain;
use crate::world::World;

const LOG_IN: &str = "/passkey/log-in";
const NEW: &str = "/passkey/new";

/// What the page's script would send.
#[derive(Clone, Debug)]
struct Signed {
    id: String,
    credential: String,
}

/// Runs a ceremony in the page up to the last request, which is not made.
async fn sign(browser: &Browser, begin: &str) -> Signed {
    let body = r#"
        const done = arguments[0];
        const run = async () => {
            const asked = await (await fetch("BEGIN", { method: "POST" })).json();
            const { publicKey } = asked.options;
            const credential = "BEGIN" === "/passkey/new"
                ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
                : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
            return { id: asked.id, credential: JSON.stringify(credential.toJSON()) };
        };
        run().then(done, (error) => done({ error: String(error) }));"#;
    let found = browser.script_async(&body.replace("BEGIN", begin)).await;
    let text = |name: &str| found[name].as_str().unwrap_or_else(|| panic!("{found}")).to_owned();
    Signed { id: text("id"), credential: text("credential") }
}

/// The last request of a ceremony, from the page.
async fn send(browser: &Browser, begin: &str, id: &str, credential: &str) {
    let fields = serde_json::json!({ "id": id, "credential": credential });
    let body = format!(
        "const done = arguments[0]; fetch('{begin}/done', {{ method: 'POST', redirect: 'manual', body: new URLSearchParams({fields}) }}).then(() => done(), done)"
    );
    browser.script_async(&body).await;
}

/// Ada with a passkey in the browser's device, logged out.
async fn ada(browser: &Browser, world: &World) {
    sign_up(browser, world, "ada").await;
    browser.follow("#new-passkey button").await;
    assert_eq!(browser.text(".success").await, "your passkey was added");
    log_out(browser).await;
}

async fn is_logged_out(browser: &Browser) -> bool {
    browser.cookies_named("__Host-shop").await.is_empty()
}

#[tokio::test]
async fn an_answer_is_good_for_its_own_ceremony_once_and_in_time() {
    let world = World::with_providers(1).await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    let _device = browser.authenticator().await;
    ada(&browser, &world).await;
    let done = format!("{LOG_IN}/done");

    // The challenge of another ceremony, which ends by it.
    let (one, other) = (sign(&browser, LOG_IN).await, sign(&browser, LOG_IN).await);
    send(&browser, LOG_IN, &other.id, &one.credential).await;
    world.refused_at(&done);
    send(&browser, LOG_IN, &other.id, &other.credential).await;
    world.refused_at(&done);
    // Not what any browser sends, and an altered signature.
    for credential in ["", "{}", &one.credential.replace("\"signature\":\"M", "\"signature\":\"N")]
    {
        let asked = sign(&browser, LOG_IN).await;
        send(&browser, LOG_IN, &asked.id, credential).await;
        world.refused_at(&done);
    }

    // Too late.
    let late = sign(&browser, LOG_IN).await;
    world.clock.advance(10 * MINUTE);
    send(&browser, LOG_IN, &late.id, &late.credential).await;
    world.refused_at(&done);
    assert!(is_logged_out(&browser).await);

    // From another browser, without the cookie; then from the thief of it, who comes second.
    let signed = sign(&browser, LOG_IN).await;
    let form = format!(
        "id={}&credential={}",
        signed.id,
        browser
            .script(&format!("return encodeURIComponent({})", Value::from(&*signed.credential)))
            .await
            .as_str()
            .unwrap()
    );
    let mut thief = Plain::new();
    let answer = thief.post(&world.at(&done), &form).await;
    assert_eq!((answer.status, &answer.set_cookies[..]), (400, &[][..]));
    let cookies = browser.cookies().await;
    let stolen =
        cookies.iter().find(|cookie| cookie.name.starts_with("__Host-shop~passkey-log-in-"));
    let stolen = stolen.expect("a ceremony is open");
    thief.hold(&world.origin, &stolen.name, &stolen.value);
    send(&browser, LOG_IN, &signed.id, &signed.credential).await;
    assert!(world.answer(&done).starts_a_session());
    thief.post(&world.at(&done), &form).await;
    world.refused_at(&done);

    // What the thief would need besides: the counter alone refuses too.
    assert_eq!(world.store.by_name("ada").map(|ada| world.store.passkeys(ada.id).len()), Some(1));
}

#[tokio::test]
async fn a_state_is_good_for_its_own_user_and_its_own_kind() {
    let world = World::with_providers(1).await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    let _device = browser.authenticator().await;
    sign_up(&browser, &world, "ada").await;
    log_out(&browser).await;

    // Eve begins to add a passkey, and Ada's session in the same browser is to end it.
    sign_up(&browser, &world, "eve").await;
    let of_eve = sign(&browser, NEW).await;
    log_out(&browser).await;
    give_password(&browser, &world, "ada").await;
    send(&browser, NEW, &of_eve.id, &of_eve.credential).await;
    world.refused_at("/passkey/new/done");
    for name in ["ada", "eve"] {
        let account = world.store.by_name(name).unwrap();
        assert_eq!(world.store.passkeys(account.id).len(), 0, "{name}");
    }

    // The state of one kind for another.
    let of_ada = sign(&browser, NEW).await;
    for path in [LOG_IN, "/second-factor"] {
        send(&browser, path, &of_ada.id, &of_ada.credential).await;
        world.refused_at(&format!("{path}/done"));
    }
    send(&browser, NEW, &of_ada.id, &of_ada.credential).await;
    assert_eq!(world.answer("/passkey/new/done").status, 303);

    // Without a recent proof nothing begins.
    world.clock.advance(10 * MINUTE);
    let begun = "const done = arguments[0]; fetch('/passkey/new', { method: 'POST' }).then(a => done(a.status))";
    assert_eq!(browser.script_async(begun).await, 403);
}

#[tokio::test]
async fn a_copied_passkey_whose_counter_goes_back_is_refused() {
    let world = World::with_providers(1).await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    let device = browser.authenticator().await;
    ada(&browser, &world).await;
    let [copy] = &browser.passkeys(&device).await[..] else { panic!("one passkey") };
    let mut copy = copy.clone();
    for _ in 0..2 {
        browser.follow("#passkey button").await;
        assert_eq!(browser.text("#who").await, "ada");
        log_out(&browser).await;
    }
    // The same key, as it was before.
    copy["signCount"] = 0.into();
    browser.replace_passkeys(&device, copy).await;
    browser.follow("#passkey button").await;
    world.refused_at("/passkey/log-in/done");
    assert!(is_logged_out(&browser).await);
    // As a second factor as well, whose state holds the credential as it was at its beginning.
    give_password(&browser, &world, "ada").await;
    browser.follow("#second-factor").await;
    world.refused_at("/second-factor/done");
    assert!(is_logged_out(&browser).await);
}
