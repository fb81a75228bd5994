//! No byte of a token depends on the host: integers are written and read only with `to_be_bytes` and `from_be_bytes`. Running on
//! a big-endian or a 32-bit machine would prove more; docs/assurance.md says what was run.

use std::fs;
use std::path::{Path, PathBuf};

/// Where another byte order is used, and why it reaches no token.
const ELSEWHERE: [(&str, &str, usize); 3] = [
    // What an entry takes in memory.
    ("src/denylist/entries.rs", "size_of", 1),
    // A key id's place in a table in memory.
    ("src/sealer/keys.rs", "from_le_bytes", 1),
    // Random bytes, for the name of a temporary file.
    ("src/keys/file/disk.rs", "from_ne_bytes", 1),
];

/// What depends on the machine.
const FOREIGN: [&str; 6] =
    ["to_ne_bytes", "from_ne_bytes", "to_le_bytes", "from_le_bytes", "usize::to_be", "size_of"];

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn no_integer_reaches_the_wire_in_the_machines_order() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    rust_files(&root.join("src"), &mut files);
    assert!(files.len() > 40, "{}", files.len());
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
        for word in FOREIGN {
            let allowed = ELSEWHERE.iter().find(|place| place.0 == name && place.1 == word);
            let found = text.matches(word).count();
            assert_eq!(found, allowed.map_or(0, |place| place.2), "{name}: {word}");
        }
    }
}
