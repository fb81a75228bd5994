//! The table, its exemptions, and headers of all kinds. Requests that browsers really send are in tests/cross_origin.rs.

use super::*;
use crate::application::Application;
use crate::head::stub::Request;
use crate::key::Key;
use crate::login::RequireIss;

use CrossOriginError::{CrossSite, Malformed, NoHost, NoOrigin, OpaqueOrigin, OtherOrigin};
use Passage::{Checked, Exempt};

const OWN: &str = "https://shop.example";
const EVIL: &str = "https://evil.example";

/// An application with a session, flash messages and log-in flows, that trusts `pay.example`.
fn shop() -> Application {
    let shop = Application::builder("shop", Key::generate().unwrap());
    let shop = shop.trust("https://pay.example").build().unwrap();
    shop.session::<u8>().build().unwrap();
    shop.flash().build().unwrap();
    shop.login_flows().issuer("https://id.example", RequireIss::No).build().unwrap();
    shop
}

fn protection() -> CrossOriginProtection {
    shop().cross_origin_protection()
}

fn post(path: &str) -> Request {
    Request::new("POST", path)
}

/// Carries a session cookie, valid or not.
fn with_session(request: Request) -> Request {
    request.with("cookie", "a=b; __Host-shop=x")
}

#[test]
fn the_first_row_that_holds_decides() {
    let protection = protection().exempt("POST", "/callback");
    let of = |method, path, headers: &[(&'static str, &str)]| {
        let request = with_session(Request::new(method, path));
        let add =
            |request: Request, &(name, value): &(&'static str, &str)| request.with(name, value);
        protection.check(&headers.iter().fold(request, add))
    };
    let (site, origin) = ("sec-fetch-site", "origin");
    let forged = &[(site, "cross-site"), (origin, EVIL)][..];
    for method in ["GET", "HEAD", "OPTIONS"] {
        assert_eq!(of(method, "/", forged), Ok(Checked), "{method}");
    }
    for method in ["POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "get", "QUERY", ""] {
        assert_eq!(of(method, "/", forged), Err(CrossSite), "{method}");
    }
    assert_eq!(of("POST", "/callback", forged), Ok(Exempt));
    assert_eq!(of("POST", "/callback", &[(site, "same-origin")]), Ok(Exempt), "from anywhere");
    for value in ["same-origin", "none"] {
        assert_eq!(of("POST", "/", &[(site, value), (origin, EVIL)]), Ok(Checked), "{value}");
    }
    let pay = (origin, "https://pay.example");
    assert_eq!(of("POST", "/", &[(site, "cross-site"), pay]), Ok(Checked));
    assert_eq!(of("POST", "/", &[pay]), Ok(Checked));
    for value in ["same-site", "cross-site", "", "SAME-ORIGIN", " same-origin", "same-origin,none"]
    {
        assert_eq!(of("POST", "/", &[(site, value)]), Err(CrossSite), "{value}");
        assert_eq!(of("POST", "/", &[(site, value), (origin, OWN)]), Err(CrossSite), "{value}");
    }
    assert_eq!(of("POST", "/", &[(origin, OWN)]), Ok(Checked));
    assert_eq!(of("POST", "/", &[(origin, EVIL)]), Err(OtherOrigin));
    assert_eq!(of("POST", "/", &[(origin, "https://shop.example:8443")]), Err(OtherOrigin));
    assert_eq!(of("POST", "/", &[(origin, "null")]), Err(OpaqueOrigin));
    assert_eq!(of("POST", "/", &[(origin, "")]), Err(Malformed));
    assert_eq!(of("POST", "/", &[]), Err(NoOrigin));
    assert_eq!(protection.check(&post("/")), Ok(Checked), "no session, no harm");
}

#[test]
fn an_exemption_is_exact() {
    let protection = protection().exempt("POST", "/callback").exempt(String::from("PUT"), "/hook/");
    let of = |method, path| {
        protection.check(&Request::new(method, path).with("sec-fetch-site", "cross-site"))
    };
    assert_eq!(of("POST", "/callback"), Ok(Exempt));
    assert_eq!(of("PUT", "/hook/"), Ok(Exempt));
    for path in ["/callback/", "/callbac", "/callback2", "/Callback", "/a/callback", "callback"] {
        assert_eq!(of("POST", path), Err(CrossSite), "{path}");
    }
    for (method, path) in [("PUT", "/callback"), ("post", "/callback"), ("POST", "/hook/")] {
        assert_eq!(of(method, path), Err(CrossSite), "{method} {path}");
    }
    assert_eq!(of("PUT", "/hook"), Err(CrossSite));
    // A star is a plain character here.
    let starred = shop().cross_origin_protection().exempt("POST", "/*");
    let forged = post("/callback").with("sec-fetch-site", "cross-site");
    assert_eq!(starred.check(&forged), Err(CrossSite));
}

#[test]
fn a_path_may_pass_without_origin() {
    let of = |told: &str, path: &str| {
        protection().danger_pass_without_origin(told).check(&with_session(post(path)))
    };
    for (told, passing, refused) in [
        ("/api", &["/api"][..], &["/api/", "/api/x", "/ap", "/apix", "/API"][..]),
        ("/api/*", &["/api/", "/api/x", "/api/x/y"], &["/api", "/apix", "/", "/x/api/"]),
        ("/*", &["/", "/x"], &["", "*"]),
        ("/api*", &["/api*"], &["/api", "/apix", "/api/x"]),
        ("*", &["*"], &["/", "/x"]),
    ] {
        for path in passing {
            assert_eq!(of(told, path), Ok(Checked), "{told} {path}");
        }
        for path in refused {
            assert_eq!(of(told, path), Err(NoOrigin), "{told} {path}");
        }
    }
}

#[test]
fn only_those_who_say_nothing_pass_without_origin() {
    let protection = protection().danger_pass_without_origin("/*");
    let of = |name, value: &str| protection.check(&with_session(post("/")).with(name, value));
    assert_eq!(of("origin", EVIL), Err(OtherOrigin));
    assert_eq!(of("origin", "null"), Err(OpaqueOrigin));
    assert_eq!(of("origin", ""), Err(Malformed));
    assert_eq!(of("sec-fetch-site", "cross-site"), Err(CrossSite));
    assert_eq!(of("sec-fetch-site", ""), Err(CrossSite));
    assert_eq!(of("x-other", "1"), Ok(Checked));
}

#[test]
fn any_session_of_the_application_asks_for_an_origin() {
    let protection = protection();
    let of = |cookies: &[&str]| {
        let add = |request: Request, line: &&str| request.with("cookie", line);
        protection.check(&cookies.iter().fold(post("/"), add))
    };
    for lines in [
        &["__Host-shop=x"][..],
        &["a=b", "c=d; __Host-shop="],
        &["__Host-shop~flash=x"],
        &["__Host-shop=x", "__Host-shop=y"],
    ] {
        assert_eq!(of(lines), Err(NoOrigin), "{lines:?}");
    }
    for lines in [
        &[""][..],
        &["__Host-shop"],
        &["__host-shop=x"],
        &["__Host-blog=x"],
        &["a=__Host-shop=x"],
        // A flow's cookie is not a session: its state decides what it may do.
        &["__Host-shop~login-AAAAAAAA=x"],
    ] {
        assert_eq!(of(lines), Ok(Checked), "{lines:?}");
    }
}

#[test]
fn switched_off_it_passes_everything() {
    let protection = protection().danger_without_cross_origin_check();
    let forged = with_session(post("/")).with("sec-fetch-site", "cross-site").with("origin", EVIL);
    assert_eq!(protection.check(&forged), Ok(Checked));
    assert_eq!(protection.check(&with_session(post("/"))), Ok(Checked));
    assert_eq!(protection.check(&forged.with("upgrade", "websocket")), Ok(Checked));
}

#[test]
fn the_handshake_of_a_websocket_is_not_safe() {
    let protection = protection().exempt("GET", "/public");
    let get = |path: &str, upgrade: &str| Request::new("GET", path).with("upgrade", upgrade);
    for upgrade in ["websocket", "WebSocket", "h2c, websocket", "websocket,h2c", "\twebsocket "] {
        let asks = || with_session(get("/chat", upgrade));
        assert_eq!(protection.check(&asks().with("origin", OWN)), Ok(Checked), "{upgrade}");
        assert_eq!(protection.check(&asks().with("origin", EVIL)), Err(OtherOrigin), "{upgrade}");
        assert_eq!(protection.check(&asks()), Err(NoOrigin), "{upgrade}");
        let forged = asks().with("sec-fetch-site", "cross-site");
        assert_eq!(protection.check(&forged), Err(CrossSite), "{upgrade}");
    }
    for upgrade in ["", "h2c", "websocket2", "web socket", "websocket/13"] {
        let asks = with_session(get("/chat", upgrade)).with("origin", EVIL);
        assert_eq!(protection.check(&asks), Ok(Checked), "{upgrade}");
    }
    // In the second line of two.
    let second = get("/chat", "h2c").with("upgrade", "websocket").with("origin", EVIL);
    assert_eq!(protection.check(&second), Err(OtherOrigin));
    assert_eq!(protection.check(&get("/public", "websocket").with("origin", EVIL)), Ok(Exempt));
    // In HTTP/2 it is a CONNECT, and that method is enough.
    let connect = with_session(Request::new("CONNECT", "/chat"));
    assert_eq!(protection.check(&connect.with("origin", EVIL)), Err(OtherOrigin));
}

#[test]
fn a_header_that_comes_twice_proves_nothing() {
    let protection = protection();
    let of = |headers: &[(&'static str, &str)]| {
        let add =
            |request: Request, &(name, value): &(&'static str, &str)| request.with(name, value);
        protection.check(&headers.iter().fold(post("/"), add))
    };
    let own = ("sec-fetch-site", "same-origin");
    assert_eq!(of(&[own, own]), Err(CrossSite));
    assert_eq!(of(&[own, ("sec-fetch-site", "cross-site")]), Err(CrossSite));
    assert_eq!(of(&[own, own, ("origin", OWN)]), Err(CrossSite));
    assert_eq!(of(&[("origin", OWN), ("origin", OWN)]), Err(Malformed));
    let pay = ("origin", "https://pay.example");
    assert_eq!(of(&[pay, pay]), Err(Malformed), "trusted, but which?");
    assert_eq!(of(&[pay, ("origin", "null")]), Err(Malformed));
    // Hosts may be repeated, but not contradict each other.
    let origin = ("origin", OWN);
    assert_eq!(of(&[origin, ("host", "SHOP.example")]), Ok(Checked));
    assert_eq!(of(&[origin, ("host", "shop.example:443")]), Err(Malformed));
    assert_eq!(of(&[origin, ("host", "evil.example")]), Err(Malformed));
    assert_eq!(of(&[origin, ("host", "")]), Err(Malformed));
}

#[test]
fn the_host_is_the_authority_and_the_host_field() {
    let protection = protection();
    let of = |authority: Option<&str>, host: Option<&str>| {
        let mut request = post("/").with("origin", OWN);
        request.lines.retain(|line| line.0 != "host" || host.is_some());
        request.authority = authority.map(str::to_owned);
        request.lines.iter_mut().filter(|line| line.0 == "host").for_each(|line| {
            line.1 = host.unwrap_or_default().into();
        });
        protection.check(&request)
    };
    assert_eq!(of(Some("shop.example"), None), Ok(Checked));
    assert_eq!(of(None, Some("shop.example")), Ok(Checked));
    assert_eq!(of(Some("shop.example"), Some("Shop.Example")), Ok(Checked));
    assert_eq!(of(Some("evil.example"), None), Err(OtherOrigin));
    assert_eq!(of(Some("evil.example"), Some("shop.example")), Err(Malformed));
    assert_eq!(of(Some("user@shop.example"), Some("shop.example")), Err(Malformed));
    assert_eq!(of(None, None), Err(NoHost));
    assert_eq!(of(None, Some("")), Err(Malformed));
}

#[test]
fn headers_of_64_kib_are_read_without_harm() {
    let long = "a".repeat(64 << 10);
    let protection = protection().exempt("POST", long.clone()).danger_pass_without_origin("/x/*");
    let of = |name, value: &str| protection.check(&with_session(post("/")).with(name, value));
    assert_eq!(of("sec-fetch-site", &long), Err(CrossSite));
    assert_eq!(of("origin", &long), Err(Malformed));
    assert_eq!(of("origin", &format!("https://{long}")), Err(OtherOrigin));
    assert_eq!(of("origin", &format!("{long}://shop.example")), Err(OtherOrigin));
    assert_eq!(
        of("origin", &format!("https://shop.example:{}", "4".repeat(64 << 10))),
        Err(Malformed)
    );
    assert_eq!(of("cookie", &"=;".repeat(32 << 10)), Err(NoOrigin));
    let host = post("/").with("host", &long).with("origin", OWN);
    assert_eq!(protection.check(&host), Err(Malformed));
    let lines = (0..1_000).fold(post("/"), |request, _| request.with("origin", OWN));
    assert_eq!(protection.check(&lines), Err(Malformed));
    let upgrade = Request::new("GET", "/").with("upgrade", ",".repeat(64 << 10));
    assert_eq!(protection.check(&upgrade), Ok(Checked));
    assert_eq!(protection.check(&post(&long)), Ok(Exempt));
    assert_eq!(protection.check(&with_session(post(&format!("/x/{long}")))), Ok(Checked));
}

#[test]
fn debug_shows_the_settings_and_no_key() {
    let key = Key::generate().unwrap();
    let id = key.id().to_string();
    let protection = Application::new("shop", key).unwrap().cross_origin_protection();
    let protection = protection.exempt("POST", "/a").danger_pass_without_origin("/b/*");
    let shown = format!("{protection:?}");
    let expected = r#"CrossOriginProtection { application: "shop", exempt: [("POST", "/a")], pass_without_origin: ["/b/*"], off: false, .. }"#;
    assert_eq!(shown, expected);
    assert!(!shown.contains(&id));
    assert!(format!("{:?}", protection.danger_without_cross_origin_check()).contains("off: true"));
}
