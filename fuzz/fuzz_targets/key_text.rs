//! A text is a key or is refused, and a key has one text.

#![no_main]

use hardtack::{Key, KeyRing};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(key) = text.parse::<Key>() {
        assert_eq!(*key.to_text(), text);
    }
    if let Ok(ring) = KeyRing::from_text(text) {
        let words =
            text.split([',', ' ', '\t', '\n', '\r', '\x0c']).filter(|word| !word.is_empty());
        assert_eq!(ring.key_ids().count(), words.count());
    }
    // A pass phrase, hex or base64 is not a key, whatever its length.
    if text.bytes().all(|byte| (0x20..0x7F).contains(&byte)) {
        assert!(Key::from_bytes(text.as_bytes()).is_err());
    }
});
