//! Links of a mail: tokens that die when a fact changes, and that open in the browser that asked where that is wanted.

use hardtack::token::{BoundSealer, FactChanged, Sealer};
use hardtack::{Class, MINUTE};

use super::*;

/// What a site stores of its users.
#[derive(Clone)]
struct Stored {
    email: &'static str,
    password_hash: &'static str,
}

impl Stored {
    /// What a link dies with: the password, and the address that it was sent to.
    fn fact(&self) -> String {
        format!("{}\n{}", self.password_hash, self.email)
    }
}

struct Post {
    clock: ManualClock,
    shop: Application,
    resets: BoundSealer,
    users: BTreeMap<&'static str, Stored>,
}

impl Post {
    fn new() -> Self {
        let clock = ManualClock::at(Timestamp::from_secs(T));
        let shop = application(&Keys::from(Key::generate().unwrap()), &clock);
        let resets = shop.sealer("password-reset").idle(10 * MINUTE).build_bound().unwrap();
        let users = BTreeMap::from([
            ("7", Stored { email: "ada@example.com", password_hash: "$argon2id$ada" }),
            ("8", Stored { email: "eve@example.com", password_hash: "$argon2id$eve" }),
        ]);
        Self { clock, shop, resets, users }
    }

    fn send(&self, user: &str) -> String {
        let now = self.clock.now();
        let claims = self.resets.new_claims(Class::Standard, now).unwrap();
        let fact = self.users[user].fact();
        self.resets.seal(&claims, user.as_bytes(), fact.as_bytes(), now).unwrap()
    }

    /// Whose password is reset; `None` where the link is refused.
    fn open(&self, token: &str) -> Option<String> {
        let asked = self.resets.open(token.as_bytes(), self.clock.now()).ok()?;
        let user = std::str::from_utf8(asked.payload()).unwrap().to_owned();
        let stored = self.users.get(&*user)?;
        asked.check(stored.fact().as_bytes()).ok()?;
        Some(user)
    }

    fn reset(&mut self, token: &str, password_hash: &'static str) -> bool {
        let Some(user) = self.open(token) else { return false };
        self.users.get_mut(&*user).unwrap().password_hash = password_hash;
        true
    }
}

#[test]
fn a_link_works_once() {
    let mut post = Post::new();
    let (link, other) = (post.send("7"), post.send("7"));
    assert!(post.reset(&link, "$argon2id$new"));
    assert!(!post.reset(&link, "$argon2id$newer"), "used twice");
    assert!(!post.reset(&other, "$argon2id$newer"), "sent before the password changed");
    assert_eq!(post.users["7"].password_hash, "$argon2id$new");
    assert!(post.open(&post.send("7")).is_some(), "a new one works");
    assert!(post.open(&post.send("8")).is_some(), "nobody else's changed");
}

#[test]
fn a_link_dies_with_what_it_is_bound_to() {
    let mut post = Post::new();
    let link = post.send("7");
    let ada = post.users["7"].clone();
    for changed in [
        Stored { password_hash: "$argon2id$other", ..ada.clone() },
        Stored { email: "ada@example.org", ..ada.clone() },
    ] {
        post.users.insert("7", changed);
        assert_eq!(post.open(&link), None);
    }
    post.users.insert("7", ada);
    assert_eq!(post.open(&link).as_deref(), Some("7"));
    post.users.remove("7");
    assert_eq!(post.open(&link), None, "the account is gone");
}

#[test]
fn a_link_is_good_for_ten_minutes() {
    for (after, opens) in [(599, true), (600, false), (601, false)] {
        let post = Post::new();
        let link = post.send("7");
        post.clock.advance(Duration::from_secs(after));
        assert_eq!(post.open(&link).is_some(), opens, "{after}");
    }
}

#[test]
fn an_altered_link_is_refused_wherever_it_is_altered() {
    let post = Post::new();
    let link = post.send("7");
    for place in 0..link.len() {
        let mut altered = link.clone().into_bytes();
        altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
        let altered = String::from_utf8(altered).unwrap();
        if altered != link {
            assert_eq!(post.open(&altered), None, "{place}");
        }
    }
    for cut in 0..link.len() {
        assert_eq!(post.open(&link[..cut]), None);
    }
}

