//! Which requests come from this site: tables over method, `Sec-Fetch-Site`, `Origin`, `Host`, cookies and settings.

#[path = "cross_origin/tables.rs"]
mod tables;

use hardtack::framework::{BeginError, Begun, InRequest, Passage, RequestHead};
use hardtack::login::RequireIss;
use hardtack::{
    Application, Class, CrossOriginError, CrossOriginProtection, Key, SessionCookie, SessionData,
    Timestamp,
};

const OURS: &str = "https://shop.example";
const EVIL: &str = "https://evil.example";
const TRUSTED: &str = "https://sso.example";
const SESSION: &str = "__Host-shop=x";

type Lines<'l> = &'l [(&'l str, &'l str)];
type Answer = Result<Passage, CrossOriginError>;

/// An application with the cookies `__Host-shop` and `__Host-admin`, which trusts [`TRUSTED`].
fn application() -> Application {
    let shop = Application::builder("shop", Key::generate().unwrap()).trust(TRUSTED);
    let shop = shop.build().unwrap();
    let _ = shop.session::<u64>().build().unwrap();
    let _ = shop.session::<bool>().name("__Host-admin").build().unwrap();
    shop
}

fn protection() -> CrossOriginProtection {
    application().cross_origin_protection()
}

/// A request's head in memory.
struct Request<'r> {
    method: &'r str,
    path: &'r str,
    authority: Option<&'r str>,
    lines: Vec<(&'r str, &'r [u8])>,
}

impl<'r> Request<'r> {
    fn new(method: &'r str, path: &'r str, lines: Lines<'r>) -> Self {
        let lines = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
        Self { method, path, authority: None, lines }
    }
}

impl RequestHead for Request<'_> {
    fn method(&self) -> &str {
        self.method
    }

    fn path(&self) -> &str {
        self.path
    }

    fn authority(&self) -> Option<&str> {
        self.authority
    }

    fn lines(&self, name: &'static str, each: &mut dyn FnMut(&[u8])) {
        self.lines.iter().filter(|line| line.0 == name).for_each(|line| each(line.1));
    }
}

/// A protection with another setting.
type Set = fn(CrossOriginProtection) -> CrossOriginProtection;

fn check(method: &str, lines: Lines<'_>) -> Answer {
    protection().check(&Request::new(method, "/order", lines))
}

const PASSES: Answer = Ok(Passage::Checked);
const EXEMPT: Answer = Ok(Passage::Exempt);
const CROSS_SITE: Answer = Err(CrossOriginError::CrossSite);
const OTHER_ORIGIN: Answer = Err(CrossOriginError::OtherOrigin);
const OPAQUE: Answer = Err(CrossOriginError::OpaqueOrigin);
const NO_ORIGIN: Answer = Err(CrossOriginError::NoOrigin);
const NO_HOST: Answer = Err(CrossOriginError::NoHost);
const MALFORMED: Answer = Err(CrossOriginError::Malformed);

#[test]
fn a_path_is_exempt_or_passes_without_an_origin_as_it_is_written() {
    let session = [("host", "shop.example"), ("cookie", SESSION)];
    // What is set, the path of the request, whether it is exempt, whether it passes without an origin.
    for (set, path, exempt, passes) in [
        ("/callback", "/callback", true, true),
        ("/callback", "/callback/", false, false),
        ("/callback", "/Callback", false, false),
        ("/callback", "/call%62ack", false, false),
        ("/callback", "/pay/callback", false, false),
        ("/callback", "/", false, false),
        ("/", "/", true, true),
        ("/", "/callback", false, false),
        ("/api/*", "/api/orders", false, true),
        ("/api/*", "/api/orders/7", false, true),
        ("/api/*", "/api/", false, true),
        ("/api/*", "/api", false, false),
        ("/api/*", "/apis/orders", false, false),
        ("/api/*", "/api/*", true, true),
        ("/api*", "/api/orders", false, false),
        ("/api*", "/api*", true, true),
        ("/*", "/anything/at/all", false, true),
        ("*", "/anything", false, false),
        ("", "/", false, false),
    ] {
        let request = Request::new("POST", path, &session);
        let found = protection().exempt("POST", set).check(&request);
        assert_eq!(found, if exempt { EXEMPT } else { NO_ORIGIN }, "{set} {path}");
        let found = protection().danger_pass_without_origin(set).check(&request);
        assert_eq!(found, if passes { PASSES } else { NO_ORIGIN }, "{set} {path}");
    }
    // Several, each by itself.
    let several = protection().exempt("POST", "/a").exempt("PUT", "/b");
    let several = several.danger_pass_without_origin("/c").danger_pass_without_origin("/d");
    for (method, path, expected) in [
        ("POST", "/a", EXEMPT),
        ("PUT", "/b", EXEMPT),
        ("PUT", "/a", NO_ORIGIN),
        ("POST", "/b", NO_ORIGIN),
        ("POST", "/c", PASSES),
        ("PUT", "/d", PASSES),
        ("POST", "/e", NO_ORIGIN),
    ] {
        assert_eq!(
            several.check(&Request::new(method, path, &session)),
            expected,
            "{method} {path}"
        );
    }
}

