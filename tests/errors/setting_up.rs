//! Keys and settings that are refused, with the message of each.

use super::*;

/// The problem's name in src/error/key.rs, an error of it, its message.
pub fn key_errors() -> Vec<(&'static str, KeyError, &'static str)> {
    let parse = |text: &str| refused(text.parse::<Key>());
    let bytes = |bytes: &[u8]| refused(Key::from_bytes(bytes));
    let ring = |text: &str| refused(KeyRing::from_text(text));
    let good = key().to_text();
    let with = |from, until| refused(KeyRing::new(key()).with_key(key(), at(from), until));
    let mut wrong_sum = good.to_string();
    let last = if wrong_sum.pop() == Some('A') { 'E' } else { 'A' };
    wrong_sum.push(last);
    vec![
        (
            "NotKeyText",
            parse("hunter2"),
            "key text does not start with htk1_: make one with `hardtack key new`",
        ),
        (
            "Quoted",
            // As `docker --env-file` hands on SESSION_KEYS="htk1_…": a list too, whose marks are at its ends.
            parse(&format!("\"{}\"", *good)),
            "key text is in quotation marks: `docker --env-file` keeps them where a shell strips them, so leave them out",
        ),
        ("TextLength", parse(&good[..52]), "key text has 52 characters instead of 53"),
        ("Alphabet", parse(&format!("{}!", &good[..52])), "key text is not canonical base64url"),
        ("Checksum", parse(&wrong_sum), "key text has a wrong checksum: look for a typing error"),
        ("Length", bytes(&[1; 31]), "key has 31 bytes instead of 32"),
        ("AllEqual", bytes(&[1; 32]), "all bytes of the key are equal"),
        (
            "Printable",
            bytes(b"correct horse battery staple, 32"),
            "key is printable text, not 32 random bytes: make one with Key::generate",
        ),
        (
            "Example",
            bytes(&Vec::from_iter(0..32)),
            "key is a published example: make one with Key::generate",
        ),
        (
            "Empty",
            ring(" ,\n"),
            "a key ring needs at least one key: make one with `hardtack key new`",
        ),
        (
            "InList",
            ring(&format!("{} hunter2", *good)),
            "key 2: key text does not start with htk1_: make one with `hardtack key new`",
        ),
        ("Duplicate", ring(&format!("{0} {0}", *good)), "key 2: already in the ring"),
        ("SameSealFrom", with(0, None), "key 2: another key has the same seal_from"),
        (
            "OpenUntilBeforeSealFrom",
            with(5, Some(at(5))),
            "key 2: open_until is not after seal_from",
        ),
        (
            "InVariable",
            // cargo sets it, to `hardtack`.
            refused(KeyRing::from_env("CARGO_PKG_NAME")),
            "environment variable CARGO_PKG_NAME: key 1: key text does not start with htk1_: make one with `hardtack key new`",
        ),
        (
            "NotSet",
            refused(KeyRing::from_env("HARDTACK_TEST_NOT_SET")),
            "environment variable HARDTACK_TEST_NOT_SET is not set: fill it with key texts made by `hardtack key new`",
        ),
    ]
}

/// Of a key: what takes another operating system or another environment to see.
pub const UNSEEN_KEY_ERRORS: [&str; 2] = ["Random", "NotUnicode"];

