//! The page on operations: each command on it runs and must print what the page says, and its calendar must match the policy.
#![cfg(all(feature = "cli", target_os = "linux"))]

mod ring_common;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use hardtack::keys::{RingFile, RotationPolicy};
use hardtack::{OpenError, Timestamp};
use time::{Date, Month};

use ring_common::{DAY, Folder, at, key};

const PAGE: &str = include_str!("../docs/operations.md");
/// The moment at which the page begins.
const START: &str = "2030-01-01T12:00:00Z";

#[test]
fn every_command_prints_what_the_page_says() {
    let folder = Folder::new();
    let (mut page, mut run) = (Reader::new(date(START).unwrap()), Reader::new(0));
    let mut blocks = 0;
    for part in PAGE.split("\n\n") {
        if let Some(days) = part.strip_prefix("<!-- later: ") {
            let seconds = days.strip_suffix(" d -->").unwrap().parse::<u64>().unwrap() * DAY;
            page.now += seconds;
            age(&folder.0, seconds);
        } else if let Some(commands) = part.strip_prefix("<!-- prepare:\n") {
            // What others did the day before.
            let printed =
                run_in(&folder.0, &format!("set -e\n{}", commands.trim_end_matches("-->")));
            assert!(!printed.is_empty(), "the preparation failed");
            age(&folder.0, DAY);
        } else if let Some(block) = part.strip_prefix("```console\n") {
            let block = block.trim_end().strip_suffix("\n```").unwrap();
            let (commands, output): (Vec<_>, Vec<_>) =
                block.lines().partition(|line| line.starts_with("$ "));
            let mut script = "exec 2>&1\n".to_owned();
            for command in &commands {
                script.extend([&command[2..], "\n"]);
            }
            for (on_page, here) in page.ids.iter().zip(&run.ids) {
                script = script.replace(on_page, here);
            }
            run.now = Timestamp::now().as_secs();
            let printed = run_in(&folder.0, &script);
            let printed: Vec<_> = printed.lines().map(|line| run.read(line)).collect();
            let expected: Vec<_> = output.iter().map(|line| page.read(line)).collect();
            assert_eq!(printed, expected, "{commands:#?}");
            blocks += 1;
        }
    }
    assert!(blocks >= 10, "{blocks}");
}

fn run_in(folder: &Path, script: &str) -> String {
    let own = Path::new(env!("CARGO_BIN_EXE_hardtack")).parent().unwrap();
    let path = format!("{}:{}", own.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).current_dir(folder).env("PATH", path);
    String::from_utf8(command.output().unwrap().stdout).unwrap()
}

/// Makes every ring file of the folder older.
fn age(folder: &Path, seconds: u64) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let older = |word: &str| match date(word) {
                Some(moment) => at(moment - seconds).to_string(),
                None => word.to_owned(),
            };
            let text = fs::read_to_string(&path).unwrap();
            fs::write(
                &path,
                text.split_inclusive(ends_word).map(|word| with(word, older)).collect::<String>(),
            )
            .unwrap();
        }
    }
}

/// Replaces what differs from run to run: a key id by its number, a date by the minutes from now.
struct Reader {
    now: u64,
    ids: Vec<String>,
}

impl Reader {
    fn new(now: u64) -> Self {
        Self { now, ids: Vec::new() }
    }

    fn read(&mut self, line: &str) -> String {
        let words = line.trim_end().split_inclusive(ends_word);
        words.map(|word| with(word, |word| self.read_word(word))).collect()
    }

    fn read_word(&mut self, word: &str) -> String {
        let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if let Some(moment) = date(word) {
            let seconds = i128::from(moment) - i128::from(self.now);
            return format!("now {:+} min", (seconds + 30).div_euclid(60));
        }
        match word.len() {
            16 if is_hex => {
                let known = self.ids.iter().position(|id| id == word);
                let number = known.unwrap_or_else(|| {
                    self.ids.push(word.to_owned());
                    self.ids.len() - 1
                });
                format!("key {number}")
            }
            32 if is_hex => "session".to_owned(),
            _ => word.to_owned(),
        }
    }
}

fn ends_word(c: char) -> bool {
    c.is_whitespace() || "(),;".contains(c)
}

/// The word changed, and what ends it as it was.
fn with(word: &str, change: impl FnOnce(&str) -> String) -> String {
    // A date has colons in it, so they end a word only at its end.
    let bare = word.trim_end_matches(|c| ends_word(c) || c == ':' || c == '`');
    change(bare) + &word[bare.len()..]
}

