//! Log-in at an OAuth 2.0 or OpenID Connect provider: what the browser must bring back to the callback.
//!
//! State, nonce and PKCE verifier are sealed into a cookie for that one flow (RFC 9700). There is no HTTP client and no store,
//! and your application starts the session that follows. See [the guide](crate::guide::login#2-with-a-provider).

use std::fmt;
use std::sync::Arc;

use crate::claims::{Claims, Class};
use crate::cookie::{self, SetCookie, Template};
use crate::crypto::constant_time_eq;
pub use crate::error::LoginFlowError;
use crate::error::{OpenError, SealError};
use crate::payload::{Codec, Encoded};
use crate::sealer::{Line, Opened, SealFailure, Sealer};
use crate::time::{Clock, Timestamp};

mod builder;
mod flow;
mod open_flows;
mod return_path;
mod secret;

pub use builder::{LoginFlowsBuilder, RequireIss};
pub use flow::{FinishedFlow, LoginFlow};
use open_flows::OpenFlows;
use return_path::ReturnPaths;
use secret::Secret;

/// Characters of the state that are in the name of its cookie.
const IN_NAME: usize = 8;

/// Bytes of a state and of a nonce, 36 characters: 216 bits, of which 168 are not in the cookie's name. RFC 6749 section 10.10 asks for 160.
const STATE: usize = 27;
/// Bytes of a PKCE verifier, as RFC 7636 section 4.1 recommends. 43 characters.
const VERIFIER: usize = 32;

/// Log-in flows at OAuth 2.0 and OpenID Connect providers. Each has its own short-lived cookie with state, nonce, PKCE verifier,
/// issuer and return path. Flows in several tabs, and at several providers, are independent. Cheap to clone.
///
/// [`begin`](Self::begin) returns what the authorization request needs. [`finish`](Self::finish) accepts the callback only in the
/// browser that began the flow, once for each cookie, within ten minutes, and from the issuer that the flow began with.
///
/// ```
/// use hardtack::login::RequireIss;
/// use hardtack::{Application, Key};
///
/// let flows = Application::new("shop", Key::generate()?)?
///     .login_flows()
///     .issuer("https://id.example", RequireIss::Yes)
///     .return_to(["/", "/account/*"])
///     .build()?;
///
/// // GET /login?return_to=/account/orders
/// let flow = flows.begin([""], "https://id.example", "/account/orders")?;
/// let authorize = format!(
///     "https://id.example/auth?response_type=code&scope=openid&client_id=shop&redirect_uri=https%3A%2F%2Fshop.example%2Fcallback\
///      &state={}&nonce={}&code_challenge={}&code_challenge_method=S256",
///     flow.state(), flow.nonce(), flow.pkce_challenge(),
/// );
/// // A redirect to `authorize`, with each of `flow.set_cookies()` as a Set-Cookie line.
///
/// // GET /callback?code=…&state=…&iss=…
/// # let sent_back = flow.set_cookies().map(|line| format!("{}={}", line.name(), line.value())).collect::<String>();
/// # let (cookie_line, state, iss) = (sent_back.as_str(), flow.state(), "https://id.example");
/// let flow = flows.finish([cookie_line], state, Some(iss))?;
/// // Exchange the code at `flow.issuer()` with `flow.pkce_verifier()`, and check the ID token against `flow.nonce()`. Then start a
/// // *new* session, and answer with a redirect to `flow.return_to()` and `flow.removal()` as a Set-Cookie line.
/// assert_eq!((flow.issuer(), flow.return_to()), ("https://id.example", "/account/orders"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Always start a new session afterwards, with [`SessionSlot::start`](crate::SessionSlot::start). What the visitor held before
/// the log-in, which an attacker may have planted, must not become the session after it (session fixation).
///
/// A cookie that somebody copied before its removal opens again until its ten minutes are over. The provider must make sure that
/// the code in the callback works only once (RFC 6749 section 4.1.2).
pub struct LoginFlows(Arc<Inner>);

struct Inner {
    sealer: Sealer,
    /// The cookie without the end of its name.
    template: Template,
    return_paths: ReturnPaths,
    issuers: Vec<(String, RequireIss)>,
    clock: Arc<dyn Clock>,
}

/// What a flow's cookie holds.
struct Contents {
    state: Secret<STATE>,
    nonce: Secret<STATE>,
    verifier: Secret<VERIFIER>,
    issuer: String,
    return_to: String,
}

impl LoginFlows {
    /// Begins a flow at the provider `issuer` that returns to `return_to`, a path on this site with or without a query. Pass all
    /// of the request's `Cookie` header lines, as bytes.
    ///
    /// `issuer` must be one that you [declared](LoginFlowsBuilder::issuer), never one from the request. A browser holds at most
    /// five open flows, of 4096 bytes in total; the oldest ones beyond that are removed.
    ///
    /// # Errors
    /// [`LoginFlowError::ReturnPath`] if the path is not on the list. Your site does not link to such a page, so do not guess:
    /// answer 400, or ask [`may_return_to`](Self::may_return_to) first and choose another. [`LoginFlowError::UndeclaredIssuer`]
    /// if the issuer is not one that you declared, to the letter. [`LoginFlowError::Seal`] as in [`Sealer::seal`], and if the
    /// issuer does not fit into the cookie.
    pub fn begin<L: AsRef<[u8]>>(
        &self,
        cookie_lines: impl IntoIterator<Item = L>,
        issuer: &str,
        return_to: &str,
    ) -> Result<LoginFlow, LoginFlowError> {
        if !self.may_return_to(return_to) {
            return Err(LoginFlowError::ReturnPath);
        }
        if !self.0.issuers.iter().any(|(declared, _)| declared == issuer) {
            return Err(LoginFlowError::UndeclaredIssuer);
        }
        let contents = Contents {
            state: Secret::draw()?,
            nonce: Secret::draw()?,
            verifier: Secret::draw()?,
            issuer: issuer.to_owned(),
            return_to: return_to.to_owned(),
        };
        let now = self.0.clock.now();
        let set_cookie = self.seal(&contents, now)?;
        let mut open = OpenFlows::default();
        for line in cookie_lines {
            for (end, value) in cookie::values_by_prefix(line.as_ref(), self.0.template.name()) {
                let opened = || Some(self.open(value, now).ok()?.claims.issued());
                open.push(end, value.len(), opened);
            }
        }
        let surplus = open.surplus(set_cookie.value().len());
        let removals = surplus.map(|end| self.0.template.with_suffix(&end).removal());
        Ok(LoginFlow::new(&contents, removals.chain([set_cookie]).collect()))
    }

