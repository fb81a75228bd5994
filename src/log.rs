//! What operators see: fixed texts, and never a byte of a cookie. Without the feature `tracing` nothing is logged.

#[cfg(feature = "ring-file")]
use crate::error::RingFileError;
use crate::error::{OldCookieError, OpenError};
use crate::id::KeyId;

/// A request's session cookie was refused.
pub(crate) fn refused<T>(cookie: &str, refusal: &OpenError) {
    let (reason, session) = (refusal.label(), std::any::type_name::<T>());
    #[cfg(feature = "tracing")]
    match refusal {
        OpenError::UnknownKey { key } => {
            tracing::info!(target: "hardtack", reason, cookie, %key, "session cookie refused");
        }
        OpenError::UnknownShape { found, written } => tracing::info!(
            target: "hardtack",
            reason,
            cookie,
            session,
            found = format_args!("{found:06x}"),
            written = format_args!("{written:06x}"),
            remedy = "keep the old type and .upgrade(…) it; in a fleet, deploy .reads_newer(…) one release ahead",
            "session cookie refused"
        ),
        _ => tracing::info!(target: "hardtack", reason, cookie, "session cookie refused"),
    }
    let _ = (reason, cookie, session);
}

/// A handler asked for the session, but the request carries no cookie: the beginner's 401. An exempt request may carry one.
pub(crate) fn no_cookie(cookie: &str, exempt: bool) {
    #[cfg(feature = "tracing")]
    if exempt {
        tracing::debug!(target: "hardtack", cookie, "exempt request: its session cookie is not read");
    } else {
        tracing::debug!(target: "hardtack", cookie, "no session cookie in the request");
    }
    let _ = (cookie, exempt);
}

/// A cookie from the previous system was refused.
pub(crate) fn old_refused(cookie: &str, refusal: OldCookieError) {
    let reason = refusal.label();
    #[cfg(feature = "tracing")]
    tracing::info!(target: "hardtack", reason, cookie, "old session cookie refused");
    let _ = (reason, cookie);
}

/// A session from the previous system was sealed into our cookie.
pub(crate) fn moved(cookie: &str) {
    #[cfg(feature = "tracing")]
    tracing::info!(target: "hardtack", cookie, "session moved");
    let _ = cookie;
}

/// A session from the previous system could not be sealed; the next request tries again.
pub(crate) fn not_moved(cookie: &str, reason: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "hardtack", reason, cookie, "session not moved: the old cookie stays");
    let _ = (cookie, reason);
}

/// A browser has bound the session in this cookie to its device.
#[cfg(feature = "device-binding")]
pub(crate) fn device_bound(cookie: &str) {
    #[cfg(feature = "tracing")]
    tracing::info!(target: "hardtack", cookie, "session bound to a device");
    let _ = cookie;
}

/// A device has proved itself again.
#[cfg(feature = "device-binding")]
pub(crate) fn device_proved(cookie: &str) {
    #[cfg(feature = "tracing")]
    tracing::debug!(target: "hardtack", cookie, "device proved");
    let _ = cookie;
}

/// A browser was told that a binding is over, since its session is.
#[cfg(feature = "device-binding")]
pub(crate) fn device_ended(cookie: &str, reason: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::debug!(target: "hardtack", reason, cookie, "device's binding ended");
    let _ = (cookie, reason);
}

/// What a browser sent to register a device, or to prove one, was refused.
#[cfg(feature = "device-binding")]
pub(crate) fn device_refused(cookie: &str, reason: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::info!(target: "hardtack", reason, cookie, "device refused");
    let _ = (cookie, reason);
}

/// A ceremony was not begun, or its end could not be judged. `cookie` is what its cookies' names start with.
pub(crate) fn ceremony_failed(cookie: &str, reason: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "hardtack", reason, cookie, "ceremony failed");
    let _ = (cookie, reason);
}

