//! What every framework must do. Each scenario is told nothing but the site, and starts from fresh cookies, so their order does not
//! matter. Here they run in process; `tests/real/frameworks` runs the same over sockets.

pub mod cross_site;
pub mod device;
pub mod extractors;
pub mod layers;
pub mod lifetime;
pub mod log_out;
pub mod moved;
pub mod reading;
pub mod responses;
pub mod session;

pub const NAME: &str = "__Host-shop";
pub const CART: &str = "__Host-shop~cart";

/// Hands the list to a macro: a module, and its scenarios with what each is called in a table.
macro_rules! each_scenario {
    ($with:ident) => {
        $with! {
            session {
                no_cookie "no cookie: 401, and no session appears"
                untouched "a request that never looks is left alone"
                anonymous "an anonymous visitor's page carries Vary"
                log_in "log in"
                read "read; an unchanged request sets nothing"
                update "update"
                renew "renew: another id, the same session"
                log_out "log out removes, with all attributes"
                remembered "remembered session"
                side_by_side "two cookies side by side"
                over_limit "over-limit data"
            }
            lifetime {
                refresh "refresh at half the idle time"
                touch "touch: stay logged in, before a refresh is due"
                idle "idle timeout: 401"
                absolute "absolute timeout: 401"
                rotation "key rotation in mid-session"
                revoked "ended on the server: 401"
            }
            cross_site {
                forged "a forged cross-site request: 403, nothing changed"
                forged_log_in "a forged log-in: 403, no session"
                own "requests of the site itself, and of a trusted one"
                forged_anywhere "a forged request to any path: 403, though nobody asked"
                websocket "a WebSocket of another site: 403"
                exempt "an exempt route sees no session, and may start one"
                without_origin "a program that tells no origin passes where it may"
                token "a CSRF token is its own session's alone"
                open_form "an open form survives a rotation"
                renewed "an open form is refused after renew"
            }
            layers {
                nested "a layer within a layer: one session"
                clash "two cookies of one name: 500"
            }
            extractors {
                not_installed "a session that is not installed: 500"
                token_refused "a refused CSRF token that is passed on: 403"
            }
            log_out {
                fixation "log-in: a planted session is not taken over"
                refreshed_copy "log-out: a copy refreshed before it is over"
                everywhere "log-out everywhere, and a new session"
            }
            device {
                bound "a session bound to a device: proved, stale, proved again"
            }
            moved {
                predecessor "a user of the system before moves here"
            }
            reading {
                tampered "tampered cookie"
                foreign "cookie under a foreign key"
                future "cookie from the future"
                never_removed "a refused cookie is never removed"
                two_lines "two Cookie lines"
                garbage_beside_valid "duplicate: garbage beside a valid one"
                one_session_twice "duplicate: one session twice"
                two_sessions "duplicate: two sessions are ambiguous"
            }
            responses {
                headers_kept "Set-Cookie, Vary, Cache-Control kept"
                public "public response: refresh withheld"
                server_error "a 500 after a change"
                panic "a panic after a change"
                failed_commit "a change that fails at the commit: 500"
                end_survives "an end beside a change that fails"
            }
        }
    };
}
pub(crate) use each_scenario;
