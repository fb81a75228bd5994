//! Laws of shapes over a zoo of session types: every type that postcard can encode is accepted, what `start` accepts comes back
//! equal, and tracing a shape has a bounded cost.
#![cfg(feature = "testing")]

use std::collections::BTreeMap;
use std::fmt::{Debug, Display};
use std::sync::atomic::{AtomicUsize, Ordering};

use hardtack::testing::{Head, shape};
use hardtack::{Application, Key, SessionCookie, SessionData, SessionError};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use serde::{Deserialize, Deserializer, Serialize};

#[path = "shape_laws/zoo.rs"]
mod zoo;

/// A cookie of an application that knows no other.
#[track_caller]
fn cookie<T: SessionData>() -> SessionCookie<T> {
    Application::new("shop", Key::generate().unwrap()).unwrap().session().build().unwrap()
}

/// A type of the zoo inside others.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Nested<T> {
    maybe: Option<T>,
    list: Vec<T>,
    by_name: BTreeMap<String, T>,
    one_of: OneOf<T>,
    last: bool,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum OneOf<T> {
    Nothing,
    This(T),
    Two(T, u8),
    Named { it: Box<T> },
}

fn nested<T: Debug + 'static>(
    values: BoxedStrategy<T>,
) -> impl Strategy<Value = Nested<T>> + 'static {
    let one_of = prop_oneof![
        Just(()).prop_map(|()| OneOf::Nothing),
        values.clone().prop_map(OneOf::This),
        (values.clone(), any::<u8>()).prop_map(|(it, n)| OneOf::Two(it, n)),
        values.clone().prop_map(|it| OneOf::Named { it: Box::new(it) }),
    ];
    let list = prop::collection::vec(values.clone(), 0..3);
    let by_name = prop::collection::btree_map("[a-z]{0,4}", values.clone(), 0..3);
    (prop::option::of(values), list, by_name, one_of, any::<bool>()).prop_map(
        |(maybe, list, by_name, one_of, last)| Nested { maybe, list, by_name, one_of, last },
    )
}

/// A value of any type, so that the code that runs the tests is compiled once.
trait Value: Debug {
    /// `start` accepts it if it fits, and it comes back from the cookie that is set.
    fn comes_back(self: Box<Self>) -> Result<(), TestCaseError>;
}

impl<T: SessionData + Debug + PartialEq> Value for T {
    fn comes_back(self: Box<Self>) -> Result<(), TestCaseError> {
        let failed = |error: &dyn Display| TestCaseError::fail(error.to_string());
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let cookie = shop.session::<T>().build().map_err(|error| failed(&error))?;
        let slot = cookie.slot([""]);
        let started = match slot.start(*self) {
            Ok(started) => started,
            Err(SessionError::TooLarge { .. }) => return Err(TestCaseError::reject("too large")),
            Err(error) => return Err(failed(&error)),
        };
        let mut head = Head::new(200);
        prop_assert_eq!(slot.commit(&mut head), Ok(()));
        let line = head.all("set-cookie").next().and_then(|line| line.split(';').next());
        let opened = cookie.slot(line).open().map_err(|error| failed(&error))?;
        prop_assert!(opened.expect("a cookie was set").data() == started.data());
        Ok(())
    }
}

#[track_caller]
fn comes_back<T: SessionData + Debug + PartialEq>(values: impl Strategy<Value = T> + 'static) {
    assert_ne!(shape(&cookie::<T>()), "");
    run(values.prop_map(|value| Box::new(value) as Box<dyn Value>).boxed());
}

#[track_caller]
fn run(values: BoxedStrategy<Box<dyn Value>>) {
    let config = Config { cases: 64, failure_persistence: None, ..Config::default() };
    if let Err(error) = TestRunner::new(config).run(&values, Value::comes_back) {
        panic!("{error}");
    }
}

/// Names are not encoded, so such a value would come back. But if two fields of one type swap names, or each is skipped in one
/// direction, only the names can tell. They must be the same in both directions, or the type is refused. Variants are told apart
/// by their numbers.
#[test]
fn fields_renamed_by_direction_are_refused() {
    #[track_caller]
    fn refused<T: SessionData>(misfit: &str) {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let error = shop.session::<T>().build().map(drop).unwrap_err().to_string();
        let expected = format!(
            "sessions of {}: {misfit}, so they would come back as different data: remove the serde attribute that causes it, or use Codec::Json (feature json)",
            std::any::type_name::<T>()
        );
        assert_eq!(error, expected);
    }
    #[derive(Serialize, Deserialize)]
    struct Written {
        #[serde(rename(serialize = "number"))]
        id: u64,
    }
    #[derive(Serialize, Deserialize)]
    struct Read {
        id: u64,
        #[serde(rename(deserialize = "name"))]
        label: String,
    }
    #[derive(Serialize, Deserialize)]
    struct Exchanged {
        #[serde(rename(serialize = "b"))]
        a: u64,
        #[serde(rename(serialize = "a"))]
        b: u64,
    }
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all(serialize = "camelCase"))]
    struct All {
        user_id: u64,
    }
    let name = "is read where another name is written (a rename or a skip for one direction only)";
    let place =
        "is read but not written in its place (another order, or a skip for one direction only)";
    refused::<Written>(&format!("T.id {name}"));
    refused::<Read>(&format!("T.name {name}"));
    refused::<Exchanged>(&format!("T.a {place}"));
    refused::<(u8, Option<All>)>(&format!("T.1.user_id {name}"));
}

/// Counts how often it is read.
#[derive(Serialize)]
#[serde(transparent)]
struct Counted<T, const OF: usize>(T);

static READ: [AtomicUsize; 2] = [const { AtomicUsize::new(0) }; 2];

impl<'de, T: Deserialize<'de>, const OF: usize> Deserialize<'de> for Counted<T, OF> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        READ[OF].fetch_add(1, Ordering::Relaxed);
        T::deserialize(deserializer).map(Self)
    }
}

#[derive(Serialize, Deserialize)]
enum Twenty {
    A,
    B(u8),
    C { a: String, b: bool },
    D(u16, char),
    E,
    F,
    G(Option<u64>),
    H,
    I,
    J(Vec<String>),
    K,
    L,
    M,
    N { at: u64 },
    O,
    P,
    Q(i32),
    R,
    S,
    T,
}

macro_rules! fields {
    ($($name:ident)*) => {
        #[derive(Serialize, Deserialize)]
        struct Thirty {
            $($name: Counted<Twenty, 1>,)*
        }
    };
}

fields! { a b c d e f g h i j k l m n o p q r s t u v w x y z aa ab ac ad }

/// Each run shows one more variant of every field: the variants add up, they do not multiply.
#[test]
fn thirty_fields_of_twenty_variants_are_traced_in_as_many_runs_as_there_are_variants() {
    let read = || [0, 1].map(|of| READ[of].load(Ordering::Relaxed));
    let first = cookie::<Counted<Thirty, 0>>();
    let [runs, fields] = read();
    assert!((20..=22).contains(&runs), "{runs}");
    assert!((600..=660).contains(&fields), "{fields}");
    // It is traced once a process.
    let second = cookie::<Counted<Thirty, 0>>();
    assert_eq!(read(), [runs, fields]);
    assert_eq!(shape(&first), shape(&second));
    assert_eq!(shape(&first).matches("enum {").count(), 30);
    assert_eq!(shape(&first).matches("    19 T\n").count(), 30);
}
