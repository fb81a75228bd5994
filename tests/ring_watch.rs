//! A handle that follows a ring file, whatever happens to the file.
#![cfg(feature = "ring-file")]

mod ring_common;

use std::fs;
use std::time::Duration;

use hardtack::keys::{Keys, RingFile, RingPath, RingStatus};
use hardtack::token::Sealer;
use hardtack::{Application, Class, CsrfError, Key, KeyRing, OpenError, Timestamp};

use ring_common::{Folder, at, chmod, key, put, until};

/// A handle that follows a file with one key, every hour unless set otherwise, and a sealer that uses it.
struct Node {
    folder: Folder,
    ring: Keys,
    sealer: Sealer,
}

fn application(keys: impl Into<Keys>) -> Application {
    Application::new("shop", keys).unwrap()
}

fn sealer(keys: impl Into<Keys>) -> Sealer {
    application(keys).sealer("test").build().unwrap()
}

impl Node {
    fn new(every: Duration) -> Self {
        let folder = Folder::new();
        RingFile::new(key(), at(0)).create(folder.ring()).unwrap();
        let ring = Keys::watch(folder.ring(), every).unwrap();
        let sealer = sealer(&ring);
        Self { folder, ring, sealer }
    }

    fn status(&self) -> RingStatus {
        self.ring.status().unwrap()
    }

    #[track_caller]
    fn until(&self, what: impl Fn(&RingStatus) -> bool) -> RingStatus {
        until(|| {
            let status = self.status();
            if what(&status) { Ok(status) } else { Err(Box::new(status)) }
        })
    }
}

/// The same key once more.
fn again(key: &Key) -> Key {
    key.to_text().parse().unwrap()
}

fn token(sealer: &Sealer) -> Vec<u8> {
    let now = Timestamp::now();
    sealer.seal(&sealer.new_claims(Class::Standard, now).unwrap(), b"", now).unwrap().into_bytes()
}

const OFTEN: Duration = Duration::from_millis(10);
const SELDOM: Duration = Duration::from_secs(3600);

#[test]
fn a_handle_follows_its_file_and_keeps_the_last_good_ring() {
    let node = Node::new(OFTEN);
    let path = node.folder.ring();
    let sealed = token(&node.sealer);
    let good = fs::read(&path).unwrap();
    let first = node.status();
    assert_eq!((first.loads, first.failures, first.key_ids.len()), (1, 0, 1));
    assert_eq!((first.sealing_key, first.is_mount), (Some(first.key_ids[0]), false));
    let age = Timestamp::now().as_secs() - first.modified_at.as_secs();
    assert!(age < 60, "{age}");

    let broken: [(&str, &dyn Fn()); 5] = [
        ("not found", &|| fs::remove_file(&path).unwrap()),
        ("empty", &|| put(&path, "")),
        ("syntax", &|| put(&path, &good[..good.len() / 2])),
        ("not a file", &|| {
            fs::remove_file(&path).unwrap();
            fs::create_dir(&path).unwrap();
        }),
        #[cfg(unix)]
        ("too open", &|| {
            fs::remove_dir(&path).unwrap();
            put(&path, &good);
            chmod(&path, 0o644);
        }),
    ];
    for (label, damage) in broken {
        damage();
        let is = |status: &RingStatus| status.error.as_ref().is_some_and(|e| e.label() == label);
        let status = node.until(is);
        assert_eq!((status.loads, &status.key_ids), (1, &first.key_ids), "{label}");
        assert!(status.failures > 0);
        assert!(node.sealer.open(&sealed, Timestamp::now()).is_ok());
        token(&node.sealer);
    }
    put(&path, &good);
    let status = node.until(|status| status.error.is_none());
    assert_eq!(status.loads, 1, "nothing has changed");

    let rotated = RingFile::update(&path, |file| file.rotate(key(), Timestamp::now()));
    let status = node.until(|status| status.loads == 2);
    assert_eq!(status.key_ids, [first.key_ids[0], rotated.unwrap().key]);
    assert_eq!(status.sealing_key, Some(first.key_ids[0]), "the new one waits");
    assert_eq!(node.ring.key_ids(), status.key_ids);
    assert!(node.sealer.open(&sealed, Timestamp::now()).is_ok());
}

