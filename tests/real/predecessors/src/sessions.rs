//! Sessions that other crates keep in a cookie.

use actix_web::cookie::Key;
use actix_web::test::{TestRequest, call_service, init_service};
use actix_web::{App, web};
use axum::body::Body;
use axum::routing::get;
use axum::{Extension, Router};
use hardtack::migrate::{Jar, JarKey};
use hardtack::{DAY, Values};
use serde::{Deserialize, Serialize};
use tower::ServiceExt;
use tower_sessions_cookie_store::{CookieSessionConfig, CookieSessionManagerLayer, Session};

use crate::{SECRET, bad, site};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct User {
    id: u64,
    name: String,
}

fn zoe() -> User {
    User { id: 7, name: "Zo\u{eb}; \"100%\"".to_owned() }
}

fn jar(private: bool) -> Jar {
    let key = JarKey::new(&SECRET).unwrap();
    if private { Jar::private(&key) } else { Jar::signed(&key) }
}

/// Of values as both crates keep them, and of nothing else.
fn user(values: Values) -> Option<User> {
    values.get("user").ok()?
}

macro_rules! actix_session {
    ($version:ident, $crate_:ident) => {
        mod $version {
            use super::*;
            use $crate_::config::CookieContentSecurity;
            use $crate_::storage::CookieSessionStore;
            use $crate_::{Session, SessionMiddleware};

            async fn set(private: bool, key: &[u8]) -> String {
                let security = if private {
                    CookieContentSecurity::Private
                } else {
                    CookieContentSecurity::Signed
                };
                let sessions =
                    SessionMiddleware::builder(CookieSessionStore::default(), Key::from(key));
                let log_in = async |session: Session| {
                    session.insert("user", zoe()).unwrap();
                    session.insert("visits", 3).unwrap();
                    "hello"
                };
                let app = App::new()
                    .wrap(sessions.cookie_content_security(security).build())
                    .route("/", web::get().to(log_in));
                let app = init_service(app).await;
                let response = call_service(&app, TestRequest::get().uri("/").to_request()).await;
                response.headers().get("set-cookie").unwrap().to_str().unwrap().to_owned()
            }

            #[actix_web::test]
            async fn what_it_keeps_moves_here() {
                for private in [true, false] {
                    let cookie = set(private, &SECRET).await;
                    assert_eq!(
                        site("id", jar(private).actix_session(user)).visitor(&cookie),
                        Some(zoe())
                    );
                    let values =
                        site("id", jar(private).actix_session(Some)).visitor(&cookie).unwrap();
                    assert_eq!((values.get("visits"), values.len()), (Ok(Some(3)), 2));
                    let downgraded = site("id", jar(!private).actix_session(user));
                    assert_eq!(downgraded.visitor(&cookie), None);
                    let guarded = site("id", jar(private).actix_session(user));
                    assert_eq!(guarded.visitor(&set(private, &[9; 64]).await), None);
                    for bad in bad(&cookie) {
                        assert_eq!(guarded.visitor(&bad), None, "{bad}");
                    }
                }
            }
        }
    };
}

actix_session!(actix_0_10, actix_session_0_10);
actix_session!(actix_0_11, actix_session_0_11);

async fn log_in(Extension(session): Extension<Session>) {
    session.insert("user", zoe()).await.unwrap();
    session.insert("visits", 3).await.unwrap();
}

async fn set_by_tower(private: bool, key: &[u8]) -> String {
    use tower_sessions_cookie_store::Key;
    let (key, config) = (Key::from(key), CookieSessionConfig::default());
    let router = Router::<()>::new().route("/", get(log_in));
    let router = if private {
        router.layer(CookieSessionManagerLayer::private(key).with_config(config))
    } else {
        router.layer(CookieSessionManagerLayer::signed(key).with_config(config))
    };
    let request = axum::http::Request::get("/").body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    response.headers()["set-cookie"].to_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_tower_sessions_cookie_store_keeps_moves_here_until_it_expires() {
    for private in [true, false] {
        let cookie = set_by_tower(private, &SECRET).await;
        let guarded = site("session", jar(private).tower_sessions(user));
        assert_eq!(guarded.visitor(&cookie), Some(zoe()));
        let values = site("session", jar(private).tower_sessions(Some)).visitor(&cookie).unwrap();
        assert_eq!((values.get("visits"), values.len()), (Ok(Some(3)), 2));
        assert_eq!(guarded.visitor(&set_by_tower(private, &[9; 64]).await), None);
        assert_eq!(site("session", jar(!private).tower_sessions(user)).visitor(&cookie), None);
        for bad in bad(&cookie) {
            assert_eq!(guarded.visitor(&bad), None, "{bad}");
        }
        // Two weeks, unless it was told otherwise.
        guarded.1.advance(13 * DAY);
        assert_eq!(guarded.visitor(&cookie), Some(zoe()));
        guarded.1.advance(DAY);
        assert_eq!(guarded.visitor(&cookie), None);
    }
}
