//! What the clients saw.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

#[derive(Default)]
pub struct Count(AtomicU64);

impl Count {
    pub fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Default)]
pub struct Tally {
    pub requests: Count,
    /// Sessions started.
    pub log_ins: Count,
    pub log_outs: Count,
    pub reads: Count,
    pub writes: Count,
    /// A live session was not known, by a 401 or as a guest's, to a client that takes no for an answer: it would show the log-in page.
    pub lost: Count,
    /// The same, or a 500 to a change, for a client that asks again.
    pub refused: Count,
    /// A refusal that came with a Set-Cookie: it would log the browser out.
    pub removals: Count,
    /// Another user, or another count, than the client's own.
    pub wrong: Count,
    /// A log-in or a write answered by a 500.
    pub failed_changes: Count,
    /// Any other 5xx.
    pub server_errors: Count,
    /// Any other status that nobody expects.
    pub odd: Count,
    /// Sent once more over a new connection: the proxy closed the last one before it answered.
    pub resent: Count,
    /// Connections that broke and answers that did not come.
    pub broken: Count,
    /// Of each session that is never logged out and was there at the end: the keys of its first cookie and of its last.
    lives: Mutex<Vec<(String, String)>>,
    /// Cookies set, by the id of the key that sealed them, in the order in which the keys came.
    sealed: Mutex<Vec<(String, Sealed)>>,
}

/// Cookies under one key.
#[derive(Clone, Copy, Default)]
struct Sealed {
    /// For a new session.
    started: u64,
    /// For a session that had one.
    again: u64,
    /// Of these, for one that had one under another key.
    moved: u64,
}

impl Tally {
    /// A cookie was set under the key `new`; the session's was sealed under `old` before.
    pub fn sealed(&self, old: Option<&str>, new: String) {
        let Ok(mut sealed) = self.sealed.lock() else { return };
        let moved = old.is_some_and(|old| old != new);
        let known = sealed.iter().position(|(key, _)| *key == new);
        let place = known.unwrap_or_else(|| {
            sealed.push((new, Sealed::default()));
            sealed.len() - 1
        });
        let count = &mut sealed[place].1;
        count.started += u64::from(old.is_none());
        count.again += u64::from(old.is_some());
        count.moved += u64::from(moved);
    }

    pub fn outlived(&self, first: Option<String>, last: Option<String>) {
        if let (Ok(mut lives), Some(first), Some(last)) = (self.lives.lock(), first, last) {
            lives.push((first, last));
        }
    }

    /// Sessions that lived from the one key to the other.
    pub fn lives(&self, first: &str, last: &str) -> u64 {
        let of = |life: &&(String, String)| life.0 == first && life.1 == last;
        self.lives.lock().map_or(0, |lives| lives.iter().filter(of).count() as u64)
    }

    /// Sessions that are never logged out and were there at the end.
    pub fn survivors(&self) -> u64 {
        self.lives.lock().map_or(0, |lives| lives.len() as u64)
    }

    /// Cookies that brought a session from another key to this one.
    pub fn moved_to(&self, key: &str) -> u64 {
        let Ok(sealed) = self.sealed.lock() else { return 0 };
        sealed.iter().find(|(id, _)| id == key).map_or(0, |(_, sealed)| sealed.moved)
    }

    pub fn keys_used(&self) -> usize {
        self.sealed.lock().map_or(0, |sealed| sealed.len())
    }

    /// No client was mixed up with another, logged out, answered with an error or left without an answer.
    pub fn no_harm(&self) -> bool {
        self.no_harm_but_failed_changes() && self.failed_changes.get() == 0
    }

    pub fn no_harm_but_failed_changes(&self) -> bool {
        [&self.wrong, &self.server_errors, &self.odd, &self.broken, &self.removals]
            .iter()
            .all(|count| count.get() == 0)
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sealed = self.sealed.lock().map(|sealed| sealed.clone()).unwrap_or_default();
        let set_cookies = sealed.iter().map(|(_, key)| key.started + key.again).sum();
        for (name, count) in [
            ("requests", self.requests.get()),
            ("  reads", self.reads.get()),
            ("  writes", self.writes.get()),
            ("  log-outs", self.log_outs.get()),
            ("sessions started", self.log_ins.get()),
            ("sessions lost", self.lost.get()),
            ("refused, and back at a later try", self.refused.get()),
            ("refusals that removed a cookie", self.removals.get()),
            ("answers of another session or state", self.wrong.get()),
            ("log-ins and writes answered by a 500", self.failed_changes.get()),
            ("other 5xx", self.server_errors.get()),
            ("other statuses", self.odd.get()),
            ("requests sent again on a new connection", self.resent.get()),
            ("requests without an answer", self.broken.get()),
            ("set-cookies", set_cookies),
        ] {
            writeln!(f, "  {name:40} {count:>8}")?;
        }
        for (key, Sealed { started, again, moved }) in sealed {
            let started = format!("{started} sessions started");
            writeln!(
                f,
                "    {key}  {started}, {again} re-seals, {moved} of them from another key"
            )?;
        }
        Ok(())
    }
}
