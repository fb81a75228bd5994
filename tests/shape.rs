//! `assert_shape` and real sessions against the changes that people make: the message, and carrying over a changed session.
#![cfg(feature = "testing")]
#![allow(dead_code, reason = "what is skipped is never read")]

#[path = "shape/changes.rs"]
mod changes;

use std::any::type_name;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::CString;
use std::num::{NonZeroU32, NonZeroU64};
use std::panic::{AssertUnwindSafe, catch_unwind};

use hardtack::keys::Keys;
use hardtack::testing::{assert_shape, shape};
use hardtack::{
    Application, Class, Key, OpenError, SessionCookie, SessionCookieBuilder, SessionData, Timestamp,
};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

fn keys() -> Keys {
    Key::generate().unwrap().into()
}

/// A release of the application: it knows no other cookie.
fn release<T: SessionData>(keys: &Keys) -> SessionCookieBuilder<T> {
    Application::new("shop", keys).unwrap().session()
}

#[track_caller]
fn cookie<T: SessionData>() -> SessionCookie<T> {
    release(&keys()).build().unwrap()
}

#[track_caller]
fn shape_of<T: SessionData>() -> String {
    shape(&cookie::<T>())
}

/// What `assert_shape` panics with.
#[track_caller]
fn message<T: SessionData>(cookie: &SessionCookie<T>, number: &str) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| assert_shape(cookie, number))).unwrap_err();
    *panic.downcast::<String>().unwrap()
}

