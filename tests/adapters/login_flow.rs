//! A log-in flow through each framework: `/login` begins one, `/callback?STATE` finishes it; both pass on the error.

use hardtack::login::{LoginFlows, RequireIss};
use hardtack::{Application, Key};

use crate::events;
use crate::site::Reply;

const ISSUER: &str = "https://id.example";

/// Answers GET on this path, with this `Cookie` line.
type Get = fn(&LoginFlows, &str, &str) -> Reply;

#[track_caller]
fn a_flow_and_its_refusals(get: Get) {
    let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
    let flows = shop.login_flows().issuer(ISSUER, RequireIss::Yes).build().unwrap();
    let begun = get(&flows, "/login", "");
    assert_eq!((begun.status, begun.all("set-cookie").len()), (303, 1));
    let cookie = begun.all("set-cookie")[0].split(';').next().unwrap();
    let state = begun.all("location")[0];
    let callback = format!("/callback?{state}");

    let two_hosts = " remedy=\"the callback must arrive at the host that began the flow, with or without www: redirect one to the other\"";
    // Sealed under a key that this node does not have.
    let (other, value) = (Key::generate().unwrap(), cookie.split_once('=').unwrap());
    let unknown = format!(" key={}", other.id());
    let elsewhere = Application::new("shop", other).unwrap();
    let theirs = elsewhere.login_flows().issuer(ISSUER, RequireIss::Yes).build().unwrap();
    let begun = get(&theirs, "/login", "");
    let (_, foreign) =
        begun.all("set-cookie")[0].split(';').next().unwrap().split_once('=').unwrap();
    let foreign = format!("{}={foreign}", value.0);
    for (path, cookie, reason, more) in [
        (&*callback, "", "no flow", two_hosts),
        (&callback, "__Host-shop~login-AAAAAAAA=x", "no flow", two_hosts),
        (&format!("/callback?{}", state.to_lowercase() + "!"), cookie, "malformed state", ""),
        (&format!("{callback}A"), cookie, "malformed state", ""),
        (&callback, &foreign, "unknown key", &unknown),
    ] {
        let (reply, events) = events::during(|| get(&flows, path, cookie));
        assert_eq!((reply.status, &*reply.body), (400, ""), "{path}");
        assert_eq!(reply.added(), [""; 0]);
        assert_eq!(events, format!("INFO message=log-in flow refused reason=\"{reason}\"{more}\n"));
    }

    let done = get(&flows, &callback, &format!("theme=dark; {cookie}"));
    assert_eq!((done.status, done.all("location")), (303, vec!["/"]));
    let name = cookie.split('=').next().unwrap();
    assert_eq!(done.all("set-cookie").len(), 1);
    assert!(done.all("set-cookie")[0].starts_with(&format!("{name}=; Path=/; HttpOnly;")));

    let fails = |flows: &LoginFlows, reason: &str| {
        let (failed, events) = events::during(|| get(flows, "/login", ""));
        assert_eq!((failed.status, &*failed.body), (500, ""));
        assert_eq!(events, format!("ERROR message=log-in flow failed reason=\"{reason}\"\n"));
    };
    // Spelt in another way than the handler does.
    let spelt = shop.login_flows().cookie_prefix("__Host-other-");
    let spelt = spelt.issuer(format!("{ISSUER}/"), RequireIss::Yes).build().unwrap();
    fails(&spelt, "undeclared issuer");
    {
        let never = hardtack::Timestamp::from_secs(u64::MAX);
        let ring = hardtack::keys::RingFile::new(Key::generate().unwrap(), never);
        shop.replace_keys(ring.into());
        fails(&flows, "no sealing key");
    }
}

#[cfg(feature = "axum")]
mod with_axum {
    use ::axum::Router;
    use ::axum::body::Body;
    use ::axum::extract::{RawQuery, State};
    use ::axum::http::header::COOKIE;
    use ::axum::http::{HeaderMap, Request};
    use ::axum::response::{IntoResponse, Redirect};
    use ::axum::routing::get;
    use hardtack::login::LoginFlowError;

    use super::*;

    async fn login(
        State(flows): State<LoginFlows>,
        headers: HeaderMap,
    ) -> Result<impl IntoResponse, LoginFlowError> {
        let flow = flows.begin(headers.get_all(COOKIE), ISSUER, "/")?;
        let authorize = flow.state().to_owned();
        Ok((flow, Redirect::to(&authorize)))
    }

    async fn callback(
        State(flows): State<LoginFlows>,
        headers: HeaderMap,
        RawQuery(state): RawQuery,
    ) -> Result<impl IntoResponse, LoginFlowError> {
        let flow =
            flows.finish(headers.get_all(COOKIE), &state.unwrap_or_default(), Some(ISSUER))?;
        let back = Redirect::to(flow.return_to());
        Ok((flow, back))
    }

    fn respond(flows: &LoginFlows, path: &str, cookie: &str) -> Reply {
        let router = Router::new().route("/login", get(login)).route("/callback", get(callback));
        let router = router.with_state(flows.clone());
        let request = Request::get(path).header("cookie", cookie).body(Body::empty()).unwrap();
        crate::axum::answer(router, request)
    }

    #[test]
    fn axum() {
        a_flow_and_its_refusals(respond);
    }

