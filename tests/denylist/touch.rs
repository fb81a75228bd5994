//! Out of touch with other nodes.

use super::*;

#[test]
fn out_of_touch_it_is_open_or_closed_as_configured() {
    for mode in [FailMode::Open, FailMode::Closed] {
        let after = Duration::from_secs(5);
        let (denylist, clock) = list(|builder| builder.stale_after(after, mode));
        let site = site_on(&denylist, &clock);
        let (line, ended) = (site.line(&user(7, "Ada")), site.line(&user(8, "Eve")));
        site.slot(&ended).end().unwrap();
        #[track_caller]
        fn check(denylist: &Denylist<u64>, site: &Site, line: &str, in_touch: bool, open: bool) {
            assert_eq!(denylist.status().stale, !in_touch);
            let slot = site.slot(line);
            assert_eq!(is_user(&slot), in_touch || open);
            assert!(matches!(site.change(&commit(&slot, 200)), Change::None), "never removed");
        }
        let open = mode == FailMode::Open;
        // Before the first word too: the list may be empty.
        check(&denylist, &site, &line, false, open);
        denylist.heartbeat();
        check(&denylist, &site, &line, true, open);
        // A word of T + 5, and one of the future, which a clock that was set back leaves behind.
        denylist.heartbeat();
        for (now, in_touch) in
            [(T + 4, true), (T + 5, true), (T + 6, false), (T - 5, true), (T - 6, false)]
        {
            clock.set(at(now));
            assert_eq!(denylist.status().stale, !in_touch, "{now}");
        }
        clock.set(at(T + 6));
        check(&denylist, &site, &line, false, open);
        assert!(!is_user(&site.slot(&ended)));
        denylist.heartbeat();
        check(&denylist, &site, &line, true, open);
        assert!(!is_user(&site.slot(&ended)));
        assert_eq!(denylist.status().heartbeat_at, Some(at(T + 6)));
    }
}

#[test]
fn a_list_of_its_own_is_always_in_touch() {
    let (denylist, clock) = list(|builder| builder);
    denylist.heartbeat();
    clock.advance(Duration::from_secs(1 << 30));
    let status = denylist.status();
    assert!(!status.stale && status.heartbeat_at.is_none());
}

#[test]
fn a_log_out_while_closed_is_not_lost() {
    let after = Duration::from_secs(5);
    let (denylist, clock) = list(|builder| builder.stale_after(after, FailMode::Closed));
    let site = site_on(&denylist, &clock);
    let line = site.line(&user(7, "Ada"));
    let slot = site.slot(&line);
    assert_eq!(slot.open().err(), Some(OpenError::Revoked));
    slot.end().unwrap();
    assert!(matches!(site.change(&commit(&slot, 200)), Change::Removed));
    denylist.heartbeat();
    assert!(!is_user(&site.slot(&line)), "a copy");
}

#[test]
fn a_change_made_while_closed_is_an_error_and_leaves_the_cookie() {
    let after = Duration::from_secs(5);
    let (denylist, clock) = list(|builder| builder.stale_after(after, FailMode::Closed));
    let site = site_on(&denylist, &clock);
    let line = site.line(&user(7, "Ada"));
    denylist.heartbeat();
    let slot = site.slot(&line);
    slot.get().unwrap().update(|user| user.name = "Grace".to_owned()).unwrap();
    clock.advance(Duration::from_secs(6));
    let refused = try_commit(&slot, hardtack::testing::Head::new(200)).map(drop);
    assert_eq!(refused, Err(SessionError::Ended));
    denylist.heartbeat();
    assert!(is_user(&site.slot(&line)));
}
