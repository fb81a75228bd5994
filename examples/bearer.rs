//! A token in the `Authorization` header instead of a cookie: the same sealer under another purpose.
//!
//! `cargo run --example bearer`

use std::time::Duration;

use hardtack::{Key, Lifetime, Purpose, Sealer, Timestamp};

/// The server: hands out tokens for its programs' users, and reads them back from requests.
struct Api(Sealer);

impl Api {
    fn new(key: Key) -> Result<Self, Box<dyn std::error::Error>> {
        let hour = Duration::from_secs(3_600);
        let sealer = Sealer::builder(key, Purpose::token("shop", "api")?)
            .lifetime(Lifetime { idle: hour, absolute: hour })
            .remembered(None)
            .build()?;
        Ok(Self(sealer))
    }

    fn issue(&self, user: &str, now: Timestamp) -> Result<String, hardtack::SealError> {
        self.0.seal(&self.0.fresh(now)?, user.as_bytes(), now)
    }

    /// The user of a request, or the status code that it gets: which check failed is nobody's business but the log's.
    fn authenticate(&self, authorization: &str, now: Timestamp) -> Result<String, u16> {
        let token = authorization.strip_prefix("Bearer ").ok_or(401u16)?;
        let opened = self.0.open(token.as_bytes(), now).map_err(|refusal| {
            eprintln!("token refused: {refusal}");
            401u16
        })?;
        String::from_utf8(opened.data).map_err(|_| 401)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let api = Api::new(Key::generate()?)?;
    let now = Timestamp::now();
    let header = format!("Bearer {}", api.issue("ada", now)?);
    println!("Authorization: {header}");
    println!("now:           {:?}", api.authenticate(&header, now));
    println!("in an hour:    {:?}", api.authenticate(&header, now + Duration::from_secs(3_600)));
    println!("someone else's: {:?}", api.authenticate("Bearer forged", now));
    Ok(())
}
