//! The settings of log-in flows, checked once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::{IN_NAME, Inner, LoginFlows, ReturnPaths};
use crate::claims::Lifetime;
use crate::cookie::{Attributes, NAME_VALUE_LIMIT, SameSite, Template};
use crate::error::ConfigError;
use crate::key::Purpose;
use crate::keyring::RingHandle;
use crate::sealer::Sealer;
use crate::time::{Clock, SystemClock};

const DEFAULT_PREFIX: &str = "__Host-login-";
const TEN_MINUTES: Duration = Duration::from_secs(600);

/// Settings of [`LoginFlows`]; made by [`LoginFlows::builder`].
#[must_use = "a builder does nothing until `build`"]
pub struct LoginFlowsBuilder {
    app: String,
    ring: RingHandle,
    prefix: String,
    attributes: Attributes,
    return_to: Vec<String>,
    iss_required: Vec<String>,
    lifetime: Duration,
    clock: Arc<dyn Clock>,
}

impl LoginFlowsBuilder {
    pub(super) fn new(app: &str, ring: RingHandle) -> Self {
        Self {
            app: app.to_owned(),
            ring,
            prefix: DEFAULT_PREFIX.to_owned(),
            attributes: Attributes::default(),
            return_to: vec!["/".to_owned()],
            iss_required: Vec::new(),
            lifetime: TEN_MINUTES,
            clock: Arc::new(SystemClock),
        }
    }

    /// The paths of this site that flows may return to. Default: `/` alone.
    ///
    /// `/cart` is that path, `/account/*` whatever lies below `/account/`, `/*` every path; each with any query. A path is refused that
    /// browsers, proxies and routers might read differently: with an empty segment, a segment that starts with a dot, a character that
    /// no address holds, or a slash, backslash, dot, percent sign or control character in percent-encoding; and one that is longer than
    /// 1024 octets with its query.
    pub fn return_to<P: Into<String>>(mut self, paths: impl IntoIterator<Item = P>) -> Self {
        self.return_to = paths.into_iter().map(Into::into).collect();
        self
    }

    /// Issuers whose callbacks always carry `iss`, as their metadata says in `authorization_response_iss_parameter_supported`: without it
    /// their callbacks are refused (RFC 9207 section 2.4). Others may leave it out; a wrong one is refused in any case. Default: none.
    pub fn require_iss<I: Into<String>>(mut self, issuers: impl IntoIterator<Item = I>) -> Self {
        self.iss_required = issuers.into_iter().map(Into::into).collect();
        self
    }

    /// How long a visitor may take at the provider, in whole seconds. Default: ten minutes.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Send the flows' cookies on all cross-site requests (SameSite=None), for providers asked with `response_mode=form_post`: their page
    /// posts the callback from another site, and to a cross-site POST browsers add no SameSite=Lax cookie. The state protects the callback as before.
    pub fn form_post(mut self) -> Self {
        self.attributes.same_site = SameSite::None;
        self
    }

    /// What the names of the flows' cookies start with; eight characters follow. Default: `__Host-login-`. Without `__Host-`, a page of a
    /// sibling host can plant a flow of its own, and log a visitor in as somebody else. Give no other cookie such a name: it would be taken for
    /// an old flow, and removed.
    pub fn cookie_prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.to_owned();
        self
    }

    /// Leaves Secure out.
    ///
    /// # Warning
    /// Whoever is on the path of one plain-HTTP request can plant a flow of their own, and log a visitor in as somebody else. Needs a
    /// [`cookie_prefix`](Self::cookie_prefix) without `__Host-`.
    pub fn danger_plain_http(mut self) -> Self {
        self.attributes.secure = false;
        self
    }

    /// What the time is read from. Default: the operating system.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// A name, prefix or path that cannot be; a lifetime under a second.
    pub fn build(self) -> Result<LoginFlows, ConfigError> {
        let whole_name = format!("{}{}", self.prefix, "x".repeat(IN_NAME));
        let overhead = Template::new(&whole_name, &self.attributes)?.overhead(true);
        let purpose = Purpose::cookie(&self.app, &self.prefix)?;
        let lifetime = Lifetime { idle: self.lifetime, absolute: self.lifetime };
        let sealer = Sealer::builder(self.ring, purpose)
            .lifetime(lifetime)
            .remembered(None)
            .limit(NAME_VALUE_LIMIT.saturating_sub(overhead))
            .build()?;
        Ok(LoginFlows(Arc::new(Inner {
            sealer,
            template: Template::new(&self.prefix, &self.attributes)?,
            return_paths: ReturnPaths::new(&self.return_to)?,
            iss_required: self.iss_required,
            clock: self.clock,
        })))
    }
}

impl fmt::Debug for LoginFlowsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { app, prefix, return_to, .. } = self;
        f.debug_struct("LoginFlowsBuilder")
            .field("app", app)
            .field("cookie_prefix", prefix)
            .field("return_to", return_to)
            .finish_non_exhaustive()
    }
}
