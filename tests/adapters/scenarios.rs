//! What every framework must do, through a site with the same routes in each.

use std::time::Duration;

use hardtack::testing::Change;

use crate::events;
use crate::world::{Reply, User, World};

/// A framework with the routes below, where both of [`World`]'s cookies are installed; those without a method answer GET.
///
/// `/untouched` asks for nothing. `/login` starts Ada, `/profile` needs a session and writes `7 Ada`, `/maybe` writes `some` or `none`.
/// `/rename` makes her Grace, `/same` updates without a change, `/too-large` passes on the error of an update, `/logout` ends.
/// `/both` starts a user and a theme, `/theme` needs a theme and writes `true`. `/absent` and `/absent-session` ask for the slot and
/// the session of a type that is not installed. `/headers` logs in beside `Set-Cookie: other=1`, `Vary: Accept` and
/// `Cache-Control: private, max-age=60`; `/public` beside `Cache-Control: public`. `/login-500` and `/logout-500` answer 500 after it.
/// `/form` needs a session and writes a CSRF token; `/submit/<token>` checks it and makes her Grace, or passes the refusal on.
/// `POST /order` needs a session, makes her Grace and writes `ordered`; `POST /robot/order` does so too, and passes without an origin.
/// `POST /callback` is exempt: it writes `some` if it sees a session, else `none`, and starts Grace.
/// `/inner/logout`, `/inner/profile`, `/inner/rename` and `POST /inner/order` are the same behind the users' cookie installed once more.
pub trait Site {
    fn new(world: &World) -> Self;
    fn send(&self, method: &str, path: &str, lines: &[(&str, &str)]) -> Reply;

    fn get(&self, path: &str, cookie_lines: &[&str]) -> Reply {
        let lines: Vec<_> = cookie_lines.iter().map(|line| ("cookie", *line)).collect();
        self.send("GET", path, &lines)
    }
}

#[track_caller]
fn assert_empty(reply: &Reply, status: u16) {
    assert_eq!((reply.status, reply.body.as_str()), (status, ""));
}

pub fn login_sets_the_cookie<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let reply = site.get("/login", &[]);
    assert_eq!(reply.user(&world).session().unwrap().data, User::ada());
    assert_eq!(reply.all("set-cookie").len(), 1);
    assert_eq!(reply.all("vary"), ["Cookie"]);
    assert_eq!(reply.all("cache-control"), ["private, no-cache"]);
    let pair = reply.all("set-cookie")[0].split(';').next().unwrap();
    assert_eq!(site.get("/profile", &[pair]).body, "7 Ada");
}

pub fn reading_sets_nothing<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    for path in ["/profile", "/same", "/maybe"] {
        let reply = site.get(path, &["other=1", &world.ada()]);
        assert_eq!(reply.status, 200, "{path}");
        assert_eq!(reply.all("set-cookie"), [""; 0], "{path}");
        assert_eq!(reply.all("vary"), ["Cookie"], "{path}");
    }
}

pub fn a_request_that_never_looks_is_left_alone<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    for cookie in [world.ada(), "__Host-shop=garbage".to_owned()] {
        let (reply, events) = events::during(|| site.get("/untouched", &[&cookie]));
        assert_eq!(reply.status, 200);
        assert_eq!(reply.added(), [""; 0]);
        assert_eq!(events, "", "opened though nobody asked");
    }
}

pub fn without_a_session_401<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let (reply, events) = events::during(|| site.get("/profile", &[]));
    assert_empty(&reply, 401);
    assert_eq!(reply.added(), ["Cookie"]);
    assert_eq!(events, "DEBUG message=no session cookie in the request cookie=\"__Host-shop\"\n");
    let reply = site.get("/maybe", &[]);
    assert_eq!((reply.status, reply.body.as_str()), (200, "none"));
    assert_eq!(reply.added(), ["Cookie"]);
}

pub fn a_refused_cookie_is_logged_and_kept<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let cookie = world.ada();
    world.clock.advance(Duration::from_secs(31 * 60));
    let (reply, events) = events::during(|| site.get("/profile", &[&cookie]));
    assert_empty(&reply, 401);
    assert_eq!(reply.all("set-cookie"), [""; 0]);
    let said = "session cookie refused reason=\"expired (stamp)\" cookie=\"__Host-shop\"";
    assert_eq!(events, format!("INFO message={said}\n"));
}

pub fn changes_are_sealed<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let reply = site.get("/rename", &[&world.ada()]);
    assert_eq!(reply.user(&world).session().unwrap().data.name, "Grace");
}