#[test]
fn a_web_socket_is_told_by_what_the_request_wants_to_become() {
    for (upgrade, expected) in [
        (&[][..], PASSES),
        (&["websocket"], OTHER_ORIGIN),
        (&["WebSocket"], OTHER_ORIGIN),
        (&["h2c, websocket"], OTHER_ORIGIN),
        (&["h2c", " websocket "], OTHER_ORIGIN),
        (&["h2c"], PASSES),
        (&["websockets"], PASSES),
        (&[""], PASSES),
    ] {
        let mut lines = vec![("host", "shop.example"), ("origin", EVIL), ("cookie", SESSION)];
        lines.extend(upgrade.iter().map(|line| ("upgrade", *line)));
        assert_eq!(check("GET", &lines), expected, "{upgrade:?}");
        // Without a session, the answer is the same.
        lines.remove(2);
        assert_eq!(check("GET", &lines), expected, "{upgrade:?}");
    }
}

#[test]
fn without_either_header_a_session_cookie_decides() {
    for (cookies, expected) in [
        (&[SESSION][..], NO_ORIGIN),
        (&["__Host-admin=x"], NO_ORIGIN),
        (&["theme=dark; __Host-shop=; a=b"], NO_ORIGIN),
        (&["theme=dark", SESSION], NO_ORIGIN),
        (&["__Host-shop=garbage"], NO_ORIGIN),
        (&[], PASSES),
        (&["theme=dark"], PASSES),
        (&["__host-shop=x"], PASSES),
        (&["__Host-shop-2=x"], PASSES),
        (&["__Host-shop"], PASSES),
        (&["theme=__Host-shop=x"], PASSES),
    ] {
        let mut lines = vec![("host", "shop.example")];
        lines.extend(cookies.iter().map(|line| ("cookie", *line)));
        assert_eq!(check("POST", &lines), expected, "{cookies:?}");
        let lenient = protection().danger_pass_without_origin("/*");
        let found = lenient.check(&Request::new("POST", "/order", &lines));
        assert_eq!(found, PASSES, "{cookies:?}");
        lines.push(("origin", EVIL));
        let found = lenient.check(&Request::new("POST", "/order", &lines));
        assert_eq!(found, OTHER_ORIGIN, "{cookies:?}");
    }
}

/// Whatever the application builds, before or after the protection, and nothing of another one.
#[test]
fn every_session_cookie_of_the_application_counts() {
    let shop = application();
    let protection = shop.cross_origin_protection();
    let carrying = |name: &str| {
        let cookie = format!("{name}=x");
        let lines = [("host", "shop.example"), ("cookie", cookie.as_str())];
        protection.check(&Request::new("POST", "/order", &lines))
    };
    assert_eq!(carrying("__Host-shop~flash"), PASSES, "not built yet");
    let flash = shop.flash().build().unwrap();
    assert_eq!(carrying(flash.name()), NO_ORIGIN);
    let _ = shop.login_flows().issuer("https://id.example", RequireIss::Yes).build().unwrap();
    assert_eq!(carrying("__Host-shop~login-AAAAAAAA"), PASSES, "its state protects it");
    let other = Application::new("blog", shop.keys()).unwrap();
    let other = other.session::<u64>().build().unwrap();
    assert_eq!(carrying(other.name()), PASSES);
}

