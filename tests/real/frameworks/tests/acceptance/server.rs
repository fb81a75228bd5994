//! A running server: the site that the scenarios see, and the socket that some of them need.

use std::future::Future;
use std::ops::Deref;
use std::sync::{Arc, Mutex};

use hardtack_frameworks::servers::{Framework, Running};
use hardtack_frameworks::slow::GATE;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::client;
use crate::site::{Asked, Dropped, Reply, Site, Way};
use crate::world::World;

pub struct Server {
    site: Site,
    pub running: Running,
    runtime: Arc<Runtime>,
}

impl Deref for Server {
    type Target = Site;

    fn deref(&self) -> &Site {
        &self.site
    }
}

impl Server {
    pub fn open(framework: &Framework, events: Arc<Mutex<String>>) -> Self {
        let mut world = World::new();
        world.slowly = || GATE.wait();
        let running = (framework.serve)(world.clone());
        let runtime = Arc::new(Runtime::new().unwrap());
        let addr = running.addr;
        let (one, two) = (Arc::clone(&runtime), Arc::clone(&runtime));
        let http1 = move |asked: Asked| one.block_on(client::send(addr, client::request(&asked)));
        let http2 = move |asked: Asked| {
            let replies = two.block_on(client::send_h2(addr, vec![client::request(&asked)]));
            replies?.remove(0)
        };
        let ways: Vec<Way> = vec![Box::new(http1), Box::new(http2)];
        let site = Site::new(world, framework.traits, events, ways);
        Self { site, running, runtime }
    }

    pub fn run<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// Sends a request whose reply the script does not wait for yet.
    pub fn begin(
        &self,
        action: &str,
        text: &str,
        cookie_line: &str,
    ) -> JoinHandle<Result<Reply, Dropped>> {
        let asked = Asked::by_the_site(&format!("/act/{action}"), Some(text), &[cookie_line]);
        self.runtime.spawn(client::send(self.running.addr, client::request(&asked)))
    }
}
