//! The recipes of docs/cookbook.md: the code that the page shows, word for word, and that it does what the page says.
#![cfg(all(feature = "axum", feature = "testing"))]
#![allow(dead_code, reason = "recipes show more than a test needs")]

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, Request};
use hardtack::{Class, SessionCookie, SessionData, testing};
use tower::ServiceExt;

#[path = "cookbook/accounts.rs"]
mod accounts;
#[path = "cookbook/cookies.rs"]
mod cookies;
#[path = "cookbook/elsewhere.rs"]
mod elsewhere;
#[path = "cookbook/users.rs"]
mod users;

/// Each block of Rust on the page is in one of these files, except for white space at the ends of lines.
#[test]
fn the_page_shows_what_is_tested() {
    let trimmed = |text: &str| text.lines().map(|line| line.trim().to_owned() + "\n").collect();
    let sources: [String; 4] = [
        trimmed(include_str!("cookbook/accounts.rs")),
        trimmed(include_str!("cookbook/cookies.rs")),
        trimmed(include_str!("cookbook/elsewhere.rs")),
        trimmed(include_str!("cookbook/users.rs")),
    ];
    let page: String = trimmed(include_str!("../docs/cookbook.md"));
    let blocks: Vec<_> =
        page.split("```rust\n").skip(1).map(|rest| rest.split("```\n").next().unwrap()).collect();
    assert!(blocks.len() >= 12, "{} blocks", blocks.len());
    for block in blocks {
        assert!(sources.iter().any(|source| source.contains(block)), "only on the page:\n{block}");
    }
}

/// Keeps cookies and sends them back to the site, whatever their attributes say, and what browsers send beside.
struct Browser {
    app: Router,
    cookies: BTreeMap<String, String>,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Browser {
    fn new(app: &Router) -> Self {
        Self { app: app.clone(), cookies: BTreeMap::new() }
    }

    /// One that holds a session.
    fn with<T: SessionData>(
        app: &Router,
        cookie: &SessionCookie<T>,
        class: Class,
        data: &T,
    ) -> Self {
        let line = testing::request_cookie(cookie, class, data).unwrap();
        let (name, value) = line.split_once('=').unwrap();
        Self { app: app.clone(), cookies: [(name.to_owned(), value.to_owned())].into() }
    }

    fn line(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}; ")).collect()
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path), "").await
    }

    /// From a page of the site.
    async fn post(&mut self, path: &str, form: &'static str) -> Answer {
        self.send(Request::post(path).header("sec-fetch-site", "same-origin"), form).await
    }

    async fn send(&mut self, request: axum::http::request::Builder, form: &'static str) -> Answer {
        let request = request
            .header(COOKIE, self.line())
            .header("host", "shop.example")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        for line in response.headers().get_all(SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            match line.contains("Max-Age=0") {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        let (head, body) = response.into_parts();
        let body = to_bytes(body, 10_000).await.unwrap().to_vec();
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8(body).unwrap(),
        }
    }
}
