//! Binding sessions to a device, so that a copied cookie is worth minutes (feature `device-binding`, **experimental**).
//!
//! Device Bound Session Credentials is a [W3C draft](https://w3c.github.io/webappsec-dbsc/) that still changes, and one browser engine
//! implements it. The browser makes a key that cannot leave the device, and proves every few minutes that it still holds it. Other
//! browsers notice nothing. The server keeps no state: it seals what it must know, and the browser sends it back.
//!
//! ```
//! use hardtack::device::DeviceBinding;
//! use hardtack::{Application, Key};
//!
//! #[derive(serde::Serialize, serde::Deserialize)]
//! struct User { id: u64 }
//!
//! let shop = Application::new("shop", Key::generate()?)?;
//! let users = shop.session::<User>().device_binding(DeviceBinding::default()).build()?;
//! # Ok::<(), hardtack::SetupError>(())
//! ```
//!
//! With an adapter that is all. Without one, [`SessionCookie::device_answer`](crate::SessionCookie::device_answer) answers browsers'
//! requests, and [`SessionSlot::offer_device`](crate::SessionSlot::offer_device) makes browsers send them. docs/device-binding.md says
//! what it protects against, and what not.

use std::time::Duration;

mod answer;
mod devices;
mod field;
mod jwt;
mod sealed;

pub use answer::DeviceAnswer;
pub(crate) use answer::{Collected, Refusal};
pub(crate) use devices::{Devices, Fact, Place};
pub(crate) use field::one_line;
pub(crate) use jwt::Jwt;
pub(crate) use sealed::Asked;

/// How sessions are bound to devices; for
/// [`SessionCookieBuilder::device_binding`](crate::SessionCookieBuilder::device_binding).
///
/// In a fleet, switch it on in two releases: first every node answers and none [offers](Self::without_offers), then all offer. Switch it
/// off the same way, with [`StaleDevice::Report`] as well. A node that does not answer ends the bindings of the browsers that ask it.
#[derive(Clone, Debug)]
#[must_use = "settings do nothing until `device_binding` has them"]
pub struct DeviceBinding {
    pub(crate) path: String,
    pub(crate) proof: Duration,
    pub(crate) stale: StaleDevice,
    pub(crate) offers: bool,
}

/// Proofs of 10 minutes, answered below `/hardtack-device`; stale sessions are refused.
impl Default for DeviceBinding {
    fn default() -> Self {
        Self {
            path: "/hardtack-device".to_owned(),
            proof: Duration::from_secs(600),
            stale: StaleDevice::Refuse,
            offers: true,
        }
    }
}

impl DeviceBinding {
    /// How long a proof lasts, and with it a copy of all cookies: 4 seconds to an hour, in whole seconds. Default: 10 minutes.
    ///
    /// Browsers drop the proof after nine tenths of it, so that it is still good for a request under way and on a node whose clock is ahead.
    pub fn proof_lifetime(mut self, proof: Duration) -> Self {
        self.proof = proof;
        self
    }

    /// The path below which browsers register and refresh. Default: `/hardtack-device`. Each bound cookie of a site needs a different
    /// path.
    pub fn path(mut self, path: &str) -> Self {
        self.path = path.to_owned();
        self
    }

    /// What happens to a bound session without a fresh proof. Default: [`StaleDevice::Refuse`].
    pub fn when_stale(mut self, stale: StaleDevice) -> Self {
        self.stale = stale;
        self
    }

    /// Binds no more sessions, but still answers for those that are bound.
    pub fn without_offers(mut self) -> Self {
        self.offers = false;
        self
    }
}

/// What happens to a bound session without a fresh proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaleDevice {
    /// It is refused as [`OpenError::StaleDevice`](crate::OpenError::StaleDevice), but not ended: with the next proof it works again.
    Refuse,
    /// Handlers get it, and [`Session::device`](crate::Session::device) says that it is stale. It is not extended unless you ask.
    Report,
}

/// What a session's device has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// The session is not bound to a device.
    Unbound,
    /// The request came from the device that the session is bound to, or from somebody who copied its cookies within a proof's lifetime.
    Fresh,
    /// The session is bound, and the request carries no proof, or an expired one.
    Stale,
}
