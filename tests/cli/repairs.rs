//! The policy that the file keeps, copies that are compared, keys that come back or wait.

use std::path::Path;

use hardtack::Timestamp;
use hardtack::keys::RingFile;
use serde_json::Value;

use crate::ring_common::{DAY, Folder, key, put};
use crate::{ok, ring, run, run_with};

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
            "hardtack: the ring file keeps the policy, so that every command follows the same one: change it with `hardtack ring policy {path} --idle TIME`\n"
        );
        let ran = run(words);
        assert_eq!((ran.code, ran.err), (2, told));
    }
    let refused = run(&["ring", "policy", &path, "--activation", "10m"]);
    let told = "hardtack: activation must be at least 660 s (twice the reload interval plus leeway), or a node could get the new key too late\n";
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
        "{cut}: cannot be used: line 1: the key has no secret\n{none}: cannot be used: the ring file does not exist\n"
    );
    assert_eq!((ran.code, ran.out, ran.err.as_str()), (1, lines(&old) + &rest, ""));
    let ran = run(&["ring", "diff", &old, path]);
    let back = format!(
        "{path}: has key {next}, which {old} lacks: {old} is the older one, or the key was removed too early and comes back with `hardtack ring restore {old} --key {next} --from {path}`"
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

/// A copy is the master's backup: with it another policy would come back.
#[test]
fn copies_are_compared_by_their_policies_too() {
    let ring = ring();
    let path = ring.path.as_str();
    let copy = ring.folder.0.join("copy.toml").to_str().unwrap().to_owned();
    std::fs::copy(path, &copy).unwrap();
    ok(&["ring", "policy", &copy, "--idle", "14d"]);
    assert_eq!(run(&["ring", "diff", path, &copy]).code, 0, "the default one, written down");
    ok(&["ring", "policy", path, "--idle", "40d", "--reload", "5m"]);
    let told = |name: &str| {
        format!(
            "{name}: policy: reload = \"60s\", in {path} reload = \"5m\"\n{name}: policy: idle = \"14d\", in {path} idle = \"40d\"\n"
        )
    };
    let ran = run(&["ring", "diff", path, &copy]);
    assert_eq!((ran.code, ran.out), (1, told(&copy)));
    let listed = ok(&["ring", "list", "--json", &copy]);
    // White space before it, as an editor leaves it.
    let ran = run_with(&["ring", "diff", path, "-"], format!("\n {listed}").as_bytes());
    assert_eq!((ran.code, ran.out), (1, told("-")));
    let spaced = ring.folder.0.join("spaced.json").to_str().unwrap().to_owned();
    put(Path::new(&spaced), format!("\n {listed}"));
    assert_eq!(run(&["ring", "diff", path, &spaced]).out, told(&spaced));
    // One that no ring file may have.
    let broken = listed.replace("\"activation\":86400", "\"activation\":1");
    assert_ne!(broken, listed);
    let ran = run_with(&["ring", "diff", path, "-"], broken.as_bytes());
    assert!(ran.code == 1 && ran.out.contains("cannot be used"), "{}", ran.out);
}

/// Where no other key does, it seals: a command that said otherwise would have its operator look elsewhere.
#[test]
fn a_key_that_comes_back_where_nothing_seals_is_said_to_seal() {
    let ring = ring();
    let path = ring.path.as_str();
    let text = std::fs::read_to_string(path).unwrap();
    let (front, _) = text.rsplit_once("seal_from").unwrap();
    std::fs::write(path, format!("{front}seal_from = 2999-01-01T00:00:00Z\n")).unwrap();
    let text = format!("{}\n", *key().to_text());
    let added = run_with(&["ring", "add", path, "--stdin"], text.as_bytes());
    let told = " (in 14 days), and seals, since no other key does\nput this file on every node";
    assert!(added.code == 0 && added.out.contains(told), "{}", added.out);
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
        let told =
            "hardtack: give keys on standard input only, because other users can see arguments: ";
        assert!(ran.code == 2 && ran.err.starts_with(told), "{}", ran.err);
    }
}

#[test]
fn a_key_that_seals_too_early_waits_and_the_one_before_it_seals() {
    let ring = ring();
    let path = ring.path.as_str();
    let refused = run(&["ring", "postpone", path]);
    let told = " cannot wait, because no other key can seal in the meantime: copy this file to the nodes that lack it\n";
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
