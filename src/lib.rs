//! Sessions that live in the cookie.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod claims;
mod cookie;
mod crypto;
mod encoding;
mod error;
mod key;
mod keyring;
mod log;
mod payload;
mod sealer;
mod session;
mod session_cookie;
#[cfg(feature = "testing")]
pub mod testing;
mod time;
mod token;

pub use crate::claims::{Claims, Class, Lifetime, SessionId};
pub use crate::cookie::{SameSite, SetCookie};
pub use crate::error::{
    ConfigError, Expiry, KeyError, OpenError, RingError, SealError, SessionError, ValueError,
};
pub use crate::key::{Key, KeyId, Purpose};
pub use crate::keyring::{KeyRing, RingHandle};
pub use crate::payload::Codec;
#[cfg(feature = "json")]
pub use crate::payload::Values;
pub use crate::sealer::{Opened, Sealer, SealerBuilder};
pub use crate::session::{ResponseHead, Session, SessionSlot};
pub use crate::session_cookie::{Revocation, SessionCookie, SessionCookieBuilder};
pub use crate::time::{Clock, SystemClock, Timestamp};
