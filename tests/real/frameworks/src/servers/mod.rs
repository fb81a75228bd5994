//! The site in each framework, on a loopback port that the system picks.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;
use tokio::runtime::Builder;

use crate::apps;
use crate::site::{Layers, Panics, Traits};
use crate::world::World;

mod actix_web;
mod axum;
mod hyper;
mod poem;
mod rocket;
mod salvo;
mod warp;

pub struct Framework {
    pub name: &'static str,
    /// The feature of the crate that links it.
    pub feature: &'static str,
    pub serve: fn(World) -> Running,
    pub traits: Traits,
}

/// What the frameworks without an adapter have in common.
const OTHERS: Traits = Traits {
    panics: Panics::Answered,
    layers: Layers::Nest,
    routes_first: None,
    drops_lines: None,
    no_extractors: Some("the slot is all there is: no adapter brings extractors or answers errors"),
};

pub const ALL: [Framework; 7] = [
    Framework { name: "axum", feature: "axum", serve: axum::serve, traits: apps::axum::TRAITS },
    Framework {
        name: "actix-web",
        feature: "actix-web",
        serve: actix_web::serve,
        traits: apps::actix_web::TRAITS,
    },
    Framework {
        name: "rocket",
        feature: "rocket",
        serve: rocket::serve,
        traits: apps::rocket::TRAITS,
    },
    Framework { name: "poem", feature: "http", serve: poem::serve, traits: OTHERS },
    Framework {
        name: "salvo",
        feature: "tower",
        serve: salvo::serve,
        traits: Traits {
            routes_first: Some("salvo answers 404 and 405 itself before any hoop runs"),
            ..OTHERS
        },
    },
    Framework {
        name: "warp",
        feature: "tower",
        serve: warp::serve,
        traits: Traits { panics: Panics::Closed, ..OTHERS },
    },
    Framework {
        name: "hyper",
        feature: "http",
        serve: hyper::serve,
        traits: Traits {
            panics: Panics::Closed,
            layers: Layers::None("a service without layers begins each session once"),
            ..OTHERS
        },
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

    /// Serves on a separate tokio runtime: two threads, so that requests run beside each other.
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
