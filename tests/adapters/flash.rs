//! Flash messages through each framework, beside a session: `/save` pushes and redirects, `/page` shows, `/broken` takes and fails, `/again`
//! takes and pushes, `/long` passes on the error of a push.

use hardtack::SessionCookie;
use hardtack::flash::Flash;

use crate::site::Reply;
use crate::world::World;

/// Answers GET on this path, with this `Cookie` line.
type Get = fn(&World, &SessionCookie<Flash>, &str, &str) -> Reply;

/// The flash cookie that a response sets, as the browser sends it back; `None` where it sets none.
fn set(reply: &Reply) -> Option<String> {
    let lines = reply.all("set-cookie").into_iter();
    let mut lines = lines.filter(|line| line.starts_with("__Host-shop~flash="));
    let pair = lines.next()?.split(';').next()?.to_owned();
    assert_eq!(lines.next(), None);
    Some(pair)
}

#[track_caller]
fn a_message_is_shown_once(get: Get) {
    let world = World::new();
    let flash = world.shop.flash().build().unwrap();
    let get = |path: &str, cookie: &str| get(&world, &flash, path, cookie);
    let removed = Some("__Host-shop~flash=".to_owned());

    let saved = get("/save", &world.ada());
    assert_eq!((saved.status, saved.all("set-cookie").len()), (303, 1), "the session is untouched");
    let waiting = set(&saved).unwrap();
    let both = format!("{}; {waiting}", world.ada());

    let broken = get("/broken", &both);
    assert_eq!((broken.status, set(&broken)), (500, None), "the message waits on");
    let refused = get("/long", &both);
    assert_eq!((refused.status, set(&refused)), (500, None));

    let page = get("/page", &both);
    assert_eq!((page.status, &*page.body), (200, "success: saved\n"));
    assert_eq!(set(&page), removed);
    assert_eq!(page.all("vary"), ["Cookie"]);
    let page = get("/page", "");
    assert_eq!((&*page.body, set(&page)), ("", None));

    let again = get("/again", &both);
    assert_eq!(again.body, "success: saved\n");
    let page = get("/page", &set(&again).unwrap());
    assert_eq!((&*page.body, set(&page)), ("info: shown\n", removed));
}

fn show(messages: &[hardtack::flash::FlashMessage]) -> String {
    messages.iter().map(|message| format!("{}: {}\n", message.level, message.text)).collect()
}

#[cfg(feature = "axum")]
mod with_axum {
    use ::axum::Router;
    use ::axum::body::Body;
    use ::axum::http::{Request, StatusCode};
    use ::axum::response::Redirect;
    use ::axum::routing::get;
    use hardtack::flash::FlashLevel;
    use hardtack::{SessionError, SessionLayer, SessionSlot};

    use super::*;

    async fn save(flash: SessionSlot<Flash>) -> Result<Redirect, SessionError> {
        flash.push(FlashLevel::Success, "saved")?;
        Ok(Redirect::to("/page"))
    }

    async fn page(flash: SessionSlot<Flash>) -> Result<String, SessionError> {
        Ok(show(&flash.take()?))
    }

    async fn broken(flash: SessionSlot<Flash>) -> StatusCode {
        flash.take().unwrap();
        StatusCode::INTERNAL_SERVER_ERROR
    }

    async fn again(flash: SessionSlot<Flash>) -> Result<String, SessionError> {
        let taken = flash.take()?;
        flash.push(FlashLevel::Info, "shown")?;
        Ok(show(&taken))
    }

    async fn long(flash: SessionSlot<Flash>) -> Result<(), SessionError> {
        flash.push(FlashLevel::Info, "x".repeat(5_000))
    }

    fn respond(world: &World, flash: &SessionCookie<Flash>, path: &str, cookie: &str) -> Reply {
        let router = Router::new()
            .route("/save", get(save))
            .route("/page", get(page))
            .route("/broken", get(broken))
            .route("/again", get(again))
            .route("/long", get(long))
            .layer(SessionLayer::new(flash.clone()))
            .layer(SessionLayer::new(world.users.clone()));
        let request = Request::get(path).header("cookie", cookie).body(Body::empty()).unwrap();
        crate::axum::answer(router, request)
    }

