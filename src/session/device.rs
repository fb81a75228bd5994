//! A session and its device: what a request shows of it, how a browser registers and refreshes, and what a response says.

use super::commit::Outcome;
use super::state::{Candidates, Current, Found};
use super::{Session, SessionSlot};
use crate::claims::Claims;
use crate::device::{
    Asked, Collected, Device, DeviceAnswer, Devices, Fact, Jwt, Place, Refusal, one_line,
};
use crate::error::OpenError;
use crate::head::{RequestHead, ResponseHead};
use crate::log;
use crate::payload::SessionData;
use crate::session_cookie::SessionCookie;
use crate::time::Timestamp;

/// When a response may offer a browser to bind its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// Nobody answers, or nobody is known to.
    No,
    /// Where a session starts.
    OnStart,
    /// On a page that was navigated to as well: what came of an earlier offer is not known.
    Always,
}

/// What of a response is known once the session is in it.
pub(super) struct Written {
    /// A removal was asked for.
    pub(super) ended: bool,
    /// The session's cookie is set or removed.
    pub(super) is_set: bool,
    /// The response is for shared caches.
    pub(super) shared: bool,
}

impl<T> Session<T> {
    /// Returns what the session's device has shown (feature `device-binding`). If the session is not bound, or its cookie has
    /// no [`device_binding`](crate::SessionCookieBuilder::device_binding), that is [`Device::Unbound`].
    pub fn device(&self) -> Device {
        self.device
    }
}

impl<T: SessionData> SessionSlot<T> {
    /// Makes the response offer to bind the session to the browser's device (feature `device-binding`). Call it only where
    /// [`device_answer`](SessionCookie::device_answer) is asked before each request, as the adapters do.
    ///
    /// It is offered where a session starts, and on pages that are navigated to while it is unbound.
    pub fn offer_device(&self, request: &impl RequestHead) {
        if self.0.cookie.devices().is_some_and(Devices::offers) {
            let offer = if is_navigation(request) { Offer::Always } else { Offer::OnStart };
            self.lock().offer = offer;
        }
    }

    /// What becomes of the session that was found, by what its device has shown.
    pub(super) fn judge_device(&self, found: Found<T>, now: Timestamp) -> Found<T> {
        let (cookie, candidates) = (&self.0.cookie, &self.0.candidates);
        let Some(devices) = cookie.devices() else { return found };
        let Found::Present(mut current) = found else { return found };
        match devices.judge(&current.claims, candidates.proofs(), now) {
            Device::Stale if devices.refuses_stale() && !candidates.for_device => {
                Found::Refused(OpenError::StaleDevice)
            }
            Device::Unbound if cookie.is_noted(Fact::UnboundOver, &current.claims) => {
                Found::Refused(OpenError::Revoked)
            }
            device => {
                current.show(device);
                Found::Present(current)
            }
        }
    }

    /// The claims of the session that is there, and what its device has shown.
    fn shown(&self) -> Result<(Claims, Device), Refusal> {
        match &self.look().found {
            Found::Present(current) => Ok((current.claims.clone(), current.device)),
            Found::Refused(refusal) => Err(Refusal::Session(*refusal)),
            _ => Err(Refusal::NoSession),
        }
    }

    /// The lines that mark the session as bound, where it is not yet.
    fn mark(&self) -> Vec<String> {
        if let Found::Present(current) = &mut self.lock().found {
            current.show(Device::Fresh);
        }
        let mut head = Collected(Vec::new());
        // Nothing was asked for, so nothing fails.
        let _ = self.commit(&mut head);
        head.0
    }
}

impl<T> Current<T> {
    /// The session that starts in the place of one with this device.
    pub(super) fn with_device(mut self, device: Device) -> Self {
        self.device = device;
        self
    }

