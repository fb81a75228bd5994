//! What all parts of one application share: its name, keys, clock, leeway, trusted origins, and the cookie names in use.

use std::any::{TypeId, type_name};
use std::sync::{Arc, Mutex, PoisonError};

#[cfg(feature = "device-binding")]
use crate::error::DeviceProblem;
use crate::error::{Problem, SetupError};
use crate::keys::Keys;
use crate::origin::Origin;
use crate::purpose::check_label;
use crate::time::Clock;

/// An application as its cookies and tokens know it.
pub(crate) struct Site {
    pub(crate) name: String,
    pub(crate) keys: Keys,
    pub(crate) clock: Arc<dyn Clock>,
    /// How far another node's clock may be ahead, in seconds.
    pub(crate) leeway: u64,
    pub(crate) trusted: Vec<Origin>,
    /// Keeps no key and no cookie alive.
    taken: Mutex<Vec<Taken>>,
}

struct Taken {
    name: String,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    /// One cookie, with a session of this type.
    Session(TypeId, &'static str),
    /// All cookies whose names start with this: those of ceremonies and log-in flows.
    Prefix,
    /// Another system's cookie that sessions may come from.
    Old,
    /// What binds the sessions of another cookie to devices: its cookies, and its path in the place of a name.
    #[cfg(feature = "device-binding")]
    Device,
}

impl Site {
    pub(crate) fn new(
        name: String,
        keys: Keys,
        clock: Arc<dyn Clock>,
        leeway: u64,
        trusted: Vec<Origin>,
    ) -> Result<Self, SetupError> {
        check_label("application", &name)?;
        Ok(Self { name, keys, clock, leeway, trusted, taken: Mutex::default() })
    }

    /// The name of the application's cookie for `what`, or of its session cookie if `what` is empty. Browsers accept `__Host-`
    /// only with Secure. `~` is allowed in a cookie's name but not in an application's, so names of two applications never
    /// collide.
    pub(crate) fn cookie_name(&self, what: &str, secure: bool) -> String {
        let (prefix, app) = (if secure { "__Host-" } else { "" }, &self.name);
        if what.is_empty() { format!("{prefix}{app}") } else { format!("{prefix}{app}~{what}") }
    }

    /// Takes a cookie's name for sessions of type `T`, once, and records the old cookies that they may come from.
    pub(crate) fn take_name<'n, T: 'static>(
        &self,
        name: &str,
        olds: impl IntoIterator<Item = &'n str>,
    ) -> Result<(), SetupError> {
        let old = |old: &str| Taken { name: old.to_owned(), kind: Kind::Old };
        let kind = Kind::Session(TypeId::of::<T>(), type_name::<T>());
        let session = Taken { name: name.to_owned(), kind };
        self.take(olds.into_iter().map(old).chain([session]).collect())
    }

    /// Takes what binds sessions to devices: cookies' names and a path, each once.
    #[cfg(feature = "device-binding")]
    pub(crate) fn take_device(&self, names: [&str; 2], path: &str) -> Result<(), SetupError> {
        let taken = |name: &str| Taken { name: name.to_owned(), kind: Kind::Device };
        self.take(names.into_iter().chain([path]).map(taken).collect())
    }

    /// Whether a bound cookie's browsers register or refresh at this path. Takes a lock: for requests that are about to be refused.
    #[cfg(feature = "device-binding")]
    pub(crate) fn is_device(&self, path: &str) -> bool {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut devices = taken.iter().filter(|taken| matches!(taken.kind, Kind::Device));
        devices.any(|taken| {
            let endpoint = path.strip_prefix(&*taken.name);
            endpoint.is_some_and(|endpoint| ["/register", "/refresh"].contains(&endpoint))
        })
    }

    /// Takes all names that start with `prefix`, once.
    pub(crate) fn take_prefix(&self, prefix: &str) -> Result<(), SetupError> {
        self.take(vec![Taken { name: prefix.to_owned(), kind: Kind::Prefix }])
    }