#[cfg(unix)]
#[test]
fn a_link_that_is_swapped_is_followed() {
    use std::os::unix::fs::symlink;
    // As Kubernetes mounts a secret: ring.toml -> ..data/ring.toml, ..data -> ..2027_01_15.
    let folder = Folder::new();
    let (old, new) = (key(), key());
    let ids = [old.id(), new.id()];
    for (name, key) in [("..1", old), ("..2", new)] {
        fs::create_dir(folder.0.join(name)).unwrap();
        let path = folder.0.join(name).join("ring.toml");
        RingFile::new(key, at(0)).create(&path).unwrap();
        chmod(&path, 0o440);
    }
    symlink("..1", folder.0.join("..data")).unwrap();
    symlink("..data/ring.toml", folder.ring()).unwrap();
    let refused = Keys::watch(folder.ring(), OFTEN).map(|_| ()).unwrap_err();
    assert_eq!(refused.label(), "too open");
    let path = RingPath::new(folder.ring()).danger_group_readable();
    let ring = Keys::watch(path, OFTEN).unwrap();
    assert_eq!(ring.key_ids(), ids[..1]);
    symlink("..2", folder.0.join("..data_tmp")).unwrap();
    fs::rename(folder.0.join("..data_tmp"), folder.0.join("..data")).unwrap();
    until(|| (ring.key_ids() == ids[1..]).then_some(()).ok_or(ring.key_ids()));
}

#[test]
fn an_unknown_key_makes_it_look_early_and_a_flood_of_them_does_not() {
    let node = Node::new(SELDOM);
    let good = token(&node.sealer);
    for _ in 0..1000 {
        node.sealer.open(&good, Timestamp::now()).unwrap();
    }
    assert_eq!(node.status().early, 0);

    // Another node has the next key already, and seals with it.
    let next = key();
    let next_id = next.id();
    let ahead = sealer(again(&next));
    let sealed = token(&ahead);
    RingFile::update(node.folder.ring(), |file| file.rotate_now(next, Timestamp::now())).unwrap();
    let open = |token: &[u8]| node.sealer.open(token, Timestamp::now()).map(|_| ());
    assert_eq!(open(&sealed), Err(OpenError::UnknownKey { key: next_id }));
    let status = node.until(|status| status.loads == 2);
    assert_eq!((status.early, open(&sealed)), (1, Ok(())));

    let foreign = key();
    let forged_id = foreign.id();
    let forged = token(&sealer(foreign));
    for _ in 0..10_000 {
        assert_eq!(open(&forged), Err(OpenError::UnknownKey { key: forged_id }));
    }
    assert_eq!(node.status().early, 1, "not again for three seconds");
}

#[test]
fn an_unknown_key_of_a_csrf_token_makes_it_look_early_too() {
    let node = Node::new(SELDOM);
    let next = key();
    let next_id = next.id();
    let start = |keys: &Keys| {
        let cookie = application(keys).session::<u8>().build().unwrap();
        cookie.slot([""; 0]).start(7).unwrap()
    };
    let ahead = start(&again(&next).into()).csrf_token().unwrap();
    RingFile::update(node.folder.ring(), |file| file.rotate_now(next, Timestamp::now())).unwrap();
    let session = start(&node.ring);
    assert_eq!(session.check_csrf(&ahead), Err(CsrfError::UnknownKey { key: next_id }));
    let status = node.until(|status| status.loads == 2);
    // The key is known now; the session is another one.
    assert_eq!((status.early, session.check_csrf(&ahead)), (1, Err(CsrfError::NotAuthentic)));
}

#[test]
fn a_key_that_has_ended_is_no_unknown_one() {
    let folder = Folder::new();
    let (ended, present) = (key(), key());
    let sealed = token(&sealer(again(&ended)));
    let text = format!(
        "[[key]]\nsecret = '{}'\nseal_from = 2001-01-01T00:00:00Z\nopen_until = 2001-02-01T00:00:00Z\n\
         [[key]]\nsecret = '{}'\nseal_from = 2001-01-08T00:00:00Z\n",
        *ended.to_text(),
        *present.to_text()
    );
    put(&folder.ring(), text);
    let ring = Keys::watch(folder.ring(), SELDOM).unwrap();
    let sealer = sealer(&ring);
    let refusal = sealer.open(&sealed, Timestamp::now()).unwrap_err();
    assert_eq!(refusal, OpenError::UnknownKey { key: ended.id() });
    std::thread::sleep(Duration::from_millis(20));
    assert_eq!(ring.status().unwrap().early, 0);
}

#[test]
fn a_handle_that_follows_nothing_has_no_status() {
    assert_eq!(Keys::from(KeyRing::new(key())).status(), None);
    let error = Keys::watch("/nonexistent/ring.toml", OFTEN).map(|_| ()).unwrap_err();
    assert_eq!(error.label(), "not found");
}
