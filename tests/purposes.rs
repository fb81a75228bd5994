//! All purposes against all purposes: what was sealed for one use is refused by every other, although one ring seals for all.

use hardtack::ceremony::NoSession;
use hardtack::flash::FlashLevel;
use hardtack::framework::ResponseHead;
use hardtack::keys::Keys;
use hardtack::login::RequireIss;
use hardtack::token::SealerBuilder;
use hardtack::{
    Application, Class, Key, KeyRing, SessionCookie, SessionData, SessionSlot, Timestamp,
};

/// The same data under the same number everywhere: only the key tells the uses apart.
type Data = (u64, String);

/// One use of the crate: a token made for it, and whether it takes another.
struct Use {
    name: &'static str,
    token: String,
    takes: Box<dyn Fn(&str) -> bool>,
}

fn data() -> Data {
    (7, "Ada".to_owned())
}

fn cookie(name: &'static str, users: SessionCookie<Data>) -> Use {
    let now = Timestamp::now();
    let claims = users.new_claims(Class::Standard, now).unwrap();
    let token = users.seal(&data(), &claims, now).unwrap().value().to_owned();
    Use { name, token, takes: Box::new(move |token| users.open([token.as_bytes()], now).is_ok()) }
}

fn sealer(name: &'static str, builder: SealerBuilder) -> Use {
    let (sealer, now) = (builder.build().unwrap(), Timestamp::now());
    let claims = sealer.new_claims(Class::Standard, now).unwrap();
    let token = sealer.seal(&claims, b"\x07\x03Ada", now).unwrap();
    Use { name, token, takes: Box::new(move |token| sealer.open(token.as_bytes(), now).is_ok()) }
}

fn bound(name: &'static str, builder: SealerBuilder) -> Use {
    let (sealer, now) = (builder.build_bound().unwrap(), Timestamp::now());
    let claims = sealer.new_claims(Class::Standard, now).unwrap();
    let token = sealer.seal(&claims, b"\x07\x03Ada", b"fact", now).unwrap();
    let takes = move |token: &str| {
        sealer.open(token.as_bytes(), now).is_ok_and(|asked| asked.check(b"fact").is_ok())
    };
    Use { name, token, takes: Box::new(takes) }
}

fn flash(shop: &Application) -> Use {
    let cookie = shop.flash().build().unwrap();
    let carried = |token: &str| format!("{}={token}", cookie.name());
    let slot = cookie.slot([""]);
    slot.push(FlashLevel::Info, "Ada").unwrap();
    let token = value_of(&committed(&slot), cookie.name());
    assert!(cookie.slot([carried(&token)]).get().is_some());
    let takes = move |token: &str| {
        cookie.slot([format!("{}={token}", cookie.name())]).open().is_ok_and(|it| it.is_some())
    };
    Use { name: "flash", token, takes: Box::new(takes) }
}

fn login_flow(shop: &Application) -> Use {
    let issuer = "https://id.example";
    let flows = shop.login_flows().issuer(issuer, RequireIss::No).build().unwrap();
    let flow = flows.begin([""], issuer, "/").unwrap();
    let line = flow.set_cookies().next().unwrap();
    let (name, state) = (line.name().to_owned(), flow.state().to_owned());
    let token = line.value().to_owned();
    let takes = move |token: &str| flows.finish([format!("{name}={token}")], &state, None).is_ok();
    Use { name: "login flow", token, takes: Box::new(takes) }
}

fn ceremony(name: &'static str, app: &Application, kind: &str) -> Use {
    let kind = app.ceremony::<Data>(kind).schema(0).build().unwrap();
    let begun = kind.begin([""], NoSession, &data()).unwrap();
    let line = begun.set_cookies().next().unwrap();
    let (cookie, token) = (line.name().to_owned(), line.value().to_owned());
    let takes = move |token: &str| {
        kind.finish([format!("{cookie}={token}")], NoSession, begun.id()).is_ok()
    };
    Use { name, token, takes: Box::new(takes) }
}

fn csrf(name: &'static str, users: &SessionCookie<Data>) -> Use {
    let session = users.slot([""]).start(data()).unwrap();
    let token = session.csrf_token().unwrap();
    Use { name, token, takes: Box::new(move |token| session.check_csrf(token).is_ok()) }
}

