//! The ring file: what is refused and how the error names it, that it is written whole, and that no key is lost.
#![cfg(feature = "ring-file")]

mod ring_common;

use std::fs;
use std::path::Path;
use std::sync::Barrier;

use hardtack::keys::{RingFile, RingFileError, RingPath, RotationPolicy};

use ring_common::{DAY, Folder, T, at, chmod, key, put};

#[track_caller]
fn refusal(text: &str) -> RingFileError {
    let error = text.parse::<RingFile>().map(|_| ()).unwrap_err();
    // No error repeats any part of a secret, whatever is wrong with it.
    for told in [error.to_string(), format!("{error:?}")] {
        for secret in text.split("htk1_").skip(1).filter(|rest| rest.len() > 8) {
            assert!(!told.contains(&secret[..8]), "{told}");
        }
        assert!(!told.contains("hunter2"), "{told}");
    }
    error
}

#[test]
fn what_makes_no_ring_is_named_by_line_and_field() {
    let (a, b) = (key().to_text(), key().to_text());
    let (a, b) = (a.as_str(), b.as_str());
    let one = format!("[[key]]\nsecret = \"{a}\"\nseal_from = 2027-01-15T08:00:00Z\n");
    assert!(one.parse::<RingFile>().is_ok());
    let with = |more: &str| format!("{one}{more}");
    let other = |from: &str| with(&format!("[[key]]\nsecret = \"{b}\"\nseal_from = {from}\n"));
    let date = "seal_from is not a date like 2030-01-31T12:00:00Z";
    let cut = "not TOML, or the file is cut short";
    for (text, told) in [
        (String::new(), "the ring file has no [[key]]"),
        ("# nothing\n".into(), "the ring file has no [[key]]"),
        ("\n\nsecret".into(), &format!("line 3: {cut}")),
        (one.replace(&format!("{a}\""), a), &format!("line 2: {cut}")),
        (with("secret = \"hunter2\""), &format!("line 4: {cut}")),
        (one.replace("Z\n", ""), &format!("line 3: {date}")),
        (one.replace(":00Z\n", ""), &format!("line 3: {date}")),
        (one.replace("01-15", "02-30"), &format!("line 3: {date}")),
        (one.replace("2027-01-15T08:00:00Z", "tomorrow"), &format!("line 3: {date}")),
        (one.replace("2027-01-15T08:00:00Z", "\"tomorrow\""), &format!("line 3: {date}")),
        (one.replace("2027", "1969"), &format!("line 3: {date}")),
        (
            with("open_until = 2027-02-01"),
            "line 4: open_until is not a date like 2030-01-31T12:00:00Z",
        ),
        (
            with("open_until = 2027-01-15T08:00:00Z"),
            "line 1: key 1: open_until is not after seal_from",
        ),
        (
            other("2028-01-01T00:00:00Z\nopen_until = 2027-01-01T00:00:00Z"),
            "line 4: key 2: open_until is not after seal_from",
        ),
        (other("2027-01-15T09:00:00+01:00"), "line 4: key 2: another key has the same seal_from"),
        (other("2028-01-01T00:00:00Z").replace(b, a), "line 4: key 2: already in the ring"),
        (with("hunter2 = 1"), "line 4: unknown field"),
        (format!("hunter2 = 1\n{one}"), "line 1: unknown field"),
        (with("comment = 1"), "line 4: comment is not a string"),
        (format!("policy = 7\n{one}"), "line 1: policy is not [policy]"),
        (format!("[policy]\nidle = 14\n{one}"), "line 2: idle is not a time like \"24h\""),
        (format!("[policy]\nidle = \"14\"\n{one}"), "line 2: idle is not a time like \"24h\""),
        (format!("[policy]\n\nhunter2 = \"1d\"\n{one}"), "line 3: unknown field"),
        (
            format!("[policy]\nactivation = \"2m\"\n{one}"),
            "line 1: policy: activation must be at least 180 s (twice the reload interval plus leeway), or a node could get the new key too late",
        ),
        (
            format!("[policy]\nlifetime = \"1h\"\n{one}"),
            "line 1: policy: a key's lifetime is at least its activation",
        ),
        ("key = 7".into(), "line 1: key is not [[key]]"),
        ("key = [7]".into(), "line 1: key is not [[key]]"),
        ("[[key]]\nsecret = 7\nseal_from = 7".into(), "line 2: secret is not a string"),
        (format!("count = -1\n{one}"), "line 1: count is not a number of keys"),
        (
            format!("count = 2\n{one}"),
            "count says 2 keys but there are 1: the file is cut short, or count was not updated",
        ),
        ("[[key]]\nseal_from = 2027-01-15T08:00:00Z".into(), "line 1: the key has no secret"),
        (one.replace("seal_from", "open_until"), "line 1: the key has no seal_from"),
        (
            one.replace(a, "hunter2"),
            "line 2: secret: key text does not start with htk1_: make one with `hardtack key new`",
        ),
        (
            one.replace("htk1_", "\\u0068tk1_"),
            "line 2: secret: key text does not start with htk1_: make one with `hardtack key new`",
        ),
        (one.replace(a, &a[..40]), "line 2: secret: key text has 40 characters instead of 53"),
        (
            one.replace(&a[49..], &b[49..]),
            "line 2: secret: key text has a wrong checksum: look for a typing error",
        ),
    ] {
        assert_eq!(refusal(&text).to_string(), told);
    }
    // And counted by its kind.
    for (text, label) in [
        (String::new(), "empty"),
        (with("secret = \"hunter2\""), "syntax"),
        (one.replace(a, "hunter2"), "bad secret"),
        (other("2028-01-01T00:00:00Z").replace(b, a), "bad ring"),
        (one.replace("01-15", "02-30"), "bad date"),
        (with("hunter2 = 1"), "unknown field"),
        (with("comment = 1"), "wrong type"),
        (format!("[policy]\nlifetime = \"1h\"\n{one}"), "bad policy"),
        (format!("count = 2\n{one}"), "count"),
        (one.replace("seal_from", "open_until"), "missing field"),
    ] {
        assert_eq!(refusal(&text).label(), label);
    }
}

