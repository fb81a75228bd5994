//! The walls of the crate (CONTRIBUTING.md, "Floors"): which file may import which, who names a crypto crate, who reads a
//! clock, who may panic, how long a file is.
//!
//! Each rule is a function over a [`Source`], so that each is also shown to fail, on small made-up sources.

use std::fs;
use std::path::Path;

/// Each module of the crate root, and its floor. Imports point to a lower floor, or stay inside the module.
const FLOORS: [(&str, u8); 20] = [
    ("bin", 7),
    ("adapter", 6),
    ("testing", 6),
    ("denylist", 5),
    ("flash", 5),
    ("login_flow", 5),
    ("session", 5),
    ("session_cookie", 5),
    ("csrf", 4),
    ("sealer", 4),
    ("keyring", 3),
    ("token", 3),
    ("key", 2),
    ("claims", 1),
    ("cookie", 1),
    ("encoding", 1),
    ("payload", 1),
    ("crypto", 0),
    ("error", 0),
    ("log", 0),
];

/// At the bottom, below its own floor's neighbours.
const LOWEST: &str = "time";

/// The only imports between two modules of one floor: the first stands over the second.
const OVER: [(&str, &str); 5] = [
    ("error", LOWEST),
    ("session", "session_cookie"),
    ("denylist", "session_cookie"),
    ("flash", "session"),
    ("flash", "session_cookie"),
];

/// Named under src/crypto.rs or src/crypto/ only.
const CRYPTO_CRATES: [&str; 12] = [
    "aes",
    "aes_gcm",
    "aws_lc_rs",
    "chacha20",
    "ctutils",
    "getrandom",
    "ghash",
    "hmac",
    "rand",
    "sha2",
    "subtle",
    "zeroize",
];

/// Whose `now` reads a clock.
const CLOCKS: [&str; 6] =
    ["Instant", "OffsetDateTime", "SystemClock", "SystemTime", "Timestamp", "UtcDateTime"];

/// Modules that read one: `time` for everybody, `crypto` for nonces, `bin` because it is outermost.
const CLOCK_READERS: [&str; 3] = [LOWEST, "crypto", "bin"];

/// Files that read one where they touch the world: when to look at a ring file again, how long to wait for its lock.
const CLOCK_READING_FILES: [&str; 2] = ["src/keyring/watch.rs", "src/keyring/file/disk.rs"];

const PANICKING_CALLS: [&str; 4] = ["expect", "expect_err", "unwrap", "unwrap_err"];
const PANICKING_MACROS: [&str; 4] = ["panic", "todo", "unimplemented", "unreachable"];

/// Where code may panic after all: the file, what it calls, and why it cannot happen.
const MAY_PANIC: [(&str, &str, &str); 3] = [
    ("src/cookie/jar.rs", "expect", "a SetCookie is parsed that this crate rendered itself"),
    ("src/encoding.rs", "expect", "base64url is ASCII, whatever was encoded"),
    ("src/crypto/aws_lc.rs", "expect", "a key of the right length fails for want of memory alone"),
];

const LONGEST_FILE: usize = 400;

/// A file of src/: its path from the crate's root, and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// The modules from the crate root down to this file: `["sealer", "keys"]`; empty for lib.rs.
    fn module(&self) -> Vec<&str> {
        let inner = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        inner.split('/').filter(|part| !["lib", "mod", "main"].contains(part)).collect()
    }

    /// The module at the crate root that this file belongs to; empty for lib.rs.
    fn root(&self) -> &str {
        self.module().first().copied().unwrap_or("")
    }

    /// Compiled for tests only.
    fn is_test(&self) -> bool {
        self.module().iter().any(|part| ["tests", "vectors"].contains(part))
    }

    /// The tokens of what is compiled outside tests.
    fn tokens(&self) -> Vec<Token> {
        if self.is_test() { Vec::new() } else { without_tests(tokens(&self.text)) }
    }

    fn fault(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}

// The rules.

