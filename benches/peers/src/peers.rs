//! The other libraries, each used as its own documentation shows.

use std::collections::HashMap;
use std::time::Duration;

use biscotti::config::{CryptoAlgorithm, CryptoRule};
use cookie::{Cookie, CookieJar};
use serde::{Deserialize, Serialize};

use crate::contestant::{Contestant, Kind, Level};
use crate::data::Data;
use crate::ours::NAME;

const TTL: u32 = 1800;

fn now() -> u64 {
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

/// `CookieJar` of the `cookie` crate with JSON in it, without header text.
pub fn jar<T: Data>(data: &T, kind: Kind) -> Contestant {
    let key = cookie::Key::generate();
    let add = {
        let (key, data) = (key.clone(), data.clone());
        move || {
            let mut jar = CookieJar::new();
            let cookie = Cookie::new(NAME, serde_json::to_string(&data).unwrap());
            match kind {
                Kind::Encrypted => jar.private_mut(&key).add(cookie),
                Kind::Signed => jar.signed_mut(&key).add(cookie),
            }
            jar
        }
    };
    let value = add().get(NAME).unwrap().value().to_owned();
    let bytes = value.len();
    let open = move || -> T {
        let (jar, cookie) = (CookieJar::new(), Cookie::new(NAME, value.clone()));
        let opened = match kind {
            Kind::Encrypted => jar.private(&key).decrypt(cookie),
            Kind::Signed => jar.signed(&key).verify(cookie),
        };
        serde_json::from_str(opened.unwrap().value()).unwrap()
    };
    Contestant::new((jar_name(kind), kind, Level::Token), false, bytes, add, open)
}

fn jar_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Encrypted => "cookie PrivateJar",
        Kind::Signed => "cookie SignedJar",
    }
}

/// The same with header text, in the steps that axum-extra takes.
pub fn jar_header<T: Data>(data: &T, kind: Kind) -> Contestant {
    let key = cookie::Key::generate();
    let line = {
        let (key, data) = (key.clone(), data.clone());
        move || {
            let mut jar = CookieJar::new();
            let cookie = Cookie::build((NAME, serde_json::to_string(&data).unwrap()))
                .path("/")
                .http_only(true)
                .secure(true)
                .same_site(cookie::SameSite::Lax);
            match kind {
                Kind::Encrypted => jar.private_mut(&key).add(cookie),
                Kind::Signed => jar.signed_mut(&key).add(cookie),
            }
            jar.delta().next().unwrap().encoded().to_string()
        }
    };
    let set_cookie = line();
    let (pair, _) = set_cookie.split_once(';').unwrap();
    let bytes = pair.len() - NAME.len() - 1;
    let header = format!("theme=dark; {pair}");
    let open = move || -> T {
        let mut jar = CookieJar::new();
        for cookie in Cookie::split_parse_encoded(header.as_str()) {
            jar.add_original(cookie.unwrap().into_owned());
        }
        let opened = match kind {
            Kind::Encrypted => jar.private(&key).get(NAME),
            Kind::Signed => jar.signed(&key).get(NAME),
        };
        serde_json::from_str(opened.unwrap().value()).unwrap()
    };
    Contestant::new((jar_name(kind), kind, Level::Header), false, bytes, line, open)
}

pub fn biscotti<T: Data>(data: &T, kind: Kind) -> Contestant {
    let mut config = biscotti::ProcessorConfig::default();
    config.crypto_rules.push(CryptoRule {
        cookie_names: vec![NAME.to_owned()],
        algorithm: match kind {
            Kind::Encrypted => CryptoAlgorithm::Encryption,
            Kind::Signed => CryptoAlgorithm::Signing,
        },
        key: biscotti::Key::generate(),
        fallbacks: vec![],
    });
    let processor = biscotti::Processor::from(config);
    let seal = {
        let (processor, data) = (processor.clone(), data.clone());
        move || {
            let json = serde_json::to_string(&data).unwrap();
            processor.process_outgoing(biscotti::ResponseCookie::new(NAME, json))
        }
    };
    let value = seal().value().to_owned();
    let bytes = value.len();
    let open = move || -> T {
        let cookie = processor.process_incoming(NAME, &value).unwrap();
        serde_json::from_str(cookie.value()).unwrap()
    };
    Contestant::new(("biscotti", kind, Level::Token), false, bytes, seal, open)
}

/// The steps of actix-session 0.11's cookie store and middleware: T as JSON in a map, the map as JSON in a private cookie.
pub fn actix_session<T: Data>(data: &T) -> Contestant {
    use cookie_0_16::{Cookie, CookieJar, Key};
    let key = Key::generate();
    let seal = {
        let (key, data) = (key.clone(), data.clone());
        move || {
            let entry = ("user".to_owned(), serde_json::to_string(&data).unwrap());
            let state: HashMap<String, String> = [entry].into();
            let mut jar = CookieJar::new();
            let cookie = Cookie::new(NAME, serde_json::to_string(&state).unwrap());
            jar.private_mut(&key).add(cookie);
            jar
        }
    };
    let value = seal().get(NAME).unwrap().value().to_owned();
    let bytes = value.len();
    let open = move || -> T {
        let mut jar = CookieJar::new();
        jar.add_original(Cookie::new(NAME, value.clone()));
        let cookie = jar.private(&key).get(NAME).unwrap();
        let state: HashMap<String, String> = serde_json::from_str(cookie.value()).unwrap();
        serde_json::from_str(&state["user"]).unwrap()
    };
    let what = ("actix-session", Kind::Encrypted, Level::Token);
    Contestant::new(what, false, bytes, seal, open)
}

