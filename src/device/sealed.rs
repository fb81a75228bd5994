//! The tokens that hold what a server would otherwise have to remember (docs/format-v1.md section 10): the session identifier,
//! which the browser keeps as long as the binding lasts, and the challenge, which it signs.

use std::time::Duration;

use super::Refusal;
use crate::claims::{Claims, Class, Timeouts};
use crate::crypto::{DeviceKey, POINT, sha256};
use crate::error::{OpenError, SealError, SetupError};
use crate::id::SessionId;
use crate::keys::Keys;
use crate::purpose::Purpose;
use crate::sealer::{Sealer, Settings};
use crate::site::Site;
use crate::time::{MINUTE, Timestamp};

/// How long a challenge is valid.
pub(crate) const CHALLENGE: Duration = MINUTE;
/// Number of the algorithm in an identifier: ES256.
const ES256: u8 = 1;
/// Kinds of challenge.
const REGISTER: u8 = 0;
const REFRESH: u8 = 1;

/// What is sealed in the name that the browser has for a binding.
pub(crate) struct Identifier {
    pub(crate) session: SessionId,
    pub(crate) key: DeviceKey,
}

/// What a challenge is for.
#[derive(Clone, Copy)]
pub(crate) enum Asked<'i> {
    Register,
    /// Of the binding with this identifier.
    Refresh(&'i [u8]),
}

/// Builds a sealer of tokens that last `longest` at most.
pub(super) fn sealer(
    site: &Site,
    purpose: Purpose,
    longest: Duration,
) -> Result<Sealer, SetupError> {
    let keys: Keys = site.keys.clone();
    let standard = Timeouts { idle: longest, absolute: longest };
    Settings { standard, remembered: None, ..Settings::default() }.build(keys, purpose, site.leeway)
}

/// Claims of a token for this session.
pub(super) fn claims(session_id: SessionId, created: Timestamp, now: Timestamp) -> Claims {
    Claims {
        class: Class::Standard,
        schema: 0,
        session_id,
        created,
        // This clock may be behind the one that created the session, and no opener takes what was issued before it was created.
        issued: now.max(created),
        expires: now,
        bound: false,
        expires_by: None,
    }
}

/// The identifier of a session with these claims, good until `end`.
pub(super) fn identifier(
    sealer: &Sealer,
    session: &Claims,
    key: &DeviceKey,
    end: Timestamp,
    now: Timestamp,
) -> Result<String, SealError> {
    let claims = claims(session.session_id, session.created, now).expires_by(end);
    let mut payload = [ES256; 1 + POINT];
    payload[1..].copy_from_slice(&key.compressed());
    sealer.seal(&claims, &payload, now)
}

pub(super) fn open_identifier(
    sealer: &Sealer,
    token: &[u8],
    now: Timestamp,
) -> Result<Identifier, Refusal> {
    let read = |_: &mut Claims, payload: &[u8]| {
        let point = payload.split_first().filter(|(algorithm, _)| **algorithm == ES256);
        let point = point.and_then(|(_, point)| point.try_into().ok());
        point.and_then(DeviceKey::from_compressed).ok_or(OpenError::BadPayload)
    };
    let opened = sealer.open_with(token, now, read).map_err(Refusal::Identifier)?;
    Ok(Identifier { session: opened.claims.session_id, key: opened.data })
}

pub(super) fn challenge(
    sealer: &Sealer,
    session: SessionId,
    asked: Asked<'_>,
    now: Timestamp,
) -> Result<String, SealError> {
    sealer.seal(&claims(session, now, now), &asked.payload(), now)
}

/// Returns the id of the session that the challenge was made for.
pub(super) fn open_challenge(
    sealer: &Sealer,
    token: &[u8],
    asked: Asked<'_>,
    now: Timestamp,
) -> Result<SessionId, Refusal> {
    let opened = sealer.open_with(token, now, |_, payload| Ok(payload == asked.payload()));
    let opened = opened.map_err(Refusal::Challenge)?;
    if opened.data { Ok(opened.claims.session_id) } else { Err(Refusal::OtherChallenge) }
}

impl Asked<'_> {
    fn payload(self) -> Vec<u8> {
        match self {
            Self::Register => vec![REGISTER],
            Self::Refresh(identifier) => [&[REFRESH][..], &sha256(&[identifier])].concat(),
        }
    }
}
