//! Tables: what decides alone, and what decides together.

use super::*;

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

const SETTINGS: [(&str, Set); 7] = [
    ("none", |p| p),
    ("exempt", |p| p.exempt("POST", "/order").exempt("GET", "/order")),
    ("another is exempt", |p| p.exempt("POST", "/other").exempt("post", "/order")),
    ("without origin", |p| p.danger_pass_without_origin("/order")),
    ("another without origin", |p| p.danger_pass_without_origin("/other")),
    ("off", |p| p.danger_without_cross_origin_check()),
    // What is exempt has no session, switched off or not.
    ("off and exempt", |p| {
        p.exempt("POST", "/order").exempt("GET", "/order").danger_without_cross_origin_check()
    }),
];

const SOCKET: (&str, &str) = ("upgrade", "websocket");

const FROM_US: (&str, &str) = ("origin", OURS);

const FROM_EVIL: (&str, &str) = ("origin", EVIL);

const FROM_TRUSTED: (&str, &str) = ("origin", TRUSTED);

const FROM_NULL: (&str, &str) = ("origin", "null");

const ODD: (&str, &str) = ("origin", "shop.example");

const SAME: (&str, &str) = ("sec-fetch-site", "same-origin");

const TYPED: (&str, &str) = ("sec-fetch-site", "none");

const SIBLING: (&str, &str) = ("sec-fetch-site", "same-site");

const CROSS: (&str, &str) = ("sec-fetch-site", "cross-site");

/// Methods and headers of a request with a session, and its answer under each of [`SETTINGS`].
#[rustfmt::skip]
const MATRIX: &[(&[&str], Lines<'static>, [Answer; 7])] = &[
    // A link that is followed, from wherever.
    (&["HEAD", "OPTIONS"], &[],                 [PASSES; 7]),
    (&["HEAD", "OPTIONS"], &[CROSS, FROM_EVIL], [PASSES; 7]),
    (&["HEAD", "OPTIONS"], &[ODD, ODD],         [PASSES; 7]),
    (&["GET"], &[],                     [PASSES, EXEMPT, PASSES, PASSES, PASSES, PASSES, EXEMPT]),
    (&["GET"], &[SAME],                 [PASSES, EXEMPT, PASSES, PASSES, PASSES, PASSES, EXEMPT]),
    (&["GET"], &[CROSS, FROM_EVIL],     [PASSES, EXEMPT, PASSES, PASSES, PASSES, PASSES, EXEMPT]),
    (&["GET"], &[ODD, ODD],             [PASSES, EXEMPT, PASSES, PASSES, PASSES, PASSES, EXEMPT]),
    // A form or a script.
    (&["POST"], &[SAME],                [PASSES, EXEMPT, PASSES, PASSES, PASSES, PASSES, EXEMPT]),
    (&["POST"], &[TYPED],               [PASSES, EXEMPT, PASSES, PASSES, PASSES, PASSES, EXEMPT]),
    (&["POST"], &[FROM_US],             [PASSES, EXEMPT, PASSES, PASSES, PASSES, PASSES, EXEMPT]),
    (&["POST"], &[FROM_TRUSTED],        [PASSES, EXEMPT, PASSES, PASSES, PASSES, PASSES, EXEMPT]),
    (&["POST"], &[CROSS, FROM_TRUSTED], [PASSES, EXEMPT, PASSES, PASSES, PASSES, PASSES, EXEMPT]),
    (&["POST"], &[CROSS],               [CROSS_SITE, EXEMPT, CROSS_SITE, CROSS_SITE, CROSS_SITE, PASSES, EXEMPT]),
    (&["POST"], &[CROSS, FROM_EVIL],    [CROSS_SITE, EXEMPT, CROSS_SITE, CROSS_SITE, CROSS_SITE, PASSES, EXEMPT]),
    (&["POST"], &[SIBLING, FROM_US],    [CROSS_SITE, EXEMPT, CROSS_SITE, CROSS_SITE, CROSS_SITE, PASSES, EXEMPT]),
    (&["POST"], &[SAME, SAME],          [CROSS_SITE, EXEMPT, CROSS_SITE, CROSS_SITE, CROSS_SITE, PASSES, EXEMPT]),
    (&["POST"], &[FROM_EVIL],           [OTHER_ORIGIN, EXEMPT, OTHER_ORIGIN, OTHER_ORIGIN, OTHER_ORIGIN, PASSES, EXEMPT]),
    (&["POST"], &[FROM_NULL],           [OPAQUE, EXEMPT, OPAQUE, OPAQUE, OPAQUE, PASSES, EXEMPT]),
    (&["POST"], &[ODD],                 [MALFORMED, EXEMPT, MALFORMED, MALFORMED, MALFORMED, PASSES, EXEMPT]),
    (&["POST"], &[FROM_US, FROM_US],    [MALFORMED, EXEMPT, MALFORMED, MALFORMED, MALFORMED, PASSES, EXEMPT]),
    (&["POST"], &[],                    [NO_ORIGIN, EXEMPT, NO_ORIGIN, PASSES, NO_ORIGIN, PASSES, EXEMPT]),
    // Other methods are not exempt with POST.
    (&["PUT", "PATCH", "DELETE", "TRACE", "CONNECT"], &[FROM_US],   [PASSES; 7]),
    (&["PUT", "PATCH", "DELETE", "TRACE", "CONNECT"], &[CROSS],     [CROSS_SITE, CROSS_SITE, CROSS_SITE, CROSS_SITE, CROSS_SITE, PASSES, PASSES]),
    (&["PUT", "PATCH", "DELETE", "TRACE", "CONNECT"], &[FROM_EVIL], [OTHER_ORIGIN, OTHER_ORIGIN, OTHER_ORIGIN, OTHER_ORIGIN, OTHER_ORIGIN, PASSES, PASSES]),
    (&["PUT", "PATCH", "DELETE", "TRACE", "CONNECT"], &[],          [NO_ORIGIN, NO_ORIGIN, NO_ORIGIN, PASSES, NO_ORIGIN, PASSES, PASSES]),
    // Over a WebSocket anything may be changed.
    (&["GET"], &[SOCKET, FROM_US],        [PASSES, EXEMPT, PASSES, PASSES, PASSES, PASSES, EXEMPT]),
    (&["GET"], &[SOCKET, FROM_TRUSTED],   [PASSES, EXEMPT, PASSES, PASSES, PASSES, PASSES, EXEMPT]),
    (&["GET"], &[SOCKET, FROM_EVIL],      [OTHER_ORIGIN, EXEMPT, OTHER_ORIGIN, OTHER_ORIGIN, OTHER_ORIGIN, PASSES, EXEMPT]),
    (&["GET"], &[SOCKET, CROSS],          [CROSS_SITE, EXEMPT, CROSS_SITE, CROSS_SITE, CROSS_SITE, PASSES, EXEMPT]),
    (&["GET"], &[SOCKET],                 [NO_ORIGIN, EXEMPT, NO_ORIGIN, PASSES, NO_ORIGIN, PASSES, EXEMPT]),
];

#[test]
fn method_headers_and_setting_decide_together() {
    for (methods, lines, answers) in MATRIX {
        let lines = [&[("host", "shop.example"), ("cookie", SESSION)], *lines].concat();
        for ((setting, set), expected) in SETTINGS.iter().zip(answers) {
            for method in *methods {
                let found = set(protection()).check(&Request::new(method, "/order", &lines));
                assert_eq!(found, *expected, "{method} {lines:?}, setting: {setting}");
            }
        }
    }
}
