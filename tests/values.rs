//! The key-value session, through a slot and its response, in both codecs.
#![cfg(all(feature = "json", feature = "testing"))]

use std::collections::BTreeMap;

use hardtack::testing::{self, Change, Head, ManualClock};
use hardtack::{
    Application, Class, Codec, Key, Session, SessionCookie, SessionError, SessionSlot,
    SessionValues, Timestamp, ValueError, Values,
};
use serde::{Deserialize, Serialize};

const T: u64 = 1_800_000_000;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Item {
    sku: String,
    count: u32,
}

fn item(sku: &str, count: u32) -> Item {
    Item { sku: sku.to_owned(), count }
}

fn sites() -> [SessionCookie<Values>; 2] {
    [Codec::Postcard, Codec::Json]
        .map(|codec| application(Key::generate().unwrap()).session().codec(codec).build().unwrap())
}

fn application(key: Key) -> Application {
    let clock = ManualClock::at(Timestamp::from_secs(T));
    Application::builder("shop", key).clock(clock).build().unwrap()
}

/// The `Cookie` line after a response of this slot, or `line` where it sets nothing.
#[track_caller]
fn next(cookie: &SessionCookie<Values>, slot: &SessionSlot<Values>, line: &str) -> String {
    let mut head = Head::new(200);
    slot.commit(&mut head).unwrap();
    match testing::change(cookie, head.all("set-cookie")).unwrap() {
        Change::Set(_) => {
            let set = head.all("set-cookie").next().unwrap();
            set.split(';').next().unwrap().to_owned()
        }
        Change::None => line.to_owned(),
        Change::Removed => String::new(),
    }
}

/// Starts with `before`, does `act`, and gives what the next request finds.
#[track_caller]
fn after(
    cookie: &SessionCookie<Values>,
    before: &Values,
    act: impl FnOnce(&mut Session<Values>),
) -> Session<Values> {
    let line = testing::request_cookie(cookie, Class::Standard, before).unwrap();
    let slot = cookie.slot([&line]);
    act(&mut slot.get().unwrap());
    let line = next(cookie, &slot, &line);
    cookie.slot([line]).get().unwrap()
}

fn cart() -> Values {
    let mut values = Values::default();
    values.insert("user", 7).unwrap();
    values.insert("cart", [item("pen", 2), item("ink", 1)]).unwrap();
    values
}

#[test]
fn values_of_all_types_go_from_request_to_request() {
    for cookie in sites() {
        let slot = cookie.slot([""; 0]);
        let mut session = slot.get_or_start().unwrap();
        assert!(session.is_empty());
        session.insert("user", 7u64).unwrap();
        session.insert("name", "Ada \"\u{e9}\"").unwrap();
        session.insert("none", None::<u8>).unwrap();
        session.insert("cart", vec![item("pen", 2)]).unwrap();
        session.insert("price", 12.5).unwrap();
        assert_eq!(session.get("user"), Ok(Some(7u64)), "the handle sees its own writes");
        let line = next(&cookie, &slot, "");
        let session = cookie.slot([line]).get().unwrap();
        assert_eq!(session.get("user"), Ok(Some(7u64)));
        assert_eq!(session.get("name"), Ok(Some("Ada \"\u{e9}\"".to_owned())));
        assert_eq!(session.get("none"), Ok(Some(None::<u8>)));
        assert_eq!(session.get("cart"), Ok(Some(vec![item("pen", 2)])));
        assert_eq!(session.get("price"), Ok(Some(12.5)));
        assert_eq!(session.get::<u64>("missing"), Ok(None));
        let keys: Vec<_> = session.iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["cart", "name", "none", "price", "user"]);
        assert_eq!(session.len(), 5);
    }
}

