//! Types that postcard cannot carry.

use std::collections::BTreeMap;

use hardtack::{Application, Codec, Key, SessionData};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Text(String),
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type")]
enum TaggedInside {
    User { id: u64 },
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "type", content = "content")]
enum TaggedBeside {
    User(u64),
}

#[derive(Serialize, Deserialize)]
struct Flattened {
    id: u64,
    #[serde(flatten)]
    more: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize)]
struct Anything {
    id: u64,
    more: Vec<serde_json::Value>,
}

/// What became of a type.
pub struct Refused {
    /// Its name.
    pub name: &'static str,
    /// The error of `build`, if there is one.
    pub error: Option<String>,
    /// Whether JSON carries it.
    pub is_json: bool,
}

fn built<T: SessionData>(name: &'static str) -> Refused {
    let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
    let error = shop.session::<T>().build().err().map(|error| error.to_string());
    let is_json = shop.session::<T>().codec(Codec::Json).build().is_ok();
    Refused { name, error, is_json }
}

/// All of them.
pub fn refused() -> Vec<Refused> {
    vec![
        built::<Untagged>("Untagged"),
        built::<TaggedInside>("TaggedInside"),
        built::<TaggedBeside>("TaggedBeside"),
        built::<Flattened>("Flattened"),
        built::<Anything>("Anything"),
        built::<serde_json::Value>("Value"),
    ]
}
