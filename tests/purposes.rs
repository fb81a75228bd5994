//! All purposes against all purposes: what was sealed for one use is refused by every other, although one ring seals them all.

use hardtack::{
    Flash, FlashLevel, Key, KeyRing, LoginFlows, Purpose, RingHandle, Sealer, SessionCookie,
    SessionSlot, Timestamp,
};

/// The same shape everywhere: only the key tells the uses apart.
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
    let token = users.seal(&data(), &users.fresh(now).unwrap(), now).unwrap().value().to_owned();
    Use { name, token, takes: Box::new(move |token| users.open([token.as_bytes()], now).is_ok()) }
}

fn sealer(name: &'static str, sealer: Sealer) -> Use {
    let now = Timestamp::now();
    let token = sealer.seal(&sealer.fresh(now).unwrap(), b"\x07\x03Ada", now).unwrap();
    Use { name, token, takes: Box::new(move |token| sealer.open(token.as_bytes(), now).is_ok()) }
}

fn flash(ring: &RingHandle) -> Use {
    let cookie = Flash::cookie("shop", ring).unwrap();
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

fn login_flow(ring: &RingHandle) -> Use {
    let flows = LoginFlows::new("shop", ring).unwrap();
    let flow = flows.begin([""], "https://id.example", "/").unwrap();
    let line = flow.set_cookies().next().unwrap();
    let (name, state) = (line.name().to_owned(), flow.state().to_owned());
    let token = line.value().to_owned();
    let takes = move |token: &str| flows.finish([format!("{name}={token}")], &state, None).is_ok();
    Use { name: "login flow", token, takes: Box::new(takes) }
}

fn csrf(name: &'static str, users: &SessionCookie<Data>) -> Use {
    let session = users.slot([""]).start(data()).unwrap();
    let token = session.csrf_token().unwrap();
    Use { name, token, takes: Box::new(move |token| session.check_csrf(token).is_ok()) }
}

fn committed<T>(slot: &SessionSlot<T>) -> Vec<String>
where
    T: serde::Serialize + serde::de::DeserializeOwned + Send + Sync + 'static,
{
    let mut head = Head::default();
    slot.commit(&mut head).unwrap();
    head.0
}

#[derive(Default)]
struct Head(Vec<String>);

impl hardtack::ResponseHead for Head {
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
    let ring = RingHandle::from(KeyRing::new(Key::generate().unwrap()));
    let named = |app: &str, name: &str| {
        SessionCookie::<Data>::builder(app, &ring).name(name).build().unwrap()
    };
    let signed = SessionCookie::<Data>::builder("shop", &ring).signed().build().unwrap();
    let users = SessionCookie::<Data>::new("shop", &ring).unwrap();
    let purpose = |app, use_| Purpose::token(app, use_).unwrap();
    let other_ring = SessionCookie::<Data>::new("shop", Key::generate().unwrap()).unwrap();
    vec![
        csrf("CSRF token", &users),
        csrf("CSRF token of another session", &users),
        csrf("CSRF token of another cookie", &named("shop", "__Host-admin")),
        csrf("CSRF token of another application", &named("blog", "__Host-session")),
        csrf("CSRF token of a signed session", &signed),
        cookie("session", users),
        cookie("session, signed", signed),
        cookie("session under another name", named("shop", "__Host-admin")),
        cookie("session under the flash messages' name", named("shop2", "__Host-flash")),
        cookie("session of another application", named("blog", "__Host-session")),
        cookie("session under another ring", other_ring),
        sealer("bearer token", Sealer::encrypted(&ring, purpose("shop", "api"))),
        sealer("bearer token, signed", Sealer::signed(&ring, purpose("shop", "api"))),
        sealer("bearer token of another use", Sealer::encrypted(&ring, purpose("shop", "session"))),
        sealer(
            "bearer token of another application",
            Sealer::encrypted(&ring, purpose("blog", "api")),
        ),
        flash(&ring),
        login_flow(&ring),
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

// What keeps them apart is the key and not the shape: two uses of one purpose do take each other's tokens.
#[test]
fn the_table_can_fail() {
    let ring = RingHandle::from(KeyRing::new(Key::generate().unwrap()));
    let users = || SessionCookie::<Data>::new("shop", &ring).unwrap();
    let (one, other) = (cookie("one", users()), cookie("other", users()));
    assert!((one.takes)(&other.token) && (other.takes)(&one.token));
}
