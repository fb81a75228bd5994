//! What a session cookie needs to bind its sessions: sealers, the proof's cookie, paths.

use std::fmt;
use std::time::Duration;

use super::sealed::{self, Asked, Identifier};
use super::{Device, DeviceBinding, Refusal, StaleDevice};
use crate::claims::Claims;
use crate::cookie::{self, Attributes, SetCookie, Template};
use crate::crypto::{DeviceKey, sha256};
use crate::error::{DeviceProblem, OpenError, SealError, SetupError};
use crate::id::SessionId;
use crate::purpose::Purpose;
use crate::sealer::Sealer;
use crate::site::Site;
use crate::time::Timestamp;

/// Seconds in which a page reloads itself once.
const RELOAD: u64 = 10;
/// Characters in a proof, whatever its key and times.
const PROOF: usize = 128;

pub(crate) struct Devices {
    identifiers: Sealer,
    challenges: Sealer,
    proofs: Sealer,
    proof: Template,
    reload: Template,
    attributes: String,
    path: String,
    /// How long a proof lasts, in seconds.
    life: u64,
    stale: StaleDevice,
    offers: bool,
}

/// Which of the two endpoints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Register,
    Refresh,
}

impl Devices {
    /// Checks the settings. `longest`: the most seconds that a session of the cookie `name` lasts.
    pub(crate) fn new(
        binding: DeviceBinding,
        site: &Site,
        name: &str,
        attributes: &Attributes,
        longest: u64,
    ) -> Result<Self, SetupError> {
        let DeviceBinding { path, proof, stale, offers } = binding;
        let (life, scope) = (proof.as_secs(), &attributes.scope);
        if !(4..=3_600).contains(&life) {
            return Err(DeviceProblem::ProofLifetime.into());
        }
        if !attributes.secure || scope.domain.is_some() || scope.path != "/" || scope.partitioned {
            return Err(DeviceProblem::Scope { name: name.to_owned() }.into());
        }
        let in_path = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
        let is_path = path.starts_with('/') && !path.ends_with('/') && !path.contains("//");
        if !is_path || path.len() > 256 || !path.bytes().all(in_path) {
            return Err(DeviceProblem::Path { path }.into());
        }
        let proof_name = format!("{name}~device");
        let http_only = Attributes { http_only: true, ..attributes.clone() };
        let proof = Template::new(&proof_name, &http_only)?;
        let reload = Template::new(&format!("{proof_name}-reload"), &http_only)?;
        let app = &site.name;
        let purpose = |what| Purpose::device(app, what, name);
        let sealer = |purpose, longest| sealed::sealer(site, purpose, longest);
        let lasts = Duration::from_secs;
        Ok(Self {
            identifiers: sealer(purpose("identifier")?, lasts(longest))?,
            challenges: sealer(purpose("challenge")?, sealed::CHALLENGE)?,
            proofs: sealer(Purpose::cookie(app, &proof_name)?, lasts(life))?,
            attributes: proof.attributes().trim_start_matches("; ").to_owned(),
            proof,
            reload,
            path,
            life,
            stale,
            offers,
        })
    }

    /// The names of its cookies.
    pub(crate) fn names(&self) -> [&str; 2] {
        [self.proof.name(), self.reload.name()]
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// The endpoint at this path.
    pub(crate) fn place(&self, path: &str) -> Option<Place> {
        match path.strip_prefix(&*self.path)? {
            "/register" => Some(Place::Register),
            "/refresh" => Some(Place::Refresh),
            _ => None,
        }
    }

    pub(crate) fn offers(&self) -> bool {
        self.offers
    }

    pub(crate) fn refuses_stale(&self) -> bool {
        self.stale == StaleDevice::Refuse
    }

    /// Whether a cookie may be a proof, by its name and length.
    pub(crate) fn may_prove(&self, name: &[u8], value: &[u8]) -> bool {
        name == self.proof.name().as_bytes() && value.len() <= PROOF
    }

    /// Whether the browser has been told to reload a page a moment ago.
    pub(crate) fn has_reloaded(&self, line: &[u8]) -> bool {
        cookie::values(line, self.reload.name()).next().is_some()
    }

    /// What these proofs show of the device of a session with these claims.
    pub(crate) fn judge<'p>(
        &self,
        session: &Claims,
        mut proofs: impl Iterator<Item = &'p [u8]>,
        now: Timestamp,
    ) -> Device {
        let proves = |token: &[u8]| {
            let empty = |_: &mut Claims, payload: &[u8]| {
                if payload.is_empty() { Ok(()) } else { Err(OpenError::BadPayload) }
            };
            let opened = self.proofs.open_with(token, now, empty);
            opened.is_ok_and(|opened| {
                opened.claims.session_id.binding() == session.session_id.binding()
            })
        };
        match (proofs.any(proves), session.bound) {
            (true, _) => Device::Fresh,
            (false, true) => Device::Stale,
            (false, false) => Device::Unbound,
        }
    }

