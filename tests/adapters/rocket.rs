//! Rocket, and what is special about it: forwarding, catchers, and a launch that is refused.

use std::sync::{Arc, Mutex};

use ::rocket::http::{ContentType, Header, Status};
use ::rocket::local::blocking::{Client, LocalResponse};
use ::rocket::{Build, Request, Rocket, catch, catchers, get, routes};
use hardtack::for_rocket::CrossOriginFairing;
use hardtack::{Session, SessionFairing, SessionSlot};

use crate::apps::rocket as apps;
use crate::events;
use crate::scenarios::each_scenario;
use crate::site::{Asked, Reply, Site};
use crate::world::{Absent, User, World};

each_scenario!(in_process);

fn site(world: World, events: Arc<Mutex<String>>) -> Site {
    let client = Client::untracked(apps::app(world.clone(), apps::quiet(), vec![])).unwrap();
    let way = move |asked: Asked| {
        let mut request = client.req(asked.method.parse().unwrap(), asked.path).body(asked.text);
        for (name, value) in asked.lines {
            request.add_header(Header::new(name, value));
        }
        Ok(reply(request.dispatch()))
    };
    Site::new(world, apps::TRAITS, events, vec![Box::new(way)])
}

pub fn reply(response: LocalResponse<'_>) -> Reply {
    let line = |h: Header<'_>| (h.name().as_str().to_lowercase(), h.value().to_owned());
    Reply {
        status: response.status().code,
        headers: response.headers().iter().map(line).collect(),
        body: response.into_string().unwrap_or_default(),
    }
}

/// A rocket that prints nothing about itself.
pub fn quiet() -> Rocket<Build> {
    ::rocket::custom(apps::quiet())
}

fn rocket(world: &World) -> Rocket<Build> {
    quiet().attach(SessionFairing::new(world.users.clone()))
}

#[get("/ranked")]
fn ranked(user: Session<User>) -> String {
    user.name.clone()
}

#[get("/ranked", rank = 2)]
fn ranked_guest() -> &'static str {
    "guest"
}

#[test]
fn a_missing_session_forwards_to_the_next_rank() {
    let world = World::new();
    let site = rocket(&world).mount("/", routes![ranked, ranked_guest]);
    let site = Client::untracked(site).unwrap();
    let get =
        |line: String| reply(site.get("/ranked").header(Header::new("cookie", line)).dispatch());
    assert_eq!(get(String::new()).body, "guest");
    assert_eq!(get(world.ada()).body, "Ada");
}

#[get("/")]
fn needs_slot(_slot: SessionSlot<Absent>) {}

#[get("/")]
fn needs_session(_session: Option<Session<Absent>>) {}

#[test]
fn without_its_fairing_a_guard_refuses_the_launch() {
    for routes in [routes![needs_slot], routes![needs_session]] {
        let site = rocket(&World::new()).mount("/", routes);
        let (error, events) = events::during(|| Client::untracked(site).err().unwrap());
        assert!(matches!(error.kind(), ::rocket::error::ErrorKind::SentinelAborts(_)));
        assert!(events.contains("ERROR message=session adapter is not installed"), "{events}");
    }
}

#[test]
fn two_fairings_with_one_type_refuse_the_launch() {
    let world = World::new();
    let other = world.stranger::<User>().name("__Host-other").build().unwrap();
    let twice = rocket(&world).attach(SessionFairing::new(other));
    let (error, events) = events::during(|| Client::untracked(twice).err().unwrap());
    assert!(matches!(error.kind(), ::rocket::error::ErrorKind::FailedFairings(_)));
    assert!(events.contains("two session cookies with the same type"), "{events}");
}

#[catch(default)]
fn page(status: Status, _: &Request<'_>) -> String {
    format!("a page about {status}")
}

#[get("/<_path..>")]
fn everything(_path: std::path::PathBuf) -> &'static str {
    "everything"
}

#[test]
fn no_catcher_and_no_route_answers_for_the_refusal() {
    let world = World::new();
    let mut first = routes![everything];
    first[0].rank = -1_000;
    // A second protection shares the route of the first.
    let site = rocket(&world)
        .attach(CrossOriginFairing::new(world.shop.cross_origin_protection()))
        .mount("/", first)
        .register("/", catchers![page]);
    let site = Client::untracked(site).unwrap();
    let forged = || Header::new("sec-fetch-site", "cross-site");
    reply(site.post("/order").header(forged()).dispatch()).assert_empty(403);
    assert_eq!(reply(site.post("/order").dispatch()).body, "a page about 404 Not Found");
    assert_eq!(reply(site.get("/order").header(forged()).dispatch()).body, "everything");
    reply(site.get("/hardtack-refused").dispatch()).assert_empty(403);
}

/// A form's field can name a method, and Rocket replaces the request's with it before any fairing sees the request.
#[test]
fn the_method_that_a_form_names_is_the_one_that_counts() {
    let site = Client::untracked(rocket(&World::new())).unwrap();
    for (method, status) in [("PUT", 403), ("DELETE", 403), ("GET", 404)] {
        let request = site.post("/order").body(format!("_method={method}"));
        let request =
            request.header(ContentType::Form).header(Header::new("sec-fetch-site", "cross-site"));
        assert_eq!(request.dispatch().status().code, status, "{method}");
    }
}
