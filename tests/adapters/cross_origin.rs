//! The check for routes without a session, through each framework: `POST /order` answers `ordered`, and so does GET; `POST /callback` is
//! exempt.

use hardtack::CrossOriginProtection;

use crate::events;
use crate::site::Reply;
use crate::world::World;

/// Answers a request of this method for this path, with these header lines.
type Send = fn(CrossOriginProtection, &str, &str, &[(&str, &str)]) -> Reply;

const HOST: (&str, &str) = ("host", "shop.example");
const EVIL: (&str, &str) = ("origin", "https://evil.example");

#[track_caller]
fn requests_of_other_sites_are_refused(send: Send) {
    let world = World::new();
    let cookie = world.ada();
    let cookie = ("cookie", cookie.as_str());
    let protection = world.shop.cross_origin_protection().exempt("POST", "/callback");
    let send = |method: &str, path: &str, lines: &[(&str, &str)]| {
        events::during(|| send(protection.clone(), method, path, lines))
    };
    for (lines, reason) in [
        (&[HOST, ("sec-fetch-site", "cross-site"), EVIL][..], "cross site"),
        (&[HOST, EVIL], "other origin"),
        (&[HOST, cookie], "no origin"),
    ] {
        for path in ["/order", "/nowhere"] {
            let (reply, events) = send("POST", path, lines);
            assert_eq!((reply.status, reply.body.as_str()), (403, ""), "{lines:?}");
            assert_eq!(reply.added(), [""; 0]);
            let start = format!("INFO message=cross-origin request refused reason={reason:?} ");
            assert!(events.starts_with(&start), "{events}");
            assert_eq!(events.matches('\n').count(), 1, "{events}");
        }
    }
    for (method, path, lines) in [
        ("POST", "/order", &[HOST, ("origin", "https://shop.example"), cookie][..]),
        ("POST", "/order", &[("sec-fetch-site", "cross-site"), ("origin", "https://sso.example")]),
        ("POST", "/order", &[HOST]),
        ("GET", "/order", &[HOST, EVIL, cookie]),
        ("POST", "/callback", &[HOST, EVIL, cookie]),
    ] {
        let (reply, events) = send(method, path, lines);
        assert_eq!((reply.status, reply.body.as_str()), (200, "ordered"), "{lines:?}");
        assert_eq!(events, "");
    }
    let socket = [HOST, EVIL, ("upgrade", "websocket")];
    assert_eq!(send("GET", "/order", &socket).0.status, 403);
}

#[cfg(feature = "axum")]
#[test]
fn axum() {
    use ::axum::Router;
    use ::axum::body::Body;
    use ::axum::http::Request;
    use ::axum::routing::{get, post};
    use hardtack::for_tower::CrossOriginLayer;

    requests_of_other_sites_are_refused(|protection, method, path, lines| {
        let order = || async { "ordered" };
        let router = Router::new()
            .route("/order", get(order).post(order))
            .route("/callback", post(order))
            .layer(CrossOriginLayer::new(protection));
        let request = Request::builder().method(method).uri(path);
        let request = lines.iter().fold(request, |request, line| request.header(line.0, line.1));
        crate::axum::answer(router, request.body(Body::empty()).unwrap())
    });
}

#[cfg(feature = "actix-web")]
#[test]
fn actix_web() {
    use ::actix_web::{App, web};
    use hardtack::for_actix_web::CrossOriginMiddleware;

    requests_of_other_sites_are_refused(|protection, method, path, lines| {
        let order = || async { "ordered" };
        let app = App::new()
            .route("/order", web::get().to(order))
            .route("/order", web::post().to(order))
            .route("/callback", web::post().to(order))
            .wrap(CrossOriginMiddleware::new(protection));
        crate::actix_web::answer(app, crate::actix_web::request(method, path, lines))
    });
}

#[cfg(feature = "rocket")]
mod with_rocket {
    use ::rocket::local::blocking::Client;
    use ::rocket::{get, http::Header, post, routes};
    use hardtack::for_rocket::CrossOriginFairing;

    #[post("/order")]
    fn order() -> &'static str {
        "ordered"
    }

    #[get("/order")]
    fn look() -> &'static str {
        "ordered"
    }

    #[post("/callback")]
    fn callback() -> &'static str {
        "ordered"
    }

    #[test]
    fn rocket() {
        super::requests_of_other_sites_are_refused(|protection, method, path, lines| {
            let rocket = crate::rocket::quiet()
                .mount("/", routes![order, look, callback])
                .attach(CrossOriginFairing::new(protection));
            let client = Client::untracked(rocket).unwrap();
            let mut request = client.req(method.parse().unwrap(), path.to_owned());
            for (name, value) in lines {
                request.add_header(Header::new((*name).to_owned(), (*value).to_owned()));
            }
            crate::rocket::reply(request.dispatch())
        });
    }
}
