//! What one browser must bring back within minutes, sealed into a separate cookie: a passkey's challenge, a provider's state, the
//! page to return to.
//!
//! This module begins and finishes ceremonies. What the state means is up to the application; the guide shows
//! [a passkey's](crate::guide::login#3-with-a-passkey).

use std::fmt;
use std::sync::Arc;

use crate::claims::{Claims, Class};
use crate::cookie::{self, NAME_VALUE_LIMIT, SetCookie, Template};
use crate::crypto::constant_time_eq;
use crate::encoding;
pub use crate::error::CeremonyError;
use crate::error::{OpenError, SessionError};
use crate::id::SessionId;
use crate::log;
use crate::payload::{Codec, Raw, SessionData};
use crate::sealer::{Line, Opened, Sealer};
use crate::session_cookie::Own;
use crate::time::{Clock, Timestamp};

mod builder;
mod frame;
mod in_session;
mod open;
mod outcome;
mod secret;

pub use builder::CeremonyBuilder;
use frame::Frame;
pub use in_session::{InSession, NoSession};
use open::OpenCeremonies;
pub use outcome::{Begun, RefusedCeremony, Removal};
pub(crate) use secret::Secret;

/// Characters of the id that are in the name of its cookie.
pub(crate) const IN_NAME: usize = 8;

/// Bytes of an id, 36 characters: 216 bits, of which 168 are not in the cookie's name. RFC 6749 section 10.10 asks a state for 160.
pub(crate) const ID: usize = 27;

/// Ceremonies of one kind: each keeps a state of type S in its own short-lived cookie, so that no server stores it. Ceremonies in
/// several tabs are independent. Cheap to clone.
///
/// [`begin`](Self::begin) seals the state and gives an id, which the page brings back; [`finish`](Self::finish) returns the state only in
/// the browser, and in the session, that began it.
///
/// ```
/// use hardtack::ceremony::NoSession;
/// use hardtack::{Application, Key};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct SignUp { email: String, code: u32 }
///
/// let sign_ups = Application::new("shop", Key::generate()?)?.ceremony::<SignUp>("sign-up").build()?;
///
/// // POST /sign-up: mail the code, and answer with a form that has the id in a hidden field.
/// let asked = SignUp { email: "ada@example.com".into(), code: 271_828 };
/// let begun = sign_ups.begin([""], NoSession, &asked)?;
/// let id = begun.id().to_owned();
/// // Each of `begun.set_cookies()` is a Set-Cookie line of that answer.
///
/// // POST /sign-up/code, with the id and the code from the form.
/// # let sent_back = begun.set_cookies().map(|line| format!("{}={}", line.name(), line.value())).collect::<String>();
/// # let cookie_line = sent_back.as_str();
/// let (asked, removal) = sign_ups.finish([cookie_line], NoSession, &id)?;
/// // `removal` is a Set-Cookie line of the answer, whether or not the code is right.
/// assert_eq!((asked.email.as_str(), asked.code), ("ada@example.com", 271_828));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// **Replay.** An honest browser finishes a ceremony once, because `finish` removes the cookie. An attacker who copied the cookie before
/// can finish it again until its ten minutes are over, with the same id and the same state. What that gives depends on the ceremony:
/// docs/login.md has a table. Where it matters, [`once`](CeremonyBuilder::once) refuses the second time.
///
/// **Sessions.** If a ceremony begins in a session, only that session can finish it; if it begins without one, only a request without a
/// session can. So nobody can carry a state into somebody else's session.
pub struct Ceremony<S>(Arc<Inner<S>>);

struct Inner<S> {
    sealer: Sealer,
    /// The cookie without the end of its name.
    template: Template,
    clock: Arc<dyn Clock>,
    codec: Codec,
    written: Own,
    once: Option<Once>,
    state: std::marker::PhantomData<fn(S) -> S>,
}

/// Notes that a ceremony is finished, to be kept until this moment; false where it was finished before.
type Once = Box<dyn Fn(&Claims, Timestamp) -> bool + Send + Sync>;

