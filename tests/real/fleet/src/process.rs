//! A server: this very program, told to be one.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::Error;
use crate::line::wait_until_up;

/// No machine takes longer for anything.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// Ended by SIGKILL where it is dropped, in the middle of what it does.
pub struct Process(Child);

impl Process {
    /// Starts one that listens at `address`, and waits until it answers.
    pub fn start(address: SocketAddr, words: &[&str]) -> Result<Self, Error> {
        // Also where a build has put another program in our place meanwhile.
        let child = Command::new("/proc/self/exe")
            .args(words)
            // It reads this to learn that we are gone.
            .stdin(Stdio::piped())
            .spawn()?;
        let process = Self(child);
        wait_until_up(address, PATIENCE)?;
        Ok(process)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Another program. It ends when this is dropped or when we end, however that is.
pub struct Tied(Child);

impl Tied {
    pub fn start(program: &Command) -> Result<Self, Error> {
        // The shell reads nothing until its input is closed.
        let child = Command::new("sh")
            .args(["-c", "\"$@\" & cat >/dev/null; kill $!; wait", "sh"])
            .arg(program.get_program())
            .args(program.get_args())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()?;
        Ok(Self(child))
    }
}

impl Drop for Tied {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// How many lines of a log hold all these words.
pub fn lines_with(log: &Path, words: &[&str]) -> Result<u64, Error> {
    let log = fs::read_to_string(log)?;
    Ok(log.lines().filter(|line| words.iter().all(|word| line.contains(word))).count() as u64)
}
