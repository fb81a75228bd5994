//! Lists that are full, or nearly.

use super::*;

#[test]
fn logging_out_a_thousand_times_in_a_second_locks_nobody_out_for_long() {
    let (site, denylist) = site_and_list();
    (0..1_000).for_each(|_| denylist.log_out_everywhere(&7));
    // The leeway: what starts must be within reach of the next log-out, and open at once.
    let too_early = SessionError::TooEarly { from: at(T + 61), now: at(T) };
    assert_eq!(site.slot("").start(user(7, "Ada")).err(), Some(too_early));
    site.wait(1);
    let started = site.slot("").start(user(7, "Ada")).unwrap();
    assert_eq!(started.claims().created(), at(T + 61));
}

#[test]
fn a_full_list_refuses_more_and_never_forgets() {
    for capacity in [1, 2, 3, 4, 5, 16, 100, 300] {
        let (denylist, _) = list(|builder| builder.capacity(capacity));
        let all: Vec<_> = (0..3 * capacity as u64).map(|n| claims(T - 5_000 + n)).collect();
        for (n, one) in all.iter().enumerate() {
            end(&denylist, one, T + 10_000);
            let status = denylist.status();
            assert!(status.entries <= capacity, "{capacity}");
            if n < capacity {
                assert_eq!((status.entries, status.not_before, status.raised), (n + 1, None, 0));
            }
            if n == capacity {
                let freed = capacity - status.entries;
                assert_eq!(status.raised, 1);
                assert!(4 * freed >= capacity, "{capacity}: {freed}");
                assert!(4 * freed < capacity + 4, "no more than that: {capacity}: {freed}");
            }
        }
        assert!(all.iter().all(|ended| is_revoked(&denylist, ended)), "{capacity}");
        let moment = denylist.status().not_before.unwrap().as_secs();
        for (created, refused) in [(moment - 1, true), (moment, true), (moment + 1, false)] {
            assert_eq!(is_revoked(&denylist, &claims(created)), refused, "{capacity}");
        }
    }
}

#[test]
fn a_full_list_of_one_second_refuses_that_second_and_lets_the_next_session_start() {
    let (denylist, clock) = list(|builder| builder.capacity(8));
    let site = site_on(&denylist, &clock);
    let bystander = site.line(&user(9, "Bob"));
    for id in 0..9_u64 {
        denylist.log_out_everywhere(&id);
    }
    assert_eq!(denylist.status().not_before, Some(at(T)));
    assert!(!is_user(&site.slot(&bystander)), "logged out, though nobody asked for it");
    for id in [3, 9] {
        let slot = site.slot("");
        slot.start(user(id, "Ada")).unwrap();
        let line = sent_back(&commit(&slot, 200));
        assert!(is_user(&site.slot(&line)));
        // What covers everybody does not hide that this user is logged out again.
        denylist.log_out_everywhere(&id);
        assert!(!is_user(&site.slot(&line)));
    }
}

#[test]
fn expired_entries_go_before_anybody_is_logged_out() {
    let (denylist, clock) = list(|builder| builder.capacity(100));
    (0..100).for_each(|_| end(&denylist, &claims(T), T + 10));
    clock.advance(Duration::from_secs(10));
    let last = claims(T + 10);
    end(&denylist, &last, T + 100);
    let status = denylist.status();
    assert_eq!((status.not_before, status.raised), (None, 0));
    assert!(status.entries <= 100 && is_revoked(&denylist, &last));
}

#[test]
fn a_list_that_stays_nearly_full_is_not_swept_for_every_entry_that_expires() {
    // Of 128 entries, so many have expired when the next one comes.
    for (expired, raised) in [(0, 1), (1, 1), (2, 1), (3, 0), (4, 0)] {
        let (denylist, clock) = list(|builder| builder.capacity(128));
        let mut shards = Vec::new();
        for n in 0..128 {
            let until = if n < expired { T + 10 } else { T + 1_000 };
            let ended = claims(T - 500 + n);
            end(&denylist, &ended, until);
            shards.push(ended.session_id().as_bytes()[0]);
        }
        // In another part of the list: a write drops only what has expired in the part that it writes.
        let next = iter::repeat_with(|| claims(T));
        let mut next = next.filter(|next| !shards.contains(&next.session_id().as_bytes()[0]));
        let next = next.next().unwrap();
        clock.set(at(T + 10));
        end(&denylist, &next, T + 1_000);
        let status = denylist.status();
        assert_eq!(status.raised, raised, "{expired}");
        assert!(status.entries <= 126, "{expired}: room for more than one: {}", status.entries);
    }
}

/// Readers look while a writer fills the list and it is raised again and again: what was ended stays refused at every moment.
#[test]
fn no_reader_misses_what_was_ended_while_others_write() {
    let (denylist, _) = list(|builder| builder.capacity(200));
    let cookie = site().cookie;
    let fresh = |created| cookie.new_claims(Class::Remembered, at(created)).unwrap();
    let watched: Vec<_> = (0..64).map(|n| fresh(T - 4_000 + n)).collect();
    watched.iter().for_each(|ended| end(&denylist, ended, T + 9_999));
    let (untouched, done) = (fresh(T + 1_000_000), AtomicBool::new(false));
    thread::scope(|scope| {
        let readers: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut rounds = 0;
                    while !done.load(Ordering::Relaxed) || rounds < 100 {
                        assert!(watched.iter().all(|ended| is_revoked(&denylist, ended)));
                        assert!(!is_revoked(&denylist, &untouched));
                        rounds += 1;
                    }
                })
            })
            .collect();
        for n in 0..3_000 {
            end(&denylist, &fresh(T - 3_000 + n), T + 9_999);
            if readers.iter().any(|reader| reader.is_finished()) {
                break;
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(denylist.status().raised > 10 && denylist.status().entries <= 200);
}

// A full list refuses all sessions of a moment, and lets those that come after it start.
#[test]
fn a_full_list_tells_when_sessions_may_start() {
    let (denylist, clock) = list(|builder| builder.capacity(1));
    let earliest = || hook(&denylist).earliest_start(&user(7, "Ada"));
    assert_eq!(earliest(), None);
    end(&denylist, &claims(T - 5), T + 100);
    end(&denylist, &claims(T - 3), T + 100);
    let moment = denylist.status().not_before.unwrap();
    assert_eq!(earliest(), Some(moment + Duration::from_secs(1)));
    assert_eq!(denylist.status().capacity, 1);
    assert!(moment < Clock::now(&clock));
}
