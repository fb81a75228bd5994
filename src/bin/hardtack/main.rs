//! The `hardtack` command: keys, ring files and tokens, for operators. It uses only the crate's public API.
//!
//! Secrets come from a file, standard input or the environment, never from an argument; only `key new` prints one.
#![forbid(unsafe_code)]
// As in the library.
#![cfg_attr(
    not(test),
    deny(
        clippy::expect_used,
        clippy::panic,
        clippy::todo,
        clippy::unimplemented,
        clippy::unreachable,
        clippy::unwrap_used
    )
)]

use std::io::{self, Write};
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use hardtack::Key;
use serde_json::json;

mod args;
mod diff;
mod repair;
mod report;
mod ring;
mod token;
mod when;

use args::{Arguments, Command, KeyCommand};
use report::{Failure, Report};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let json = arguments.json;
    let printed = run(arguments).and_then(|report| {
        print(&report.text(json))?;
        Ok(report.exit)
    });
    match printed {
        Ok(exit) => exit.into(),
        Err(failure) => {
            // If this fails too, there is nobody left to tell.
            let _ = writeln!(io::stderr(), "{}", failure.text(json));
            failure.exit.into()
        }
    }
}

fn run(arguments: Arguments) -> Result<Report, Failure> {
    let access = arguments.access;
    match arguments.command {
        Command::Key { command: KeyCommand::New } => {
            let key = Key::generate().map_err(Failure::unusable)?;
            let (id, text) = (key.id().to_string(), key.to_text());
            Ok(Report::new(text.as_str(), json!({ "id": id, "key": text.as_str() })))
        }
        Command::Ring { command } => ring::run(command, access),
        Command::Inspect(inspect) => token::inspect(&inspect),
        Command::Open(open) => token::open(&open, access),
        Command::Seal(seal) => token::seal(&seal, access),
        Command::Completion { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "hardtack", &mut script);
            let script = String::from_utf8_lossy(&script);
            Ok(Report::new(script.trim_end(), json!({ "script": script })))
        }
    }
}

/// Prints the text. A reader that stopped early, as in a pipe to `head`, is no error.
fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match writeln!(out, "{text}").and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::unusable(error)),
        _ => Ok(()),
    }
}
