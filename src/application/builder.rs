//! An application's settings, checked once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::Application;
use crate::error::{Problem, SetupError};
use crate::keys::Keys;
use crate::origin::Origin;
use crate::policy::LEEWAY;
use crate::site::Site;
use crate::time::{Clock, DAY, SystemClock};

/// Settings for an [`Application`]; [`Application::builder`] returns it.
#[must_use = "a builder does nothing until `build`"]
pub struct ApplicationBuilder {
    name: String,
    keys: Keys,
    /// `None` if the target has no clock and you gave none.
    clock: Option<Arc<dyn Clock>>,
    leeway: Duration,
    trusted: Vec<String>,
}

impl ApplicationBuilder {
    pub(super) fn new(name: &str, keys: Keys) -> Self {
        Self {
            name: name.to_owned(),
            keys,
            clock: system_clock(),
            leeway: Duration::from_secs(LEEWAY),
            trusted: Vec::new(),
        }
    }

    /// Lets pages of another origin send state-changing requests, with the user's session if the cookie's `SameSite` lets the
    /// browser send it. Write `scheme://host` or `scheme://host:port`, one per call. Default: none.
    pub fn trust(mut self, origin: &str) -> Self {
        self.trusted.push(origin.to_owned());
        self
    }

    /// Sets how far another node's clock may be ahead, in whole seconds. Default: 60 s.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = leeway;
        self
    }

    /// Sets the clock for everything that the application makes. Default: the operating system's. `wasm32-unknown-unknown` has
    /// none: if JavaScript runs the module, the feature `js` reads JavaScript's clock; otherwise set one here.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Checks the settings and builds the application.
    ///
    /// # Errors
    /// A name that is not 1 to 64 of `A-Z a-z 0-9 . _ -`; a leeway above a day; no clock on a target that has none; or a trusted
    /// origin with anything else in it: a path (even a lone `/`), a wildcard, a name that is not ASCII (write it as `xn--…`),
    /// `null`.
    pub fn build(self) -> Result<Application, SetupError> {
        let Self { name, keys, clock, leeway, trusted } = self;
        let clock = clock.ok_or(Problem::NoClock)?;
        if leeway > DAY {
            return Err(Problem::Leeway.into());
        }
        let parsed = |origin: &String| {
            let refused = || Problem::Origin { origin: origin.clone() };
            Origin::parse(origin.as_bytes()).ok_or_else(refused)
        };
        let trusted = trusted.iter().map(parsed).collect::<Result<_, _>>()?;
        Site::new(name, keys, clock, leeway.as_secs(), trusted)
            .map(|site| Application(Arc::new(site)))
    }
}

/// On `wasm32-unknown-unknown`, reading the system's clock traps, and does so only at the first request.
fn system_clock() -> Option<Arc<dyn Clock>> {
    let missing = cfg!(all(target_family = "wasm", target_os = "unknown", not(feature = "js")));
    (!missing).then(|| Arc::new(SystemClock) as _)
}

impl fmt::Debug for ApplicationBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, keys, leeway, trusted, .. } = self;
        f.debug_struct("ApplicationBuilder")
            .field("name", name)
            .field("keys", keys)
            .field("leeway", leeway)
            .field("trusted", trusted)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::Key;

    #[test]
    fn a_target_without_a_clock_is_refused_until_one_is_given() {
        let builder = || {
            let keys = Keys::from(Key::generate().unwrap());
            ApplicationBuilder { clock: None, ..ApplicationBuilder::new("shop", keys) }
        };
        assert_eq!(
            builder().build().unwrap_err().to_string(),
            "this target has no clock: switch on the feature js if JavaScript runs the module, or set one with Application::builder(…).clock(…)"
        );
        assert!(builder().clock(SystemClock).build().is_ok());
    }
}
