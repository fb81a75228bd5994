//! Ceremonies from their beginning to their end, and every end that must be refused.
#![cfg(feature = "testing")]

#[path = "ceremony/links.rs"]
mod links;
#[path = "ceremony/proofs.rs"]
mod proofs;
#[path = "ceremony/refused.rs"]
mod refused;

use std::collections::BTreeMap;
use std::time::Duration;

use hardtack::ceremony::{Begun, Ceremony, CeremonyBuilder, CeremonyError, NoSession};
use hardtack::keys::Keys;
use hardtack::testing::{Head, ManualClock};
use hardtack::{
    Application, Clock, Expiry, Key, OpenError, SameSite, SessionCookie, SessionError, SessionSlot,
    SetCookie, Timestamp,
};

const T: u64 = 1_800_000_000;

#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Asked {
    who: String,
    code: u32,
}

type Users = SessionCookie<u64>;

struct Site {
    clock: ManualClock,
    keys: Keys,
    shop: Application,
    users: Users,
    passkeys: Ceremony<Asked>,
}

fn application(keys: &Keys, clock: &ManualClock) -> Application {
    Application::builder("shop", keys).clock(clock.clone()).build().unwrap()
}

fn site() -> Site {
    site_with(|_, builder| builder)
}

fn site_with(
    set: impl FnOnce(&Application, CeremonyBuilder<Asked>) -> CeremonyBuilder<Asked>,
) -> Site {
    let clock = ManualClock::at(Timestamp::from_secs(T));
    let keys = Keys::from(Key::generate().unwrap());
    let shop = application(&keys, &clock);
    let users = shop.session().build().unwrap();
    let passkeys = set(&shop, shop.ceremony("passkey")).build().unwrap();
    Site { clock, keys, shop, users, passkeys }
}

fn ada() -> Asked {
    Asked { who: "Ada".to_owned(), code: 271_828 }
}

/// What a browser holds.
#[derive(Clone, Default)]
struct Browser(BTreeMap<String, String>);

impl Browser {
    fn line(&self) -> String {
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        pairs.join("; ")
    }

    fn take(&mut self, line: &SetCookie) {
        self.take_line(line.as_str());
    }

    fn take_line(&mut self, line: &str) {
        let (pair, attributes) = line.split_once(';').unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        if attributes.contains(" Max-Age=0") {
            self.0.remove(name);
        } else {
            self.0.insert(name.to_owned(), value.to_owned());
        }
    }

    fn slot(&self, site: &Site) -> SessionSlot<u64> {
        site.users.slot([self.line()])
    }

    /// Commits the slot as an answer of status 200.
    fn commit(&mut self, slot: &SessionSlot<u64>) {
        let mut head = Head::new(200);
        slot.commit(&mut head).unwrap();
        head.all("set-cookie").for_each(|line| self.take_line(line));
    }

    fn log_in(&mut self, site: &Site, user: u64) {
        let slot = self.slot(site);
        slot.start(user).unwrap();
        self.commit(&slot);
    }

    fn begin(&mut self, site: &Site) -> String {
        let slot = self.slot(site);
        let begun = site.passkeys.begin([self.line()], &slot, &ada()).unwrap();
        self.commit(&slot);
        begun.set_cookies().for_each(|line| self.take(line));
        begun.id().to_owned()
    }

    /// The state, or why not; the cookie goes as the server says.
    fn finish(&mut self, site: &Site, id: &str) -> Result<Asked, CeremonyError> {
        let slot = self.slot(site);
        match site.passkeys.finish([self.line()], &slot, id) {
            Ok((state, removal)) => {
                self.take(removal.set_cookie());
                Ok(state)
            }
            Err(refused) => {
                refused.removal().iter().for_each(|removal| self.take(removal.set_cookie()));
                Err(refused.reason())
            }
        }
    }

    fn open(&self) -> usize {
        self.0.keys().filter(|name| name.starts_with("__Host-shop~passkey-")).count()
    }
}