fn floor(module: &str) -> Option<u8> {
    let found = FLOORS.iter().find(|(name, _)| *name == module).map(|&(_, floor)| floor);
    found.or((module == LOWEST).then_some(0))
}

/// No import points up, sideways past [`OVER`], through the crate root, or out of the table. Adapters see the public items only.
fn imports_point_down(source: &Source) -> Vec<String> {
    let module = source.root();
    // lib.rs names everything, and a program is a crate of its own.
    if module.is_empty() || module == "bin" {
        return Vec::new();
    }
    let Some(own) = floor(module) else {
        return vec![source.fault(1, &format!("`{module}` has no floor in the table"))];
    };
    let judge = |path: &[String]| {
        let target = path.first().map_or("", String::as_str);
        if target == module {
            return None;
        }
        if target.starts_with(char::is_uppercase) {
            let fine = own == 6;
            return (!fine).then(|| format!("`{target}` comes through the crate root"));
        }
        if module == "adapter" {
            return Some(format!(
                "an adapter reaches into `{target}`: public items at the crate root only"
            ));
        }
        match floor(target) {
            None => Some(format!("`{target}` has no floor in the table")),
            Some(floor) if floor < own || OVER.contains(&(module, target)) => None,
            Some(floor) => {
                Some(format!("`{module}` on floor {own} imports `{target}` on floor {floor}"))
            }
        }
    };
    let paths = crate_paths(&source.tokens(), &source.module());
    paths.iter().filter_map(|(line, path)| Some(source.fault(*line, &judge(path)?))).collect()
}

fn crypto_crates_are_walled_in(source: &Source) -> Vec<String> {
    if source.root() == "crypto" {
        return Vec::new();
    }
    let tokens = source.tokens();
    let named = |(at, token): (usize, &Token)| {
        let is_method = at > 0 && tokens[at - 1].text == ".";
        let found = CRYPTO_CRATES.contains(&token.text.as_str()) && !is_method;
        found.then(|| source.fault(token.line, &format!("names the crypto crate `{}`", token.text)))
    };
    tokens.iter().enumerate().filter_map(named).collect()
}

fn clocks_are_read_outermost(source: &Source) -> Vec<String> {
    if CLOCK_READERS.contains(&source.root()) || CLOCK_READING_FILES.contains(&&*source.path) {
        return Vec::new();
    }
    let tokens = source.tokens();
    let reads = |window: &[Token]| {
        let [whose, colons, what] = window else { return None };
        let is_clock = CLOCKS.contains(&whose.text.as_str()) && colons.text == "::";
        let found = is_clock && what.text.starts_with("now");
        found.then(|| source.fault(whose.line, &format!("`{}` reads a clock", whose.text)))
    };
    tokens.windows(3).filter_map(reads).collect()
}

/// Calls and macros that panic, by name, allowed or not.
fn panics(source: &Source) -> Vec<(usize, String)> {
    if source.root() == "testing" {
        return Vec::new();
    }
    let tokens = source.tokens();
    let panics = |window: &[Token]| {
        let [before, name, after] = window else { return None };
        let call = before.text == "." || before.text == "::";
        let found = match after.text.as_str() {
            "!" => PANICKING_MACROS.contains(&name.text.as_str()),
            _ => call && PANICKING_CALLS.contains(&name.text.as_str()),
        };
        found.then(|| (name.line, name.text.clone()))
    };
    // A macro may be the very first token.
    let start = Token { line: 0, text: String::new() };
    let tokens: Vec<_> = std::iter::once(start).chain(tokens).collect();
    tokens.windows(3).filter_map(panics).collect()
}

fn nothing_panics(source: &Source) -> Vec<String> {
    let mut allowed: Vec<_> = MAY_PANIC
        .iter()
        .filter(|(path, ..)| *path == source.path)
        .map(|(_, name, _)| *name)
        .collect();
    let mut faults = Vec::new();
    for (line, name) in panics(source) {
        match allowed.iter().position(|allowed| *allowed == name) {
            Some(place) => drop(allowed.remove(place)),
            None => faults.push(source.fault(line, &format!("`{name}` may panic"))),
        }
    }
    let unused = |name| source.fault(1, &format!("is allowed a `{name}` that it does not have"));
    faults.into_iter().chain(allowed.into_iter().map(unused)).collect()
}

