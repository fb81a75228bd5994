//! Log-in at an OAuth 2.0 or OpenID Connect provider: what the browser must bring back to the callback.
//!
//! State, nonce and PKCE verifier are sealed into a cookie for that one flow (RFC 9700). There is no HTTP client and no store,
//! and your application starts the session that follows. See [the guide](crate::guide::login#2-with-a-provider).

use std::fmt;
use std::sync::Arc;

use crate::ceremony::{Ceremony, Secret};
use crate::error::{CeremonyError, SealError, SessionError};
pub use crate::error::{LoginFlowError, NotRecent};

mod builder;
mod flow;
mod proofs;
mod return_path;

pub use builder::{LoginFlowsBuilder, RequireIss};
pub use flow::{FinishedFlow, LoginFlow};
pub use proofs::{HasProofs, Proof, Proofs};
use return_path::ReturnPaths;

/// Bytes of a nonce, 36 characters: as many as the state has, which is the id of the flow's ceremony.
const NONCE: usize = 27;
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
    ceremony: Ceremony<Sealed>,
    return_paths: ReturnPaths,
    issuers: Vec<(String, RequireIss)>,
}

/// What a flow's cookie holds: nonce, verifier, issuer, path to return to. The state is the ceremony's id.
type Sealed = ([u8; NONCE], [u8; VERIFIER], String, String);

/// The same, with secrets that are wiped.
struct Contents {
    nonce: Secret<NONCE>,
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
    /// if the issuer is not one that you declared, to the letter. [`LoginFlowError::Seal`] as in [`Sealer::seal`](crate::token::Sealer::seal),
    /// and if the issuer does not fit into the cookie.
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
        let (nonce, verifier) = (Secret::draw()?, Secret::draw()?);
        let (issuer, return_to) = (issuer.to_owned(), return_to.to_owned());
        let sealed = (*nonce.bytes(), *verifier.bytes(), issuer, return_to);
        let begun = self.0.ceremony.begin_in(cookie_lines, None, &sealed)?;
        let (_, _, issuer, return_to) = sealed;
        Ok(LoginFlow::new(begun, &Contents { nonce, verifier, issuer, return_to }))
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
        let done = self.0.ceremony.finish_in(cookie_lines, None, state);
        let (sealed, removal) = done.map_err(|refused| refused.reason())?;
        let (nonce, verifier, issuer, return_to) = sealed;
        self.check_issuer(&issuer, iss)?;
        let (nonce, verifier) = (Secret::new(nonce), Secret::new(verifier));
        let contents = Contents { nonce, verifier, issuer, return_to };
        Ok(FinishedFlow::new(contents, removal.into_set_cookie()))
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
}

/// In the words of a flow. It takes part in no session, and seals what always encodes.
impl From<CeremonyError> for LoginFlowError {
    fn from(error: CeremonyError) -> Self {
        match error {
            CeremonyError::MalformedId => Self::MalformedState,
            CeremonyError::Refused(error) => Self::Refused(error),
            CeremonyError::WrongId => Self::WrongState,
            CeremonyError::Session(SessionError::Seal(error)) => Self::Seal(error),
            CeremonyError::Session(SessionError::TooLarge { limit, .. }) => {
                Self::Seal(SealError::TooLong { limit })
            }
            _ => Self::NoFlow,
        }
    }
}

impl Clone for LoginFlows {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl fmt::Debug for LoginFlows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { ceremony, return_paths, .. } = &*self.0;
        f.debug_struct("LoginFlows")
            .field("cookie", &ceremony.cookie_prefix())
            .field("return_paths", return_paths)
            .finish_non_exhaustive()
    }
}
