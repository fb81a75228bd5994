//! The table of docs/frameworks.md: each line that it promises is in the example that it links.

use std::fs;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../..");

#[test]
fn the_lines_of_the_table_are_the_examples_own() {
    let page = fs::read_to_string(format!("{ROOT}/docs/frameworks.md")).unwrap();
    let is_row = |line: &&str| line.starts_with('|') && line.ends_with(".rs] |");
    let rows: Vec<&str> = page.lines().filter(is_row).collect();
    assert_eq!(rows.len(), 7);
    for row in rows {
        let example = row.rsplit_once("][").unwrap().1.trim_end_matches("] |");
        let source = flat(&fs::read_to_string(format!("{ROOT}/docs/{example}")).unwrap());
        // The cells are: framework, feature, line, example; `\|` is a bar that ends no cell.
        let cells = row.replace("\\|", "\u{1}");
        let line = cells.split('|').nth(3).unwrap().replace('\u{1}', "|");
        let snippets: Vec<&str> = line.split('`').skip(1).step_by(2).collect();
        assert!(!snippets.is_empty(), "{row}");
        for snippet in snippets {
            assert!(source.contains(&flat(snippet)), "{snippet}\nis not in {example}");
        }
    }
}

/// Without white space, which rustfmt chooses.
fn flat(text: &str) -> String {
    text.split_whitespace().collect()
}