    /// Takes all of them or none.
    fn take(&self, new: Vec<Taken>) -> Result<(), SetupError> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        for (place, one) in new.iter().enumerate() {
            let mut others = taken.iter().chain(&new[..place]);
            if let Some(problem) = others.find_map(|old| self.conflict(old, one)) {
                return Err(problem.into());
            }
        }
        taken.extend(new);
        Ok(())
    }

    fn conflict(&self, old: &Taken, new: &Taken) -> Option<Problem> {
        let (app, name) = (self.name.clone(), new.name.clone());
        match (old.kind, new.kind) {
            (Kind::Session(first, session), Kind::Session(second, _)) if old.name == new.name => {
                Some(if first == second {
                    Problem::BuiltTwice { app, name, session }
                } else {
                    let (first, second) = (session, new.session());
                    Problem::NameTaken { app, name, first, second }
                })
            }
            (Kind::Session(..), Kind::Old) | (Kind::Old, Kind::Session(..))
                if old.name == new.name =>
            {
                Some(Problem::PredecessorName { name })
            }
            #[cfg(feature = "device-binding")]
            (Kind::Device, Kind::Device) if old.name == new.name => {
                Some(Problem::Device(DeviceProblem::PathTwice { path: name }))
            }
            #[cfg(feature = "device-binding")]
            (Kind::Device, _) | (_, Kind::Device) if old.name == new.name => {
                let (first, second) = (old.session(), new.session());
                Some(Problem::NameTaken { app, name, first, second })
            }
            (Kind::Prefix, Kind::Prefix) if old.name == new.name => {
                Some(Problem::PrefixTaken { app, prefix: name })
            }
            (Kind::Prefix, _) if new.name.starts_with(&old.name) => {
                Some(Problem::UnderPrefix { name, prefix: old.name.clone() })
            }
            (_, Kind::Prefix) if old.name.starts_with(&new.name) => {
                Some(Problem::UnderPrefix { name: old.name.clone(), prefix: name })
            }
            _ => None,
        }
    }

    /// The names of all cookies that may hold a session, old ones too. Takes a lock, so call it only for requests that are about
    /// to be refused.
    pub(crate) fn session_names(&self) -> Vec<String> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let has_session = |taken: &&Taken| matches!(taken.kind, Kind::Session(..) | Kind::Old);
        let sessions = taken.iter().filter(has_session);
        sessions.map(|taken| taken.name.clone()).collect()
    }
}

