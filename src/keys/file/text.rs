//! The text of a ring file: TOML in, TOML out, without path or clock.
//!
//! The TOML parser copies its input into its errors and wipes nothing, so it never gets to see a secret. It parses a copy in
//! which each key is replaced by `x`s of the same length, so that the positions it reports are right for the real text.

use std::fmt::Write;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml::value::{Datetime, Offset};

use super::{RingFile, seal_from};
use crate::crypto::Zeroizing;
use crate::error::{KeyProblem, RingFileError, RingFileProblem};
use crate::key::Key;
use crate::keys::policy::{NAMES, RotationPolicy, Span};
use crate::time::Timestamp;

const HEAD: &str =
    "# A hardtack key ring, secret. Comments like this one are not kept: use `comment`.\n";
const KEY: &str = "key";
const COUNT: &str = "count";
const POLICY: &str = "policy";
const SECRET: &str = "secret";
const SEAL_FROM: &str = "seal_from";
const OPEN_UNTIL: &str = "open_until";
const COMMENT: &str = "comment";

/// The most bytes that `count` and the policy take.
const ROOM: usize = 32 + 12 + 5 * 38;

/// Writes a ring file's text.
///
/// `count` comes first and a field that every key must have comes last. So a text that is cut short anywhere, except at its last
/// line break, is refused.
pub(super) fn write(file: &RingFile) -> Zeroizing<String> {
    // A string that outgrows its capacity leaves a copy behind. An entry takes at most 210 bytes, plus 6 for each byte of its
    // comment.
    let comments: usize = file.comments.iter().map(String::len).sum();
    let capacity = HEAD.len() + ROOM + file.comments.len() * 210 + comments * 6;
    let mut text = Zeroizing::new(String::with_capacity(capacity));
    text.push_str(HEAD);
    let mut line = |parts: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{parts}");
    };
    line(format_args!("{COUNT} = {}", file.comments.len()));
    if let Some(policy) = &file.policy {
        line(format_args!("\n[{POLICY}]"));
        for (name, seconds) in policy.named() {
            line(format_args!("{name} = \"{}\"", Span(seconds)));
        }
    }
    for (key, comment) in file.ring.keys().iter().zip(&file.comments) {
        line(format_args!("\n[[{KEY}]]"));
        if !comment.is_empty() {
            line(format_args!("{COMMENT} = \"{}\"", escaped(comment)));
        }
        line(format_args!("{SECRET} = \"{}\"", *key.key.to_text()));
        if let Some(until) = key.open_until {
            line(format_args!("{OPEN_UNTIL} = {}", until));
        }
        line(format_args!("{SEAL_FROM} = {}", seal_from(key)));
    }
    text
}

