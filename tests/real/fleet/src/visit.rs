//! The session's type, in the two shapes that it has before and after a release.

use hardtack::{SessionData, Values};
use serde::{Deserialize, Serialize};

/// What the handlers need of it, whatever its shape.
pub trait Visit: SessionData + Default {
    fn new(user: u64) -> Self;
    fn set_count(&mut self, count: u64);
    fn user(&self) -> u64;
    /// The user and the count: what a client holds against its own.
    fn show(&self) -> String;
}

#[derive(Default, Serialize, Deserialize)]
pub struct Before {
    user: u64,
    count: u64,
}

/// A field more, and the others the other way round: bytes of one shape that are read as the other show a wrong user.
#[derive(Default, Serialize, Deserialize)]
pub struct After {
    count: u64,
    user: u64,
    theme: Option<String>,
}

impl Visit for Before {
    fn new(user: u64) -> Self {
        Self { user, count: 0 }
    }

    fn set_count(&mut self, count: u64) {
        self.count = count;
    }

    fn user(&self) -> u64 {
        self.user
    }

    fn show(&self) -> String {
        format!("{} {}", self.user, self.count)
    }
}

impl Visit for After {
    fn new(user: u64) -> Self {
        Self { count: 0, user, theme: Some("light".to_owned()) }
    }

    fn set_count(&mut self, count: u64) {
        self.count = count;
    }

    fn user(&self) -> u64 {
        self.user
    }

    fn show(&self) -> String {
        format!("{} {}", self.user, self.count)
    }
}

impl After {
    /// As the site before the move kept it.
    pub fn from_old(old: Values) -> Option<Self> {
        let number = |name| old.get(name).ok()?;
        Some(Self { count: number("count")?, user: number("user")?, theme: None })
    }
}

impl From<Before> for After {
    fn from(Before { user, count }: Before) -> Self {
        Self { count, user, theme: None }
    }
}

impl From<After> for Before {
    fn from(After { count, user, .. }: After) -> Self {
        Self { user, count }
    }
}
