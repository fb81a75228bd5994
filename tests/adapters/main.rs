//! The adapters, in process and without a socket. What every framework must do is written once, in `scenarios`, and each
//! adapter's file runs it; `tests/real/frameworks` runs the same scenarios against real servers.
#![cfg(all(
    feature = "testing",
    feature = "ring-file",
    any(feature = "axum", feature = "actix-web", feature = "rocket", feature = "http")
))]
#![cfg_attr(
    not(all(feature = "axum", feature = "actix-web", feature = "rocket")),
    allow(dead_code, unused_macros, reason = "what the adapters that are off would use")
)]

mod actions;
mod events;
mod heard;
mod scenarios;
#[allow(dead_code, reason = "some servers that have no adapter are like that")]
mod site;
mod world;

use std::sync::{Arc, Mutex};

use site::{Asked, Site, Verdict};
use world::World;

/// A framework's site with the routes of `tests/real/frameworks/src/lib.rs`, called in process.
type Open = fn(World, Arc<Mutex<String>>) -> Site;

#[track_caller]
fn run(open: Open, scenario: fn(&Site) -> Verdict) {
    let verdict = events::with(|events| scenario(&open(World::new(), events)));
    assert!(!matches!(verdict, Verdict::NotApplicable(_)), "the adapters have all of it");
}

#[track_caller]
fn without_the_check_every_request_passes(open: Open) {
    let mut world = World::new();
    world.checks_origin = false;
    let site = events::with(|events| open(world, events));
    let forged = Asked::by_anybody("/act/rename", Some("Eve"), &[&site.ada()]);
    let reply = site.send(forged.with("sec-fetch-site", "cross-site")).unwrap();
    assert_eq!(reply.session(&site.world).data.name, "Eve");
}

/// A test for each scenario, on the `site` of the file that calls it.
macro_rules! in_process {
    ($($module:ident { $($scenario:ident $name:literal)+ })+) => {
        $(mod $module {
            $(#[test]
            fn $scenario() {
                crate::run(super::site, crate::scenarios::$module::$scenario);
            })+
        })+

        #[test]
        fn without_the_check_every_request_passes() {
            crate::without_the_check_every_request_passes(site);
        }
    };
}

mod apps {
    #[cfg(feature = "actix-web")]
    pub mod actix_web;
    #[cfg(feature = "axum")]
    pub mod axum;
    #[cfg(feature = "rocket")]
    pub mod rocket;
}

#[cfg(feature = "actix-web")]
mod actix_web;
#[cfg(feature = "axum")]
mod axum;
#[cfg(any(feature = "axum", feature = "actix-web", feature = "rocket"))]
mod ceremony;
#[cfg(any(feature = "axum", feature = "actix-web", feature = "rocket"))]
mod cross_origin;
#[cfg(any(feature = "axum", feature = "actix-web", feature = "rocket"))]
mod flash;
#[cfg(feature = "http")]
mod http;
#[cfg(any(feature = "axum", feature = "actix-web", feature = "rocket"))]
mod login_flow;
#[cfg(feature = "rocket")]
mod rocket;
#[cfg(feature = "tower")]
mod tower;
#[cfg(all(feature = "json", any(feature = "axum", feature = "actix-web", feature = "rocket")))]
mod values;