fn escaped(comment: &str) -> String {
    let mut escaped = String::with_capacity(comment.len());
    for c in comment.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(escaped, "\\u{:04X}", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Reads what [`write`] writes, and what people edit it into.
pub(super) fn read(text: &str) -> Result<RingFile, RingFileError> {
    let blotted = blotted(text);
    let document = DeTable::parse(&blotted)
        .map_err(|error| syntax(text, error.span().map_or(text.len(), |span| span.start)))?;
    let reader = Reader { text };
    let top = document.get_ref();
    reader.refuse_others(top, &[KEY, COUNT, POLICY])?;
    let keys: &[Spanned<DeValue<'_>>] = match top.get(KEY) {
        None => &[],
        Some(keys) => {
            keys.get_ref().as_array().ok_or_else(|| reader.wrong_type(keys, KEY, "[[key]]"))?
        }
    };
    if let Some(count) = top.get(COUNT) {
        let said = reader.count(count)?;
        if said != keys.len() {
            return Err(RingFileError::from(RingFileProblem::Count { said, found: keys.len() }));
        }
    }
    let policy = top.get(POLICY).map(|policy| reader.policy(policy)).transpose()?;
    let mut file: Option<RingFile> = None;
    for value in keys {
        let entry = reader.entry(value)?;
        let (line, comment) = (reader.line_of(value), entry.comment.clone());
        file = Some(match file {
            None => entry.first(line)?,
            Some(mut file) => {
                let Entry { key, seal_from, open_until, .. } = entry;
                let added = file.add(key, seal_from, open_until, comment);
                added
                    .map_err(|error| RingFileError::from(RingFileProblem::Ring { line, error }))?;
                file
            }
        });
    }
    let file = file.ok_or(RingFileError::from(RingFileProblem::Empty))?;
    Ok(RingFile { policy, ..file })
}

/// The error for text that stops being TOML at `place`. If the line is that of a date, it is about the date.
fn syntax(text: &str, place: usize) -> RingFileError {
    let line = line(text.as_bytes(), place);
    let stands = text.lines().nth(line - 1).unwrap_or_default().trim_start();
    match [SEAL_FROM, OPEN_UNTIL].into_iter().find(|&field| stands.starts_with(field)) {
        Some(field) => RingFileError::from(RingFileProblem::Date { line, field }),
        None => RingFileError::from(RingFileProblem::Syntax { line }),
    }
}

/// Returns the line, counted from 1, that contains the byte at `place`.
pub(super) fn line(bytes: &[u8], place: usize) -> usize {
    let before = &bytes[..place.min(bytes.len())];
    1 + before.iter().filter(|&&byte| byte == b'\n').count()
}

/// Returns the text with an `x` for each possible key character after `htk1_`, at the same length.
fn blotted(text: &str) -> String {
    const PREFIX: &str = "htk1_";
    let mut blotted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find(PREFIX) {
        let (before, after) = rest.split_at(place + PREFIX.len());
        let other = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_');
        let length = after.find(other).unwrap_or(after.len());
        blotted.push_str(before);
        blotted.extend(std::iter::repeat_n('x', length));
        rest = &after[length..];
    }
    blotted.push_str(rest);
    blotted
}

struct Entry {
    key: Key,
    seal_from: Timestamp,
    open_until: Option<Timestamp>,
    comment: String,
}

impl Entry {
    fn first(self, line: usize) -> Result<RingFile, RingFileError> {
        if self.open_until.is_some_and(|until| until <= self.seal_from) {
            let error = KeyProblem::OpenUntilBeforeSealFrom { position: 1 }.into();
            return Err(RingFileError::from(RingFileProblem::Ring { line, error }));
        }
        let mut file = RingFile::new(self.key, self.seal_from);
        file.ring.keys[0].open_until = self.open_until;
        file.comments[0] = self.comment;
        Ok(file)
    }
}

/// Converts TOML values. The positions are from the parser, the text is the real one.
struct Reader<'t> {
    text: &'t str,
}

impl Reader<'_> {
    fn entry(&self, value: &Spanned<DeValue<'_>>) -> Result<Entry, RingFileError> {
        let table = value.get_ref().as_table();
        let table = table.ok_or_else(|| self.wrong_type(value, KEY, "[[key]]"))?;
        self.refuse_others(table, &[SECRET, SEAL_FROM, OPEN_UNTIL, COMMENT])?;
        let line = self.line_of(value);
        let needed = |field| {
            table.get(field).ok_or(RingFileError::from(RingFileProblem::Missing { line, field }))
        };
        Ok(Entry {
            key: self.secret(needed(SECRET)?)?,
            seal_from: self.date(needed(SEAL_FROM)?, SEAL_FROM)?,
            open_until: table
                .get(OPEN_UNTIL)
                .map(|value| self.date(value, OPEN_UNTIL))
                .transpose()?,
            comment: table
                .get(COMMENT)
                .map(|value| self.string(value, COMMENT).map(str::to_owned))
                .transpose()?
                .unwrap_or_default(),
        })
    }

    /// Missing settings get their defaults.
    fn policy(&self, value: &Spanned<DeValue<'_>>) -> Result<RotationPolicy, RingFileError> {
        let table = value.get_ref().as_table();
        let table = table.ok_or_else(|| self.wrong_type(value, POLICY, "[policy]"))?;
        self.refuse_others(table, &NAMES)?;
        let mut builder = RotationPolicy::builder();
        for name in NAMES {
            let Some(value) = table.get(name) else { continue };
            let Span(seconds) = value
                .get_ref()
                .as_str()
                .and_then(Span::parse)
                .ok_or_else(|| self.wrong_type(value, name, "a time like \"24h\""))?;
            builder = builder.set(name, seconds);
        }
        let line = self.line_of(value);
        builder
            .build()
            .map_err(|error| RingFileProblem::Policy { line, error: error.into() }.into())
    }

    fn secret(&self, value: &Spanned<DeValue<'_>>) -> Result<Key, RingFileError> {
        self.string(value, SECRET)?;
        let quoted = self.text.get(value.span()).unwrap_or_default();
        let secret = quoted.trim_matches(['"', '\'']);
        secret.parse().map_err(|error| {
            RingFileError::from(RingFileProblem::Secret { line: self.line_of(value), error })
        })
    }

    fn date(
        &self,
        value: &Spanned<DeValue<'_>>,
        field: &'static str,
    ) -> Result<Timestamp, RingFileError> {
        let date = value.get_ref().as_datetime().and_then(timestamp);
        date.ok_or(RingFileError::from(RingFileProblem::Date { line: self.line_of(value), field }))
    }

    fn string<'v>(
        &self,
        value: &'v Spanned<DeValue<'_>>,
        field: &'static str,
    ) -> Result<&'v str, RingFileError> {
        value.get_ref().as_str().ok_or_else(|| self.wrong_type(value, field, "a string"))
    }

    fn count(&self, value: &Spanned<DeValue<'_>>) -> Result<usize, RingFileError> {
        let number = value.get_ref().as_integer().filter(|number| number.radix() == 10);
        let number = number.and_then(|number| number.as_str().parse().ok());
        number.ok_or_else(|| self.wrong_type(value, COUNT, "a number of keys"))
    }

    fn refuse_others(&self, table: &DeTable<'_>, known: &[&str]) -> Result<(), RingFileError> {
        match table.keys().find(|key| !known.contains(&&**key.get_ref())) {
            None => Ok(()),
            Some(other) => Err(RingFileError::from(RingFileProblem::UnknownField {
                line: line(self.text.as_bytes(), other.span().start),
            })),
        }
    }

    fn wrong_type(
        &self,
        value: &Spanned<DeValue<'_>>,
        field: &'static str,
        expected: &'static str,
    ) -> RingFileError {
        RingFileError::from(RingFileProblem::Type { line: self.line_of(value), field, expected })
    }

    fn line_of(&self, value: &Spanned<DeValue<'_>>) -> usize {
        line(self.text.as_bytes(), value.span().start)
    }
}

