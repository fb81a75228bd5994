//! actix-web, with no session, with hardtack, with actix-session and its stores.

use std::net::TcpListener;

use actix_session::SessionMiddleware as ActixSession;
use actix_session::storage::{CookieSessionStore, RedisSessionStore};
use actix_web::web::{self, ServiceConfig};
use actix_web::{App, HttpServer, cookie, rt};
use hardtack::{Application, SessionError, SessionMiddleware, SessionSlot};

use crate::profile::{NAME, Profile};

pub fn serve(listener: TcpListener, way: &str, redis: &str) {
    // A type of App for each way, so each has its own HttpServer; one worker, as the server has one core.
    macro_rules! run {
        ($app:expr) => {
            HttpServer::new(move || $app).workers(1).listen(listener).unwrap().run().await.unwrap()
        };
    }
    let key = cookie::Key::generate();
    rt::System::new().block_on(async {
        match way {
            "nothing" => run!(App::new().configure(nothing)),
            "hardtack" => {
                let shop = Application::new(NAME, hardtack::Key::generate().unwrap()).unwrap();
                let sessions = shop.session::<Profile>().build().unwrap();
                run!(App::new().configure(hardtack).wrap(SessionMiddleware::new(sessions.clone())))
            }
            "cookie" => run!(
                App::new()
                    .configure(actix)
                    .wrap(ActixSession::new(CookieSessionStore::default(), key.clone()))
            ),
            "redis" => {
                let store = RedisSessionStore::new(redis).await.unwrap();
                run!(
                    App::new().configure(actix).wrap(ActixSession::new(store.clone(), key.clone()))
                )
            }
            _ => panic!("no way is called {way}"),
        }
    });
}

/// The limit: what the server does without a session.
fn nothing(app: &mut ServiceConfig) {
    async fn login(user: web::Path<u64>) -> String {
        Profile::of(*user).answer()
    }
    async fn read() -> String {
        Profile::of(0).answer()
    }
    async fn change() -> String {
        Profile::of(0).answer()
    }
    app.route("/login/{user}", web::post().to(login))
        .route("/read", web::get().to(read))
        .route("/change", web::post().to(change));
}

fn hardtack(app: &mut ServiceConfig) {
    use hardtack::Session;
    async fn login(
        slot: SessionSlot<Profile>,
        user: web::Path<u64>,
    ) -> Result<String, SessionError> {
        Ok(slot.start(Profile::of(*user))?.answer())
    }
    async fn read(profile: Session<Profile>) -> String {
        profile.answer()
    }
    async fn change(mut profile: Session<Profile>) -> Result<String, SessionError> {
        profile.update(Profile::change)?;
        Ok(profile.answer())
    }
    app.route("/login/{user}", web::post().to(login))
        .route("/read", web::get().to(read))
        .route("/change", web::post().to(change));
}

/// The session of actix-session, whatever keeps it.
fn actix(app: &mut ServiceConfig) {
    use actix_session::Session;
    fn save(session: &Session, profile: &Profile) -> String {
        session.insert(NAME, profile).unwrap();
        profile.answer()
    }
    async fn login(session: Session, user: web::Path<u64>) -> String {
        save(&session, &Profile::of(*user))
    }
    async fn read(session: Session) -> String {
        session.get::<Profile>(NAME).unwrap().unwrap().answer()
    }
    async fn change(session: Session) -> String {
        let mut profile: Profile = session.get(NAME).unwrap().unwrap();
        profile.change();
        save(&session, &profile)
    }
    app.route("/login/{user}", web::post().to(login))
        .route("/read", web::get().to(read))
        .route("/change", web::post().to(change));
}
