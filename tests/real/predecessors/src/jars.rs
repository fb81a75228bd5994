//! Private and signed jars of the `cookie` crate, alone and in three frameworks.

use axum::response::{IntoResponse, Response};
use axum_extra::extract::cookie as axum_cookie;
use hardtack::migrate::{Jar, JarKey, OldCookieReader};
use poem::{Endpoint, EndpointExt};

use crate::{SECRET, bad, site};

/// As a user's name may be: escapes are needed, and taken back.
const NAME: &str = "Zo\u{eb}; 100%, \"a=b\"/+ %41";

fn text(jar: Jar) -> impl OldCookieReader<String> {
    jar.text(|text| Some(text.to_owned()))
}

/// Cookies of both jars as the browser gets them, escaped and, where it can be, as they are.
macro_rules! jars_of {
    ($version:ident, $cookie:ident) => {
        mod $version {
            use super::*;
            use $cookie::{Cookie, CookieJar, Key};

            fn set(key: &Key, name: &str, value: &str, private: bool) -> Cookie<'static> {
                let (mut jar, cookie) =
                    (CookieJar::new(), Cookie::new(name.to_owned(), value.to_owned()));
                if private {
                    jar.private_mut(key).add(cookie);
                } else {
                    jar.signed_mut(key).add(cookie);
                }
                jar.get(name).unwrap().clone()
            }

            #[test]
            fn what_it_sets_moves_here() {
                let keys = [
                    (Key::from(&SECRET), JarKey::new(&SECRET).unwrap()),
                    (Key::derive_from(&SECRET[..32]), JarKey::derive_from(&SECRET[..32]).unwrap()),
                    (Key::derive_from(&SECRET), JarKey::derive_from(&SECRET).unwrap()),
                    (Key::derive_from(&[7; 100]), JarKey::derive_from(&[7; 100]).unwrap()),
                ];
                let other = Key::from(&[9; 64]);
                for (theirs, ours) in &keys {
                    for private in [true, false] {
                        let jar = if private { Jar::private(ours) } else { Jar::signed(ours) };
                        let site = site("user", text(jar));
                        for value in ["", "7", NAME] {
                            let cookie = set(theirs, "user", value, private);
                            let escaped = cookie.encoded().to_string();
                            assert_eq!(site.visitor(&escaped).as_deref(), Some(value));
                        }
                        let plain = set(theirs, "user", "7 of 9", private).to_string();
                        assert_eq!(site.visitor(&plain).as_deref(), Some("7 of 9"));
                        assert_eq!(
                            site.visitor(&set(&other, "user", "7", private).to_string()),
                            None
                        );
                        // Of the other jar: signed where encrypted is expected, say.
                        assert_eq!(
                            site.visitor(&set(theirs, "user", "7", !private).to_string()),
                            None
                        );
                        // Of another cookie: a signature does not cover the name.
                        let renamed = set(theirs, "page", "7", private)
                            .to_string()
                            .replacen("page", "user", 1);
                        let expected = if private { None } else { Some("7") };
                        assert_eq!(site.visitor(&renamed).as_deref(), expected);
                        for bad in bad(&plain) {
                            assert_eq!(site.visitor(&bad), None, "{bad}");
                        }
                    }
                }
            }
        }
    };
}

jars_of!(v0_16, cookie_0_16);
jars_of!(v0_17, cookie_0_17);
jars_of!(v0_18, cookie_0_18);

fn set_by_axum(response: Response) -> String {
    response.headers()["set-cookie"].to_str().unwrap().to_owned()
}

#[test]
fn what_axum_extra_sets_moves_here() {
    let key = axum_cookie::Key::derive_from(&SECRET);
    let ours = JarKey::derive_from(&SECRET).unwrap();
    let cookie = || axum_cookie::Cookie::new("user", NAME);
    let private = axum_cookie::PrivateCookieJar::new(key.clone()).add(cookie()).into_response();
    let signed = axum_cookie::SignedCookieJar::new(key).add(cookie()).into_response();
    for (jar, response) in [(Jar::private(&ours), private), (Jar::signed(&ours), signed)] {
        let moved = site("user", text(jar)).visitor(&set_by_axum(response));
        assert_eq!(moved.as_deref(), Some(NAME));
    }
}

#[rocket::get("/")]
fn by_rocket(cookies: &rocket::http::CookieJar<'_>) {
    cookies.add_private(("user", NAME));
}

#[test]
fn what_rocket_sets_moves_here() {
    let texts = [
        "c2l4dHktZm91ciBieXRlcyB0aGF0IHRoZSBvbGQgc2k=".to_owned(),
        "0123456789abcdefABCDEF00112233440123456789abcdef0123456789abcdef".to_owned(),
        "c2l4dHktZm91ciBieXRlcyB0aGF0IHRoZSBvbGQgc2l0ZSBrZWVwcyB3aGVyZSBub2JvZHkgY2FuIHNlZSBpdA=="
            .to_owned(),
    ];
    for secret in texts {
        let config =
            rocket::Config::figment().merge(("secret_key", &secret)).merge(("log_level", "off"));
        let rocket = rocket::custom(config).mount("/", rocket::routes![by_rocket]);
        let client = rocket::local::blocking::Client::untracked(rocket).unwrap();
        let response = client.get("/").dispatch();
        let set = response.headers().get_one("set-cookie").unwrap();
        let key = JarKey::from_rocket(&secret).unwrap();
        assert_eq!(site("user", text(Jar::private(&key))).visitor(set).as_deref(), Some(NAME));
    }
}

#[tokio::test]
async fn what_poem_sets_moves_here() {
    let ours = JarKey::derive_from(&SECRET).unwrap();
    for private in [true, false] {
        let key = poem::web::cookie::CookieKey::derive_from(&SECRET);
        let page = poem::endpoint::make_sync(move |request: poem::Request| {
            let cookie = poem::web::cookie::Cookie::new_with_str("user", NAME);
            if private {
                request.cookie().private().add(cookie);
            } else {
                request.cookie().signed().add(cookie);
            }
        });
        let page = page.with(poem::middleware::CookieJarManager::with_key(key));
        let response = page.get_response(poem::Request::default()).await;
        let set = response.headers()["set-cookie"].to_str().unwrap();
        let jar = if private { Jar::private(&ours) } else { Jar::signed(&ours) };
        assert_eq!(site("user", text(jar)).visitor(set).as_deref(), Some(NAME));
    }
}