/// The problem's name in src/error/setup.rs, an error of it, its message.
pub fn setup_errors() -> Vec<(&'static str, SetupError, String)> {
    type Builder = SessionCookieBuilder<User>;
    let build = |set: fn(Builder) -> Builder| refused(set(shop().session()).build());
    let user = type_name::<User>();
    let twice = shop();
    let first: SessionCookie<User> = twice.session().build().unwrap();
    let flows = || shop().login_flows().issuer("https://id.example", RequireIss::Yes);
    let list = || shop().denylist_builder::<u64>();
    let flowing = shop();
    let _ = flowing.login_flows().issuer("https://id.example", RequireIss::No).build().unwrap();
    let mut rows = vec![
        (
            "Label",
            refused(Application::new("my shop", key())),
            "application name \"my shop\": use 1 to 64 of A-Z a-z 0-9 . _ -".to_owned(),
        ),
        (
            "Label",
            refused(shop().sealer("").build()),
            "use name \"\": use 1 to 64 of A-Z a-z 0-9 . _ -".to_owned(),
        ),
        (
            "CookieName",
            build(|b| b.name("my shop")),
            "cookie name \"my shop\": use 1 to 256 letters, digits and !#$%&'*+-.^_`|~".to_owned(),
        ),
        (
            "PrefixNeedsSecure",
            build(|b| b.name("__Host-s").danger_plain_http()),
            "cookie \"__Host-s\": browsers require Secure with this prefix: give it a name without the prefix, or keep Secure".to_owned(),
        ),
        (
            "PrefixNeedsHttpOnly",
            build(|b| b.name("__Http-s").danger_script_readable()),
            "cookie \"__Http-s\": browsers require HttpOnly with this prefix: give it a name without the prefix, or keep HttpOnly".to_owned(),
        ),
        (
            "PrefixForbidsDomain",
            build(|b| b.domain("example.com")),
            "cookie \"__Host-shop\": browsers refuse Domain with this prefix: call .name(…) with a name that starts with __Secure-, or drop .domain(…)".to_owned(),
        ),
        (
            "PrefixNeedsRootPath",
            build(|b| b.path("/shop")),
            "cookie \"__Host-shop\": browsers require Path=/ with this prefix: call .name(…) with a name that starts with __Secure-, or drop .path(…)".to_owned(),
        ),
        (
            "SameSiteNoneNeedsSecure",
            build(|b| b.danger_plain_http().same_site(SameSite::None)),
            "browsers require Secure with SameSite=None: keep Secure, or choose another SameSite"
                .to_owned(),
        ),
        (
            "PartitionedNeedsSecure",
            build(|b| b.danger_plain_http().partitioned()),
            "browsers require Secure with Partitioned: keep Secure, or drop .partitioned()".to_owned(),
        ),
        (
            "Path",
            build(|b| b.name("s").path("shop")),
            "path: start with /, use no semicolon or control character, at most 1024 bytes".to_owned(),
        ),
        (
            "Domain",
            build(|b| b.name("s").domain("*.example.com")),
            "domain: use letters, digits, - and ., at most 1024 bytes".to_owned(),
        ),
        (
            "FormerScope",
            build(|b| b.former_scope(Scope::new("/"))),
            "a former scope is the same as the current one: leave it out".to_owned(),
        ),
        (
            "BuiltTwice",
            refused(twice.session::<User>().build()),
            format!(
                "cookie \"__Host-shop\" of application \"shop\" was built already, for {user}: build it once, outside any closure that runs for each worker, and clone it; or call .name(…) for another cookie"
            ),
        ),
        (
            "PrefixTaken",
            refused(flowing.login_flows().issuer("https://id.example", RequireIss::No).build()),
            "ceremonies or log-in flows of application \"shop\" with cookies \"__Host-shop~login-\" were built already: build them once and clone them; or give the others another name, or a .cookie_prefix(…)".to_owned(),
        ),
        (
            "NameTaken",
            refused(twice.session::<Cart>().build()),
            format!(
                "cookie \"__Host-shop\" of application \"shop\" was built already for {user}: give the one for {} another name with .name(\"__Host-shop~…\")",
                type_name::<Cart>()
            ),
        ),
        (
            "UnderPrefix",
            refused(flowing.session::<User>().name("__Host-shop~login-x").build()),
            "cookie \"__Host-shop~login-x\" starts with \"__Host-shop~login-\", so the ceremonies or log-in flows of that prefix would take it for an old one of theirs and remove it: rename one of them".to_owned(),
        ),
        (
            "IdleAboveAbsolute",
            build(|b| b.timeouts(Timeouts { idle: 2 * MINUTE, absolute: MINUTE })),
            "an idle timeout is longer than its absolute timeout: shorten the one or lengthen the other".to_owned(),
        ),
        (
            "Timeout",
            build(|b| b.timeouts(Timeouts { idle: Duration::ZERO, absolute: MINUTE })),
            "a timeout is at least one second and under 2^39 seconds".to_owned(),
        ),
        (
            "Leeway",
            refused(Application::builder("shop", key()).leeway(2_000 * MINUTE).build()),
            "a leeway is at most a day".to_owned(),
        ),
        (
            "Schema",
            build(|b| b.schema(1 << 24)),
            "a schema number is at most 16777215".to_owned(),
        ),
        (
            "SameShape",
            build(|b| b.schema(3).upgrade_schema(3, Codec::Postcard, |id: u64| User { id })),
            format!(
                "sessions of {user}: {user} and u64 have the same shape (number 000003), so the cookie cannot tell them apart: remove one, or use .revision(n)"
            ),
        ),
        (
            "NotPostcard",
            refused(shop().session::<Either>().build()),
            format!(
                "sessions of {}: postcard cannot encode the type (at T, it calls `deserialize_any`, as with flatten, untagged or internally tagged enums, and serde_json::Value): use Codec::Json (feature json)",
                type_name::<Either>()
            ),
        ),
        (
            "Untraceable",
            refused(shop().session::<(Checked, u8)>().build()),
            format!(
                "sessions of {}: the shape cannot be traced: at T.0, it refuses every made-up value (\"no such id\"). Pass a value that its parsers accept to .sample(value), use Codec::Json (feature json), or number the shape yourself with .schema(n)",
                type_name::<(Checked, u8)>()
            ),
        ),
        (
            "WrittenOtherwise",
            refused(shop().session::<OneSided>().build()),
            format!(
                "sessions of {}: T.id is read where another name is written (a rename or a skip for one direction only), so they would come back as different data: remove the serde attribute that causes it, or use Codec::Json (feature json)",
                type_name::<OneSided>()
            ),
        ),
        (
            "IdleAboveBrowsers",
            build(|b| b.remember_me(Timeouts { idle: 401 * DAY, absolute: 500 * DAY })),
            "an idle timeout is at most 400 days: browsers keep cookies no longer".to_owned(),
        ),
        ("PadBlock", build(|b| b.pad(0)), "a padding block is 1 to 1024 bytes".to_owned()),
        (
            "HeaderBudgetTooSmall",
            build(|b| b.header_budget(200)),
            "header budget of 200 bytes: an empty session takes 202: raise the proxy's limit (nginx: proxy_buffer_size), or shorten other headers".to_owned(),
        ),
        (
            "HeaderBudgetUnused",
            build(|b| b.header_budget(8_192)),
            "header budget of 8192 bytes: the cookie never takes more than 4110: drop .header_budget(…)".to_owned(),
        ),
        (
            "TokenLimit",
            refused(shop().sealer("api").limit(80).build()),
            "a token limit must leave room for an empty token, padded as configured".to_owned(),
        ),
        (
            "Origin",
            refused(Application::builder("shop", key()).trust("https://pay.example/").build()),
            "trusted origin \"https://pay.example/\": write scheme://host or scheme://host:port, nothing else".to_owned(),
        ),
        (
            "Capacity",
            refused(list().capacity(0).build()),
            "a denylist holds 1 to 16777216 entries".to_owned(),
        ),
        (
            "StaleAfter",
            refused(list().stale_after(Duration::ZERO, FailMode::Open).build()),
            "a denylist goes stale after one second at the earliest".to_owned(),
        ),
        (
            "ReturnPath",
            refused(flows().return_to(["cart"]).build()),
            "return path \"cart\": write a path on this site, or one that ends in /* for everything below it".to_owned(),
        ),
        (
            "NoIssuer",
            refused(shop().login_flows().build()),
            "log-in flows have no provider: declare each with .issuer(\"https://…\", RequireIss::…)".to_owned(),
        ),
        (
            "Issuer",
            refused(flows().issuer("id.example", RequireIss::No).build()),
            "issuer \"id.example\": write the provider's issuer identifier as its metadata has it, https://…".to_owned(),
        ),
        (
            "IssuerTwice",
            refused(flows().issuer("https://id.example", RequireIss::No).build()),
            "issuer \"https://id.example\" is declared twice: declare it once".to_owned(),
        ),
    ];
    rows.extend(predecessor_errors());
    drop(first);
    for (_, error, text) in key_errors() {
        rows.push(("Key", error.into(), text.to_owned()));
    }
    #[cfg(feature = "cookie")]
    rows.push((
        "CookieValue",
        refused(hardtack::SetCookie::try_from(&cookie::Cookie::new("a", "1; Path=/"))),
        "cookie value: printable ASCII only, without white space, quote, comma, semicolon or backslash"
            .to_owned(),
    ));
    #[cfg(feature = "ring-file")]
    {
        use hardtack::keys::{RingFile, RotationPolicy};
        let policy = RotationPolicy::builder;
        rows.push((
            "Activation",
            refused(policy().activation(MINUTE).reload(MINUTE).build()),
            "activation must be at least 180 s (twice the reload interval plus leeway), or a node could get the new key too late".to_owned(),
        ));
        rows.push((
            "KeyLifetime",
            refused(policy().lifetime(MINUTE).build()),
            "a key's lifetime is at least its activation".to_owned(),
        ));
        let empty = refused("".parse::<RingFile>());
        rows.push(("RingFile", empty.into(), "the ring file has no [[key]]".to_owned()));
    }
    #[cfg(feature = "migrate")]
    rows.push((
        "OldKey",
        refused(hardtack::migrate::JarKey::new(&[7; 63])),
        "old key of length 63: the cookie crate's Key::from takes 64 bytes or more, and Key::derive_from is for shorter ones"
            .to_owned(),
    ));
    rows
}

