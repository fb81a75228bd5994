//! What must be kept: accounts and their passkeys, in SQLite. A site with a file on a disk calls it through `spawn_blocking`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argon2::Argon2;
use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString};
use rusqlite::{Connection, OptionalExtension, Row, params};
use webauthn_rs::prelude::{AuthenticationResult, Passkey};

/// Somebody who has signed up.
#[derive(Clone, Debug)]
pub struct Account {
    pub id: i64,
    pub name: String,
    pub email: String,
    /// A password's hash, unless they only come from a provider.
    pub password: Option<String>,
    /// What their passkeys call them: random bytes, never a name.
    pub handle: [u8; 16],
    /// Counts the log-ins by links, so that each link works once.
    pub links: i64,
}

#[derive(Clone)]
pub struct Store(Arc<Mutex<Connection>>);

const SCHEMA: &str = "
    CREATE TABLE users (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        email TEXT NOT NULL,
        password TEXT,
        handle BLOB NOT NULL UNIQUE DEFAULT (randomblob(16)),
        links INTEGER NOT NULL DEFAULT 0,
        issuer TEXT,
        subject TEXT,
        UNIQUE (issuer, subject)
    );
    CREATE TABLE passkeys (
        credential BLOB PRIMARY KEY,
        user INTEGER NOT NULL REFERENCES users (id),
        counter INTEGER NOT NULL,
        passkey TEXT NOT NULL
    );";

const COLUMNS: &str = "SELECT id, name, email, password, handle, links FROM users WHERE ";

impl Store {
    pub fn in_memory() -> rusqlite::Result<Self> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` where the name is taken.
    pub fn sign_up(&self, name: &str, email: &str, password: &str) -> Option<Account> {
        let sql = "INSERT INTO users (name, email, password) VALUES (?1, ?2, ?3)";
        self.db().execute(sql, params![name, email, hash(password)]).ok()?;
        self.by_name(name)
    }

    pub fn by_name(&self, name: &str) -> Option<Account> {
        let sql = format!("{COLUMNS} name = ?1");
        self.db().query_row(&sql, [name], account).optional().ok()?
    }

    pub fn by_id(&self, id: i64) -> Option<Account> {
        let sql = format!("{COLUMNS} id = ?1");
        self.db().query_row(&sql, [id], account).optional().ok()?
    }

    /// The account of a provider's user, which begins with their first log-in. A subject is unique at its issuer only.
    pub fn by_provider(&self, issuer: &str, subject: &str) -> Option<Account> {
        let db = self.db();
        let sql =
            "INSERT OR IGNORE INTO users (name, email, issuer, subject) VALUES (?1, '', ?2, ?3)";
        // Never the account of somebody who signed up here under the same name.
        let name = format!("{subject} at {issuer}");
        db.execute(sql, [&*name, issuer, subject]).ok()?;
        let sql = format!("{COLUMNS} issuer = ?1 AND subject = ?2");
        db.query_row(&sql, [issuer, subject], account).optional().ok()?
    }

    /// Whose name and password these are. An unknown name takes as long as a wrong password.
    pub fn by_password(&self, name: &str, password: &str) -> Option<Account> {
        let found = self.by_name(name);
        let stored = found.as_ref().and_then(|account| account.password.clone());
        let is_known = stored.is_some();
        let is_right = verify(&stored.unwrap_or_else(|| hash("nobody")), password);
        found.filter(|_| is_known && is_right)
    }

    pub fn is_password_of(&self, id: i64, password: &str) -> bool {
        let stored = self.by_id(id).and_then(|account| account.password);
        stored.is_some_and(|stored| verify(&stored, password))
    }

    pub fn set_email(&self, id: i64, email: &str) -> bool {
        let sql = "UPDATE users SET email = ?2 WHERE id = ?1";
        self.db().execute(sql, params![id, email]) == Ok(1)
    }

    /// Changes a password, if it is still the one whose hash this is: of two links at once, one counts.
    pub fn reset_password(&self, id: i64, before: Option<&str>, password: &str) -> bool {
        let sql = "UPDATE users SET password = ?3 WHERE id = ?1 AND password IS ?2";
        self.db().execute(sql, params![id, before, hash(password)]) == Ok(1)
    }

    /// Counts a log-in by a link, if there was none since.
    pub fn note_link(&self, id: i64, before: i64) -> bool {
        let sql = "UPDATE users SET links = links + 1 WHERE id = ?1 AND links = ?2";
        self.db().execute(sql, [id, before]) == Ok(1)
    }

    pub fn passkeys(&self, user: i64) -> Vec<Passkey> {
        let db = self.db();
        let read = |row: &Row<'_>| row.get::<_, String>(0);
        let Ok(mut found) = db.prepare("SELECT passkey FROM passkeys WHERE user = ?1") else {
            return Vec::new();
        };
        let rows = found.query_map([user], read).into_iter().flatten().flatten();
        rows.filter_map(|text| serde_json::from_str(&text).ok()).collect()
    }

    /// False where the passkey is somebody's already.
    pub fn add_passkey(&self, user: i64, passkey: &Passkey) -> bool {
        let Ok(text) = serde_json::to_string(passkey) else { return false };
        let sql =
            "INSERT INTO passkeys (credential, user, counter, passkey) VALUES (?1, ?2, 0, ?3)";
        self.db().execute(sql, params![passkey.cred_id().as_ref(), user, text]) == Ok(1)
    }

    /// Whose passkey this is, by the handle that it brings.
    pub fn by_handle(&self, handle: &[u8]) -> Option<Account> {
        let sql = format!("{COLUMNS} handle = ?1");
        self.db().query_row(&sql, [handle], account).optional().ok()?
    }

    /// Notes a passkey's use; false where its counter does not go forward, which means a copy of the passkey, or of an old answer of it.
    /// One statement: what the library compared with may be as old as the ceremony. Passkeys that do not count always say 0.
    pub fn note_use(&self, user: i64, done: &AuthenticationResult) -> bool {
        let passkeys = self.passkeys(user);
        let mut used = passkeys.into_iter().find(|passkey| passkey.cred_id() == done.cred_id());
        let Some(passkey) = &mut used else { return false };
        passkey.update_credential(done);
        let Ok(text) = serde_json::to_string(passkey) else { return false };
        let sql =
            "UPDATE passkeys SET counter = ?3, passkey = ?4 WHERE credential = ?1 AND user = ?2
            AND (counter < ?3 OR (counter = 0 AND ?3 = 0))";
        let counter = i64::from(done.counter());
        self.db().execute(sql, params![done.cred_id().as_ref(), user, counter, text]) == Ok(1)
    }
}

fn account(row: &Row<'_>) -> rusqlite::Result<Account> {
    Ok(Account {
        id: row.get(0)?,
        name: row.get(1)?,
        email: row.get(2)?,
        password: row.get(3)?,
        handle: row.get(4)?,
        links: row.get(5)?,
    })
}

fn hash(password: &str) -> String {
    let salt = SaltString::generate(&mut OsRng);
    let hash = Argon2::default().hash_password(password.as_bytes(), &salt);
    hash.map(|hash| hash.to_string()).unwrap_or_default()
}

fn verify(stored: &str, password: &str) -> bool {
    let Ok(stored) = PasswordHash::new(stored) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &stored).is_ok()
}
