//! Which requests are this site's own: one table over method, `Sec-Fetch-Site`, `Origin`, `Host` and cookies.

use hardtack::{
    ConfigError, CrossOriginError, CrossOriginProtection, Key, RingHandle, SessionCookie,
};

const OURS: &str = "https://shop.example";
const EVIL: &str = "https://evil.example";
const TRUSTED: &str = "https://sso.example";
const SESSION: &str = "__Host-session=x";

type Lines<'l> = &'l [(&'l str, &'l str)];
type Answer = Result<(), CrossOriginError>;

/// Protects the cookies `__Host-session` and `__Host-admin`, trusts [`TRUSTED`].
fn protection() -> CrossOriginProtection {
    let ring = RingHandle::from(Key::generate().unwrap());
    let users = SessionCookie::<u64>::new("shop", &ring).unwrap();
    let admins = SessionCookie::<bool>::builder("shop", &ring).name("__Host-admin").build();
    CrossOriginProtection::of(&users).and(&admins.unwrap()).trust(TRUSTED).unwrap()
}

fn check_at(
    protection: &CrossOriginProtection,
    method: &str,
    authority: Option<&str>,
    lines: Lines<'_>,
) -> Answer {
    protection.check(method, authority, |name| {
        lines.iter().filter(move |line| line.0 == name).map(|line| line.1)
    })
}

fn check(method: &str, lines: Lines<'_>) -> Answer {
    check_at(&protection(), method, None, lines)
}

const PASSES: Answer = Ok(());
const CROSS_SITE: Answer = Err(CrossOriginError::CrossSite);
const OTHER_ORIGIN: Answer = Err(CrossOriginError::OtherOrigin);
const OPAQUE: Answer = Err(CrossOriginError::OpaqueOrigin);
const NO_ORIGIN: Answer = Err(CrossOriginError::NoOrigin);
const MALFORMED: Answer = Err(CrossOriginError::Malformed);

#[test]
fn safe_methods_pass_and_no_others_do() {
    let forged = [
        ("sec-fetch-site", "cross-site"),
        ("origin", EVIL),
        ("host", "shop.example"),
        ("cookie", SESSION),
    ];
    for method in ["GET", "HEAD", "OPTIONS"] {
        assert_eq!(check(method, &forged), PASSES, "{method}");
    }
    let others = [
        "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "QUERY", "PROPFIND", "get", "Get",
        "head", "GET ", "", "GETX",
    ];
    for method in others {
        assert_eq!(check(method, &forged), CROSS_SITE, "{method:?}");
    }
}

/// `Sec-Fetch-Site` lines, `Origin` lines, and what becomes of a POST that carries a session.
const TABLE: &[(&[&str], &[&str], Answer)] = &[
    // What the browser says of the site is enough.
    (&["same-origin"], &[], PASSES),
    (&["none"], &[], PASSES),
    (&["same-origin"], &[OURS], PASSES),
    (&["same-origin"], &["null"], PASSES),
    (&["same-origin"], &["https://behind.a.proxy.example"], PASSES),
    (&["cross-site"], &[], CROSS_SITE),
    (&["same-site"], &[], CROSS_SITE),
    (&["cross-site"], &[EVIL], CROSS_SITE),
    (&["same-site"], &["https://blog.shop.example"], CROSS_SITE),
    (&["cross-site"], &["null"], CROSS_SITE),
    // Not even an Origin that is the host's: another scheme or port of it.
    (&["cross-site"], &[OURS], CROSS_SITE),
    (&["same-site"], &["http://shop.example"], CROSS_SITE),
    // A trusted origin may.
    (&["cross-site"], &[TRUSTED], PASSES),
    (&["same-site"], &[TRUSTED], PASSES),
    (&[], &[TRUSTED], PASSES),
    (&[], &["https://SSO.example:443"], PASSES),
    (&["cross-site"], &["http://sso.example"], CROSS_SITE),
    (&["cross-site"], &["https://sso.example:444"], CROSS_SITE),
    (&["cross-site"], &["https://sso.example."], CROSS_SITE),
    (&["cross-site"], &["https://sso.example.evil.example"], CROSS_SITE),
    (&["cross-site"], &["https://evil.sso.example"], CROSS_SITE),
    (&["cross-site"], &["https://sso.example/"], CROSS_SITE),
    (&["cross-site"], &["https://sso.example https://evil.example"], CROSS_SITE),
    (&["cross-site"], &[TRUSTED, EVIL], CROSS_SITE),
    (&["cross-site"], &[TRUSTED, TRUSTED], CROSS_SITE),
    // What no browser writes proves nothing.
    (&[""], &[OURS], CROSS_SITE),
    (&["Same-Origin"], &[OURS], CROSS_SITE),
    (&["same-origin "], &[OURS], CROSS_SITE),
    (&["same-origin, same-origin"], &[OURS], CROSS_SITE),
    (&["same-origin;x=1"], &[OURS], CROSS_SITE),
    (&["\"same-origin\""], &[OURS], CROSS_SITE),
    (&["same-origin", "same-origin"], &[OURS], CROSS_SITE),
    (&["same-origin", "cross-site"], &[OURS], CROSS_SITE),
    (&["cross-site", "same-origin"], &[OURS], CROSS_SITE),
    (&["none", "cross-site"], &[], CROSS_SITE),
    (&["sideways"], &[], CROSS_SITE),
    // A browser without Sec-Fetch-Site, or plain HTTP.
    (&[], &[OURS], PASSES),
    (&[], &["http://shop.example"], PASSES),
    (&[], &["https://Shop.Example:443"], PASSES),
    (&[], &[EVIL], OTHER_ORIGIN),
    (&[], &["https://blog.shop.example"], OTHER_ORIGIN),
    (&[], &["https://shop.example.evil.example"], OTHER_ORIGIN),
    (&[], &["https://shop.example:8443"], OTHER_ORIGIN),
    (&[], &["https://shop.example."], OTHER_ORIGIN),
    (&[], &["null"], OPAQUE),
    (&[], &["NULL"], MALFORMED),
    (&[], &[""], MALFORMED),
    (&[], &["shop.example"], MALFORMED),
    (&[], &["https://shop.example/"], MALFORMED),
    (&[], &["https://evil.example@shop.example"], MALFORMED),
    (&[], &[OURS, OURS], MALFORMED),
    (&[], &[OURS, EVIL], MALFORMED),
    (&[], &["null", OURS], MALFORMED),
    // Neither.
    (&[], &[], NO_ORIGIN),
];

