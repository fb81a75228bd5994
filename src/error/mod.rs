//! Every way to fail, one small enum an act. No secret and no octet of a cookie is ever in one.
//!
//! `Display` is for operators. A browser is told one thing whatever the reason: there is no session.

mod config;
mod csrf;
mod denylist;
mod key;
mod login_flow;
mod rejection;
mod session;
mod token;

pub use config::ConfigError;
pub use csrf::{CrossOriginError, CsrfError};
pub use denylist::DenylistError;
pub use key::{KeyError, RingError};
pub use login_flow::LoginFlowError;
pub use rejection::SessionRejection;
pub use session::{SessionError, ValueError};
pub use token::{Expiry, OpenError, SealError};