impl<S: SessionData> Ceremony<S> {
    /// Begins a ceremony: seals `state`, and returns the id to bring back and the cookies to set. `cookie_lines` are all of the request's
    /// `Cookie` header lines, as bytes.
    ///
    /// `session` is the request's slot or session, or [`NoSession`]. A session that starts in this request counts, and is committed with
    /// the response. Call [`renew`](crate::Session::renew) before, not after: a session with a new id counts as another.
    ///
    /// A browser holds at most five open ceremonies of a kind, 4096 bytes in all: this call removes the oldest beyond that.
    ///
    /// # Errors
    /// [`CeremonyError::Session`]: a state that does not fit the cookie or would not come back as it is, an ended session, no key that may
    /// seal, no randomness.
    pub fn begin<L: AsRef<[u8]>>(
        &self,
        cookie_lines: impl IntoIterator<Item = L>,
        session: impl InSession,
        state: &S,
    ) -> Result<Begun, CeremonyError> {
        let session = session.id().map_err(CeremonyError::Session);
        let begun = session.and_then(|session| self.begin_in(cookie_lines, session, state));
        if let Err(error) = &begun {
            self.note(error);
        }
        begun
    }

    /// Finishes the ceremony with this id: returns its state, and the removal of its cookie. Send the removal even if the state is no good.
    ///
    /// # Errors
    /// No such ceremony is open in this browser and session. The browser learns no reason; the event has it. The error brings the removal of
    /// the cookie too, unless another server may still accept it.
    pub fn finish<L: AsRef<[u8]>>(
        &self,
        cookie_lines: impl IntoIterator<Item = L>,
        session: impl InSession,
        id: &str,
    ) -> Result<(S, Removal), RefusedCeremony> {
        let session = session.id().map_err(|error| CeremonyError::Session(error).into());
        let done = session.and_then(|session| self.finish_in(cookie_lines, session, id));
        if let Err(refused) = &done {
            self.note(&refused.reason());
        }
        done
    }

    pub(crate) fn begin_in<L: AsRef<[u8]>>(
        &self,
        cookie_lines: impl IntoIterator<Item = L>,
        session: Option<SessionId>,
        state: &S,
    ) -> Result<Begun, CeremonyError> {
        let now = self.0.clock.now();
        let id = Secret::draw().map_err(SessionError::Seal)?;
        let set_cookie = self.seal(&id, session, state, now)?;
        let mut open = OpenCeremonies::default();
        for line in cookie_lines {
            for (end, value) in cookie::values_by_prefix(line.as_ref(), self.0.template.name()) {
                let issued = || {
                    Some(self.0.sealer.open_with(value, now, |_, _| Ok(())).ok()?.claims.issued())
                };
                open.push(end, value.len(), issued);
            }
        }
        let surplus = open.surplus(set_cookie.value().len());
        let removals = surplus.map(|end| self.0.template.with_suffix(&end).removal());
        Ok(Begun::new(id.text(), removals.chain([set_cookie]).collect()))
    }

    pub(crate) fn finish_in<L: AsRef<[u8]>>(
        &self,
        cookie_lines: impl IntoIterator<Item = L>,
        session: Option<SessionId>,
        id: &str,
    ) -> Result<(S, Removal), RefusedCeremony> {
        let asked = Secret::<ID>::read(id).ok_or(CeremonyError::MalformedId)?;
        let template = self.0.template.with_suffix(name_end(id));
        let now = self.0.clock.now();
        let mut refusal = None;
        for line in cookie_lines {
            for value in cookie::values(line.as_ref(), template.name()) {
                match self.open(value, &asked, session, now) {
                    Ok(state) => return Ok((state, Removal::new(template.removal()))),
                    Err(error) => refusal.get_or_insert(error),
                };
            }
        }
        let Some(reason) = refusal else { return Err(CeremonyError::NotOpen.into()) };
        let removal = reason.is_final().then(|| Removal::new(template.removal()));
        Err(RefusedCeremony::new(reason, removal))
    }

