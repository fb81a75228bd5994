//! `hardtack ring diff`: where the copies of a ring differ. Prints no secret.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::Duration;

use hardtack::Timestamp;
use hardtack::keys::{KeyId, RingEntry, RingFile, RotationPolicy};
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::args::Access;
use crate::report::{Failure, NO, Report};
use crate::token::read_input;
use crate::when::dated;

/// More than `ring list --json` prints for the longest ring file.
const LIMIT: u64 = 1 << 20;

/// A key in a copy: its id and dates.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Dates {
    id: KeyId,
    seal_from: Timestamp,
    open_until: Option<Timestamp>,
}

struct Copy {
    keys: Vec<Dates>,
    policy: RotationPolicy,
    /// Whether `ring list --json` printed it, so that no key can come from it.
    listed: bool,
}

pub fn run(
    file: &Path,
    others: &[impl AsRef<Path>],
    access: Access,
    now: Timestamp,
) -> Result<Report, Failure> {
    let first = read(file, access).map_err(|failure| failure.within(file.display()))?;
    let (mut lines, mut json) = (Vec::new(), Vec::new());
    let mut differ = false;
    for other in others.iter().map(AsRef::as_ref) {
        let name = other.display();
        let found = match read(other, access) {
            Ok(copy) => differences(file, &first, other, &copy, now),
            Err(failure) => vec![failure.text(false).replacen("hardtack: ", "cannot be used: ", 1)],
        };
        differ |= !found.is_empty();
        json.push(json!({ "file": name.to_string(), "differences": found }));
        if found.is_empty() {
            lines.push(format!("{name}: the same as {}", file.display()));
        }
        lines.extend(found.iter().map(|line| format!("{name}: {line}")));
    }
    let exit = if differ { NO } else { 0 };
    Ok(Report::new(lines.join("\n"), json!({ "files": json })).exit(exit))
}

fn differences(
    file: &Path,
    first: &Copy,
    other: &Path,
    copy: &Copy,
    now: Timestamp,
) -> Vec<String> {
    let (file, other) = (file.display(), other.display());
    let mut found = Vec::new();
    for key in &first.keys {
        let id = key.id;
        let Some(there) = copy.keys.iter().find(|there| there.id == id) else {
            let job = job(first, key, now);
            found.push(format!("has no key {id}, which {job}: put {file} on that node"));
            continue;
        };
        if there.seal_from != key.seal_from {
            let (here, there) = (dated(key.seal_from, now), dated(there.seal_from, now));
            found.push(format!("key {id}: seal_from {there}, in {file} {here}"));
        }
        if there.open_until != key.open_until {
            let end = |until: Option<Timestamp>| {
                until.map_or_else(|| "none".to_owned(), |until| dated(until, now))
            };
            let (here, there) = (end(key.open_until), end(there.open_until));
            found.push(format!("key {id}: open_until {there}, in {file} {here}"));
        }
    }
    for key in copy.keys.iter().filter(|key| first.keys.iter().all(|here| here.id != key.id)) {
        let id = key.id;
        let copied = if copy.listed { "COPY".to_owned() } else { other.to_string() };
        found.push(format!(
            "has key {id}, which {file} lacks: {file} is the older one, or the key was removed too early and comes back with \
             `hardtack ring restore {file} --key {id} --from {copied}`"
        ));
    }
    let (here, there) = (first.policy.to_string(), copy.policy.to_string());
    let settings = here.split(", ").zip(there.split(", ")).filter(|(here, there)| here != there);
    found.extend(settings.map(|(here, there)| format!("policy: {there}, in {file} {here}")));
    found
}

/// What a key in a copy does now.
fn job(copy: &Copy, key: &Dates, now: Timestamp) -> String {
    let open = |key: &&Dates| key.open_until.is_none_or(|until| now < until);
    let started = copy.keys.iter().filter(|key| key.seal_from <= now).filter(open);
    let sealing = started.max_by_key(|key| key.seal_from);
    match key.open_until {
        _ if key.seal_from > now => format!("seals from {}", dated(key.seal_from, now)),
        _ if sealing == Some(key) => format!("seals since {}", dated(key.seal_from, now)),
        Some(until) if until <= now => format!("has opened nothing since {}", dated(until, now)),
        Some(until) => format!("opens until {}", dated(until, now)),
        None => "opens".to_owned(),
    }
}

/// Reads a ring file, or what `ring list --json` printed, which begins with a brace.
fn read(path: &Path, access: Access) -> Result<Copy, Failure> {
    let list = if path == Path::new("-") { Some(read_input()?) } else { list(path) };
    if let Some(list) = list.filter(|list| list.trim_ascii_start().starts_with(b"{")) {
        let unusable = "this is JSON, but not what `hardtack ring list --json` prints";
        return listed(&list).ok_or_else(|| Failure::unusable(unusable));
    }
    if path == Path::new("-") {
        return Err(Failure::unusable(
            "standard input takes what `hardtack ring list --json` prints, which has no secret",
        ));
    }
    let file = RingFile::read(access.to(path)).map_err(Failure::from)?;
    let dates = |entry: RingEntry<'_>| Dates {
        id: entry.id,
        seal_from: entry.seal_from,
        open_until: entry.open_until,
    };
    let keys = file.entries().map(dates).collect();
    Ok(Copy { keys, policy: file.policy(), listed: false })
}

/// Whatever lies there, a pipe too, if it begins with a brace. Of anything else, which may be a ring file, nothing is kept but the
/// white space before it: that is for [`RingFile::read`].
fn list(path: &Path) -> Option<Zeroizing<Vec<u8>>> {
    let mut file = File::open(path).ok()?;
    let mut text = Zeroizing::new(Vec::new());
    let mut byte = [0];
    while file.read(&mut byte).ok()? == 1 {
        text.push(byte[0]);
        match byte[0] {
            b'{' => break,
            blank if blank.is_ascii_whitespace() && (text.len() as u64) < LIMIT => {}
            _ => return None,
        }
    }
    let _ = file.take(LIMIT).read_to_end(&mut text);
    Some(text)
}

fn listed(text: &[u8]) -> Option<Copy> {
    let list: Value = serde_json::from_slice(text).ok()?;
    let key = |key: &Value| {
        Some(Dates {
            id: key["id"].as_str()?.parse().ok()?,
            seal_from: key["seal_from"].as_str()?.parse().ok()?,
            open_until: match &key["open_until"] {
                Value::Null => None,
                until => Some(until.as_str()?.parse().ok()?),
            },
        })
    };
    let keys: Option<Vec<_>> = list["keys"].as_array()?.iter().map(key).collect();
    let seconds = |name: &str| list["policy"][name].as_u64().map(Duration::from_secs);
    let policy = RotationPolicy::builder()
        .activation(seconds("activation")?)
        .reload(seconds("reload")?)
        .lifetime(seconds("lifetime")?)
        .longest_idle(seconds("idle")?)
        .leeway(seconds("leeway")?);
    Some(Copy { keys: keys?, policy: policy.build().ok()?, listed: true })
}
