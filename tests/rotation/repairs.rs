//! Keys that went too early or seal too early, and the policy that the file keeps.

use hardtack::keys::{KeyId, RingFile, RotationPolicy};

use crate::ring_common::{DAY, T, at, key};
use crate::{ids, seconds};

/// A ring whose second key seals since T + 10 s, and its ids.
fn promoted() -> (RingFile, [KeyId; 2]) {
    let mut file = RingFile::new(key(), at(T));
    file.rotate_now(key(), at(T + 10)).unwrap();
    let found = ids(&file);
    (file, [found[0], found[1]])
}

#[test]
fn a_key_that_seals_too_early_waits_again_and_opens_throughout() {
    let (mut file, [first, second]) = promoted();
    let now = at(T + 20);
    assert_eq!(file.sealing_key_id(now), Some(second));
    let rotation = file.postpone(None, now).unwrap();
    let starts = T + 20 + DAY;
    assert_eq!((rotation.key, rotation.seal_from), (second, at(starts)));
    assert_eq!(rotation.publish_by, at(starts - 120));
    assert_eq!(rotation.retiring, [(first, at(starts + 14 * DAY + 60))]);
    assert_eq!(file.sealing_key_id(now), Some(first));
    assert_eq!(file.sealing_key_id(at(starts)), Some(second));
    assert_eq!(file.check(now), []);
    assert_eq!(file.to_text().parse::<RingFile>().unwrap().sealing_key_id(now), Some(first));

    // No sooner than every node can have it.
    let soonest = T + 20 + 180;
    let error = file.postpone(Some(at(soonest - 1)), now).unwrap_err();
    let told = format!(
        "{} is too soon: a node that gets the file late would refuse the new key's sessions. The earliest is {}: twice the reload and the leeway from now",
        at(soonest - 1),
        at(soonest)
    );
    assert_eq!((error.label(), error.to_string()), ("too soon", told));
    assert_eq!(file.postpone(Some(at(soonest)), now).unwrap().seal_from, at(soonest));
    let same = RingFile::new(key(), at(T)).rotate_at(key(), at(T + 179), at(T)).unwrap_err();
    assert_eq!(same.label(), "too soon");

    // The newest has no end, whatever somebody wrote there.
    let (file, _) = promoted();
    let text = file.to_text();
    let (before, last) = text.rsplit_once("seal_from").unwrap();
    let ending = format!("{before}open_until = {}\nseal_from{last}", at(T + 60));
    let mut ending: RingFile = ending.parse().unwrap();
    ending.postpone(None, now).unwrap();
    assert_eq!(ending.entries().nth(1).unwrap().open_until, None);
    assert!(ending.to_text().parse::<RingFile>().is_ok());

    // Where nothing else may seal, it must go on.
    let (mut file, [first, second]) = promoted();
    file.remove(first, now).unwrap();
    let error = file.postpone(None, now).unwrap_err();
    let told = format!(
        "key {second} cannot wait, because no other key can seal in the meantime: copy this file to the nodes that lack it"
    );
    assert_eq!((error.label(), error.to_string()), ("only one seals", told));
    let (mut file, _) = promoted();
    let over = file.entries().next().unwrap().open_until.unwrap();
    assert_eq!(file.postpone(None, over).unwrap_err().label(), "only one seals");
}

