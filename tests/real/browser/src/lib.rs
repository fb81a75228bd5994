//! What the tests in `tests/chromium/` use: a browser, the demo, and a small site. No assertion about cookies is here.

mod browser;
mod demo;
mod site;

pub use browser::{Authenticator, Browser, Cookie, Profile, Tab};
pub use demo::Demo;
pub use site::{Site, Visitor};

/// Prints a figure for the reader of the run.
pub fn measured(what: &str, figure: impl std::fmt::Display) {
    println!("    measured: {what}: {figure}");
}
