//! The life of a session, as its user sees it.

use crate::world::User;
use hardtack::Class;
use hardtack::testing::Change;

use super::{CART, NAME};
use crate::heard;
use crate::site::Site;
use crate::site::Verdict::{self, Held};

const ATTRIBUTES: &str = "; Path=/; HttpOnly; Secure; SameSite=Lax";

pub fn no_cookie(site: &Site) -> Verdict {
    for lines in [&[][..], &["theme=dark"], &["__host-shop=x", "shop=y"]] {
        let reply = site.get("/profile", lines);
        reply.assert_empty(401);
        assert_eq!(reply.added(), ["Cookie"]);
    }
    let mut heard = heard::take_all(site);
    // Told once, by the layer of a framework whose body it cannot make.
    if site.traits.no_extractors.is_some() {
        heard.retain(|line| !line.contains("no session is bound to a device"));
    }
    let told = vec![heard::no_cookie(NAME); 3];
    assert_eq!(heard, told, "an absent cookie is not a refused one");
    Held
}

pub fn untouched(site: &Site) -> Verdict {
    let ada = site.ada();
    site.wait(16 * 60);
    for line in [&*ada, "__Host-shop=garbage", ""] {
        let reply = site.get("/untouched", &[line]);
        assert_eq!((reply.status, &*reply.body), (200, "untouched"));
        assert_eq!(reply.added(), [""; 0]);
    }
    assert_eq!(heard::take_all(site), [""; 0], "opened though nobody asked");
    Held
}

pub fn anonymous(site: &Site) -> Verdict {
    for line in ["", "theme=dark", "__Host-shop=garbage"] {
        let reply = site.get("/maybe", &[line]);
        assert_eq!((reply.status, &*reply.body), (200, "none"));
        assert_eq!(reply.all("vary"), ["Cookie"]);
        assert_eq!(reply.all("cache-control"), [""; 0], "a cache may keep the page, per cookie");
        reply.assert_sets_nothing();
    }
    Held
}

pub fn log_in(site: &Site) -> Verdict {
    let reply = site.act("login", "Ada", &[]);
    assert_eq!(reply.status, 200);
    let lines = reply.all("set-cookie");
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("__Host-shop=A"), "{}", lines[0]);
    assert!(lines[0].ends_with(ATTRIBUTES), "{}", lines[0]);
    assert_eq!(reply.all("vary"), ["Cookie"]);
    assert_eq!(reply.all("cache-control"), ["private, no-cache"]);
    assert_eq!(reply.session(&site.world).data, User { id: 7, name: "Ada".to_owned() });
    let line = reply.sent_back(NAME);
    assert_eq!(site.profile(&line).as_deref(), Some("7 Ada"));
    let first = reply.session(&site.world).claims.session_id();
    let again = site.act("login", "Eve", &[&line]).session(&site.world);
    assert_ne!(again.claims.session_id(), first, "no session is carried over a log-in");
    Held
}

pub fn read(site: &Site) -> Verdict {
    let ada = site.ada();
    for path in ["/profile", "/maybe", "/act/look-without-refresh"] {
        let reply = site.get(path, &[&format!("theme=dark; {ada}; lang=en")]);
        assert_eq!(reply.status, 200, "{path}");
        reply.assert_sets_nothing();
        assert_eq!(reply.all("vary"), ["Cookie"]);
        assert_eq!(reply.all("cache-control"), ["private, no-cache"]);
    }
    // An update that changes nothing sets no cookie.
    site.act("rename", "Ada", &[&ada]).assert_sets_nothing();
    assert_eq!(site.profile(&ada).as_deref(), Some("7 Ada"));
    Held
}

pub fn update(site: &Site) -> Verdict {
    let ada = site.ada();
    let reply = site.act("rename", "Grace", &[&ada]);
    assert_eq!(reply.session(&site.world).data.name, "Grace");
    assert_eq!(site.profile(&reply.sent_back(NAME)).as_deref(), Some("7 Grace"));
    assert_eq!(site.profile(&ada).as_deref(), Some("7 Ada"), "the old cookie is as it was");
    assert_eq!(site.act("rename", "Grace", &[]).status, 401);
    Held
}