/// One from a backup, or one that was not before the key that seals: other nodes do not have it, and nobody chose it to seal.
#[test]
fn a_key_that_only_opens_does_not_seal_while_another_waits() {
    let now = at(T + 20);
    let (mut file, [first, second]) = promoted();
    file.add_opening_key(key(), now).unwrap();
    assert_eq!(file.postpone(None, now).unwrap().key, second);
    assert_eq!(
        file.sealing_key_id(now),
        Some(first),
        "the key before, not the one that only opens"
    );

    let alone = |add: fn(&mut RingFile)| {
        let mut file = RingFile::new(key(), at(T));
        add(&mut file);
        let kept = file.to_text();
        let key = ids(&file)[0];
        let told = format!(
            "key {key} cannot wait, because no other key can seal in the meantime: copy this file to the nodes that lack it"
        );
        assert_eq!(file.postpone(None, at(T + 20)).unwrap_err().to_string(), told);
        assert_eq!(*file.to_text(), *kept, "nothing is changed");
        assert_eq!(file.sealing_key_id(at(T + 20)), Some(key));
    };
    alone(|file| {
        file.add_opening_key(key(), at(T + 20)).unwrap();
    });
    // It sealed in a ring of another order.
    alone(|file| {
        let copy = RingFile::new(key(), at(T + 5));
        file.restore(ids(&copy)[0], copy, at(T + 20)).map(drop).unwrap();
    });
    // Its second is taken, and the next one is the second of the key that seals.
    let mut file = RingFile::new(key(), at(T));
    let before = |id| {
        let copy = RingFile::new(id, at(T - 1));
        (ids(&copy)[0], copy)
    };
    let [(one, a), (other, b)] = [before(key()), before(key())];
    file.restore(one, a, at(T + 20)).unwrap();
    file.restore(other, b, at(T + 20)).unwrap();
    let starts: Vec<_> = file.entries().map(|entry| entry.seal_from).collect();
    assert_eq!(starts, [at(T), at(T - 1), at(0)]);
}

#[test]
fn a_key_that_was_taken_away_opens_again_and_never_seals() {
    let (mut file, [first, second]) = promoted();
    let copy = || file.to_text().parse::<RingFile>().unwrap();
    let (back, ahead) = (copy(), copy());
    let now = at(T + 100);
    file.remove(first, now).unwrap();
    let until = file.restore(first, back, now).unwrap();
    assert_eq!(
        until,
        at(T + 100 + 14 * DAY + 60),
        "a node that is behind may have sealed until now"
    );
    assert_eq!((ids(&file), file.sealing_key_id(now)), (vec![second, first], Some(second)));
    assert_eq!(file.check(now), []);

    // An end that was later still is kept.
    let late = at(T + 100 * DAY);
    let later = ahead.to_text().replace(
        &ahead.entries().next().unwrap().open_until.unwrap().to_string(),
        &late.to_string(),
    );
    file.remove(first, now).unwrap();
    assert_eq!(file.restore(first, later.parse().unwrap(), now), Ok(late));

    // The master was overwritten with an older file: what sealed comes back to open.
    let mut older = RingFile::new(key(), at(T + 5));
    older.restore(second, ahead, now).unwrap();
    let [kept, restored] = older.entries().collect::<Vec<_>>()[..] else { panic!("two keys") };
    assert_eq!((restored.id, restored.seal_from), (second, at(0)));
    assert_eq!(older.sealing_key_id(now), Some(kept.id));
    let again = key();
    let id = again.id();
    older.add_opening_key(again, now).unwrap();
    assert_eq!(older.entries().last().unwrap().seal_from, at(1), "no two at once");
    assert_eq!(older.sealing_key_id(now), Some(older.entries().next().unwrap().id));
    let twice = older.restore(id, older.to_text().parse().unwrap(), now).unwrap_err();
    assert_eq!(twice.label(), "not added");
    assert_eq!(
        older.restore(first, RingFile::new(key(), at(T)), now).unwrap_err().label(),
        "no such key"
    );

    // Where nothing seals, whatever comes back does.
    let mut waiting = RingFile::new(key(), at(T + 1000));
    let id = {
        let key = key();
        let id = key.id();
        waiting.add_opening_key(key, now).unwrap();
        id
    };
    assert_eq!(waiting.sealing_key_id(now), Some(id));
}

#[test]
fn a_key_of_the_ring_whose_end_came_too_early_opens_longer() {
    let (file, [first, second]) = promoted();
    let end = file.entries().next().unwrap().open_until.unwrap();
    let early = file.to_text().replace(&end.to_string(), &at(T + 50).to_string());
    let mut early: RingFile = early.parse().unwrap();
    let now = at(T + 60);
    let until = early.reopen(first, now).unwrap();
    assert_eq!((until, early.sealing_key_id(now)), (at(T + 60 + 14 * DAY + 60), Some(second)));
    let error = early.reopen(first, now).unwrap_err();
    let told = format!(
        "key {first} opens until {until}, when its last token has expired: there is nothing to restore"
    );
    assert_eq!((error.label(), error.to_string()), ("opens already", told));
    let told = format!("key {second} never stops opening: there is nothing to restore");
    assert_eq!(early.reopen(second, now).unwrap_err().to_string(), told);
}

