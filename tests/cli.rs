//! The `hardtack` command: what it prints, its exit codes, and that it prints no secret.
#![cfg(feature = "cli")]

mod ring_common;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use hardtack::keys::RingFile;
use hardtack::{Key, Timestamp};
use serde_json::Value;

use ring_common::{DAY, Folder, at, chmod, key, put};

/// How a command ended, and what it said.
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
    // It may end without reading.
    let _ = child.stdin.take().unwrap().write_all(input);
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |octets| String::from_utf8(octets).unwrap();
    Ran { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
}

/// Runs with these words, and holds it to print no secret.
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

/// Moves the start of the ring's only key to so many seconds ago.
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
    assert!(told.starts_with(&format!("taken away: {first}\n")) && told.ends_with(&undo), "{told}");
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
    // Root may read everything: there, ask as nobody, with a program that nobody may run.
    let program = ring.folder.0.join("hardtack");
    // By another process: this one's children may hold what it writes, and a file that is being written cannot be run.
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
        "hardtack: {}: this user may not use the ring file or its folder: the file is to be the service's own (chown)\n",
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
        let told = "hardtack: a token is read from standard input only, since other users can see arguments: ";
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
    assert!(ok(&["ring", "rotate", "--help"]).contains("What it costs"));
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

/// Flags that one command is given and the next is not.
#[test]
fn the_policy_is_the_files_and_every_command_follows_it() {
    let folder = Folder::new();
    let path = folder.ring().to_str().unwrap().to_owned();
    ok(&["ring", "init", &path, "--idle", "30d", "--reload", "5m"]);
    let shown = "activation = \"24h\"\nreload = \"5m\"\nlifetime = \"30d\"\nidle = \"30d\"\nleeway = \"60s\"\n";
    assert_eq!(ok(&["ring", "policy", &path]), shown);
    let rotated = run(&["ring", "rotate", &path, "--json"]).json();
    let seconds = |text: &Value| text.as_str().unwrap().parse::<Timestamp>().unwrap().as_secs();
    let starts = seconds(&rotated["seal_from"]);
    assert_eq!(starts - seconds(&rotated["publish_by"]), 360);
    assert_eq!(seconds(&rotated["retiring"][0]["open_until"]) - starts, 30 * DAY + 60);

    // Longer sessions keep the old key longer, and shorter ones take nothing back.
    let told = ok(&["ring", "policy", &path, "--idle", "40d"]);
    assert!(
        told.contains("idle = \"40d\"") && told.contains(": put this file on every node"),
        "{told}"
    );
    assert!(!ok(&["ring", "policy", &path, "--idle", "1d"]).contains("opens until"));
    let end = RingFile::read(&path).unwrap().entries().next().unwrap().open_until.unwrap();
    assert_eq!(end.as_secs() - starts, 40 * DAY + 60);

    for words in [
        &["ring", "rotate", &path, "--idle", "3d"][..],
        &["ring", "retire", &path, "--idle", "3d"],
        &["ring", "check", &path, "--idle", "3d", "--leeway", "1s"],
    ] {
        let told = format!(
            "hardtack: the ring file keeps the policy, so that each command follows the same: `hardtack ring policy {path} --idle TIME` changes it\n"
        );
        let ran = run(words);
        assert_eq!((ran.code, ran.err), (2, told));
    }
    let refused = run(&["ring", "policy", &path, "--activation", "10m"]);
    let told = "hardtack: activation must be at least 660 s, twice the reload interval and the leeway: shorter, a node could get the new key too late\n";
    assert_eq!((refused.code, refused.err.as_str()), (2, told));
}

#[test]
fn copies_of_a_ring_are_compared_by_ids_and_dates() {
    let ring = ring();
    let path = ring.path.as_str();
    let other = |name: &str| ring.folder.0.join(name).to_str().unwrap().to_owned();
    let (old, cut, none) = (other("old.toml"), other("cut.toml"), other("none.toml"));
    std::fs::copy(path, &old).unwrap();
    put(Path::new(&cut), "[[key]]\n");
    let same = run(&["ring", "diff", path, &old]);
    assert_eq!((same.code, same.out), (0, format!("{old}: the same as {path}\n")));

    let rotated = run(&["ring", "rotate", path, "--json"]).json();
    let (next, first) = (&rotated["key"].as_str().unwrap(), &rotated["retiring"][0]["id"]);
    let from = rotated["seal_from"].as_str().unwrap();
    let until = rotated["retiring"][0]["open_until"].as_str().unwrap();
    let lines = |name: &str| {
        format!(
            "{name}: key {}: open_until none, in {path} {until} (in 15 days)\n\
             {name}: has no key {next}, which seals from {from} (in 24 hours): put {path} on that node\n",
            first.as_str().unwrap()
        )
    };
    let ran = run(&["ring", "diff", path, &old, &cut, &none]);
    let rest = format!(
        "{cut}: cannot be used: line 1: the key has no secret\n{none}: cannot be used: there is no ring file\n"
    );
    assert_eq!((ran.code, ran.out, ran.err.as_str()), (1, lines(&old) + &rest, ""));
    let ran = run(&["ring", "diff", &old, path]);
    let back = format!(
        "{path}: has key {next}, which {old} lacks: {old} is the older one, or the key was taken away too early and comes back with `hardtack ring restore {old} --key {next} --from {path}`"
    );
    assert!(ran.code == 1 && ran.out.contains(&back), "{}", ran.out);

    // From a node, without its secrets: on standard input, or from a file.
    let listed = ok(&["ring", "list", "--json", &old]);
    let ran = run_with(&["ring", "diff", path, "-"], listed.as_bytes());
    assert_eq!((ran.code, ran.out), (1, lines("-")));
    put(Path::new(&none), &listed);
    assert_eq!(run(&["ring", "diff", path, &none]).out, lines(&none));
    assert_eq!(run(&["ring", "diff", &old, &none]).code, 0);
    let found = run(&["ring", "diff", path, &none, "--json"]).json();
    assert_eq!(found["files"][0]["differences"].as_array().unwrap().len(), 2);
    for (input, told) in [
        (
            &b"{}"[..],
            "-: cannot be used: this is JSON, but not what `hardtack ring list --json` prints\n",
        ),
        (
            b"[[key]]",
            "-: cannot be used: standard input takes what `hardtack ring list --json` prints, which has no secret\n",
        ),
    ] {
        let ran = run_with(&["ring", "diff", path, "-"], input);
        assert_eq!((ran.code, ran.out.as_str()), (1, told));
    }
    assert_eq!(run(&["ring", "diff", &cut, path]).code, 3, "what the others are held against");
}

