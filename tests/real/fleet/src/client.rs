//! A client: what a person does with a session.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use crate::line::{Answer, Line, PATIENCE};
use crate::tally::Tally;

/// How long a patient client asks again.
const PERSISTENCE: Duration = Duration::from_secs(6);
/// The longest wait between two requests of a client, in milliseconds.
const LONGEST: u64 = 3000;
pub const LONGEST_PAUSE: Duration = Duration::from_millis(LONGEST);

/// How a client behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Logs in, reads and writes without pause, logs out, and again.
    Busy,
    /// As busy, but never logs out.
    Loyal,
    /// Never logs out, reads only, and waits between two reads for nearly as long as the session is promised to last.
    Slow,
}

pub struct Client {
    pub door: SocketAddr,
    /// No other client of the run has it.
    pub number: u64,
    pub habit: Habit,
    /// Asks again where it is refused.
    pub patient: bool,
    /// Asks for `/user` as well, which another server may answer; logs in over a session of before now and then; and sends a request again
    /// if its connection is closed, as browsers do.
    pub roams: bool,
    pub stop: Arc<AtomicBool>,
    pub tally: Arc<Tally>,
    /// Whether its next session starts over the last one.
    pub switches: bool,
    /// Of a small generator; not zero.
    pub random: u64,
}

impl Client {
    pub async fn live(mut self) {
        let mut line = Line::new(self.door, self.number);
        // Not all at one moment.
        sleep(Duration::from_millis(self.below(1000))).await;
        while !self.stopped() {
            self.session(&mut line).await;
            self.think().await;
        }
    }

    /// From log-in to log-out, to the loss of the session, or to the end of the run.
    async fn session(&mut self, line: &mut Line) {
        if self.switches {
            // Another user, who did not wait for the last one to log out.
            self.switches = false;
        } else {
            line.cookies.clear();
            // As a stranger, who gets a session where everybody has one.
            let Some(answer) = self.ask(line, "GET", "/count").await else { return };
            if !answer.is_for_nobody() {
                return self.tally.wrong.add();
            }
        }
        let user = 1 + self.below(u64::MAX);
        let log_in = format!("/session/{user}");
        let Some(answer) = self.insist(line, "PUT", &log_in).await else { return };
        if answer.status != 200 {
            return;
        }
        self.tally.log_ins.add();
        let (mut count, first) = (0, line.key());
        let longest = if self.roams { 60 } else { 300 };
        let mut left = if self.habit == Habit::Busy { 20 + self.below(longest) } else { u64::MAX };
        while left > 0 && !self.stopped() {
            left -= 1;
            self.think().await;
            let write = self.habit != Habit::Slow && self.below(3) == 0;
            let next = format!("/count/{}", count + 1);
            let (method, path) = match () {
                () if write => ("PUT", next.as_str()),
                () if self.roams && self.below(2) == 0 => ("GET", "/user"),
                () => ("GET", "/count"),
            };
            // Without an answer nobody knows what became of a write.
            let Some(answer) = self.insist(line, method, path).await else { return };
            match answer.status {
                _ if answer.is_for_nobody() => return self.tally.lost.add(),
                200 => {
                    if write { &self.tally.writes } else { &self.tally.reads }.add();
                    // What was there before a write, too.
                    let expected = match path {
                        "/user" => user.to_string(),
                        _ => format!("{user} {count}"),
                    };
                    if answer.body != expected {
                        return self.tally.wrong.add();
                    }
                    count += u64::from(write);
                }
                _ => return,
            }
        }
        if self.habit != Habit::Busy {
            self.tally.outlived(first, line.key());
        } else if left == 0 && self.roams && self.below(2) == 0 {
            self.switches = true;
        } else if left == 0
            && let Some(answer) = self.ask(line, "DELETE", "/session").await
            && answer.status == 200
        {
            self.tally.log_outs.add();
            if !line.cookies.is_empty() {
                self.tally.wrong.add();
            }
        }
    }

    /// One request of the session, and again where it is refused and the client is patient.
    async fn insist(&self, line: &mut Line, method: &str, path: &str) -> Option<Answer> {
        let start = Instant::now();
        loop {
            let answer = self.ask(line, method, path).await?;
            if !answer.is_for_nobody() && answer.status != 500 {
                return Some(answer);
            }
            if answer.set_cookie {
                self.tally.removals.add();
            }
            if !self.patient || start.elapsed() > PERSISTENCE {
                return Some(answer);
            }
            self.tally.refused.add();
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn ask(&self, line: &mut Line, method: &str, path: &str) -> Option<Answer> {
        self.tally.requests.add();
        let before = line.key();
        let mut asked = timeout(PATIENCE, line.ask(method, path)).await;
        if self.roams && line.reused && matches!(asked, Ok(Err(_))) {
            self.tally.resent.add();
            line.hang_up();
            asked = timeout(PATIENCE, line.ask(method, path)).await;
        }
        match asked {
            Ok(Ok(answer)) => {
                match answer.status {
                    200 | 401 => {}
                    500 if method == "PUT" => self.tally.failed_changes.add(),
                    500.. => self.tally.server_errors.add(),
                    _ => self.tally.odd.add(),
                }
                if answer.set_cookie
                    && let Some(key) = line.key()
                {
                    self.tally.sealed(before.as_deref(), key);
                }
                Some(answer)
            }
            _ => {
                self.tally.broken.add();
                line.hang_up();
                None
            }
        }
    }

    async fn think(&mut self) {
        let time = match self.habit {
            Habit::Busy | Habit::Loyal => 1 + self.below(8),
            // Half the idle time is what a session is promised, 4 seconds: what is younger is not sealed again. One of
            // them is lost to whole seconds.
            Habit::Slow => 1000 + self.below(LONGEST - 1000),
        };
        sleep(Duration::from_millis(time)).await;
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// xorshift64: any numbers will do, the same ones in each run.
    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % bound
    }
}
