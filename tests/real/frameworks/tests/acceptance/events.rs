//! The crate's `tracing` events, from all threads. Servers run one after the other, so whatever is found is the present one's.

use std::fmt::Write;
use std::sync::Mutex;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::scenarios::NAME;

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

pub fn capture() {
    tracing::subscriber::set_global_default(Capture).unwrap();
}

/// The events since the last call, a line each: those that operators read.
pub fn take() -> Vec<String> {
    let mut lines = take_all();
    lines.retain(|line| !line.starts_with("DEBUG"));
    lines
}

/// The same with those for whoever looks for a mistake.
pub fn take_all() -> Vec<String> {
    std::mem::take(&mut LINES.lock().unwrap())
}

/// The line of a handler that asked for a session where the request has no cookie.
pub fn no_cookie(cookie: &str) -> String {
    format!("DEBUG message=no session cookie in the request cookie={cookie:?}")
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
pub fn assert_refused(reason: &str) {
    let found = take();
    let [line] = &found[..] else { panic!("{reason}: {found:?}") };
    assert!(is_refusal(line, reason), "{reason}: {line}");
}

/// The line of a change that became a 500.
pub fn failed(reason: &str) -> String {
    format!("ERROR message=session change failed reason={reason:?}")
}

/// One change became a 500 because it does not fit. The adapters say by how much; what a server's own routes say is theirs.
#[track_caller]
pub fn assert_too_large() {
    let found = take();
    let [line] = &found[..] else { panic!("{found:?}") };
    let rest = line.strip_prefix(&failed("too large")).unwrap_or_else(|| panic!("{line}"));
    assert!(
        rest.is_empty() || rest.starts_with(" used=") && rest.contains(" limit=4096 "),
        "{line}"
    );
}

/// The lines of as many requests that were taken for another site's: why, what was compared, and what would let them pass.
#[track_caller]
pub fn assert_cross_origin(
    reason: &str,
    (method, path): (&str, &str),
    sent: &[(&'static str, &'static str)],
    count: usize,
) {
    let all = |name| {
        let lines = sent.iter().filter(|line| line.0 == name).map(|line| line.1);
        lines.collect::<Vec<_>>().join(", ")
    };
    let (site, origin) = (all("sec-fetch-site"), all("origin"));
    let asked = format!("reason={reason:?} method={method:?} path={path:?}");
    let compared = format!("{asked} sec_fetch_site={site:?} origin={origin:?} host=\"localhost");
    let known = format!("INFO message=cross-origin request refused {compared}");
    let remedy = match reason {
        "cross site" | "other origin" => ".trust(origin)",
        "opaque origin" => "Referrer-Policy: same-origin",
        _ => ".danger_pass_without_origin(path)",
    };
    let found = take();
    assert_eq!(found.len(), count, "{reason}: {found:?}");
    for line in found {
        let (_, told) = line.split_once(" remedy=").unwrap_or_else(|| panic!("no remedy: {line}"));
        assert!(line.starts_with(&known) && told.contains(remedy), "{reason}: {line}");
    }
}

struct Capture;

impl Subscriber for Capture {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && metadata.target() == "hardtack"
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        LINES.lock().unwrap().push(line.0);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        write!(self.0, " {}={value:?}", field.name()).unwrap();
    }
}
