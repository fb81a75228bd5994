//! A running server as the scenarios see it.

use std::future::Future;
use std::time::Duration;

use hardtack::Class;
use hardtack::testing::{Change, change, request_cookie};
use hardtack::token::Opened;
use hardtack_frameworks::servers::{Framework, Layers, Running};
use hardtack_frameworks::world::{User, World};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::client::{self, Dropped, Reply};

pub struct Site {
    pub panics: hardtack_frameworks::servers::Panics,
    pub layers: Layers,
    pub routes_first: Option<&'static str>,
    pub drops_lines: Option<&'static str>,
    pub world: World,
    pub running: Running,
    runtime: Runtime,
}

impl Site {
    pub fn open(framework: &Framework) -> Self {
        let world = World::new();
        let running = (framework.serve)(world.clone());
        Self {
            panics: framework.panics,
            layers: framework.layers,
            routes_first: framework.routes_first,
            drops_lines: framework.drops_lines,
            world,
            running,
            runtime: Runtime::new().unwrap(),
        }
    }

    pub fn wait(&self, seconds: u64) {
        self.world.clock.advance(Duration::from_secs(seconds));
    }

    /// The `Cookie` line of a user who has just logged in.
    pub fn ada(&self) -> String {
        self.user("Ada", Class::Standard)
    }

    pub fn user(&self, name: &str, class: Class) -> String {
        let user = User { id: 7, name: name.to_owned() };
        request_cookie(&self.world.users, class, &user).unwrap()
    }

    #[track_caller]
    pub fn get(&self, path: &str, cookie_lines: &[&str]) -> Reply {
        let lines: Vec<&[u8]> = cookie_lines.iter().map(|line| line.as_bytes()).collect();
        self.run(client::send(self.running.addr, client::request(path, None, &lines))).unwrap()
    }

    #[track_caller]
    pub fn act(&self, action: &str, text: &str, cookie_lines: &[&str]) -> Reply {
        self.try_act(action, text, cookie_lines).unwrap()
    }

    pub fn try_act(
        &self,
        action: &str,
        text: &str,
        cookie_lines: &[&str],
    ) -> Result<Reply, Dropped> {
        self.post(&format!("/act/{action}"), text, cookie_lines)
    }

    pub fn post(&self, path: &str, text: &str, cookie_lines: &[&str]) -> Result<Reply, Dropped> {
        let lines: Vec<&[u8]> = cookie_lines.iter().map(|line| line.as_bytes()).collect();
        let request = client::request(path, Some(text), &lines);
        self.run(client::send(self.running.addr, request))
    }

    /// Sends a request whose reply the script does not wait for yet.
    pub fn begin(
        &self,
        action: &str,
        text: &str,
        cookie_line: &str,
    ) -> JoinHandle<Result<Reply, Dropped>> {
        let path = format!("/act/{action}");
        let request = client::request(&path, Some(text), &[cookie_line.as_bytes()]);
        self.runtime.spawn(client::send(self.running.addr, request))
    }

    pub fn run<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
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
        self.headers.get_all(name).iter().map(|line| line.to_str().unwrap()).collect()
    }

    /// What the response does to the session.
    #[track_caller]
    pub fn change(&self, site: &Site) -> Change<User> {
        change(&site.world.users, self.all("set-cookie")).unwrap()
    }

    #[track_caller]
    pub fn session(&self, site: &Site) -> Opened<User> {
        self.change(site).session().expect("a session is set")
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
}
