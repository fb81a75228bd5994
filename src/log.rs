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

/// A list of ended sessions gave its oldest entries up for refusing all sessions created until `not_before`.
pub(crate) fn denylist_raised(reason: &'static str, not_before: u64) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "hardtack", reason, not_before, "all older sessions are refused");
    let _ = (reason, not_before);
}

/// A list of ended sessions has not heard the other nodes for too long.
pub(crate) fn denylist_out_of_touch(meanwhile: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "hardtack", meanwhile, "denylist out of touch");
    let _ = meanwhile;
}

/// It hears them again.
pub(crate) fn denylist_in_touch() {
    #[cfg(feature = "tracing")]
    tracing::info!(target: "hardtack", "denylist in touch");
}
