//! Sessions with the Worker's own body, and no framework: it counts the visits to `/<name>`.

use std::sync::OnceLock;

use hardtack::{Application, KeyRing, SessionCookie, SessionError, SessionSlot};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use worker::{Body, Context, Env, HttpRequest, HttpResponse, Response, event};

#[derive(Serialize, Deserialize)]
struct Visitor {
    name: String,
    visits: u32,
}

#[event(fetch)]
async fn fetch(request: HttpRequest, env: Env, _: Context) -> worker::Result<HttpResponse> {
    let visitors = visitors(&env).map_err(|error| error.to_string())?;
    let begun = visitors.begin_http(request.method(), request.uri(), request.headers());
    let Ok(slot) = begun else {
        return empty(StatusCode::FORBIDDEN);
    };
    let response = match visit(&slot, request.uri().path()) {
        Ok(text) => Response::ok(text)?.try_into()?,
        Err(_) => empty(StatusCode::INTERNAL_SERVER_ERROR)?,
    };
    // `Body` has no `Default`, `Option<Body>` has. It is `None` where the commit replaced the response by an empty 500.
    let mut response = response.map(Some);
    slot.commit_http(&mut response);
    Ok(response.map(|body| body.unwrap_or_else(Body::empty)))
}

fn visit(slot: &SessionSlot<Visitor>, path: &str) -> Result<String, SessionError> {
    let name = path.trim_start_matches('/').to_owned();
    let visits = slot.get().map_or(1, |visitor| visitor.visits + 1);
    let visitor = match slot.get() {
        Some(mut visitor) => {
            visitor.set(Visitor { name, visits })?;
            visitor
        }
        None => slot.start(Visitor { name, visits })?,
    };
    Ok(format!("{}, visit {}", visitor.name, visitor.visits))
}

fn empty(status: StatusCode) -> worker::Result<HttpResponse> {
    Response::empty()?.with_status(status.as_u16()).try_into()
}

/// Made at the first request, as in `src/lib.rs`.
fn visitors(env: &Env) -> Result<SessionCookie<Visitor>, Box<dyn std::error::Error>> {
    static VISITORS: OnceLock<SessionCookie<Visitor>> = OnceLock::new();
    if let Some(visitors) = VISITORS.get() {
        return Ok(visitors.clone());
    }
    let ring: KeyRing = env.secret("SESSION_KEYS")?.to_string().parse()?;
    let visitors = Application::new("visits", ring)?.session::<Visitor>().build()?;
    Ok(VISITORS.get_or_init(|| visitors).clone())
}
