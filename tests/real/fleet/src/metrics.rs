//! What a node tells Prometheus: the two pieces of code that docs/operations.md shows.

use std::fmt;

use metrics::counter;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

/// Counts hardtack's events by level, by what happened and why.
pub struct CountEvents;

impl<S: Subscriber> Layer<S> for CountEvents {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "hardtack" {
            let level = event.metadata().level().as_str();
            let mut labels = Labels::default();
            event.record(&mut labels);
            let Labels { event, reason } = labels;
            counter!("hardtack_events_total", "level" => level, "event" => event, "reason" => reason)
                .increment(1);
        }
    }
}

/// Fixed texts of the crate, so no browser can make up a new one.
#[derive(Default)]
struct Labels {
    event: String,
    reason: String,
}

impl Visit for Labels {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "reason" {
            self.reason = value.to_owned();
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let text = format!("{value:?}");
            // What follows a colon is advice.
            self.event = text.split(':').next().unwrap_or_default().to_owned();
        }
    }
}

/// Call it once, at start: Prometheus sees no rise in a counter whose first value is 1.
pub fn begin_at_zero() {
    let unknown_key = ["INFO", "session cookie refused", "unknown key"];
    let [level, event, reason] = unknown_key;
    counter!("hardtack_events_total", "level" => level, "event" => event, "reason" => reason)
        .increment(0);
}

use hardtack::{Timestamp, keys::Keys};

/// The ring of this node, as lines of its metrics page. No secret is in it.
pub fn ring_metrics(keys: &Keys) -> Option<String> {
    let status = keys.status()?;
    let mut lines = String::new();
    for key in &status.key_ids {
        let seals = u8::from(status.sealing_key == Some(*key));
        lines += &format!("hardtack_ring_key{{key=\"{key}\"}} {seals}\n");
    }
    let age = Timestamp::now().as_secs().saturating_sub(status.checked_at.as_secs());
    lines += &format!("hardtack_ring_look_age_seconds {age}\n");
    let failing = u8::from(status.error.is_some());
    let reason = status.error.map_or("", |error| error.label());
    lines += &format!("hardtack_ring_failing{{reason=\"{reason}\"}} {failing}\n");
    Some(lines)
}
