//! The site before the move: actix-web and actix-session, which keeps the session in its cookie. It ends when its parent does.

use std::time::Duration;

use actix_session::storage::CookieSessionStore;
use actix_session::{Session, SessionMiddleware};
use actix_web::cookie::Key;
use actix_web::error::{ErrorInternalServerError, ErrorUnauthorized};
use actix_web::rt::System;
use actix_web::{App, HttpServer, web};
use tokio::io::AsyncReadExt;

use crate::Error;

/// Its cookie's name: actix-session's default.
pub const COOKIE: &str = "id";
/// Takes the place of a key's id for the old site's cookies.
pub const SITE: &str = "actix-session";
/// The secret in its configuration.
pub const KEY: &str = "the old site's secret, of which the cookie crate wants 64 bytes.";
/// A secret that is not.
pub const OTHER_KEY: &str = "a secret of somebody else's, in no fewer and no more than its 64";

pub fn serve(address: &str) -> Result<(), Error> {
    System::new().block_on(async {
        let key = Key::from(KEY.as_bytes());
        let app = move || {
            App::new()
                .wrap(SessionMiddleware::new(CookieSessionStore::default(), key.clone()))
                .route("/session/{user}", web::put().to(log_in))
                .route("/session", web::delete().to(log_out))
                .route("/user", web::get().to(user))
                .route("/count", web::get().to(read))
                .route("/count/{count}", web::put().to(write))
        };
        let server = HttpServer::new(app).workers(1).disable_signals();
        // Longer than any connection of the proxy's is idle.
        let server = server.keep_alive(Duration::from_secs(300)).bind(address)?.run();
        let mut parent = tokio::io::stdin();
        tokio::select! {
            served = server => Ok(served?),
            // Nobody writes: this ends with the parent, however it ended.
            _ = parent.read_u8() => Ok(()),
        }
    })
}

type Answer = Result<String, actix_web::Error>;

async fn log_in(session: Session, user: web::Path<u64>) -> Answer {
    session.renew();
    keep(&session, "user", *user)?;
    keep(&session, "count", 0)?;
    Ok(String::new())
}

async fn log_out(session: Session) -> Answer {
    session.purge();
    Ok(String::new())
}

async fn user(session: Session) -> Answer {
    Ok(find(&session, "user")?.to_string())
}

async fn read(session: Session) -> Answer {
    show(&session)
}

/// The answer to a write tells what was there before it.
async fn write(session: Session, count: web::Path<u64>) -> Answer {
    let found = show(&session)?;
    keep(&session, "count", *count)?;
    Ok(found)
}

fn show(session: &Session) -> Answer {
    Ok(format!("{} {}", find(session, "user")?, find(session, "count")?))
}

fn find(session: &Session, name: &str) -> Result<u64, actix_web::Error> {
    let found = session.get(name).map_err(ErrorInternalServerError)?;
    found.ok_or_else(|| ErrorUnauthorized("log in first"))
}

fn keep(session: &Session, name: &str, value: u64) -> Result<(), actix_web::Error> {
    session.insert(name, value).map_err(ErrorInternalServerError)
}
