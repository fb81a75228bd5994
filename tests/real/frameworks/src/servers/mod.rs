//! The site in each framework, on a loopback port that the system picks.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;
use tokio::runtime::Builder;

use crate::world::World;

mod actix_web;
mod axum;
mod hyper;
mod poem;
mod rocket;
mod salvo;
mod warp;

/// A framework, and what is its own about it.
pub struct Framework {
    pub name: &'static str,
    /// The feature of the crate that links it.
    pub feature: &'static str,
    pub serve: fn(World) -> Running,
    pub panics: Panics,
    pub layers: Layers,
    /// Why no layer sees a request that no route takes.
    pub routes_first: Option<&'static str>,
    /// Why it may drop a whole `Cookie` line for an octet that is not UTF-8.
    pub drops_lines: Option<&'static str>,
}

/// What the client sees of a handler's panic.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Panics {
    /// A 500.
    Answered,
    /// A closed connection: nothing of the framework, as served here, catches a panic.
    Closed,
}

/// What becomes of a layer within a layer.
#[derive(Clone, Copy)]
pub enum Layers {
    /// `/nested` and `/clash` have one.
    Nest,
    /// `/nested` has one that is the same as the outer one, for this reason; whether a server with two cookies of one name starts.
    Once(&'static str, fn(&World) -> bool),
    /// There are none, for this reason.
    None(&'static str),
}

pub const ALL: [Framework; 7] = [
    Framework {
        name: "axum",
        feature: "axum",
        serve: axum::serve,
        panics: Panics::Answered,
        layers: Layers::Nest,
        routes_first: None,
        drops_lines: None,
    },
    Framework {
        name: "actix-web",
        feature: "actix-web",
        serve: actix_web::serve,
        panics: Panics::Closed,
        layers: Layers::Nest,
        routes_first: None,
        drops_lines: None,
    },
    Framework {
        name: "rocket",
        feature: "rocket",
        serve: rocket::serve,
        panics: Panics::Answered,
        layers: Layers::Once(
            "fairings are the whole application's: one cookie's is attached once, two of one name do not launch",
            rocket::launches_with_clash,
        ),
        routes_first: None,
        drops_lines: Some("Rocket drops a Cookie line that is not UTF-8 before any fairing runs"),
    },
    Framework {
        name: "poem",
        feature: "http",
        serve: poem::serve,
        panics: Panics::Answered,
        layers: Layers::Nest,
        routes_first: None,
        drops_lines: None,
    },
    Framework {
        name: "salvo",
        feature: "tower",
        serve: salvo::serve,
        panics: Panics::Answered,
        layers: Layers::Nest,
        routes_first: Some("salvo answers 404 and 405 itself before any hoop runs"),
        drops_lines: None,
    },
    Framework {
        name: "warp",
        feature: "tower",
        serve: warp::serve,
        panics: Panics::Closed,
        layers: Layers::Nest,
        routes_first: None,
        drops_lines: None,
    },
    Framework {
        name: "hyper",
        feature: "http",
        serve: hyper::serve,
        panics: Panics::Closed,
        layers: Layers::None("a service without layers begins each session once"),
        routes_first: None,
        drops_lines: None,
    },
];

/// A server; it stops when this is dropped.
pub struct Running {
    pub addr: SocketAddr,
    stop: Option<Box<dyn FnOnce()>>,
}

impl Running {
    fn new(addr: SocketAddr, stop: impl FnOnce() + 'static) -> Self {
        Self { addr, stop: Some(Box::new(stop)) }
    }

    /// Serves on a tokio runtime of its own: two threads, so that requests run beside each other.
    fn on_tokio<F>(serve: impl FnOnce(TcpListener) -> F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let addr = listener.local_addr().unwrap();
        let entered = runtime.enter();
        let server = serve(listener);
        drop(entered);
        runtime.spawn(server);
        Self::new(addr, || runtime.shutdown_background())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
    }
}
