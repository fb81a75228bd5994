//! The hook for what a cookie alone cannot do: to end a session on the server.

use std::time::Duration;

use crate::claims::Claims;
use crate::time::Timestamp;

/// Decides which sessions are over although their cookies still open. [`Denylist`](crate::Denylist) is one.
///
/// The checks run when a session is opened and again when a response is about to seal it anew, so that a slow response does
/// not revive a session that was ended meanwhile. They block the request: keep what they read in memory. Without a hook
/// nothing is called.
pub trait Revocation<T>: Send + Sync + 'static {
    /// Whether a session is over, by its claims; runs before its data is decoded.
    fn is_revoked(&self, claims: &Claims) -> bool;

    /// Whether a session is over, by what is in it, say whose it is. Default: no.
    fn is_revoked_for(&self, claims: &Claims, data: &T) -> bool {
        let _ = (claims, data);
        false
    }

    /// Takes note that the session of `claims` is over: it was ended, or its id was replaced by `renew` or `start`.
    ///
    /// Keep the id until `keep_until`, when no node accepts any token of the session: [`created`](Claims::created) + the absolute
    /// timeout of its class + the leeway. A copy that was refreshed later than these claims carries the same id and a later
    /// [`expires`](Claims::expires).
    fn ended(&self, claims: &Claims, keep_until: Timestamp);

    /// The moment that a session of this data must be created after, where there is one: whoever refuses the sessions of a user that
    /// were created until then tells it here. Default: none.
    ///
    /// Times are whole seconds. A session that [starts](crate::SessionSlot::start) in the very second in which its user was logged out
    /// everywhere is stamped one second later, so that it holds; further ahead than the leeway it is
    /// [`TooEarly`](crate::SessionError::TooEarly).
    fn starts_after(&self, data: &T) -> Option<Timestamp> {
        let _ = data;
        None
    }

    /// Called when a cookie is built with this hook. Every token of a session is refused `longest` after its `created`: the longest
    /// absolute timeout, and the leeway. No session is created further ahead of the clock than `leeway`, or none that would open. Default:
    /// does nothing.
    fn installed(&self, longest: Duration, leeway: Duration) {
        let _ = (longest, leeway);
    }
}