#[test]
fn a_policy_is_kept_in_the_file_and_lengthens_what_it_must() {
    let (mut file, [first, _]) = promoted();
    assert_eq!(file.policy(), RotationPolicy::default());
    assert!(!file.to_text().contains("[policy]"));
    let policy = RotationPolicy::builder()
        .activation(seconds(DAY / 2))
        .reload(seconds(90))
        .lifetime(seconds(10 * DAY))
        .longest_idle(seconds(30 * DAY))
        .leeway(seconds(0));
    let policy = policy.build().unwrap();
    let end = at(T + 10 + 30 * DAY);
    assert_eq!(file.set_policy(policy, at(T + 20)), [(first, end)]);
    let again: RingFile = file.to_text().parse().unwrap();
    assert_eq!((again.policy(), again.entries().next().unwrap().open_until), (policy, Some(end)));
    assert_eq!(again.rotation_due(), at(T + 10 + 10 * DAY - DAY / 2));
    let shorter = policy.to_builder().longest_idle(seconds(DAY)).build().unwrap();
    assert_eq!(file.set_policy(shorter, at(T + 20)), [], "no session is taken back");
    let read = (
        shorter.activation(),
        shorter.reload(),
        shorter.lifetime(),
        shorter.longest_idle(),
        shorter.leeway(),
    );
    assert_eq!(read, (seconds(DAY / 2), seconds(90), seconds(10 * DAY), seconds(DAY), seconds(0)));
}

/// Somebody gave it an early end by hand, because it leaked.
#[test]
fn an_end_that_was_chosen_is_not_taken_back() {
    let early = |file: &RingFile| {
        let end = file.entries().next().unwrap().open_until.unwrap().to_string();
        file.to_text().replace(&end, &at(T + 50).to_string()).parse::<RingFile>().unwrap()
    };
    let end = |file: &RingFile| file.entries().next().unwrap().open_until;
    let (file, _) = promoted();
    let longer = RotationPolicy::builder().longest_idle(seconds(30 * DAY)).build().unwrap();

    let mut changed = early(&file);
    assert_eq!(changed.set_policy(longer, at(T + 20)), []);
    assert_eq!(end(&changed), Some(at(T + 50)));

    // Nor one that the policy gave it, once it has passed: whoever has opened nothing for a second stays retired.
    let over = end(&file).unwrap();
    let changed = |now| {
        let mut file: RingFile = file.to_text().parse().unwrap();
        let changed = file.set_policy(longer, at(now)).len();
        (changed, end(&file) == Some(over))
    };
    assert_eq!(changed(over.as_secs() - 1), (1, false));
    assert_eq!(changed(over.as_secs()), (0, true));
    assert_eq!(changed(over.as_secs() + 1), (0, true));

    // The first has leaked, the second seals, and the third seals too early.
    let mut postponed = early(&file);
    postponed.rotate_now(key(), at(T + 55)).unwrap();
    let second = ids(&postponed)[1];
    let retiring = postponed.postpone(None, at(T + 60)).unwrap().retiring;
    assert_eq!(retiring.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [second]);
    assert_eq!(end(&postponed), Some(at(T + 50)));

    // The only key that sealed is over, and the one to come is taken away.
    let mut waiting = RingFile::new(key(), at(T));
    waiting.rotate(key(), at(T + 10)).unwrap();
    let mut waiting = early(&waiting);
    let [first, second] = ids(&waiting)[..] else { panic!("two keys") };
    waiting.remove(second, at(T + 60)).unwrap();
    assert_eq!((ids(&waiting), end(&waiting)), (vec![first], Some(at(T + 50))));
    assert_eq!(waiting.sealing_key_id(at(T + 60)), None);
}
