//! golden.txt against the shapes of today.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use shapes::{Refused, Shape, canaries, files, fixed, refused};

const GOLDEN: &str = include_str!("../golden.txt");
const TEXTS: &str = include_str!("../texts.txt");

/// The numbers of one section, by name. Spaces are not compared: they are the compiler's.
fn golden(title: &str) -> BTreeMap<String, &'static str> {
    let sections = GOLDEN.split("# ").find_map(|section| section.strip_prefix(title));
    let lines = sections.expect("golden.txt has the section").lines().skip(1);
    let entry = |line: &'static str| {
        let (name, number) = line.rsplit_once(' ').expect("a line is a name and a number");
        (name.replace(' ', ""), number)
    };
    lines.map(entry).collect()
}

#[track_caller]
fn are_golden(title: &str, shapes: Vec<Shape>, meaning: &str) {
    let mut golden = golden(title);
    let mut faults = Vec::new();
    for Shape { name, number, text } in shapes {
        match golden.remove(&name.replace(' ', "")) {
            Some(known) if known == number => {}
            Some(known) => faults.push(format!("{name}: {known} is now {number}\n{text}")),
            None => faults.push(format!("{name}: {number} is not in golden.txt\n{text}")),
        }
    }
    faults.extend(golden.into_keys().map(|name| format!("{name}: no such type any more\n")));
    assert!(faults.is_empty(), "{}\n{meaning}", faults.join("\n"));
}

#[test]
fn the_numbers_of_std_and_serde_never_change() {
    are_golden(
        "fixed for good",
        fixed(),
        "A changed number ends every session that holds such a type, at everybody who takes this release. These numbers were \
         promised for good (docs/shape.md): find what changed in src/shape/ and take it back. If serde or std reads a type in \
         another way now, say so in the changelog, and only then write the new number. A new type: `cargo run -p shapes -- golden`, \
         and the same with `texts`.",
    );
}

#[test]
fn canaries_have_not_changed() {
    are_golden(
        "canaries",
        canaries(),
        "Where only these changed, their crates read them in another way since Cargo.lock was last updated: whoever takes that update \
         too ends the sessions that hold such a type. They are refused, not misread. Say in the changelog which crate and which \
         version; then write the new number and text (`cargo run -p shapes -- golden`, and `texts`). Where the numbers above changed \
         with them, it was us.",
    );
}

#[test]
fn the_texts_are_the_ones_that_the_numbers_are_made_of() {
    let (_, texts) = files();
    let same = |text: &str| text.replace(' ', "");
    assert_eq!(same(&texts), same(TEXTS), "texts.txt is not what golden.txt was made of");
}

#[test]
fn another_program_computes_the_same_numbers() {
    let check = Path::new(env!("CARGO_MANIFEST_DIR")).join("check.py");
    let done = Command::new("python3").arg(check).output().expect("python3 runs");
    let said = String::from_utf8_lossy(&done.stdout) + String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
}

#[test]
fn what_postcard_cannot_carry_is_refused_with_the_reason() {
    let said = [
        ("Untagged", "at T, it calls `deserialize_any`"),
        ("TaggedInside", "at T, it calls `deserialize_any`"),
        ("TaggedBeside", "at T.type, it calls `deserialize_identifier`"),
        ("Flattened", "at T[key], it calls `deserialize_identifier`"),
        ("Anything", "at T.more[], it calls `deserialize_any`"),
        ("Value", "at T, it calls `deserialize_any`"),
    ];
    let refused = refused();
    assert_eq!(refused.len(), said.len());
    for (Refused { name, error, is_json }, (expected, reason)) in refused.into_iter().zip(said) {
        let error = error.expect("postcard cannot carry it");
        for words in [expected, reason, "Codec::Json"] {
            assert!(error.contains(words), "{name}: {error}");
        }
        assert!(name == expected && is_json, "{name}: JSON carries it");
    }
}
