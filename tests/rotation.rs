//! The rotation policy: it loses no session, and it reports what deviates from it.
#![cfg(feature = "ring-file")]

#[path = "rotation/repairs.rs"]
mod repairs;
mod ring_common;

use std::time::Duration;

use hardtack::keys::{KeyId, RingFile, RingFileError, RingWarning, RotationPolicy};
use hardtack::{Application, Class, Timeouts, Timestamp};

use ring_common::{DAY, T, at, key};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn ids(file: &RingFile) -> Vec<KeyId> {
    file.entries().map(|entry| entry.id).collect()
}

#[test]
fn the_new_key_waits_and_the_old_one_outlives_its_last_token() {
    let mut file = RingFile::new(key(), at(T));
    let first = ids(&file)[0];
    assert_eq!(file.rotation_due(), at(T + 29 * DAY));

    let now = T + 29 * DAY;
    let rotation = file.rotate(key(), at(now)).unwrap();
    let starts = now + DAY;
    assert_eq!(rotation.seal_from, at(starts));
    assert_eq!(rotation.publish_by, at(starts - 120), "a reload and the leeway before");
    assert_eq!(rotation.retiring, [(first, at(starts + 14 * DAY + 60))]);
    assert_eq!(file.sealing_key_id(at(starts - 1)), Some(first));
    assert_eq!(file.sealing_key_id(at(starts)), Some(rotation.key));
    assert_eq!(file.rotation_due(), at(starts + 29 * DAY));

    let again = file.rotate(key(), at(starts - 1)).unwrap_err();
    assert_eq!(again.label(), "rotation pending");
    let told =
        format!("a rotation is under way: key {} seals from 2027-02-14T08:00:00Z", rotation.key);
    assert_eq!(again.to_string(), told);

    let end = starts + 14 * DAY + 60;
    assert_eq!((file.retire(at(end - 1)), ids(&file).len()), (vec![], 2));
    assert_eq!((file.retire(at(end)), ids(&file)), (vec![first], vec![rotation.key]));
    assert_eq!(file.retire(at(u64::MAX)), [], "the newest stays");
}

#[test]
fn a_session_lives_through_every_rotation() {
    // Refreshed as late as possible, through a year of rotations as early as possible, with a clock that is off by the leeway.
    let policy = RotationPolicy::builder().lifetime(seconds(2 * DAY)).build().unwrap();
    let mut ring = RingFile::new(key(), at(T));
    ring.set_policy(policy, at(T));
    let mut text = ring.to_text();
    let sealer = |text: &str| {
        let shop = Application::new("shop", text.parse::<RingFile>().unwrap()).unwrap();
        let forever = Timeouts { idle: seconds(14 * DAY), absolute: seconds(4000 * DAY) };
        shop.sealer("test").remember_me(forever).build().unwrap()
    };
    let first = sealer(&text);
    let claims = first.new_claims(Class::Remembered, at(T)).unwrap();
    let mut token = first.seal(&claims, b"ada", at(T)).unwrap();
    let mut sealed_at = T;
    for day in 1..365 {
        let now = T + day * DAY;
        let mut file: RingFile = text.parse().unwrap();
        if at(now) >= file.rotation_due() {
            file.rotate(key(), at(now)).unwrap();
        }
        file.retire(at(now));
        assert_eq!(file.check(at(now)), [], "day {day}");
        text = file.to_text();
        let sealer = sealer(&text);
        // The last moment at which the browser may come back.
        if now + DAY >= sealed_at + 14 * DAY {
            let last = at(sealed_at + 14 * DAY - 1);
            let opened = sealer.open(token.as_bytes(), last).unwrap();
            token = sealer.seal(&opened.claims, &opened.data, last).unwrap();
            sealed_at = last.as_secs();
        }
    }
    assert!(text.matches("[[key]]").count() >= 8, "14 days of two-day keys");
}

#[test]
fn an_emergency_seals_at_once() {
    let mut file = RingFile::new(key(), at(T));
    let leaked = ids(&file)[0];
    let waiting = file.rotate(key(), at(T)).unwrap();
    let now = at(T + 100);
    let emergency = file.rotate_now(key(), now).unwrap();
    assert_eq!((emergency.seal_from, emergency.publish_by), (now, now));
    assert_eq!(file.sealing_key_id(now), Some(emergency.key));
    let end = at(T + DAY + 14 * DAY + 60);
    assert_eq!(emergency.retiring, [(emergency.key, end)], "the one that waits succeeds it");
    let same = RingFile::new(key(), at(T)).rotate_now(key(), at(T)).unwrap();
    assert_eq!(same.seal_from, at(T + 1), "not two in one second");

    file.remove(leaked, now).unwrap();
    assert_eq!(ids(&file), [waiting.key, emergency.key]);
    let refused = |removed: Result<(), RingFileError>| removed.unwrap_err().to_string();
    let sealing = |key: KeyId| format!("key {key} seals now: rotate first");
    assert_eq!(refused(file.remove(emergency.key, now)), sealing(emergency.key));
    let no_such_key = format!("the ring has no key {leaked}: `hardtack ring list` shows its keys");
    assert_eq!(refused(file.remove(leaked, now)), no_such_key);

    // The key that waited may have leaked as well. The key before it becomes the newest again, without an end.
    file.remove(waiting.key, now).unwrap();
    let [last] = file.entries().collect::<Vec<_>>()[..] else { panic!("one key") };
    assert_eq!((last.id, last.open_until), (emergency.key, None));
    let key = last.id;
    assert_eq!(refused(file.remove(key, at(0))), sealing(key), "no ring is empty");
}