    /// Notes what the device has shown. One that came unmarked and with a proof is to be marked.
    fn show(&mut self, device: Device) {
        self.device = device;
        if device == Device::Fresh && !self.claims.bound {
            self.claims.bound = true;
            self.stale = true;
        }
    }
}

impl<T: SessionData> SessionCookie<T> {
    /// Whether this cookie's sessions are [bound](crate::SessionCookieBuilder::device_binding) to devices (feature `device-binding`).
    pub fn binds_devices(&self) -> bool {
        self.devices().is_some()
    }

    /// Answers what a browser asks about its device (feature `device-binding`): a registration, a refresh, and a page that the browser
    /// came to from elsewhere without proving its device, which is asked to load again, once.
    ///
    /// `None`: the request is another one. Ask before anything else is done with it, the check of where it comes from included; the
    /// adapters do. Nothing but a POST to one of two paths is answered, or the GET of a page.
    pub fn device_answer(&self, request: &impl RequestHead) -> Option<DeviceAnswer> {
        let devices = self.devices()?;
        match devices.place(request.path()) {
            Some(place) if request.method() == "POST" => Some(match place {
                Place::Register => self.register_device(request),
                Place::Refresh => self.refresh_device(request),
            }),
            _ => self.reload(devices, request),
        }
    }

    /// Answers a browser that registers a key for the session: the first of the two endpoints, for those who route themselves (feature
    /// `device-binding`).
    ///
    /// 200 with instructions, the first proof, and the session marked as bound; 403 for a registration that is refused, 503 where another
    /// node may take it. The reason is logged.
    pub fn register_device(&self, request: &impl RequestHead) -> DeviceAnswer {
        let Some(devices) = self.devices() else { return DeviceAnswer::empty(404) };
        match self.register(devices, request) {
            Ok(answer) => {
                log::device_bound(self.name());
                answer
            }
            Err(refusal) => {
                log::device_refused(self.name(), refusal.label());
                DeviceAnswer::empty(if is_ours_to_know(refusal) { 403 } else { 503 })
            }
        }
    }

    /// Answers a browser that proves its device again: the second endpoint (feature `device-binding`).
    ///
    /// 403 with a challenge, 200 with the next proof once it is signed; what was signed wrongly or too late gets another challenge.
    /// `"continue": false` where the session is over or another one, 401 for an identifier that we did not make, 503 where another node may
    /// know better. The reason is logged.
    pub fn refresh_device(&self, request: &impl RequestHead) -> DeviceAnswer {
        let Some(devices) = self.devices() else { return DeviceAnswer::empty(404) };
        match self.refresh(devices, request) {
            Ok(answer) => answer,
            Err(refusal) => {
                log::device_refused(self.name(), refusal.label());
                DeviceAnswer::empty(if is_ours_to_know(refusal) { 401 } else { 503 })
            }
        }
    }

    fn register(
        &self,
        devices: &Devices,
        request: &impl RequestHead,
    ) -> Result<DeviceAnswer, Refusal> {
        let text = one_line(request, "secure-session-response", Jwt::LONGEST)?;
        let text = text.ok_or(Refusal::Missing)?;
        let now = self.now();
        let jwt = Jwt::read(&text)?;
        // What is cheap comes first: no signature is verified for whoever has no challenge and no session.
        let asked = devices.open_challenge(jwt.challenge(), Asked::Register, now)?;
        let slot = self.slot_for_device(request);
        let (claims, device) = slot.shown()?;
        if device != Device::Unbound || self.is_noted(Fact::Registered, &claims) {
            return Err(Refusal::Bound);
        }
        if claims.session_id != asked {
            return Err(Refusal::OtherSession);
        }
        let key = jwt.registers()?;
        let end = self.over(&claims);
        let identifier = devices.identifier(&claims, key, end, now);
        let identifier = identifier.map_err(|_| Refusal::Unsealed)?;
        let proof = devices.proof(claims.session_id, now).map_err(|_| Refusal::Unsealed)?;
        self.note(Fact::Registered, &claims);
        let answer = DeviceAnswer::empty(200)
            .with_body("application/json", devices.instructions(&identifier))
            .with("set-cookie", proof.into_string());
        Ok(slot.mark().into_iter().fold(answer, |answer, line| answer.with("set-cookie", line)))
    }