fn no_file_is_long(source: &Source) -> Vec<String> {
    let lines = source.text.lines().count();
    let long = || source.fault(lines, &format!("over {LONGEST_FILE} lines: more than one idea"));
    if lines > LONGEST_FILE { vec![long()] } else { Vec::new() }
}

// Reading Rust, as far as the rules need it.

#[derive(Clone, Debug, PartialEq)]
struct Token {
    line: usize,
    text: String,
}

/// Words, numbers, `::`, and single signs; comments, strings and characters are left out.
fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < chars.len() {
        let rest = &chars[at..];
        let (length, keep) = match rest {
            ['/', '/', ..] => (until(rest, |rest| rest[0] == '\n'), false),
            ['/', '*', ..] => (block_comment(rest), false),
            ['"', ..] => (string(rest), false),
            ['\'', '\\', ..] => (3 + until(&rest[3..], |rest| rest[0] == '\'') + 1, false),
            ['\'', _, '\'', ..] => (3, false),
            [':', ':', ..] => (2, true),
            [c, ..] if is_word(*c) => {
                let word = until(rest, |rest| !is_word(rest[0]));
                let raw = ["r", "br", "cr"].contains(&String::from_iter(&rest[..word]).as_str());
                match raw.then(|| raw_string(&rest[word..])).flatten() {
                    Some(string) => (word + string, false),
                    None => (word, true),
                }
            }
            [c, ..] => (1, !c.is_whitespace()),
            [] => break,
        };
        let end = (at + length).min(chars.len());
        if keep {
            tokens.push(Token { line, text: chars[at..end].iter().collect() });
        }
        line += chars[at..end].iter().filter(|&&c| c == '\n').count();
        at = end;
    }
    tokens
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How many characters stand before the first place where `ends` holds.
fn until(chars: &[char], ends: impl Fn(&[char]) -> bool) -> usize {
    (0..chars.len()).find(|&at| ends(&chars[at..])).unwrap_or(chars.len())
}

