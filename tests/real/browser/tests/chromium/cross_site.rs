//! SameSite: what another site's page can make the browser send.
//!
//! `localhost` and `127.0.0.1` are two sites; two ports of `localhost` are two origins of one site, which is the control.

use std::time::Duration;

use hardtack::{Application, Key, SameSite, SessionCookie, SessionLayer};
use hardtack_browser::{Browser, Demo, Profile, Site, Visitor, measured};

const CROSS_SITE: &str = "127.0.0.1";
const SAME_SITE: &str = "localhost";

fn cookie(app: &str) -> SessionCookie<Visitor> {
    Application::new(app, Key::generate().unwrap()).unwrap().session().build().unwrap()
}

async fn elsewhere() -> Site {
    Site::serve(cookie("elsewhere")).await
}

#[tokio::test]
async fn a_cross_site_form_cannot_shop_for_the_visitor() {
    let demo = Demo::start();
    let site = elsewhere().await;
    site.will_show(&format!(
        "<form method=post action='{}'><input name=item value=1><input name=by value=1><button>Win</button></form>",
        demo.at("/cart")
    ));
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    browser.go(&demo.at("/")).await;
    browser.fill("#name", "Ada").await;
    browser.follow(".primary").await;

    // From another site the POST comes without the session, from a sibling with it: the origin check refuses both.
    for host in [CROSS_SITE, SAME_SITE] {
        browser.go(&site.at(host, "/page")).await;
        browser.follow("button").await;
        assert!(!browser.has(".account").await, "{host}");
        browser.go(&demo.at("/")).await;
        assert_eq!(browser.text(".account span").await, "Ada");
        assert_eq!(browser.text("#item-1 .count").await, "0", "{host}");
    }
    browser.follow("#item-1 button[value='1']").await;
    assert_eq!(browser.text("#item-1 .count").await, "1", "the site's own form works");
}

/// What SameSite does alone: the layer's own check is off here.
#[tokio::test]
async fn which_requests_carry_the_session() {
    let unchecked = SessionLayer::new(cookie("bank")).danger_without_cross_origin_check();
    let bank = Site::serve_behind(unchecked).await;
    let site = elsewhere().await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    browser.go(&bank.at("localhost", "/start/standard/Ada")).await;

    for (host, expected) in [
        (
            CROSS_SITE,
            [("link", "Ada"), ("post", "nobody"), ("frame", "nobody"), ("fetch", "nobody")],
        ),
        (SAME_SITE, [("link", "Ada"), ("post", "Ada"), ("frame", "Ada"), ("fetch", "Ada")]),
    ] {
        let target = |how: &str| bank.at("localhost", &format!("/who?{how}-from-{host}"));
        site.will_show(&format!(
            "<a href='{}'>link</a><form method=post action='{}'><button>post</button></form>",
            target("link"),
            target("post")
        ));
        for css in ["a", "button"] {
            browser.go(&site.at(host, "/page")).await;
            browser.follow(css).await;
        }
        browser.go(&site.at(host, "/page")).await;
        let frame = target("frame");
        browser
            .script_async(&format!(
                "const done = arguments[0], frame = document.createElement('iframe');
                 frame.onload = done; frame.src = '{frame}'; document.body.append(frame)"
            ))
            .await;
        let fetch = target("fetch");
        browser
            .script_async(&format!(
                "fetch('{fetch}', {{ mode: 'no-cors', credentials: 'include' }}).then(arguments[0])"
            ))
            .await;
        for (how, who) in expected {
            let saw = bank.saw(&format!("{how}-from-{host}"));
            assert_eq!(saw.as_deref(), Some(who), "{how} from {host}");
            measured(&format!("{how} from {host} to localhost"), who);
        }
    }
}

/// A payment's return and a provider's callback, docs/cookbook.md: on which way on to another page the session is there.
#[tokio::test]
async fn what_comes_back_from_another_site() {
    for (same_site, expected) in [
        (
            SameSite::Lax,
            [
                ("post", "303", "Ada"),
                ("post", "307", "nobody"),
                ("post", "page", "Ada"),
                ("link", "303", "Ada"),
            ],
        ),
        (
            SameSite::Strict,
            [
                ("post", "303", "nobody"),
                ("post", "page", "Ada"),
                ("link", "303", "nobody"),
                ("link", "page", "Ada"),
            ],
        ),
    ] {
        let shop = Application::new("bank", Key::generate().unwrap()).unwrap();
        let cookie = shop.session().same_site(same_site).build().unwrap();
        let unchecked = SessionLayer::new(cookie).danger_without_cross_origin_check();
        let (bank, site) = (Site::serve_behind(unchecked).await, elsewhere().await);
        let profile = Profile::new();
        let browser = Browser::open(&profile).await;
        browser.go(&bank.at("localhost", "/start/standard/Ada")).await;
        for (how, on, who) in expected {
            let label = format!("{how}-{on}");
            let target = bank.at("localhost", &format!("/on/{on}?{label}"));
            site.will_show(&match how {
                "post" => format!("<form method=post action='{target}'><button>on</button></form>"),
                _ => format!("<a href='{target}'><button>on</button></a>"),
            });
            browser.go(&site.at(CROSS_SITE, "/page")).await;
            browser.follow("button").await;
            for _ in 0..100 {
                // A page that goes on by itself may be in between.
                if bank.saw(&label).is_some() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert_eq!(bank.saw(&label).as_deref(), Some(who), "{same_site:?} {label}");
            measured(&format!("{same_site:?}, {how} from elsewhere, then {on}"), who);
        }
    }
}

/// From a sibling the handshake brings the session, whatever SameSite says: the origin check refuses it before a handler looks.
#[tokio::test]
async fn a_web_socket_of_another_origin_is_refused() {
    let bank = Site::serve(cookie("bank")).await;
    let site = elsewhere().await;
    let profile = Profile::new();
    let browser = Browser::open(&profile).await;
    browser.go(&bank.at("localhost", "/start/standard/Ada")).await;
    let own = bank.at("localhost", "/page");
    for (page, label, expected) in [
        (site.at(CROSS_SITE, "/page"), "cross-site", None),
        (site.at(SAME_SITE, "/page"), "sibling", None),
        (own, "own", Some("Ada")),
    ] {
        browser.go(&page).await;
        let target = bank.at("localhost", &format!("/who?{label}")).replace("http:", "ws:");
        // No site here upgrades a connection: what counts is whether a handler was reached.
        let open = format!(
            "const done = arguments[0], socket = new WebSocket('{target}');
             socket.onclose = done; socket.onopen = done"
        );
        browser.script_async(&open).await;
        assert_eq!(bank.saw(label).as_deref(), expected, "{label}");
        measured(&format!("WebSocket, {label}"), expected.unwrap_or("refused"));
    }
}