impl Taken {
    fn session(&self) -> &'static str {
        match self.kind {
            Kind::Session(_, session) => session,
            Kind::Prefix => "ceremonies",
            Kind::Old => "a predecessor",
            #[cfg(feature = "device-binding")]
            Kind::Device => "a device's proof",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;
    use crate::time::SystemClock;

    fn site(name: &str) -> Site {
        let keys = Key::generate().unwrap().into();
        Site::new(name.to_owned(), keys, Arc::new(SystemClock), 60, Vec::new()).unwrap()
    }

    fn taken(name: &str, first: &'static str, second: &'static str) -> Result<(), SetupError> {
        let (app, name) = ("shop".to_owned(), name.to_owned());
        Err(Problem::NameTaken { app, name, first, second }.into())
    }

    fn built_twice(name: &str, session: &'static str) -> Result<(), SetupError> {
        let (app, name) = ("shop".to_owned(), name.to_owned());
        Err(Problem::BuiltTwice { app, name, session }.into())
    }

    fn flow_prefix(name: &str, prefix: &str) -> Result<(), SetupError> {
        let (name, prefix) = (name.to_owned(), prefix.to_owned());
        Err(Problem::UnderPrefix { name, prefix }.into())
    }

    #[test]
    fn a_name_is_taken_once() {
        let shop = site("shop");
        assert_eq!(shop.take_name::<u32>("s", []), Ok(()));
        for _ in 0..2 {
            assert_eq!(shop.take_name::<u32>("s", []), built_twice("s", "u32"));
            assert_eq!(shop.take_name::<u64>("s", []), taken("s", "u32", "u64"), "the first stays");
        }
        // Names are compared as browsers compare them, and one type may have several.
        assert_eq!(shop.take_name::<u32>("S", []), Ok(()));
        assert_eq!(shop.take_name::<u64>("s~prefs", []), Ok(()));
        // Another application of the name knows nothing of it.
        assert_eq!(site("shop").take_name::<u64>("s", []), Ok(()));
    }

    #[test]
    fn the_name_of_a_session_is_not_one_of_a_log_in_flow() {
        let shop = site("shop");
        assert_eq!(shop.take_prefix("login-"), Ok(()));
        let (app, prefix) = ("shop".to_owned(), "login-".to_owned());
        let twice = Problem::PrefixTaken { app, prefix };
        assert_eq!(shop.take_prefix("login-"), Err(twice.into()));
        for under in ["login-", "login-x"] {
            assert_eq!(shop.take_name::<u8>(under, []), flow_prefix(under, "login-"));
        }
        assert_eq!(shop.take_prefix("login-x"), flow_prefix("login-x", "login-"));
        assert_eq!(shop.take_prefix("log"), flow_prefix("login-", "log"));
        // The other way round: the session was there first.
        assert_eq!(shop.take_name::<u8>("login", []), Ok(()), "shorter than the prefix");
        assert_eq!(shop.take_name::<u8>("session", []), Ok(()));
        for over in ["session", "sess", ""] {
            let named = if over.is_empty() { "login-" } else { "session" };
            assert_eq!(shop.take_prefix(over), flow_prefix(named, over));
        }
        assert_eq!(shop.take_prefix("session-"), Ok(()));
    }

    #[test]
    fn an_old_cookie_is_neither_a_session_nor_a_flow() {
        let same = |name: &str| {
            let name = name.to_owned();
            Err(SetupError::from(Problem::PredecessorName { name }))
        };
        let shop = site("shop");
        assert_eq!(shop.take_name::<u8>("a", ["a"]), same("a"));
        assert_eq!(shop.take_name::<u8>("a", ["id", "sid"]), Ok(()));
        assert_eq!(shop.take_name::<u8>("b", ["a"]), same("a"));
        assert_eq!(shop.take_name::<u8>("sid", []), same("sid"));
        // Two sessions may come from one cookie.
        assert_eq!(shop.take_name::<u8>("b", ["id"]), Ok(()));
        assert_eq!(shop.take_prefix("i"), flow_prefix("id", "i"));
        shop.take_prefix("login-").unwrap();
        assert_eq!(shop.take_name::<u8>("c", ["login-x"]), flow_prefix("login-x", "login-"));
        assert_eq!(shop.session_names(), ["id", "sid", "a", "id", "b"]);
    }

    #[test]
    fn what_was_refused_takes_no_name() {
        let shop = site("shop");
        shop.take_name::<u8>("session", []).unwrap();
        assert!(shop.take_prefix("sess").is_err());
        assert_eq!(shop.take_name::<u8>("sess", []), Ok(()));
    }

    #[test]
    fn default_names_carry_the_application_and_need_secure_for_their_prefix() {
        let shop = site("shop");
        assert_eq!(shop.cookie_name("", true), "__Host-shop");
        assert_eq!(shop.cookie_name("flash", true), "__Host-shop~flash");
        assert_eq!(shop.cookie_name("", false), "shop");
        assert_eq!(shop.cookie_name("flash", false), "shop~flash");
        // `~` is no application's character, so no application has a session of another's name.
        for name in ["shop-flash", "shop.flash", "shop_flash"] {
            assert_ne!(site(name).cookie_name("", true), shop.cookie_name("flash", true));
        }
        let (keys, name) = (Key::generate().unwrap().into(), "shop~flash".to_owned());
        let refused = Site::new(name.clone(), keys, Arc::new(SystemClock), 60, Vec::new()).err();
        assert_eq!(refused, Some(Problem::Label { what: "application", name }.into()));
    }

    #[test]
    fn sessions_are_asked_for_and_flows_are_not() {
        let shop = site("shop");
        shop.take_prefix("login-").unwrap();
        assert!(shop.session_names().is_empty());
        shop.take_name::<u8>("a", []).unwrap();
        shop.take_name::<u16>("b", []).unwrap();
        assert_eq!(shop.session_names(), ["a", "b"]);
    }
}