fn block_comment(chars: &[char]) -> usize {
    let (mut at, mut depth) = (0, 0);
    while at < chars.len() {
        match &chars[at..] {
            ['/', '*', ..] => (at, depth) = (at + 2, depth + 1),
            ['*', '/', ..] => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

fn string(chars: &[char]) -> usize {
    let mut at = 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// The length of `#"…"#`, with any number of `#`.
fn raw_string(chars: &[char]) -> Option<usize> {
    let hashes = until(chars, |rest| rest[0] != '#');
    (chars.get(hashes) == Some(&'"')).then(|| {
        let end: Vec<char> = std::iter::once('"').chain(std::iter::repeat_n('#', hashes)).collect();
        let inside = &chars[hashes + 1..];
        hashes + 1 + until(inside, |rest| rest.starts_with(&end)) + end.len()
    })
}

/// Leaves out each item behind `#[cfg(test)]`.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut rest = &tokens[..];
    while let [first, after @ ..] = rest {
        if starts_with(rest, &["#", "[", "cfg", "(", "test", ")", "]"]) {
            rest = &rest[7 + item(&rest[7..])..];
        } else {
            kept.push(first.clone());
            rest = after;
        }
    }
    kept
}

fn starts_with(tokens: &[Token], texts: &[&str]) -> bool {
    tokens.len() >= texts.len() && tokens.iter().zip(texts).all(|(token, text)| token.text == *text)
}

/// The length of an item: up to its `;` outside brackets, or to the end of its braces. An attribute before it is a part of it.
fn item(tokens: &[Token]) -> usize {
    let is_use = tokens.iter().take_while(|t| t.text != "{").any(|token| token.text == "use");
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        let ends = token.text == ";" || (token.text == "}" && !is_use);
        if depth == 0 && ends {
            return at + 1;
        }
    }
    tokens.len()
}

/// Every path that starts with `crate`, `super` or `self`, seen from the crate root, with its line.
fn crate_paths(tokens: &[Token], module: &[&str]) -> Vec<(usize, Vec<String>)> {
    let mut paths = Vec::new();
    let mut at = 0;
    while at + 1 < tokens.len() {
        let starts = at == 0 || tokens[at - 1].text != "::";
        let mut base: Vec<String> = module.iter().map(|&part| part.to_owned()).collect();
        let mut end = at;
        while starts && starts_with_path(&tokens[end..]) {
            match tokens[end].text.as_str() {
                "crate" => base.clear(),
                "super" => drop(base.pop()),
                _ => {}
            }
            end += 2;
        }
        if end > at {
            at = read_tree(tokens, end, &base, &mut paths);
        } else {
            at += 1;
        }
    }
    paths
}

fn starts_with_path(tokens: &[Token]) -> bool {
    ["crate", "super", "self"].iter().any(|word| starts_with(tokens, &[word, "::"]))
}

/// Reads `a::b::{c, d::e}` from `at` on; returns where it ends.
fn read_tree(
    tokens: &[Token],
    mut at: usize,
    base: &[String],
    paths: &mut Vec<(usize, Vec<String>)>,
) -> usize {
    let mut path = base.to_vec();
    while let Some(token) = tokens.get(at) {
        if token.text == "{" {
            at += 1;
            while tokens.get(at).is_some_and(|token| token.text != "}") {
                at = match tokens[at].text.as_str() {
                    "," => at + 1,
                    "as" => at + 2,
                    _ => read_tree(tokens, at, &path, paths),
                };
            }
            return at + 1;
        }
        if token.text != "self" {
            path.push(token.text.clone());
        }
        at += 1;
        let goes_on = |next: &Token| next.text == "{" || next.text.chars().all(is_word);
        if starts_with(&tokens[at..], &["::"]) && tokens.get(at + 1).is_some_and(goes_on) {
            at += 1;
        } else if starts_with(&tokens[at..], &["::", "*"]) {
            path.push("*".to_owned());
            paths.push((token.line, path));
            return at + 2;
        } else {
            paths.push((token.line, path));
            return at;
        }
    }
    at
}

// The crate itself.

fn crate_sources() -> Vec<Source> {
    fn walk(folder: &Path, found: &mut Vec<Source>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let inside = path.strip_prefix(env!("CARGO_MANIFEST_DIR")).unwrap();
                let inside: Vec<_> = inside.iter().map(|part| part.to_str().unwrap()).collect();
                let text = fs::read_to_string(&path).unwrap();
                found.push(Source { path: inside.join("/"), text });
            }
        }
    }
    let mut found = Vec::new();
    walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 20, "only {} files", found.len());
    found
}

