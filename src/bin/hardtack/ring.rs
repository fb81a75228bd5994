//! `hardtack ring`.

use std::fmt::Write;
use std::path::Path;

use hardtack::keys::{
    KeyId, RingEntry, RingFile, RingFileError, RingPath, Rotation, RotationPolicy,
};
use hardtack::{Key, Timestamp};
use serde_json::{Value, json};

use crate::args::{Access, Misplaced, Policy, RingCommand};
use crate::report::{Failure, NO, Report};
use crate::when::dated;
use crate::{diff, repair};

pub fn run(command: RingCommand, access: Access) -> Result<Report, Failure> {
    let now = Timestamp::now();
    match command {
        RingCommand::Init { file, stdin, stray, policy } => {
            let policy = policy.over(RotationPolicy::default()).map_err(Failure::usage)?;
            repair::refuse_stray(&stray)?;
            let key = if stdin {
                repair::read_key(&stray)?
            } else {
                Key::generate().map_err(Failure::unusable)?
            };
            init(&file, key, policy, now)
        }
        RingCommand::List { file } => {
            let ring = RingFile::read(access.to(&file)).map_err(|error| at(&file, error))?;
            Ok(list(&ring, now))
        }
        RingCommand::Diff { file, others } => diff::run(&file, &others, access, now),
        RingCommand::Policy { file, policy } => change_policy(&file, access, &policy, now),
        RingCommand::Postpone { file, until } => repair::postpone(&file, access, until),
        RingCommand::Restore { file, key, from } => {
            repair::restore(&file, access, repair::id(&key)?, from.as_deref())
        }
        RingCommand::Add { file, stdin: _, seal_from, stray } => {
            let key = repair::read_key(&stray)?;
            repair::add(&file, access, key, seal_from)
        }
        RingCommand::Rotate { file, now: at_once, if_due, policy } => {
            in_the_file(&file, &policy)?;
            let when = if at_once {
                When::Now
            } else if if_due {
                When::IfDue
            } else {
                When::Always
            };
            let key = Key::generate().map_err(Failure::unusable)?;
            let rotated = rotate(access.to(&file), when, key);
            rotated.map_err(|error| at(&file, error))
        }
        RingCommand::Retire { file, key, policy } => {
            in_the_file(&file, &policy)?;
            let key = key.map(|key| repair::id(&key)).transpose()?;
            retire(access.to(&file), key, now).map_err(|error| at(&file, error))
        }
        RingCommand::Check { file, policy } => {
            in_the_file(&file, &policy)?;
            check(&file, access, now).map_err(|error| at(&file, error))
        }
    }
}

fn init(file: &Path, key: Key, policy: RotationPolicy, now: Timestamp) -> Result<Report, Failure> {
    let id = key.id().to_string();
    let mut ring = RingFile::new(key, now);
    ring.set_policy(policy, now);
    ring.create(file).map_err(|error| at(file, error))?;
    let text = format!("{}: key {id} seals from now on", file.display());
    Ok(Report::new(text, json!({ "key": id, "seal_from": now.to_string() })))
}

/// People give a setting to one command and forget it at the next, so the file keeps the policy.
fn in_the_file(file: &Path, policy: &Misplaced) -> Result<(), Failure> {
    match policy.first() {
        None => Ok(()),
        Some(name) => Err(Failure::usage(format!(
            "the ring file keeps the policy, so that every command follows the same one: change it with `hardtack ring policy {} --{name} TIME`",
            file.display()
        ))),
    }
}

fn change_policy(
    file: &Path,
    access: Access,
    given: &Policy,
    now: Timestamp,
) -> Result<Report, Failure> {
    let path = access.to(file);
    let (policy, longer) = if given.is_empty() {
        (RingFile::read(path).map_err(|error| at(file, error))?.policy(), Vec::new())
    } else {
        let changed = RingFile::update(path, |ring| {
            Ok(given.over(ring.policy()).map(|policy| (policy, ring.set_policy(policy, now))))
        });
        changed.map_err(|error| at(file, error))?.map_err(Failure::usage)?
    };
    let mut text = policy.to_string().replace(", ", "\n");
    let mut longer_json = Vec::new();
    for (key, until) in longer {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\nkey {key} opens until {}: put this file on every node",
            dated(until, now)
        );
        longer_json.push(json!({ "id": key.to_string(), "open_until": until.to_string() }));
    }
    let mut json = policy_json(&policy);
    json["longer"] = longer_json.into();
    Ok(Report::new(text, json))
}

fn list(ring: &RingFile, now: Timestamp) -> Report {
    let sealing = ring.sealing_key_id(now);
    let state = |entry: &RingEntry<'_>| match entry {
        entry if Some(entry.id) == sealing => "seals",
        entry if entry.open_until.is_some_and(|until| until <= now) => "ended",
        entry if entry.seal_from > now => "waits",
        _ => "opens",
    };
    let mut text =
        format!("{:16}  {:5}  {:37}  {:37}  comment", "key", "now", "seals from", "opens until");
    let mut keys = Vec::new();
    for entry in ring.entries() {
        let (id, state) = (entry.id.to_string(), state(&entry));
        let from = entry.seal_from.to_string();
        let until = entry.open_until.map(|until| until.to_string());
        let dates = (dated(entry.seal_from, now), entry.open_until.map(|until| dated(until, now)));
        let (starts, ends) = (dates.0, dates.1.as_deref().unwrap_or("-"));
        let comment = entry.comment.escape_debug();
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{id}  {state}  {starts:37}  {ends:37}  {comment}");
        keys.push(json!({
            "id": id, "state": state, "seal_from": from, "open_until": until,
            "comment": entry.comment,
        }));
    }
    Report::new(text, json!({ "keys": keys, "policy": policy_json(&ring.policy()) }))
}