pub fn renew(site: &Site) -> Verdict {
    let ada = site.ada();
    let before = site.world.users.find(ada.as_bytes()).next().unwrap().to_vec();
    site.wait(10);
    let reply = site.act("renew", "", &[&ada]);
    let after = reply.session(&site.world);
    assert_eq!(after.data.name, "Ada");
    assert_eq!(site.profile(&reply.sent_back(NAME)).as_deref(), Some("7 Ada"));
    assert_eq!(site.profile(&ada), None, "the revocation hook has the old id");
    assert_ne!(before, reply.sent_back(NAME).as_bytes());
    Held
}

pub fn log_out(site: &Site) -> Verdict {
    let removal = format!("{NAME}={ATTRIBUTES}; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    for line in [&*site.ada(), "__Host-shop=garbage", "theme=dark; __Host-shop="] {
        let reply = site.act("logout", "", &[line]);
        assert_eq!(reply.status, 200);
        assert_eq!(reply.all("set-cookie"), [&*removal], "{line}");
    }
    for line in ["", "theme=dark"] {
        site.act("logout", "", &[line]).assert_sets_nothing();
    }
    Held
}

pub fn remembered(site: &Site) -> Verdict {
    let reply = site.act("remember", "Ada", &[]);
    let line = reply.all("set-cookie")[0].to_owned();
    assert!(line.ends_with(&format!("{ATTRIBUTES}; Max-Age=1209600")), "{line}");
    assert_eq!(reply.session(&site.world).claims.class(), Class::Remembered);
    let standard = site.ada();
    let remembered = reply.sent_back(NAME);
    let look = || {
        let reply = site.get("/profile", &[&remembered]);
        assert_eq!(reply.body, "7 Ada");
        reply
    };
    // Some browsers keep it for seven days only, so a refresh is due after one.
    site.wait(86_399);
    look().assert_sets_nothing();
    site.wait(1);
    assert!(look().all("set-cookie")[0].ends_with("; Max-Age=1209600"));
    site.wait(13 * 86_400 - 1);
    assert_eq!(site.profile(&standard), None);
    assert_eq!(look().session(&site.world).claims.class(), Class::Remembered);
    Held
}

pub fn side_by_side(site: &Site) -> Verdict {
    let reply = site.act("both", "Ada", &[]);
    assert_eq!(reply.all("set-cookie").len(), 2);
    assert_eq!(reply.all("vary"), ["Cookie"], "said once, though both were looked at");
    let (user, cart) = (reply.sent_back(NAME), reply.sent_back(CART));
    let both = format!("{user}; {cart}");
    assert_eq!(site.get("/cart", &[&both]).body, "[101, 2002]");
    assert_eq!(site.get("/cart", &[&cart, &user]).body, "[101, 2002]");
    assert_eq!(site.profile(&both).as_deref(), Some("7 Ada"));
    assert_eq!(site.get("/cart", &[&user]).status, 401);
    assert_eq!(site.profile(&cart), None);
    // One does not open as the other.
    let swapped = format!("{CART}={}", user.split_once('=').unwrap().1);
    assert_eq!(site.get("/cart", &[&swapped]).status, 401);
    let reply = site.act("logout", "", &[&both]);
    assert!(matches!(reply.change(&site.world), Change::Removed));
    assert_eq!(reply.all("set-cookie").len(), 1, "the other cookie is left alone");
    Held
}

pub fn over_limit(site: &Site) -> Verdict {
    let ada = site.ada();
    let long = "x".repeat(5_000);
    let reply = site.act("rename", &long, &[&ada]);
    reply.assert_empty(500);
    reply.assert_sets_nothing();
    heard::assert_too_large(site);
    let reply = site.act("rename-if-it-fits", &long, &[&ada]);
    assert_eq!(reply.status, 413, "the handler learns of it where it sets the data");
    reply.assert_sets_nothing();
    assert_eq!(site.act("login", &long, &[]).status, 500);
    assert_eq!(site.profile(&ada).as_deref(), Some("7 Ada"), "what the browser holds stays good");
    // The longest name that fits: sealed, sent through, read back.
    let capacity = site.world.users.capacity(Class::Standard);
    let longest = "x".repeat(capacity - 3);
    let reply = site.act("rename", &longest, &[&ada]);
    let length = reply.all("set-cookie")[0].len();
    assert!((4_095..=4_096).contains(&length), "{length}: base64url spells 4k + 1 with nothing");
    assert_eq!(site.profile(&reply.sent_back(NAME)), Some(format!("7 {longest}")));
    assert_eq!(site.act("rename", &format!("{longest}x"), &[&ada]).status, 500);
    Held
}