    #[test]
    fn axum() {
        a_message_is_shown_once(respond);
    }
}

#[cfg(feature = "actix-web")]
mod with_actix_web {
    use ::actix_web::{App, HttpResponse, web};
    use hardtack::flash::FlashLevel;
    use hardtack::{SessionError, SessionMiddleware, SessionSlot};

    use super::*;

    type Done = Result<HttpResponse, SessionError>;

    async fn save(flash: SessionSlot<Flash>) -> Done {
        flash.push(FlashLevel::Success, "saved")?;
        Ok(HttpResponse::SeeOther().insert_header(("location", "/page")).finish())
    }

    async fn page(flash: SessionSlot<Flash>) -> Done {
        Ok(HttpResponse::Ok().body(show(&flash.take()?)))
    }

    async fn broken(flash: SessionSlot<Flash>) -> Done {
        flash.take()?;
        Ok(HttpResponse::InternalServerError().finish())
    }

    async fn again(flash: SessionSlot<Flash>) -> Done {
        let taken = flash.take()?;
        flash.push(FlashLevel::Info, "shown")?;
        Ok(HttpResponse::Ok().body(show(&taken)))
    }

    async fn long(flash: SessionSlot<Flash>) -> Done {
        flash.push(FlashLevel::Info, "x".repeat(5_000))?;
        Ok(HttpResponse::Ok().finish())
    }

    fn respond(world: &World, flash: &SessionCookie<Flash>, path: &str, cookie: &str) -> Reply {
        let app = App::new()
            .route("/save", web::get().to(save))
            .route("/page", web::get().to(page))
            .route("/broken", web::get().to(broken))
            .route("/again", web::get().to(again))
            .route("/long", web::get().to(long))
            .wrap(SessionMiddleware::new(flash.clone()))
            .wrap(SessionMiddleware::new(world.users.clone()));
        crate::actix_web::answer(app, crate::actix_web::request("GET", path, &[("cookie", cookie)]))
    }

    #[test]
    fn actix_web() {
        a_message_is_shown_once(respond);
    }
}

#[cfg(feature = "rocket")]
mod with_rocket {
    use ::rocket::http::{Header, Status};
    use ::rocket::local::blocking::Client;
    use ::rocket::response::Redirect;
    use ::rocket::{get, routes};
    use hardtack::flash::FlashLevel;
    use hardtack::{SessionError, SessionFairing, SessionSlot};

    use super::*;

    #[get("/save")]
    fn save(flash: SessionSlot<Flash>) -> Result<Redirect, SessionError> {
        flash.push(FlashLevel::Success, "saved")?;
        Ok(Redirect::to("/page"))
    }

    #[get("/page")]
    fn page(flash: SessionSlot<Flash>) -> Result<String, SessionError> {
        Ok(show(&flash.take()?))
    }

    #[get("/broken")]
    fn broken(flash: SessionSlot<Flash>) -> Status {
        flash.take().unwrap();
        Status::InternalServerError
    }

    #[get("/again")]
    fn again(flash: SessionSlot<Flash>) -> Result<String, SessionError> {
        let taken = flash.take()?;
        flash.push(FlashLevel::Info, "shown")?;
        Ok(show(&taken))
    }

    #[get("/long")]
    fn long(flash: SessionSlot<Flash>) -> Result<(), SessionError> {
        flash.push(FlashLevel::Info, "x".repeat(5_000))
    }

    fn respond(world: &World, flash: &SessionCookie<Flash>, path: &str, cookie: &str) -> Reply {
        let rocket = crate::rocket::quiet()
            .mount("/", routes![save, page, broken, again, long])
            .attach(SessionFairing::new(flash.clone()))
            .attach(SessionFairing::new(world.users.clone()));
        let client = Client::untracked(rocket).unwrap();
        let request = client.get(path.to_owned()).header(Header::new("cookie", cookie.to_owned()));
        crate::rocket::reply(request.dispatch())
    }

    #[test]
    fn rocket() {
        a_message_is_shown_once(respond);
    }
}
