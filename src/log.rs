//! What operators see: fixed texts, never an octet of a cookie. Without the feature `tracing` nothing is logged.

/// A request's session cookie was refused.
pub(crate) fn refused(reason: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::info!(target: "hardtack", reason, "session cookie refused");
    let _ = reason;
}

/// Something that nobody asked for was left undone; the session lives on as it was.
pub(crate) fn not_refreshed(reason: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "hardtack", reason, "session not refreshed");
    let _ = reason;
}

/// The application marked a response for shared caches and changed the session in it.
pub(crate) fn forced_no_store() {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "hardtack", "cacheable response changes the session: Cache-Control is now no-store");
}

/// A watched ring file changed, and the new ring is in use.
#[cfg(feature = "ring-file")]
pub(crate) fn ring_loaded(keys: usize) {
    #[cfg(feature = "tracing")]
    tracing::info!(target: "hardtack", keys, "key ring loaded");
    let _ = keys;
}

/// A watched ring file cannot be used; the last good ring stays.
#[cfg(feature = "ring-file")]
pub(crate) fn ring_kept(reason: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "hardtack", reason, "key ring not loaded: the last good one stays");
    let _ = reason;
}
