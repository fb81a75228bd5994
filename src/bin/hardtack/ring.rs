//! `hardtack ring`.

use std::fmt::Write;
use std::path::Path;

use hardtack::keys::{RingEntry, RingFile, RingFileError, RingPath, Rotation, RotationPolicy};
use hardtack::{Key, Timestamp};
use serde_json::{Value, json};

use crate::args::{Access, Policy, RingCommand};
use crate::report::{Failure, NO, Report};
use crate::token::read_input;

pub fn run(command: RingCommand, access: Access) -> Result<Report, Failure> {
    let now = Timestamp::now();
    match command {
        RingCommand::Init { file, stdin } => init(&file, stdin, now),
        RingCommand::List { file } => {
            let ring = RingFile::read(access.to(&file)).map_err(|error| at(&file, error))?;
            Ok(list(&ring, now))
        }
        RingCommand::Rotate { file, now: at_once, if_due, policy } => {
            let when = if at_once {
                When::Now
            } else if if_due {
                When::IfDue
            } else {
                When::Always
            };
            let key = Key::generate().map_err(Failure::unusable)?;
            let rotated = rotate(access.to(&file), when, &policy_of(&policy)?, key);
            rotated.map_err(|error| at(&file, error))
        }
        RingCommand::Retire { file, key, policy } => {
            let retired = retire(access.to(&file), key.as_deref(), &policy_of(&policy)?);
            retired.map_err(|error| at(&file, error))?
        }
        RingCommand::Check { file, policy } => {
            check(&file, access, &policy_of(&policy)?, now).map_err(|error| at(&file, error))
        }
    }
}

fn init(file: &Path, stdin: bool, now: Timestamp) -> Result<Report, Failure> {
    let key = if stdin {
        let text = read_input()?;
        let text = std::str::from_utf8(&text).map_err(Failure::unusable)?;
        text.trim_ascii().parse()
    } else {
        Key::generate()
    };
    let key = key.map_err(Failure::unusable)?;
    let id = key.id().to_string();
    RingFile::new(key, now).create(file).map_err(|error| at(file, error))?;
    let text = format!("{}: key {id} seals from now on", file.display());
    Ok(Report::new(text, json!({ "key": id, "seal_from": now.to_string() })))
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
        format!("{:16}  {:5}  {:20}  {:20}  comment", "key", "now", "seals from", "opens until");
    let mut keys = Vec::new();
    for entry in ring.entries() {
        let (id, state) = (entry.id.to_string(), state(&entry));
        let from = entry.seal_from.to_string();
        let until = entry.open_until.map(|until| until.to_string());
        let shown = until.as_deref().unwrap_or("-");
        let comment = entry.comment.escape_debug();
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{id}  {state}  {from}  {shown:20}  {comment}");
        keys.push(json!({
            "id": id, "state": state, "seal_from": from, "open_until": until,
            "comment": entry.comment,
        }));
    }
    Report::new(text, json!({ "keys": keys }))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    Always,
    IfDue,
    Now,
}

fn rotate(
    path: RingPath,
    when: When,
    policy: &RotationPolicy,
    key: Key,
) -> Result<Report, RingFileError> {
    if when == When::IfDue {
        // A look without the lock: who is not due, has nothing to write.
        let due = RingFile::read(path.clone())?.rotation_due(policy);
        if Timestamp::now() < due {
            let due = due.to_string();
            let text = format!("nothing to do: the next rotation is due {due}");
            return Ok(Report::new(text, json!({ "rotated": false, "due": due })));
        }
    }
    let rotation = RingFile::update(path, |ring| {
        let now = Timestamp::now();
        match when {
            When::Now => ring.rotate_now(key, policy, now),
            When::Always | When::IfDue => ring.rotate(key, policy, now),
        }
    })?;
    Ok(rotated(&rotation, when == When::Now))
}

fn rotated(rotation: &Rotation, at_once: bool) -> Report {
    let (key, from) = (rotation.key, rotation.seal_from.to_string());
    let by = rotation.publish_by.to_string();
    let mut text = if at_once {
        format!(
            "key {key} seals from now on ({from})\n\
             put the file on every node at once: a node without it refuses the sessions that others seal from now on\n\
             the old key still opens; `ring retire --key ID` takes it away and ends all its sessions"
        )
    } else {
        format!("key {key} seals from {from}\nthe file must be on every node by {by}")
    };
    let mut retiring = Vec::new();
    for (old, end) in &rotation.retiring {
        let end = end.to_string();
        // Writing to a string cannot fail.
        let _ = write!(text, "\nkey {old} opens until {end}");
        retiring.push(json!({ "id": old.to_string(), "open_until": end }));
    }
    Report::new(
        text,
        json!({
            "rotated": true, "key": key.to_string(), "seal_from": from, "publish_by": by,
            "retiring": retiring,
        }),
    )
}

fn retire(
    path: RingPath,
    key: Option<&str>,
    policy: &RotationPolicy,
) -> Result<Result<Report, Failure>, RingFileError> {
    let retired = RingFile::update(path, |ring| {
        let now = Timestamp::now();
        let Some(wanted) = key else { return Ok(Ok(ring.retire(now))) };
        let found = ring.entries().map(|entry| entry.id).find(|id| id.to_string() == wanted);
        match found {
            Some(id) => ring.remove(id, policy, now).map(|()| Ok(vec![id])),
            None => Ok(Err(Failure::unusable("the ring has no key of this id"))),
        }
    })?;
    Ok(retired.map(|ids| {
        let ids: Vec<_> = ids.iter().map(ToString::to_string).collect();
        let text = if ids.is_empty() {
            "nothing to do: every key still opens".to_owned()
        } else {
            format!("taken away: {}", ids.join(", "))
        };
        Report::new(text, json!({ "retired": ids }))
    }))
}

fn check(
    file: &Path,
    access: Access,
    policy: &RotationPolicy,
    now: Timestamp,
) -> Result<Report, RingFileError> {
    let mut warnings = Vec::new();
    let ring = match RingFile::read(access.to(file)) {
        Err(error) if error.label() == "too open" => {
            warnings.push(error.to_string());
            RingFile::read(RingPath::new(file).danger_world_readable())?
        }
        read => read?,
    };
    warnings.extend(ring.check(policy, now).iter().map(ToString::to_string));
    let due = ring.rotation_due(policy).to_string();
    let exit = if warnings.is_empty() { 0 } else { NO };
    let text = if warnings.is_empty() {
        format!("all is well; the next rotation is due {due}")
    } else {
        warnings.join("\n")
    };
    let json: Value = json!({ "warnings": warnings, "due": due });
    Ok(Report::new(text, json).exit(exit))
}

fn policy_of(policy: &Policy) -> Result<RotationPolicy, Failure> {
    policy.build().map_err(Failure::usage)
}

fn at(file: &Path, error: RingFileError) -> Failure {
    Failure::from(error).within(file.display())
}
