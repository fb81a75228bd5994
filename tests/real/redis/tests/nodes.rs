//! Two servers and a Redis, all real: what is ended on one is refused on the other, and an outage does what was configured.

mod fleet;

use std::time::{Duration, Instant};

use fleet::{Fleet, Node, Redis};

const SECOND: Duration = Duration::from_secs(1);

fn two() -> (Fleet, Redis, Node, Node) {
    let fleet = Fleet::new();
    let redis = fleet.redis();
    let (a, b) = (fleet.node("closed"), fleet.node("open"));
    a.in_touch(true);
    b.in_touch(true);
    (fleet, redis, a, b)
}

/// Waits until the node refuses this session; how long that took.
#[track_caller]
fn refused_within(node: &Node, cookie: &str, limit: Duration) -> Duration {
    let start = Instant::now();
    while node.profile(cookie).is_some() {
        assert!(start.elapsed() < limit, "still there after {limit:?}");
    }
    start.elapsed()
}

#[test]
fn a_stolen_copy_is_refused_on_the_other_node_within_a_second() {
    let (_fleet, _redis, a, b) = two();
    let mut longest = Duration::ZERO;
    for id in 0..50 {
        let (copy, other) = (a.log_in(id), a.log_in(id));
        assert_eq!(b.profile(&copy), Some(format!("{id} is Ada")));
        assert_eq!(a.post("/logout", &copy).status, 200);
        assert_eq!(a.profile(&copy), None);
        longest = longest.max(refused_within(&b, &copy, SECOND));
        assert!(b.profile(&other).is_some(), "another session of the same user");
    }
    println!("log-out on A refused on B after {longest:?} at the longest of 50");
}

#[test]
fn logging_out_elsewhere_ends_all_sessions_of_the_user_but_the_new_one() {
    let (_fleet, _redis, a, b) = two();
    let (here, there, eve) = (a.log_in(7), b.log_in(7), b.log_in(8));
    let reply = a.post("/logout-elsewhere", &here);
    // In the very second in which the sessions started.
    let new = reply.cookie.expect("a new session");
    let took = refused_within(&b, &there, SECOND);
    println!("log-out everywhere on A refused on B after {took:?}");
    for node in [&a, &b] {
        assert_eq!(node.profile(&here), None);
        assert_eq!(node.profile(&there), None);
        assert!(node.profile(&new).is_some() && node.profile(&eve).is_some());
    }
}

#[test]
fn an_outage_is_open_or_closed_as_configured_and_says_so() {
    let (fleet, redis, closed, open) = two();
    let (ada, eve) = (open.log_in(7), open.log_in(8));
    drop(redis);
    closed.in_touch(false);
    open.in_touch(false);
    for _ in 0..5 {
        assert_eq!((closed.profile(&ada), closed.profile(&eve)), (None, None));
        assert!(open.profile(&ada).is_some());
    }
    // A log-out meanwhile acts where it is known, and everywhere once Redis is back.
    assert_eq!(open.post("/logout", &eve).status, 200);
    assert_eq!(open.profile(&eve), None);
    // So does one on the node that cannot know whether the session was there.
    let bob = open.log_in(9);
    assert_eq!(closed.post("/logout", &bob).status, 200);
    assert!(open.profile(&bob).is_some());

    let _redis = fleet.redis();
    closed.in_touch(true);
    open.in_touch(true);
    assert!(closed.profile(&ada).is_some() && open.profile(&ada).is_some(), "they come back");
    for node in [&closed, &open] {
        refused_within(node, &eve, SECOND);
        refused_within(node, &bob, SECOND);
    }
    for (node, meanwhile) in
        [(closed, "all sessions are refused"), (open, "its last list stays in use")]
    {
        let log = node.stop();
        // Until it first found Redis it was out of touch too, if somebody looked.
        let (_, log) = log.split_once("redis found").unwrap();
        let count = |text: &str| log.lines().filter(|line| line.contains(text)).count();
        assert_eq!(count(&format!("denylist out of touch meanwhile=\"{meanwhile}\"")), 1, "{log}");
        assert_eq!(count("denylist in touch"), 1, "{log}");
    }
}

#[test]
fn a_node_that_was_down_learns_from_the_snapshot() {
    let (fleet, redis, a, b) = two();
    let (ada, eve) = (a.log_in(7), a.log_in(8));
    b.stop();
    assert_eq!(a.post("/logout", &ada).status, 200);
    a.post("/logout-elsewhere", &eve);
    // Two ended sessions and a user are in the snapshot; then there is nobody left who could tell.
    redis.answers("STRLEN shop:ended:snapshot", &format!(":{}", 13 + 3 * 32));
    a.stop();
    let c = fleet.node("closed");
    c.in_touch(true);
    assert_eq!((c.profile(&ada), c.profile(&eve)), (None, None));
    assert!(c.profile(&c.log_in(7)).is_some());
}

#[test]
fn a_closed_node_without_redis_lets_nobody_in_from_the_start() {
    let fleet = Fleet::new();
    let node = fleet.node("closed");
    let ada = node.log_in(7);
    assert_eq!(node.profile(&ada), None);
    let _redis = fleet.redis();
    node.in_touch(true);
    assert!(node.profile(&ada).is_some());
}