pub fn a_refresh_is_sealed<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let cookie = world.ada();
    world.clock.advance(Duration::from_secs(16 * 60));
    let refreshed = site.get("/profile", &[&cookie]).user(&world).session().unwrap();
    assert_eq!(refreshed.data, User::ada());
}

pub fn logout_removes<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    assert!(matches!(site.get("/logout", &[&world.ada()]).user(&world), Change::Removed));
    let reply = site.get("/logout", &[]);
    assert_eq!((reply.status, reply.all("set-cookie").len()), (200, 0));
}

pub fn two_cookies_stand_side_by_side<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let reply = site.get("/both", &[]);
    assert!(reply.user(&world).session().is_some());
    assert!(reply.theme(&world).session().is_some_and(|theme| theme.data.dark));
    assert_eq!(reply.all("vary"), ["Cookie"]);
    let line = format!("{}; {}", world.ada(), world.dark());
    assert_eq!(site.get("/theme", &[&line]).body, "true");
    assert_eq!(site.get("/theme", &[&world.dark(), &world.ada()]).body, "true");
    assert_eq!(site.get("/profile", &[&world.dark(), &world.ada()]).body, "7 Ada");
    assert_empty(&site.get("/theme", &[&world.ada()]), 401);
}

pub fn not_installed_is_an_error<S: Site>() {
    let site = S::new(&World::new());
    for path in ["/absent", "/absent-session"] {
        let (reply, events) = events::during(|| site.get(path, &[]));
        assert_empty(&reply, 500);
        assert!(events.starts_with("ERROR"), "{events}");
        assert!(events.contains("not installed") && events.contains("Absent"), "{events}");
    }
}

pub fn headers_of_the_application_stay<S: Site>() {
    let world = World::new();
    let reply = S::new(&world).get("/headers", &[]);
    assert_eq!(reply.all("set-cookie").len(), 2);
    assert_eq!(reply.all("set-cookie")[0], "other=1");
    assert_eq!(reply.all("vary"), ["Accept", "Cookie"]);
    assert_eq!(reply.all("cache-control"), ["private, max-age=60"]);
}

pub fn a_public_response_that_logs_in_is_not_stored<S: Site>() {
    let world = World::new();
    let reply = S::new(&world).get("/public", &[]);
    assert!(reply.user(&world).session().is_some());
    assert_eq!(reply.all("cache-control"), ["no-store"]);
}

pub fn a_failed_update_passed_on_is_a_500<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let (reply, events) = events::during(|| site.get("/too-large", &[&world.ada()]));
    assert_empty(&reply, 500);
    assert_eq!(reply.all("set-cookie"), [""; 0]);
    // By how much, so that an operator knows what to ask for.
    let said = "session change failed reason=\"too large\" used=6826 limit=4096 data=5003";
    assert_eq!(events, format!("ERROR message={said}\n"));
}

pub fn a_change_that_cannot_be_committed_is_a_500<S: Site>() {
    let world = World::revoking_in_mid_request();
    let site = S::new(&world);
    let cookie = world.ada();
    let (reply, events) = events::during(|| site.get("/rename", &[&cookie]));
    assert_empty(&reply, 500);
    // What caches must know is said of the new head, and nothing of the old one is left.
    assert_eq!(reply.added(), ["Cookie", "private, no-cache"]);
    assert_eq!(reply.all("content-type"), [""; 0]);
    assert_eq!(events, "ERROR message=session change failed reason=\"ended\"\n");
}

pub fn a_server_error_commits_nothing_but_an_end<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let reply = site.get("/login-500", &[]);
    assert_eq!((reply.status, reply.all("set-cookie").len()), (500, 0));
    let reply = site.get("/logout-500", &[&world.ada()]);
    assert_eq!(reply.status, 500);
    assert!(matches!(reply.user(&world), Change::Removed));
}

pub fn a_form_of_this_session_is_taken<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let cookie = world.ada();
    let form = site.get("/form", &[&cookie]);
    assert_eq!(form.added(), ["Cookie", "private, no-cache"], "no cache shares a token");
    let (reply, events) =
        events::during(|| site.get(&format!("/submit/{}", form.body), &[&cookie]));
    assert_eq!(reply.user(&world).session().unwrap().data.name, "Grace");
    assert_eq!(events, "");
}

