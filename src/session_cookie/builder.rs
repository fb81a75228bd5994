//! A session cookie's settings, checked once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;

#[cfg(feature = "device-binding")]
use super::device;
use super::predecessor::{self, Old};
use super::readers::{Readers, Written};
use super::sealing::Room;
use super::{Inner, Revocation, SessionCookie};
use crate::claims::{Claims, Timeouts};
use crate::cookie::{Attributes, SameSite, Scope, Template, check_scope};
use crate::crypto::NonceSource;
use crate::csrf::CsrfTokens;
use crate::error::{Problem, SetupError};
use crate::layout::Mode;
use crate::migrate::Predecessor;
use crate::payload::{Codec, SessionData};
use crate::purpose::Purpose;
use crate::sealer::Settings;
use crate::shape::Sample;
use crate::site::Site;
use crate::time::{DAY, Timestamp};

/// The longest that browsers keep a cookie (RFC 6265bis section 5.5).
const BROWSERS_KEEP: Duration = DAY.saturating_mul(400);

/// Settings for a [`SessionCookie`]; [`Application::session`](crate::Application::session) returns it.
#[must_use = "a builder does nothing until `build`"]
pub struct SessionCookieBuilder<T> {
    site: Arc<Site>,
    name: Option<String>,
    /// What the default name ends with, after `~`; empty for the session itself.
    what: &'static str,
    attributes: Attributes,
    former: Vec<Scope>,
    settings: Settings,
    persistent: bool,
    pub(super) whole_line: bool,
    pub(super) header_budget: Option<usize>,
    written: Written,
    readers: Readers<T>,
    expires_by: Option<super::ExpiresBy<T>>,
    removed_when: Option<fn(&T) -> bool>,
    pub(super) revocation: Option<Arc<dyn Revocation<T>>>,
    pub(super) predecessors: Vec<Predecessor<T>>,
    #[cfg(feature = "device-binding")]
    pub(super) binding: Option<crate::device::DeviceBinding>,
}

impl<T: SessionData> SessionCookieBuilder<T> {
    pub(crate) fn new(site: Arc<Site>, what: &'static str) -> Self {
        Self {
            site,
            name: None,
            what,
            attributes: Attributes::default(),
            former: Vec::new(),
            settings: Settings::default(),
            persistent: false,
            whole_line: true,
            header_budget: None,
            written: Written::default(),
            readers: Readers::default(),
            expires_by: None,
            removed_when: None,
            revocation: None,
            predecessors: Vec::new(),
            #[cfg(feature = "device-binding")]
            binding: None,
        }
    }