#[test]
fn each_change_is_kept_and_nothing_else_is() {
    for cookie in sites() {
        let found = after(&cookie, &cart(), |session| {
            session.insert("user", "Ada").unwrap();
        });
        assert_eq!(found.get("user"), Ok(Some("Ada".to_owned())), "the type may change");
        assert_eq!(found.get("cart"), Ok(Some(vec![item("pen", 2), item("ink", 1)])));

        let found = after(&cookie, &cart(), |session| {
            assert_eq!((session.remove("user"), session.remove("user")), (Ok(true), Ok(false)));
        });
        assert_eq!((found.contains_key("user"), found.len()), (false, 1));

        let found = after(&cookie, &cart(), |session| session.clear().unwrap());
        assert!(found.is_empty(), "the session stays, empty");

        let counted = after(&cookie, &cart(), |session| {
            let count = session.update(|values| -> Result<u32, ValueError> {
                let mut cart: Vec<Item> = values.get("cart")?.unwrap_or_default();
                cart[0].count += 1;
                values.insert("cart", &cart)?;
                Ok(cart[0].count)
            });
            assert_eq!(count, Ok(Ok(3)));
        });
        assert_eq!(counted.get::<Vec<Item>>("cart").unwrap().unwrap()[0].count, 3);
    }
}

#[test]
fn the_same_values_again_are_no_change() {
    for cookie in sites() {
        let line = testing::request_cookie(&cookie, Class::Standard, &cart()).unwrap();
        let slot = cookie.slot([&line]);
        let mut session = slot.get().unwrap();
        session.insert("user", 7).unwrap();
        session.remove("missing").unwrap();
        session.remove("cart").unwrap();
        session.insert("cart", [item("pen", 2), item("ink", 1)]).unwrap();
        let mut head = Head::new(200);
        slot.commit(&mut head).unwrap();
        // Removed and put back: the browser's cookie holds just that.
        assert_eq!(head.all("set-cookie").count(), 0);
        let slot = cookie.slot([&line]);
        slot.get().unwrap().insert("user", 7).unwrap();
        let mut head = Head::new(200);
        slot.commit(&mut head).unwrap();
        assert_eq!(head.all("set-cookie").count(), 0);
    }
}

#[test]
fn a_value_of_another_type_is_an_error_and_stays() {
    for cookie in sites() {
        let found = after(&cookie, &cart(), |session| {
            assert_eq!(session.get::<String>("user"), Err(ValueError::Decode));
            assert_eq!(session.get::<u64>("cart"), Err(ValueError::Decode));
            assert_eq!(session.get::<i8>("user"), Ok(Some(7)), "any type that it fits");
        });
        assert_eq!(found.get("user"), Ok(Some(7)));
    }
}

#[test]
fn a_value_that_json_cannot_carry_changes_nothing() {
    for cookie in sites() {
        let found = after(&cookie, &cart(), |session| {
            const REFUSED: SessionError = SessionError::Value(ValueError::Encode);
            let by_bytes = BTreeMap::from([(vec![1u8], 2)]);
            assert_eq!(session.insert("user", by_bytes), Err(REFUSED));
            assert_eq!(session.get("user"), Ok(Some(7)));
        });
        assert_eq!(found.len(), 2);
        assert_eq!(found.get("user"), Ok(Some(7)));
    }
}

#[test]
fn a_value_that_does_not_fit_is_refused_where_it_is_set() {
    for cookie in sites() {
        let found = after(&cookie, &cart(), |session| {
            let room = session.remaining_capacity().unwrap();
            let note = "x".repeat(room + 1);
            let Err(SessionError::TooLarge { used, limit, data }) = session.insert("note", &note)
            else {
                panic!("it fitted");
            };
            assert!(used > limit && limit == 4_096 && data > note.len());
            assert!(!session.contains_key("note"), "the session is as it was");
            // The text, its quotes, the key, and what the codec puts around them: 32 bytes are plenty.
            session.insert("note", "x".repeat(room - 32)).unwrap();
            assert!(session.remaining_capacity().unwrap() < 32);
        });
        assert_eq!(found.len(), 3);
        assert_eq!(found.get("user"), Ok(Some(7)));
    }
}