    fn seal(
        &self,
        id: &Secret<ID>,
        session: Option<SessionId>,
        state: &S,
        now: Timestamp,
    ) -> Result<SetCookie, SessionError> {
        let Inner { sealer, template, codec, written, .. } = &*self.0;
        let capacity = sealer.mode().capacity(sealer.limit(), sealer.block()).unwrap_or(0);
        let fits = |data: usize| {
            let whole = Frame::len(session) + data;
            if whole <= capacity { Ok(()) } else { Err(self.too_large(whole)) }
        };
        let state = written.encode_checked(*codec, state, fits)?;
        let payload = Frame { id: id.bytes(), session, state: &state }.write();
        let template = template.with_suffix(name_end(&id.text()));
        let claims = sealer.new_claims(Class::Standard, now)?.with_schema(written.number);
        let line = Line { front: template.front(), spare: template.spare(), limit: sealer.limit() };
        let (expires, text) = sealer.seal_into(line, &claims, &Raw(&payload), now)?;
        let left = expires.as_secs().saturating_sub(now.as_secs());
        Ok(template.finish(text, Some(left)))
    }

    /// The state of a token, once it has shown to be this ceremony's, in its session, and not finished before. Only then is it decoded.
    fn open(
        &self,
        token: &[u8],
        asked: &Secret<ID>,
        session: Option<SessionId>,
        now: Timestamp,
    ) -> Result<S, CeremonyError> {
        let Inner { sealer, codec, written, once, .. } = &*self.0;
        let read = |claims: &mut Claims, payload: &[u8]| {
            let (found, written) = (claims.schema(), written.number);
            if found != written {
                return Err(OpenError::UnknownShape { found, written });
            }
            let frame = Frame::read(payload).ok_or(OpenError::BadPayload)?;
            if !constant_time_eq(frame.id, asked.bytes()) {
                return Ok(Err(CeremonyError::WrongId));
            }
            if frame.session != session {
                return Ok(Err(CeremonyError::OtherSession));
            }
            Ok(Ok(codec.decode(frame.state).ok_or(OpenError::BadPayload)?))
        };
        let opened: Opened<Result<S, CeremonyError>> = sealer.open_with(token, now, read)?;
        let state = opened.data?;
        match once {
            Some(once) if !once(&opened.claims, sealer.policy().over(&opened.claims)) => {
                Err(CeremonyError::Used)
            }
            _ => Ok(state),
        }
    }

    /// Tells the operator.
    fn note(&self, error: &CeremonyError) {
        let (cookie, reason) = (self.0.template.name(), error.label());
        match error {
            CeremonyError::Session(_) => log::ceremony_failed(cookie, reason),
            CeremonyError::Refused(OpenError::UnknownKey { key }) => {
                log::ceremony_refused(cookie, reason, Some(*key));
            }
            _ => log::ceremony_refused(cookie, reason, None),
        }
    }

    fn too_large(&self, data: usize) -> SessionError {
        let Inner { sealer, .. } = &*self.0;
        let value = encoding::encoded_len(sealer.mode().sealed_len(data, sealer.block()));
        let used = NAME_VALUE_LIMIT - sealer.limit() + value;
        SessionError::TooLarge { used, limit: NAME_VALUE_LIMIT, data }
    }
}

impl<S> Ceremony<S> {
    /// Returns what the names of its cookies start with; eight characters follow.
    pub fn cookie_prefix(&self) -> &str {
        self.0.template.name()
    }
}

/// The part of an id that ends its cookie's name.
fn name_end(id: &str) -> &str {
    id.get(..IN_NAME).unwrap_or_default()
}

impl<S> Clone for Ceremony<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S> fmt::Debug for Ceremony<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ceremony").field("cookie", &self.cookie_prefix()).finish_non_exhaustive()
    }
}