    /// Sets the cookie's name. Default: `__Host-` and the application's name, which no other host and no plain-HTTP page can set;
    /// with [`danger_plain_http`](Self::danger_plain_http) just the application's name.
    ///
    /// Give the application's second session type its own name, such as `__Host-shop~prefs`. The `~` keeps it apart from the
    /// default names of other applications on the same host.
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// Sets how long standard sessions last. Default: [`Timeouts::STANDARD`].
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.settings.standard = timeouts;
        self
    }

    /// Sets how long remembered sessions last; `None` switches the class off. Default: [`Timeouts::REMEMBERED`].
    ///
    /// Browsers keep no cookie for more than 400 days, so `idle` must not be longer.
    pub fn remember_me(mut self, timeouts: impl Into<Option<Timeouts>>) -> Self {
        self.settings.remembered = timeouts.into();
        self
    }

    /// Gives standard sessions a Max-Age too, so that they survive a restart of the browser. Default: they do not.
    pub fn persistent(mut self) -> Self {
        self.persistent = true;
        self
    }

    /// Ends some sessions earlier than their class would: a cookie with this data ends at the latest when `expires_by` says.
    ///
    /// It is called at every sealing, so refreshes respect it, and at opening, to decide whether a refresh would help.
    ///
    /// ```
    /// # use hardtack::{Application, Key, MINUTE};
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct User { kiosk: bool }
    ///
    /// let users = Application::new("shop", Key::generate()?)?
    ///     .session::<User>()
    ///     .expires_by(|user, claims| user.kiosk.then(|| claims.created() + 15 * MINUTE))
    ///     .build()?;
    /// # Ok::<(), hardtack::SetupError>(())
    /// ```
    pub fn expires_by(
        mut self,
        expires_by: impl Fn(&T, &Claims) -> Option<Timestamp> + Send + Sync + 'static,
    ) -> Self {
        self.expires_by = Some(Box::new(expires_by));
        self
    }

    /// Sets how data becomes bytes. Default: postcard.
    pub fn codec(mut self, codec: Codec) -> Self {
        self.written.codec = codec;
        self
    }

    /// Carries over the sessions of an earlier shape of `T`: keep the old type in the source, and convert it.
    ///
    /// A session carries the number of the shape that it was written with, so a changed `T` refuses its old sessions instead of
    /// misreading them. With this they go on. The old type's name does not matter; its fields and variants do.
    ///
    /// Keep it until the longest absolute timeout is over: a refresh seals the old bytes again, and only a change writes the new
    /// shape. See [the guide](crate::guide::shape).
    ///
    /// ```
    /// # use hardtack::{Application, Key};
    /// #[derive(serde::Serialize, serde::Deserialize)]
    /// struct User { id: u64, name: String, admin: bool }
    ///
    /// #[derive(serde::Deserialize)]
    /// struct UserV0 { id: u64, name: String }
    ///
    /// let users = Application::new("shop", Key::generate()?)?
    ///     .session::<User>()
    ///     .upgrade(|old: UserV0| User { id: old.id, name: old.name, admin: false })
    ///     .build()?;
    /// # Ok::<(), hardtack::SetupError>(())
    /// ```
    pub fn upgrade<Old: DeserializeOwned + 'static>(
        mut self,
        into: impl Fn(Old) -> T + Send + Sync + 'static,
    ) -> Self {
        self.readers.by_shape(move |old: Old| Some(into(old)));
        self
    }

    /// Like [`upgrade`](Self::upgrade), but `into` may refuse: a session for which it returns `None` is refused as
    /// [`BadPayload`](crate::OpenError::BadPayload).
    pub fn try_upgrade<Old: DeserializeOwned + 'static>(
        mut self,
        into: impl Fn(Old) -> Option<T> + Send + Sync + 'static,
    ) -> Self {
        self.readers.by_shape(into);
        self
    }

    /// Like [`upgrade`](Self::upgrade), with the `From` conversion that `T` has.
    pub fn upgrade_from<Old: DeserializeOwned + 'static>(self) -> Self
    where
        T: From<Old>,
    {
        self.upgrade(T::from)
    }

    /// Reads what the next release will write, so that no session is lost during the roll-out: first every node learns to read
    /// the new shape, then nodes begin to write it.
    ///
    /// A session of the new shape keeps it as long as this node only reads it. A change writes our own shape, and loses
    /// everything that has no field there.
    pub fn reads_newer<New: DeserializeOwned + 'static>(
        mut self,
        into: impl Fn(New) -> T + Send + Sync + 'static,
    ) -> Self {
        self.readers.by_shape(move |new: New| Some(into(new)));
        self
    }

    /// Carries over sessions that you numbered by hand or wrote as JSON: those with this number, read with `codec`. JSON sessions
    /// have number 0 unless you set [`schema`](Self::schema).
    pub fn upgrade_schema<Old: DeserializeOwned + 'static>(
        mut self,
        number: u32,
        codec: Codec,
        into: impl Fn(Old) -> T + Send + Sync + 'static,
    ) -> Self {
        self.readers.by_number(number, codec, into);
        self
    }

    /// Counts changes of meaning that the layout does not show: a unit, or the meaning of a number behind `serde_repr` or bit
    /// flags. Sessions of another revision are refused. Default: 0.
    ///
    /// [`upgrade`](Self::upgrade) reads revision 0 of the old type; [`upgrade_schema`](Self::upgrade_schema) reads any number.
    pub fn revision(mut self, revision: u32) -> Self {
        self.written.revision = revision;
        self
    }

    /// Gives the tracer a value whose texts and numbers `T`'s parsers accept, for fields that are validated as they are read
    /// (`try_from = "String"`, checksummed ids). Its meaning does not matter. Its texts stay in memory, so make them up.
    pub fn sample(mut self, value: T) -> Self {
        self.written.sample = Some(Sample::of(&value));
        self
    }

    /// Numbers `T`'s shape by hand, under 2^24, instead of tracing it. Raise the number with every change of `T`.
    pub fn schema(mut self, number: u32) -> Self {
        self.written.number = Some(number);
        self
    }

    /// Signs instead of encrypting: anyone who has the cookie can read the session.
    pub fn signed(mut self) -> Self {
        self.settings.mode = Mode::Signed;
        self
    }

    /// Pads the encrypted part to a multiple of `bytes`, so that the cookie's length reveals less. Default: 16, which costs 7.5
    /// bytes on average; 1 pads nothing. A signed cookie is never padded.
    pub fn pad(mut self, bytes: usize) -> Self {
        self.settings.block = bytes;
        self
    }

    /// Draws every nonce from the operating system: see [`SealerBuilder::os_nonces`](crate::token::SealerBuilder::os_nonces).
    pub fn os_nonces(mut self) -> Self {
        self.settings.nonces = NonceSource::Os;
        self
    }

    /// Sets which cross-site requests carry the cookie. Default: [`SameSite::Lax`].
    ///
    /// With [`SameSite::Strict`], visitors who follow a link from elsewhere seem to have no session: start none there.
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.attributes.same_site = same_site;
        self
    }

    /// Shares the cookie with all hosts under `domain`, which can then read and replace it. Needs a name without `__Host-`.
    pub fn domain(mut self, domain: &str) -> Self {
        self.attributes.scope.domain = Some(domain.to_owned());
        self
    }

    /// Sends the cookie only below `path`. Needs a name without `__Host-`. No protection: pages of one host reach each other.
    pub fn path(mut self, path: &str) -> Self {
        self.attributes.scope.path = path.to_owned();
        self
    }

    /// Keeps a separate cookie for each top-level site that embeds this one (CHIPS).
    pub fn partitioned(mut self) -> Self {
        self.attributes.scope.partitioned = true;
        self
    }

    /// Names a scope that this cookie once had, under the same name.
    ///
    /// Sealing, ending and ambiguity remove what is left there. So moving the cookie does not lock out users who still have the
    /// old one beside the new one.
    pub fn former_scope(mut self, scope: Scope) -> Self {
        self.former.push(scope);
        self
    }

    /// Recognises empty data. Instead of sealing it, a response removes the cookie; unlike an end, only if it is not a server
    /// error.
    pub(crate) fn removed_when(mut self, says_nothing: fn(&T) -> bool) -> Self {
        self.removed_when = Some(says_nothing);
        self
    }

    /// Omits Secure, and `__Host-` from the default name, because browsers require Secure with it.
    ///
    /// # Warning
    /// Anyone on the path of a single plain-HTTP request can take over the session. For development, Chromium and Firefox accept
    /// Secure cookies on `http://localhost` (Safari does not). Use this only for a site that cannot have TLS.
    pub fn danger_plain_http(mut self) -> Self {
        self.attributes.secure = false;
        self
    }

    /// Omits HttpOnly.
    ///
    /// # Warning
    /// A script that runs in the page can then steal the session and keep it, instead of only using it while it runs.
    pub fn danger_script_readable(mut self) -> Self {
        self.attributes.http_only = false;
        self
    }

    /// Checks the settings and takes the cookie's name: build it once, and clone it.
    ///
    /// # Errors
    /// [`SetupError`] says which settings conflict and what to change. A second `build` of one name in one application fails.
    pub fn build(self) -> Result<SessionCookie<T>, SetupError> {
        let site = Arc::clone(&self.site);
        let default_name = || site.cookie_name(self.what, self.attributes.secure);
        let name = self.name.clone().unwrap_or_else(default_name);
        let template = Template::new(&name, &self.attributes)?;
        let former = self.former_templates(&name)?;
        self.check_keeping()?;
        let olds = predecessor::check(self.predecessors, &self.attributes, &self.settings)?;
        let (written, readers) = self.readers.resolve(&self.written)?;
        let purpose = Purpose::cookie(&site.name, &name)?;
        let csrf = CsrfTokens::new(site.keys.clone(), purpose.clone());
        let longest = self.persistent || self.settings.remembered.is_some();
        let sealer = self.settings.build(site.keys.clone(), purpose, site.leeway)?;
        let removals =
            former.iter().map(Template::removal).chain(olds.iter().flat_map(Old::removals));
        let room = Room::new(self.whole_line, self.header_budget, removals);
        room.check(&template, longest, &sealer)?;
        #[cfg(feature = "device-binding")]
        let devices = device::check(self.binding, &site, &name, &self.attributes, &sealer)?;
        site.take_name::<T>(&name, olds.iter().map(Old::name))?;
        #[cfg(feature = "device-binding")]
        if let Some(devices) = &devices {
            site.take_device(devices.names(), devices.path())?;
        }
        olds.iter().for_each(|old| old.note_age(site.clock.now()));
        if let Some(hook) = &self.revocation {
            let policy = sealer.policy();
            let (longest, leeway) = (policy.longest(), policy.leeway);
            hook.on_installed(Duration::from_secs(longest), Duration::from_secs(leeway));
        }
        Ok(SessionCookie(Arc::new(Inner {
            site,
            sealer,
            csrf,
            template,
            former,
            persistent: self.persistent,
            room,
            codec: self.written.codec,
            written,
            readers,
            expires_by: self.expires_by,
            removed_when: self.removed_when,
            revocation: self.revocation,
            olds,
            #[cfg(feature = "device-binding")]
            devices,
        })))
    }

    /// Whether browsers keep the cookie for as long as the session may be idle.
    fn check_keeping(&self) -> Result<(), SetupError> {
        let Settings { standard, remembered, .. } = &self.settings;
        let standard = Some(standard).filter(|_| self.persistent);
        let longest = standard.into_iter().chain(remembered).map(|timeouts| timeouts.idle).max();
        if longest > Some(BROWSERS_KEEP) {
            return Err(Problem::IdleAboveBrowsers.into());
        }
        Ok(())
    }

    fn former_templates(&self, name: &str) -> Result<Vec<Template>, SetupError> {
        let template = |scope: &Scope| {
            check_scope(scope)?;
            if scope.is_same_place(&self.attributes.scope) {
                return Err(Problem::FormerScope.into());
            }
            Template::new(name, &Attributes { scope: scope.clone(), ..self.attributes.clone() })
        };
        self.former.iter().map(template).collect()
    }
}

impl<T> fmt::Debug for SessionCookieBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCookieBuilder")
            .field("application", &self.site.name)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
