//! Log-ins that survive a move: reads the previous system's cookies once and replaces them.
//!
//! [`SessionCookieBuilder::predecessor`](crate::SessionCookieBuilder::predecessor) takes a [`Predecessor`]: the old cookie's
//! name, two dates, and a reader that turns its value into a session. The feature `migrate` has readers for the formats of Rust's
//! own crates. [Moving here](crate::guide::migration) has one for each of a dozen frameworks.

#[cfg(feature = "migrate")]
mod jar;
#[cfg(feature = "migrate")]
mod key;
mod predecessor;
mod reader;
#[cfg(feature = "migrate")]
mod records;

pub use crate::error::OldCookieError;
#[cfg(feature = "migrate")]
pub use jar::Jar;
#[cfg(feature = "migrate")]
pub use key::JarKey;
pub(crate) use predecessor::Parts;
pub use predecessor::{Moving, Predecessor};
pub use reader::{OldCookie, OldCookieReader, OldSession};
