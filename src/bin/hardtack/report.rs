//! What a command prints: as text, and as one JSON value.

use std::fmt::Display;

use hardtack::OpenError;
use hardtack::keys::RingFileError;
use serde_json::{Value, json};

/// The command did what it was asked.
pub const DONE: u8 = 0;
/// The answer is no: a token is refused, `ring check` warns, `ring diff` finds a difference.
pub const NO: u8 = 1;
/// The command line is wrong; clap uses the same code.
pub const USAGE: u8 = 2;
/// The ring, a token's key or the input cannot be used.
pub const UNUSABLE: u8 = 3;
/// Another process was first: a rotation is in progress, or the file exists or is locked.
pub const TAKEN: u8 = 4;

/// What is printed on standard output.
pub struct Report {
    text: String,
    json: Value,
    pub exit: u8,
}

impl Report {
    pub fn new(text: impl Into<String>, json: Value) -> Self {
        Self { text: text.into(), json, exit: DONE }
    }

    pub fn exit(mut self, exit: u8) -> Self {
        self.exit = exit;
        self
    }

    pub fn text(&self, json: bool) -> String {
        if json { self.json.to_string() } else { self.text.clone() }
    }
}

/// What is printed on standard error.
pub struct Failure {
    text: String,
    label: &'static str,
    pub exit: u8,
}

impl Failure {
    pub fn unusable(error: impl Display) -> Self {
        Self { text: error.to_string(), label: "unusable", exit: UNUSABLE }
    }

    pub fn usage(error: impl Display) -> Self {
        Self { text: error.to_string(), label: "usage", exit: USAGE }
    }

    pub fn refused(error: OpenError) -> Self {
        Self { text: format!("refused: {error}"), label: error.label(), exit: NO }
    }

    /// Puts the file's name in front.
    pub fn within(mut self, place: impl Display) -> Self {
        self.text = format!("{place}: {}", self.text);
        self
    }

    pub fn text(&self, json: bool) -> String {
        if json {
            json!({ "error": self.label, "text": self.text }).to_string()
        } else {
            format!("hardtack: {}", self.text)
        }
    }
}

impl From<RingFileError> for Failure {
    fn from(error: RingFileError) -> Self {
        let exit = match error.label() {
            "rotation pending" | "exists" | "locked" | "not added" => TAKEN,
            _ => UNUSABLE,
        };
        Self { text: error.to_string(), label: error.label(), exit }
    }
}
