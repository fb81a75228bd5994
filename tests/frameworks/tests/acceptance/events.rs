//! The crate's `tracing` events, from all threads. Servers run one after the other, so whatever is found is the present one's.

use std::fmt::Write;
use std::sync::Mutex;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

pub fn capture() {
    tracing::subscriber::set_global_default(Capture).unwrap();
}

/// The events since the last call, a line each.
pub fn take() -> Vec<String> {
    std::mem::take(&mut LINES.lock().unwrap())
}

/// The line of a refused cookie.
pub fn refused(reason: &str) -> String {
    format!("INFO message=session cookie refused reason={reason:?}")
}

/// The line of a change that became a 500.
pub fn failed(reason: &str) -> String {
    format!("ERROR message=session change failed reason={reason:?}")
}

/// The line of a request that was taken for another site's.
pub fn cross_origin(reason: &str) -> String {
    format!("INFO message=cross-origin request refused reason={reason:?}")
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
