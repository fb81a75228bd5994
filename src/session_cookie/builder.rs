//! A session cookie's settings, checked once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;

#[cfg(feature = "device-binding")]
use super::device;
use super::predecessor::{self, Old};
use super::readers::{Readers, Written};
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

/// Browsers keep no cookie for longer (RFC 6265bis section 5.5).
const BROWSERS_KEEP: Duration = DAY.saturating_mul(400);

/// Settings of a [`SessionCookie`]; returned by [`Application::session`](crate::Application::session).
#[must_use = "a builder does nothing until `build`"]
pub struct SessionCookieBuilder<T> {
    site: Arc<Site>,
    name: Option<String>,
    /// What the default name ends with, behind `~`; empty for the session itself.
    what: &'static str,
    attributes: Attributes,
    former: Vec<Scope>,
    settings: Settings,
    persistent: bool,
    whole_line: bool,
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

    /// The cookie's name. Default: `__Host-` and the application's name, which no other host and no plain-HTTP page can set;
    /// with [`danger_plain_http`](Self::danger_plain_http) the application's name alone.
    ///
    /// Give the application's second session type its own name, such as `__Host-shop~prefs`: `~` keeps it apart from the
    /// default names of other applications on the same host.
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// How long standard sessions last. Default: [`Timeouts::STANDARD`].
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.settings.standard = timeouts;
        self
    }

    /// How long remembered sessions last; `None` switches the class off. Default: [`Timeouts::REMEMBERED`].
    ///
    /// Browsers keep no cookie for more than 400 days, so `idle` must not be longer.
    pub fn remember_me(mut self, timeouts: impl Into<Option<Timeouts>>) -> Self {
        self.settings.remembered = timeouts.into();
        self
    }

    /// Gives standard sessions a Max-Age too, so that they survive the browser's restart. Default: they do not.
    pub fn persistent(mut self) -> Self {
        self.persistent = true;
        self
    }

    /// Ends some sessions earlier than their class would: the moment that `expires_by` returns is the latest end of a cookie with
    /// this data.
    ///
    /// It is asked at every sealing, so a refresh keeps to it, and at opening, for whether a refresh would help.
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

    /// How data becomes bytes. Default: postcard.
    pub fn codec(mut self, codec: Codec) -> Self {
        self.written.codec = codec;
        self
    }

    /// Carries over the sessions of an earlier shape of T: keep the old type in the source, and say what becomes of it.
    ///
    /// A session has the number of the shape that it was written with, so a changed T refuses its old sessions instead of misreading
    /// them; with this they go on. The old type's name does not matter, its fields and variants do.
    ///
    /// Keep it until the longest absolute timeout is over: a refresh seals the bytes that came, and only a change writes the new
    /// shape. See docs/shape.md.
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

    /// Carries over as [`upgrade`](Self::upgrade) does, where `into` returns a T; a session for which it returns `None` is refused as
    /// [`BadPayload`](crate::OpenError::BadPayload).
    pub fn try_upgrade<Old: DeserializeOwned + 'static>(
        mut self,
        into: impl Fn(Old) -> Option<T> + Send + Sync + 'static,
    ) -> Self {
        self.readers.by_shape(into);
        self
    }

    /// Carries over as [`upgrade`](Self::upgrade) does, by the conversion that T has.
    pub fn upgrade_from<Old: DeserializeOwned + 'static>(self) -> Self
    where
        T: From<Old>,
    {
        self.upgrade(T::from)
    }

    /// Reads what the next release will write, so that no session is lost while the release rolls out: first every node reads the
    /// new shape, then nodes begin to write it.
    ///
    /// A session of that shape keeps it here as long as it is only looked at. A change writes our own shape, and loses what that has
    /// no field for.
    pub fn reads_newer<New: DeserializeOwned + 'static>(
        mut self,
        into: impl Fn(New) -> T + Send + Sync + 'static,
    ) -> Self {
        self.readers.by_shape(move |new: New| Some(into(new)));
        self
    }

    /// Carries over sessions that were numbered by hand or written as JSON: the sessions of this number, read with `codec`. JSON
    /// sessions have number 0 unless [`schema`](Self::schema) says otherwise.
    pub fn upgrade_schema<Old: DeserializeOwned + 'static>(
        mut self,
        number: u32,
        codec: Codec,
        into: impl Fn(Old) -> T + Send + Sync + 'static,
    ) -> Self {
        self.readers.by_number(number, codec, into);
        self
    }

    /// Counts changes of meaning that the layout does not show: a unit, the sense of a number behind `serde_repr` or bit flags.
    /// Sessions of another revision are refused. Default: 0.
    ///
    /// [`upgrade`](Self::upgrade) reads revision 0 of the old type; [`upgrade_schema`](Self::upgrade_schema) reads any, by its number.
    pub fn revision(mut self, revision: u32) -> Self {
        self.written.revision = revision;
        self
    }

    /// A value whose texts and numbers T's parsers accept, for the tracer to use: for fields that are validated as they are read
    /// (`try_from = "String"`, checksummed ids). What it means does not matter; its texts stay in memory, so take made-up ones.
    pub fn sample(mut self, value: T) -> Self {
        self.written.sample = Some(Sample::of(&value));
        self
    }

    /// Numbers T's shape by hand, under 2^24, instead of by what it is. Raise the number with every change of T.
    pub fn schema(mut self, number: u32) -> Self {
        self.written.number = Some(number);
        self
    }

    /// Signs instead of encrypting: anyone who has the cookie can read the session.
    pub fn signed(mut self) -> Self {
        self.settings.mode = Mode::Signed;
        self
    }

    /// Pads what is encrypted to a multiple of `bytes`, so that the cookie's length tells less. Default: 16, which costs 7.5 bytes
    /// on average; 1 pads nothing. A signed cookie is never padded.
    pub fn pad(mut self, bytes: usize) -> Self {
        self.settings.block = bytes;
        self
    }

    /// Draws every nonce from the operating system; see [`SealerBuilder::os_nonces`](crate::token::SealerBuilder::os_nonces).
    pub fn os_nonces(mut self) -> Self {
        self.settings.nonces = NonceSource::Os;
        self
    }

    /// On which cross-site requests browsers send the cookie. Default: [`SameSite::Lax`].
    ///
    /// With [`SameSite::Strict`] a visitor who follows a link from elsewhere looks like one without a session: start none there.
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.attributes.same_site = same_site;
        self
    }

    /// Shares the cookie with all hosts under `domain`, each of which can then read and replace it; needs a name without `__Host-`.
    pub fn domain(mut self, domain: &str) -> Self {
        self.attributes.scope.domain = Some(domain.to_owned());
        self
    }

    /// Sends the cookie below `path` only; needs a name without `__Host-`. No protection: pages of one host reach each other.
    pub fn path(mut self, path: &str) -> Self {
        self.attributes.scope.path = path.to_owned();
        self
    }

    /// Keeps a separate cookie for each top-level site that embeds this one (CHIPS).
    pub fn partitioned(mut self) -> Self {
        self.attributes.scope.partitioned = true;
        self
    }

    /// A scope that this cookie, under the same name, once had.
    ///
    /// Sealing, ending and ambiguity remove what is left there, so that moving the cookie does not lock out those who still have
    /// the old one beside the new.
    pub fn former_scope(mut self, scope: Scope) -> Self {
        self.former.push(scope);
        self
    }

    /// Holds name and value alone to 4096 bytes, as RFC 6265bis does. Default: the whole `Set-Cookie` value, because some
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

    /// Leaves Secure out, and `__Host-` out of the default name: browsers demand Secure with it.
    ///
    /// # Warning
    /// Anyone on the path of one plain-HTTP request takes the session over. Chromium and Firefox accept Secure cookies on
    /// `http://localhost` for development (Safari does not); this is for what cannot have TLS.
    pub fn danger_plain_http(mut self) -> Self {
        self.attributes.secure = false;
        self
    }

    /// Leaves HttpOnly out.
    ///
    /// # Warning
    /// Any script that runs in the page can take the session away with it, instead of only using it while it runs.
    pub fn danger_script_readable(mut self) -> Self {
        self.attributes.http_only = false;
        self
    }

    /// Checks the settings, and takes the cookie's name: build it once, and clone it.
    ///
    /// # Errors
    /// [`SetupError`] says which setting is in the way of which, and what to change. A second `build` of one name in one
    /// application is an error.
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
        let sealer = self.settings.build(site.keys.clone(), purpose, site.leeway)?;
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
            whole_line: self.whole_line,
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