#[test]
fn what_people_make_of_the_format_is_read() {
    let (a, b) = (key(), key());
    let text = format!(
        "key = [{{ secret = '{}', seal_from = 2027-01-15 08:00:00Z, comment = 'caf\u{e9}' }},\n\
         {{ seal_from = 2027-02-15T08:00:00.5+01:00, secret = \"\"\"{}\"\"\", open_until = 2027-03-01T00:00:00Z }}]\n",
        *a.to_text(),
        *b.to_text()
    );
    let file: RingFile = text.parse().unwrap();
    let entries: Vec<_> = file.entries().collect();
    assert_eq!((entries[0].id, entries[1].id), (a.id(), b.id()));
    assert_eq!((entries[0].seal_from, entries[0].comment), (at(T), "caf\u{e9}"));
    assert_eq!((entries[1].seal_from, entries[0].open_until), (at(T + 31 * DAY - 3600), None));
}

#[test]
fn a_file_cut_short_anywhere_is_refused() {
    let mut file = RingFile::new(key(), at(T));
    file.set_policy(RotationPolicy::default(), at(T));
    file.rotate(key(), at(T + DAY)).unwrap();
    file.rotate(key(), at(T + 30 * DAY)).unwrap();
    for id in file.entries().map(|entry| entry.id).collect::<Vec<_>>() {
        file.set_comment(id, "a \"quoted\"\nline \\ \u{7f}").unwrap();
    }
    let text = file.to_text();
    let again: RingFile = text.parse().unwrap();
    assert_eq!(again.entries().collect::<Vec<_>>(), file.entries().collect::<Vec<_>>());
    assert_eq!(*again.to_text(), *text);
    for length in 0..text.len() - 1 {
        refusal(&text[..length]);
    }
}