#[test]
fn handles_of_an_ended_session_answer_so() {
    for cookie in sites() {
        let slot = cookie.slot([""; 0]);
        let mut session = slot.start(cart()).unwrap();
        slot.end().unwrap();
        assert_eq!(session.insert("user", 8), Err(SessionError::Ended));
        assert_eq!(session.remove("user"), Err(SessionError::Ended));
        assert_eq!(session.clear(), Err(SessionError::Ended));
        assert_eq!(session.get("user"), Ok(Some(7)), "reading goes on");
    }
}

#[test]
fn no_value_is_printed() {
    for cookie in sites() {
        let mut values = Values::default();
        values.insert("password", "hunter2").unwrap();
        let slot = cookie.slot([""; 0]);
        let session = slot.start(values).unwrap();
        let texts = [format!("{session:?}"), format!("{:?}", *session), format!("{slot:?}")];
        assert!(!texts.iter().any(|text| text.contains("hunter2")), "{texts:?}");
    }
}

#[test]
fn cookies_of_one_codec_do_not_open_in_the_other_by_chance() {
    type Builder = hardtack::SessionCookieBuilder<Values>;
    let key = Key::generate().unwrap().to_text();
    let release = || -> Builder { application(key.parse().unwrap()).session() };
    let postcard = || release().build().unwrap();
    let json = || release().codec(Codec::Json).build().unwrap();
    let shape = postcard().new_claims(Class::Standard, Timestamp::from_secs(T)).unwrap().schema();
    let ways = [
        // From, to, and to with a reader of the other.
        (postcard(), json(), release().codec(Codec::Json).upgrade(|old: Values| old), [shape, 0]),
        (
            json(),
            postcard(),
            release().upgrade_schema(0, Codec::Json, |old: Values| old),
            [0, shape],
        ),
    ];
    for (old, new, moving, [found, written]) in ways {
        let line = testing::request_cookie(&old, Class::Standard, &cart()).unwrap();
        let refused = new.slot([&line]).open().unwrap_err();
        let expected = format!("unknown shape: {found:06x}, this cookie writes {written:06x}");
        assert_eq!(refused.to_string(), expected);
        // With the reader of the old number, the values are there at once, and move over with the first change.
        let moving = moving.build().unwrap();
        let slot = moving.slot([&line]);
        assert_eq!(slot.get().unwrap().get("user"), Ok(Some(7)));
        assert_eq!(next(&moving, &slot, &line), line);
        let slot = moving.slot([&line]);
        slot.values().insert("user", 8).unwrap();
        let line = next(&moving, &slot, &line);
        assert_eq!(new.slot([&line]).get().unwrap().get("user"), Ok(Some(8)));
        assert_eq!(new.slot([&line]).get().unwrap().len(), 2);
    }
}

/// What another node may take is not replaced by the first value.
#[test]
fn a_session_that_is_refused_here_and_may_be_good_elsewhere_is_not_written_over() {
    for cookie in sites() {
        let other = application(Key::generate().unwrap()).session().build().unwrap();
        let line = testing::request_cookie(&other, Class::Standard, &cart()).unwrap();
        let (slot, session) = request(&cookie, &line);
        assert_eq!(session.get::<u8>("user"), Ok(None));
        assert_eq!(session.insert("user", 8), Err(SessionError::Refused));
        assert_eq!((session.remove("user"), session.clear()), (Ok(false), Ok(())));
        assert_eq!(next(&cookie, &slot, &line), line);
        // Junk is nobody's.
        let (slot, session) = request(&cookie, "__Host-shop=junk");
        session.insert("user", 8).unwrap();
        assert_ne!(next(&cookie, &slot, ""), "");
    }
}

/// The key-value session of a request with this `Cookie` line, and its slot.
fn request(cookie: &SessionCookie<Values>, line: &str) -> (SessionSlot<Values>, SessionValues) {
    let slot = cookie.slot((!line.is_empty()).then_some(line));
    let values = slot.values();
    (slot, values)
}