    fn refresh(
        &self,
        devices: &Devices,
        request: &impl RequestHead,
    ) -> Result<DeviceAnswer, Refusal> {
        const LONGEST: usize = 512;
        let name = one_line(request, "sec-secure-session-id", LONGEST)?.ok_or(Refusal::Missing)?;
        let now = self.now();
        let slot = self.slot_for_device(request);
        let identifier = match devices.open_identifier(&name, now) {
            // Nobody needs it: the session is over, or does without.
            Err(refusal @ Refusal::Identifier(error)) if error.may_be_good_elsewhere() => {
                let is_needed = !matches!(slot.shown(), Err(Refusal::NoSession))
                    && !matches!(slot.shown(), Ok((_, Device::Unbound | Device::Fresh)));
                return Err(if is_needed { refusal } else { Refusal::NoSession });
            }
            identifier => identifier?,
        };
        let over = |refusal: Refusal| {
            log::device_ended(self.name(), refusal.label());
            let name = String::from_utf8_lossy(&name);
            let body = serde_json::json!({ "session_identifier": name, "continue": false });
            DeviceAnswer::empty(200).with_body("application/json", body.to_string())
        };
        let (claims, _) = match slot.shown() {
            Ok(shown) => shown,
            Err(refusal) if is_over(refusal) => return Ok(over(refusal)),
            Err(refusal) => return Err(refusal),
        };
        if claims.session_id.binding() != identifier.session.binding() {
            return Ok(over(Refusal::OtherSession));
        }
        let proved = self.proved(devices, request, &identifier.key, &name, now);
        let is_proved = proved.unwrap_or_else(|refusal| {
            log::device_refused(self.name(), refusal.label());
            false
        });
        if !is_proved {
            let challenge = devices.challenge(identifier.session, Asked::Refresh(&name), now);
            let challenge = challenge.map_err(|_| Refusal::Unsealed)?;
            let name = String::from_utf8_lossy(&name);
            let again = format!("\"{challenge}\";id=\"{name}\"");
            return Ok(DeviceAnswer::empty(403).with("secure-session-challenge", again));
        }
        let proof = devices.proof(claims.session_id, now).map_err(|_| Refusal::Unsealed)?;
        let answer = DeviceAnswer::empty(200).with("set-cookie", proof.into_string());
        if claims.bound {
            // A page that polls must not keep the session alive.
            slot.no_refresh();
        }
        let lines = slot.mark();
        self.note(Fact::UnboundOver, &claims);
        log::device_proved(self.name());
        Ok(lines.into_iter().fold(answer, |answer, line| answer.with("set-cookie", line)))
    }

    /// Whether the request proves that it comes from the device with this key. Without a proof it does not, which is how each refresh
    /// begins.
    fn proved(
        &self,
        devices: &Devices,
        request: &impl RequestHead,
        key: &crate::crypto::DeviceKey,
        name: &[u8],
        now: Timestamp,
    ) -> Result<bool, Refusal> {
        let Some(text) = one_line(request, "secure-session-response", Jwt::LONGEST)? else {
            return Ok(false);
        };
        let jwt = Jwt::read(&text)?;
        devices.open_challenge(jwt.challenge(), Asked::Refresh(name), now)?;
        jwt.refreshes(key)?;
        Ok(true)
    }

