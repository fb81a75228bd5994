//! A session and the other headers of a response that fit nginx's buffer, and some that do not.

use std::fs;
use std::net::SocketAddr;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, put};
use hardtack::{Application, Class, Key, Session, SessionCookie, SessionLayer, SessionSlot};
use serde::{Deserialize, Serialize};

use super::demand;
use crate::Error;
use crate::address::Address;
use crate::line::{raw, wait_until_up};
use crate::node::listen;
use crate::process::{PATIENCE, Process};
use crate::proxy::Proxy;

/// nginx's default `proxy_buffer_size` on this machine is a page of memory, 4096 bytes. Of a response whose header fills it to the last
/// byte, nginx 1.22 loses the body.
const BUFFER: usize = 4095;
/// Bytes of the policy beside the session.
const POLICY: usize = 900;

#[derive(Serialize, Deserialize)]
struct Note {
    text: String,
}

/// A site with a long Content-Security-Policy. `budget`: what it sets, or a word.
#[tokio::main(flavor = "current_thread")]
pub async fn serve(address: &str, budget: &str) -> Result<(), Error> {
    let site = Application::new("fleet", Key::generate()?)?;
    let cookie = site.session::<Note>().remember_me(None).pad(1);
    let cookie = match budget.parse() {
        Ok(bytes) => cookie.header_budget(bytes).build()?,
        Err(_) => cookie.build()?,
    };
    let app = Router::new()
        .route("/notes/{length}", put(keep))
        .route("/note", get(show))
        .layer(SessionLayer::new(cookie.clone()))
        .route("/capacity", get(capacity).with_state(cookie))
        .layer(map_response(with_policy));
    listen(address, app).await
}

async fn keep(slot: SessionSlot<Note>, Path(length): Path<usize>) -> Result<String, Refusal> {
    let kept = slot.start(Note { text: "x".repeat(length) });
    kept.map_err(|error| (StatusCode::PAYLOAD_TOO_LARGE, error.to_string()))?;
    Ok("kept".to_owned())
}

type Refusal = (StatusCode, String);

async fn show(note: Session<Note>) -> String {
    note.text.len().to_string()
}

async fn capacity(State(cookie): State<SessionCookie<Note>>) -> String {
    cookie.capacity(Class::Standard).to_string()
}

async fn with_policy(mut response: Response) -> Response {
    let policy = format!("default-src {}", "a".repeat(POLICY - "default-src ".len()));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(HeaderName::from_static("content-security-policy"), policy);
    }
    response
}

pub fn fits_nginx() -> Result<(), Error> {
    let folder = std::env::temp_dir().join(format!("budget-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let done = in_folder(&folder);
    let _ = fs::remove_dir_all(&folder);
    done
}

fn in_folder(folder: &std::path::Path) -> Result<(), Error> {
    let own = Address::take()?;
    let ports = own.ports(6)?;
    let (doors, nodes) = ports.split_at_checked(3).ok_or("too few ports are free")?;
    let server = |(door, node): (&SocketAddr, &SocketAddr)| {
        format!("server {{ listen {door}; location / {{ proxy_pass http://{node}; }} }}\n")
    };
    let servers: String = doors.iter().zip(nodes).map(server).collect();

    let start = |node: SocketAddr, budget: &str| {
        Process::start(node, &["budget", &node.to_string(), budget])
    };
    let _without = start(nodes[0], "none")?;
    let _nginx = Proxy::start(folder, &servers)?;
    wait_until_up(doors[0], PATIENCE)?;

    // As an operator measures: a page that sets nothing, shown to somebody who has a session.
    let cookie = keep_at(nodes[0], 10)?.cookie.ok_or("no cookie")?;
    let others = raw(nodes[0], "GET", "/note", &format!("cookie: {cookie}\r\n"))?;
    let budget = BUFFER - others.head;
    println!("  other headers {}, so the budget is {budget}", others.head);
    demand(
        "the page shows the session and sets nothing",
        others.body == "10" && others.cookie.is_none(),
    )?;

    let long = keep_at(nodes[0], 2200)?;
    demand(
        "a session of 2,200 bytes is sent by the node",
        long.status == 200 && long.head > BUFFER,
    )?;
    demand("nginx answers it with 502", keep_at(doors[0], 2200)?.status == 502)?;
    let log = fs::read_to_string(folder.join("nginx/errors"))?;
    demand("because of its buffer", log.contains("upstream sent too big header"))?;

    let _with = start(nodes[1], &budget.to_string())?;
    // A string has its length before it.
    let longest = capacity_of(nodes[1])? - 2;
    let full = keep_at(nodes[1], longest)?;
    println!("  the longest text is {longest} bytes, in a header of {}", full.head);
    demand("the longest session fills the buffer", (BUFFER - 8..=BUFFER).contains(&full.head))?;
    let passed = keep_at(doors[1], longest)?;
    demand("and passes nginx whole", passed.body == "kept" && passed.cookie.is_some())?;
    let refused = keep_at(doors[1], longest + 1)?;
    let told = refused.status == 413
        && refused.body.contains(&format!(".header_budget(…) allows {budget}"));
    demand("one byte more is refused before it is sent, and the setting is named", told)?;
    demand("so is the session of 2,200 bytes", keep_at(doors[1], 2200)?.status == 413)?;

    let _greedy = start(nodes[2], &(budget + 16).to_string())?;
    let longest = capacity_of(nodes[2])? - 2;
    demand("a budget of 16 bytes more is too much", keep_at(doors[2], longest)?.status == 502)
}

fn keep_at(address: SocketAddr, length: usize) -> Result<crate::line::Raw, Error> {
    raw(address, "PUT", &format!("/notes/{length}"), "origin: http://fleet\r\n")
}

fn capacity_of(address: SocketAddr) -> Result<usize, Error> {
    Ok(raw(address, "GET", "/capacity", "")?.body.parse()?)
}
