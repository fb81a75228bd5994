//! A session cookie's settings, checked once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Inner, Migration, Revocation, SessionCookie};
use crate::claims::{Claims, Lifetime};
use crate::cookie::{Attributes, SameSite, Scope, Template, check_scope};
use crate::csrf::CsrfTokens;
use crate::error::ConfigError;
use crate::key::Purpose;
use crate::keyring::RingHandle;
use crate::payload::Codec;
use crate::sealer::{Sealer, SealerBuilder};
use crate::time::{Clock, SystemClock, Timestamp};

const DEFAULT_NAME: &str = "__Host-session";
const SCHEMAS: u32 = 1 << 24;

/// Settings of a [`SessionCookie`]; made by [`SessionCookie::builder`].
#[must_use = "a builder does nothing until `build`"]
pub struct SessionCookieBuilder<T> {
    app: String,
    ring: RingHandle,
    name: String,
    attributes: Attributes,
    former: Vec<Scope>,
    /// Settings that are the sealer's own, kept until the purpose is known.
    sealer: Vec<fn(SealerBuilder) -> SealerBuilder>,
    lifetime: Lifetime,
    remembered: Option<Lifetime>,
    leeway: Option<Duration>,
    pad: usize,
    persistent: bool,
    whole_line: bool,
    codec: Codec,
    schema: u32,
    migrations: Vec<Migration<T>>,
    ends_by: Option<super::EndsBy<T>>,
    removed_when: Option<fn(&T) -> bool>,
    revocation: Option<Arc<dyn Revocation<T>>>,
    clock: Arc<dyn Clock>,
}

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> SessionCookieBuilder<T> {
    pub(super) fn new(app: &str, ring: RingHandle) -> Self {
        Self {
            app: app.to_owned(),
            ring,
            name: DEFAULT_NAME.to_owned(),
            attributes: Attributes::default(),
            former: Vec::new(),
            sealer: Vec::new(),
            lifetime: Lifetime::STANDARD,
            remembered: Some(Lifetime::REMEMBERED),
            leeway: None,
            pad: 1,
            persistent: false,
            whole_line: true,
            codec: Codec::default(),
            schema: 0,
            migrations: Vec::new(),
            ends_by: None,
            removed_when: None,
            revocation: None,
            clock: Arc::new(SystemClock),
        }
    }

    /// The cookie's name. Default: `__Host-session`, which no other host and no plain-HTTP page can set.
    ///
    /// Give each session cookie of an application a name of its own: two of one name are one cookie to the browser and have one key, so what
    /// was sealed as one type would open as the other wherever it happens to decode.
    pub fn name(mut self, name: &str) -> Self {
        self.name = name.to_owned();
        self
    }

    /// How long standard sessions last. Default: [`Lifetime::STANDARD`].
    pub fn lifetime(mut self, lifetime: Lifetime) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// How long remembered sessions last; `None` switches the class off. Default: [`Lifetime::REMEMBERED`].
    pub fn remembered(mut self, lifetime: impl Into<Option<Lifetime>>) -> Self {
        self.remembered = lifetime.into();
        self
    }

    /// How far another node's clock may be ahead, in whole seconds. Default: 60 s.
    pub fn leeway(mut self, leeway: Duration) -> Self {
        self.leeway = Some(leeway);
        self
    }

    /// Give standard sessions a Max-Age too, so that they survive the browser's restart. Default: they do not.
    pub fn persistent(mut self) -> Self {
        self.persistent = true;
        self
    }

    /// Ends some sessions earlier than their class would: whatever moment this gives is the latest end that a cookie sealed
    /// with this data is stamped with. It is asked at every sealing, so a refresh keeps to it, and at opening, for whether one would help.
    ///
    /// ```
    /// # use hardtack::{Key, SessionCookie};
    /// # use std::time::Duration;
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct User { kiosk: bool }
    ///
    /// let quarter = Duration::from_secs(15 * 60);
    /// SessionCookie::<User>::builder("shop", Key::generate()?)
    ///     .ends_by(move |user, claims| user.kiosk.then(|| claims.created() + quarter))
    ///     .build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ends_by(
        mut self,
        ends_by: impl Fn(&T, &Claims) -> Option<Timestamp> + Send + Sync + 'static,
    ) -> Self {
        self.ends_by = Some(Box::new(ends_by));
        self
    }

    /// How data becomes octets. Default: postcard. A change takes a new [`schema`](Self::schema) number.
    pub fn codec(mut self, codec: Codec) -> Self {
        self.codec = codec;
        self
    }

    /// The number of T's present shape, under 2^24. Default: 0.
    ///
    /// postcard cannot see that two fields were swapped or a variant was removed: raise the number with every change to T,
    /// and register the old shape with [`migrate`](Self::migrate). Feature `testing` has `assert_shape`, which notices.
    pub fn schema(mut self, number: u32) -> Self {
        self.schema = number;
        self
    }

    /// Reads sessions of another schema number: decodes `Old` with `codec`, the one *that number* was written with, and makes
    /// a T of it. Older numbers are then sealed anew at the first response. In a fleet, readers go first: give every node the reader
    /// of a new number before any node writes it. A node that reads a newer number than it writes refreshes no such session, so as
    /// not to lose what its own shape has no field for; a change that is asked for is written in its own shape.
    pub fn migrate<Old: DeserializeOwned + 'static>(
        mut self,
        number: u32,
        codec: Codec,
        into: impl Fn(Old) -> T + Send + Sync + 'static,
    ) -> Self {
        let read = move |octets: &[u8]| codec.decode::<Old>(octets).map(&into);
        self.migrations.push(Migration { schema: number, read: Box::new(read) });
        self
    }

    /// Sign instead of encrypting: whoever holds the cookie reads the session.
    pub fn signed(mut self) -> Self {
        self.sealer.push(SealerBuilder::signed);
        self
    }

    /// Pad to a multiple of `octets`, so that the cookie's length tells less. Default: 1, no padding.
    pub fn pad(mut self, octets: usize) -> Self {
        self.pad = octets;
        self
    }

    /// Draw every nonce from the operating system; see [`SealerBuilder::os_nonces`].
    pub fn os_nonces(mut self) -> Self {
        self.sealer.push(SealerBuilder::os_nonces);
        self
    }

    /// On which cross-site requests browsers send the cookie. Default: [`SameSite::Lax`].
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.attributes.same_site = same_site;
        self
    }

    /// Share the cookie with all hosts under `domain`, each of which can then read and replace it; needs a name without `__Host-`.
    pub fn domain(mut self, domain: &str) -> Self {
        self.attributes.scope.domain = Some(domain.to_owned());
        self
    }

    /// Send the cookie below `path` only; needs a name without `__Host-`. No protection: pages of one host reach each other.
    pub fn path(mut self, path: &str) -> Self {
        self.attributes.scope.path = path.to_owned();
        self
    }

    /// Keep a separate cookie for each top-level site that embeds this one (CHIPS).
    pub fn partitioned(mut self) -> Self {
        self.attributes.scope.partitioned = true;
        self
    }

    /// A scope that this cookie, under the same name, once had. Sealing, ending and ambiguity remove what is left there, so that
    /// moving the cookie does not lock out those who still hold the old one beside the new.
    pub fn formerly(mut self, path: &str, domain: Option<&str>, partitioned: bool) -> Self {
        let domain = domain.map(str::to_owned);
        self.former.push(Scope { path: path.to_owned(), domain, partitioned });
        self
    }

    /// Hold name and value alone to 4096 octets, as RFC 6265bis does; by default the whole `Set-Cookie` value is, because some
    /// servers, proxies and older browsers count it so.
    pub fn limit_name_and_value_only(mut self) -> Self {
        self.whole_line = false;
        self
    }

    /// Data that says nothing: where it would be sealed, the cookie is removed instead. Unlike an end, that waits for a response without a
    /// server error.
    pub(crate) fn removed_when(mut self, says_nothing: fn(&T) -> bool) -> Self {
        self.removed_when = Some(says_nothing);
        self
    }

    /// What can end sessions on the server, say a [`Denylist`](crate::Denylist).
    pub fn revocation(mut self, hook: impl Revocation<T>) -> Self {
        self.revocation = Some(Arc::new(hook));
        self
    }

    /// What slots read the time from. Default: the operating system. A [`Denylist`](crate::Denylist) has a clock of its own: give both the
    /// same.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Leaves Secure out.
    ///
    /// # Warning
    /// Whoever is on the path of one plain-HTTP request takes the session over. Chromium and Firefox accept Secure cookies on
    /// `http://localhost` for development (Safari does not); this is for what cannot have TLS. Needs a name without a prefix.
    pub fn danger_plain_http(mut self) -> Self {
        self.attributes.secure = false;
        self
    }

    /// Leaves HttpOnly out.
    ///
    /// # Warning
    /// Any script that runs in the page takes the session away with it, instead of only using it while it runs.
    pub fn danger_script_readable(mut self) -> Self {
        self.attributes.http_only = false;
        self
    }

    /// Checks the settings.
    ///
    /// # Errors
    /// [`ConfigError`] says which setting is in the way of which, and what to change.
    pub fn build(self) -> Result<SessionCookie<T>, ConfigError> {
        let template = Template::new(&self.name, &self.attributes)?;
        let former = self.former_templates()?;
        if self.schema >= SCHEMAS || self.migrations.iter().any(|m| m.schema >= SCHEMAS) {
            return Err(ConfigError::Schema);
        }
        let mut readers: Vec<_> = self.migrations.iter().map(|m| m.schema).collect();
        readers.push(self.schema);
        readers.sort_unstable();
        if readers.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(ConfigError::DuplicateMigration);
        }
        let purpose = Purpose::cookie(&self.app, &self.name)?;
        let csrf = CsrfTokens::new(self.ring.clone(), purpose.clone());
        let mut sealer = Sealer::builder(self.ring, purpose)
            .lifetime(self.lifetime)
            .remembered(self.remembered)
            .pad(self.pad);
        if let Some(leeway) = self.leeway {
            sealer = sealer.leeway(leeway);
        }
        for set in self.sealer {
            sealer = set(sealer);
        }
        let sealer = sealer.build()?;
        if let Some(hook) = &self.revocation {
            let policy = sealer.policy();
            hook.installed(
                Duration::from_secs(policy.longest()),
                Duration::from_secs(policy.leeway),
            );
        }
        Ok(SessionCookie(Arc::new(Inner {
            sealer,
            csrf,
            template,
            former,
            persistent: self.persistent,
            whole_line: self.whole_line,
            codec: self.codec,
            schema: self.schema,
            migrations: self.migrations,
            ends_by: self.ends_by,
            removed_when: self.removed_when,
            revocation: self.revocation,
            clock: self.clock,
        })))
    }

    fn former_templates(&self) -> Result<Vec<Template>, ConfigError> {
        let template = |scope: &Scope| {
            check_scope(scope)?;
            if scope.is_same_place(&self.attributes.scope) {
                return Err(ConfigError::FormerScope);
            }
            Template::new(
                &self.name,
                &Attributes { scope: scope.clone(), ..self.attributes.clone() },
            )
        };
        self.former.iter().map(template).collect()
    }
}

impl<T> fmt::Debug for SessionCookieBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (app, name) = (&self.app, &self.name);
        f.debug_struct("SessionCookieBuilder")
            .field("app", app)
            .field("name", name)
            .finish_non_exhaustive()
    }
}
