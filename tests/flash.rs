//! Flash messages: what a request pushes, and which response takes it.
#![cfg(feature = "testing")]

use std::sync::Barrier;
use std::time::Duration;

use hardtack::flash::{Flash, FlashLevel, FlashMessage};
use hardtack::keys::Keys;
use hardtack::testing::{Head, ManualClock};
use hardtack::{
    Application, Class, Key, OpenError, SessionCookie, SessionError, SessionSlot, Timestamp,
};

const T: u64 = 1_800_000_000;
const REMOVAL: &str = "__Host-shop~flash=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0; \
                       Expires=Thu, 01 Jan 1970 00:00:00 GMT";

/// A browser with its site, as far as the flash cookie goes.
struct Browser {
    clock: ManualClock,
    cookie: SessionCookie<Flash>,
    line: Option<String>,
}

impl Browser {
    fn new() -> Self {
        let clock = ManualClock::at(Timestamp::from_secs(T));
        let shop = Application::builder("shop", Key::generate().unwrap()).clock(clock.clone());
        let cookie = shop.build().unwrap().flash().build().unwrap();
        Self { clock, cookie, line: None }
    }

    fn slot(&self) -> SessionSlot<Flash> {
        self.cookie.slot(self.line.as_ref())
    }

    /// The `Set-Cookie` lines of the response of this status, which the browser keeps.
    fn answer(&mut self, slot: &SessionSlot<Flash>, status: u16) -> Vec<String> {
        let mut head = Head::new(status);
        slot.commit(&mut head).unwrap();
        let lines: Vec<_> = head.all("set-cookie").map(str::to_owned).collect();
        for line in &lines {
            let removes = line.contains("; Max-Age=0");
            self.line = (!removes).then(|| line.split(';').next().unwrap().to_owned());
        }
        lines
    }

    /// A request that pushes this, answered with a redirect.
    fn say(&mut self, text: &str) {
        let slot = self.slot();
        slot.push(FlashLevel::Info, text).unwrap();
        self.answer(&slot, 303);
    }

    /// The waiting messages, seen without taking them.
    fn waiting(&self) -> Vec<String> {
        self.slot().get().map(|flash| texts(flash.messages())).unwrap_or_default()
    }
}

fn texts(messages: &[FlashMessage]) -> Vec<String> {
    messages.iter().map(|message| message.text.clone()).collect()
}

#[test]
fn messages_are_shown_once_and_in_order() {
    let mut browser = Browser::new();
    let slot = browser.slot();
    slot.push(FlashLevel::Success, "saved").unwrap();
    slot.push(FlashLevel::Warning, "but look here").unwrap();
    let lines = browser.answer(&slot, 303);
    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("__Host-shop~flash="));
    assert!(lines[0].ends_with("; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=600"));
    browser.say("and this");

    let slot = browser.slot();
    let taken = slot.take().unwrap();
    assert_eq!(texts(&taken), ["saved", "but look here", "and this"]);
    let levels: Vec<_> = taken.iter().map(|message| message.level.to_string()).collect();
    assert_eq!(levels, ["success", "warning", "info"]);
    assert_eq!(slot.take().unwrap(), [], "taken already");
    assert_eq!(browser.answer(&slot, 200), [REMOVAL]);
    assert_eq!(browser.line, None);
    assert_eq!(browser.slot().take().unwrap(), []);
}

#[test]
fn a_page_without_messages_sets_nothing() {
    let mut browser = Browser::new();
    let slot = browser.slot();
    assert_eq!(slot.take().unwrap(), []);
    assert_eq!(browser.answer(&slot, 200), [""; 0]);
    // Said and taken in one request: nothing to keep, nothing to remove.
    let slot = browser.slot();
    slot.push(FlashLevel::Info, "now").unwrap();
    assert_eq!(texts(&slot.take().unwrap()), ["now"]);
    assert_eq!(browser.answer(&slot, 200), [""; 0]);
}

#[test]
fn looking_takes_nothing() {
    let mut browser = Browser::new();
    browser.say("here");
    let slot = browser.slot();
    assert_eq!(texts(slot.get().unwrap().messages()), ["here"]);
    assert_eq!(browser.answer(&slot, 200), [""; 0]);
    assert_eq!(browser.waiting(), ["here"]);
}

