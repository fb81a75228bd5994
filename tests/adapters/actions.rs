//! What the routes do with their sessions. Each server decides how its framework hands them over.

use std::sync::atomic::Ordering::SeqCst;

use hardtack::{SessionError, SessionSlot};

use crate::world::{Cart, User, World};

/// The text of panics that the script asks for.
pub const PANIC: &str = "a panic on purpose";

/// A response, in no framework's type.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, &'static str)>,
    pub body: String,
}

fn answer(status: u16, headers: &[(&'static str, &'static str)], body: &str) -> Answer {
    Answer { status, headers: headers.to_vec(), body: body.to_owned() }
}

/// `/act/{action}`; `text` is the request's body.
///
/// # Errors
/// A failed change, which the route returns as its users would.
///
/// # Panics
/// On purpose, for one action.
pub fn act(
    action: &str,
    world: &World,
    users: &SessionSlot<User>,
    carts: &SessionSlot<Cart>,
    text: &str,
) -> Result<Answer, SessionError> {
    let done = answer(200, &[], "done");
    match action {
        "login" => {
            users.start(User { id: 7, name: text.to_owned() })?;
            Ok(done)
        }
        "remember" => {
            users.start_remembered(User { id: 7, name: text.to_owned() })?;
            Ok(done)
        }
        "both" => {
            users.start(User { id: 7, name: text.to_owned() })?;
            carts.start(Cart { items: vec![101, 2002] })?;
            Ok(done)
        }
        "logout" => {
            users.end()?;
            Ok(done)
        }
        "logout-login" => {
            users.end()?;
            users.start(User { id: 7, name: text.to_owned() })?;
            Ok(done)
        }
        "logout-500" => {
            users.end()?;
            Ok(answer(500, &[], "failed after all"))
        }
        "login-among-headers" => {
            users.start(User { id: 7, name: text.to_owned() })?;
            let headers = [
                ("set-cookie", "other=1"),
                ("vary", "Accept"),
                ("cache-control", "private, max-age=60"),
            ];
            Ok(answer(200, &headers, "done"))
        }
        "login-public" => {
            users.start(User { id: 7, name: text.to_owned() })?;
            Ok(answer(200, &[("cache-control", "public, max-age=60")], "done"))
        }
        // What a provider posts through the browser, to a route that is exempt from the check of its origin.
        "callback" | "callback-within" => {
            let seen = users.get().is_some() || carts.get().is_some();
            match text {
                "" => {}
                "logout" => users.end()?,
                name => drop(users.start(User { id: 7, name: name.to_owned() })?),
            }
            Ok(answer(200, &[], if seen { "seen" } else { "nobody" }))
        }
        _ => with_session(action, world, users, text),
    }
}

/// The actions on a session that is there.
fn with_session(
    action: &str,
    world: &World,
    users: &SessionSlot<User>,
    text: &str,
) -> Result<Answer, SessionError> {
    let Some(mut user) = users.get() else { return Ok(answer(401, &[], "")) };
    let done = answer(200, &[], "done");
    let rename = |user: &mut User| user.name = text.to_owned();
    match action {
        "rename" => {
            user.update(rename)?;
            Ok(done)
        }
        "rename-if-it-fits" => match user.update(rename) {
            Err(SessionError::TooLarge { .. }) => Ok(answer(413, &[], "too large")),
            result => result.map(|()| done),
        },
        "rename-500" => {
            user.update(rename)?;
            Ok(answer(500, &[], "failed after all"))
        }
        "rename-panic" => {
            user.update(rename)?;
            world.panics.fetch_add(1, SeqCst);
            panic!("{PANIC}");
        }
        "rename-revoked-meanwhile" => {
            user.update(rename)?;
            world.denylist.end_session(user.claims().session_id());
            Ok(answer(200, &[("x-page", "1")], "done"))
        }
        "rename-slowly" => {
            user.update(rename)?;
            (world.slowly)();
            Ok(done)
        }
        "look-slowly" => {
            (world.slowly)();
            Ok(done)
        }
        "logout-elsewhere" => {
            world.denylist.log_out_everywhere(&user.id);
            users.start(user.clone())?;
            Ok(done)
        }
        "form" => Ok(answer(200, &[], &user.csrf_token()?)),
        "submit" => match user.check_csrf(text) {
            Ok(()) => {
                user.update(|user| user.name = "Grace".to_owned())?;
                Ok(done)
            }
            Err(refusal) => Ok(answer(403, &[], refusal.label())),
        },
        "submit-or-pass-on" => {
            user.check_csrf(text)?;
            Ok(done)
        }
        "robot" => Ok(answer(200, &[], &format!("{} {}", user.id, user.name))),
        "renew" => {
            user.renew()?;
            Ok(done)
        }
        "touch" => {
            user.touch()?;
            Ok(answer(200, &[], &user.claims().expires().as_secs().to_string()))
        }
        "look-public" => Ok(answer(200, &[("cache-control", "public, max-age=60")], "done")),
        "look-304" => Ok(answer(304, &[("etag", "\"1\"")], "")),
        "look-without-refresh" => {
            users.no_refresh();
            Ok(done)
        }
        _ => Ok(answer(404, &[], "")),
    }
}
