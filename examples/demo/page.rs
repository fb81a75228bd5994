//! The demo's HTML. Everything that a visitor typed goes through [`escape`].

use std::fmt::Write;

use hardtack::{Class, Session, SessionCookie, SessionError, Timestamp};
use time::OffsetDateTime;

use super::{Goods, MOST_OF_ONE, STORES, Shopper};

/// A note that did not fit, to be shown again.
pub struct Draft<'d> {
    pub note: &'d str,
    pub error: &'d SessionError,
}

pub fn log_in(message: Option<&str>) -> String {
    let alert = message.map(alert).unwrap_or_default();
    document(
        "Log in",
        "",
        &format!(
            r#"<section class="card narrow" aria-labelledby="title">
<h1 id="title">Log in</h1>
{alert}<form method="post" action="/login">
<label for="name">Name</label>
<input id="name" name="name" required autocomplete="username">
<label class="check"><input type="checkbox" id="remember" name="remember" value="yes"> Remember me on this device</label>
<button class="primary">Log in</button>
</form>
<p class="hint">Any name will do. Without “remember me” the session ends with the browser, and after 30 minutes without a visit.</p>
</section>"#
        ),
    )
}

pub fn shop(
    session: &Session<Shopper>,
    shoppers: &SessionCookie<Shopper>,
    draft: Option<Draft<'_>>,
) -> String {
    let name = escape(&session.name);
    let account = format!(
        r#"<form class="account" method="post" action="/logout"><span>{name}</span> <button id="log-out">Log out</button></form>"#
    );
    let goods: String = STORES.iter().map(|goods| shelf(goods, count(session, goods))).collect();
    let total: u32 =
        STORES.iter().map(|goods| goods.pence * u32::from(count(session, goods))).sum();
    let note = escape(draft.as_ref().map_or(&session.note, |draft| draft.note));
    let alert = draft
        .map(|draft| alert(&format!("Not kept: {}. Nothing has changed.", draft.error)))
        .unwrap_or_default();
    document(
        "Ship’s stores",
        &account,
        &format!(
            r#"<div class="columns">
<section class="card" aria-labelledby="title">
<h1 id="title">Ship’s stores</h1>
<ul class="goods">
{goods}</ul>
<p class="total">Together <strong id="total">{total}</strong></p>
<form id="note" method="post" action="/note">
<label for="note-text">A note to the purser</label>
{alert}<textarea id="note-text" name="note" rows="3">
{note}</textarea>
<button>Keep the note</button>
</form>
</section>
{cookie}</div>"#,
            total = money(total),
            cookie = cookie(session, shoppers),
        ),
    )
}

fn count(session: &Session<Shopper>, goods: &Goods) -> u8 {
    session.cart.get(&goods.id).copied().unwrap_or(0)
}

fn shelf(goods: &Goods, count: u8) -> String {
    let Goods { id, name, detail, pence } = goods;
    let price = money(*pence);
    let none = if count == 0 { " disabled" } else { "" };
    let full = if count == MOST_OF_ONE { " disabled" } else { "" };
    format!(
        r#"<li id="item-{id}"><span><strong>{name}</strong> <small>{detail}, {price}</small></span>
<form method="post" action="/cart" aria-label="{name} in the cart"><input type="hidden" name="item" value="{id}">
<button class="step" name="by" value="-1" aria-label="One {name} fewer"{none}>−</button>
<span class="count">{count}</span>
<button class="step" name="by" value="1" aria-label="One more {name}"{full}>+</button></form></li>
"#
    )
}

/// What the cookie says besides the data, and how much more it could hold.
fn cookie(session: &Session<Shopper>, shoppers: &SessionCookie<Shopper>) -> String {
    let claims = session.claims();
    let (class, kept) = match claims.class() {
        Class::Standard => ("standard", "until the browser closes, unless it restores its tabs"),
        Class::Remembered => ("remembered", "across restarts"),
    };
    let room = shoppers.capacity(claims.class());
    let left = session.remaining_capacity().unwrap_or(0);
    let used = room - left;
    let cookie_name = shoppers.name();
    let id = claims.session_id();
    let (created, issued, expires) =
        (moment(claims.created()), moment(claims.issued()), moment(claims.expires()));
    format!(
        r#"<section class="card" id="session" aria-labelledby="session-title">
<h2 id="session-title">The session</h2>
<p class="hint">All of it is in the cookie <code>{cookie_name}</code>, sealed. The server keeps nothing.</p>
<label for="room">Room in the cookie</label>
<meter id="room" min="0" max="{room}" value="{used}"></meter>
<p class="room"><span><span id="used">{used}</span> bytes used</span> <span><span id="left">{left}</span> left</span></p>
<dl>
<dt>Class</dt><dd id="class">{class}</dd>
<dt>Kept</dt><dd>{kept}</dd>
<dt>Started</dt><dd>{created}</dd>
<dt>Sealed</dt><dd>{issued}</dd>
<dt>Ends unused</dt><dd>{expires}</dd>
<dt>Id</dt><dd><code id="session-id">{id}</code></dd>
</dl>
</section>
"#
    )
}

fn document(title: &str, account: &str, main: &str) -> String {
    format!(
        r##"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title} · hardtack</title>
<link rel="icon" href="/icon.svg">
<link rel="stylesheet" href="/style.css">
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<header><span class="brand"><img src="/icon.svg" alt="" width="28" height="28"> hardtack</span>{account}</header>
<main id="main">
{main}
</main>
</body>
</html>
"##
    )
}

fn alert(message: &str) -> String {
    format!("<p class=\"alert\" role=\"alert\">{}</p>\n", escape(message))
}

fn money(pence: u32) -> String {
    format!("£{}.{:02}", pence / 100, pence % 100)
}

fn moment(timestamp: Timestamp) -> String {
    let Ok(date) = OffsetDateTime::try_from(timestamp) else { return timestamp.to_string() };
    let (hour, minute, second) = date.to_hms();
    format!("<time>{} {hour:02}:{minute:02}:{second:02}Z</time>", date.date())
}

/// Text as HTML, inside an element or a quoted attribute.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' | '<' | '>' | '"' | '\'' => {
                let _ = write!(escaped, "&#{};", u32::from(character));
            }
            _ => escaped.push(character),
        }
    }
    escaped
}