#[test]
fn a_server_error_changes_nothing() {
    for (status, stays) in [
        (200, false),
        (303, false),
        (404, false),
        (499, false),
        (500, true),
        (503, true),
        (599, true),
    ] {
        let mut browser = Browser::new();
        browser.say("first");
        let slot = browser.slot();
        assert_eq!(texts(&slot.take().unwrap()), ["first"]);
        assert_eq!(browser.answer(&slot, status).is_empty(), stays, "{status}");
        let expected: &[&str] = if stays { &["first"] } else { &[] };
        assert_eq!(browser.waiting(), expected, "{status}");
    }
    let mut browser = Browser::new();
    let slot = browser.slot();
    slot.push(FlashLevel::Error, "never said").unwrap();
    assert_eq!(browser.answer(&slot, 500), [""; 0]);
}

#[test]
fn what_is_said_after_taking_is_for_the_next_page() {
    let mut browser = Browser::new();
    browser.say("old");
    let slot = browser.slot();
    assert_eq!(texts(&slot.take().unwrap()), ["old"]);
    slot.push(FlashLevel::Info, "new").unwrap();
    assert_eq!(browser.answer(&slot, 200).len(), 1);
    assert_eq!(browser.waiting(), ["new"]);
    // The same words again are still one message.
    let slot = browser.slot();
    slot.take().unwrap();
    slot.push(FlashLevel::Info, "new").unwrap();
    browser.answer(&slot, 200);
    assert_eq!(browser.waiting(), ["new"]);
}

#[test]
fn a_message_that_does_not_fit_leaves_those_that_wait() {
    let mut browser = Browser::new();
    browser.say(&"a".repeat(1_000));
    let slot = browser.slot();
    slot.push(FlashLevel::Info, "b".repeat(1_000)).unwrap();
    match slot.push(FlashLevel::Info, "c".repeat(1_000)) {
        Err(SessionError::TooLarge { used, limit: 4_096, data }) => {
            assert!(used > 4_096 && data > 3_000, "{used} {data}");
        }
        other => panic!("{other:?}"),
    }
    browser.answer(&slot, 200);
    assert_eq!(browser.waiting(), ["a".repeat(1_000), "b".repeat(1_000)]);

    // With nothing there yet.
    let mut browser = Browser::new();
    let slot = browser.slot();
    let refused = slot.push(FlashLevel::Info, "x".repeat(5_000));
    assert!(matches!(refused, Err(SessionError::TooLarge { .. })), "{refused:?}");
    assert_eq!(browser.answer(&slot, 200), [""; 0]);
}

#[test]
fn messages_wait_ten_minutes() {
    for (seconds, expected) in [(599, &["here"][..]), (600, &[]), (601, &[])] {
        let mut browser = Browser::new();
        browser.say("here");
        browser.clock.advance(Duration::from_secs(seconds));
        assert_eq!(browser.waiting(), expected, "{seconds}");
    }
}

/// All waiting messages get ten minutes again, so that the last one does not go with the first.
#[test]
fn a_push_begins_the_ten_minutes_anew() {
    for (seconds, waits) in [(599, true), (600, false), (601, false)] {
        let mut browser = Browser::new();
        browser.say("first");
        browser.clock.advance(Duration::from_secs(599));
        let slot = browser.slot();
        slot.push(FlashLevel::Info, "second").unwrap();
        slot.push(FlashLevel::Info, "third").unwrap();
        let lines = browser.answer(&slot, 303);
        assert!(matches!(&lines[..], [line] if line.ends_with("; Max-Age=600")), "{lines:?}");
        browser.clock.advance(Duration::from_secs(seconds));
        let expected: &[&str] = if waits { &["first", "second", "third"] } else { &[] };
        assert_eq!(browser.waiting(), expected, "{seconds}");
    }
}

#[test]
fn of_two_tabs_the_first_page_shows_the_messages() {
    let mut browser = Browser::new();
    browser.say("here");
    let (one, other) = (browser.slot(), browser.slot());
    assert_eq!(texts(&one.take().unwrap()), ["here"]);
    // Sent at the same moment, with the same cookie: shown twice rather than not at all.
    assert_eq!(texts(&other.take().unwrap()), ["here"]);
    browser.answer(&one, 200);
    browser.answer(&other, 200);
    assert_eq!(browser.slot().take().unwrap(), []);

    // Two that say something at once: the later response counts.
    let (one, other) = (browser.slot(), browser.slot());
    one.push(FlashLevel::Info, "one").unwrap();
    other.push(FlashLevel::Info, "other").unwrap();
    browser.answer(&other, 303);
    browser.answer(&one, 303);
    assert_eq!(browser.waiting(), ["one"]);
}

