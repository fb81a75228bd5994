//! The types whose shape numbers are golden, each with a value that is sealed.

use std::fmt::Debug;

use hardtack::testing::{ManualClock, request_cookie, shape};
use hardtack::{Application, Class, Key, SessionCookieBuilder, SessionData, Timestamp};

mod canaries;
mod derived;
mod refused;
mod standard;

pub use refused::{Refused, refused};

/// What a type has today.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// As it is written in golden.txt.
    pub name: String,
    /// Six hexadecimal digits.
    pub number: String,
    /// The shape as text.
    pub text: String,
}

/// The types whose numbers never change: std's, and what serde derives.
pub fn fixed() -> Vec<Shape> {
    [standard::shapes(), derived::shapes()].concat()
}

/// Types of other crates, whose authors may change how they are written.
pub fn canaries() -> Vec<Shape> {
    canaries::shapes()
}

/// As files: golden.txt, and the texts that its numbers are made of.
pub fn files() -> (String, String) {
    let (mut golden, mut texts) = (String::new(), String::new());
    for (title, shapes) in [("fixed for good", fixed()), ("canaries", canaries())] {
        golden += &format!("# {title}\n");
        for Shape { name, number, text } in shapes {
            golden += &format!("{name} {number}\n");
            texts += &format!("== {name}\n{text}");
        }
    }
    (golden, texts)
}

/// Builds the cookie, seals `value`, and takes the number from the cookie that came of it.
fn sealed<T: SessionData + Debug>(
    name: &str,
    value: T,
    settings: impl FnOnce(SessionCookieBuilder<T>) -> SessionCookieBuilder<T>,
) -> Shape {
    let now = Timestamp::from_secs(1_800_000_000);
    let shop = Application::builder("shop", Key::generate().unwrap());
    let shop = shop.clock(ManualClock::at(now)).build().unwrap();
    let built = settings(shop.session::<T>()).build();
    let cookie = built.unwrap_or_else(|error| panic!("{name}: {error}"));
    let said = format!("{value:?}");
    let slot = cookie.slot([""]);
    slot.start(value).unwrap_or_else(|error| panic!("{name}: {error}"));
    let session = slot.get().expect("a session was started");
    let line = request_cookie(&cookie, Class::Standard, &*session).unwrap();
    let opened = cookie.open(cookie.find(line.as_bytes()), now).unwrap();
    let opened = opened.expect("the line has the session");
    assert_eq!(format!("{:?}", opened.data), said, "{name} came back as another value");
    let schema = opened.claims.schema();
    Shape { name: name.to_owned(), number: format!("{schema:06x}"), text: shape(&cookie) }
}

/// `Type = value`, and perhaps what else its cookie is built with.
macro_rules! shapes {
    ($($type:ty = $value:expr $(, $($settings:ident($argument:expr)),+)?;)*) => {
        pub(crate) fn shapes() -> Vec<$crate::Shape> {
            vec![$({
                let name = concat!(stringify!($type) $($(, " ", stringify!($settings), " ", stringify!($argument))+)?);
                $crate::sealed::<$type>(name, $value, |builder| builder $($(.$settings($argument))+)?)
            }),*]
        }
    };
}
use shapes;