#[test]
fn the_debug_form_has_ids_and_comments_and_no_secret() {
    let key = key();
    let id = key.id();
    let mut file = RingFile::new(key, at(T));
    file.set_comment(id, "of the first day").unwrap();
    let (text, shown) = (file.to_text(), format!("{file:?}"));
    let secret = text.split("htk1_").nth(1).unwrap();
    assert!(!shown.contains(&secret[..8]), "{shown}");
    assert!(shown.contains(&id.to_string()) && shown.contains("of the first day"), "{shown}");
}

#[test]
fn a_path_that_holds_no_ring_is_named() {
    let folder = Folder::new();
    let path = folder.ring();
    #[track_caller]
    fn check<R>(result: Result<R, RingFileError>, label: &str, told: &str) {
        let error = result.map(drop).unwrap_err();
        assert_eq!((error.label(), &*error.to_string()), (label, told));
        assert_eq!(format!("{error:?}"), told);
    }
    let no_file = ("not a file", "the ring file is not a regular file");
    check(RingFile::read(&path), "not found", "the ring file does not exist");
    check(RingFile::read(&folder.0), no_file.0, no_file.1);
    put(&path, b"[[key]]\n# caf\xe9\n");
    check(RingFile::read(&path), "not text", "line 2: not UTF-8");
    put(&path, "#".repeat(64 * 1024 + 1));
    check(RingFile::read(&path), "too long", "the ring file is longer than 65536 bytes");
    check(RingFile::update(&folder.0, |_| Ok(())), no_file.0, no_file.1);
    let create = RingFile::new(key(), at(T)).create(&path);
    check(create, "exists", "the ring file exists already: `ring rotate` adds a key to it");
}

#[cfg(unix)]
#[test]
fn a_file_that_others_may_read_is_refused_unless_asked() {
    let folder = Folder::new();
    let path = folder.ring();
    RingFile::new(key(), at(T)).create(&path).unwrap();
    let group = || RingPath::new(&path).danger_group_readable();
    let world = || RingPath::new(&path).danger_world_readable();
    for (mode, alone, in_group, in_world) in [
        (0o600, true, true, true),
        (0o400, true, true, true),
        (0o640, false, true, true),
        (0o440, false, true, true),
        (0o644, false, false, true),
        (0o604, false, false, true),
        (0o660, false, false, false),
        (0o602, false, false, false),
        (0o666, false, false, false),
    ] {
        chmod(&path, mode);
        for (path, accepted) in
            [(RingPath::new(&path), alone), (group(), in_group), (world(), in_world)]
        {
            let told = RingFile::read(path).map_err(|error| (error.label(), error.to_string()));
            let refused = format!(
                "the ring file has mode {mode:o}: only its owner may have access (chmod 600)"
            );
            let expected = if accepted { Ok(()) } else { Err(("too open", refused)) };
            assert_eq!(told.map(drop), expected, "{mode:o}");
        }
    }
}

#[cfg(unix)]
#[test]
fn a_file_is_written_whole_for_its_owner_alone() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let folder = Folder::new();
    let path = folder.ring();
    RingFile::new(key(), at(T)).create(&path).unwrap();
    assert_eq!((mode(&path), folder.names()), (0o600, vec!["ring.toml".to_owned()]));

    // A process with the old file open keeps reading it: the new one is another file.
    let old = fs::read_to_string(&path).unwrap();
    let mut open = fs::File::open(&path).unwrap();
    let comment = |file: &mut RingFile| {
        let id = file.entries().next().unwrap().id;
        file.set_comment(id, "first")
    };
    RingFile::update(&path, comment).unwrap();
    let mut still = String::new();
    std::io::Read::read_to_string(&mut open, &mut still).unwrap();
    assert_eq!(still, old);
    assert!(fs::read_to_string(&path).unwrap().contains("comment = \"first\""));
    assert_eq!((mode(&path), folder.names()), (0o600, vec!["ring.toml".to_owned()]));

    // A change that fails writes nothing.
    let before = fs::read(&path).unwrap();
    let failed = RingFile::update(&path, |file| {
        comment(file)?;
        file.set_comment(key().id(), "of a key that is not there")
    });
    assert_eq!((failed.unwrap_err().label(), fs::read(&path).unwrap()), ("no such key", before));

    // A link is followed and stays a link; users who had access keep it.
    let link = folder.0.join("link");
    symlink("ring.toml", &link).unwrap();
    chmod(&path, 0o640);
    RingFile::update(RingPath::new(&link).danger_group_readable(), comment).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(
        (mode(&path), folder.names()),
        (0o640, vec!["link".to_owned(), "ring.toml".to_owned()])
    );
    let create = RingFile::new(key(), at(T)).create(&link);
    assert_eq!(create.unwrap_err().label(), "exists");
}

