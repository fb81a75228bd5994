//! Every way to fail, one small enum per operation. None of them holds a secret or a byte of a cookie.
//!
//! `Display` is for operators. Tell the browser the same thing whatever the reason: there is no session.

mod ceremony;
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

pub use ceremony::CeremonyError;
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
pub use session::{Misfit, NotRecent, SessionError, ValueError};
pub(crate) use setup::Problem;
pub use setup::SetupError;
pub use token::{Expiry, FactChanged, OpenError, SealError};
