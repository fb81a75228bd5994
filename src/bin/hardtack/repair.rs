//! `hardtack ring add`, `restore` and `postpone`: for an existing key, a key that went too early, a key that seals too early.

use std::path::Path;

use hardtack::keys::{KeyId, RingFile};
use hardtack::{Key, Timestamp};
use serde_json::json;

use crate::args::{Access, Stray};
use crate::report::{Failure, Report};
use crate::ring::{When, at, retiring, rotated};
use crate::token::read_input;
use crate::when::dated;

/// Reads the key from standard input. The error does not repeat a key given as an argument, although other users have seen it by
/// now.
pub fn read_key(stray: &Stray) -> Result<Key, Failure> {
    refuse_stray(stray)?;
    let text = read_input()?;
    let text = std::str::from_utf8(&text).map_err(Failure::unusable)?;
    text.trim_ascii().parse().map_err(Failure::unusable)
}

pub fn refuse_stray(stray: &Stray) -> Result<(), Failure> {
    if stray.words.is_empty() {
        return Ok(());
    }
    Err(Failure::usage(
        "give keys on standard input only, because other users can see arguments: use --stdin, and write `<FILE`, or paste it and press Ctrl-D",
    ))
}

/// The error does not repeat a word that is not an id: it may be a key.
pub fn id(text: &str) -> Result<KeyId, Failure> {
    text.parse().map_err(|error| {
        Failure::usage(format!("--key: {error}, as `hardtack ring list` and the log show them"))
    })
}

pub fn add(
    file: &Path,
    access: Access,
    key: Key,
    seal_from: Option<Timestamp>,
) -> Result<Report, Failure> {
    let id = key.id();
    let present = RingFile::read(access.to(file)).map_err(|error| at(file, error))?;
    if present.entries().any(|entry| entry.id == id) {
        return Err(Failure::unusable(format!(
            "the ring has key {id} already: `ring restore --key {id}` lets it open longer"
        ))
        .within(file.display()));
    }
    if let Some(from) = seal_from {
        let rotation =
            RingFile::update(access.to(file), |ring| ring.rotate_at(key, from, Timestamp::now()));
        return Ok(rotated(&rotation.map_err(|error| at(file, error))?, When::Always, None));
    }
    let now = Timestamp::now();
    let added = RingFile::update(access.to(file), |ring| {
        let until = ring.add_opening_key(key, now)?;
        Ok((until, ring.sealing_key_id(now) == Some(id)))
    });
    let (until, seals) = added.map_err(|error| at(file, error))?;
    Ok(opens(id, until, seals, now))
}

pub fn restore(
    file: &Path,
    access: Access,
    key: KeyId,
    from: Option<&Path>,
) -> Result<Report, Failure> {
    let now = Timestamp::now();
    let copy = from.map(|from| RingFile::read(access.to(from)).map_err(|error| at(from, error)));
    let copy = copy.transpose()?;
    if let (Some(copy), Some(from)) = (&copy, from)
        && copy.entries().all(|entry| entry.id != key)
    {
        return Err(Failure::unusable(format!(
            "the ring has no key {key}: take a copy from a node or a backup that still has it"
        ))
        .within(from.display()));
    }
    let restored = RingFile::update(access.to(file), |ring| {
        let is_here = ring.entries().any(|entry| entry.id == key);
        let until = match copy {
            Some(copy) if !is_here => ring.restore(key, copy, now)?,
            None if !is_here => return Ok(None),
            _ => ring.reopen(key, now)?,
        };
        Ok(Some((until, ring.sealing_key_id(now) == Some(key))))
    });
    match restored.map_err(|error| at(file, error))? {
        Some((until, seals)) => Ok(opens(key, until, seals, now)),
        None => Err(Failure::unusable(format!(
            "the ring has no key {key} any more: add --from COPY, a copy from a node or a backup that still has it"
        ))
        .within(file.display())),
    }
}

/// Reports a key that came back. It seals only if no other key does.
fn opens(key: KeyId, until: Timestamp, seals: bool, now: Timestamp) -> Report {
    let does = if seals { "seals, since no other key does" } else { "does not seal" };
    let text = format!(
        "key {key} opens until {}, and {does}\nput this file on every node: the key's sessions come back as each node reads it",
        dated(until, now)
    );
    Report::new(text, json!({ "key": key.to_string(), "open_until": until.to_string() }))
}

pub fn postpone(file: &Path, access: Access, until: Option<Timestamp>) -> Result<Report, Failure> {
    let now = Timestamp::now();
    let postponed = RingFile::update(access.to(file), |ring| {
        let rotation = ring.postpone(until, now)?;
        Ok((rotation, ring.sealing_key_id(now)))
    });
    let (rotation, sealing) = postponed.map_err(|error| at(file, error))?;
    let (key, from, by) = (rotation.key, rotation.seal_from, rotation.publish_by);
    let sealing = sealing.map_or_else(|| "none".to_owned(), |key| key.to_string());
    let (ends, json_ends) = retiring(&rotation, now);
    let text = format!(
        "key {key} opens, and seals from {}\nkey {sealing} seals until then; if it has leaked, `ring rotate --now` instead\n\
         put this file on every node now, and on those that lack key {key} before {}{ends}",
        dated(from, now),
        dated(by, now)
    );
    Ok(Report::new(
        text,
        json!({
            "key": key.to_string(), "seal_from": from.to_string(), "publish_by": by.to_string(),
            "sealing": sealing, "retiring": json_ends,
        }),
    ))
}
