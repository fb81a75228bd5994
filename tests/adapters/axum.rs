//! axum, and what its router adds to tower: paths that are nested.

use std::sync::{Arc, Mutex};

use ::axum::Router;
use ::axum::body::{Body, to_bytes};
use ::axum::http::{Method, Request};
use ::axum::routing::post;
use ::tower::ServiceExt;
use hardtack::SessionLayer;

use crate::apps::axum::{TRAITS, app};
use crate::scenarios::each_scenario;
use crate::site::{Asked, Reply, Site};
use crate::world::World;

each_scenario!(in_process);

fn site(world: World, events: Arc<Mutex<String>>) -> Site {
    let router = app(world.clone(), Router::new());
    let way = move |asked: Asked| {
        let request = Request::builder().method(asked.method).uri(asked.path);
        let lines = asked.lines.iter();
        let request = lines.fold(request, |request, line| request.header(line.0, &line.1));
        Ok(answer(router.clone(), request.body(Body::from(asked.text)).unwrap()))
    };
    Site::new(world, TRAITS, events, vec![Box::new(way)])
}

/// What the router answers.
pub fn answer(router: Router, request: Request<Body>) -> Reply {
    block_on(async {
        let (head, body) = router.oneshot(request).await.unwrap().into_parts();
        let text = |value: &::axum::http::HeaderValue| value.to_str().unwrap().to_owned();
        Reply {
            status: head.status.as_u16(),
            headers: head.headers.iter().map(|(n, v)| (n.to_string(), text(v))).collect(),
            body: String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap(),
        }
    })
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[test]
fn the_outermost_layer_decides_by_the_path_as_it_arrived() {
    let world = World::new();
    let layer = || SessionLayer::new(world.users.clone());
    let routes = || Router::new().route("/callback", post(|| async { "reached" }));
    // Inside `nest` the path is `/callback`, whoever asks.
    let inner = routes().layer(layer().exempt(Method::POST, "/callback"));
    let inside = Router::new().nest("/pay", inner).layer(layer());
    let outer = layer().exempt(Method::POST, "/pay/callback");
    let outside = Router::new().nest("/pay", routes().layer(layer())).layer(outer);
    let alone = routes().layer(layer().exempt(Method::POST, "/pay/callback"));
    let alone = Router::new().nest("/pay", alone);
    let send = |router| {
        let forged = Request::post("/pay/callback").header("sec-fetch-site", "cross-site");
        answer(router, forged.body(Body::empty()).unwrap()).status
    };
    assert_eq!([send(inside), send(outside)], [403, 200]);
    assert_eq!(send(alone), 403, "the whole path is not to be seen in there");
}
