//! A site with a log-in at OpenID providers, written to be copied: [`Shop`] is the site, [`Provider`] what it knows of one provider. The
//! tests drive it with Chromium against a real provider; `.ci/login` runs them.

mod http;
mod page;
mod provider;
mod shop;

pub use http::HttpClient;
pub use provider::{Provider, Refused};
pub use shop::{Shop, User};
