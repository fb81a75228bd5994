//! One call a session: what JavaScript's own libraries are timed against, without a Worker around it.

use hardtack::{Application, Class, Key, SessionCookie, SetupError, Timestamp};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

#[derive(Serialize, Deserialize)]
struct User {
    id: u32,
    name: String,
    email: String,
}

/// A session cookie under a new key.
#[wasm_bindgen]
pub struct Users(SessionCookie<User>);

#[wasm_bindgen]
impl Users {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Result<Users, JsError> {
        let cookie = || -> Result<_, SetupError> {
            let key = Key::generate()?;
            Application::new("shop", key)?.session::<User>().build()
        };
        Ok(Self(cookie()?))
    }

    /// The cookie's value for a new session.
    pub fn seal(&self, id: u32, name: String, email: String) -> Result<String, JsError> {
        let now = Timestamp::now();
        let claims = self.0.new_claims(Class::Standard, now)?;
        Ok(self.0.seal(&User { id, name, email }, &claims, now)?.value().to_owned())
    }

    /// The name in the session of a Cookie line.
    pub fn open(&self, line: &str) -> Result<Option<String>, JsError> {
        let session = self.0.open(self.0.find(line.as_bytes()), Timestamp::now())?;
        Ok(session.map(|session| session.data.name))
    }
}

/// The text of a new key, for a secret.
#[wasm_bindgen]
pub fn new_key() -> Result<String, JsError> {
    Ok(Key::generate()?.to_text().to_string())
}
