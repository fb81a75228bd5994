//! The hook for what a cookie alone cannot do: end a session on the server.

use std::sync::Arc;
use std::time::Duration;

use super::builder::SessionCookieBuilder;
use crate::claims::Claims;
use crate::payload::SessionData;
use crate::time::Timestamp;

/// Decides which sessions are over although their cookies still open. [`Denylist`](crate::denylist::Denylist) implements it.
///
/// The checks run when a session is opened, and again when a response is about to seal it, so that a slow response does not
/// revive a session that was ended meanwhile. They block the request: keep what they need in memory. Without a hook nothing is
/// called. The threat model has [four rules](crate::guide::threat_model#35-a-stolen-cookie) for your own hook.
///
/// Two methods are enough for a flag in a table of users that a background task keeps in memory:
///
/// ```
/// use hardtack::{Application, Claims, Key, Revocation, Timestamp};
/// use std::collections::HashSet;
/// use std::sync::{Arc, RwLock};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { id: u64 }
///
/// struct Disabled(Arc<RwLock<HashSet<u64>>>);
///
/// impl Revocation<User> for Disabled {
///     fn is_revoked(&self, _: &Claims) -> bool {
///         false
///     }
///
///     fn is_revoked_for(&self, _: &Claims, user: &User) -> bool {
///         self.0.read().is_ok_and(|disabled| disabled.contains(&user.id))
///     }
///
///     fn on_ended(&self, _: &Claims, _keep_until: Timestamp) {}
/// }
///
/// let disabled = Arc::default();
/// let users = Application::new("shop", Key::generate()?)?
///     .session::<User>()
///     .revocation(Disabled(Arc::clone(&disabled)))
///     .build()?;
/// # Ok::<(), hardtack::SetupError>(())
/// ```
pub trait Revocation<T>: Send + Sync + 'static {
    /// Whether a session is over, judging by its claims. Runs before its data is decoded.
    fn is_revoked(&self, claims: &Claims) -> bool;

    /// Whether a session is over, judging by its data, such as its user. Default: no.
    fn is_revoked_for(&self, claims: &Claims, data: &T) -> bool {
        let _ = (claims, data);
        false
    }

    /// Records that the session of `claims` is over: it was ended, or `renew` or `start` replaced its id.
    ///
    /// Remember the id until `keep_until`, when no node accepts any token of the session: [`created`](Claims::created) + the
    /// absolute timeout of its class + the leeway. A copy that was refreshed later than these claims has the same id and a later
    /// [`expires`](Claims::expires).
    fn on_ended(&self, claims: &Claims, keep_until: Timestamp);

    /// Returns the first moment at which a session with this data may be created, if there is one. A hook that refuses a user's
    /// sessions created until some moment returns the second after it. Default: none.
    ///
    /// Times are whole seconds. If a session [starts](crate::SessionSlot::start) in the very second in which its user was logged
    /// out everywhere, it is stamped one second later, so that it stays valid. If that is further ahead than the leeway, starting
    /// fails with [`TooEarly`](crate::SessionError::TooEarly).
    fn earliest_start(&self, data: &T) -> Option<Timestamp> {
        let _ = data;
        None
    }

    /// Called when a cookie is built with this hook.
    ///
    /// Every token of a session is refused from `longest` after its `created` on: the longest absolute timeout plus leeway. No
    /// session is created further ahead of the clock than `leeway`. Default: does nothing.
    fn on_installed(&self, longest: Duration, leeway: Duration) {
        let _ = (longest, leeway);
    }
}

impl<T: SessionData> SessionCookieBuilder<T> {
    /// Sets what can end sessions on the server, such as a [`Denylist`](crate::denylist::Denylist).
    pub fn revocation(mut self, hook: impl Revocation<T>) -> Self {
        self.revocation = Some(Arc::new(hook));
        self
    }
}
