//! Panics of all threads: those of the servers are counted, the script's own become the reason in the table.

use std::panic;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};

use hardtack_frameworks::actions::PANIC;

static ELSEWHERE: AtomicUsize = AtomicUsize::new(0);
static LAST: Mutex<String> = Mutex::new(String::new());

/// Call on the thread that runs the scenarios.
pub fn record() {
    let script: ThreadId = thread::current().id();
    panic::set_hook(Box::new(move |info| {
        let text = info.payload_as_str().unwrap_or("a panic without a text");
        if thread::current().id() == script {
            let at = info.location().map(|at| format!(" ({}:{})", at.file(), at.line()));
            *LAST.lock().unwrap() = format!("{text}{}", at.unwrap_or_default());
        } else {
            ELSEWHERE.fetch_add(1, Ordering::SeqCst);
            if text != PANIC {
                println!("a server panicked: {info}");
            }
        }
    }));
}

/// How many panics there were in servers so far.
pub fn in_servers() -> usize {
    ELSEWHERE.load(Ordering::SeqCst)
}

pub fn take_last() -> String {
    std::mem::take(&mut LAST.lock().unwrap())
}