#[test]
fn every_row_is_decided_like_this() {
    for (sites, origins, expected) in TABLE {
        let mut lines = vec![("host", "shop.example"), ("cookie", SESSION)];
        lines.extend(sites.iter().map(|site| ("sec-fetch-site", *site)));
        lines.extend(origins.iter().map(|origin| ("origin", *origin)));
        for method in ["POST", "PUT", "DELETE"] {
            assert_eq!(check(method, &lines), *expected, "{method} {sites:?} {origins:?}");
        }
        // Nothing but the last row looks at cookies: a log-in is protected too.
        lines.remove(1);
        let expected = if *expected == NO_ORIGIN { PASSES } else { *expected };
        assert_eq!(check("POST", &lines), expected, "{sites:?} {origins:?}");
    }
}

#[test]
fn without_either_header_a_protected_cookie_decides() {
    for (cookies, expected) in [
        (&[SESSION][..], NO_ORIGIN),
        (&["__Host-admin=x"], NO_ORIGIN),
        (&["theme=dark; __Host-session=; a=b"], NO_ORIGIN),
        (&["theme=dark", SESSION], NO_ORIGIN),
        (&["__Host-session=garbage"], NO_ORIGIN),
        (&[], PASSES),
        (&["theme=dark"], PASSES),
        (&["__host-session=x"], PASSES),
        (&["__Host-session-2=x"], PASSES),
        (&["__Host-session"], PASSES),
        (&["theme=__Host-session=x"], PASSES),
    ] {
        let mut lines = vec![("host", "shop.example")];
        lines.extend(cookies.iter().map(|line| ("cookie", *line)));
        assert_eq!(check("POST", &lines), expected, "{cookies:?}");
        let lenient = protection().danger_pass_without_origin();
        assert_eq!(check_at(&lenient, "POST", None, &lines), PASSES, "{cookies:?}");
        lines.push(("origin", EVIL));
        assert_eq!(check_at(&lenient, "POST", None, &lines), OTHER_ORIGIN, "{cookies:?}");
    }
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
        (None, &[], OURS, MALFORMED),
        (None, &[""], OURS, MALFORMED),
        (None, &["shop.example:"], OURS, MALFORMED),
        (None, &["shop.example:https"], OURS, MALFORMED),
        // A trusted origin, and what the browser says of the site, need no host.
        (None, &["a", "b"], TRUSTED, PASSES),
    ];
    for (authority, hosts, origin, expected) in table {
        let mut lines = vec![("origin", *origin), ("cookie", SESSION)];
        lines.extend(hosts.iter().map(|host| ("host", *host)));
        let found = check_at(&protection(), "POST", *authority, &lines);
        assert_eq!(found, *expected, "{authority:?} {hosts:?} {origin}");
    }
    assert_eq!(check("POST", &[("sec-fetch-site", "same-origin")]), PASSES);
}

#[test]
fn octets_that_are_no_text_are_refused() {
    for (odd, expected) in
        [("", PASSES), ("host", MALFORMED), ("origin", MALFORMED), ("sec-fetch-site", CROSS_SITE)]
    {
        let found = protection().check("POST", None, |name| match name {
            name if name == odd => Some(&b"\xFF\xFE"[..]),
            "host" => Some(&b"shop.example"[..]),
            "origin" => Some(&b"https://shop.example"[..]),
            _ => None,
        });
        assert_eq!(found, expected, "{odd}");
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
        assert_eq!(protection().trust(origin).err(), Some(ConfigError::Origin), "{origin:?}");
    }
    for origin in [
        "https://sso.example",
        "http://localhost:3000",
        "https://[::1]:8443",
        "capacitor://localhost",
    ] {
        let trusting = protection().trust(origin).unwrap();
        let forged = [("sec-fetch-site", "cross-site"), ("origin", origin)];
        assert_eq!(check_at(&trusting, "POST", None, &forged), PASSES, "{origin}");
    }
}

#[test]
fn debug_names_the_cookies() {
    let shown = format!("{:?}", protection());
    assert_eq!(
        shown,
        r#"CrossOriginProtection { cookies: ["__Host-session", "__Host-admin"], .. }"#
    );
}