    pub(crate) fn identifier(
        &self,
        session: &Claims,
        key: &DeviceKey,
        end: Timestamp,
        now: Timestamp,
    ) -> Result<String, SealError> {
        sealed::identifier(&self.identifiers, session, key, end, now)
    }

    pub(crate) fn open_identifier(
        &self,
        token: &[u8],
        now: Timestamp,
    ) -> Result<Identifier, Refusal> {
        sealed::open_identifier(&self.identifiers, token, now)
    }

    pub(crate) fn challenge(
        &self,
        session: SessionId,
        asked: Asked<'_>,
        now: Timestamp,
    ) -> Result<String, SealError> {
        sealed::challenge(&self.challenges, session, asked, now)
    }

    pub(crate) fn open_challenge(
        &self,
        token: &[u8],
        asked: Asked<'_>,
        now: Timestamp,
    ) -> Result<SessionId, Refusal> {
        sealed::open_challenge(&self.challenges, token, asked, now)
    }

    /// The cookie that proves the device for a while. The browser asks for the next one when it drops it.
    pub(crate) fn proof(&self, session: SessionId, now: Timestamp) -> Result<SetCookie, SealError> {
        let token = self.proofs.seal(&sealed::claims(session, now, now), b"", now)?;
        let text = format!("{}{token}", self.proof.front());
        Ok(self.proof.finish(text, Some(self.life - self.life.div_ceil(10))))
    }

    pub(crate) fn proof_removal(&self) -> SetCookie {
        self.proof.removal()
    }

    /// The cookie that says that a page reloads itself.
    pub(crate) fn reloads(&self) -> SetCookie {
        self.reload.finish(format!("{}1", self.reload.front()), Some(RELOAD))
    }

    /// Tells a browser what it must know of a session that it has registered.
    pub(crate) fn instructions(&self, identifier: &str) -> String {
        serde_json::json!({
            "session_identifier": identifier,
            "refresh_url": format!("{}/refresh", self.path),
            "scope": { "include_site": false },
            "credentials": [{
                "type": "cookie",
                "name": self.proof.name(),
                "attributes": self.attributes,
            }],
        })
        .to_string()
    }

    /// The header that offers a browser to bind the session.
    pub(crate) fn offer(&self, session: SessionId, now: Timestamp) -> Result<String, SealError> {
        let challenge = self.challenge(session, Asked::Register, now)?;
        Ok(format!("(ES256);path=\"{}/register\";challenge=\"{challenge}\"", self.path))
    }
}

/// What a hook notes of a bound session, besides its end.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fact {
    /// A device was registered: a second one is refused.
    Registered,
    /// Tokens of the session that are not marked as bound are over.
    UnboundOver,
}

impl Fact {
    /// The claims under which it is noted: the session's, but with an id that no session has (docs/format-v1.md section 10).
    pub(crate) fn of(self, session: &Claims) -> Claims {
        let label: &[u8] = match self {
            Self::Registered => b"hardtack v1 registered\0",
            Self::UnboundOver => b"hardtack v1 unbound over\0",
        };
        let hash = sha256(&[label, session.session_id.binding()]);
        let mut id = [0; 16];
        id.copy_from_slice(&hash[..16]);
        Claims { session_id: SessionId(id), ..session.clone() }
    }
}

impl fmt::Debug for Devices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Devices").field("path", &self.path).finish_non_exhaustive()
    }
}