    /// The page that loads again where a bound session came without a proof: browsers do not prove their device where another site's link
    /// leads here, and do for a page of our own. A cookie remembers for seconds that it was tried.
    fn reload(&self, devices: &Devices, request: &impl RequestHead) -> Option<DeviceAnswer> {
        if !devices.refuses_stale() || !is_navigation(request) {
            return None;
        }
        let slot = self.slot_for(request, false);
        let mut has_reloaded = false;
        request.lines("cookie", &mut |line| has_reloaded |= devices.has_reloaded(line));
        let candidates = &slot.0.candidates;
        // While the browser has a proof it asks for none.
        if has_reloaded || candidates.proofs().next().is_some() || candidates.is_empty() {
            return None;
        }
        if !matches!(slot.look().found, Found::Refused(OpenError::StaleDevice)) {
            return None;
        }
        let page = "<!doctype html><title>…</title>".to_owned();
        Some(
            DeviceAnswer::empty(200)
                .with_body("text/html; charset=utf-8", page)
                .with("refresh", "0")
                .with("set-cookie", devices.reloads().into_string()),
        )
    }

    fn slot_for_device(&self, request: &impl RequestHead) -> SessionSlot<T> {
        self.slot_for(request, true)
    }

    fn slot_for(&self, request: &impl RequestHead, for_device: bool) -> SessionSlot<T> {
        let mut candidates = Candidates::default();
        candidates.for_device = for_device;
        request.lines("cookie", &mut |line| candidates.read(line, self));
        self.slot_of(candidates)
    }
}

impl<T: SessionData> Outcome<'_, T> {
    /// Removes a proof that no session has any more, and offers an unbound session's browser to bind it.
    pub(super) fn write_device(
        &self,
        written: Written,
        cookie: &SessionCookie<T>,
        head: &mut impl ResponseHead,
        now: Timestamp,
    ) {
        let Some(devices) = cookie.devices() else { return };
        let Written { ended, is_set, shared } = written;
        let starts = self.current.as_ref().is_some_and(|current| current.arrived.is_none());
        let unbound = self.current.as_ref().filter(|current| current.device == Device::Unbound);
        let is_new = starts && unbound.is_some() && is_set;
        if (ended || is_new) && self.candidates.proofs().next().is_some() {
            head.append("set-cookie", devices.proof_removal().as_str());
        }
        let Some(current) = unbound else { return };
        let renewed = current.renewed_from().is_some();
        let is_there = is_set || (self.moved.is_none() && !renewed);
        let asked = self.offer == Offer::Always
            || (self.offer == Offer::OnStart && is_set && (starts || renewed));
        if !asked || !is_there || shared || cookie.says_nothing(&current.data) {
            return;
        }
        if let Ok(offer) = devices.offer(current.claims.session_id, now) {
            head.append("secure-session-registration", &offer);
        }
    }
}

/// Whether another node would say the same.
fn is_ours_to_know(refusal: Refusal) -> bool {
    match refusal {
        Refusal::Unsealed | Refusal::Session(OpenError::Revoked | OpenError::Ambiguous) => false,
        Refusal::Challenge(error) | Refusal::Identifier(error) | Refusal::Session(error) => {
            !error.may_be_good_elsewhere()
        }
        Refusal::Missing
        | Refusal::Doubled
        | Refusal::TooLong
        | Refusal::Malformed
        | Refusal::OtherAlgorithm
        | Refusal::WrongForm
        | Refusal::BadKey
        | Refusal::BadSignature
        | Refusal::OtherChallenge
        | Refusal::NoSession
        | Refusal::OtherSession
        | Refusal::Bound => true,
    }
}

/// Whether the request's session is over for good. A hook that refuses it may be out of touch.
fn is_over(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::NoSession | Refusal::Session(OpenError::Expired { .. }))
}

/// Whether a browser asks for a page in a tab.
fn is_navigation(request: &impl RequestHead) -> bool {
    let is = |name, value: &[u8]| {
        let mut found = false;
        request.lines(name, &mut |line| found |= line == value);
        found
    };
    request.method() == "GET"
        && is("sec-fetch-mode", b"navigate")
        && is("sec-fetch-dest", b"document")
}
