//! A browser in memory, with its cookies and its device.

use std::collections::BTreeMap;

use hardtack::device::{Device, DeviceAnswer};
use hardtack::framework::RequestHead;
use hardtack::testing::{Head, SoftwareDevice};
use hardtack::{OpenError, SessionCookie, SessionSlot};

use super::common::{User, user};
use super::{REFRESH, REGISTER};

/// A request in memory.
#[derive(Clone)]
pub struct Request {
    pub method: &'static str,
    pub path: String,
    pub lines: Vec<(&'static str, String)>,
}

impl Request {
    pub fn new(method: &'static str, path: &str) -> Self {
        Self { method, path: path.to_owned(), lines: Vec::new() }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.lines.push((name, value.to_owned()));
        self
    }

    /// A link that was followed.
    pub fn page(path: &str) -> Self {
        let page = Self::new("GET", path).with("sec-fetch-mode", "navigate");
        page.with("sec-fetch-dest", "document")
    }
}

impl RequestHead for Request {
    fn method(&self) -> &str {
        self.method
    }

    fn path(&self) -> &str {
        &self.path
    }

    fn authority(&self) -> Option<&str> {
        None
    }

    fn lines(&self, name: &'static str, each: &mut dyn FnMut(&[u8])) {
        self.lines.iter().filter(|line| line.0 == name).for_each(|line| each(line.1.as_bytes()));
    }
}

pub fn all<'a>(answer: &'a DeviceAnswer, name: &str) -> Vec<&'a str> {
    answer.headers().filter(|line| line.0 == name).map(|line| line.1).collect()
}

/// A browser: its cookies, its device, its bindings by what they are called.
#[derive(Clone)]
pub struct Browser {
    pub users: SessionCookie<User>,
    pub cookies: BTreeMap<String, String>,
    pub device: SoftwareDevice,
    pub name: Option<String>,
}

impl Browser {
    pub fn new(users: &SessionCookie<User>) -> Self {
        let device = SoftwareDevice::generate().unwrap();
        Self { users: users.clone(), cookies: BTreeMap::new(), device, name: None }
    }

    pub fn line(&self) -> String {
        let pairs = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        pairs.collect::<Vec<_>>().join("; ")
    }

    pub fn keep<'l>(&mut self, lines: impl IntoIterator<Item = &'l str>) {
        for line in lines {
            let (pair, attributes) = line.split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// A page of the site: what a handler does in it, and the offer that the response makes.
    pub fn visit<R>(&mut self, act: impl FnOnce(&SessionSlot<User>) -> R) -> (R, Option<String>) {
        let request = Request::page("/").with("cookie", &self.line());
        assert!(self.users.device_answer(&request).is_none(), "a page, not an answer");
        let slot = self.users.slot([self.line()]);
        slot.offer_device(&request);
        let done = act(&slot);
        let mut head = Head::new(200);
        slot.commit(&mut head).unwrap();
        self.keep(head.all("set-cookie"));
        (done, head.all("secure-session-registration").next().map(str::to_owned))
    }

    pub fn registers(&mut self, offer: &str) -> DeviceAnswer {
        let proof = self.device.registers(offer).unwrap();
        self.post(Request::new("POST", REGISTER).with("secure-session-response", &proof))
    }

    /// Sends it with the browser's cookies, and keeps what comes.
    pub fn post(&mut self, request: Request) -> DeviceAnswer {
        let request = request.with("cookie", &self.line());
        let answer = self.users.device_answer(&request).expect("an answer");
        self.keep(all(&answer, "set-cookie"));
        if let Some((_, name)) = answer.body().split_once("\"session_identifier\":\"") {
            self.name = Some(name.split('"').next().unwrap().to_owned());
        }
        answer
    }

    pub fn ask(&self) -> Request {
        let name = format!("\"{}\"", self.name.as_ref().expect("a binding"));
        Request::new("POST", REFRESH).with("sec-secure-session-id", &name)
    }

    /// Both requests of a refresh.
    pub fn refreshes(&mut self) -> DeviceAnswer {
        let answer = self.post(self.ask());
        if answer.status() != 403 {
            return answer;
        }
        let challenge = all(&answer, "secure-session-challenge")[0].to_owned();
        let proof = self.device.refreshes(&challenge).unwrap();
        self.post(self.ask().with("secure-session-response", &proof))
    }

    pub fn log_in(&mut self) -> String {
        self.visit(|slot| drop(slot.start(user(7, "Ada")).unwrap())).1.expect("an offer")
    }

    /// Logs in, and binds.
    pub fn bound(users: &SessionCookie<User>) -> Self {
        let mut browser = Self::new(users);
        let offer = browser.log_in();
        assert_eq!(browser.registers(&offer).status(), 200);
        browser
    }

    pub fn device(&self) -> Result<Option<Device>, OpenError> {
        let session = self.users.slot([self.line()]).open()?;
        Ok(session.map(|session| session.device()))
    }
}
