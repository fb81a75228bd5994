//! The routes of the Worker without sessions: what its size is compared with.

use axum::body::Body;
use axum::extract::Path;
use axum::http::Response;
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Form, Router};
use serde::Deserialize;
use tower_service::Service;
use worker::{Context, Env, HttpRequest, event};

#[derive(Deserialize)]
struct Login {
    name: String,
    remember: Option<String>,
}

#[event(fetch)]
async fn fetch(request: HttpRequest, env: Env, _: Context) -> worker::Result<Response<Body>> {
    let keys = env.secret("SESSION_KEYS")?.to_string();
    let mut app = Router::new()
        .route("/", get(async || "POST name=Ada to /login"))
        .route("/login", post(login))
        .route("/profile", get(async move || format!("7 is Ada, until {}", keys.len())))
        .route("/rename/{name}", post(rename))
        .route("/logout", post(async || Redirect::to("/")));
    Ok(app.call(request).await?)
}

async fn login(Form(form): Form<Login>) -> Result<Redirect, String> {
    match form.remember {
        Some(_) => Ok(Redirect::to("/profile")),
        None => Err(form.name),
    }
}

async fn rename(Path(name): Path<String>) -> String {
    name
}
