//! What operators read while the scenarios run: the crate's events, one line each.

use crate::scenarios::NAME;
use crate::site::Site;

/// The events since the last call that operators read about requests, one line each. Leaves out that a scenario has replaced the
/// ring, since no request did that.
pub fn take(site: &Site) -> Vec<String> {
    let mut lines = take_all(site);
    lines.retain(|line| {
        !line.starts_with("DEBUG") && !line.starts_with("INFO message=key ring loaded")
    });
    lines
}

/// The same, including debug events.
pub fn take_all(site: &Site) -> Vec<String> {
    std::mem::take(&mut *site.events.lock().unwrap()).lines().map(str::to_owned).collect()
}

/// The line of a handler that asked for a session where the request has no cookie.
pub fn no_cookie(cookie: &str) -> String {
    format!("DEBUG message=no session cookie in the request cookie={cookie:?}")
}

/// The same where the request is exempt from the check of its origin.
pub fn exempt(cookie: &str) -> String {
    format!("DEBUG message=exempt request: its session cookie is not read cookie={cookie:?}")
}

/// Whether this is the line of a refused users' cookie. For an unknown key it ends with the key's id, and with nothing else.
pub fn is_refusal(line: &str, reason: &str) -> bool {
    let known = format!("INFO message=session cookie refused reason={reason:?} cookie={NAME:?}");
    let Some(rest) = line.strip_prefix(&known) else { return false };
    match rest.strip_prefix(" key=") {
        Some(id) => {
            reason == "unknown key" && id.len() == 16 && id.bytes().all(|c| c.is_ascii_hexdigit())
        }
        None => rest.is_empty() && reason != "unknown key",
    }
}

/// One cookie was refused since the last call, for this reason, and nothing else happened.
#[track_caller]
pub fn assert_refused(site: &Site, reason: &str) {
    let found = take(site);
    let [line] = &found[..] else { panic!("{reason}: {found:?}") };
    assert!(is_refusal(line, reason), "{reason}: {line}");
}

/// The line of a change that became a 500.
pub fn failed(reason: &str) -> String {
    format!("ERROR message=session change failed reason={reason:?}")
}

/// One change became a 500 because it does not fit. The adapters say by how much; what a server's own routes say is theirs.
#[track_caller]
pub fn assert_too_large(site: &Site) {
    let found = take(site);
    let [line] = &found[..] else { panic!("{found:?}") };
    let rest = line.strip_prefix(&failed("too large")).unwrap_or_else(|| panic!("{line}"));
    let by_how_much = " used=6826 limit=4096 data=5003";
    assert!(
        rest == by_how_much || rest.is_empty() && site.traits.no_extractors.is_some(),
        "{line}"
    );
}

/// The lines of as many requests that were taken for another site's: why, what was compared, and what would let them pass.
#[track_caller]
pub fn assert_cross_origin(
    site: &Site,
    reason: &str,
    (method, path): (&str, &str),
    sent: &[(&'static str, &'static str)],
    count: usize,
) {
    let all = |name| {
        let lines = sent.iter().filter(|line| line.0 == name).map(|line| line.1);
        lines.collect::<Vec<_>>().join(", ")
    };
    let (sec_fetch_site, origin) = (all("sec-fetch-site"), all("origin"));
    let asked = format!("reason={reason:?} method={method:?} path={path:?}");
    let compared =
        format!("{asked} sec_fetch_site={sec_fetch_site:?} origin={origin:?} host=\"localhost");
    let known = format!("INFO message=cross-origin request refused {compared}");
    let remedy = match reason {
        "cross site" | "other origin" => ".trust(origin)",
        "opaque origin" => "Referrer-Policy: same-origin",
        "malformed" => "scheme://host[:port]",
        _ => ".danger_pass_without_origin(path)",
    };
    let found = take(site);
    assert_eq!(found.len(), count, "{reason}: {found:?}");
    for line in found {
        let (_, told) = line.split_once(" remedy=").unwrap_or_else(|| panic!("no remedy: {line}"));
        assert!(line.starts_with(&known) && told.contains(remedy), "{reason}: {line}");
    }
}