/// The steps of tower-sessions-cookie-store: T as a JSON value in a record, the record as JSON in base64 in a jar.
pub fn tower_sessions<T: Data>(data: &T, kind: Kind) -> Contestant {
    use tower_sessions_cookie_store::{decode_record, encode_record};
    use tower_sessions_core::session::{Id, Record};
    let key = cookie::Key::generate();
    let seal = {
        let (key, data) = (key.clone(), data.clone());
        move || {
            let record = Record {
                id: Id(7),
                data: HashMap::from([("user".to_owned(), serde_json::to_value(&data).unwrap())]),
                expiry_date: time::OffsetDateTime::now_utc() + Duration::from_secs(TTL.into()),
            };
            let cookie = Cookie::new(NAME, encode_record(&record).unwrap());
            let mut jar = CookieJar::new();
            match kind {
                Kind::Encrypted => jar.private_mut(&key).add(cookie),
                Kind::Signed => jar.signed_mut(&key).add(cookie),
            }
            jar
        }
    };
    let value = seal().get(NAME).unwrap().value().to_owned();
    let bytes = value.len();
    let open = move || -> T {
        let mut jar = CookieJar::new();
        jar.add_original(Cookie::new(NAME, value.clone()));
        let cookie = match kind {
            Kind::Encrypted => jar.private(&key).get(NAME).unwrap(),
            Kind::Signed => jar.signed(&key).get(NAME).unwrap(),
        };
        let mut record = decode_record(cookie.value()).unwrap();
        assert!(record.expiry_date > time::OffsetDateTime::now_utc());
        serde_json::from_value(record.data.remove("user").unwrap()).unwrap()
    };
    let what = ("tower-sessions-cookie-store", kind, Level::Token);
    Contestant::new(what, true, bytes, seal, open)
}

pub fn jsonwebtoken<T: Data>(data: &T) -> Contestant {
    use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation, decode, encode};
    #[derive(Clone, Serialize, Deserialize)]
    struct Claims<T> {
        exp: u64,
        user: T,
    }
    let key = [0x5C; 32];
    let (sealing, opening) = (EncodingKey::from_secret(&key), DecodingKey::from_secret(&key));
    let (header, validation) = (Header::default(), Validation::default());
    let mut claims = Claims { exp: 0, user: data.clone() };
    let mut seal = move || {
        claims.exp = now() + u64::from(TTL);
        encode(&header, &claims, &sealing).unwrap()
    };
    let value = seal();
    let bytes = value.len();
    let open = move || decode::<Claims<T>>(&value, &opening, &validation).unwrap().claims.user;
    let what = ("jsonwebtoken HS256", Kind::Signed, Level::Token);
    Contestant::new(what, true, bytes, seal, open)
}

pub fn pasetors<T: Data>(data: &T) -> Contestant {
    use pasetors::claims::{Claims, ClaimsValidationRules};
    use pasetors::keys::{Generate, SymmetricKey};
    use pasetors::token::UntrustedToken;
    use pasetors::version4::V4;
    use pasetors::{Local, local};
    let key = SymmetricKey::<V4>::generate().unwrap();
    let seal = {
        let (key, data) = (key.clone(), data.clone());
        move || {
            let mut claims = Claims::new_expires_in(&Duration::from_secs(TTL.into())).unwrap();
            claims.add_additional("user", serde_json::to_value(&data).unwrap()).unwrap();
            local::encrypt(&key, &claims, None, None).unwrap()
        }
    };
    let value = seal();
    let bytes = value.len();
    let rules = ClaimsValidationRules::new();
    let open = move || -> T {
        let token = UntrustedToken::<Local, V4>::try_from(&value).unwrap();
        let trusted = local::decrypt(&key, &token, &rules, None, None).unwrap();
        let user = trusted.payload_claims().unwrap().get_claim("user").unwrap();
        T::deserialize(user).unwrap()
    };
    let what = ("pasetors v4.local", Kind::Encrypted, Level::Token);
    Contestant::new(what, true, bytes, seal, open)
}

pub fn branca<T: Data>(data: &T) -> Contestant {
    let key = [0x5C; 32];
    let data = data.clone();
    let seal = move || {
        let json = serde_json::to_vec(&data).unwrap();
        branca::encode(&json, &key, now() as u32).unwrap()
    };
    let value = seal();
    let bytes = value.len();
    let open = move || -> T {
        serde_json::from_slice(&branca::decode(&value, &key, TTL).unwrap()).unwrap()
    };
    Contestant::new(("branca", Kind::Encrypted, Level::Token), true, bytes, seal, open)
}

pub fn fernet<T: Data>(data: &T) -> Contestant {
    let fernet = fernet::Fernet::new(&fernet::Fernet::generate_key()).unwrap();
    let seal = {
        let (fernet, data) = (fernet.clone(), data.clone());
        move || fernet.encrypt(&serde_json::to_vec(&data).unwrap())
    };
    let value = seal();
    let bytes = value.len();
    let open = move || -> T {
        serde_json::from_slice(&fernet.decrypt_with_ttl(&value, TTL.into()).unwrap()).unwrap()
    };
    Contestant::new(("fernet", Kind::Encrypted, Level::Token), true, bytes, seal, open)
}