#[test]
fn a_session_starts_with_its_first_value_and_not_before() {
    for cookie in sites() {
        let (slot, session) = request(&cookie, "");
        assert_eq!(session.get::<u8>("count"), Ok(None));
        assert_eq!(session.remove("count"), Ok(false));
        assert_eq!((session.clear(), session.renew(), session.end()), (Ok(()), Ok(()), Ok(())));
        assert_eq!(next(&cookie, &slot, ""), "", "nothing to write");

        let (slot, session) = request(&cookie, "");
        session.insert("count", 1).unwrap();
        assert_eq!(session.get("count"), Ok(Some(1)));
        assert_eq!(session.clone().get("count"), Ok(Some(1)), "clones are one session");
        let line = next(&cookie, &slot, "");
        let (slot, session) = request(&cookie, &line);
        assert_eq!(session.get("count"), Ok(Some(1)));
        assert_eq!((session.remove("other"), session.insert("count", 1)), (Ok(false), Ok(())));
        assert_eq!(next(&cookie, &slot, &line), line, "no change");
        assert_eq!(session.slot().get().unwrap().claims().class(), Class::Standard);
    }
}

#[test]
fn each_change_of_a_key_value_session_is_kept() {
    for cookie in sites() {
        let line = testing::request_cookie(&cookie, Class::Remembered, &cart()).unwrap();
        let (slot, session) = request(&cookie, &line);
        let id = slot.get().unwrap().claims().session_id();
        session.insert("user", "Ada").unwrap();
        assert_eq!(session.remove("cart"), Ok(true));
        let changed = next(&cookie, &slot, &line);
        let (slot, session) = request(&cookie, &changed);
        let found = slot.get().unwrap();
        assert_eq!((found.claims().class(), found.claims().session_id()), (Class::Remembered, id));
        assert_eq!((session.get("user"), found.len()), (Ok(Some("Ada".to_owned())), 1));

        session.renew().unwrap();
        session.clear().unwrap();
        let renewed = next(&cookie, &slot, &changed);
        let (slot, session) = request(&cookie, &renewed);
        let found = slot.get().unwrap();
        assert!(found.is_empty(), "the session stays, empty");
        assert_ne!(found.claims().session_id(), id);

        session.end().unwrap();
        assert_eq!(session.get::<u8>("user"), Ok(None));
        assert_eq!(next(&cookie, &slot, &renewed), "");
    }
}

#[test]
fn what_is_refused_changes_no_key_value_session() {
    for cookie in sites() {
        let (slot, session) = request(&cookie, "");
        let refused = session.insert("user", BTreeMap::from([(vec![1u8], 2)]));
        assert_eq!(refused, Err(SessionError::Value(ValueError::Encode)));
        assert!(slot.get().is_none(), "nothing has started");
        let long = session.insert("user", "x".repeat(5_000));
        assert!(matches!(long, Err(SessionError::TooLarge { .. })), "{long:?}");

        let line = testing::request_cookie(&cookie, Class::Standard, &cart()).unwrap();
        let (slot, session) = request(&cookie, &line);
        let another = session.get::<String>("user");
        assert_eq!(another, Err(SessionError::Value(ValueError::Decode)));
        assert!(session.insert("user", "x".repeat(5_000)).is_err());
        assert_eq!(session.get("user"), Ok(Some(7)));
        assert_eq!(next(&cookie, &slot, &line), line);
        assert_eq!(session.insert("user", 8), Err(SessionError::HeadSent));
    }
}

#[test]
#[cfg_attr(target_family = "wasm", ignore = "no threads there")]
fn tasks_of_one_request_lose_no_value_to_each_other() {
    for cookie in sites() {
        for _ in 0..20 {
            let (slot, _) = request(&cookie, "");
            std::thread::scope(|scope| {
                for task in 0..4 {
                    let session = slot.values();
                    scope.spawn(move || {
                        for number in 0..3 {
                            session.insert(&format!("{task}.{number}"), number).unwrap();
                        }
                    });
                }
            });
            assert_eq!(slot.get().unwrap().len(), 12);
        }
    }
}