/// A ceremony was not finished. `key`: the one that is unknown, if that is the reason.
pub(crate) fn ceremony_refused(cookie: &str, reason: &'static str, key: Option<KeyId>) {
    #[cfg(feature = "tracing")]
    match key {
        Some(key) => tracing::info!(target: "hardtack", reason, cookie, %key, "ceremony refused"),
        None => tracing::info!(target: "hardtack", reason, cookie, "ceremony refused"),
    }
    let _ = (cookie, reason, key);
}

/// A cookie is built with a predecessor past its cut-off, so nobody reads the old cookie any more.
pub(crate) fn predecessor_over(cookie: &str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "hardtack", cookie, "predecessor is past its cut-off: delete it");
    let _ = cookie;
}

/// The session is first read after the head was sent: no change to it can reach the browser, and caches were told nothing.
pub(crate) fn looked_late(cookie: &str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(
        target: "hardtack",
        cookie,
        "session first read after the response's head was sent: read it before streaming a body"
    );
    let _ = cookie;
}

/// A change was requested, but the session reached its own end before the response was ready. The response is sent all the same.
pub(crate) fn not_kept(reason: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "hardtack", reason, "session change not kept");
    let _ = reason;
}

/// A request looks like another site's; the answer is a 403. `compared` comes from the wire.
pub(crate) fn cross_origin_refused(
    reason: &'static str,
    compared: &Compared<'_>,
    remedy: &'static str,
) {
    #[cfg(feature = "tracing")]
    tracing::info!(
        target: "hardtack",
        reason,
        method = compared.method,
        path = compared.path,
        sec_fetch_site = compared.sec_fetch_site,
        origin = compared.origin,
        host = compared.host,
        remedy,
        "cross-origin request refused"
    );
    let Compared { method, path, sec_fetch_site, origin, host } = compared;
    let _ = (reason, method, path, sec_fetch_site, origin, host, remedy);
}

/// An exemption that no request can match: a typing error.
pub(crate) fn exempts_nothing(method: &str, path: &str) {
    #[cfg(feature = "tracing")]
    tracing::error!(
        target: "hardtack",
        method,
        path,
        "exemption matches nothing: write the method in capitals and the whole path, without query and without *"
    );
    let _ = (method, path);
}

/// What decided about a request, as shown by [`append_shown`]. Empty means absent. The path is without the query.
pub(crate) struct Compared<'c> {
    pub(crate) method: &'c str,
    pub(crate) path: &'c str,
    pub(crate) sec_fetch_site: &'c str,
    pub(crate) origin: &'c str,
    pub(crate) host: &'c str,
}

/// Appends a header's value to a log line: printable and cut short, whatever was sent.
pub(crate) fn append_shown(value: &[u8], shown: &mut String) {
    const MOST: usize = 128;
    let cut = &value[..value.len().min(MOST)];
    let separator = if shown.is_empty() { "" } else { ", " };
    let dots = if cut.len() < value.len() { "…" } else { "" };
    if shown.len() <= MOST {
        shown.push_str(&format!("{separator}{}{dots}", cut.escape_ascii()));
    }
}

/// Two cookies with the same name in one request, from two places: the answer is a 500.
pub(crate) fn name_conflict(name: &str) {
    #[cfg(feature = "tracing")]
    tracing::error!(
        target: "hardtack",
        cookie = name,
        "two session cookies with the same name in one request: build it once and clone it, or call .name(…)"
    );
    let _ = name;
}

/// Something that nobody asked for, such as a refresh, was skipped; the session stays as it was.
pub(crate) fn not_refreshed(reason: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "hardtack", reason, "session not refreshed");
    let _ = reason;
}

/// The application marked a response for shared caches, but the same response changes the session.
pub(crate) fn forced_no_store() {
    #[cfg(feature = "tracing")]
    tracing::warn!(target: "hardtack", "cacheable response changes the session: Cache-Control is now no-store");
}

/// Where a ring comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum RingFrom {
    /// The file that is watched from now on.
    #[cfg(feature = "ring-file")]
    Start,
    /// The watched file, after a change.
    #[cfg(feature = "ring-file")]
    File,
    /// The application, through `replace`.
    Hand,
}