/// The target's authority, `Host` lines, `Origin`.
#[test]
fn the_host_is_what_all_of_a_requests_hosts_agree_on() {
    let table: &[(Option<&str>, &[&str], &str, Answer)] = &[
        (None, &["shop.example"], OURS, PASSES),
        (None, &["shop.example:443"], OURS, PASSES),
        (None, &["shop.example:8443"], "https://shop.example:8443", PASSES),
        (None, &["SHOP.example"], OURS, PASSES),
        (None, &["shop.example."], "https://shop.example.", PASSES),
        (None, &["[::1]:3000"], "http://[::1]:3000", PASSES),
        (None, &["[::1]:3000"], "http://[::2]:3000", OTHER_ORIGIN),
        (None, &["127.0.0.1:3000"], "http://localhost:3000", OTHER_ORIGIN),
        // HTTP/2, with and without a Host beside it.
        (Some("shop.example"), &[], OURS, PASSES),
        (Some("shop.example:443"), &[], OURS, PASSES),
        (Some("shop.example"), &["shop.example"], OURS, PASSES),
        (Some("shop.example"), &["Shop.Example"], OURS, PASSES),
        (Some("shop.example"), &["shop.example:443"], OURS, MALFORMED),
        (Some("shop.example"), &["evil.example"], OURS, MALFORMED),
        (Some("shop.example"), &["evil.example"], EVIL, MALFORMED),
        (Some("user@shop.example"), &[], OURS, MALFORMED),
        (None, &["shop.example", "shop.example"], OURS, PASSES),
        (None, &["shop.example", "evil.example"], OURS, MALFORMED),
        (None, &["evil.example", "shop.example"], EVIL, MALFORMED),
        (None, &["shop.example, shop.example"], OURS, MALFORMED),
        (None, &[], OURS, NO_HOST),
        (None, &[], EVIL, NO_HOST),
        (None, &[""], OURS, MALFORMED),
        (None, &["shop.example:"], OURS, MALFORMED),
        (None, &["shop.example:https"], OURS, MALFORMED),
        // A trusted origin, and what the browser says of the site, need no host.
        (None, &["a", "b"], TRUSTED, PASSES),
    ];
    for (authority, hosts, origin, expected) in table {
        let mut lines = vec![("origin", *origin), ("cookie", SESSION)];
        lines.extend(hosts.iter().map(|host| ("host", *host)));
        let mut request = Request::new("POST", "/order", &lines);
        request.authority = *authority;
        let found = protection().check(&request);
        assert_eq!(found, *expected, "{authority:?} {hosts:?} {origin}");
    }
    assert_eq!(check("POST", &[("sec-fetch-site", "same-origin")]), PASSES);
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    for (odd, expected) in
        [("", PASSES), ("host", MALFORMED), ("origin", MALFORMED), ("sec-fetch-site", CROSS_SITE)]
    {
        let lines = [("host", "shop.example"), ("origin", OURS)];
        let mut request = Request::new("POST", "/order", &lines);
        request.lines.retain(|line| line.0 != odd);
        request.lines.push((odd, b"\xFF\xFE"));
        assert_eq!(protection().check(&request), expected, "{odd}");
    }
}

#[test]
fn what_is_no_origin_is_not_trusted() {
    for origin in [
        "",
        "null",
        "*",
        "https://*.example",
        "sso.example",
        "https://sso.example/",
        "https://sso.example/callback",
        "https://sso.example?x",
        "https://user@sso.example",
        "https://b\u{fc}cher.example",
        "https://",
        "sso.example:443",
        "https://sso.example:99999",
        " https://sso.example",
        "https://sso.example,https://a.example",
    ] {
        let trusting = Application::builder("shop", Key::generate().unwrap()).trust(origin);
        let told = trusting.build().unwrap_err().to_string();
        let remedy = "write scheme://host or scheme://host:port, nothing else";
        assert_eq!(told, format!("trusted origin {origin:?}: {remedy}"));
    }
    for origin in [
        "https://sso.example",
        "http://localhost:3000",
        "https://[::1]:8443",
        "capacitor://localhost",
    ] {
        let trusting = Application::builder("shop", Key::generate().unwrap());
        let trusting = trusting.trust("https://other.example").trust(origin).build().unwrap();
        let forged = [("sec-fetch-site", "cross-site"), ("origin", origin)];
        let request = Request::new("POST", "/order", &forged);
        assert_eq!(trusting.cross_origin_protection().check(&request), PASSES, "{origin}");
        // Whatever the application makes trusts it.
        let users = trusting.session::<u64>().build().unwrap();
        assert_eq!(users.cross_origin_protection().check(&request), PASSES, "{origin}");
    }
}