#[test]
fn what_somebody_should_look_at_is_told() {
    let (a, b) = (key(), key());
    let first = a.id();
    let date = |seconds: u64| at(seconds).to_string();
    let ring = |ends: u64, starts: u64| -> RingFile {
        let text = format!(
            "[[key]]\nsecret = '{}'\nseal_from = {}\nopen_until = {}\n[[key]]\nsecret = '{}'\nseal_from = {}\n",
            *a.to_text(),
            date(T),
            date(ends),
            *b.to_text(),
            date(starts),
        );
        text.parse().unwrap()
    };
    let alone = RingFile::new(a.to_text().parse().unwrap(), at(T));
    let at_the_end = T + 30 * DAY;
    let good = T + 44 * DAY + 60;
    let until = at(good);
    for (file, now, warnings) in [
        (&alone, T - 1, vec![RingWarning::NoSealingKey]),
        (&alone, at_the_end - DAY - 1, vec![]),
        (
            &alone,
            at_the_end - DAY,
            vec![RingWarning::NoSuccessor { key: first, by: at(at_the_end) }],
        ),
        (&alone, at_the_end - 1, vec![RingWarning::NoSuccessor { key: first, by: at(at_the_end) }]),
        (&alone, at_the_end, vec![RingWarning::Overdue { key: first, since: at(at_the_end) }]),
        (&ring(good, at_the_end), at_the_end - 1, vec![]),
        (&ring(good, at_the_end), good - 1, vec![]),
        (&ring(good, at_the_end), good, vec![RingWarning::Ended { key: first, since: until }]),
        (
            &ring(good - 1, at_the_end),
            T,
            vec![RingWarning::RetiresTooEarly {
                key: first,
                open_until: at(good - 1),
                needed: until,
            }],
        ),
    ] {
        let found = file.check(at(now));
        assert_eq!(found, warnings, "{now}");
    }
    let text =
        alone.to_text().replace("seal_from", &format!("open_until = {}\nseal_from", date(good)));
    let ending: RingFile = text.parse().unwrap();
    let warning = RingWarning::EndsWithoutSuccessor { key: first, open_until: until };
    assert_eq!(ending.check(at(T)), [warning]);
    assert_eq!(
        warning.to_string(),
        format!("key {first} opens until 2027-02-28T08:01:00Z and has no successor: `ring rotate`")
    );
    let told = |warning: RingWarning| warning.to_string();
    assert_eq!(told(RingWarning::NoSealingKey), "no key seals now: `ring rotate --now`");
    let (key, since, by) = (first, until, until);
    assert_eq!(
        told(RingWarning::Overdue { key, since }),
        format!("key {key} is overdue: its lifetime ended 2027-02-28T08:01:00Z: `ring rotate`")
    );
    assert_eq!(
        told(RingWarning::NoSuccessor { key, by }),
        format!(
            "key {key} needs a successor: its lifetime ends 2027-02-28T08:01:00Z: `ring rotate`"
        )
    );
    assert_eq!(
        told(RingWarning::Ended { key, since }),
        format!("key {key} has opened nothing since 2027-02-28T08:01:00Z: `ring retire`")
    );
    assert_eq!(
        told(RingWarning::RetiresTooEarly { key, open_until: at(T), needed: until }),
        format!(
            "key {key} opens until 2027-01-15T08:00:00Z while its tokens may live until 2027-02-28T08:01:00Z: `ring restore --key {key}`"
        )
    );
}

#[test]
fn settings_that_lose_sessions_are_refused() {
    let build = |activation, reload, lifetime| {
        let builder = RotationPolicy::builder().activation(seconds(activation)).leeway(seconds(5));
        let built = builder.reload(seconds(reload)).lifetime(seconds(lifetime)).build();
        built.map_or_else(|error| error.to_string(), |_| "built".to_owned())
    };
    let activation = |least: u64| {
        format!(
            "activation must be at least {least} s (twice the reload interval plus leeway), or a node could get the new key too late"
        )
    };
    assert_eq!(build(125, 60, 125), "built");
    assert_eq!(build(124, 60, 125), activation(125));
    assert_eq!(build(5, 0, 125), "built");
    assert_eq!(build(0, 0, 120), activation(5));
    assert_eq!(build(125, 60, 124), "a key's lifetime is at least its activation");
    let nothing = RotationPolicy::builder().activation(seconds(0)).reload(seconds(0));
    assert!(nothing.leeway(seconds(0)).build().is_err());
    let forever = Duration::from_secs(u64::MAX);
    let policy = RotationPolicy::builder().longest_idle(forever).build().unwrap();
    let mut file = RingFile::new(key(), at(T));
    file.set_policy(policy, at(T));
    file.rotate(key(), Timestamp::from_secs(T + 1)).unwrap();
    assert!(file.to_text().contains("open_until = 9999-12-31T23:59:59Z"));
}
