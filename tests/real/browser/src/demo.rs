//! `examples/demo`, started by the documented command.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// The running demo. Dropping it stops it.
pub struct Demo {
    child: Child,
    address: String,
}

impl Demo {
    pub fn start() -> Self {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
        let mut child = Command::new(cargo)
            .args(["run", "--quiet", "--locked", "--example", "demo", "--features", "axum"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.."))
            .env("PORT", "0")
            .stdout(Stdio::piped())
            .spawn()
            .expect("cargo starts");
        let mut address = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let address = address.trim_end().to_owned();
        assert!(address.starts_with("http://localhost:"), "the demo printed {address:?}");
        Self { child, address }
    }

    /// The address that the demo printed, and a path.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