/// The second of an RFC 3339 date; `None` without an offset, or if a [`Timestamp`] cannot represent it.
fn timestamp(date: &Datetime) -> Option<Timestamp> {
    let (day, time) = (date.date?, date.time?);
    let offset = match date.offset? {
        Offset::Z => 0,
        Offset::Custom { minutes } => i32::from(minutes),
    };
    let second = time.second.unwrap_or(0);
    let parts = [day.month, day.day, time.hour, time.minute, second];
    Timestamp::from_civil(i32::from(day.year), parts, offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blotted_text_has_no_secret_and_every_place() {
        let key = Key::generate().unwrap().to_text();
        let text = format!("secret = \"{}\" # caf\u{e9} htk1_ \n{}", *key, *key);
        assert_eq!(blotted(&text), text.replace(&key[5..], &"x".repeat(48)));
        assert_eq!(blotted("htk1_a-9_Z!Q htk1_htk1_"), "htk1_xxxxx!Q htk1_xxxxx");
    }

    #[test]
    fn a_secret_stays_in_the_buffer_that_is_wiped() {
        let comment = "\u{1}\"\\ \u{e9}".repeat(50);
        let mut file = RingFile::new(Key::generate().unwrap(), Timestamp::from_secs(u64::MAX));
        file.ring.keys[0].open_until = Some(Timestamp::from_secs(u64::MAX));
        file.comments[0] = comment;
        let long = std::time::Duration::from_secs(u64::MAX);
        let policy = RotationPolicy::builder().longest_idle(long).leeway(long).lifetime(long);
        file.policy = policy.activation(long).build().ok();
        let text = write(&file);
        let most = HEAD.len() + ROOM + 210 + file.comments[0].len() * 6;
        assert!(text.capacity() == most, "it grew past {most}");
    }

    #[test]
    fn dates_are_those_of_rfc_3339() {
        let read = |text: &str| text.parse().ok().and_then(|date: Datetime| timestamp(&date));
        let at = |seconds| Some(Timestamp::from_secs(seconds));
        assert_eq!(read("2027-01-15T08:00:00Z"), at(1_800_000_000));
        assert_eq!(read("2027-01-15t09:00:00.999+01:00"), at(1_800_000_000));
        assert_eq!(read("2027-01-14 20:30:00-11:30"), at(1_800_000_000));
        assert_eq!(read("1970-01-01T00:00:00Z"), at(0));
        assert_eq!(read("1969-12-31T23:59:59Z"), None);
        assert_eq!(read("2027-01-15T08:00:00"), None, "no offset");
        assert_eq!(read("2027-01-15"), None);
        assert_eq!(read("08:00:00"), None);
        assert_eq!(read("2027-02-29T00:00:00Z"), None);
        assert_eq!(read("2027-13-01T00:00:00Z"), None);
        assert_eq!(read("2027-01-01T24:00:00Z"), None);
        assert_eq!(read("9999-12-31T23:59:59Z"), at(253_402_300_799));
        assert_eq!(read("9999-12-31T23:59:59-00:01"), None, "another year in UTC");
    }
}
