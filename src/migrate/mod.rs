//! Log-ins that survive a move: cookies of the system before, read once and replaced.
//!
//! [`SessionCookieBuilder::predecessor`](crate::SessionCookieBuilder::predecessor) takes a [`Predecessor`]: the old cookie's name, two dates, and a
//! reader that turns its value into a session.

mod predecessor;
mod reader;

pub use crate::error::OldCookieError;
pub(crate) use predecessor::Parts;
pub use predecessor::{Moving, Predecessor};
pub use reader::{OldCookie, OldCookieReader, OldSession};