pub fn a_form_of_another_session_is_a_403<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let theirs = site.get("/form", &[&world.ada()]).body;
    for (token, reason) in [(theirs.as_str(), "not authentic"), ("guess", "malformed")] {
        let (reply, events) =
            events::during(|| site.get(&format!("/submit/{token}"), &[&world.ada()]));
        assert_empty(&reply, 403);
        assert_eq!(reply.all("set-cookie"), [""; 0]);
        assert_eq!(events, format!("INFO message=CSRF token refused reason={reason:?}\n"));
    }
}

const HOST: (&str, &str) = ("host", "shop.example");
const CROSS_SITE: (&str, &str) = ("sec-fetch-site", "cross-site");
const EVIL: (&str, &str) = ("origin", "https://evil.example");

/// One refusal as it is logged, whatever host the framework saw.
#[track_caller]
fn assert_refused(
    events: &str,
    (method, path): (&str, &str),
    reason: &str,
    site: &str,
    origin: &str,
) {
    let start = format!(
        "INFO message=cross-origin request refused reason={reason:?} method={method:?} path={path:?} sec_fetch_site={site:?} origin={origin:?} host="
    );
    assert!(events.starts_with(&start), "{events}");
    assert!(events.contains(" remedy=\"") && events.matches('\n').count() == 1, "{events}");
}

pub fn a_forged_request_is_a_403_and_reaches_nobody<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let cookie = world.ada();
    for (lines, reason, sec_fetch_site, origin) in [
        (&[HOST, CROSS_SITE, EVIL][..], "cross site", "cross-site", "https://evil.example"),
        (&[HOST, ("sec-fetch-site", "same-site")], "cross site", "same-site", ""),
        (&[HOST, EVIL], "other origin", "", "https://evil.example"),
        (&[HOST, ("origin", "null")], "opaque origin", "", "null"),
        (&[HOST], "no origin", "", ""),
        (
            &[HOST, ("origin", "https://shop.example"), EVIL],
            "malformed",
            "",
            "https://shop.example, https://evil.example",
        ),
        (&[HOST, ("host", "evil.example"), EVIL], "malformed", "", "https://evil.example"),
    ] {
        let lines = [&[("cookie", cookie.as_str())], lines].concat();
        for path in ["/order", "/inner/order", "/nowhere"] {
            let (reply, events) = events::during(|| site.send("POST", path, &lines));
            assert_empty(&reply, 403);
            assert_eq!(reply.added(), [""; 0], "{lines:?}");
            assert_refused(&events, ("POST", path), reason, sec_fetch_site, origin);
        }
    }
    // A log-in is protected too, though there is nothing to lose yet.
    assert_empty(&site.send("POST", "/order", &[HOST, EVIL]), 403);
    assert_eq!(world.looks(), 0, "no handler ran");
}

pub fn a_web_socket_of_another_site_is_a_403<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let cookie = world.ada();
    let send = |lines: &[(&str, &str)]| {
        let always = [HOST, ("cookie", cookie.as_str()), ("connection", "upgrade")];
        let lines = [&always[..], &[("upgrade", "websocket")], lines].concat();
        events::during(|| site.send("GET", "/profile", &lines))
    };
    for (lines, reason, sec_fetch_site, origin) in [
        (&[EVIL][..], "other origin", "", "https://evil.example"),
        (&[CROSS_SITE, EVIL], "cross site", "cross-site", "https://evil.example"),
        (&[], "no origin", "", ""),
    ] {
        let (reply, events) = send(lines);
        assert_empty(&reply, 403);
        assert_refused(&events, ("GET", "/profile"), reason, sec_fetch_site, origin);
    }
    assert_eq!(world.looks(), 0, "no handler ran");
    let (reply, events) = send(&[("origin", "https://shop.example")]);
    assert_eq!((reply.body.as_str(), events.as_str()), ("7 Ada", ""));
}

pub fn an_exempt_request_sees_no_session_and_may_start_one<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let (ada, dark) = (world.ada(), world.dark());
    let cookies = [HOST, ("cookie", ada.as_str()), ("cookie", dark.as_str())];
    // Wherever it comes from.
    for from in [&[CROSS_SITE, EVIL][..], &[], &[("sec-fetch-site", "same-origin")]] {
        let lines = [&cookies[..], from].concat();
        let before = world.looks();
        let (reply, events) = events::during(|| site.send("POST", "/callback", &lines));
        assert_eq!((reply.status, reply.body.as_str()), (200, "none"));
        let looked = ["__Host-shop~theme", "__Host-shop"];
        let said = looked.map(|cookie| {
            format!(
                "DEBUG message=exempt request: its session cookie is not read cookie={cookie:?}\n"
            )
        });
        assert_eq!(events, said.concat());
        assert_eq!(world.looks(), before, "nothing to open");
        assert_eq!(reply.all("set-cookie").len(), 1);
        assert_eq!(reply.user(&world).session().unwrap().data, User::grace());
    }
    // This method and this path alone.
    let forged = [&cookies[..], &[CROSS_SITE, EVIL]].concat();
    for (method, path) in [("PUT", "/callback"), ("POST", "/inner/callback"), ("POST", "/")] {
        assert_empty(&site.send(method, path, &forged), 403);
    }
}

