//! The hot paths, each in a separate function that callgrind counts: `./check` runs this under valgrind.
//!
//! Keys and times are fixed. Nonces and session ids stay random, but take the same instructions whatever their value. The
//! generator behind the nonces refills its buffer in the same call of each run.

#[path = "../../peers/src/data.rs"]
#[allow(dead_code, reason = "each program uses a part")]
mod data;

use std::hint::black_box;

use data::Data;
use hardtack::device::{Device, DeviceBinding};
use hardtack::framework::RequestHead;
use hardtack::testing::{Head, SoftwareDevice};
use hardtack::token::Sealer;
use hardtack::{
    Application, Claims, Class, Key, OpenError, SealError, Session, SessionCookie, SetCookie,
    Timestamp,
};
use http::{Request, Response};

/// How many calls of each path to count, unless a second argument says otherwise (a sampling profiler wants more).
const TIMES: usize = 200;
const NOW: u64 = 1_800_000_000;

fn main() {
    let path = std::env::args().nth(1).expect("the name of a path");
    let now = Timestamp::from_secs(NOW);
    match path.as_str() {
        "seal_small" => sealing(data::small(), false, now),
        "seal_medium" => sealing(data::medium(), false, now),
        "seal_large" => sealing(data::large(), false, now),
        "open_small" => opening(data::small(), false, now),
        "open_medium" => opening(data::medium(), false, now),
        "open_large" => opening(data::large(), false, now),
        "seal_signed_medium" => sealing(data::medium(), true, now),
        "open_signed_medium" => opening(data::medium(), true, now),
        "header_small" => header(data::small()),
        "header_medium" => header(data::medium()),
        "header_bound" => header_bound(data::small()),
        "http_read" => http(data::small(), |_| {}),
        "http_changed" => http(data::small(), |mut session| session.update(|_| {}).unwrap()),
        "sealer_seal" => sealer_seal(now),
        "sealer_open" => sealer_open(now),
        "refuse_unknown_key" => refusing(now),
        other => panic!("no path is called {other}"),
    }
}

fn repeat<R>(mut work: impl FnMut() -> R) {
    let times = std::env::args().nth(2).map_or(TIMES, |times| times.parse().expect("a number"));
    // The first call fills caches and is not counted.
    drop(work());
    for _ in 0..times {
        counted(&mut work);
    }
}

/// Counting begins and ends here.
#[inline(never)]
fn counted<R>(work: &mut impl FnMut() -> R) {
    drop(black_box(work()));
}

fn key(first: u8) -> Key {
    let bytes: Vec<u8> = (0..32).map(|n: u8| first.wrapping_add(n.wrapping_mul(37))).collect();
    Key::from_bytes(&bytes).unwrap()
}

fn cookie<T: Data>(signed: bool) -> SessionCookie<T> {
    let shop = Application::builder("shop", key(1)).clock(Still).build().unwrap();
    let builder = shop.session();
    if signed { builder.signed().build().unwrap() } else { builder.build().unwrap() }
}

struct Still;

impl hardtack::Clock for Still {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(NOW)
    }
}

fn sealing<T: Data>(data: T, signed: bool, now: Timestamp) {
    let users = cookie::<T>(signed);
    let claims = users.new_claims(Class::Standard, now).unwrap();
    repeat(|| -> SetCookie { users.seal(&data, &claims, now).unwrap() });
}

fn opening<T: Data>(data: T, signed: bool, now: Timestamp) {
    let users = cookie::<T>(signed);
    let value = users.seal(&data, &users.new_claims(Class::Standard, now).unwrap(), now).unwrap();
    let value = value.value().as_bytes();
    repeat(|| users.open([black_box(value)], now).unwrap().unwrap());
}

fn header<T: Data>(data: T) {
    let users = cookie::<T>(false);
    let now = Timestamp::from_secs(NOW);
    let sealed = users.seal(&data, &users.new_claims(Class::Standard, now).unwrap(), now).unwrap();
    let line = format!("theme=dark; {}={}", sealed.name(), sealed.value());
    repeat(|| users.slot([black_box(&line)]).open().unwrap().unwrap());
}