#[track_caller]
fn holds(rule: fn(&Source) -> Vec<String>) {
    let faults: Vec<_> = crate_sources().iter().flat_map(rule).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn imports_in_this_crate_point_down() {
    holds(imports_point_down);
}

#[test]
fn only_crypto_names_a_crypto_crate() {
    holds(crypto_crates_are_walled_in);
}

#[test]
fn only_time_reads_a_clock_and_crypto_for_nonces() {
    holds(clocks_are_read_outermost);
}

#[test]
fn no_code_outside_tests_panics_on_purpose() {
    holds(nothing_panics);
    for (path, name, reason) in MAY_PANIC {
        assert!(
            crate_sources().iter().any(|source| source.path == path),
            "{path}: {name}: {reason}"
        );
    }
}

#[test]
fn every_file_is_short() {
    holds(no_file_is_long);
}

#[test]
fn contributing_shows_the_same_floors() {
    let page = include_str!("../CONTRIBUTING.md");
    let row = |floor: u8| page.lines().find(|line| line.starts_with(&format!("| {floor} |")));
    for (module, floor) in FLOORS.into_iter().chain([(LOWEST, 0)]) {
        let row = row(floor).unwrap_or_else(|| panic!("no row for floor {floor}"));
        let files = row.split('|').nth(2).unwrap();
        let shown = [format!("`{module}.rs`"), format!("`{module}/`")];
        assert!(shown.iter().any(|name| files.contains(name)), "`{module}` is not in {row}");
    }
}

// Each rule can fail.

fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

#[track_caller]
fn faults(rule: fn(&Source) -> Vec<String>, path: &str, text: &str, expected: usize) {
    let found = rule(&source(path, text));
    assert_eq!(found.len(), expected, "{path}: {text}\n{found:?}");
}

#[test]
fn an_import_that_points_up_is_found_in_every_spelling() {
    for (path, text, expected) in [
        ("src/key.rs", "use crate::sealer::Sealer;", 1),
        ("src/key.rs", "use crate::{error::KeyError, sealer::Sealer, token};", 2),
        (
            "src/key.rs",
            "use crate::{error::{KeyError, ConfigError}, keyring::{self, RingHandle as R}};",
            2,
        ),
        (
            "src/key.rs",
            "fn f() -> crate::session::Session<u8> { crate::crypto::wipe::<u8>(&mut []) }",
            1,
        ),
        ("src/key.rs", "use crate::keyring::*;", 1),
        ("src/key.rs", "use super::keyring::KeyRing;", 1),
        ("src/key.rs", "use crate::Claims;", 1),
        ("src/key.rs", "use crate::nowhere::Thing;", 1),
        ("src/key.rs", "use crate::error::KeyError;\nuse crate::time::Timestamp;", 0),
        ("src/key.rs", "use self::sealer::Sealer;", 0),
        ("src/sealer/keys.rs", "use super::super::session::Session;", 1),
        ("src/sealer/keys.rs", "use super::session::Session;", 0),
        ("src/sealer/mod.rs", "use self::keys::Keys; use super::session::Session;", 1),
        ("src/sealer/mod.rs", "pub(in crate::session) fn f() {}", 1),
        ("src/lib.rs", "pub use crate::session::Session;", 0),
        ("src/unheard_of.rs", "", 1),
    ] {
        faults(imports_point_down, path, text, expected);
    }
}

#[test]
fn an_import_between_neighbours_is_found_unless_the_table_has_it() {
    for (path, text, expected) in [
        ("src/keyring.rs", "use crate::token::Header;", 1),
        ("src/token.rs", "use crate::keyring::KeyRing;", 1),
        ("src/claims.rs", "use crate::cookie::SetCookie;", 1),
        ("src/session_cookie/mod.rs", "use crate::session::Session;", 1),
        ("src/session/commit.rs", "use crate::session_cookie::SessionCookie;", 0),
        ("src/error/token.rs", "use crate::time::Timestamp;", 0),
        ("src/error/token.rs", "use crate::crypto::Refused;", 1),
        ("src/time.rs", "use crate::error::OpenError;", 1),
        ("src/crypto.rs", "use crate::time::Timestamp;", 1),
    ] {
        faults(imports_point_down, path, text, expected);
    }
}

#[test]
fn an_adapter_that_reaches_behind_the_public_items_is_found() {
    for (path, text, expected) in [
        ("src/adapter/axum.rs", "use crate::{SessionCookie, SessionSlot};", 0),
        ("src/adapter/axum.rs", "use super::tower::SessionLayer; use crate::adapter::tower;", 0),
        ("src/adapter/axum.rs", "use crate::session::SessionSlot;", 1),
        ("src/adapter/axum.rs", "use crate::testing::Head;", 1),
        ("src/testing/mod.rs", "use crate::session::SessionSlot; use crate::adapter::axum;", 1),
    ] {
        faults(imports_point_down, path, text, expected);
    }
}

#[test]
fn tests_comments_and_strings_are_not_code() {
    let text = r##"
        //! Over [`crate::session`], with `rand`.
        /* crate::session /* SystemTime::now() */ .unwrap() */
        const A: &str = "crate::session::x \" panic!()"; const B: &str = r#"crate::session " rand"#;
        const C: [char; 3] = ['"', '\'', '\u{22}'];
        fn longer<'a>(text: &'a str) -> &'a str { text }
        #[cfg(test)]
        use crate::{session, time};
        #[cfg(test)]
        mod vectors;
        #[cfg(test)]
        impl Thing { fn exactly(&self) -> [u8; 3] { crate::session::x().unwrap() } }
        #[cfg(test)]
        mod tests {
            use crate::session::Session;
            fn f() { panic!("{}", SystemTime::now()); rand::rng(); }
        }
    "##;
    let rules = [
        imports_point_down,
        crypto_crates_are_walled_in,
        clocks_are_read_outermost,
        nothing_panics,
    ];
    for rule in rules {
        faults(rule, "src/key.rs", text, 0);
        faults(rule, "src/sealer/tests.rs", "use crate::session; fn f() { rand::x().unwrap() }", 0);
    }
    // And the code behind them is code again.
    let after =
        format!("{text}\nuse crate::session; fn f() {{ rand::x().unwrap(); SystemTime::now(); }}");
    for rule in rules {
        faults(rule, "src/key.rs", &after, 1);
    }
}

