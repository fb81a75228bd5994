//! What a session holds: 80 bytes in postcard, 119 in JSON.

use serde::{Deserialize, Serialize};

/// The name of the cookie in each server, and of the entry if a session is a map.
pub const NAME: &str = "session";

#[derive(Serialize, Deserialize)]
pub struct Profile {
    user: u64,
    name: String,
    email: String,
    count: u64,
}

impl Profile {
    pub fn of(user: u64) -> Self {
        Self {
            user,
            name: "Augusta Ada King, Countess".to_owned(),
            email: "ada.lovelace@the-analytical-engines.example.co.uk".to_owned(),
            count: 0,
        }
    }

    /// How many bytes postcard and JSON need. If a bench would measure another size than its page says, it does not start.
    pub fn check_sizes() {
        let profile = Self::of(1000);
        assert_eq!(postcard::to_allocvec(&profile).unwrap().len(), 80);
        assert_eq!(serde_json::to_vec(&profile).unwrap().len(), 119);
    }

    pub fn change(&mut self) {
        self.count += 1;
    }

    /// The body of every response. It tells the load generator whose session it was and how often it was changed.
    pub fn answer(&self) -> String {
        format!("{} {}", self.user, self.count)
    }
}
