//! The setting that binds a cookie's sessions to devices, and what it reads in a session's claims.

use super::SessionCookie;
use super::builder::SessionCookieBuilder;
use crate::claims::Claims;
use crate::cookie::Attributes;
use crate::device::{DeviceBinding, Devices, Fact};
use crate::error::SetupError;
use crate::payload::SessionData;
use crate::sealer::Sealer;
use crate::site::Site;
use crate::time::Timestamp;

impl<T: SessionData> SessionCookieBuilder<T> {
    /// Binds sessions to the browser's device where it can, so that a copied cookie is worth minutes (feature `device-binding`,
    /// **experimental**). Default: off. See [`device`](crate::device).
    ///
    /// With a [`revocation`](Self::revocation) hook a session has one device at most, and copies from before the binding are refused from
    /// the first refresh on: the hook learns of both as of sessions that ended, under ids that are no session's.
    ///
    /// [`build`](Self::build) refuses a cookie with Domain, with another Path than `/`, without Secure, or partitioned.
    pub fn device_binding(mut self, binding: DeviceBinding) -> Self {
        self.binding = Some(binding);
        self
    }
}

/// Checks the setting of the cookie `name`.
pub(super) fn check(
    binding: Option<DeviceBinding>,
    site: &Site,
    name: &str,
    attributes: &Attributes,
    sealer: &Sealer,
) -> Result<Option<Devices>, SetupError> {
    let longest = sealer.policy().longest();
    binding.map(|binding| Devices::new(binding, site, name, attributes, longest)).transpose()
}

impl<T> SessionCookie<T> {
    pub(crate) fn devices(&self) -> Option<&Devices> {
        self.0.devices.as_ref()
    }
}

impl<T: SessionData> SessionCookie<T> {
    /// From when on every token of this session is refused.
    pub(crate) fn over(&self, claims: &Claims) -> Timestamp {
        self.0.sealer.policy().over(claims)
    }

    /// Whether the hook knows this of the session.
    pub(crate) fn is_noted(&self, fact: Fact, claims: &Claims) -> bool {
        self.devices().is_some()
            && self.revocation().is_some_and(|hook| hook.is_revoked(&fact.of(claims)))
    }

    /// Has the hook note it, once.
    pub(crate) fn note(&self, fact: Fact, claims: &Claims) {
        let Some(hook) = self.revocation() else { return };
        if !self.is_noted(fact, claims) {
            hook.on_ended(&fact.of(claims), self.over(claims));
        }
    }
}