#[test]
fn debug_shows_the_settings() {
    let protection = protection().exempt("POST", "/callback").danger_pass_without_origin("/api/*");
    assert_eq!(
        format!("{protection:?}"),
        r#"CrossOriginProtection { application: "shop", exempt: [("POST", "/callback")], pass_without_origin: ["/api/*"], off: false, .. }"#
    );
}

/// What a layer of this cookie does with a request: whether it sees a session, or `None` if a layer further out has begun it.
fn begin<T: SessionData>(
    cookie: &SessionCookie<T>,
    set: Set,
    request: &Request<'_>,
    others: &mut InRequest,
) -> Result<Option<bool>, BeginError> {
    let protection = set(cookie.cross_origin_protection());
    Ok(match cookie.begin(request, &protection, others)? {
        Begun::Slot(slot) => Some(slot.get().is_some()),
        Begun::Already => None,
    })
}

#[test]
fn a_request_begins_each_cookie_once_and_is_checked_once_by_the_outermost_rules() {
    let shop = application();
    let users = shop.session::<u8>().name("users").build().unwrap();
    let carts = shop.session::<u16>().name("carts").build().unwrap();
    let other = Application::new("blog", shop.keys()).unwrap();
    let other = other.session::<u8>().name("blog").build().unwrap();
    let now = Timestamp::now();
    let sealed = |cookie: &SessionCookie<u8>| {
        let claims = cookie.new_claims(Class::Standard, now).unwrap();
        cookie.seal(&7, &claims, now).unwrap().as_str().split(';').next().unwrap().to_owned()
    };
    let (users_line, other_line) = (sealed(&users), sealed(&other));
    let lines = [
        ("host", "shop.example"),
        ("origin", EVIL),
        ("cookie", users_line.as_str()),
        ("cookie", other_line.as_str()),
    ];
    let forged = Request::new("POST", "/order", &lines);
    let followed = Request::new("GET", "/order", &lines);
    let refused = Err(BeginError::CrossOrigin(CrossOriginError::OtherOrigin));
    let (plain, exempt): (Set, Set) = (|p| p, |p| p.exempt("POST", "/order"));

    let mut request = InRequest::default();
    assert_eq!(begin(&users, plain, &followed, &mut request), Ok(Some(true)));
    assert_eq!(begin(&users.clone(), plain, &followed, &mut request), Ok(None));
    assert_eq!(begin(&carts, plain, &followed, &mut request), Ok(Some(false)));
    assert_eq!(format!("{request:?}"), r#"["users", "carts"]"#);

    // If only a layer further in exempts it, it never gets that far.
    let mut request = InRequest::default();
    assert_eq!(begin(&users, plain, &forged, &mut request), refused);
    // If a layer further out does, nothing in the application sees a session.
    let mut request = InRequest::default();
    assert_eq!(begin(&carts, exempt, &forged, &mut request), Ok(Some(false)));
    assert_eq!(begin(&users, plain, &forged, &mut request), Ok(Some(false)));
    // Another application has its own rules.
    assert_eq!(begin(&other, plain, &forged, &mut request), refused);
    assert_eq!(
        begin(&other, |p| p.danger_without_cross_origin_check(), &forged, &mut request),
        Ok(Some(true))
    );
}

#[test]
fn another_cookie_of_one_name_in_one_request_is_refused() {
    let shop = application();
    let users = shop.session::<u8>().name("users").build().unwrap();
    let request = Request::new("GET", "/", &[]);
    for keys in [shop.keys().clone(), Key::generate().unwrap().into()] {
        for app in ["shop", "blog"] {
            let namesake = Application::new(app, &keys).unwrap();
            let namesake = namesake.session::<u8>().name("users").build().unwrap();
            let mut others = InRequest::default();
            assert_eq!(begin(&users, |p| p, &request, &mut others), Ok(Some(false)));
            let found = begin(&namesake, |p| p, &request, &mut others);
            assert_eq!(found, Err(BeginError::SameName), "{app}");
        }
    }
}
