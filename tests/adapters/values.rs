//! The key-value session as an argument, through each framework: `/count` counts, `/read` writes the count or `none`, `/wrong` and
//! `/wrong-value` pass on the error of a value of another type.

use hardtack::{SessionCookie, SessionError, SessionValues, ValueError, Values};

use crate::events;
use crate::site::Reply;
use crate::world::World;

/// Answers GET on this path, with this `Cookie` line.
type Get = fn(&SessionCookie<Values>, &str, &str) -> Reply;

#[track_caller]
fn a_session_counts(get: Get) {
    let world = World::new();
    let cookie = world.shop.session().name("__Host-shop~values").build().unwrap();
    let reply = get(&cookie, "/read", "");
    assert_eq!((reply.status, &*reply.body, reply.added()), (200, "none", vec!["Cookie"]));

    let mut line = String::new();
    for count in ["1", "2", "3"] {
        let reply = get(&cookie, "/count", &line);
        assert_eq!((reply.status, &*reply.body, reply.all("set-cookie").len()), (200, count, 1));
        line = reply.all("set-cookie")[0].split(';').next().unwrap().to_owned();
    }
    let reply = get(&cookie, "/read", &line);
    assert_eq!((&*reply.body, reply.all("set-cookie").len()), ("3", 0));

    for path in ["/wrong", "/wrong-value"] {
        let (reply, events) = events::during(|| get(&cookie, path, &line));
        assert_eq!((reply.status, &*reply.body), (500, ""), "{path}");
        assert_eq!(
            events,
            "ERROR message=session change failed reason=\"value of another type\"\n"
        );
    }
}

fn count(session: &SessionValues) -> Result<String, SessionError> {
    let count = session.get::<u32>("count")?.unwrap_or(0) + 1;
    session.insert("count", count)?;
    Ok(count.to_string())
}

fn read(session: &SessionValues) -> Result<String, SessionError> {
    let count = session.get::<u32>("count")?;
    Ok(count.map_or("none".to_owned(), |count| count.to_string()))
}

fn wrong(session: &SessionValues) -> Result<String, SessionError> {
    session.get::<String>("count").map(Option::unwrap_or_default)
}

fn wrong_value(session: &Values) -> Result<String, ValueError> {
    session.get::<String>("count").map(Option::unwrap_or_default)
}

#[cfg(feature = "axum")]
#[test]
fn axum() {
    use ::axum::Router;
    use ::axum::body::Body;
    use ::axum::http::Request;
    use ::axum::routing::get;
    use hardtack::{Session, SessionLayer};

    a_session_counts(|cookie, path, line| {
        let router = Router::new()
            .route("/count", get(|session: SessionValues| async move { count(&session) }))
            .route("/read", get(|session: SessionValues| async move { read(&session) }))
            .route("/wrong", get(|session: SessionValues| async move { wrong(&session) }))
            .route(
                "/wrong-value",
                get(|session: Session<Values>| async move { wrong_value(&session) }),
            )
            .layer(SessionLayer::new(cookie.clone()));
        let request = Request::get(path).header("cookie", line).body(Body::empty()).unwrap();
        crate::axum::answer(router, request)
    });
    let router = Router::new().route("/", get(|_: SessionValues| async {}));
    let request = Request::get("/").body(Body::empty()).unwrap();
    let (reply, events) = events::during(|| crate::axum::answer(router, request));
    assert_eq!(reply.status, 500);
    assert!(events.contains("session adapter is not installed"), "{events}");
}

#[cfg(feature = "actix-web")]
#[test]
fn actix_web() {
    use ::actix_web::{App, web};
    use hardtack::{Session, SessionMiddleware};

    a_session_counts(|cookie, path, line| {
        let app = App::new()
            .route("/count", web::get().to(|session: SessionValues| async move { count(&session) }))
            .route("/read", web::get().to(|session: SessionValues| async move { read(&session) }))
            .route("/wrong", web::get().to(|session: SessionValues| async move { wrong(&session) }))
            .route(
                "/wrong-value",
                web::get().to(|session: Session<Values>| async move { wrong_value(&session) }),
            )
            .wrap(SessionMiddleware::new(cookie.clone()));
        crate::actix_web::answer(app, crate::actix_web::request("GET", path, &[("cookie", line)]))
    });
    let app = App::new().route("/", web::get().to(|_: SessionValues| async { "" }));
    let (reply, events) = events::during(|| {
        crate::actix_web::answer(app, crate::actix_web::request("GET", "/", &[]))
    });
    assert_eq!(reply.status, 500);
    assert!(events.contains("session adapter is not installed"), "{events}");
}

#[cfg(feature = "rocket")]
mod with_rocket {
    use ::rocket::http::{Header, Status};
    use ::rocket::local::blocking::Client;
    use ::rocket::{Request, catch, catchers, get, routes};
    use hardtack::{Session, SessionFairing};

    use super::*;

    #[get("/count")]
    fn count(session: SessionValues) -> Result<String, SessionError> {
        super::count(&session)
    }

    #[get("/read")]
    fn read(session: SessionValues) -> Result<String, SessionError> {
        super::read(&session)
    }

    #[get("/wrong")]
    fn wrong(session: SessionValues) -> Result<String, SessionError> {
        super::wrong(&session)
    }

    #[get("/wrong-value")]
    fn wrong_value(session: Session<Values>) -> Result<String, ValueError> {
        super::wrong_value(&session)
    }

    #[catch(default)]
    fn empty(_: Status, _: &Request<'_>) {}

    #[test]
    fn rocket() {
        a_session_counts(|cookie, path, line| {
            let rocket = crate::rocket::quiet()
                .mount("/", routes![count, read, wrong, wrong_value])
                .register("/", catchers![empty])
                .attach(SessionFairing::new(cookie.clone()));
            let client = Client::untracked(rocket).unwrap();
            let line = Header::new("cookie", line.to_owned());
            crate::rocket::reply(client.get(path.to_owned()).header(line).dispatch())
        });
        let site = crate::rocket::quiet().mount("/", routes![read]);
        let (error, events) = events::during(|| Client::untracked(site).err().unwrap());
        assert!(matches!(error.kind(), ::rocket::error::ErrorKind::SentinelAborts(_)));
        assert!(events.contains("session adapter is not installed"), "{events}");
    }
}