    /// Accepts a callback. `state` and `iss` are its parameters with those names, `cookie_lines` all of the request's `Cookie`
    /// header lines.
    ///
    /// If the provider refuses (`error=access_denied`), that also answers the flow: finish it first, then look at `error`.
    ///
    /// # Errors
    /// This browser has no such flow open, or the callback comes from another issuer: answer 400. Nothing is removed, so the
    /// right callback can still finish the flow.
    pub fn finish<L: AsRef<[u8]>>(
        &self,
        cookie_lines: impl IntoIterator<Item = L>,
        state: &str,
        iss: Option<&str>,
    ) -> Result<FinishedFlow, LoginFlowError> {
        let asked = Secret::<STATE>::read(state).ok_or(LoginFlowError::MalformedState)?;
        let template = self.0.template.with_suffix(name_end(state));
        let now = self.0.clock.now();
        let mut refusal = None;
        for line in cookie_lines {
            for value in cookie::values(line.as_ref(), template.name()) {
                match self.open(value, now).map(|opened| opened.data) {
                    Ok(contents) if constant_time_eq(contents.state.octets(), asked.octets()) => {
                        self.check_issuer(&contents.issuer, iss)?;
                        return Ok(FinishedFlow::new(contents, template.removal()));
                    }
                    // A cookie under another's name, whose first characters of state the callback has.
                    Ok(_) => refusal.get_or_insert(LoginFlowError::WrongState),
                    Err(error) => refusal.get_or_insert(LoginFlowError::Refused(error)),
                };
            }
        }
        Err(refusal.unwrap_or(LoginFlowError::NoFlow))
    }

    /// Whether [`begin`](Self::begin) accepts this path.
    pub fn may_return_to(&self, target: &str) -> bool {
        self.0.return_paths.allow(target)
    }

    /// RFC 9207 section 2.4: compared character by character; a provider that always sends it must not be answered for without it.
    fn check_issuer(&self, begun_with: &str, iss: Option<&str>) -> Result<(), LoginFlowError> {
        match iss {
            Some(iss) if iss == begun_with => Ok(()),
            Some(_) => Err(LoginFlowError::WrongIssuer),
            None => {
                let declared = self.0.issuers.iter().find(|(issuer, _)| issuer == begun_with);
                let may_be_silent = matches!(declared, Some((_, RequireIss::No)));
                if may_be_silent { Ok(()) } else { Err(LoginFlowError::NoIssuer) }
            }
        }
    }

    fn seal(&self, contents: &Contents, now: Timestamp) -> Result<SetCookie, SealError> {
        let Inner { sealer, template, .. } = &*self.0;
        let Contents { state, nonce, verifier, issuer, return_to } = contents;
        let fields = (state.octets(), nonce.octets(), verifier.octets(), issuer, return_to);
        let payload = Encoded { codec: Codec::Postcard, value: &fields };
        let template = template.with_suffix(name_end(&state.text()));
        let claims = sealer.new_claims(Class::Standard, now)?;
        let line = Line { front: template.front(), spare: template.spare(), limit: sealer.limit() };
        let (expires, text) = match sealer.seal_into(line, &claims, &payload, now) {
            Ok(done) => done,
            Err(SealFailure::Seal(error)) => return Err(error),
            // postcard carries bytes and strings always.
            Err(SealFailure::Encode) => return Err(SealError::TooLong { limit: sealer.limit() }),
        };
        let left = expires.as_secs().saturating_sub(now.as_secs());
        Ok(template.finish(text, Some(left)))
    }

    fn open(&self, token: &[u8], now: Timestamp) -> Result<Opened<Contents>, OpenError> {
        let read = |claims: &mut Claims, octets: &[u8]| {
            let found = claims.schema();
            if found != 0 {
                return Err(OpenError::UnknownShape { found, written: 0 });
            }
            let fields = Codec::Postcard.decode(octets).ok_or(OpenError::BadPayload)?;
            let (state, nonce, verifier, issuer, return_to): (_, _, _, String, String) = fields;
            let (state, nonce) = (Secret::new(state), Secret::new(nonce));
            Ok(Contents { state, nonce, verifier: Secret::new(verifier), issuer, return_to })
        };
        self.0.sealer.open_with(token, now, read)
    }
}

/// The part of a state that ends its cookie's name.
fn name_end(state: &str) -> &str {
    state.get(..IN_NAME).unwrap_or_default()
}

impl Clone for LoginFlows {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl fmt::Debug for LoginFlows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { template, return_paths, .. } = &*self.0;
        f.debug_struct("LoginFlows")
            .field("cookie", &template.name())
            .field("return_paths", return_paths)
            .finish_non_exhaustive()
    }
}
