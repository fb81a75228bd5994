//! A site for what the demo cannot show: it sets what it is told to, and says whom it saw.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{any, get};
use hardtack::{SessionCookie, SessionError, SessionLayer, SessionSlot};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
pub struct Visitor {
    pub name: String,
}

/// A server on a free port. Every host name under `localhost` leads to it, so one server is many sites.
#[derive(Clone)]
pub struct Site {
    port: u16,
    told: Arc<Told>,
}

#[derive(Default)]
struct Told {
    set_cookies: Mutex<Vec<String>>,
    page: Mutex<String>,
    seen: Mutex<Vec<(String, String)>>,
}

impl Site {
    /// `/start/standard/NAME` and `/start/remembered/NAME`, `/end`, `/who`: the session in this cookie. `/who/unstored` is `/who` with
    /// `Cache-Control: no-store`. `/on/303`, `/on/307` and `/on/page` lead to `/who`. `/set` and `/page`: what the test says.
    pub async fn serve(cookie: SessionCookie<Visitor>) -> Self {
        Self::serve_behind(SessionLayer::new(cookie)).await
    }

    /// The same with a layer that was set up.
    pub async fn serve_behind(layer: SessionLayer<Visitor>) -> Self {
        let told = Arc::new(Told::default());
        let app = Router::new()
            .route("/start/{class}/{name}", get(start))
            .route("/end", get(end))
            .route("/who", any(who))
            .route("/who/unstored", any(unstored))
            .route("/on/{how}", any(on))
            .layer(layer)
            .route("/set", get(set))
            .route("/page", get(page))
            .with_state(Arc::clone(&told));
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { port, told }
    }

    pub fn at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    /// What `/set` answers with from now on.
    pub fn will_set(&self, set_cookies: impl IntoIterator<Item: Into<String>>) {
        *self.told.set_cookies.lock().unwrap() = set_cookies.into_iter().map(Into::into).collect();
    }

    /// What `/page` answers with from now on.
    pub fn will_show(&self, body: &str) {
        *self.told.page.lock().unwrap() = body.to_owned();
    }

    /// The answer that `/who?LABEL` gave, if it was asked.
    pub fn saw(&self, label: &str) -> Option<String> {
        let seen = self.told.seen.lock().unwrap();
        seen.iter().find(|(asked, _)| asked == label).map(|(_, answer)| answer.clone())
    }
}

async fn start(
    slot: SessionSlot<Visitor>,
    Path((class, name)): Path<(String, String)>,
) -> Result<Html<&'static str>, SessionError> {
    let visitor = Visitor { name };
    match class.as_str() {
        "remembered" => slot.start_remembered(visitor)?,
        _ => slot.start(visitor)?,
    };
    Ok(Html("<!doctype html>started"))
}

async fn end(slot: SessionSlot<Visitor>) -> Result<Html<&'static str>, SessionError> {
    slot.end()?;
    Ok(Html("<!doctype html>ended"))
}

async fn who(
    slot: SessionSlot<Visitor>,
    State(told): State<Arc<Told>>,
    RawQuery(label): RawQuery,
) -> Html<String> {
    let answer = match slot.open() {
        Ok(Some(session)) => session.name.clone(),
        Ok(None) => "nobody".to_owned(),
        Err(refusal) => format!("refused: {}", refusal.label()),
    };
    told.seen.lock().unwrap().push((label.unwrap_or_default(), answer.clone()));
    Html(format!("<!doctype html><p id=who>{answer}</p>"))
}

async fn unstored(
    slot: SessionSlot<Visitor>,
    told: State<Arc<Told>>,
    label: RawQuery,
) -> impl IntoResponse {
    ([(header::CACHE_CONTROL, "no-store")], who(slot, told, label).await)
}

async fn on(Path(how): Path<String>, RawQuery(label): RawQuery) -> Response {
    let who = format!("/who?{}", label.unwrap_or_default());
    match how.as_str() {
        "303" => Redirect::to(&who).into_response(),
        "307" => Redirect::temporary(&who).into_response(),
        _ => Html(format!("<meta http-equiv=refresh content='0; url={who}'>")).into_response(),
    }
}

async fn set(State(told): State<Arc<Told>>) -> impl IntoResponse {
    let mut headers = HeaderMap::new();
    for line in &*told.set_cookies.lock().unwrap() {
        headers.append(header::SET_COOKIE, HeaderValue::from_str(line).unwrap());
    }
    (headers, Html("<!doctype html>set"))
}

async fn page(State(told): State<Arc<Told>>) -> Html<String> {
    Html(format!("<!doctype html>{}", told.page.lock().unwrap()))
}