/// Only root can give a file to another user. For everybody else, this test checks that they cannot.
#[cfg(unix)]
#[test]
fn a_ring_that_root_rotates_stays_its_owners() {
    use std::os::unix::fs::{MetadataExt, chown};
    let folder = Folder::new();
    let path = folder.ring();
    RingFile::new(key(), at(T)).create(&path).unwrap();
    if let Err(error) = chown(&path, Some(65_534), Some(65_533)) {
        assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
        return;
    }
    let rotate = |file: &mut RingFile| file.rotate(key(), at(T));
    RingFile::update(&path, rotate).unwrap();
    let metadata = fs::metadata(&path).unwrap();
    assert_eq!((metadata.uid(), metadata.gid()), (65_534, 65_533));
}

#[test]
fn a_file_too_long_to_be_read_is_not_written() {
    const LIMIT: usize = 64 * 1024;
    let folder = Folder::new();
    let commented = |length: usize| {
        let mut file = RingFile::new(key(), at(T));
        let id = file.entries().next().unwrap().id;
        file.set_comment(id, "x".repeat(length)).unwrap();
        file
    };
    let rest = commented(1).to_text().len() - 1;
    let too_long = commented(LIMIT - rest + 1).create(folder.ring()).unwrap_err();
    assert_eq!(too_long.to_string(), format!("the ring file is longer than {LIMIT} bytes"));
    assert!(folder.names().is_empty());
    commented(LIMIT - rest).create(folder.ring()).unwrap();
    let longer = RingFile::update(folder.ring(), |file| file.rotate(key(), at(T)));
    assert_eq!(longer.map(|_| ()), Err(too_long));
    assert_eq!(RingFile::read(folder.ring()).unwrap().entries().count(), 1);
}

#[test]
fn of_two_rotations_at_once_one_wins_and_no_key_is_lost() {
    let folder = Folder::new();
    let path = folder.ring();
    let first = key();
    let first_id = first.id();
    RingFile::new(first, at(T)).create(&path).unwrap();
    let barrier = Barrier::new(8);
    let results: Vec<_> = std::thread::scope(|scope| {
        let rotate = || {
            let key = key();
            barrier.wait();
            RingFile::update(&path, |file| file.rotate(key, at(T + DAY)))
        };
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(rotate)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let winners: Vec<_> = results.iter().filter_map(|result| result.as_ref().ok()).collect();
    let [winner] = winners[..] else { panic!("{} winners", winners.len()) };
    let pending =
        format!("a rotation is under way: key {} seals from {}", winner.key, at(T + 2 * DAY));
    let losers: Vec<_> = results.iter().filter_map(|result| result.as_ref().err()).collect();
    assert_eq!(losers.len(), 7);
    for loser in losers {
        assert_eq!((loser.label(), loser.to_string()), ("rotation pending", pending.clone()));
    }
    let ids: Vec<_> = RingFile::read(&path).unwrap().entries().map(|entry| entry.id).collect();
    assert_eq!(ids, [first_id, winner.key]);

    // Changes that do not exclude each other all take effect.
    std::thread::scope(|scope| {
        for number in 0..8u64 {
            let path = &path;
            scope.spawn(move || {
                let now = at(T + 10 * DAY + number);
                RingFile::update(path, |file| file.rotate_now(key(), now)).unwrap();
            });
        }
    });
    assert_eq!(RingFile::read(&path).unwrap().entries().count(), 10);
    assert_eq!(folder.names(), ["ring.toml"]);
}