#[test]
fn tasks_of_one_request_lose_nothing_to_each_other() {
    for round in 0..200 {
        let mut browser = Browser::new();
        // Without a cookie, and beside a message that has waited: then the first push begins the ten minutes anew.
        let waited = round % 2 == 1;
        if waited {
            browser.say("waited");
            browser.clock.advance(Duration::from_secs(60));
        }
        let (slot, start) = (browser.slot(), Barrier::new(4));
        std::thread::scope(|scope| {
            for task in 0..4 {
                let (slot, start) = (&slot, &start);
                scope.spawn(move || {
                    start.wait();
                    for number in 0..3 {
                        slot.push(FlashLevel::Info, format!("{task}.{number}")).unwrap();
                    }
                });
            }
        });
        let mut taken = texts(&slot.take().unwrap());
        taken.sort();
        let mut expected: Vec<_> = (0..12).map(|n| format!("{}.{}", n / 3, n % 3)).collect();
        expected.extend(waited.then(|| "waited".to_owned()));
        assert_eq!(taken, expected);
    }
}

#[test]
fn after_the_head_has_gone_out_nothing_is_said_or_taken_in_silence() {
    let mut browser = Browser::new();
    browser.say("here");
    let slot = browser.slot();
    let _ = slot.get();
    browser.answer(&slot, 200);
    assert_eq!(slot.push(FlashLevel::Info, "late"), Err(SessionError::HeadSent));
    assert_eq!(slot.take(), Err(SessionError::HeadSent));
    assert_eq!(browser.waiting(), ["here"]);
    let empty = Browser::new();
    let slot = empty.slot();
    slot.commit(&mut Head::new(200)).unwrap();
    assert_eq!(slot.take(), Ok(Vec::new()), "nothing was there to be taken");
    assert_eq!(slot.push(FlashLevel::Info, "late"), Err(SessionError::HeadSent));
}

#[test]
fn a_cookie_of_another_use_is_no_flash() {
    let ring = Keys::from(Key::generate().unwrap());
    let now = Timestamp::now();
    let build = |app: &str| Application::new(app, &ring).unwrap();
    let flash = build("shop").flash().build().unwrap();
    for (app, name) in
        [("shop", "__Host-shop"), ("blog", "__Host-shop~flash"), ("shop", "__Host-flash")]
    {
        let other = build(app).session::<Flash>().name(name).build().unwrap();
        let sealed = other
            .seal(&Flash::default(), &other.new_claims(Class::Standard, now).unwrap(), now)
            .unwrap();
        let slot = flash.slot([format!("__Host-shop~flash={}", sealed.value())]);
        assert_eq!(slot.open().err(), Some(OpenError::NotAuthentic), "{app} {name}");
        assert_eq!(slot.take().unwrap(), []);
    }
}

#[test]
fn debug_shows_no_text() {
    let mut browser = Browser::new();
    browser.say("secret");
    let session = browser.slot().get().unwrap();
    let shown = format!("{:?} {:?} {session:?}", *session, session.messages());
    assert!(!shown.contains("secret") && shown.contains("Info"), "{shown}");
}

#[test]
fn the_shape_is_the_one_that_is_deployed() {
    let cookie = Browser::new().cookie;
    let shape = hardtack::testing::shape(&cookie);
    let expected = "seq<struct {
  level: enum {
    0 Info
    1 Success
    2 Warning
    3 Error
  }
  text: string
}>
";
    assert_eq!(shape, expected);
    hardtack::testing::assert_shape(&cookie, "a610d3");
}

#[test]
fn debug_shows_how_messages_are_meant_and_not_what_they_say() {
    let browser = Browser::new();
    let slot = browser.slot();
    slot.push(FlashLevel::Warning, "secret").unwrap();
    let flash = slot.get().unwrap();
    let shown = format!("{:?} {:?}", *flash, flash.messages());
    assert_eq!(shown.matches("Warning").count(), 2, "{shown}");
    assert!(!shown.contains("secret"), "{shown}");
}
