//! A ring file that is itself a mount point, as in containers: a file renamed into its place outside never shows up here.
#![cfg(all(feature = "ring-file", target_os = "linux"))]

mod ring_common;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use hardtack::keys::{Keys, RingFile};

use ring_common::{Folder, at, key, until};

const NAME: &str = "a_file_mounted_by_itself_is_told_and_a_new_one_is_missed_aloud";
/// Set where this test runs itself again, with mounts that nobody else sees.
const WITHIN: &str = "HARDTACK_TEST_WITHIN";

#[test]
fn a_file_mounted_by_itself_is_told_and_a_new_one_is_missed_aloud() {
    if let Some(folder) = std::env::var_os(WITHIN) {
        return within(Path::new(&folder));
    }
    let unshare = || {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount"]);
        command
    };
    if !unshare().arg("true").status().is_ok_and(|status| status.success()) {
        eprintln!("not shown: this machine lets nobody mount");
        return;
    }
    let folder = Folder::new();
    let mut again = unshare();
    again.arg(std::env::current_exe().unwrap()).args([NAME, "--exact", "--nocapture"]);
    let output = again.env(WITHIN, &folder.0).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}

fn within(folder: &Path) {
    let (outside, inside) = (folder.join("ring.toml"), folder.join("mounted.toml"));
    let first = key();
    let id = first.id();
    RingFile::new(first, at(0)).create(&outside).unwrap();
    fs::write(&inside, "").unwrap();
    let mounted = Command::new("mount").arg("--bind").args([&outside, &inside]).status();
    assert!(mounted.unwrap().success());

    let ring = Keys::watch(&inside, Duration::from_millis(10)).unwrap();
    let status = ring.status().unwrap();
    assert_eq!((status.is_mount, status.error), (true, None));
    assert!(!Keys::watch(&outside, Duration::from_secs(60)).unwrap().status().unwrap().is_mount);

    // From inside it cannot be replaced.
    let rotate = |file: &mut RingFile| file.rotate_now(key(), at(1));
    let refused = RingFile::update(&inside, rotate).unwrap_err();
    let told = "the ring file is itself a mount point, so it cannot be replaced here: change it where it is mounted from, or mount its folder";
    assert_eq!((refused.label(), refused.to_string().as_str()), ("mount point", told));

    // From outside it is, and the mount goes on showing the old one.
    RingFile::update(&outside, rotate).unwrap();
    let error = until(|| ring.status().unwrap().error.ok_or("no error"));
    let told = "the ring file was replaced where it is mounted from, but this mount still shows the old one: mount its folder, and restart";
    assert_eq!((error.label(), error.to_string().as_str()), ("left behind", told));
    assert_eq!(ring.key_ids(), [id], "the last good ring stays");
    // A server that starts has nothing better.
    assert_eq!(Keys::watch(&inside, Duration::from_secs(60)).unwrap().key_ids(), [id]);
}
