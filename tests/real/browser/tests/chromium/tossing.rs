//! Cookie tossing: a sibling host plants a cookie of the session's name for all hosts of the domain.
//!
//! Chromium lets every name under `localhost` lead to this machine and keep Secure cookies, and counts `shop.localhost` as a
//! registrable domain: `app.` and `evil.` below it are siblings.

use hardtack::{Application, Class, Key, Scope, SessionCookieBuilder, Timestamp};
use hardtack_browser::{Browser, Profile, Site, Visitor, measured};

const APP: &str = "app.shop.localhost";
const EVIL: &str = "evil.shop.localhost";
const PREFIXED: &str = "__Host-session";
const PLAIN: &str = "session";

struct Case {
    browser: Browser,
    site: Site,
    /// A valid session of somebody else's: the attacker has an account too.
    mallory: String,
    _profile: Profile,
}

impl Case {
    async fn new(
        name: &str,
        settings: impl FnOnce(SessionCookieBuilder<Visitor>) -> SessionCookieBuilder<Visitor>,
    ) -> Self {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let cookie = settings(shop.session().name(name)).build().unwrap();
        let now = Timestamp::now();
        let mallory = Visitor { name: "Mallory".to_owned() };
        let claims = cookie.new_claims(Class::Standard, now).unwrap();
        let sealed = cookie.seal(&mallory, &claims, now).unwrap();
        let profile = Profile::new();
        Self {
            browser: Browser::open(&profile).await,
            site: Site::serve(cookie).await,
            mallory: sealed.value().to_owned(),
            _profile: profile,
        }
    }

    async fn ada_logs_in(&self) {
        self.browser.go(&self.site.at(APP, "/start/standard/Ada")).await;
        assert_eq!(self.who().await, "Ada");
    }

    async fn toss(&self, line: &str) {
        self.site.will_set([line]);
        self.browser.go(&self.site.at(EVIL, "/set")).await;
    }

    async fn who(&self) -> String {
        self.browser.go(&self.site.at(APP, "/who")).await;
        self.browser.text("#who").await
    }

    async fn kept(&self, name: &str) -> usize {
        self.browser.cookies_named(name).await.len()
    }
}

#[tokio::test]
async fn a_second_valid_session_is_refused_not_chosen() {
    let case = Case::new(PLAIN, |builder| builder).await;
    for path in ["/", "/who"] {
        case.browser.forget_cookies().await;
        case.ada_logs_in().await;
        let mallory = &case.mallory;
        case.toss(&format!("session={mallory}; Domain=shop.localhost; Path={path}; Secure")).await;
        assert_eq!(case.kept(PLAIN).await, 2, "the browser keeps both");
        let answer = case.who().await;
        measured(&format!("a tossed `session` with Path={path}"), &answer);
        assert_eq!(answer, "refused: ambiguous");
    }
    // A refusal removes nothing: both are still there.
    assert_eq!(case.kept(PLAIN).await, 2);
}

#[tokio::test]
async fn tossed_rubbish_does_not_log_the_visitor_out() {
    let case = Case::new(PLAIN, |builder| builder).await;
    case.ada_logs_in().await;
    case.toss("session=AAAA; Domain=shop.localhost; Path=/who; Secure").await;
    assert_eq!(case.kept(PLAIN).await, 2);
    assert_eq!(case.who().await, "Ada");
}

/// What no server can tell from a session of the visitor's own, and the reason for the prefix.
#[tokio::test]
async fn without_the_prefix_a_tossed_session_logs_a_stranger_in() {
    let case = Case::new(PLAIN, |builder| builder).await;
    case.toss(&format!("session={}; Domain=shop.localhost; Path=/; Secure", case.mallory)).await;
    let answer = case.who().await;
    measured("a tossed `session` where the visitor had none", &answer);
    assert_eq!(answer, "Mallory");
}

#[tokio::test]
async fn the_browser_refuses_to_toss_a_prefixed_cookie() {
    let case = Case::new(PREFIXED, |builder| builder).await;
    case.ada_logs_in().await;
    let ours = case.browser.only_cookie(PREFIXED).await;
    let mallory = &case.mallory;
    for line in [
        format!("__Host-session={mallory}; Domain=shop.localhost; Path=/; Secure"),
        format!("__HOST-session={mallory}; Domain=shop.localhost; Path=/; Secure"),
        format!("__Host-session={mallory}; Path=/who; Secure"),
        format!("__Host-session={mallory}; Path=/"),
        // A cookie without a name, whose value would look like ours in the Cookie line.
        format!("=__Host-session={mallory}; Domain=shop.localhost; Path=/; Secure"),
    ] {
        case.toss(&line).await;
        assert_eq!(
            case.browser.cookies().await,
            std::slice::from_ref(&ours),
            "{}",
            line.replace(mallory, "…")
        );
        case.browser.script(&format!("document.cookie = '{line}'")).await;
        assert_eq!(case.browser.cookies().await, std::slice::from_ref(&ours), "by script");
    }
    assert_eq!(case.who().await, "Ada");
    // With the rules of its name kept, it is kept: for the sibling alone.
    case.toss(&format!("__Host-session={mallory}; Path=/; Secure")).await;
    assert_eq!(case.kept(PREFIXED).await, 2);
    assert_eq!(case.who().await, "Ada");
    measured("`__Host-session` tossed in five ways", "none kept, the session stays");
}

/// The cookie was once for the whole domain. Those who hold the old one beside the new are not locked out.
#[tokio::test]
async fn a_former_scope_is_cleared_up() {
    let domain = Scope::new("/").domain("shop.localhost");
    let case = Case::new(PLAIN, |builder| builder.former_scope(domain)).await;
    case.ada_logs_in().await;
    case.toss(&format!("session={}; Domain=shop.localhost; Path=/; Secure", case.mallory)).await;
    assert_eq!(case.kept(PLAIN).await, 2);
    assert_eq!(case.who().await, "refused: ambiguous");
    assert_eq!(case.browser.only_cookie(PLAIN).await.domain, APP);
    assert_eq!(case.who().await, "Ada");
}

/// A browser keeps so many cookies for a domain and no more: whoever can set them for it can push others out.
#[tokio::test]
async fn a_flood_pushes_even_a_prefixed_cookie_out() {
    let case = Case::new(PREFIXED, |builder| builder).await;
    case.ada_logs_in().await;
    let flood = |number| {
        let cookies = 0..number;
        cookies.map(|n| format!("flood{n}=1; Domain=shop.localhost; Path=/; Secure"))
    };
    case.site.will_set(flood(100));
    case.browser.go(&case.site.at(EVIL, "/set")).await;
    assert_eq!(case.who().await, "Ada", "a hundred are no flood");
    case.site.will_set(flood(400));
    case.browser.go(&case.site.at(EVIL, "/set")).await;
    assert_eq!(case.who().await, "nobody");
    let left = case.browser.cookies().await.len();
    measured(
        "cookies left of 400 and the session",
        format_args!("{left}, the session is not among them"),
    );
}
