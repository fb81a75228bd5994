//! A small shop whose whole session lives in one cookie: `cargo run --example demo --features axum`, then open the printed address.
//!
//! Here are the routes and what they do to the session; `page.rs` writes the HTML.

mod page;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Form, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::map_response;
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use hardtack::{
    Application, Key, OpenError, Session, SessionCookie, SessionError, SessionLayer, SessionSlot,
};
use serde::{Deserialize, Serialize};

/// The session: what a visitor bought is in the cookie, not on the server.
#[derive(Serialize, Deserialize)]
struct Shopper {
    name: String,
    /// How many of which goods.
    cart: BTreeMap<u8, u8>,
    note: String,
}

struct Goods {
    id: u8,
    name: &'static str,
    detail: &'static str,
    pence: u32,
}

const STORES: [Goods; 5] = [
    Goods { id: 1, name: "Hardtack", detail: "a pound, twice baked", pence: 90 },
    Goods { id: 2, name: "Limes", detail: "a dozen", pence: 240 },
    Goods { id: 3, name: "Black tea", detail: "a quarter chest", pence: 1_850 },
    Goods { id: 4, name: "Lamp oil", detail: "a gallon", pence: 620 },
    Goods { id: 5, name: "Hemp rope", detail: "ten fathoms", pence: 475 },
];
const MOST_OF_ONE: u8 = 99;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A key of its own for each start, so a restart logs everybody out. In production: KeyRing::from_env("SESSION_KEYS")?
    let demo = Application::new("demo", Key::generate()?)?;
    let shoppers = demo.session::<Shopper>().build()?;

    let port = std::env::var("PORT").map_or(Ok(3000), |port| port.parse::<u16>())?;
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| format!("port {port}: {error}; PORT=0 takes a free one"))?;
    // Browsers keep Secure cookies from plain HTTP only where the host is the machine itself.
    println!("http://localhost:{}", listener.local_addr()?.port());
    axum::serve(listener, app(shoppers)).await?;
    Ok(())
}

fn app(shoppers: SessionCookie<Shopper>) -> Router {
    Router::new()
        .route("/", get(home))
        .route("/login", post(log_in))
        .route("/cart", post(change_cart))
        .route("/note", post(keep_note))
        .route("/logout", post(log_out))
        .layer(SessionLayer::new(shoppers.clone()))
        .route("/style.css", get(|| asset("text/css", include_str!("style.css"))))
        .route("/icon.svg", get(|| asset("image/svg+xml", include_str!("icon.svg"))))
        .layer(DefaultBodyLimit::max(16 * 1024))
        .layer(map_response(harden))
        .with_state(shoppers)
}

type Shoppers = State<SessionCookie<Shopper>>;

/// The three answers: a session, none, or a cookie that was refused.
async fn home(slot: SessionSlot<Shopper>, State(shoppers): Shoppers) -> Html<String> {
    Html(match slot.open() {
        Ok(Some(session)) => page::shop(&session, &shoppers, None),
        Ok(None) => page::log_in(None),
        Err(refusal) => {
            // The reason is for the operator. A visitor who could tell reasons apart could probe for them.
            eprintln!("session cookie refused: {refusal}");
            page::log_in(Some(match refusal {
                OpenError::Expired { .. } => "Your session has ended. Log in again.",
                _ => "Your browser sent a session that does not open here. Log in again.",
            }))
        }
    })
}

#[derive(Deserialize)]
struct LogIn {
    name: String,
    remember: Option<String>,
}

async fn log_in(
    slot: SessionSlot<Shopper>,
    Form(form): Form<LogIn>,
) -> Result<Response, SessionError> {
    let name = form.name.trim().to_owned();
    if name.is_empty() {
        return Ok(refused(page::log_in(Some("A name is needed."))));
    }
    let shopper = Shopper { name, cart: BTreeMap::new(), note: String::new() };
    let started = match form.remember {
        Some(_) => slot.start_remembered(shopper),
        None => slot.start(shopper),
    };
    match started {
        Ok(_) => Ok(Redirect::to("/").into_response()),
        Err(error @ SessionError::TooLarge { .. }) => {
            Ok(refused(page::log_in(Some(&format!("That name is too long: {error}.")))))
        }
        Err(error) => Err(error),
    }
}

#[derive(Deserialize)]
struct Change {
    item: u8,
    by: i8,
}

/// A session that ended in the meantime is no error here: the start page asks to log in.
async fn change_cart(
    session: Option<Session<Shopper>>,
    Form(change): Form<Change>,
) -> Result<Redirect, SessionError> {
    if let Some(mut session) = session
        && STORES.iter().any(|goods| goods.id == change.item)
    {
        session.update(|shopper| {
            let count = shopper.cart.entry(change.item).or_default();
            *count = count.saturating_add_signed(change.by).min(MOST_OF_ONE);
            shopper.cart.retain(|_, count| *count > 0);
        })?;
    }
    // The fragment takes a keyboard's focus back to where it was.
    Ok(Redirect::to(&format!("/#item-{}", change.item)))
}

#[derive(Deserialize)]
struct Note {
    note: String,
}

/// A note that does not fit changes nothing: the visitor gets it back, and the cookie in the browser stays good.
async fn keep_note(
    session: Option<Session<Shopper>>,
    State(shoppers): Shoppers,
    Form(form): Form<Note>,
) -> Result<Response, SessionError> {
    let Some(mut session) = session else { return Ok(Redirect::to("/").into_response()) };
    let note = form.note.replace("\r\n", "\n");
    match session.update(|shopper| shopper.note.clone_from(&note)) {
        Ok(()) => Ok(Redirect::to("/#note").into_response()),
        Err(error @ SessionError::TooLarge { .. }) => {
            let draft = page::Draft { note: &note, error: &error };
            Ok(refused(page::shop(&session, &shoppers, Some(draft))))
        }
        Err(error) => Err(error),
    }
}

async fn log_out(slot: SessionSlot<Shopper>) -> Result<Redirect, SessionError> {
    slot.end()?;
    Ok(Redirect::to("/"))
}

fn refused(page: String) -> Response {
    (StatusCode::UNPROCESSABLE_ENTITY, Html(page)).into_response()
}

async fn asset(media_type: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, media_type)], text)
}

/// No script, no foreign style, no frame: escaping is the wall, this is the ditch before it.
async fn harden(mut response: Response) -> Response {
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ] {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