/// A request and its answer in `http`'s types, as the adapters have them, and what the handler does with the session.
fn http<T: Data>(data: T, handler: impl Fn(Session<T>)) {
    let users = cookie::<T>(false);
    let now = Timestamp::from_secs(NOW);
    let sealed = users.seal(&data, &users.new_claims(Class::Standard, now).unwrap(), now).unwrap();
    let cookies = format!("theme=dark; {}={}", sealed.name(), sealed.value());
    let request = Request::post("/cart")
        .header("host", "shop.example")
        .header(
            "user-agent",
            "Mozilla/5.0 (X11; Linux x86_64; rv:150.0) Gecko/20100101 Firefox/150.0",
        )
        .header("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8")
        .header("accept-language", "en-US,en;q=0.9")
        .header("accept-encoding", "gzip, deflate, br, zstd")
        .header("origin", "https://shop.example")
        .header("sec-fetch-site", "same-origin")
        .header("cookie", cookies);
    let request = request.body(()).unwrap();
    repeat(|| {
        let (method, target, headers) = (request.method(), request.uri(), request.headers());
        let slot = users.begin_http(method, target, black_box(headers)).unwrap();
        handler(slot.get().unwrap());
        let response = Response::builder().header("content-type", "text/html");
        let mut response = response.body(()).unwrap();
        slot.commit_http(&mut response);
        response
    });
}

/// As [`header`], with a session that is bound to a device, and its proof.
fn header_bound<T: Data>(data: T) {
    let shop = Application::builder("shop", key(1)).clock(Still).build().unwrap();
    let users = shop.session::<T>().device_binding(DeviceBinding::default()).build().unwrap();
    let slot = users.slot([""]);
    slot.start(data).unwrap();
    slot.offer_device(&Post(Vec::new()));
    let mut head = Head::new(200);
    slot.commit(&mut head).unwrap();
    let offer = head.all("secure-session-registration").next().unwrap();
    let proof = SoftwareDevice::generate().unwrap().registers(offer).unwrap();
    let cookie = pairs(head.all("set-cookie"));
    let post = Post(vec![("cookie", cookie), ("secure-session-response", proof)]);
    let answer = users.register_device(&post);
    let cookies = answer.headers().filter(|line| line.0 == "set-cookie").map(|line| line.1);
    let line = format!("theme=dark; {}", pairs(cookies));
    repeat(|| {
        let session = users.slot([black_box(&line)]).open().unwrap().unwrap();
        assert_eq!(session.device(), Device::Fresh);
        session
    });
}

fn pairs<'l>(lines: impl Iterator<Item = &'l str>) -> String {
    lines.map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

/// A browser's request about its device.
struct Post(Vec<(&'static str, String)>);

impl RequestHead for Post {
    fn method(&self) -> &str {
        "POST"
    }

    fn path(&self) -> &str {
        "/hardtack-device/register"
    }

    fn authority(&self) -> Option<&str> {
        None
    }

    fn lines(&self, name: &'static str, each: &mut dyn FnMut(&[u8])) {
        self.0.iter().filter(|line| line.0 == name).for_each(|line| each(line.1.as_bytes()));
    }
}

fn sealer(key: Key) -> Sealer {
    Application::new("shop", key).unwrap().sealer("api").build().unwrap()
}

fn claims_of(sealer: &Sealer, now: Timestamp) -> Claims {
    sealer.new_claims(Class::Standard, now).unwrap()
}

fn sealer_seal(now: Timestamp) {
    let sealer = sealer(key(1));
    let claims = claims_of(&sealer, now);
    repeat(|| -> Result<String, SealError> { sealer.seal(&claims, black_box(&[7; 293]), now) });
}

fn sealer_open(now: Timestamp) {
    let sealer = sealer(key(1));
    let token = sealer.seal(&claims_of(&sealer, now), &[7; 293], now).unwrap();
    repeat(|| sealer.open(black_box(token.as_bytes()), now).unwrap());
}

fn refusing(now: Timestamp) {
    let other = sealer(key(2));
    let token = other.seal(&claims_of(&other, now), &[7; 293], now).unwrap();
    let sealer = sealer(key(1));
    let refused = || {
        matches!(sealer.open(black_box(token.as_bytes()), now), Err(OpenError::UnknownKey { .. }))
    };
    repeat(|| assert!(refused()));
}
