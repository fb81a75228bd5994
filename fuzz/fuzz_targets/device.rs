//! Whatever a browser sends about its device: no proof that this server has not asked this key for is taken, what is taken stays taken
//! however it is spelt, and no answer but to a proof sets a cookie.

#![no_main]

use std::sync::LazyLock;

use hardtack::device::{DeviceAnswer, DeviceBinding};
use hardtack::framework::RequestHead;
use hardtack::testing::{Head, ManualClock, SoftwareDevice};
use hardtack::{Application, Key, SessionCookie, Timestamp};
use libfuzzer_sys::fuzz_target;

/// A session that is bound, and one that is not.
struct Site {
    users: SessionCookie<u64>,
    unbound: String,
    registration: String,
    bound: String,
    identifier: String,
    refresh: String,
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
    Site { users, unbound, registration, bound, identifier, refresh }
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

fuzz_target!(|bytes: &[u8]| {
    let site = &*SITE;
    let answered = |post: Post| {
        let answer = site.users.device_answer(&post).unwrap();
        let proved = cookies(&answer).count() > 0;
        assert!([200, 401, 403].contains(&answer.status()) || answer.status() == 503);
        assert_eq!(proved, answer.status() == 200 && !answer.body().contains("\"continue\":false"));
        proved
    };
    for value in [bytes.to_vec(), spliced(&site.registration, bytes)] {
        let post = Post::new("register", &site.unbound).with("secure-session-response", &value);
        assert_eq!(answered(post), is_spelling_of(&value, &site.registration, 4096));
        let post = Post::new("register", &site.bound).with("secure-session-response", &value);
        assert!(!answered(post), "bound already");
    }
    for value in [bytes.to_vec(), spliced(&site.refresh, bytes)] {
        let post = Post::new("refresh", &site.bound).with("secure-session-response", &value);
        let post = post.with("sec-secure-session-id", site.identifier.as_bytes());
        assert_eq!(answered(post), is_spelling_of(&value, &site.refresh, 4096));
    }
    for value in [bytes.to_vec(), spliced(&site.identifier, bytes)] {
        let post = Post::new("refresh", &site.bound).with("sec-secure-session-id", &value);
        let post = post.with("secure-session-response", site.refresh.as_bytes());
        assert_eq!(answered(post), is_spelling_of(&value, &site.identifier, 512));
    }
});
