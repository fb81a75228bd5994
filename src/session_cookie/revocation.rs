//! The hook for what a cookie alone cannot do: to end a session on the server.

use crate::claims::Claims;

/// Decides which sessions are over although their cookies still open.
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
    /// Keep the id until [`created`](Claims::created) + the absolute timeout + the leeway: a copy that was refreshed later than
    /// these claims carries the same id and a later [`expires`](Claims::expires).
    fn ended(&self, claims: &Claims);
}