#[test]
fn a_state_comes_back_as_it_went_and_its_cookie_goes() {
    let (site, mut browser) = (site(), Browser::default());
    let begun = site.passkeys.begin([""], NoSession, &ada()).unwrap();
    let lines: Vec<_> = begun.set_cookies().collect();
    assert_eq!((lines.len(), begun.id().len()), (1, 36));
    assert_eq!(lines[0].name(), format!("__Host-shop~passkey-{}", &begun.id()[..8]));
    assert_eq!(lines[0].attributes(), "; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=600");
    browser.take(lines[0]);

    let (state, removal) =
        site.passkeys.finish(["theme=dark", &browser.line()], NoSession, begun.id()).unwrap();
    assert_eq!(state, ada());
    assert_eq!(removal.set_cookie().name(), lines[0].name());
    browser.take(removal.set_cookie());
    assert_eq!(browser.0.len(), 0);
    assert_eq!(browser.finish(&site, begun.id()), Err(CeremonyError::NotOpen));
}

#[test]
fn tabs_are_independent_and_kinds_are_too() {
    let (site, mut browser) = (site(), Browser::default());
    let other = site.shop.ceremony::<Asked>("passkey2").build().unwrap();
    let begun = other.begin([browser.line()], NoSession, &ada()).unwrap();
    begun.set_cookies().for_each(|line| browser.take(line));
    let tabs = [browser.begin(&site), browser.begin(&site)];
    for id in [&tabs[1], &tabs[0]] {
        assert_eq!(browser.finish(&site, id), Ok(ada()));
    }
    assert_eq!(browser.finish(&site, begun.id()), Err(CeremonyError::NotOpen));
    assert!(other.finish([browser.line()], NoSession, begun.id()).is_ok());
}

#[test]
fn a_browser_holds_five_and_the_oldest_go_first() {
    let (site, mut browser) = (site(), Browser::default());
    let mut ids = Vec::new();
    for number in 0..8 {
        site.clock.advance(Duration::from_secs(1));
        ids.push(browser.begin(&site));
        assert_eq!(browser.open(), (number + 1).min(5));
    }
    for (number, id) in ids.iter().enumerate() {
        assert_eq!(browser.finish(&site, id).is_ok(), number >= 3, "{number}");
    }
}

#[test]
fn a_state_that_does_not_fit_is_an_error() {
    let site = site();
    let begin = |length: usize| {
        let state = Asked { who: "x".repeat(length), code: 0 };
        site.passkeys.begin([""], NoSession, &state)
    };
    let most = (2_000..4_000).rev().find(|&length| begin(length).is_ok()).unwrap();
    let line = begin(most).unwrap();
    let used = line.set_cookies().next().unwrap().as_str().len();
    // Room is kept for the longest Max-Age, of five digits more than 600 has. A block of padding is 22 characters at most.
    assert!((4_075..=4_096).contains(&(used + 5)), "{used}");
    let Err(CeremonyError::Session(SessionError::TooLarge { used, limit, data })) = begin(most + 1)
    else {
        panic!("{:?}", begin(most + 1))
    };
    assert!(used > limit && limit == 4_096 && data > most, "{used} {data}");
}

#[test]
fn what_would_come_back_as_something_else_is_not_sealed() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Skips {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        code: Option<u32>,
        left: bool,
    }
    let site = site();
    let built = site.shop.ceremony::<Skips>("skips").build();
    assert!(
        built.is_err() || {
            let begun = built.unwrap().begin([""], NoSession, &Skips { code: None, left: true });
            matches!(begun, Err(CeremonyError::Session(_)))
        }
    );
    // Another shape of the state is refused, and stays for the nodes that know it.
    let mut browser = Browser::default();
    let id = browser.begin(&site);
    let newer = application(&site.keys, &site.clock).ceremony::<(String, u64)>("passkey").build();
    let refused = newer.unwrap().finish([browser.line()], NoSession, &id).unwrap_err();
    assert!(matches!(refused.reason(), CeremonyError::Refused(OpenError::UnknownShape { .. })));
    assert_eq!(refused.removal(), None);
}

#[test]
fn a_session_that_starts_with_the_ceremony_is_the_one_that_the_browser_brings_back() {
    let (site, mut browser) = (site(), Browser::default());
    let slot = browser.slot(&site);
    let session = slot.get_or_start().unwrap();
    for by_slot in [true, false] {
        let mut browser = browser.clone();
        let begun = if by_slot {
            site.passkeys.begin([browser.line()], &slot, &ada())
        } else {
            site.passkeys.begin([browser.line()], &session, &ada())
        };
        let begun = begun.unwrap();
        begun.set_cookies().for_each(|line| browser.take(line));
        // Without its session it is nobody's.
        let refused = browser.clone().finish(&site, begun.id());
        assert_eq!(refused, Err(CeremonyError::OtherSession));
    }
    let begun = site.passkeys.begin([browser.line()], &slot, &ada()).unwrap();
    browser.commit(&slot);
    begun.set_cookies().for_each(|line| browser.take(line));
    assert_eq!(browser.finish(&site, begun.id()), Ok(ada()));
    assert_eq!(browser.0.len(), 1, "the session stays");
}

