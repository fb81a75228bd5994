//! Whatever a browser sends about its device: no proof that this server has not asked this key for is taken, what is taken stays taken
//! however it is spelt, and no answer but to a proof sets a cookie.

#![no_main]

use std::sync::LazyLock;

use hardtack::device::{DeviceAnswer, DeviceBinding};
use hardtack::framework::RequestHead;
use hardtack::testing::{Head, ManualClock, SoftwareDevice};
use hardtack::{Application, Key, SessionCookie, Timestamp};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// A session that is bound, and one that is not.
struct Site {
    users: SessionCookie<u64>,
    unbound: String,
    registration: String,
    bound: String,
    identifier: String,
    refresh: String,
    device: SoftwareDevice,
    /// What each of the two proofs signs: header and payload, as JSON.
    signed: [(String, String); 2],
}

static SITE: LazyLock<Site> = LazyLock::new(|| {
    let clock = ManualClock::at(Timestamp::from_secs(1_800_000_000));
    let shop = Application::builder("shop", Key::generate().unwrap()).clock(clock).build().unwrap();
    let users = shop.session().device_binding(DeviceBinding::default()).build().unwrap();
    let device = SoftwareDevice::generate().unwrap();
    let slot = users.slot([""]);
    slot.start(7u64).unwrap();
    slot.offer_device(&Post::new("register", ""));
    let mut head = Head::new(200);
    slot.commit(&mut head).unwrap();
    let offer = head.all("secure-session-registration").next().unwrap();
    let unbound = pairs(head.all("set-cookie"));
    let registration = device.registers(offer).unwrap();
    let post =
        Post::new("register", &unbound).with("secure-session-response", registration.as_bytes());
    let answer = users.device_answer(&post).unwrap();
    let bound = pairs(cookies(&answer));
    let (_, identifier) = answer.body().split_once("\"session_identifier\":\"").unwrap();
    let identifier = identifier.split('"').next().unwrap().to_owned();
    let post = Post::new("refresh", &bound).with("sec-secure-session-id", identifier.as_bytes());
    let answer = users.device_answer(&post).unwrap();
    let challenge = answer.headers().find(|line| line.0 == "secure-session-challenge").unwrap();
    let refresh = device.refreshes(challenge.1).unwrap();
    let jti = |header: &str| {
        let challenge = header.split('"').find(|part| part.len() > 80).unwrap();
        format!(r#"{{"jti":"{challenge}"}}"#)
    };
    let form = r#"{"alg":"ES256","typ":"dbsc+jwt"}"#.to_owned();
    let signed = [(device.registration(), jti(offer)), (form, jti(challenge.1))];
    Site { users, unbound, registration, bound, identifier, refresh, device, signed }
});

struct Post {
    path: String,
    lines: Vec<(&'static str, Vec<u8>)>,
}

impl Post {
    fn new(endpoint: &str, cookies: &str) -> Self {
        let lines = vec![("cookie", cookies.as_bytes().to_vec())];
        Self { path: format!("/hardtack-device/{endpoint}"), lines }
    }

    fn with(mut self, name: &'static str, value: &[u8]) -> Self {
        self.lines.push((name, value.to_vec()));
        self
    }
}

impl RequestHead for Post {
    fn method(&self) -> &str {
        "POST"
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn authority(&self) -> Option<&str> {
        None
    }

    fn lines(&self, name: &'static str, each: &mut dyn FnMut(&[u8])) {
        self.lines.iter().filter(|line| line.0 == name).for_each(|line| each(&line.1));
    }
}

fn cookies(answer: &DeviceAnswer) -> impl Iterator<Item = &str> {
    answer.headers().filter(|line| line.0 == "set-cookie").map(|line| line.1)
}

fn pairs<'l>(lines: impl Iterator<Item = &'l str>) -> String {
    lines.map(|line| line.split(';').next().unwrap()).collect::<Vec<_>>().join("; ")
}

/// The one spelling of a string of ours: quotes, white space around them and parameters are no matter.
fn is_spelling_of(bytes: &[u8], text: &str, longest: usize) -> bool {
    let trimmed = bytes.trim_ascii();
    let quoted = format!("\"{text}\"");
    let ends = |rest: &[u8]| rest.is_empty() || rest.starts_with(b";");
    let spelt = |text: &str| trimmed.strip_prefix(text.as_bytes()).is_some_and(ends);
    bytes.len() <= longest && (spelt(text) || spelt(&quoted))
}

/// The genuine value with the input in the place of some of it.
fn spliced(genuine: &str, bytes: &[u8]) -> Vec<u8> {
    let [from, over, new @ ..] = bytes else { return genuine.as_bytes().to_vec() };
    let from = usize::from(*from) * genuine.len() / 256;
    let to = (from + usize::from(*over)).min(genuine.len());
    [&genuine.as_bytes()[..from], new, &genuine.as_bytes()[to..]].concat()
}

/// Whether a header and a payload that were taken say what the page on the format asks, by another reader of JSON. Numbers that it cannot
/// hold are passed over by the crate.
fn says_what_it_must((header, payload): &(String, String), genuine: &(String, String)) -> bool {
    let read = |text: &str| serde_json::from_str::<Value>(text).ok();
    let (Some(header), Some(payload)) = (read(header), read(payload)) else { return true };
    let (Some(form), Some(asked)) = (read(&genuine.0), read(&genuine.1)) else { return false };
    let same = |name: &str| header[name] == form[name];
    let key = ["kty", "crv", "x", "y"].iter().all(|name| header["jwk"][name] == form["jwk"][name]);
    same("alg") && same("typ") && header["crit"].is_null() && key && payload["jti"] == asked["jti"]
}

// The first byte chooses what is tried, since each signature takes a millisecond here; the others are the input.
fuzz_target!(|bytes: &[u8]| {
    let site = &*SITE;
    let Some((act, bytes)) = bytes.split_first() else { return };
    let answered = |post: Post| {
        let answer = site.users.device_answer(&post).unwrap();
        let proved = cookies(&answer).count() > 0;
        assert!([200, 401, 403].contains(&answer.status()) || answer.status() == 503);
        assert_eq!(proved, answer.status() == 200 && !answer.body().contains("\"continue\":false"));
        proved
    };
    let register = |cookies: &str, value: &[u8]| {
        answered(Post::new("register", cookies).with("secure-session-response", value))
    };
    let refresh = |identifier: &[u8], value: &[u8]| {
        let post = Post::new("refresh", &site.bound).with("sec-secure-session-id", identifier);
        answered(post.with("secure-session-response", value))
    };
    let of_registration = |value: &[u8]| {
        let is_good = is_spelling_of(value, &site.registration, 4096);
        assert_eq!(register(&site.unbound, value), is_good);
        assert!(!register(&site.bound, value), "bound already");
    };
    let of_refresh = |value: &[u8]| {
        let is_good = is_spelling_of(value, &site.refresh, 4096);
        assert_eq!(refresh(site.identifier.as_bytes(), value), is_good);
    };
    let of_identifier = |value: &[u8]| {
        let is_good = is_spelling_of(value, &site.identifier, 512);
        assert_eq!(refresh(value, site.refresh.as_bytes()), is_good);
    };
    // Signed by the right device, whatever it says: nothing but the JSON can be wrong.
    let signed = |genuine: &(String, String), bend_header: bool| {
        let (header, payload) = genuine;
        let part = if bend_header { header } else { payload };
        let Ok(bent) = String::from_utf8(spliced(part, bytes)) else { return };
        let both = if bend_header { (bent, payload.clone()) } else { (header.clone(), bent) };
        let proof = site.device.sign(&both.0, &both.1);
        let proved = if *genuine == site.signed[0] {
            register(&site.unbound, proof.as_bytes())
        } else {
            refresh(site.identifier.as_bytes(), proof.as_bytes())
        };
        assert!(!proved || says_what_it_must(&both, genuine), "{both:?}");
        assert!(proved || both != *genuine);
    };
    match act & 7 {
        0 => {
            of_registration(bytes);
            of_refresh(bytes);
            of_identifier(bytes);
        }
        1 => of_registration(&spliced(&site.registration, bytes)),
        2 => of_refresh(&spliced(&site.refresh, bytes)),
        3 => of_identifier(&spliced(&site.identifier, bytes)),
        act => signed(&site.signed[usize::from(act & 1)], act & 2 == 0),
    }
});