/// Seconds since 1970 of a date as this crate prints it.
fn date(word: &str) -> Option<u64> {
    let (day, time) = word.strip_suffix('Z')?.split_once('T')?;
    let numbers =
        |text: &str, mark| text.split(mark).map(|n| n.parse().ok()).collect::<Option<Vec<u8>>>();
    let (year, month_and_day) = day.split_once('-')?;
    let [month, day] = numbers(month_and_day, '-')?[..] else { return None };
    let [hour, minute, second] = numbers(time, ':')?[..] else { return None };
    let day =
        Date::from_calendar_date(year.parse().ok()?, Month::try_from(month).ok()?, day).ok()?;
    day.with_hms(hour, minute, second).ok()?.assume_utc().unix_timestamp().try_into().ok()
}

#[test]
fn the_calendar_is_the_policys() {
    let policy = RotationPolicy::default();
    let mut file = RingFile::new(key(), at(0));
    let due = file.rotation_due().as_secs();
    let rotation = file.rotate(key(), at(due)).unwrap();
    let retires = rotation.retiring[0].1.as_secs();
    let (days, minute) = (|seconds: u64| seconds / DAY, 60);
    assert_eq!((due % DAY, rotation.seal_from.as_secs() % DAY, retires % DAY), (0, 0, minute));
    let early = rotation.seal_from.as_secs() - rotation.publish_by.as_secs();
    let seals = days(rotation.seal_from.as_secs());
    for row in [
        format!("| day {} | `ring check`", days(due)),
        format!("| day {seals} − {} min |", early / minute),
        format!("| day {seals} | the successor seals"),
        format!("| day {} + 1 min | the first key opens nothing", days(retires)),
        format!("| day {} | the next rotation |", days(file.rotation_due().as_secs())),
    ] {
        assert!(PAGE.contains(&row), "{row}");
    }
    let told = RotationPolicy::builder()
        .activation(Duration::from_secs(24 * 3600))
        .reload(Duration::from_secs(60))
        .lifetime(Duration::from_secs(30 * DAY))
        .longest_idle(Duration::from_secs(14 * DAY))
        .leeway(Duration::from_secs(60));
    assert_eq!(told.build().unwrap(), policy, "the table of settings");
}

#[test]
fn every_refusal_is_explained() {
    let source = include_str!("../src/error/token.rs");
    let labels = source.split("impl OpenError {").nth(1).unwrap();
    let labels = labels.split("fn label(").nth(1).unwrap().split("\n    }\n").next().unwrap();
    let labels: Vec<_> = labels.split('"').skip(1).step_by(2).collect();
    assert!(labels.contains(&OpenError::Malformed.label()), "{labels:?}");
    let runbook = section("## Runbook").split("\n### ").next().unwrap();
    // What is in quotes besides is the condition of an arm.
    for label in labels.into_iter().filter(|label| *label != "device-binding") {
        let mut rows = runbook.lines().filter(|line| line.starts_with("| `"));
        assert!(rows.any(|row| row.contains(&format!("`{label}`"))), "{label}");
    }
}

/// The part of the page from this heading to the next one at its level.
fn section(heading: &str) -> &'static str {
    let start = PAGE.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("no {heading}"));
    let rest = &PAGE[start + 1..];
    let rank = heading.split_once(' ').unwrap().0;
    let end = rest[1..].find(&format!("\n{rank} ")).map_or(rest.len(), |end| end + 1);
    &rest[..end]
}

#[test]
fn every_event_that_an_alarm_may_hang_on_is_in_the_runbook() {
    let runbook = section("## Runbook");
    // A mistake in the program, which the event's own text explains: one row for all.
    let mistakes = [
        "session first read after",
        "session adapter is not installed",
        "two session cookies",
        "cacheable response",
        "exemption matches nothing",
    ];
    let is_alarm = |row: &&str| row.starts_with("| error, ") || row.starts_with("| warn, ");
    let mut found = 0;
    for row in PAGE.lines().filter(is_alarm) {
        let message = row.split('"').nth(1).unwrap();
        let short = message.split([':', ',']).next().unwrap();
        let is_mistake = mistakes.iter().any(|mistake| message.starts_with(mistake));
        assert!(is_mistake || runbook.contains(short), "{short}");
        found += 1;
    }
    assert!(found >= 12, "{found}");
    assert!(runbook.contains("| all other errors and warnings |"));
}

#[test]
fn every_reason_for_which_a_ring_file_is_not_loaded_has_its_remedy() {
    let source = include_str!("../src/error/ring_file.rs");
    let labels = source.split("fn label").nth(1).unwrap().split("impl ").next().unwrap();
    // Those of commands, which say what to do themselves.
    let commands = [
        "mount point",
        "locked",
        "exists",
        "not added",
        "rotation pending",
        "too soon",
        "only one seals",
        "opens already",
        "no such key",
        "key seals",
    ];
    let remedies = section("### A file cannot be used");
    let mut found = 0;
    for label in labels.split("=> \"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
        let row = remedies
            .lines()
            .any(|line| line.starts_with("| `") && line.contains(&format!("`{label}`")));
        assert_eq!(row, !commands.contains(&label), "{label}");
        found += 1;
    }
    assert!(found > 25, "{found}");
}