/// The number that the message tells to write.
#[track_caller]
fn number<T: SessionData>(cookie: &SessionCookie<T>) -> String {
    let message = message(cookie, "");
    let call = "assert_shape(&cookie, \"";
    let at = message.find(call).expect("the message has the call") + call.len();
    let number = &message[at..at + 6];
    assert!(number.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f')), "{number}");
    number.to_owned()
}

/// The number of the sessions that `cookie` seals.
fn sealed_number<T: SessionData>(cookie: &SessionCookie<T>) -> u32 {
    cookie.new_claims(Class::Standard, NOW).unwrap().schema()
}

/// Numbers of shapes are in other people's sessions and tests. If one of these changes, a release logs everybody out. So the text
/// of a shape, and how the number is computed from it, must stay as they are. Both were made with `sha256sum`, as docs/shape.md
/// describes.
#[test]
fn a_number_is_for_ever() {
    #[derive(Serialize, Deserialize)]
    struct Session {
        user: Option<(NonZeroU64, String)>,
        roles: Vec<Role>,
        flags: [bool; 8],
        seen: BTreeMap<String, Seen>,
    }
    #[derive(Serialize, Deserialize)]
    enum Role {
        Guest,
        Member(u32),
        Admin { since: u64, by: Option<Box<Role>> },
    }
    #[derive(Serialize, Deserialize)]
    struct Seen(u64);

    let text = "struct {
  user: option<(u64, string)>
  roles: seq<#1 enum {
    0 Guest
    1 Member(u32)
    2 Admin {
      since: u64
      by: option<#1>
    }
  }>
  flags: (bool; 8)
  seen: map<string, u64>
}
";
    assert_eq!(shape_of::<Session>(), text);
    assert_shape(&cookie::<Session>(), "b93955");
    let revised = release::<Session>(&keys()).revision(1).build().unwrap();
    assert_shape(&revised, "33063c");
    assert_eq!(shape(&revised), text);
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Old {
    id: u64,
    shop: u64,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct New {
    shop: u64,
    id: u64,
}

#[test]
fn the_message_says_what_to_do() {
    let cookie = |revision: u32| release::<Old>(&keys()).revision(revision).build().unwrap();
    let (this, next) = (number(&cookie(0)), number(&cookie(1)));
    assert_ne!(this, next);
    let expected = format!(
        "sessions of `shape::Old` have shape {this} and not \"012345\": with this release, all sessions that are open end.

To carry them over, keep the old type in the source, under any name, until the longest absolute timeout is over:
    .upgrade(|old: Old| shape::Old {{ … }})
In a fleet, where nodes change one after another, let the release before this one read the new shape:
    .reads_newer(|new: New| shape::Old {{ … }})
Then write
    assert_shape(&cookie, \"{this}\")

The shape is now:
struct {{
  id: u64
  shop: u64
}}
"
    );
    assert_eq!(message(&cookie(0), "012345"), expected);
    // Of a test that is new.
    let expected = format!(
        "sessions of `shape::Old`: write
    assert_shape(&cookie, \"{this}\")

The shape is:
struct {{
  id: u64
  shop: u64
}}
"
    );
    assert_eq!(message(&cookie(0), ""), expected);
    // What the message recommends leads to a test that passes.
    assert_shape(&cookie(0), &this);
    assert_shape(&cookie(1), &next);
    // The revision is part of the number: you cannot raise or forget one without the other.
    message(&cookie(1), &this);
    message(&cookie(0), &next);
    // One number has one spelling.
    message(&cookie(0), &this.to_uppercase());
    message(&cookie(0), &format!("0x{this}"));
}

/// A cookie that is numbered by hand has that number; the message still says what the shape is.
#[test]
fn a_number_given_by_hand_is_the_cookies() {
    let numbered = release::<Old>(&keys()).schema(7).build().unwrap();
    assert_shape(&numbered, "000007");
    assert_eq!(sealed_number(&numbered), 7);
    assert_eq!(shape(&numbered), shape_of::<Old>());
    message(&numbered, &number(&cookie::<Old>()));
}

/// Integers as wide as the machine's addresses.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Machine {
    count: usize,
    offset: isize,
    places: Vec<usize>,
    part: Part,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Part {
    Whole,
    At(usize),
    Between { from: isize, to: isize },
}

/// The number was computed from docs/shape.md, the token by tests/vectors/reference.py: neither came from running this code.
#[test]
fn a_session_is_the_same_on_every_machine() {
    let key: Key = "htk1_xaiO7PboOfwycrSJZAHhcdjA-15pjNSUv3UQjHi5W0HJ4p_L".parse().unwrap();
    let token = "AgEXKHzbR7VHAGtJAE9oPcD_7gARIjNEVWZ3iJmqu8wAa0nSANIAAGtJ2QiA0KzzDv_PrPMOAwCAAYCABAIBgNCs8w4MAZCcohe1WrCxmpSEDcVr_i0on90NcTIaO2bgABHurw";
    let cookie = release::<Machine>(&key.into()).signed().build().unwrap();
    assert_shape(&cookie, "4f683d");
    let opened = cookie.open([token.as_bytes()], NOW).unwrap().expect("a session");
    let session = Machine {
        count: 4_000_000_000,
        offset: -2_000_000_000,
        places: vec![0, 128, 65_536],
        part: Part::Between { from: -1, to: 2_000_000_000 },
    };
    assert_eq!(opened.data, session);
    let again = cookie.seal(&session, &opened.claims, NOW).unwrap();
    assert_eq!(again.value(), token);
}

#[test]
fn a_number_too_large_for_the_machine_is_refused() {
    #[derive(Serialize, Deserialize)]
    struct Wide {
        count: u64,
    }
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Narrow {
        count: usize,
    }
    let keys = keys();
    let wide = release::<Wide>(&keys).build().unwrap();
    let narrow = release::<Narrow>(&keys).build().unwrap();
    for count in [u64::from(u32::MAX), 1 << 32, (1 << 32) + 7, u64::MAX] {
        let claims = wide.new_claims(Class::Standard, NOW).unwrap();
        let sealed = wide.seal(&Wide { count }, &claims, NOW).unwrap();
        let opened = narrow.open([sealed.value().as_bytes()], NOW);
        let opened = opened.map(|session| session.expect("a session").data.count);
        assert_eq!(opened, usize::try_from(count).map_err(|_| OpenError::BadPayload));
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Cart {
    lines: Vec<Line>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Number(u64),
    Text(String),
}

#[test]
fn a_type_that_cannot_be_traced_says_what_to_do_instead() {
    let expected = format!(
        "sessions of {}: postcard cannot encode the type (at T.lines[], it calls `deserialize_any`, as with flatten, untagged or internally tagged enums, and serde_json::Value): use Codec::Json (feature json)",
        type_name::<Cart>()
    );
    let refused = |builder: SessionCookieBuilder<Cart>| builder.build().unwrap_err().to_string();
    assert_eq!(refused(release(&keys())), expected);
    // Nor is it done with a number: postcard cannot read it.
    assert_eq!(refused(release(&keys()).schema(7)), expected);
}

/// What it says works: JSON sessions have no shape, and number 0.
#[test]
#[cfg(feature = "json")]
fn json_carries_what_postcard_cannot() {
    let carts = release::<Cart>(&keys()).codec(hardtack::Codec::Json).build().unwrap();
    assert_eq!(shape(&carts), "");
    assert_shape(&carts, "000000");
    let slot = carts.slot([""]);
    let lines = || vec![Line::Number(7), Line::Text("seven".to_owned())];
    let started = slot.start(Cart { lines: lines() }).unwrap();
    assert_eq!(started.lines, lines());
}

/// An id that no made-up value can be, because their check digits are wrong.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[derive(Clone)]
struct Checked(u64);

impl TryFrom<String> for Checked {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, &'static str> {
        let (id, sum) = text.split_once('#').ok_or("no check digits")?;
        let id = id.parse().map_err(|_| "no id")?;
        if sum == format!("{:02}", id % 97) { Ok(Self(id)) } else { Err("wrong check digits") }
    }
}

impl From<Checked> for String {
    fn from(Checked(id): Checked) -> Self {
        format!("{id}#{:02}", id % 97)
    }
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Member {
    id: Checked,
    points: u32,
}

#[test]
fn a_type_that_refuses_made_up_values_is_traced_with_a_sample_or_numbered_by_hand() {
    let refused = release::<Member>(&keys()).build().unwrap_err().to_string();
    let expected = format!(
        "sessions of {}: the shape cannot be traced: at T.id, it refuses every made-up value (\"no check digits\"). Pass a value that its parsers accept to .sample(value), use Codec::Json (feature json), or number the shape yourself with .schema(n)",
        type_name::<Member>()
    );
    assert_eq!(refused, expected);
    let member = |id| Member { id: Checked(id), points: 5 };
    let start = |cookie: &SessionCookie<Member>| {
        let slot = cookie.slot([""]);
        assert_eq!(*slot.start(member(8_888)).unwrap(), member(8_888));
    };
    let numbered = release::<Member>(&keys()).schema(1).build().unwrap();
    assert_eq!(shape(&numbered), "");
    assert_shape(&numbered, "000001");
    start(&numbered);
    // What the sample means is no part of the shape.
    for id in [0, 1, 7_654_321] {
        let sampled = release::<Member>(&keys()).sample(member(id)).build().unwrap();
        assert_eq!(shape(&sampled), "struct {\n  id: string\n  points: u32\n}\n");
        assert_eq!(number(&sampled), number(&cookie::<Plain>()));
        start(&sampled);
    }
    #[derive(Serialize, Deserialize)]
    struct Plain {
        id: String,
        points: u32,
    }
}

#[test]
#[cfg(feature = "json")]
fn values_have_a_shape() {
    assert_eq!(shape_of::<hardtack::Values>(), "map<string, string>\n");
}

#[test]
fn a_changed_session_is_noticed_and_brought_over() {
    // Each release is an application with the same keys.
    let keys = keys();
    let before = release::<Old>(&keys).build().unwrap();
    let deployed = number(&before);
    let claims = before.new_claims(Class::Standard, NOW).unwrap();
    let sealed = before.seal(&Old { id: 7, shop: 9 }, &claims, NOW).unwrap();
    let open = |sessions: &SessionCookie<New>| {
        let opened = sessions.open([sealed.value().as_bytes()], NOW);
        opened.map(|opened| opened.unwrap().data)
    };

    // The fields change places, and nobody adapts the code: old sessions are refused, not misread. The test says so beforehand.
    let careless = release::<New>(&keys).build().unwrap();
    let (found, written) = (sealed_number(&before), sealed_number(&careless));
    assert_eq!(open(&careless), Err(OpenError::UnknownShape { found, written }));
    let message = message(&careless, &deployed);
    let next = number(&careless);
    assert!(message.contains(&format!("have shape {next} and not \"{deployed}\"")), "{message}");
    assert!(message.contains(".upgrade(|old: Old| shape::New { … })"), "{message}");

    // What the message says: half, as the number alone, and whole.
    assert_shape(&careless, &next);
    let careful = release::<New>(&keys)
        .upgrade(|old: Old| New { shop: old.shop, id: old.id })
        .build()
        .unwrap();
    assert_shape(&careful, &next);
    assert_eq!(open(&careful), Ok(New { shop: 9, id: 7 }));

    // And from the other side, in a fleet: the release before reads what this one writes, and writes its own shape.
    let ahead = release::<Old>(&keys)
        .reads_newer(|new: New| Old { id: new.id, shop: new.shop })
        .build()
        .unwrap();
    assert_shape(&ahead, &deployed);
    let claims = careful.new_claims(Class::Standard, NOW).unwrap();
    let sealed = careful.seal(&New { shop: 9, id: 7 }, &claims, NOW).unwrap();
    let opened = ahead.open([sealed.value().as_bytes()], NOW).unwrap().unwrap();
    assert_eq!(opened.data, Old { id: 7, shop: 9 });
}
