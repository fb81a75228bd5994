//! What `start` accepts comes back. For types that write differently than they read, every value is refused or comes back the
//! same. And whatever a `Serialize` writes, an accepted value is read as it was written, value by value.

#![no_main]

use std::fmt::Debug;
use std::sync::OnceLock;

use arbitrary::Arbitrary;
use hardtack::testing::{Change, Head, change};
use hardtack::{Application, Key, SessionCookie, SessionData, SessionError, SetupError};
use libfuzzer_sys::fuzz_target;

#[path = "shape/bent.rs"]
mod bent;
#[path = "shape/node.rs"]
mod node;
#[path = "shape/zoo.rs"]
mod zoo;

use bent::{Bent, Edit, Target};
use node::Node;
use zoo::*;

#[derive(Arbitrary, Debug)]
enum Input {
    Plain(Plain),
    Skips(Skips),
    Otherwise(Otherwise),
    Wide(Wide),
    ByHand(ByHand),
    Lying(Lying),
    Lengths(Lengths),
    Omits(Omits),
    Folded(Folded),
    Halved(Halved),
    Emptied(Emptied),
    Recursive(Recursive),
    NotBuilt,
    Bent(Target, Vec<Edit>),
}

type Built<T> = OnceLock<Result<SessionCookie<T>, SetupError>>;

fn build<T: SessionData>() -> Result<SessionCookie<T>, SetupError> {
    let fuzz = Application::new("fuzz", Key::generate().unwrap()).unwrap();
    fuzz.session::<T>().build()
}

/// The value that comes back, if it was accepted.
fn back<T: SessionData>(cookie: &SessionCookie<T>, value: T) -> Option<T> {
    let slot = cookie.slot([""]);
    match slot.start(value) {
        Ok(_) => {}
        Err(
            SessionError::WrittenOtherwise(_)
            | SessionError::Encode
            | SessionError::NotFaithful
            | SessionError::TooLarge { .. },
        ) => return None,
        Err(other) => panic!("{other}"),
    }
    let mut head = Head::new(200);
    slot.commit(&mut head).unwrap();
    match change(cookie, head.all("set-cookie")).unwrap() {
        Change::Set(opened) => Some(opened.data),
        other => panic!("{other:?}"),
    }
}

/// Types that can be built: each value is refused or comes back.
macro_rules! law {
    ($type:ty, $value:expr) => {{
        static COOKIE: Built<$type> = OnceLock::new();
        let cookie = COOKIE.get_or_init(build).as_ref().expect("the type is built");
        let value = $value;
        if let Some(back) = back(cookie, value.clone()) {
            assert_eq!(back, value);
        }
    }};
}

/// Types that cannot be built.
macro_rules! not_built {
    ($($type:ty),*) => {{$(
        assert!({
            static COOKIE: Built<$type> = OnceLock::new();
            COOKIE.get_or_init(build).is_err()
        }, "{} is built", stringify!($type));
    )*}};
}

fuzz_target!(|input: Input| {
    match input {
        Input::Plain(value) => law!(Plain, value),
        Input::Skips(value) => law!(Skips, value),
        Input::Otherwise(value) => law!(Otherwise, value),
        Input::Wide(value) => law!(Wide, value),
        Input::ByHand(value) => law!(ByHand, value),
        Input::Lying(value) => law!(Lying, value),
        Input::Lengths(value) => law!(Lengths, value),
        Input::Omits(value) => law!(Omits, value),
        Input::Folded(value) => law!(Folded, value),
        Input::Halved(value) => law!(Halved, value),
        Input::Emptied(value) => law!(Emptied, value),
        Input::Recursive(value) => law!(Recursive, value),
        Input::NotBuilt => not_built!(Crossed, Renamed, Plan, Swapped, Texts),
        Input::Bent(target, edits) => {
            static COOKIE: Built<Bent> = OnceLock::new();
            let cookie = COOKIE.get_or_init(build).as_ref().expect("the type is built");
            let is_straight = edits.is_empty();
            let mut node = Node::of(&target);
            edits.into_iter().for_each(|edit| edit.apply(&mut node));
            let written = node.wire();
            match back(cookie, Bent { target, node: Some(node) }) {
                Some(back) => assert_eq!(Node::of(&back.target).wire(), written),
                None => assert!(!is_straight || written.len() > 100, "refused as it is"),
            }
        }
    }
});
