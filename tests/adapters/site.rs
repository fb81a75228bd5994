//! A site under test as the scenarios see it, whether its requests arrive by a call in this process or over a socket.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use hardtack::testing::{Change, change};
use hardtack::token::Opened;

use crate::world::{User, World};

/// What differs from framework to framework.
#[derive(Clone, Copy)]
pub struct Traits {
    pub panics: Panics,
    pub layers: Layers,
    /// Why no layer sees a request that no route takes.
    pub routes_first: Option<&'static str>,
    /// Why it may drop a whole `Cookie` line for a byte that is not UTF-8.
    pub drops_lines: Option<&'static str>,
    /// Why no handler has a session as its argument, and none passes an error on.
    pub no_extractors: Option<&'static str>,
}

/// What the client sees when a handler panics.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Panics {
    /// A 500.
    Answered,
    /// A closed connection: nothing of the framework, as served here, catches a panic.
    Closed,
}

/// How a layer inside another layer behaves.
#[derive(Clone, Copy)]
pub enum Layers {
    /// `/nested` and `/clash` have one.
    Nest,
    /// `/nested` has one that is the same as the outer one, for this reason; whether a server with two cookies of one name starts.
    Once(&'static str, fn(&World) -> bool),
    /// There are none, for this reason.
    None(&'static str),
}

/// The result of a scenario that did not fail.
pub enum Verdict {
    Held,
    /// It held, in a way particular to this framework.
    HeldWith(&'static str),
    /// It does not apply, for this reason.
    NotApplicable(&'static str),
}

/// A request, in no framework's type.
#[derive(Clone, Debug)]
pub struct Asked {
    pub method: &'static str,
    pub path: String,
    pub lines: Vec<(&'static str, String)>,
    pub text: String,
}

impl Asked {
    /// As a page of the site itself sends it: a GET, or a POST of `text`.
    pub fn by_the_site(path: &str, text: Option<&str>, cookie_lines: &[&str]) -> Self {
        Self::by_anybody(path, text, cookie_lines).with("sec-fetch-site", "same-origin")
    }

    /// The same, without any header that says who sends it.
    pub fn by_anybody(path: &str, text: Option<&str>, cookie_lines: &[&str]) -> Self {
        let (method, text) = text.map_or(("GET", ""), |text| ("POST", text));
        let lines = vec![("host", "localhost".to_owned())];
        let mut asked = Self { method, path: path.to_owned(), lines, text: text.to_owned() };
        for line in cookie_lines {
            asked = asked.with("cookie", line);
        }
        if method == "POST" {
            asked.with("content-type", "text/plain; charset=utf-8")
        } else {
            asked
        }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.lines.push((name, value.to_owned()));
        self
    }
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// Why there is no reply.
pub type Dropped = String;

/// How a request gets to the site.
pub type Way = Box<dyn Fn(Asked) -> Result<Reply, Dropped>>;

pub struct Site {
    pub world: World,
    pub traits: Traits,
    ways: Vec<Way>,
    /// The crate's events, a line each.
    pub events: Arc<Mutex<String>>,
}

impl Site {
    /// The first of the ways is the usual one.
    pub fn new(world: World, traits: Traits, events: Arc<Mutex<String>>, ways: Vec<Way>) -> Self {
        Self { world, traits, ways, events }
    }

    pub fn wait(&self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
    }

    /// The `Cookie` line of a user who has just logged in.
    pub fn ada(&self) -> String {
        self.world.ada()
    }

    pub fn send(&self, asked: Asked) -> Result<Reply, Dropped> {
        self.ways[0](asked)
    }

    /// Sends it each way: over HTTP/1 and over HTTP/2, where the host is the target's authority.
    #[track_caller]
    pub fn send_each_way(&self, asked: &Asked) -> Vec<Reply> {
        self.ways.iter().map(|way| way(asked.clone()).unwrap()).collect()
    }

    #[track_caller]
    pub fn get(&self, path: &str, cookie_lines: &[&str]) -> Reply {
        self.send(Asked::by_the_site(path, None, cookie_lines)).unwrap()
    }

    #[track_caller]
    pub fn act(&self, action: &str, text: &str, cookie_lines: &[&str]) -> Reply {
        self.post(&format!("/act/{action}"), text, cookie_lines).unwrap()
    }

    pub fn post(&self, path: &str, text: &str, cookie_lines: &[&str]) -> Result<Reply, Dropped> {
        self.send(Asked::by_the_site(path, Some(text), cookie_lines))
    }

    /// Whether this line is a session here: what it is called, or nothing.
    #[track_caller]
    pub fn profile(&self, line: &str) -> Option<String> {
        let reply = self.get("/profile", &[line]);
        match reply.status {
            200 => Some(reply.body),
            401 => None,
            status => panic!("{status} from /profile"),
        }
    }
}

impl Reply {
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|line| line.0 == name).map(|line| line.1.as_str()).collect()
    }

    /// The lines that the crate may add.
    pub fn added(&self) -> Vec<&str> {
        ["set-cookie", "vary", "cache-control"].iter().flat_map(|name| self.all(name)).collect()
    }

    /// What the response does to the users' session.
    #[track_caller]
    pub fn change(&self, world: &World) -> Change<User> {
        change(&world.users, self.all("set-cookie")).unwrap()
    }

    #[track_caller]
    pub fn session(&self, world: &World) -> Opened<User> {
        self.change(world).session().expect("a session is set")
    }

    /// The `Cookie` line that a browser sends after this response.
    #[track_caller]
    pub fn sent_back(&self, name: &str) -> String {
        let pairs = self.all("set-cookie").into_iter().map(|line| line.split(';').next().unwrap());
        let mut ours = pairs.filter(|pair| pair.starts_with(&format!("{name}=")));
        ours.next_back().expect("a cookie is set").to_owned()
    }

    #[track_caller]
    pub fn assert_sets_nothing(&self) {
        assert_eq!(self.all("set-cookie"), [""; 0]);
    }

    #[track_caller]
    pub fn assert_empty(&self, status: u16) {
        assert_eq!((self.status, &*self.body), (status, ""));
    }
}
