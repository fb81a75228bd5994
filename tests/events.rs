//! What operators read in the logs, word for word. The adapters' own events are asked for with the adapters.
#![cfg(all(feature = "testing", feature = "tracing"))]

#[path = "adapters/events.rs"]
mod events;

mod common;
#[cfg(feature = "ring-file")]
mod ring_common;

use std::collections::BTreeSet;
use std::time::Duration;

use common::*;
use hardtack::testing::{Head, ManualClock};
use hardtack::{
    Class, Denylist, DenylistBuilder, Fallback, Key, KeyRing, SessionCookie, Timestamp,
};

fn list(set: impl FnOnce(DenylistBuilder) -> DenylistBuilder) -> (Denylist, ManualClock) {
    let clock = ManualClock::at(Timestamp::from_secs(T));
    (set(Denylist::builder().clock(clock.clone())).build().unwrap(), clock)
}

#[test]
fn a_full_list_says_whom_it_refuses() {
    let (full, _) = list(|builder| builder.capacity(2));
    let fill = |ids: [u64; 2]| events::during(|| ids.map(|id| full.log_out_everywhere(id))).1;
    assert_eq!(fill([1, 2]), "");
    let said = |reason| {
        format!("ERROR message=all older sessions are refused reason=\"{reason}\" not_before={T}\n")
    };
    assert_eq!(fill([3, 4]).matches(&said("the list is full")).count(), 1);
    let (other, _) = list(|builder| builder);
    let learn = || events::during(|| other.merge(&full.snapshot()).unwrap()).1;
    assert!(learn().contains("another node's list was full"));
    assert_eq!(learn(), "");
}

#[test]
fn a_change_of_state_is_said_once_whoever_looks() {
    for (fallback, meanwhile) in
        [(Fallback::Open, "its last list goes on"), (Fallback::Closed, "all sessions are refused")]
    {
        let (list, clock) =
            list(|builder| builder.when_out_of_touch(Duration::from_secs(5), fallback));
        let look = || events::during(|| [list.status().in_touch, list.status().in_touch]);
        let out = format!("ERROR message=denylist out of touch meanwhile=\"{meanwhile}\"\n");
        assert_eq!(look(), ([false; 2], out.clone()));
        let hear = || events::during(|| [list.heard(), list.heard()]).1;
        assert_eq!(hear(), "INFO message=denylist in touch\n");
        clock.advance(Duration::from_secs(6));
        assert_eq!(look(), ([false; 2], out));
        assert_eq!(look(), ([false; 2], String::new()));
    }
}

#[test]
fn a_refused_cookie_is_said_once_a_request() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    site.ring.replace(KeyRing::new(Key::generate().unwrap()));
    let ask = || {
        let slot = site.slot(&line);
        events::during(|| [slot.rejection(), slot.rejection()]).1
    };
    let said = "INFO message=session cookie refused reason=\"unknown key\"\n";
    assert_eq!([ask(), ask()], [said; 2]);
}

#[test]
fn a_refresh_that_is_left_undone_is_said() {
    let site = site();
    let line = site.line(&user(7, "Ada"));
    let (older, newer) = (site.release(0, 1), site.release(1, 0));
    let ahead = hardtack::testing::request_cookie(&newer, Class::Standard, &user(7, "Ada"));
    site.wait(1_000);
    let respond = |cookie: &SessionCookie<User>, line: &str| {
        let slot = cookie.slot([line]);
        slot.get().unwrap();
        events::during(|| commit(&slot, 200)).1
    };
    let said = |reason| format!("WARN message=session not refreshed reason=\"{reason}\"\n");
    assert_eq!(respond(&site.cookie, &line), "");
    assert_eq!(respond(&older, &ahead.unwrap()), said("newer schema"));
    let slot = site.slot(&line);
    slot.get().unwrap();
    site.ring.replace(KeyRing::opening(Key::generate().unwrap()));
    assert_eq!(events::during(|| commit(&slot, 200)).1, said("no sealing key"));
}

#[test]
fn a_response_for_shared_caches_that_changes_the_session_is_said() {
    let site = site();
    let slot = site.slot("");
    slot.start(user(7, "Ada")).unwrap();
    let head = Head::new(200).with("cache-control", "public, max-age=60");
    let message = "cacheable response changes the session: Cache-Control is now no-store";
    let (head, said) = events::during(|| try_commit(&slot, head).unwrap());
    assert_eq!(said, format!("WARN message={message}\n"));
    assert_eq!(lines(&head, "cache-control"), ["no-store"]);
}

/// The thread of a watched ring has no subscriber of its own: these go to the one of the process.
#[cfg(feature = "ring-file")]
#[test]
fn a_ring_that_is_loaded_or_kept_is_said_and_whoever_hears_it_may_ask() {
    use hardtack::{RingFile, RingHandle, RotationPolicy};

    let folder = ring_common::Folder::new();
    RingFile::new(Key::generate().unwrap(), Timestamp::from_secs(0)).create(folder.ring()).unwrap();
    let ring = RingHandle::watch(folder.ring(), Duration::from_millis(10)).unwrap();
    let asked = ring.clone();
    let lines = events::everywhere(move || drop(asked.status()));
    let until = |message: &str| {
        ring_common::until(|| lines.lock().unwrap().contains(message).then_some(()).ok_or(message));
    };
    let policy = RotationPolicy::default();
    let rotate =
        |file: &mut RingFile| file.rotate(Key::generate().unwrap(), &policy, Timestamp::now());
    RingFile::update(folder.ring(), rotate).unwrap();
    until("INFO message=key ring loaded keys=2\n");
    std::fs::remove_file(folder.ring()).unwrap();
    until("ERROR message=key ring not loaded: the last good one stays reason=\"not found\"\n");
}

#[test]
fn the_page_on_operations_has_every_event() {
    let sources = [include_str!("../src/log.rs"), include_str!("../src/adapter/mod.rs")];
    let in_code: BTreeSet<_> = sources
        .iter()
        .flat_map(|source| {
            source.split("tracing::").skip(1).map(|event| {
                let (level, event) = event.split_once("!(").unwrap();
                let (event, _) = event.split_once(");").unwrap();
                let message = event.rsplit('"').nth(1).unwrap();
                format!("| {level}, \"{message}\" |")
            })
        })
        .collect();
    let levels = ["error", "warn", "info"];
    let page = include_str!("../docs/operations.md").lines();
    let rows =
        page.filter(|line| levels.iter().any(|level| line.starts_with(&format!("| {level}, \""))));
    let on_page = rows.map(|row| row[..row.find("\" |").unwrap() + 3].to_owned()).collect();
    assert_eq!(in_code, on_page);
    assert!(in_code.len() >= 15);
}
