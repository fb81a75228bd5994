//! Cookies that the frameworks made. Those of biscotti are made here, by itself.

use std::collections::BTreeMap;
use std::{env, fs};

use base64::{Engine, prelude::BASE64_STANDARD};
use biscotti::config::{CryptoAlgorithm, CryptoRule};
use biscotti::{Key, Processor, ProcessorConfig, ResponseCookie};
use eetf::{Binary, Map, Term};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::json;

/// All that one framework made.
#[derive(Clone, Deserialize)]
pub struct Made {
    #[serde(skip)]
    pub framework: String,
    pub secrets: Vec<String>,
    /// A whole `Cookie` line, where the framework sets several cookies.
    pub header: Option<String>,
    pub cookies: Vec<Cookie>,
}

#[derive(Clone, Debug, Deserialize)]
pub struct Cookie {
    pub case: String,
    pub reader: String,
    pub name: String,
    pub value: String,
    pub now: u64,
    pub issued: Option<u64>,
    pub gives: Gives,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Gives {
    User(User),
    Label(String),
}

impl Gives {
    pub fn label(&self) -> Option<&str> {
        match self {
            Self::User(_) => None,
            Self::Label(label) => Some(label),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    pub user_id: u64,
    pub name: String,
}

/// What `made/kept.json` holds, or the file that `MADE` names: what each framework made, by the framework's name.
pub fn all() -> Vec<Made> {
    let kept = concat!(env!("CARGO_MANIFEST_DIR"), "/made/kept.json");
    let text = fs::read_to_string(env::var("MADE").unwrap_or(kept.into())).unwrap();
    let made: BTreeMap<String, Made> = serde_json::from_str(&text).unwrap();
    let names: Vec<&str> = made.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["django", "express", "flask", "gorilla", "iron_session", "laravel", "phoenix", "rails"]
    );
    let named = made.into_iter().map(|(framework, made)| Made { framework, ..made });
    named.chain([of_biscotti()]).collect()
}

fn of_biscotti() -> Made {
    const SECRET: &str = "the master key of an application that used biscotti";
    let zoe = json!({ "user_id": 7, "name": "Zoë" });
    let value = |reader: &str, secret: &str, name: &str, data: &serde_json::Value| {
        let rule = CryptoRule {
            cookie_names: vec![name.to_owned()],
            algorithm: match reader {
                "signed" => CryptoAlgorithm::Signing,
                _ => CryptoAlgorithm::Encryption,
            },
            key: Key::from(secret.as_bytes().to_vec()),
            fallbacks: Vec::new(),
        };
        let mut config = ProcessorConfig::default();
        config.crypto_rules.push(rule);
        let cookie = ResponseCookie::new(name.to_owned(), data.to_string());
        Processor::from(config).process_outgoing(cookie).value().to_owned()
    };
    let mut cookies = Vec::new();
    for (reader, other) in [("encrypted", "signed"), ("signed", "encrypted")] {
        let another: String = SECRET.chars().rev().collect();
        let cart = json!({ "cart": [1] });
        let good = value(reader, SECRET, "session", &zoe);
        for (case, name, value, gives) in [
            ("a session", "session", good.clone(), zoe.clone()),
            ("another cookie's name", "other", good, json!("not authentic")),
            (
                "another key",
                "session",
                value(reader, &another, "session", &zoe),
                json!("not authentic"),
            ),
            (
                "the other form",
                "session",
                value(other, SECRET, "session", &zoe),
                json!("not authentic"),
            ),
            (
                "nobody's session",
                "session",
                value(reader, SECRET, "session", &cart),
                json!("unreadable"),
            ),
        ] {
            cookies.push(json!({
                "case": format!("{case}, {reader}"), "reader": reader, "name": name, "value": value,
                "now": 1_768_435_200, "gives": gives,
            }));
        }
    }
    let made = serde_json::from_value(json!({ "secrets": [SECRET], "cookies": cookies })).unwrap();
    Made { framework: "biscotti".to_owned(), ..made }
}

/// The key in Laravel's `APP_KEY`.
pub fn app_key(text: &str) -> [u8; 32] {
    let bytes = BASE64_STANDARD.decode(text.strip_prefix("base64:").unwrap()).unwrap();
    bytes.try_into().unwrap()
}

/// What a session can be read as: by serde, or from Erlang's terms.
pub trait FromSession: DeserializeOwned + 'static {
    fn from_term(session: &Map) -> Option<Self>;
}

impl FromSession for User {
    fn from_term(session: &Map) -> Option<Self> {
        let get = |key: &str| session.map.get(&Term::from(Binary::from(key.as_bytes())));
        let (Term::FixInteger(id), Term::Binary(name)) = (get("user_id")?, get("name")?) else {
            return None;
        };
        let name = String::from_utf8(name.bytes.clone()).ok()?;
        Some(User { user_id: id.value.try_into().ok()?, name })
    }
}

/// Whatever is in a session, nothing is read of it.
#[derive(Debug, PartialEq)]
pub struct Anything;

impl<'de> Deserialize<'de> for Anything {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl FromSession for Anything {
    fn from_term(_: &Map) -> Option<Self> {
        Some(Self)
    }
}
