//! The settings of log-in flows, checked once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{IN_NAME, Inner, LoginFlows, ReturnPaths};
use crate::claims::Timeouts;
use crate::cookie::{Attributes, NAME_VALUE_LIMIT, SameSite, Template};
use crate::error::{Problem, SetupError};
use crate::purpose::Purpose;
use crate::sealer::Settings;
use crate::site::Site;
use crate::time::MINUTE;

const TEN_MINUTES: Duration = MINUTE.saturating_mul(10);

/// Settings for [`LoginFlows`]; [`Application::login_flows`](crate::Application::login_flows) returns it.
#[must_use = "a builder does nothing until `build`"]
pub struct LoginFlowsBuilder {
    site: Arc<Site>,
    prefix: Option<String>,
    attributes: Attributes,
    return_to: Vec<String>,
    issuers: Vec<(String, RequireIss)>,
    lifetime: Duration,
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
            site,
            prefix: None,
            attributes: Attributes::default(),
            return_to: vec!["/".to_owned()],
            issuers: Vec::new(),
            lifetime: TEN_MINUTES,
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
        self.lifetime = lifetime;
        self
    }

    /// Sends the flows' cookies on all cross-site requests (SameSite=None). Use it for providers that you ask with
    /// `response_mode=form_post`: their page posts the callback from another site, and browsers add no SameSite=Lax cookie to a
    /// cross-site POST. The state protects the callback as before.
    pub fn form_post(mut self) -> Self {
        self.attributes.same_site = SameSite::None;
        self
    }

    /// Sets how the names of the flows' cookies start; eight characters follow. Default: `__Host-shop~login-` for the application
    /// `shop`, and without `__Host-` under [`danger_plain_http`](Self::danger_plain_http).
    ///
    /// Without `__Host-`, a page on a sibling host can plant a flow, and so log a visitor in as somebody else. Do not give any
    /// other cookie such a name: it would be taken for an old flow, and removed.
    pub fn cookie_prefix(mut self, prefix: &str) -> Self {
        self.prefix = Some(prefix.to_owned());
        self
    }

    /// Omits Secure, and `__Host-` from the default names, because browsers require Secure with it.
    ///
    /// # Warning
    /// Anyone on the path of a single plain-HTTP request can plant a flow, and so log a visitor in as somebody else.
    pub fn danger_plain_http(mut self) -> Self {
        self.attributes.secure = false;
        self
    }

    /// Checks the settings and takes the names of the flows' cookies: build it once, and clone it.
    ///
    /// # Errors
    /// There is no issuer, or one is repeated; a prefix or path is not valid; the lifetime is under a second; or this is a second
    /// `build` with the same prefix.
    pub fn build(self) -> Result<LoginFlows, SetupError> {
        let Self { site, attributes, issuers, .. } = self;
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
        let default_prefix = || format!("{}-", site.cookie_name("login", attributes.secure));
        let prefix = self.prefix.unwrap_or_else(default_prefix);
        let template = Template::new(&prefix, &attributes)?;
        let whole_name = format!("{prefix}{}", "x".repeat(IN_NAME));
        let overhead = Template::new(&whole_name, &attributes)?.overhead(true);
        let settings = Settings {
            standard: Timeouts { idle: self.lifetime, absolute: self.lifetime },
            remembered: None,
            limit: NAME_VALUE_LIMIT.saturating_sub(overhead),
            ..Settings::default()
        };
        let purpose = Purpose::cookie(&site.name, &prefix)?;
        let sealer = settings.build(site.keys.clone(), purpose, site.leeway)?;
        let return_paths = ReturnPaths::new(&self.return_to)?;
        site.take_prefix(&prefix)?;
        let clock = Arc::clone(&site.clock);
        Ok(LoginFlows(Arc::new(Inner { sealer, template, return_paths, issuers, clock })))
    }
}

impl fmt::Debug for LoginFlowsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { site, prefix, return_to, .. } = self;
        f.debug_struct("LoginFlowsBuilder")
            .field("application", &site.name)
            .field("cookie_prefix", prefix)
            .field("return_to", return_to)
            .finish_non_exhaustive()
    }
}
