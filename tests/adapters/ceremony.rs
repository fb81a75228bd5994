//! A ceremony through each framework: `/begin` begins one, `/end?ID` ends it; both pass on the error.

use hardtack::ceremony::Ceremony;
use hardtack::{Application, Key, SessionCookie};

use crate::events;
use crate::site::Reply;

#[derive(Clone)]
struct Kinds {
    users: SessionCookie<u64>,
    passkeys: Ceremony<String>,
}

/// Answers GET on this path, with this `Cookie` line.
type Get = fn(&Kinds, &str, &str) -> Reply;

fn kinds(shop: &Application) -> Kinds {
    let (users, passkeys) = (shop.session().build(), shop.ceremony("passkey").build());
    Kinds { users: users.unwrap(), passkeys: passkeys.unwrap() }
}

fn pair(line: &str) -> &str {
    line.split(';').next().unwrap()
}

#[track_caller]
fn a_ceremony_and_its_refusals(get: Get) {
    let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
    let kinds = kinds(&shop);
    let begun = get(&kinds, "/begin", "");
    assert_eq!(begun.status, 200);
    // The session that starts here and the ceremony that is bound to it.
    let lines = begun.all("set-cookie");
    let find = |name: &str| pair(lines.iter().find(|line| line.starts_with(name)).unwrap());
    let (session, ceremony) = (find("__Host-shop="), find("__Host-shop~passkey-"));
    assert_eq!(lines.len(), 2);
    let end = format!("/end?{}", begun.body);
    let both = format!("{session}; {ceremony}");

    let name = ceremony.split('=').next().unwrap();
    let removal = format!("{name}=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0");
    let event = "INFO message=ceremony refused reason=";
    let of = "cookie=\"__Host-shop~passkey-\"";
    for (path, cookie, reason, removed) in [
        (&*end, "", "not open", false),
        (&format!("{end}A"), &*both, "malformed id", false),
        (&end, ceremony, "other session", true),
        (&end, &format!("{session}; {name}=x"), "malformed", true),
    ] {
        let (reply, events) = events::during(|| get(&kinds, path, cookie));
        assert_eq!((reply.status, &*reply.body), (400, ""), "{reason}");
        let lines = reply.all("set-cookie");
        assert_eq!(lines.len(), usize::from(removed), "{reason}: {lines:?}");
        assert!(lines.iter().all(|line| line.starts_with(&removal)), "{lines:?}");
        assert_eq!(reply.all("cache-control").contains(&"no-store"), removed, "{reason}");
        let lines: Vec<_> = events.lines().filter(|line| line.contains("ceremony")).collect();
        assert_eq!(lines, [format!("{event}\"{reason}\" {of}")], "{events}");
    }

    let done = get(&kinds, &end, &both);
    assert_eq!((done.status, &*done.body), (200, "what came back"));
    let lines = done.all("set-cookie");
    assert!(lines.len() == 1 && lines[0].starts_with(&removal), "{lines:?}");

    let never = hardtack::Timestamp::from_secs(u64::MAX);
    let ring = hardtack::keys::RingFile::new(Key::generate().unwrap(), never);
    shop.replace_keys(ring.into());
    let (failed, events) = events::during(|| get(&kinds, "/begin-outside", ""));
    assert_eq!((failed.status, &*failed.body), (500, ""));
    let expected = format!("ERROR message=ceremony failed reason=\"no sealing key\" {of}\n");
    assert_eq!(events, expected);
}

#[cfg(feature = "axum")]
mod with_axum {
    use ::axum::Router;
    use ::axum::body::Body;
    use ::axum::extract::{RawQuery, State};
    use ::axum::http::header::COOKIE;
    use ::axum::http::{HeaderMap, Request};
    use ::axum::response::{IntoResponse, Result};
    use ::axum::routing::get;
    use hardtack::ceremony::{CeremonyError, NoSession, RefusedCeremony};
    use hardtack::{SessionLayer, SessionSlot};

    use super::*;

    async fn begin(
        State(kinds): State<Kinds>,
        slot: SessionSlot<u64>,
        headers: HeaderMap,
    ) -> Result<impl IntoResponse> {
        slot.get_or_start()?;
        let state = "what came back".to_owned();
        let begun = kinds.passkeys.begin(headers.get_all(COOKIE), &slot, &state)?;
        let id = begun.id().to_owned();
        Ok((begun, id))
    }

    async fn begin_outside(
        State(kinds): State<Kinds>,
        headers: HeaderMap,
    ) -> Result<impl IntoResponse, CeremonyError> {
        let begun = kinds.passkeys.begin(headers.get_all(COOKIE), NoSession, &String::new())?;
        Ok((begun, ()))
    }

    async fn end(
        State(kinds): State<Kinds>,
        slot: SessionSlot<u64>,
        headers: HeaderMap,
        RawQuery(id): RawQuery,
    ) -> Result<impl IntoResponse, RefusedCeremony> {
        let id = id.unwrap_or_default();
        let (state, removal) = kinds.passkeys.finish(headers.get_all(COOKIE), &slot, &id)?;
        Ok((removal, state))
    }

    fn respond(kinds: &Kinds, path: &str, cookie: &str) -> Reply {
        let router = Router::new()
            .route("/begin", get(begin))
            .route("/begin-outside", get(begin_outside))
            .route("/end", get(end))
            .layer(SessionLayer::new(kinds.users.clone()))
            .with_state(kinds.clone());
        let request = Request::get(path).header("cookie", cookie).body(Body::empty()).unwrap();
        crate::axum::answer(router, request)
    }