    // A cache may keep 308 unless told otherwise (RFC 9110 section 15.4.9), and whoever it answers then would get this visitor's flow.
    #[test]
    fn no_cache_keeps_a_flow() {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let flows = shop.login_flows().issuer(ISSUER, RequireIss::No).build().unwrap();
        let begin = || flows.begin([""], ISSUER, "/").unwrap();
        let finish = || {
            let flow = begin();
            let line = flow.set_cookies().next().unwrap();
            let sent_back = format!("{}={}", line.name(), line.value());
            flows.finish([sent_back], flow.state(), None).unwrap()
        };
        let public = [("cache-control", "public, max-age=60")];
        let to = || Redirect::permanent("/");
        for response in [
            (begin(), to()).into_response(),
            (finish(), to()).into_response(),
            (begin(), (public, to())).into_response(),
        ] {
            let lines: Vec<_> = response.headers().get_all("cache-control").iter().collect();
            assert_eq!(lines, ["no-store"]);
        }
    }
}

#[cfg(feature = "actix-web")]
mod with_actix_web {
    use ::actix_web::{App, HttpRequest, HttpResponse, web};
    use hardtack::login::LoginFlowError;

    use super::*;

    async fn login(
        flows: web::Data<LoginFlows>,
        request: HttpRequest,
    ) -> Result<HttpResponse, LoginFlowError> {
        let flow = flows.begin(request.headers().get_all("cookie"), ISSUER, "/")?;
        let mut response = HttpResponse::SeeOther();
        for line in flow.set_cookies() {
            response.append_header(("set-cookie", line.as_str()));
        }
        Ok(response.insert_header(("location", flow.state())).finish())
    }

    async fn callback(
        flows: web::Data<LoginFlows>,
        request: HttpRequest,
    ) -> Result<HttpResponse, LoginFlowError> {
        let lines = request.headers().get_all("cookie");
        let flow = flows.finish(lines, request.query_string(), Some(ISSUER))?;
        Ok(HttpResponse::SeeOther()
            .insert_header(("location", flow.return_to()))
            .append_header(("set-cookie", flow.removal().as_str()))
            .finish())
    }

    fn respond(flows: &LoginFlows, path: &str, cookie: &str) -> Reply {
        let app = App::new()
            .app_data(web::Data::new(flows.clone()))
            .route("/login", web::get().to(login))
            .route("/callback", web::get().to(callback));
        crate::actix_web::answer(app, crate::actix_web::request("GET", path, &[("cookie", cookie)]))
    }

    #[test]
    fn actix_web() {
        a_flow_and_its_refusals(respond);
    }
}

#[cfg(feature = "rocket")]
pub use with_rocket::Cookies;

#[cfg(feature = "rocket")]
mod with_rocket {
    use ::rocket::http::{Header, Status};
    use ::rocket::local::blocking::Client;
    use ::rocket::request::{FromRequest, Outcome};
    use ::rocket::{Request, State, catch, catchers, get, routes};
    use hardtack::login::LoginFlowError;

    use super::*;

    /// The request's `Cookie` lines.
    pub struct Cookies<'r>(pub Vec<&'r str>);

    #[::rocket::async_trait]
    impl<'r> FromRequest<'r> for Cookies<'r> {
        type Error = std::convert::Infallible;

        async fn from_request(request: &'r Request<'_>) -> Outcome<Self, Self::Error> {
            Outcome::Success(Self(request.headers().get("cookie").collect()))
        }
    }

    #[derive(::rocket::Responder)]
    #[response(status = 303)]
    struct Redirect {
        body: (),
        location: Header<'static>,
        cookie: Header<'static>,
    }

    fn redirect(location: &str, cookie: &str) -> Redirect {
        let location = Header::new("location", location.to_owned());
        Redirect { body: (), location, cookie: Header::new("set-cookie", cookie.to_owned()) }
    }

    #[get("/login")]
    fn login(flows: &State<LoginFlows>, cookies: Cookies<'_>) -> Result<Redirect, LoginFlowError> {
        let flow = flows.begin(cookies.0, ISSUER, "/")?;
        let line = flow.set_cookies().last().unwrap();
        Ok(redirect(flow.state(), line.as_str()))
    }

    #[get("/callback")]
    fn callback(
        flows: &State<LoginFlows>,
        cookies: Cookies<'_>,
        uri: &::rocket::http::uri::Origin<'_>,
    ) -> Result<Redirect, LoginFlowError> {
        let state = uri.query().map(|query| query.as_str()).unwrap_or_default();
        let flow = flows.finish(cookies.0, state, Some(ISSUER))?;
        Ok(redirect(flow.return_to(), flow.removal().as_str()))
    }

    #[catch(default)]
    fn empty(status: Status, _: &Request<'_>) -> (Status, ()) {
        (status, ())
    }

    fn respond(flows: &LoginFlows, path: &str, cookie: &str) -> Reply {
        let rocket = crate::rocket::quiet()
            .mount("/", routes![login, callback])
            .register("/", catchers![empty]);
        let client = Client::untracked(rocket.manage(flows.clone())).unwrap();
        let request = client.get(path.to_owned()).header(Header::new("cookie", cookie.to_owned()));
        crate::rocket::reply(request.dispatch())
    }

    #[test]
    fn rocket() {
        a_flow_and_its_refusals(respond);
    }
}
