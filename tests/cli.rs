//! The `hardtack` command: what it prints, its exit codes, and that it prints no secret.
#![cfg(feature = "cli")]

#[path = "cli/repairs.rs"]
mod repairs;
mod ring_common;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use hardtack::keys::RingFile;
use hardtack::{Key, Timestamp};
use serde_json::Value;

use ring_common::{DAY, Folder, at, chmod, key, put};

/// How a command ended, and what it printed.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(if self.code > 1 { &self.err } else { &self.out }).unwrap()
    }
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hardtack"));
    command.env_clear().stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn finish(mut command: Command, input: &[u8]) -> Ran {
    let mut child = command.spawn().unwrap();
    // The command may exit without reading.
    let _ = child.stdin.take().unwrap().write_all(input);
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
}

/// Runs the command with these arguments, and checks that it prints no secret.
#[track_caller]
fn run_with(words: &[&str], input: &[u8]) -> Ran {
    let mut command = command();
    command.args(words);
    let ran = finish(command, input);
    let is_key = |word: &str| word.len() > 20 && word.starts_with("htk1_");
    let mut words = ran.out.split(['"', ' ', '\n']).chain(ran.err.split(['"', ' ', '\n']));
    assert!(!words.any(is_key), "a secret was printed");
    ran
}

#[track_caller]
fn run(words: &[&str]) -> Ran {
    run_with(words, b"")
}

#[track_caller]
fn ok(words: &[&str]) -> String {
    let ran = run(words);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{words:?}");
    ran.out
}

struct Ring {
    folder: Folder,
    path: String,
}

fn ring() -> Ring {
    let folder = Folder::new();
    let path = folder.ring().to_str().unwrap().to_owned();
    ok(&["ring", "init", &path]);
    seal_since(&path, 60);
    Ring { folder, path }
}

/// Moves the start of the ring's only key to this many seconds ago.
fn seal_since(path: &str, seconds: u64) {
    let file = RingFile::read(path).unwrap();
    let from = file.entries().next().unwrap().seal_from.to_string();
    let earlier = at(Timestamp::now().as_secs() - seconds).to_string();
    put(Path::new(path), file.to_text().replace(&from, &earlier));
}

#[test]
fn a_key_is_printed_by_key_new_alone() {
    let (mut text, mut json) = (command(), command());
    text.args(["key", "new"]);
    json.args(["key", "new", "--json"]);
    let ran = finish(text, b"");
    let key: Key = ran.out.trim_end().parse().unwrap();
    assert_eq!((ran.code, ran.out.lines().count()), (0, 1));

    let ran = finish(json, b"").json();
    let other: Key = ran["key"].as_str().unwrap().parse().unwrap();
    assert_eq!(ran["id"].as_str().unwrap(), other.id().to_string());
    assert_ne!(key.id(), other.id());
}