    #[test]
    fn axum() {
        a_ceremony_and_its_refusals(respond);
    }
}

#[cfg(feature = "actix-web")]
mod with_actix_web {
    use ::actix_web::{App, HttpRequest, HttpResponse, Result, web};
    use hardtack::ceremony::{CeremonyError, NoSession};
    use hardtack::{SessionMiddleware, SessionSlot};

    use super::*;

    async fn begin(
        kinds: web::Data<Kinds>,
        slot: SessionSlot<u64>,
        request: HttpRequest,
    ) -> Result<HttpResponse> {
        slot.get_or_start()?;
        let lines = request.headers().get_all("cookie");
        let begun = kinds.passkeys.begin(lines, &slot, &"what came back".to_owned())?;
        let mut response = HttpResponse::Ok();
        for line in begun.set_cookies() {
            response.append_header(("set-cookie", line.as_str()));
        }
        Ok(response.insert_header(("cache-control", "no-store")).body(begun.id().to_owned()))
    }

    async fn begin_outside(kinds: web::Data<Kinds>) -> Result<HttpResponse, CeremonyError> {
        let _ = kinds.passkeys.begin([""], NoSession, &String::new())?;
        Ok(HttpResponse::Ok().finish())
    }

    async fn end(
        kinds: web::Data<Kinds>,
        slot: SessionSlot<u64>,
        request: HttpRequest,
    ) -> Result<HttpResponse> {
        let lines = request.headers().get_all("cookie");
        let (state, removal) = kinds.passkeys.finish(lines, &slot, request.query_string())?;
        let removal = removal.set_cookie().as_str();
        Ok(HttpResponse::Ok().append_header(("set-cookie", removal)).body(state))
    }

    fn respond(kinds: &Kinds, path: &str, cookie: &str) -> Reply {
        let app = App::new()
            .app_data(web::Data::new(kinds.clone()))
            .route("/begin", web::get().to(begin))
            .route("/begin-outside", web::get().to(begin_outside))
            .route("/end", web::get().to(end))
            .wrap(SessionMiddleware::new(kinds.users.clone()));
        crate::actix_web::answer(app, crate::actix_web::request("GET", path, &[("cookie", cookie)]))
    }

    #[test]
    fn actix_web() {
        a_ceremony_and_its_refusals(respond);
    }
}

#[cfg(feature = "rocket")]
mod with_rocket {
    use ::rocket::http::{Header, Status};
    use ::rocket::local::blocking::Client;
    use ::rocket::{Request, Response, State, catch, catchers, get, response, routes};
    use hardtack::ceremony::{CeremonyError, NoSession, RefusedCeremony};
    use hardtack::{SessionError, SessionFairing, SessionSlot};

    use super::*;
    use crate::login_flow::Cookies;

    /// A text, with these `Set-Cookie` lines.
    struct With(String, Vec<String>);

    impl<'r> response::Responder<'r, 'static> for With {
        fn respond_to(self, request: &'r Request<'_>) -> response::Result<'static> {
            let mut response = Response::build_from(self.0.respond_to(request)?);
            self.1.into_iter().for_each(|line| {
                response.raw_header_adjoin("set-cookie", line);
            });
            response.ok()
        }
    }

    #[derive(::rocket::Responder)]
    enum Failed {
        Session(SessionError),
        Ceremony(CeremonyError),
    }

    #[get("/begin")]
    fn begin(
        kinds: &State<Kinds>,
        slot: SessionSlot<u64>,
        cookies: Cookies<'_>,
    ) -> Result<With, Failed> {
        slot.get_or_start().map_err(Failed::Session)?;
        let state = "what came back".to_owned();
        let begun = kinds.passkeys.begin(cookies.0, &slot, &state).map_err(Failed::Ceremony)?;
        let lines = begun.set_cookies().map(|line| line.as_str().to_owned()).collect();
        Ok(With(begun.id().to_owned(), lines))
    }

    #[get("/begin-outside")]
    fn begin_outside(kinds: &State<Kinds>) -> Result<(), CeremonyError> {
        kinds.passkeys.begin([""], NoSession, &String::new()).map(|_| ())
    }

    #[get("/end")]
    fn end(
        kinds: &State<Kinds>,
        slot: SessionSlot<u64>,
        cookies: Cookies<'_>,
        uri: &::rocket::http::uri::Origin<'_>,
    ) -> Result<With, RefusedCeremony> {
        let id = uri.query().map(|query| query.as_str()).unwrap_or_default();
        let (state, removal) = kinds.passkeys.finish(cookies.0, &slot, id)?;
        Ok(With(state, vec![removal.set_cookie().as_str().to_owned()]))
    }

    #[catch(default)]
    fn empty(status: Status, _: &Request<'_>) -> (Status, ()) {
        (status, ())
    }

    fn respond(kinds: &Kinds, path: &str, cookie: &str) -> Reply {
        let rocket = crate::rocket::quiet()
            .mount("/", routes![begin, begin_outside, end])
            .register("/", catchers![empty])
            .attach(SessionFairing::new(kinds.users.clone()));
        let client = Client::untracked(rocket.manage(kinds.clone())).unwrap();
        let request = client.get(path.to_owned()).header(Header::new("cookie", cookie.to_owned()));
        crate::rocket::reply(request.dispatch())
    }

    #[test]
    fn rocket() {
        a_ceremony_and_its_refusals(respond);
    }
}
