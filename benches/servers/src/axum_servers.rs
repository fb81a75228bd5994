//! axum, with no session, with hardtack, with axum-extra's jar, with tower-sessions and its stores.

use std::net::TcpListener;

use axum::Router;
use axum::extract::Path;
use axum::handler::Handler;
use axum::routing::{get, post};
use axum_extra::extract::PrivateCookieJar;
use axum_extra::extract::cookie::{Cookie, Key, SameSite};
use hardtack::{Application, SessionError, SessionLayer, SessionSlot};
use tower_sessions::{MemoryStore, SessionManagerLayer};
use tower_sessions_cookie_store::CookieSessionManagerLayer;
use tower_sessions_redis_store::RedisStore;
use tower_sessions_redis_store::fred::prelude::{ClientLike, Config, Pool};

use crate::profile::{NAME, Profile};

/// Connections to Redis.
const POOL: usize = 4;

// As many threads as the process may use cores; `measure` gives it one.
#[tokio::main]
pub async fn serve(listener: TcpListener, way: &str, redis: &str) {
    let app = match way {
        "nothing" => nothing(),
        "hardtack" => hardtack(),
        "jar" => jar(),
        "memory" => tower().layer(SessionManagerLayer::new(MemoryStore::default())),
        "redis" => {
            let pool = Pool::new(Config::from_url(redis).unwrap(), None, None, None, POOL).unwrap();
            pool.init().await.unwrap();
            tower().layer(SessionManagerLayer::new(RedisStore::new(pool)))
        }
        "cookie" => tower().layer(CookieSessionManagerLayer::private(
            tower_sessions_cookie_store::Key::generate(),
        )),
        _ => panic!("no way is called {way}"),
    };
    listener.set_nonblocking(true).unwrap();
    axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), app).await.unwrap();
}

fn routes<S, A, B, C>(
    login: impl Handler<A, S>,
    read: impl Handler<B, S>,
    change: impl Handler<C, S>,
) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
    A: 'static,
    B: 'static,
    C: 'static,
{
    Router::new()
        .route("/login/{user}", post(login))
        .route("/read", get(read))
        .route("/change", post(change))
}

/// The limit: what the server does without a session.
fn nothing() -> Router {
    async fn login(Path(user): Path<u64>) -> String {
        Profile::of(user).answer()
    }
    async fn read() -> String {
        Profile::of(0).answer()
    }
    async fn change() -> String {
        Profile::of(0).answer()
    }
    routes(login, read, change)
}

fn hardtack() -> Router {
    use hardtack::{Key, Session};
    async fn login(
        slot: SessionSlot<Profile>,
        Path(user): Path<u64>,
    ) -> Result<String, SessionError> {
        Ok(slot.start(Profile::of(user))?.answer())
    }
    async fn read(profile: Session<Profile>) -> String {
        profile.answer()
    }
    async fn change(mut profile: Session<Profile>) -> Result<String, SessionError> {
        profile.update(Profile::change)?;
        Ok(profile.answer())
    }
    let shop = Application::new(NAME, Key::generate().unwrap()).unwrap();
    let sessions = shop.session::<Profile>().build().unwrap();
    routes(login, read, change).layer(SessionLayer::new(sessions))
}

fn jar() -> Router {
    fn load(jar: &PrivateCookieJar) -> Profile {
        serde_json::from_str(jar.get(NAME).unwrap().value()).unwrap()
    }
    fn save(jar: PrivateCookieJar, profile: &Profile) -> (PrivateCookieJar, String) {
        let cookie = Cookie::build((NAME, serde_json::to_string(profile).unwrap()));
        let cookie = cookie.path("/").secure(true).http_only(true).same_site(SameSite::Lax);
        (jar.add(cookie), profile.answer())
    }
    async fn login(jar: PrivateCookieJar, Path(user): Path<u64>) -> (PrivateCookieJar, String) {
        save(jar, &Profile::of(user))
    }
    async fn read(jar: PrivateCookieJar) -> String {
        load(&jar).answer()
    }
    async fn change(jar: PrivateCookieJar) -> (PrivateCookieJar, String) {
        let mut profile = load(&jar);
        profile.change();
        save(jar, &profile)
    }
    routes(login, read, change).with_state(Key::generate())
}

/// The session of tower-sessions, whatever keeps it.
fn tower() -> Router {
    use tower_sessions::Session;
    async fn load(session: &Session) -> Profile {
        session.get(NAME).await.unwrap().unwrap()
    }
    async fn save(session: &Session, profile: &Profile) -> String {
        session.insert(NAME, profile).await.unwrap();
        profile.answer()
    }
    async fn login(session: Session, Path(user): Path<u64>) -> String {
        save(&session, &Profile::of(user)).await
    }
    async fn read(session: Session) -> String {
        load(&session).await.answer()
    }
    async fn change(session: Session) -> String {
        let mut profile = load(&session).await;
        profile.change();
        save(&session, &profile).await
    }
    routes(login, read, change)
}
