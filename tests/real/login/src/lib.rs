//! A site with four doors, written to be copied: a form, OpenID providers, passkeys, links in mails. [`Shop`] is the site, [`Provider`] what it
//! knows of one provider. The tests drive it with Chromium against a real provider; `.ci/login` runs them.
#![allow(clippy::result_large_err, reason = "axum's Result, as its handlers return it")]

mod form;
mod http;
mod link;
mod page;
mod passkey;
mod provider;
mod shop;
mod store;

pub use http::HttpClient;
pub use link::Mail;
pub use provider::{Provider, Refused};
pub use shop::{Shop, User};
pub use store::{Account, Store};