#[test]
fn a_key_comes_back_from_a_copy_or_from_standard_input() {
    let ring = ring();
    let path = ring.path.as_str();
    let copy = ring.folder.0.join("copy.toml").to_str().unwrap().to_owned();
    ok(&["ring", "rotate", path, "--now"]);
    std::fs::copy(path, &copy).unwrap();
    let first = RingFile::read(path).unwrap().entries().next().unwrap().id.to_string();
    ok(&["ring", "retire", path, "--key", &first]);

    let refused = |words: &[&str], code: i32, told: &str| {
        let ran = run(&[&["ring"], words].concat());
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{words:?}");
        assert_eq!(ran.err, format!("hardtack: {told}\n"));
    };
    let add_from = "add --from COPY, a copy from a node or a backup that still has it";
    refused(
        &["restore", path, "--key", &first],
        3,
        &format!("{path}: the ring has no key {first} any more: {add_from}"),
    );
    refused(
        &["restore", path, "--key", &first, "--from", path],
        3,
        &format!(
            "{path}: the ring has no key {first}: take a copy from a node or a backup that still has it"
        ),
    );
    refused(
        &["restore", path, "--key", "htk1_hunter2"],
        2,
        "--key: an id is 16 hexadecimal digits, as `hardtack ring list` and the log show them",
    );
    let told = ok(&["ring", "restore", path, "--key", &first, "--from", &copy]);
    assert!(
        told.contains(" (in 14 days), and does not seal\nput this file on every node"),
        "{told}"
    );
    let listed = run(&["ring", "list", path, "--json"]).json();
    assert_eq!(
        (&listed["keys"][1]["id"], &listed["keys"][1]["state"]),
        (&first.into(), &"opens".into())
    );

    // Another system's key: it opens at once, or is published as a new one is.
    let other = key();
    let text = format!("{}\n", *other.to_text());
    let add = |more: &[&str]| {
        run_with(&[&["ring", "add", path, "--stdin"], more].concat(), text.as_bytes())
    };
    let soon = add(&["--seal-from", "in 2 minutes"]);
    assert!(soon.code == 3 && soon.err.contains(" is too soon: "), "{}", soon.err);
    let added = add(&["--json"]).json();
    assert_eq!(added["key"], other.id().to_string());
    let (again, id) = (add(&[]), other.id());
    let told = format!(
        "hardtack: {path}: the ring has key {id} already: `ring restore --key {id}` lets it open longer\n"
    );
    assert_eq!((again.code, again.err), (3, told));
    ok(&["ring", "retire", path, "--key", &other.id().to_string()]);
    let published = add(&["--seal-from", "in 2 days"]);
    assert!(
        published.out.contains("seals from ") && published.out.contains(" (in 2 days)"),
        "{}",
        published.out
    );

    // A key among the arguments is seen by others, and not repeated here.
    for words in [&["ring", "add", path, "--stdin", &text][..], &["ring", "init", path, &text]] {
        let ran = run_with(words, b"");
        let told = "hardtack: a key is read from standard input only, since other users can see arguments: ";
        assert!(ran.code == 2 && ran.err.starts_with(told), "{}", ran.err);
    }
}

#[test]
fn a_key_that_seals_too_early_waits_and_the_one_before_it_seals() {
    let ring = ring();
    let path = ring.path.as_str();
    let refused = run(&["ring", "postpone", path]);
    let told = " cannot wait, since no other key may seal meanwhile: put this file on the nodes that lack it\n";
    assert!(refused.code == 3 && refused.err.ends_with(told), "{}", refused.err);
    let first = RingFile::read(path).unwrap().entries().next().unwrap().id.to_string();
    let told = ok(&["ring", "rotate", path, "--now"]);
    assert!(
        told.contains(&format!("\nkey {first} still opens; `ring retire --key {first}` ")),
        "{told}"
    );
    assert_eq!(run(&["ring", "rotate", path, "--now", "--json"]).json()["publish_by"], Value::Null);
    let copy = ring.folder.0.join("copy.toml").to_str().unwrap().to_owned();
    std::fs::copy(path, &copy).unwrap();
    let told = ok(&["ring", "postpone", path, "--until", "in 3 days"]);
    let found = run(&["ring", "diff", path, &copy]).out;
    assert!(found.contains(": seal_from ") && found.contains(&format!(", in {path} ")), "{found}");
    assert!(told.contains(" opens, and seals from ") && told.contains(" (in 3 days)\n"), "{told}");
    assert!(
        told.contains("put this file on every node now, and on those that lack key "),
        "{told}"
    );
    let soon = run(&["ring", "postpone", path, "--until", "in 1 minute"]);
    assert!(soon.code == 3 && soon.err.contains(" is too soon: "), "{}", soon.err);
}
