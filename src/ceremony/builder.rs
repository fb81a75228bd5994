//! The settings of a kind of ceremony, checked once.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::Duration;

use super::{Ceremony, IN_NAME, Inner, Once};
use crate::claims::Timeouts;
use crate::cookie::{Attributes, NAME_VALUE_LIMIT, SameSite, Template};
use crate::denylist::Denylist;
use crate::error::SetupError;
use crate::payload::{Codec, SessionData};
use crate::purpose::{Purpose, check_label};
use crate::sealer::Settings;
use crate::session_cookie::Written;
use crate::shape::Sample;
use crate::site::Site;
use crate::time::MINUTE;

const TEN_MINUTES: Duration = MINUTE.saturating_mul(10);

/// Settings of a [`Ceremony`]; returned by [`Application::ceremony`](crate::Application::ceremony).
#[must_use = "a builder does nothing until `build`"]
pub struct CeremonyBuilder<S> {
    site: Arc<Site>,
    name: String,
    prefix: Option<String>,
    attributes: Attributes,
    lifetime: Duration,
    written: Written,
    once: Option<Once>,
    state: PhantomData<fn(S) -> S>,
}

impl<S: SessionData> CeremonyBuilder<S> {
    pub(crate) fn new(site: Arc<Site>, name: &str) -> Self {
        Self {
            site,
            name: name.to_owned(),
            prefix: None,
            attributes: Attributes::default(),
            lifetime: TEN_MINUTES,
            written: Written::default(),
            once: None,
            state: PhantomData,
        }
    }

    /// How long a visitor may take, in whole seconds. Default: ten minutes.
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = lifetime;
        self
    }

    /// Refuses to finish a ceremony twice, even from a copy of its cookie: `denylist` remembers it until its time is over.
    ///
    /// Use a separate list, not the sessions': a visitor who begins and finishes many ceremonies can fill it, and a full list refuses
    /// everything older. On several nodes a copy can be finished once on each, until the list's changes have arrived. A list that is out
    /// of touch with [`FailMode::Closed`](crate::denylist::FailMode::Closed) refuses every ceremony.
    ///
    /// ```
    /// # use hardtack::{Application, Key};
    /// let shop = Application::new("shop", Key::generate()?)?;
    /// let finished = shop.denylist::<()>();
    /// let codes = shop.ceremony::<u32>("code").once(&finished).build()?;
    /// # Ok::<(), hardtack::SetupError>(())
    /// ```
    pub fn once<D: ?Sized + 'static>(mut self, denylist: &Denylist<D>) -> Self {
        let denylist = denylist.clone();
        self.once = Some(Box::new(move |claims, until| denylist.is_first_end(claims, until)));
        self
    }

    /// How the state becomes bytes. Default: postcard. Types that describe themselves, as those of `webauthn-rs` do, need JSON.
    pub fn codec(mut self, codec: Codec) -> Self {
        self.written.codec = codec;
        self
    }

    /// Gives a value whose texts and numbers S's parsers accept; see [`SessionCookieBuilder::sample`](crate::SessionCookieBuilder::sample).
    pub fn sample(mut self, value: S) -> Self {
        self.written.sample = Some(Sample::of(&value));
        self
    }

    /// Numbers S's shape by hand; see [`SessionCookieBuilder::schema`](crate::SessionCookieBuilder::schema).
    pub fn schema(mut self, number: u32) -> Self {
        self.written.number = Some(number);
        self
    }

    /// Sets on which cross-site requests browsers send the cookies. Default: [`SameSite::Lax`].
    ///
    /// [`SameSite::None`] is for a page of another site that posts to the end of the ceremony: the id protects that request as before.
    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.attributes.same_site = same_site;
        self
    }

    /// What the names of the cookies start with; eight characters follow. Default: `__Host-shop~passkey-` for the ceremony `passkey` of an
    /// application `shop`; with [`danger_plain_http`](Self::danger_plain_http) without `__Host-`.
    ///
    /// Without `__Host-`, a page of a sibling host can plant a ceremony. Give no other cookie a name that starts like this: it would be
    /// removed as an old ceremony.
    pub fn cookie_prefix(mut self, prefix: &str) -> Self {
        self.prefix = Some(prefix.to_owned());
        self
    }

    /// Leaves out Secure, and `__Host-` in the default names, because browsers demand Secure with it.
    ///
    /// # Warning
    /// Anyone on the path of one plain-HTTP request can plant a ceremony, or finish one that they read.
    pub fn danger_plain_http(mut self) -> Self {
        self.attributes.secure = false;
        self
    }

    /// Checks the settings, and reserves the names of the cookies: build it once, and clone it.
    ///
    /// # Errors
    /// A name that is not 1 to 64 of `A-Z a-z 0-9 . _ -`; a prefix that no cookie can have; a lifetime under a second; a state that cannot be
    /// traced; a second `build` with one prefix.
    pub fn build(self) -> Result<Ceremony<S>, SetupError> {
        let Self { site, name, attributes, lifetime, .. } = self;
        check_label("ceremony", &name)?;
        let default_prefix = || format!("{}-", site.cookie_name(&name, attributes.secure));
        let prefix = self.prefix.unwrap_or_else(default_prefix);
        let template = Template::new(&prefix, &attributes)?;
        let whole_name = format!("{prefix}{}", "x".repeat(IN_NAME));
        let overhead = Template::new(&whole_name, &attributes)?.overhead(true);
        let settings = Settings {
            standard: Timeouts { idle: lifetime, absolute: lifetime },
            remembered: None,
            limit: NAME_VALUE_LIMIT.saturating_sub(overhead),
            ..Settings::default()
        };
        let written = self.written.own::<S>()?;
        let purpose = Purpose::cookie(&site.name, &prefix)?;
        let sealer = settings.build(site.keys.clone(), purpose, site.leeway)?;
        site.take_prefix(&prefix)?;
        Ok(Ceremony(Arc::new(Inner {
            sealer,
            template,
            clock: Arc::clone(&site.clock),
            codec: self.written.codec,
            written,
            once: self.once,
            state: PhantomData,
        })))
    }
}

impl<S> fmt::Debug for CeremonyBuilder<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CeremonyBuilder")
            .field("application", &self.site.name)
            .field("name", &self.name)
            .field("cookie_prefix", &self.prefix)
            .finish_non_exhaustive()
    }
}
