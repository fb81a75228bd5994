//! What an attacker sends, what a crash leaves behind, and what an operator does in a hurry.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hardtack::login::RequireIss;
use hardtack::testing::{Head, request_cookie};
use hardtack::{Claims, Class, DAY, Revocation, Timeouts, Timestamp};

use super::{User, assert_says, shop};

#[derive(Clone, Default)]
struct Told(Arc<AtomicUsize>);

impl Revocation<User> for Told {
    fn is_revoked(&self, _: &Claims) -> bool {
        true
    }

    fn on_ended(&self, _: &Claims, _: Timestamp) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_log_out_with_one_ended_token_a_thousand_times() {
    let told = Told::default();
    let users = shop().session::<User>().revocation(told.clone()).build().unwrap();
    let cookie = request_cookie(&users, Class::Standard, &User { id: 7 }).unwrap();
    let slot = users.slot([vec![cookie; 3_000].join("; ")]);
    slot.end().unwrap();
    slot.commit(&mut Head::new(200)).unwrap();
    assert_eq!(told.0.load(Ordering::Relaxed), 1, "under the list's lock, each time");
}

#[test]
fn a_thousand_cookies_of_log_in_flows() {
    let shop = shop();
    let issuer = "https://id.example";
    let flows = shop.login_flows().issuer(issuer, RequireIss::Yes).build().unwrap();
    let name = |number| format!("__Host-shop~login-{number:08}=x");
    let line = (0..16_521).map(name).collect::<Vec<_>>().join("; ");
    let flow = flows.begin([line], issuer, "/").unwrap();
    let lines = flow.set_cookies().count();
    assert!((2..=64).contains(&lines), "{lines} lines in one response");
}

#[test]
fn a_session_that_browsers_forget_first() {
    let long = Timeouts { idle: 401 * DAY, absolute: 730 * DAY };
    let says: &[&str] = &["400 days"];
    assert_says(shop().session::<User>().remember_me(long).build(), says);
    assert_says(shop().session::<User>().timeouts(long).persistent().build(), says);
    let kept = Timeouts { idle: 400 * DAY, ..long };
    assert!(shop().session::<User>().remember_me(kept).build().is_ok());
}

#[cfg(all(unix, feature = "ring-file"))]
mod ring {
    use std::fs;
    use std::path::PathBuf;
    use std::process::Command;
    use std::time::{Duration, Instant};

    use hardtack::keys::{Keys, RingFile};
    use hardtack::{Key, KeyRing};

    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        /// With a ring of one key in it.
        fn new(name: &str) -> Self {
            let name = format!("hardtack-never-{name}-{}", std::process::id());
            let folder = Self(std::env::temp_dir().join(name));
            fs::create_dir(&folder.0).unwrap();
            RingFile::new(key(), Timestamp::from_secs(0)).create(folder.ring()).unwrap();
            folder
        }

        fn ring(&self) -> PathBuf {
            self.0.join("ring.toml")
        }

        fn rotate(&self) -> Result<(), hardtack::keys::RingFileError> {
            let now = Timestamp::now();
            let rotate = |file: &mut RingFile| file.rotate(key(), now);
            RingFile::update(self.ring(), rotate).map(|_| ())
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    fn key() -> Key {
        Key::generate().unwrap()
    }

    #[test]
    fn a_pipe_or_a_link_in_the_place_of_the_lock() {
        let folder = Folder::new("lock");
        let lock = folder.0.join("ring.toml.lock");
        let victim = folder.0.join("victim");
        fs::remove_file(&lock).unwrap();
        let start = Instant::now();
        assert!(Command::new("mkfifo").arg(&lock).status().unwrap().success());
        assert_eq!(folder.rotate().map_err(|error| error.label()), Err("not a file"));
        fs::remove_file(&lock).unwrap();
        std::os::unix::fs::symlink(&victim, &lock).unwrap();
        assert_eq!(folder.rotate().map_err(|error| error.label()), Err("not a file"));
        assert!(!victim.exists(), "the link was followed");
        assert!(start.elapsed() < Duration::from_secs(30), "it waited for somebody to write");
    }

    #[test]
    fn a_crash_in_the_middle_of_a_write() {
        let folder = Folder::new("crash");
        let left = folder.0.join(".ring.toml.hardtack-0123456789abcdef.tmp");
        fs::copy(folder.ring(), &left).unwrap();
        folder.rotate().unwrap();
        assert!(!left.exists(), "its secrets stay on the disk");
    }

    #[test]
    fn a_watch_for_ever() {
        let folder = Folder::new("watch");
        let keys = Keys::watch(folder.ring(), Duration::MAX).unwrap();
        assert_eq!(keys.status().unwrap().error, None);
    }

    #[test]
    fn a_leaked_key_replaced_by_hand_while_the_file_still_has_it() {
        let folder = Folder::new("leaked");
        let keys = Keys::watch(folder.ring(), Duration::MAX).unwrap();
        let leaked = keys.key_ids();
        let other = key();
        let id = other.id();
        keys.replace(KeyRing::new(other));
        assert_ne!(leaked, [id]);
        assert_eq!(keys.status().unwrap().key_ids, [id], "the status shows what is in force");
    }
}