/// In seconds, by the names that a ring file gives the settings.
fn policy_json(policy: &RotationPolicy) -> Value {
    json!({
        "activation": policy.activation().as_secs(), "reload": policy.reload().as_secs(),
        "lifetime": policy.lifetime().as_secs(), "idle": policy.longest_idle().as_secs(),
        "leeway": policy.leeway().as_secs(),
    })
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum When {
    Always,
    IfDue,
    Now,
}

fn rotate(path: RingPath, when: When, key: Key) -> Result<Report, RingFileError> {
    if when == When::IfDue {
        // Look without the lock: if no rotation is due, there is nothing to write.
        let due = RingFile::read(path.clone())?.rotation_due();
        let now = Timestamp::now();
        if now < due {
            let text = format!("nothing to do: the next rotation is due {}", dated(due, now));
            let due = due.to_string();
            return Ok(Report::new(text, json!({ "rotated": false, "due": due })));
        }
    }
    let (rotation, before) = RingFile::update(path, |ring| {
        let now = Timestamp::now();
        let before = ring.sealing_key_id(now);
        let rotation = match when {
            When::Now => ring.rotate_now(key, now),
            When::Always | When::IfDue => ring.rotate(key, now),
        };
        rotation.map(|rotation| (rotation, before))
    })?;
    Ok(rotated(&rotation, when, before))
}

/// Reports a rotation. `before` is the key that sealed until now.
pub fn rotated(rotation: &Rotation, when: When, before: Option<KeyId>) -> Report {
    let now = Timestamp::now();
    let (key, from) = (rotation.key, rotation.seal_from.to_string());
    // The new key seals at once, so no date to publish by could be met.
    let by = (when != When::Now).then(|| rotation.publish_by.to_string());
    let text = if when != When::Now {
        format!(
            "key {key} seals from {}\nput this file on every node before {}",
            dated(rotation.seal_from, now),
            dated(rotation.publish_by, now)
        )
    } else {
        let old = before.map_or_else(String::new, |old| {
            format!("\nkey {old} still opens; `ring retire --key {old}` removes it and ends all its sessions")
        });
        format!(
            "key {key} seals from now on ({from})\n\
             put this file on every node at once: a node without it refuses the sessions that others seal from now on{old}"
        )
    };
    let (ends, retiring) = retiring(rotation, now);
    Report::new(
        text + &ends,
        json!({
            "rotated": true, "key": key.to_string(), "seal_from": from, "publish_by": by,
            "retiring": retiring,
        }),
    )
}

/// The keys that got an end: one line each, and as JSON.
pub fn retiring(rotation: &Rotation, now: Timestamp) -> (String, Vec<Value>) {
    let (mut text, mut json) = (String::new(), Vec::new());
    for (old, end) in &rotation.retiring {
        // Writing to a string cannot fail.
        let _ = write!(text, "\nkey {old} opens until {}", dated(*end, now));
        json.push(json!({ "id": old.to_string(), "open_until": end.to_string() }));
    }
    (text, json)
}

fn retire(path: RingPath, key: Option<KeyId>, now: Timestamp) -> Result<Report, RingFileError> {
    let retired = RingFile::update(path, |ring| match key {
        None => Ok(ring.retire(now)),
        Some(key) => ring.remove(key, now).map(|()| vec![key]),
    })?;
    let ids: Vec<_> = retired.iter().map(ToString::to_string).collect();
    let text = match key {
        Some(key) => format!(
            "removed: {key}\nits sessions end on each node that gets this file; \
             if that was a mistake: `ring restore --key {key} --from COPY`"
        ),
        None if ids.is_empty() => "nothing to do: every key still opens".to_owned(),
        None => format!("removed: {}", ids.join(", ")),
    };
    Ok(Report::new(text, json!({ "retired": ids })))
}

fn check(file: &Path, access: Access, now: Timestamp) -> Result<Report, RingFileError> {
    let mut warnings = Vec::new();
    let ring = match RingFile::read(access.to(file)) {
        Err(error) if error.label() == "too open" => {
            warnings.push(error.to_string());
            RingFile::read(RingPath::new(file).danger_world_readable())?
        }
        read => read?,
    };
    warnings.extend(ring.check(now).iter().map(ToString::to_string));
    let due = ring.rotation_due();
    let exit = if warnings.is_empty() { 0 } else { NO };
    let text = if warnings.is_empty() {
        format!("all is well; the next rotation is due {}", dated(due, now))
    } else {
        warnings.join("\n")
    };
    let json: Value = json!({ "warnings": warnings, "due": due.to_string() });
    Ok(Report::new(text, json).exit(exit))
}

pub fn at(file: &Path, error: RingFileError) -> Failure {
    Failure::from(error).within(file.display())
}
