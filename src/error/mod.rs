//! Every way to fail, one small enum an act. No secret and no byte of a cookie is ever in one.
//!
//! `Display` is for operators. A browser is told one thing whatever the reason: there is no session.

mod csrf;
mod denylist;
#[cfg(feature = "device-binding")]
mod device;
mod key;
mod login_flow;
mod old_cookie;
mod rejection;
#[cfg(feature = "ring-file")]
mod ring_file;
mod session;
mod setup;
mod token;

pub use csrf::{CrossOriginError, CsrfError};
pub use denylist::DenylistError;
#[cfg(feature = "device-binding")]
pub(crate) use device::DeviceProblem;
pub use key::KeyError;
pub(crate) use key::KeyProblem;
pub use login_flow::LoginFlowError;
pub use old_cookie::OldCookieError;
pub use rejection::SessionRejection;
#[cfg(feature = "ring-file")]
pub use ring_file::RingFileError;
#[cfg(feature = "ring-file")]
pub(crate) use ring_file::RingFileProblem;
pub use session::{Misfit, SessionError, ValueError};
pub(crate) use setup::Problem;
pub use setup::SetupError;
pub use token::{Expiry, OpenError, SealError};
