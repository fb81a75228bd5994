//! Reads the crate's events.

use std::fmt::Write;
use std::sync::{Arc, LazyLock, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// Hears nothing. With a single subscriber, tracing asks only the subscriber of the thread where an event happens first, and
/// remembers a no for all threads, so a test on another thread would hear nothing. With a second one, it asks them all.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(Capture::then(|| {})));

/// Runs `act`; the crate's events on this thread meanwhile, a line each.
#[allow(dead_code, reason = "a server has other threads")]
pub fn during<R>(act: impl FnOnce() -> R) -> (R, String) {
    let mut lines = Arc::default();
    let result = with(|events| {
        lines = events;
        act()
    });
    let lines = lines.lock().unwrap().clone();
    (result, lines)
}

/// The same for one who reads along.
#[allow(dead_code, reason = "a server has other threads")]
pub fn with<R>(act: impl FnOnce(Arc<Mutex<String>>) -> R) -> R {
    LazyLock::force(&SECOND);
    let capture = Capture::then(|| {});
    let lines = Arc::clone(&capture.lines);
    tracing::subscriber::with_default(capture, || act(lines))
}

/// The crate's events from now on, on threads without a subscriber. Each event calls `then`, on its own thread.
#[allow(dead_code, reason = "the adapters start no threads")]
pub fn everywhere(then: impl Fn() + Send + Sync + 'static) -> Arc<Mutex<String>> {
    let capture = Capture::then(then);
    let lines = Arc::clone(&capture.lines);
    tracing::subscriber::set_global_default(capture).unwrap();
    lines
}

struct Capture {
    lines: Arc<Mutex<String>>,
    then: Box<dyn Fn() + Send + Sync>,
}

impl Capture {
    fn then(then: impl Fn() + Send + Sync + 'static) -> Self {
        Self { lines: Arc::default(), then: Box::new(then) }
    }
}

impl Subscriber for Capture {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "hardtack"
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        line.0.push('\n');
        self.lines.lock().unwrap().push_str(&line.0);
        (self.then)();
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
