//! A ring file that is itself a mount point, as in containers: a file renamed into its place outside never shows up here.

use std::fs::Metadata;
use std::path::Path;

/// Whether a mount still shows a file that was replaced at its source. Such a file has no name left.
#[cfg(unix)]
pub(super) fn is_left_behind(path: &Path, found: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    // The second look is for a file that was replaced here, between opening and looking; the third for file systems that count no links.
    found.nlink() == 0
        && path.metadata().is_ok_and(|again| again.nlink() == 0)
        && (is_mount(path) || !cfg!(target_os = "linux"))
}

#[cfg(not(unix))]
pub(super) fn is_left_behind(_: &Path, _: &Metadata) -> bool {
    false
}

/// Whether the file is itself a mount point. Only Linux tells.
#[cfg(target_os = "linux")]
pub(super) fn is_mount(path: &Path) -> bool {
    let (Ok(path), Ok(mounts)) = (path.canonicalize(), std::fs::read("/proc/self/mountinfo"))
    else {
        return false;
    };
    is_listed(&path, &mounts)
}

#[cfg(not(target_os = "linux"))]
pub(super) fn is_mount(_: &Path) -> bool {
    false
}

/// Whether the path is among the mount points: the fifth word of a line (proc_pid_mountinfo(5)), with `\\040` for a space.
#[cfg(any(target_os = "linux", test))]
fn is_listed(path: &Path, mounts: &[u8]) -> bool {
    let mut point = path.as_os_str().as_encoded_bytes().to_vec();
    for (byte, escaped) in [(b'\\', "\\134"), (b' ', "\\040"), (b'\t', "\\011"), (b'\n', "\\012")] {
        point = point
            .split(|&other| other == byte)
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>()
            .join(escaped.as_bytes());
    }
    let mut lines = mounts.split(|&byte| byte == b'\n');
    lines.any(|line| line.split(|&byte| byte == b' ').nth(4) == Some(&point[..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_point_is_found_whatever_its_name() {
        let listed = br"22 1 0:21 / / rw,relatime - overlay overlay rw
36 22 98:0 /shop/ring.toml /etc/shop/ring.toml ro - ext4 /dev/vda rw
37 22 98:0 /a /my\040ring\134.toml ro - ext4 /dev/vda rw
";
        for (path, found) in [
            ("/etc/shop/ring.toml", true),
            ("/shop/ring.toml", false),
            ("/etc/shop", false),
            ("/etc/shop/ring.toml2", false),
            ("/", true),
            ("/my ring\\.toml", true),
        ] {
            assert_eq!(is_listed(Path::new(path), listed), found, "{path}");
        }
    }

    /// As some file systems show every file: without a link, where nothing is mounted.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_without_a_link_is_left_behind_by_a_mount_alone() {
        use std::os::fd::AsRawFd;
        let path = std::env::temp_dir().join(format!("hardtack-link-{}", std::process::id()));
        let file = std::fs::File::create(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let shown = format!("/proc/self/fd/{}", file.as_raw_fd());
        let found = Path::new(&shown).metadata().unwrap();
        assert_eq!(std::os::unix::fs::MetadataExt::nlink(&found), 0);
        assert!(!is_left_behind(Path::new(&shown), &found));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn of_this_machine_the_root_is_a_mount_and_a_program_is_not() {
        assert!(is_mount(Path::new("/proc")));
        assert!(!is_mount(&std::env::current_exe().unwrap()));
    }
}