#[test]
fn a_ring_goes_through_its_life() {
    let ring = ring();
    let path = ring.path.as_str();
    assert_eq!(run(&["ring", "init", path]).code, 4);
    assert!(ok(&["ring", "check", path]).starts_with("all is well; the next rotation is due "));
    let first = RingFile::read(path).unwrap().entries().next().unwrap().id.to_string();

    let told = ok(&["ring", "rotate", path, "--if-due"]);
    assert!(told.starts_with("nothing to do: the next rotation is due "), "{told}");
    let rotated = run(&["--json", "ring", "rotate", path]).json();
    let second = rotated["key"].as_str().unwrap();
    let file = RingFile::read(path).unwrap();
    let next = file.entries().nth(1).unwrap();
    assert_eq!((next.id.to_string().as_str(), rotated["rotated"].as_bool()), (second, Some(true)));
    assert_eq!(rotated["seal_from"].as_str().unwrap(), next.seal_from.to_string());
    assert_eq!(
        rotated["publish_by"].as_str().unwrap(),
        at(next.seal_from.as_secs() - 120).to_string()
    );
    assert_eq!(rotated["retiring"][0]["id"].as_str().unwrap(), first);

    let again = run(&["ring", "rotate", path]);
    assert_eq!((again.code, again.out.as_str()), (4, ""));
    assert!(again.err.contains(&format!("a rotation is under way: key {second} seals from ")));
    assert_eq!(run(&["ring", "rotate", path, "--json"]).json()["error"], "rotation pending");

    let told = ok(&["ring", "rotate", path, "--now"]);
    assert!(told.contains("refuses the sessions that others seal from now on"), "{told}");
    let listed = run(&["ring", "list", path, "--json"]).json();
    let states: Vec<_> = listed["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["opens", "waits", "seals"]);
    let sealing = listed["keys"][2]["id"].as_str().unwrap();
    let table = ok(&["ring", "list", path]);
    assert_eq!(table.lines().count(), 4);
    let columns: Vec<_> = table.lines().map(|line| line.find("  20")).collect();
    assert!(columns[1..].iter().all(|column| *column == table.find("  seals from")), "{table}");
    assert!(table.lines().nth(3).unwrap().starts_with(&format!("{sealing}  seals  ")), "{table}");

    assert_eq!(ok(&["ring", "retire", path]), "nothing to do: every key still opens\n");
    let refused = run(&["ring", "retire", path, "--key", sealing]);
    assert!(refused.code == 3 && refused.err.contains("seals now: rotate first"));
    let refused = run(&["ring", "retire", path, "--key", "0000000000000000"]);
    assert_eq!(refused.code, 3);
    let told = ok(&["ring", "retire", path, "--key", &first]);
    let undo = format!("if that was a mistake: `ring restore --key {first} --from COPY`\n");
    assert!(told.starts_with(&format!("removed: {first}\n")) && told.ends_with(&undo), "{told}");
    assert_eq!(RingFile::read(path).unwrap().entries().count(), 2);
    assert_eq!(ring.folder.names(), ["ring.toml"]);
}

#[test]
fn a_key_comes_from_standard_input_and_keeps_its_id() {
    let folder = Folder::new();
    let (path, key) = (folder.ring(), key());
    let words = ["ring", "init", "--stdin", path.to_str().unwrap()];
    let ran = run_with(&words, format!("{}\n", *key.to_text()).as_bytes());
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(RingFile::read(&path).unwrap().entries().next().unwrap().id, key.id());
    std::fs::remove_file(&path).unwrap();
    let told = "hardtack: key text does not start with htk1_: make one with `hardtack key new`\n";
    assert_eq!(run_with(&words, b"hunter2").err, told);
}

#[test]
fn check_warns_with_code_1() {
    let ring = ring();
    let path = Path::new(&ring.path);
    ok(&["ring", "policy", &ring.path, "--lifetime", "24h"]);
    let ran = run(&["ring", "check", &ring.path]);
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    assert!(ran.out.contains(" needs a successor: its lifetime ends "), "{}", ran.out);

    chmod(path, 0o644);
    let refused = run(&["ring", "list", &ring.path]);
    let told = format!(
        "hardtack: {}: the ring file has mode 644: only its owner may have access (chmod 600)\n",
        ring.path
    );
    assert_eq!((refused.code, refused.err), (3, told));
    assert_eq!(run(&["ring", "list", &ring.path, "--danger-world-readable"]).code, 0);
    let ran = run(&["ring", "check", &ring.path, "--json"]);
    let warnings = ran.json()["warnings"].clone();
    assert_eq!(ran.code, 1);
    assert_eq!(
        warnings[0],
        "the ring file has mode 644: only its owner may have access (chmod 600)"
    );

    chmod(path, 0o600);
    ok(&["ring", "policy", &ring.path, "--lifetime", "30d"]);
    seal_since(&ring.path, 31 * DAY);
    let ran = run(&["ring", "check", &ring.path]);
    assert!(ran.code == 1 && ran.out.contains(" is overdue: "), "{}", ran.out);
    assert!(
        ok(&["ring", "rotate", &ring.path, "--if-due"])
            .contains("put this file on every node before ")
    );
    ok(&["ring", "rotate", &ring.path, "--if-due"]);
}

#[test]
fn a_bad_ring_is_named_and_left_alone() {
    let ring = ring();
    for (text, told) in [
        ("", "the ring file has no [[key]]"),
        (
            "[[key]]\nsecret = 'hunter2'\nseal_from = 2027-01-15T08:00:00Z\n",
            "line 2: secret: key text does not start with ",
        ),
    ] {
        put(Path::new(&ring.path), text);
        for words in [
            &["ring", "list", &ring.path][..],
            &["ring", "policy", &ring.path],
            &["ring", "policy", &ring.path, "--idle", "3d"],
            &["ring", "postpone", &ring.path],
            &["ring", "restore", &ring.path, "--key", "0000000000000000"],
            &["ring", "diff", &ring.path, &ring.path],
            &["ring", "rotate", &ring.path],
            &["ring", "retire", &ring.path],
            &["ring", "check", &ring.path],
            &["seal", "--ring", &ring.path, "--app", "shop"],
        ] {
            let mut command = command();
            command.args(words);
            let ran = finish(command, b"");
            assert_eq!((ran.code, ran.out.as_str()), (3, ""), "{words:?}");
            let told = format!("hardtack: {}: {told}", ring.path);
            assert!(ran.err.starts_with(&told) && !ran.err.contains("hunter2"), "{}", ran.err);
        }
        assert_eq!(std::fs::read_to_string(&ring.path).unwrap(), text);
    }
}

#[cfg(unix)]
#[test]
fn without_permission_it_says_so() {
    use std::os::unix::fs::MetadataExt;
    use std::os::unix::process::CommandExt;
    let ring = ring();
    // Root may read everything, so run it as nobody there, with a program that nobody may run.
    let program = ring.folder.0.join("hardtack");
    // Written by another process: this one's children may hold the file that it writes, and a file open for writing cannot be
    // run.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_hardtack")).arg(&program).status();
    assert!(copied.unwrap().success());
    chmod(&program, 0o755);
    chmod(&ring.folder.0, 0o755);
    let mut command = Command::new(program);
    command.args(["ring", "list", &ring.path]).stdin(Stdio::piped()).stdout(Stdio::piped());
    command.stderr(Stdio::piped());
    if std::fs::metadata(&ring.path).unwrap().uid() == 0 {
        command.uid(65_534).gid(65_534);
    } else {
        chmod(Path::new(&ring.path), 0o000);
    }
    let ran = finish(command, b"");
    let told = format!(
        "hardtack: {}: no permission to use the ring file or its folder: make the service's user their owner (chown)\n",
        ring.path
    );
    assert_eq!((ran.code, ran.err), (3, told));
}

#[test]
fn a_token_is_sealed_inspected_and_opened() {
    let ring = ring();
    let keys = ["--ring", &ring.path, "--app", "shop"];
    let seal = |more: &[&str], payload: &[u8]| {
        let ran = run_with(&[&["seal"], &keys[..], more].concat(), payload);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        ran.out.trim_end().to_owned()
    };
    let open = |token: &str, more: &[&str]| {
        run_with(&[&["open", "--json"], &keys[..], more].concat(), token.as_bytes())
    };
    let id = RingFile::read(&ring.path).unwrap().entries().next().unwrap().id.to_string();

    let token = seal(&["--name", "id", "--schema", "7", "--remembered"], br#"{"user":7}"#);
    let inspect =
        |token: &str, more: &[&str]| run_with(&[&["inspect"], more].concat(), token.as_bytes());
    let told = inspect(&token, &["--json"]).json();
    assert_eq!(
        (told["mode"].as_str(), told["key"].as_str()),
        (Some("encrypted"), Some(id.as_str()))
    );
    assert_eq!((told["bytes"].as_u64(), told["payload"].as_u64()), (Some(88), Some(15)));
    let told = inspect(&token, &[]).out;
    assert!(told.contains("118 characters, 88 bytes, at most 15 of them payload"), "{told}");

    let opened = open(&token, &["--name", "id"]).json();
    assert_eq!(opened["payload_json"], serde_json::json!({ "user": 7 }));
    assert_eq!(opened["payload_hex"], "7b2275736572223a377d");
    assert_eq!(
        (opened["class"].as_str(), opened["schema"].as_u64()),
        (Some("remembered"), Some(7))
    );

    // Another name is another key.
    let other = open(&token, &[]);
    assert_eq!(
        (other.code, other.err.as_str()),
        (1, "{\"error\":\"not authentic\",\"text\":\"refused: not authentic\"}\n")
    );
    let late = open(&token, &["--name", "id", "--at", "9999999999"]);
    assert_eq!((late.code, late.err.contains("expired (stamp)")), (1, true), "{}", late.err);

    let signed = seal(&["--signed", "--use", "api", "--idle", "90s"], b"\xff");
    let opened = open(&signed, &["--use", "api"]).json();
    assert_eq!(
        (opened["payload_hex"].as_str(), &opened["payload_json"]),
        (Some("ff"), &Value::Null)
    );
    let words = [&["open"], &keys[..], &["--use", "api"]].concat();
    let told = run_with(&words, format!(" {signed}\n").as_bytes()).out;
    assert!(told.contains("schema   000000\n") && told.contains("payload  1 bytes\nff"), "{told}");
    assert_eq!(inspect("AAAA", &[]).code, 1);

    // Without a name, the cookie is the one that the application has by default.
    let named = ["--name", "__Host-shop"];
    let (default, spelt) = (seal(&[], b"x"), seal(&named, b"x"));
    assert_eq!([open(&default, &named).code, open(&spelt, &[]).code], [0; 2]);

    // Keys of the environment.
    let mut command = command();
    command.args(["seal", "--ring-env", "KEYS", "--app", "shop"]).env("KEYS", &*key().to_text());
    assert_eq!(finish(command, b"x").code, 0);
    assert_eq!(run(&["seal", "--ring-env", "KEYS", "--app", "shop"]).code, 3);
}

#[test]
fn a_token_in_the_arguments_is_refused_and_not_repeated() {
    let ring = ring();
    let keys = ["--ring", &ring.path, "--app", "shop"];
    let sealed = run_with(&[&["seal"], &keys[..]].concat(), b"x").out;
    let token = sealed.trim_end();
    for words in [
        &[&["open", token], &keys[..]].concat()[..],
        &[&["open"], &keys[..], &["--", token, token]].concat(),
        &["inspect", token],
        &["inspect", "-"],
    ] {
        let ran = run_with(words, sealed.as_bytes());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{words:?}");
        let told =
            "hardtack: give tokens on standard input only, because other users can see arguments: ";
        assert!(ran.err.starts_with(told) && !ran.err.contains(token), "{}", ran.err);
    }
    let ran = run_with(&["inspect", token, "--json"], b"").json();
    assert_eq!(ran["error"], "usage");
    for command in ["inspect", "open"] {
        let help = ok(&[command, "--help"]);
        assert!(help.contains("on standard input") && !help.contains("WORDS"), "{help}");
    }
}

#[test]
fn help_and_completion_are_there_and_a_wrong_word_is_code_2() {
    let help = ok(&["--help"]);
    for word in ["key", "ring", "inspect", "open", "seal", "completion", "Exit codes:", "--json"] {
        assert!(help.contains(word), "{word}");
    }
    assert!(ok(&["ring", "rotate", "--help"]).contains("The price"));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(ok(&["completion", shell]).contains("hardtack"), "{shell}");
    }
    for wrong in [
        &["rng"][..],
        &["ring", "rotate"],
        &["ring", "init", "x", "--idle", "14"],
        &["ring", "add", "x"],
        &["ring", "diff", "x"],
        &["ring", "postpone", "x", "--until", "in", "3", "days"],
        &["seal", "--app", "shop"],
    ] {
        assert_eq!(run(wrong).code, 2, "{wrong:?}");
    }
    let ring = ring();
    assert_eq!(run(&["ring", "policy", &ring.path, "--reload", "13h"]).code, 2);
    assert_eq!(run(&["seal", "--ring", &ring.path, "--app", "a/b"]).code, 2);
}
