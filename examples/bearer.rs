//! A token in the `Authorization` header instead of a cookie: a sealer of bytes, under a key derived for this use.
//!
//! `cargo run --example bearer`

use hardtack::token::Sealer;
use hardtack::{Application, Class, HOUR, Key, SealError, SetupError, Timestamp};

/// The server: hands out tokens for its programs' users, and reads them back from requests.
struct Api(Sealer);

impl Api {
    fn new(key: Key) -> Result<Self, SetupError> {
        let shop = Application::new("shop", key)?;
        Ok(Self(shop.sealer("api").idle(HOUR).remember_me(None).build()?))
    }

    fn issue(&self, user: &str, now: Timestamp) -> Result<String, SealError> {
        let claims = self.0.new_claims(Class::Standard, now)?;
        self.0.seal(&claims, user.as_bytes(), now)
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
    println!("in an hour:    {:?}", api.authenticate(&header, now + HOUR));
    println!("someone else's: {:?}", api.authenticate("Bearer forged", now));
    Ok(())
}
