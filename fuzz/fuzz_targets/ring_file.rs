//! Whatever the text: either a ring that reads the same after it is written, or an error that names the line and shows nothing of
//! it.

#![no_main]

use std::collections::HashSet;
use std::sync::LazyLock;

use hardtack::Key;
use hardtack::keys::{KeyError, RingEntry, RingFile, RingFileError};
use libfuzzer_sys::fuzz_target;

/// Texts of keys, whose checksums cannot be guessed. The characters U+0001 to U+0004 represent them in the input.
static KEYS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let bytes = |key: u8| -> Vec<u8> { (0..32).map(|place| place * 5 + key * 25).collect() };
    (1..=4).map(|key| Key::from_bytes(&bytes(key)).unwrap().to_text().to_string()).collect()
});

/// Every word in any error that reading may return: one file for each kind that is refused, and one key of each kind.
static WORDS: LazyLock<HashSet<String>> = LazyLock::new(|| {
    const SEALS: &str = "seal_from = 2030-01-01T00:00:00Z\n";
    let secret = |key: usize| format!("secret = \"{}\"\n", KEYS[key]);
    let good = |key: usize| format!("[[key]]\n{}{SEALS}", secret(key));
    let bad_secret = |text: &str| format!("[[key]]\nsecret = \"{text}\"\n{SEALS}");
    let refused = [
        String::new(),
        "[".to_owned(),
        "key = 1".to_owned(),
        "hunter = 2".to_owned(),
        "count = \"one\"".to_owned(),
        format!("count = 2\n{}", good(0)),
        format!("[[key]]\n{SEALS}"),
        format!("[[key]]\n{}", secret(0)),
        format!("[[key]]\nsecret = 1\n{SEALS}"),
        format!("{}comment = 1\n", good(0)),
        format!("{}open_until = 2030-01-01\n", good(0)),
        format!("[[key]]\n{}seal_from = 2030-01-01\n", secret(0)),
        bad_secret("hunter2"),
        bad_secret("htk1_"),
        bad_secret(&format!("htk1_{}", "!".repeat(48))),
        bad_secret(&format!("htk1_{}", "A".repeat(48))),
        format!("{}open_until = 2029-01-01T00:00:00Z\n", good(0)),
        format!("{}{}", good(0), good(0).replace("2030", "2031")),
        format!("{}{}", good(0), good(1)),
    ];
    let files = refused.iter().map(|text| told(&text.parse::<RingFile>().unwrap_err()));
    // Only the maker of a key can give these a checksum.
    let counted: Vec<u8> = (0..32).collect();
    let keys = [&[7; 32][..], b"correct horse battery staple, so", &counted];
    let keys = keys.map(|bytes| KeyError::to_string(&Key::from_bytes(bytes).unwrap_err()));
    files.chain(keys).flat_map(|text| words(&text)).collect()
});

fn told(error: &RingFileError) -> String {
    format!("{error} {error:?} {}", error.label())
}

/// Splits into words, leaving out numbers.
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
        None => assert!(["empty", "count"].contains(&error.label())),
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
            // A key cannot hide in a comment either.
            let shown = format!("{file:?}");
            assert!(KEYS.iter().all(|key| !shown.contains(&key[5..])));
        }
    }
});
