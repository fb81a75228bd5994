//! The scenarios. Each is told nothing but the site; each starts from fresh cookies, so their order does not matter.

mod cross_site;
mod hostile;
mod layers;
mod lifetime;
mod log_out;
mod reading;
mod responses;
mod session;
mod wire;

use crate::site::Site;
use crate::table::Verdict;

pub const NAME: &str = "__Host-shop";
pub const CART: &str = "__Host-shop~cart";

pub type Scenario = (&'static str, fn(&Site) -> Verdict);

pub const ALL: [Scenario; 54] = [
    ("no cookie: 401, and no session appears", session::no_cookie),
    ("a request that never looks is left alone", session::untouched),
    ("an anonymous visitor's page carries Vary", session::anonymous),
    ("log in", session::log_in),
    ("read; an unchanged request sets nothing", session::read),
    ("update", session::update),
    ("renew: another id, the same session", session::renew),
    ("log out removes, with all attributes", session::log_out),
    ("remembered session", session::remembered),
    ("two cookies side by side", session::side_by_side),
    ("over-limit data", session::over_limit),
    ("refresh at half the idle time", lifetime::refresh),
    ("touch: stay logged in, before a refresh is due", lifetime::touch),
    ("idle timeout: 401", lifetime::idle),
    ("absolute timeout: 401", lifetime::absolute),
    ("key rotation in mid-session", lifetime::rotation),
    ("ended on the server: 401", lifetime::revoked),
    ("a forged cross-site request: 403, nothing changed", cross_site::forged),
    ("a forged log-in: 403, no session", cross_site::forged_log_in),
    ("requests of the site itself, and of a trusted one", cross_site::own),
    ("a forged request to any path: 403, though nobody asked", cross_site::forged_anywhere),
    ("a WebSocket of another site: 403", cross_site::websocket),
    ("an exempt route sees no session, and may start one", cross_site::exempt),
    ("a layer within a layer: one session", layers::nested),
    ("two cookies of one name: 500", layers::clash),
    ("a CSRF token is its own session's alone", cross_site::token),
    ("an open form survives a rotation", cross_site::open_form),
    ("an open form is refused after renew", cross_site::renewed),
    ("log-in: a planted session is not taken over", log_out::fixation),
    ("log-out: a slow response revives nothing", log_out::slow_response),
    ("log-out: a copy refreshed before it is over", log_out::refreshed_copy),
    ("log-out everywhere, and a new session", log_out::everywhere),
    ("tampered cookie", reading::tampered),
    ("cookie under a foreign key", reading::foreign),
    ("cookie from the future", reading::future),
    ("a refused cookie is never removed", reading::never_removed),
    ("two Cookie lines", reading::two_lines),
    ("duplicate: garbage beside a valid one", reading::garbage_beside_valid),
    ("duplicate: one session twice", reading::one_session_twice),
    ("duplicate: two sessions are ambiguous", reading::two_sessions),
    ("another cookie's odd octets hide nothing", reading::odd_octets),
    ("Set-Cookie, Vary, Cache-Control kept", responses::headers_kept),
    ("public response: refresh withheld", responses::public),
    ("a change after the head was sent", responses::late_change),
    ("a 500 after a change", responses::server_error),
    ("a panic after a change", responses::panic),
    ("a change that fails at the commit: 500", responses::failed_commit),
    ("an end beside a change that fails", responses::end_survives),
    ("HTTP/2, 64 streams, several Cookie lines", wire::http2),
    ("64 parallel requests on one cookie", wire::parallel),
    ("hostile Cookie headers of all lengths", hostile::of_all_lengths),
    ("hostile: many cookies in one line", hostile::of_many_cookies),
    ("hostile: octets of all values", hostile::of_odd_octets),
    ("hostile: over HTTP/2", hostile::over_http2),
];
