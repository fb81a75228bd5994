//! The settings of log-in flows, checked once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{Inner, LoginFlows, ReturnPaths, Sealed};
use crate::ceremony::CeremonyBuilder;
use crate::cookie::SameSite;
use crate::error::{Problem, SetupError};
use crate::site::Site;

/// Settings for [`LoginFlows`]; [`Application::login_flows`](crate::Application::login_flows) returns it.
#[must_use = "a builder does nothing until `build`"]
pub struct LoginFlowsBuilder {
    ceremony: CeremonyBuilder<Sealed>,
    return_to: Vec<String>,
    issuers: Vec<(String, RequireIss)>,
}

/// Whether a provider's callbacks must name the provider (RFC 9207 section 2.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequireIss {
    /// They carry `iss`, as the provider's metadata says in `authorization_response_iss_parameter_supported`. A callback without
    /// it is refused.
    Yes,
    /// They may omit it. A wrong one is refused in any case.
    No,
}

impl LoginFlowsBuilder {
    pub(crate) fn new(site: Arc<Site>) -> Self {
        Self {
            ceremony: CeremonyBuilder::new(site, "login").schema(0),
            return_to: vec!["/".to_owned()],
            issuers: Vec::new(),
        }
    }

    /// Declares a provider by its issuer identifier, spelled as in its metadata (`https://id.example`), and whether its callbacks
    /// must name it. Call it once for each provider; you need at least one.
    pub fn issuer(mut self, issuer: impl Into<String>, require_iss: RequireIss) -> Self {
        self.issuers.push((issuer.into(), require_iss));
        self
    }

    /// Sets the paths on this site that flows may return to. Default: only `/`.
    ///
    /// `/cart` is that path, `/account/*` everything below `/account/`, `/*` every path; each with any query. A path is refused
    /// if browsers, proxies and routers might read it differently: if it has an empty segment, a segment that starts with a dot,
    /// a character that is not allowed in an address, or a slash, backslash, dot, percent sign or control character in
    /// percent-encoding. It is also refused if it is longer than 1024 bytes with its query.
    pub fn return_to<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.return_to = paths.into_iter().map(Into::into).collect();
        self
    }

    /// Sets how long a visitor may take at the provider, in whole seconds. Default: ten minutes.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.ceremony = self.ceremony.lifetime(lifetime);
        self
    }

    /// Sends the flows' cookies on all cross-site requests (SameSite=None). Use it for providers that you ask with
    /// `response_mode=form_post`: their page posts the callback from another site, and browsers add no SameSite=Lax cookie to a
    /// cross-site POST. The state protects the callback as before.
    pub fn form_post(mut self) -> Self {
        self.ceremony = self.ceremony.same_site(SameSite::None);
        self
    }

    /// Sets how the names of the flows' cookies start; eight characters follow. Default: `__Host-shop~login-` for the application
    /// `shop`, and without `__Host-` under [`danger_plain_http`](Self::danger_plain_http).
    ///
    /// Without `__Host-`, a page on a sibling host can plant a flow, and so log a visitor in as somebody else. Do not give any
    /// other cookie such a name: it would be taken for an old flow, and removed.
    pub fn cookie_prefix(mut self, prefix: &str) -> Self {
        self.ceremony = self.ceremony.cookie_prefix(prefix);
        self
    }

    /// Omits Secure, and `__Host-` from the default names, because browsers require Secure with it.
    ///
    /// # Warning
    /// Anyone on the path of a single plain-HTTP request can plant a flow, and so log a visitor in as somebody else.
    pub fn danger_plain_http(mut self) -> Self {
        self.ceremony = self.ceremony.danger_plain_http();
        self
    }

    /// Checks the settings and takes the names of the flows' cookies: build it once, and clone it.
    ///
    /// # Errors
    /// There is no issuer, or one is repeated; a prefix or path is not valid; the lifetime is under a second; or this is a second
    /// `build` with the same prefix.
    pub fn build(self) -> Result<LoginFlows, SetupError> {
        let Self { ceremony, return_to, issuers } = self;
        if issuers.is_empty() {
            return Err(Problem::NoIssuer.into());
        }
        for (index, (issuer, _)) in issuers.iter().enumerate() {
            let is_url = ["https://", "http://"]
                .iter()
                .any(|scheme| issuer.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
            if !is_url {
                return Err(Problem::Issuer { issuer: issuer.clone() }.into());
            }
            if issuers[..index].iter().any(|(other, _)| other == issuer) {
                return Err(Problem::IssuerTwice { issuer: issuer.clone() }.into());
            }
        }
        let return_paths = ReturnPaths::new(&return_to)?;
        Ok(LoginFlows(Arc::new(Inner { ceremony: ceremony.build()?, return_paths, issuers })))
    }
}

impl fmt::Debug for LoginFlowsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ceremony, return_to, .. } = self;
        f.debug_struct("LoginFlowsBuilder")
            .field("ceremony", ceremony)
            .field("return_to", return_to)
            .finish_non_exhaustive()
    }
}