#[test]
fn a_crypto_crate_out_of_its_place_is_found() {
    for (path, text, expected) in [
        ("src/sealer/mod.rs", "use subtle::ConstantTimeEq;", 1),
        ("src/sealer/mod.rs", "use ::aws_lc_rs::aead;", 1),
        ("src/sealer/mod.rs", "#[derive(zeroize::Zeroize)] struct S;", 1),
        ("src/sealer/mod.rs", "fn f() { getrandom::fill(&mut []); hmac::x(); sha2::y() }", 3),
        ("src/sealer/mod.rs", "use crate::crypto::Zeroizing; fn f() { s.zeroize() }", 0),
        ("src/crypto.rs", "use subtle::ConstantTimeEq;", 0),
        ("src/crypto/aws.rs", "use aws_lc_rs::aead;", 0),
    ] {
        faults(crypto_crates_are_walled_in, path, text, expected);
    }
}

#[test]
fn a_clock_read_out_of_its_place_is_found() {
    for (path, text, expected) in [
        ("src/sealer/opening.rs", "let now = Timestamp::now();", 1),
        ("src/sealer/opening.rs", "let now = std::time::SystemTime::now();", 1),
        ("src/sealer/opening.rs", "map(Timestamp::now); OffsetDateTime::now_utc()", 2),
        ("src/sealer/opening.rs", "let now = self.clock.now(); Timestamp::from_secs(3)", 0),
        ("src/time.rs", "SystemTime::now()", 0),
        ("src/crypto.rs", "SystemTime::now()", 0),
    ] {
        faults(clocks_are_read_outermost, path, text, expected);
    }
}

#[test]
fn code_that_may_panic_is_found() {
    for (path, text, expected) in [
        ("src/key.rs", "a.unwrap(); b.expect(\"c\"); d.unwrap_err()", 3),
        ("src/key.rs", "map(Option::unwrap); a.unwrap_or(b); fn expect() {}", 1),
        ("src/key.rs", "panic!(); todo!(); unimplemented!(); unreachable!()", 4),
        ("src/testing/mod.rs", "a.unwrap()", 0),
        ("src/cookie/jar.rs", "a.expect(\"b\")", 0),
        ("src/cookie/jar.rs", "a.expect(\"b\"); c.expect(\"d\")", 1),
        ("src/cookie/jar.rs", "a.unwrap_or(b)", 1),
    ] {
        faults(nothing_panics, path, text, expected);
    }
}

#[test]
fn a_long_file_is_found() {
    faults(no_file_is_long, "src/key.rs", &"\n".repeat(LONGEST_FILE), 0);
    faults(no_file_is_long, "src/sealer/tests.rs", &"\n".repeat(LONGEST_FILE + 1), 1);
}