/// A ring is in use. Its ids are not secret.
pub(crate) fn ring_loaded(from: RingFrom, keys: impl Iterator<Item = KeyId>, seals: Option<KeyId>) {
    #[cfg(feature = "tracing")]
    {
        let from = match from {
            #[cfg(feature = "ring-file")]
            RingFrom::Start => "start",
            #[cfg(feature = "ring-file")]
            RingFrom::File => "file",
            RingFrom::Hand => "replace_keys",
        };
        let keys = keys.map(|key| key.to_string()).collect::<Vec<_>>().join(" ");
        let seals = seals.map_or_else(|| "none".to_owned(), |key| key.to_string());
        tracing::info!(target: "hardtack", from, %keys, %seals, "key ring loaded");
    }
    #[cfg(not(feature = "tracing"))]
    let _ = (from, keys, seals);
}

/// A watched ring file cannot be used, so the last good ring stays. The error names line and field, never a byte of the file.
#[cfg(feature = "ring-file")]
pub(crate) fn ring_kept(error: &RingFileError) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "hardtack", reason = error.label(), %error, "key ring not loaded: keeping the last good one");
    let _ = error;
}

/// A watched ring file is itself a mount point: a file renamed into its place outside never shows up here.
#[cfg(feature = "ring-file")]
pub(crate) fn ring_is_mount() {
    #[cfg(feature = "tracing")]
    tracing::warn!(
        target: "hardtack",
        "the ring file is itself a mount point, so a file renamed into its place never shows up here: mount its folder"
    );
}

/// A denylist was full: it replaced its oldest entries by refusing all sessions created until `not_before`.
pub(crate) fn denylist_raised(reason: &'static str, not_before: u64) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "hardtack", reason, not_before, "all older sessions are refused");
    let _ = (reason, not_before);
}

/// A denylist has not heard from the other nodes for too long.
pub(crate) fn denylist_out_of_touch(meanwhile: &'static str) {
    #[cfg(feature = "tracing")]
    tracing::error!(target: "hardtack", meanwhile, "denylist out of touch");
    let _ = meanwhile;
}

/// A denylist hears from the other nodes again.
pub(crate) fn denylist_in_touch() {
    #[cfg(feature = "tracing")]
    tracing::info!(target: "hardtack", "denylist in touch");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(values: &[&[u8]]) -> String {
        let mut shown = String::new();
        values.iter().for_each(|value| append_shown(value, &mut shown));
        shown
    }

    #[test]
    fn values_are_shown_printable_and_side_by_side() {
        assert_eq!(shown(&[]), "");
        assert_eq!(shown(&[b""]), "");
        assert_eq!(shown(&[b"https://a.example"]), "https://a.example");
        assert_eq!(shown(&[b"a", b"b"]), "a, b");
        assert_eq!(
            shown(&[b"\r\nx: \"\x00\xff\xc3\xa9\x1b[31m"]),
            r#"\r\nx: \"\x00\xff\xc3\xa9\x1b[31m"#
        );
    }

    #[test]
    fn a_value_is_cut_after_128_bytes() {
        let whole = "a".repeat(128);
        assert_eq!(shown(&[whole.as_bytes()]), whole);
        assert_eq!(shown(&[format!("{whole}b").as_bytes()]), format!("{whole}…"));
        // Within a character too, whose bytes are shown one by one.
        let cut = shown(&[format!("{}\u{e9}", "a".repeat(127)).as_bytes()]);
        assert!(cut.ends_with(r"a\xc3…"), "{cut}");
    }

    #[test]
    fn many_values_are_no_longer_than_a_few() {
        let line = [0xFF; 64 << 10];
        let one = shown(&[&line]);
        assert_eq!(one.len(), 4 * 128 + "…".len());
        assert_eq!(shown(&[&line[..]; 1_000]), one);
        let short = shown(&[&b"ab"[..]; 1_000]);
        assert!((128..=132).contains(&short.len()), "{}", short.len());
    }
}
