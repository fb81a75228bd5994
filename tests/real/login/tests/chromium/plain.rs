//! A visitor without a browser, who can stop at any point: an attacker at home, or a thief of an address.

use std::collections::BTreeMap;

use axum::http::{Request, header};
use hardtack_login::HttpClient;

pub struct Plain {
    http: HttpClient,
    /// By origin, name and value.
    jar: BTreeMap<(String, String), String>,
}

pub struct Page {
    pub status: u16,
    pub location: Option<String>,
    pub set_cookies: Vec<String>,
    pub body: String,
}

impl Plain {
    pub fn new() -> Self {
        Self { http: HttpClient::default(), jar: BTreeMap::new() }
    }

    pub fn hold(&mut self, origin: &str, name: &str, value: &str) {
        self.jar.insert((origin.to_owned(), name.to_owned()), value.to_owned());
    }

    pub async fn get(&mut self, url: &str) -> Page {
        self.ask(url, None).await
    }

    pub async fn post(&mut self, url: &str, form: &str) -> Page {
        self.ask(url, Some(form)).await
    }

    async fn ask(&mut self, url: &str, form: Option<&str>) -> Page {
        let origin = origin(url).to_owned();
        let held = self.jar.iter().filter(|((at, _), _)| *at == origin);
        let cookies: Vec<_> = held.map(|((_, name), value)| format!("{name}={value}")).collect();
        let mut request = Request::builder().uri(url).header(header::COOKIE, cookies.join("; "));
        if form.is_some() {
            request = request
                .method("POST")
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let request = request.body(form.unwrap_or_default().as_bytes().to_vec()).unwrap();
        let (head, body) = self.http.send(request).await.unwrap().into_parts();
        let text = |value: &axum::http::HeaderValue| value.to_str().unwrap().to_owned();
        let set_cookies: Vec<_> =
            head.headers.get_all(header::SET_COOKIE).iter().map(text).collect();
        for line in &set_cookies {
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            self.hold(&origin, name, value);
        }
        let location = head.headers.get(header::LOCATION).map(text);
        let location = location.map(|to| if to.starts_with('/') { origin + &to } else { to });
        let body = String::from_utf8(body).unwrap();
        Page { status: head.status.as_u16(), location, set_cookies, body }
    }

    /// Follows `url` through the provider as `name`, up to the address that the provider sends back to, which is not asked for.
    pub async fn sign_in(&mut self, url: &str, name: &str, back: &str) -> String {
        let mut page = self.get(url).await;
        for _ in 0..20 {
            page = match page.location {
                Some(to) if to.starts_with(back) => return to,
                Some(to) => self.get(&to).await,
                None => {
                    let action = between(&page.body, "action=\"", "\"").to_owned();
                    let form = if page.body.contains("name=\"login\"") {
                        format!("prompt=login&login={name}&password=any")
                    } else {
                        "prompt=consent".to_owned()
                    };
                    self.ask(&action, Some(&form)).await
                }
            };
        }
        panic!("{url} does not end at {back}");
    }
}

fn origin(url: &str) -> &str {
    let end = url.match_indices('/').nth(2).map_or(url.len(), |(at, _)| at);
    &url[..end]
}

#[track_caller]
pub fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no {before} in {text}")).1;
    rest.split_once(after).unwrap().0
}