fn predecessor_errors() -> Vec<(&'static str, SetupError, String)> {
    let moving = |since, until| Moving { since: at(since), until: at(until) };
    let old = |name: &str, moving| {
        let read = |_: OldCookie<'_>| Err(OldCookieError::Malformed);
        Predecessor::<User>::new(name, moving, read)
    };
    let build = |old| refused(shop().session().remember_me(None).predecessor(old).build());
    vec![
        (
            "PredecessorName",
            build(old("__Host-shop", moving(1, 2))),
            "predecessor \"__Host-shop\": a session cookie or another predecessor already has this name: rename the new cookie with .name(…), or let one reader try all formats of the old one".to_owned(),
        ),
        (
            "PredecessorDates",
            build(old("id", moving(2, 2))),
            "predecessor \"id\": `since` must be before `until`".to_owned(),
        ),
        (
            "PredecessorClass",
            build(old("id", moving(1, 2)).remembered()),
            "predecessor \"id\": its sessions are remembered, but .remember_me(None) switches that off".to_owned(),
        ),
        (
            "PredecessorKept",
            refused(
                shop()
                    .session()
                    .same_site(SameSite::Strict)
                    .predecessor(old("id", moving(1, 2)).kept())
                    .build(),
            ),
            "predecessor \"id\": .kept() does not work with SameSite::Strict: a link from another site brings the old cookie but not ours. Use SameSite::Lax while it is kept".to_owned(),
        ),
        (
            "Date",
            refused("2030-01-31".parse::<Timestamp>()).into(),
            "write a date as in RFC 3339: 2030-01-31T12:00:00Z".to_owned(),
        ),
    ]
}