fn committed<T: SessionData>(slot: &SessionSlot<T>) -> Vec<String> {
    let mut head = Head::default();
    slot.commit(&mut head).unwrap();
    head.0
}

#[derive(Default)]
struct Head(Vec<String>);

impl ResponseHead for Head {
    fn status(&self) -> u16 {
        200
    }

    fn lines(&self, _: &str, _: &mut dyn FnMut(&[u8])) {}

    fn append(&mut self, name: &'static str, value: &str) {
        if name == "set-cookie" {
            self.0.push(value.to_owned());
        }
    }

    fn replace(&mut self, _: &'static str, _: &str) {}
}

fn value_of(lines: &[String], name: &str) -> String {
    let value = |line: &String| Some(line.strip_prefix(name)?.strip_prefix('=')?.to_owned());
    let value = lines.iter().find_map(value).expect("the cookie was set");
    value.split(';').next().unwrap().to_owned()
}

fn uses() -> Vec<Use> {
    let keys = Keys::from(KeyRing::new(Key::generate().unwrap()));
    let app = |name: &str| Application::new(name, &keys).unwrap();
    let named = |app_name: &str, name: &str| -> SessionCookie<Data> {
        app(app_name).session().schema(0).name(name).build().unwrap()
    };
    let (shop, blog) = (app("shop"), app("blog"));
    let users: SessionCookie<Data> = shop.session().schema(0).build().unwrap();
    let signed: SessionCookie<Data> = app("shop").session().schema(0).signed().build().unwrap();
    let other_keys = Application::new("shop", Key::generate().unwrap()).unwrap();
    let other_keys: SessionCookie<Data> = other_keys.session().schema(0).build().unwrap();
    vec![
        csrf("CSRF token", &users),
        csrf("CSRF token of another session", &users),
        csrf("CSRF token of another cookie", &named("shop", "__Host-admin")),
        csrf("CSRF token of another application", &named("blog", "__Host-shop")),
        csrf("CSRF token of a signed session", &signed),
        cookie("session", users),
        cookie("session, signed", signed),
        cookie("session under another name", named("shop", "__Host-admin")),
        cookie("session under the flash messages' name", named("shop2", "__Host-shop~flash")),
        cookie("session of another application", named("blog", "__Host-shop")),
        cookie("session under another ring", other_keys),
        sealer("bearer token", shop.sealer("api")),
        sealer("bearer token, signed", shop.sealer("api").signed()),
        sealer("bearer token of another use", shop.sealer("session")),
        sealer("bearer token of another application", blog.sealer("api")),
        bound("link", shop.sealer("api")),
        bound("link of another use", shop.sealer("password-reset")),
        bound("link of another application", blog.sealer("api")),
        flash(&shop),
        login_flow(&shop),
        ceremony("ceremony", &shop, "passkey"),
        ceremony("ceremony of another kind", &shop, "password-reset"),
        ceremony("ceremony called as the log-in flows are", &app("shop"), "login"),
        ceremony("ceremony of another application", &blog, "passkey"),
        sealer("bearer token of a ceremony's name", shop.sealer("passkey")),
    ]
}

#[test]
fn each_use_takes_its_own_tokens_and_no_other() {
    let uses = uses();
    for (at, maker) in uses.iter().enumerate() {
        for (place, taker) in uses.iter().enumerate() {
            let took = (taker.takes)(&maker.token);
            assert_eq!(took, at == place, "a {} in the place of a {}", maker.name, taker.name);
        }
    }
}

// The key keeps them apart, not the shape: two uses with one purpose do accept each other's tokens.
#[test]
fn the_table_can_fail() {
    let keys = Keys::from(KeyRing::new(Key::generate().unwrap()));
    let users = || Application::new("shop", &keys).unwrap().session().schema(0).build().unwrap();
    let (one, other) = (cookie("one", users()), cookie("other", users()));
    assert!((one.takes)(&other.token) && (other.takes)(&one.token));
    // A sealer of a cookie's name has the cookie's purpose.
    let shop = Application::new("shop", &keys).unwrap();
    let tool = sealer("a tool", shop.cookie_sealer("__Host-shop"));
    assert!((one.takes)(&tool.token) && (tool.takes)(&one.token));
}