pub fn a_program_that_tells_no_origin_passes_where_it_may<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let cookie = world.ada();
    let lines = [HOST, ("cookie", cookie.as_str())];
    let reply = site.send("POST", "/robot/order", &lines);
    assert_eq!((reply.status, reply.body.as_str()), (200, "ordered"));
    let forged = [&lines[..], &[EVIL]].concat();
    assert_empty(&site.send("POST", "/robot/order", &forged), 403);
}

pub fn a_cookie_that_is_installed_again_further_in_is_one<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let cookie = world.ada();
    assert_eq!(site.get("/inner/profile", &[&cookie]).all("set-cookie"), [""; 0]);
    // A refresh is due: what is committed outside must not undo what was done inside.
    world.clock.advance(Duration::from_secs(16 * 60));
    let (reply, events) = events::during(|| site.get("/inner/logout", &[&cookie]));
    assert_eq!((reply.status, reply.all("set-cookie").len(), events.as_str()), (200, 1, ""));
    assert!(matches!(reply.user(&world), Change::Removed));
    assert_eq!(reply.all("vary"), ["Cookie"]);
    for (path, name) in [("/inner/profile", "Ada"), ("/inner/rename", "Grace")] {
        let reply = site.get(path, &[&cookie]);
        assert_eq!((reply.status, reply.all("set-cookie").len()), (200, 1), "{path}");
        assert_eq!(reply.user(&world).session().unwrap().data.name, name);
    }
}

pub fn a_request_of_this_site_or_a_trusted_one_passes<S: Site>() {
    let world = World::new();
    let site = S::new(&world);
    let cookie = world.ada();
    for lines in [
        &[HOST, ("sec-fetch-site", "same-origin"), ("origin", "https://shop.example")][..],
        &[HOST, ("sec-fetch-site", "none")],
        &[HOST, ("origin", "https://shop.example")],
        &[HOST, CROSS_SITE, ("origin", "https://sso.example")],
    ] {
        let lines = [&[("cookie", cookie.as_str())], lines].concat();
        let (reply, events) = events::during(|| site.send("POST", "/order", &lines));
        assert_eq!((reply.status, reply.body.as_str()), (200, "ordered"), "{lines:?}");
        assert_eq!(reply.user(&world).session().unwrap().data.name, "Grace");
        assert_eq!(events, "");
    }
    // Without a session there is nothing to forge; a link from another site is followed.
    assert_empty(&site.send("POST", "/order", &[HOST]), 401);
    let followed = site.send("GET", "/profile", &[HOST, CROSS_SITE, ("cookie", &cookie)]);
    assert_eq!(followed.body, "7 Ada");
}

/// A test for each scenario.
#[macro_export]
macro_rules! all_scenarios {
    ($site:ty) => {
        $crate::all_scenarios! { $site:
            login_sets_the_cookie
            reading_sets_nothing
            a_request_that_never_looks_is_left_alone
            without_a_session_401
            a_refused_cookie_is_logged_and_kept
            changes_are_sealed
            a_refresh_is_sealed
            logout_removes
            two_cookies_stand_side_by_side
            not_installed_is_an_error
            headers_of_the_application_stay
            a_public_response_that_logs_in_is_not_stored
            a_failed_update_passed_on_is_a_500
            a_change_that_cannot_be_committed_is_a_500
            a_server_error_commits_nothing_but_an_end
            a_form_of_this_session_is_taken
            a_form_of_another_session_is_a_403
            a_forged_request_is_a_403_and_reaches_nobody
            a_web_socket_of_another_site_is_a_403
            an_exempt_request_sees_no_session_and_may_start_one
            a_program_that_tells_no_origin_passes_where_it_may
            a_request_of_this_site_or_a_trusted_one_passes
            a_cookie_that_is_installed_again_further_in_is_one
        }
    };
    ($site:ty: $($scenario:ident)+) => {
        $(
            #[test]
            fn $scenario() {
                $crate::scenarios::$scenario::<$site>();
            }
        )+
    };
}
