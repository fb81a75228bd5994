//! When and how the user of a session last proved who they are: sealed in the session, read by the application's clock.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::{NotRecent, SessionError};
use crate::payload::SessionData;
use crate::session::Session;
use crate::time::Timestamp;

/// How a user proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Proof {
    /// They know the password.
    Password,
    /// They hold a passkey, or another authenticator.
    Passkey,
    /// A provider says so.
    Provider,
    /// They opened a link that was sent to them.
    Link,
    /// They entered a code: from an app, or one that was sent to them.
    Code,
}

/// When and how the user last proved who they are: a field of the session's type. One byte when empty, 6 more for each kind
/// of proof.
///
/// ```
/// use std::time::Duration;
///
/// use hardtack::login::{HasProofs, NotRecent, Proof, Proofs};
/// use hardtack::{Application, Key, MINUTE, Session, SessionError, SessionSlot};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { id: u64, proofs: Proofs }
///
/// impl HasProofs for User {
///     fn proofs(&self) -> &Proofs { &self.proofs }
///     fn proofs_mut(&mut self) -> &mut Proofs { &mut self.proofs }
/// }
///
/// fn log_in(slot: &SessionSlot<User>) -> Result<(), SessionError> {
///     // The password was right.
///     slot.start(User { id: 7, proofs: Proofs::default() })?.prove(Proof::Password)
/// }
///
/// fn change_mail(user: &Session<User>) -> Result<(), NotRecent> {
///     user.require_recent(10 * MINUTE) // else send them to a page that asks for the password
/// }
/// # let slot = Application::new("shop", Key::generate()?)?.session::<User>().build()?.slot([""]);
/// # log_in(&slot)?;
/// # change_mail(&slot.get().unwrap())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Proofs(Vec<(u8, u64)>);

/// A session's type that has [`Proofs`].
pub trait HasProofs {
    /// The field.
    fn proofs(&self) -> &Proofs;

    /// The same, to be changed.
    fn proofs_mut(&mut self) -> &mut Proofs;
}

impl Proofs {
    /// When this was last proved.
    pub fn at(&self, proof: Proof) -> Option<Timestamp> {
        let found = self.0.iter().find(|(number, _)| *number == proof.number());
        found.map(|&(_, at)| Timestamp::from_secs(at))
    }

    /// When anything was last proved.
    pub fn last(&self) -> Option<Timestamp> {
        self.0.iter().map(|&(_, at)| Timestamp::from_secs(at)).max()
    }

    fn note(&mut self, proof: Proof, now: Timestamp) {
        self.0.retain(|(number, _)| *number != proof.number());
        self.0.push((proof.number(), now.as_secs()));
    }
}

impl Proof {
    /// Sealed in sessions: never changed.
    const fn number(self) -> u8 {
        match self {
            Self::Password => 1,
            Self::Passkey => 2,
            Self::Provider => 3,
            Self::Link => 4,
            Self::Code => 5,
        }
    }
}

impl<T: SessionData + HasProofs> Session<T> {
    /// Notes that the user has just proved this, by the application's clock, and gives the session a new id (OWASP ASVS 5.0 item 7.2.4), unless
    /// it starts in this request. Call it after `start` too: `slot.start(user)?.prove(Proof::Password)?`.
    ///
    /// # Errors
    /// As [`update`](Self::update) and [`renew`](Self::renew).
    pub fn prove(&mut self, proof: Proof) -> Result<(), SessionError> {
        let (now, _) = self.now_and_leeway();
        self.update(|data| data.proofs_mut().note(proof, now))?;
        if self.has_arrived() { self.renew() } else { Ok(()) }
    }

    /// Checks that the user has given some proof within this time. Ask before a change of the mail address for instance (OWASP
    /// ASVS 5.0 item 7.5.1).
    ///
    /// # Errors
    /// [`NotRecent`]: ask for a proof, [`prove`](Self::prove) it, and send them back. The adapters answer 403 with an empty body.
    pub fn require_recent(&self, within: Duration) -> Result<(), NotRecent> {
        self.check_recent(self.proofs().last(), within)
    }

    /// Checks that the user has given this proof within this time: a passkey before a payment for instance (OWASP ASVS 5.0 item
    /// 7.5.3).
    ///
    /// # Errors
    /// As [`require_recent`](Self::require_recent).
    pub fn require_recent_proof(&self, proof: Proof, within: Duration) -> Result<(), NotRecent> {
        self.check_recent(self.proofs().at(proof), within)
    }

    /// A proof further in the future than the leeway comes from a wrong clock, and does not count.
    fn check_recent(&self, at: Option<Timestamp>, within: Duration) -> Result<(), NotRecent> {
        let (now, leeway) = self.now_and_leeway();
        match at {
            Some(at) if at <= now + leeway && now < at + within => Ok(()),
            at => Err(NotRecent { at, now }),
        }
    }
}

impl fmt::Debug for Proofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.0.iter().map(|&(proof, at)| (proof, Timestamp::from_secs(at))))
            .finish()
    }
}
