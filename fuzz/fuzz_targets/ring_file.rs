//! Whatever the text: a ring that is written and read again to the same, or an error that names the line and shows nothing of it.

#![no_main]

use std::collections::HashSet;
use std::sync::LazyLock;

use hardtack::{Key, KeyError, RingEntry, RingError, RingFile, RingFileError};
use libfuzzer_sys::fuzz_target;

/// Texts of keys, whose checksums are not to be guessed: the characters U+0001 to U+0004 stand for them.
static KEYS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let octets = |key: u8| -> Vec<u8> { (0..32).map(|place| place * 5 + key * 25).collect() };
    (1..=4).map(|key| Key::from_bytes(&octets(key)).unwrap().to_text().to_string()).collect()
});

/// Each word of each error that reading may end with.
static WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    let line = 1;
    let mut errors = vec![
        RingFileError::Syntax { line },
        RingFileError::Empty,
        RingFileError::Count { said: 1, found: 1 },
        RingFileError::UnknownField { line },
    ];
    for field in ["key", "count", "secret", "seal_from", "open_until", "comment"] {
        errors.push(RingFileError::Missing { line, field });
        errors.push(RingFileError::Date { line, field });
        for expected in ["[[key]]", "a string", "a number of keys"] {
            errors.push(RingFileError::Type { line, field, expected });
        }
    }
    for error in [
        KeyError::NotKeyText,
        KeyError::TextLength { found: 1 },
        KeyError::Alphabet,
        KeyError::Checksum,
        KeyError::AllEqual,
        KeyError::Printable,
        KeyError::Example,
    ] {
        errors.push(RingFileError::Secret { line, error });
    }
    for error in [
        RingError::Duplicate { position: 1 },
        RingError::SameSealFrom { position: 1 },
        RingError::OpenUntilBeforeSealFrom { position: 1 },
    ] {
        errors.push(RingFileError::Ring { line, error });
    }
    errors.iter().flat_map(|error| words(&told(error))).collect()
});

fn told(error: &RingFileError) -> String {
    format!("{error} {error:?} {}", error.label())
}

/// Numbers aside.
fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let words = words.filter(|word| word.chars().any(|c| !c.is_ascii_digit()));
    words.map(str::to_owned).collect()
}

fn check_error(text: &str, error: &RingFileError) {
    for word in words(&told(error)) {
        assert!(WORDS.contains(&word), "{word}");
    }
    let message = error.to_string();
    match message.strip_prefix("line ").and_then(|rest| rest.split_once(':')) {
        Some((line, _)) => {
            let lines = 1 + text.matches('\n').count();
            assert!((1..=lines).contains(&line.parse().unwrap()), "{line} of {lines}");
        }
        None => assert!(matches!(error, RingFileError::Empty | RingFileError::Count { .. })),
    }
}

fuzz_target!(|text: &str| {
    let mut real = text.to_owned();
    for (character, key) in ('\u{1}'..).zip(&*KEYS) {
        real = real.replace(character, key);
    }
    match real.parse::<RingFile>() {
        Err(error) => check_error(&real, &error),
        Ok(file) => {
            let written = file.to_text();
            let again: RingFile = written.parse().expect("what was written is not read");
            let entries: Vec<RingEntry<'_>> = file.entries().collect();
            assert_eq!(again.entries().collect::<Vec<_>>(), entries);
            assert_eq!(*again.to_text(), *written);
            // Nor can a key hide in a comment.
            let shown = format!("{file:?}");
            assert!(KEYS.iter().all(|key| !shown.contains(&key[5..])));
        }
    }
});
