//! Binding sessions to a device, so that a copied cookie is worth minutes (feature `device-binding`, **experimental**).
//!
//! Device Bound Session Credentials is a [W3C draft](https://w3c.github.io/webappsec-dbsc/) that moves, and one browser engine has it.
//! The browser makes a key that does not leave the device, and proves every few minutes that it has it. Browsers without it notice
//! nothing. The server keeps no state: what it must know is sealed and comes back.
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
//! With an adapter that is all. Without one, [`SessionCookie::device_answer`](crate::SessionCookie::device_answer) answers what
//! browsers ask, and [`SessionSlot::offer_device`](crate::SessionSlot::offer_device) has them ask. docs/device-binding.md says what
//! it gives, and what not.

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
/// In a fleet, bind in two releases: first every node answers and none [offers](Self::without_offers), then all offer. The way back is
/// the same with [`StaleDevice::Report`] besides. A node that does not answer ends the bindings of those who ask it.
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
    /// How long a proof lasts, and so a copy of all cookies: 4 seconds to an hour, whole seconds count. Default: 10 minutes.
    ///
    /// Browsers are told nine tenths of it, lest a request under way or a node whose clock is ahead find it over.
    pub fn proof_lifetime(mut self, proof: Duration) -> Self {
        self.proof = proof;
        self
    }

    /// Below which path of the site browsers register and refresh. Default: `/hardtack-device`. Each bound cookie of a site needs a
    /// different path.
    pub fn path(mut self, path: &str) -> Self {
        self.path = path.to_owned();
        self
    }

    /// What becomes of a bound session without a fresh proof. Default: [`StaleDevice::Refuse`].
    pub fn when_stale(mut self, stale: StaleDevice) -> Self {
        self.stale = stale;
        self
    }

    /// Binds no further session, and answers for those that are bound.
    pub fn without_offers(mut self) -> Self {
        self.offers = false;
        self
    }
}

/// What becomes of a bound session without a fresh proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StaleDevice {
    /// It is refused as [`OpenError::StaleDevice`](crate::OpenError::StaleDevice), and not ended: with a proof it is there again.
    Refuse,
    /// It is there, and [`Session::device`](crate::Session::device) tells. It is not refreshed unasked.
    Report,
}

/// What a session's device has shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// The session is bound to none.
    Unbound,
    /// The request came from the device that the session is bound to, or from one that had its cookies within a proof's lifetime.
    Fresh,
    /// The session is bound, and the request carries no proof, or one that is over.
    Stale,
}
