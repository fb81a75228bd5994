//! The application: you name and key it once, and it makes everything else.

use std::fmt;
use std::sync::Arc;

use crate::ceremony::CeremonyBuilder;
use crate::csrf::CrossOriginProtection;
use crate::denylist::{Denylist, DenylistBuilder, Subject};
use crate::error::SetupError;
use crate::flash::Flash;
use crate::keys::{KeyRing, Keys};
use crate::login::LoginFlowsBuilder;
use crate::payload::SessionData;
use crate::purpose::Purpose;
use crate::sealer::SealerBuilder;
use crate::session_cookie::SessionCookieBuilder;
use crate::site::Site;
use crate::time::Timestamp;

mod builder;
#[cfg(test)]
mod tests;

pub use builder::ApplicationBuilder;

/// A web application: its name, keys and clock, and the origins it trusts. It makes sessions, flash messages, ceremonies, log-in
/// flows, denylists and tokens. Cheap to clone; clones share one application.
///
/// ```
/// use hardtack::{Application, DAY, HOUR, Key, MINUTE, Timeouts};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { id: u64, name: String }
///
/// // In production: KeyRing::from_env("SESSION_KEYS")?
/// let shop = Application::builder("shop", Key::generate()?).trust("https://pay.example").build()?;
/// let denylist = shop.denylist();
/// let users = shop
///     .session::<User>()
///     .timeouts(Timeouts { idle: 30 * MINUTE, absolute: 8 * HOUR })
///     .remember_me(Timeouts { idle: 14 * DAY, absolute: 90 * DAY })
///     .revocation(denylist.by_subject(|user: &User| &user.id))
///     .build()?;
/// let flash = shop.flash().build()?;
/// assert_eq!((users.name(), flash.name()), ("__Host-shop", "__Host-shop~flash"));
/// # Ok::<(), hardtack::SetupError>(())
/// ```
///
/// Its name goes into every derived key and into the cookies' names. So two applications on one host do not clash, and neither
/// opens the other's cookies. Build each cookie name once per application; a second `build` fails with an error that says what to
/// do. Two `Application` values with the same name do not know each other, which is what tests and tenants want.
#[derive(Clone)]
pub struct Application(Arc<Site>);

impl Application {
    /// Makes an application that uses the system's clock and trusts no other origin.
    ///
    /// `keys` is a [`KeyRing`], a [`Key`](crate::Key), or a [`Keys`] that several applications share.
    ///
    /// # Errors
    /// A name that is not 1 to 64 of `A-Z a-z 0-9 . _ -`.
    pub fn new(name: &str, keys: impl Into<Keys>) -> Result<Self, SetupError> {
        Self::builder(name, keys).build()
    }

    /// Returns a builder with the defaults, to trust origins or set leeway and clock.
    pub fn builder(name: &str, keys: impl Into<Keys>) -> ApplicationBuilder {
        ApplicationBuilder::new(name, keys.into())
    }

    /// Returns the settings for a session cookie of type `T`: `__Host-shop` for the application `shop`.
    ///
    /// Give a second type its own name: `.name("__Host-shop~prefs")`.
    pub fn session<T: SessionData>(&self) -> SessionCookieBuilder<T> {
        SessionCookieBuilder::new(Arc::clone(&self.0), "")
    }

    /// Returns the settings for the flash messages' cookie: `__Host-shop~flash` for the application `shop`.
    pub fn flash(&self) -> SessionCookieBuilder<Flash> {
        Flash::builder(Arc::clone(&self.0))
    }

    /// Returns the settings for ceremonies with this name, such as `"passkey"`. Each keeps a state of type S in its own short-lived cookie,
    /// `__Host-shop~passkey-…` for an application `shop`.
    pub fn ceremony<S: SessionData>(&self, name: &str) -> CeremonyBuilder<S> {
        CeremonyBuilder::new(Arc::clone(&self.0), name)
    }

    /// Returns the settings for log-in flows at OAuth and OpenID Connect providers.
    pub fn login_flows(&self) -> LoginFlowsBuilder {
        LoginFlowsBuilder::new(Arc::clone(&self.0))
    }

    /// Returns a new denylist for this node alone, with room for 1,000,000 entries. Its type parameter is the subject that it can
    /// log out.
    ///
    /// Make one for the whole process and share it.
    pub fn denylist<S: Subject + ?Sized>(&self) -> Denylist<S> {
        self.denylist_builder().into_denylist()
    }

    /// Returns a builder for a denylist, to set its capacity and how it keeps in touch with other nodes.
    pub fn denylist_builder<S: Subject + ?Sized>(&self) -> DenylistBuilder<S> {
        DenylistBuilder::new(Arc::clone(&self.0.clock))
    }

    /// Returns the settings for tokens of one use, such as `"api"`. A token made for one use does not open for another.
    ///
    /// You may call it again for the same use, and get a sealer with the same keys.
    pub fn sealer(&self, use_: &str) -> SealerBuilder {
        let Site { name, keys, leeway, .. } = &*self.0;
        SealerBuilder::new(keys.clone(), Purpose::token(name, use_), *leeway)
    }

    /// Returns the settings for a sealer of the bytes in this application's cookie `name`, for tools that look into such a
    /// cookie. A server reads its sessions through [`session`](Self::session).
    pub fn cookie_sealer(&self, name: &str) -> SealerBuilder {
        let Site { name: app, keys, leeway, .. } = &*self.0;
        SealerBuilder::new(keys.clone(), Purpose::cookie(app, name), *leeway)
    }

    /// Returns the cross-origin check for routes without a session. Session layers have it built in.
    pub fn cross_origin_protection(&self) -> CrossOriginProtection {
        CrossOriginProtection::of(&self.0)
    }

    /// Replaces the key ring. Everything that this application made uses it at once, and so does every application that shares
    /// its [`Keys`].
    pub fn replace_keys(&self, ring: KeyRing) {
        self.0.keys.replace(ring);
    }

    /// Returns the application's keys, to share them with another application.
    pub fn keys(&self) -> &Keys {
        &self.0.keys
    }

    /// Returns the present moment by the application's clock, for what takes `now`.
    pub fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    /// Returns the application's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Site { name, keys, .. } = &*self.0;
        f.debug_struct("Application")
            .field("name", name)
            .field("keys", keys)
            .finish_non_exhaustive()
    }
}