#[test]
fn a_link_for_one_use_opens_for_no_other_and_no_plain_token_is_a_link() {
    let post = Post::new();
    let (link, now) = (post.send("7"), post.clock.now());
    let other_use = post.shop.sealer("log-in").build_bound().unwrap();
    assert_eq!(other_use.open(link.as_bytes(), now).err(), Some(OpenError::NotAuthentic));
    let plain: Sealer = post.shop.sealer("password-reset").build().unwrap();
    assert_eq!(plain.open(link.as_bytes(), now).err(), Some(OpenError::NotAuthentic));
    let token = plain.seal(&plain.new_claims(Class::Standard, now).unwrap(), &[0; 40], now);
    let refused = post.resets.open(token.unwrap().as_bytes(), now).err();
    assert_eq!(refused, Some(OpenError::NotAuthentic));
    let blog = Application::builder("blog", post.shop.keys()).clock(post.clock.clone());
    let blog = blog.build().unwrap().sealer("password-reset").build_bound().unwrap();
    assert_eq!(blog.open(link.as_bytes(), now).err(), Some(OpenError::NotAuthentic));
}

#[test]
fn the_fact_is_not_in_the_token_and_two_tokens_of_one_fact_do_not_show_it() {
    let post = Post::new();
    let signed = post.shop.sealer("signed").signed().build_bound().unwrap();
    let now = post.clock.now();
    let seal = |fact: &[u8]| {
        let claims = signed.new_claims(Class::Standard, now).unwrap();
        signed.seal(&claims, b"7", fact, now).unwrap()
    };
    let length = seal(b"").len();
    assert_eq!(seal(&[b'x'; 1_000]).len(), length);
    // Signed alone, so that its bytes can be read: header, envelope, hash, payload, tag.
    use base64::Engine;
    let read = |token: &str| {
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).unwrap();
        bytes[bytes.len() - 32 - 1 - 16..bytes.len() - 32 - 1].to_vec()
    };
    assert_ne!(read(&seal(b"one")), read(&seal(b"one")));
    let (empty, one) = (seal(b""), seal(b"one"));
    let check = |token: &str, fact: &[u8]| {
        let asked = signed.open(token.as_bytes(), now).unwrap();
        asked.check(fact).map(|opened| opened.data)
    };
    assert_eq!(check(&one, b"one"), Ok(b"7".to_vec()));
    assert_eq!(check(&empty, b""), Ok(b"7".to_vec()));
    for fact in [&b""[..], b"on", b"one ", b"ONE"] {
        let error: FactChanged = check(&one, fact).unwrap_err();
        assert_eq!(error.to_string(), "the fact that the token is bound to has changed");
    }
    let shown = format!("{signed:?} {:?}", signed.open(one.as_bytes(), now).unwrap());
    assert!(shown.contains("BoundSealer") && !shown.contains("[55]"), "{shown}");
}

/// A link that opens in the browser that asked: the token is in the mail, the ceremony's cookie in the browser, and each holds half.
#[test]
fn a_link_that_opens_only_where_it_was_asked_for() {
    let post = Post::new();
    let asks = post.shop.ceremony::<String>("password-reset").build().unwrap();
    let begun = asks.begin([""], NoSession, &"7".to_owned()).unwrap();
    let line = begun.set_cookies().next().unwrap();
    let browser = format!("{}={}", line.name(), line.value());
    // The mail has both: /reset?id=…&token=…
    let (id, token) = (begun.id(), post.send("7"));

    let open = |cookies: &str, id: &str, token: &str| {
        let (user, _) = asks.finish([cookies], NoSession, id).ok()?;
        post.open(token).filter(|opened| *opened == user)
    };
    assert_eq!(open("", id, &token), None, "in another browser");
    assert_eq!(open(&browser, id, &post.send("8")), None, "for another user");
    assert_eq!(open(&browser, id, &token).as_deref(), Some("7"));
}