#[test]
fn a_refresh_of_the_session_changes_nothing_and_a_renewal_before_the_beginning_counts() {
    let (site, mut browser) = (site(), Browser::default());
    browser.log_in(&site, 7);
    let slot = browser.slot(&site);
    let mut session = slot.get().unwrap();
    session.renew().unwrap();
    let begun = site.passkeys.begin([browser.line()], &slot, &ada()).unwrap();
    browser.commit(&slot);
    begun.set_cookies().for_each(|line| browser.take(line));
    let slot = browser.slot(&site);
    slot.get().unwrap().touch().unwrap();
    browser.commit(&slot);
    assert_eq!(browser.finish(&site, begun.id()), Ok(ada()));
}

#[test]
fn settings_are_checked_when_they_are_built() {
    type Set = fn(CeremonyBuilder<Asked>) -> CeremonyBuilder<Asked>;
    let built = |name: &str, set: Set| {
        let site = site();
        set(site.shop.ceremony(name)).build().err().map(|error| error.to_string())
    };
    let label =
        |name: &str| Some(format!("ceremony name {name:?}: use 1 to 64 of A-Z a-z 0-9 . _ -"));
    assert_eq!(built("other", |b| b), None);
    assert_eq!(built("a b", |b| b), label("a b"));
    assert_eq!(built("", |b| b), label(""));
    let timeout = "a timeout is at least one second and under 2^39 seconds";
    assert_eq!(built("other", |b| b.lifetime(Duration::ZERO)).as_deref(), Some(timeout));
    let secure =
        "browsers require Secure with SameSite=None: keep Secure, or choose another SameSite";
    let plain = |b: CeremonyBuilder<Asked>| b.same_site(SameSite::None).danger_plain_http();
    assert_eq!(built("other", plain).as_deref(), Some(secure));
    let twice = "ceremonies or log-in flows of application \"shop\" with cookies \"__Host-shop~passkey-\" were built already: build them once and clone them; or give the others another name, or a .cookie_prefix(…)";
    assert_eq!(built("passkey", |b| b).as_deref(), Some(twice));
    assert_eq!(built("passkey", |b| b.cookie_prefix("__Host-other-")), None);
    // One prefix must not be the beginning of another.
    assert!(built("pass", |b| b.cookie_prefix("__Host-shop~pass")).is_some());
    assert!(built("passkey-2", |b| b).is_some());
    assert!(built("login", |b| b).is_none());
}

#[test]
fn attributes_are_as_they_were_chosen() {
    let site =
        site_with(|_, builder| builder.lifetime(Duration::from_secs(90)).same_site(SameSite::None));
    let line = |begun: &Begun| begun.set_cookies().next().unwrap().as_str().to_owned();
    let begun = site.passkeys.begin([""], NoSession, &ada()).unwrap();
    assert!(line(&begun).ends_with("; Path=/; HttpOnly; Secure; SameSite=None; Max-Age=90"));
    let plain = site.shop.ceremony::<u8>("plain").danger_plain_http().build().unwrap();
    let begun = plain.begin([""], NoSession, &1).unwrap();
    assert!(line(&begun).starts_with("shop~plain-"), "{}", line(&begun));
    assert_eq!(plain.cookie_prefix(), "shop~plain-");
}

#[test]
fn debug_shows_no_secret() {
    let site = site();
    let begun = site.passkeys.begin([""], NoSession, &ada()).unwrap();
    let line = begun.set_cookies().next().unwrap();
    let sent_back = format!("{}={}", line.name(), line.value());
    let (_, removal) = site.passkeys.finish([sent_back], NoSession, begun.id()).unwrap();
    let shown = format!("{begun:?} {removal:?} {:?}", site.passkeys);
    assert!(!shown.contains(&begun.id()[8..]) && !shown.contains(line.value()), "{shown}");
    assert!(shown.contains("__Host-shop~passkey-"), "{shown}");
    let builder = format!("{:?}", site.shop.ceremony::<u8>("other"));
    assert!(builder.contains("shop") && builder.contains("other"), "{builder}");
}
