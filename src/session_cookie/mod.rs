//! A typed session in one cookie, without side effects: `now` goes in, a `SetCookie` comes out. It knows no request, response or
//! lock.
//!
//! This file says what a session cookie consists of; `opening` and `sealing` do the work.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::claims::{Claims, Class};
use crate::cookie::{SetCookie, Template};
use crate::csrf::{CrossOriginProtection, CsrfTokens};
#[cfg(feature = "device-binding")]
use crate::device::Devices;
use crate::payload::Codec;
use crate::sealer::Sealer;
use crate::site::Site;
use crate::time::Timestamp;

mod builder;
#[cfg(feature = "device-binding")]
mod device;
mod opening;
mod predecessor;
mod readers;
mod revocation;
mod sealing;
#[cfg(test)]
mod tests;

pub use builder::SessionCookieBuilder;
pub(crate) use predecessor::Old;
use readers::Reader;
pub(crate) use readers::{Own, Written};
pub use revocation::Revocation;
use sealing::Room;

/// A session of type `T` in one cookie: its name, attributes, timeouts, keys and shape. Cheap to clone.
///
/// ```
/// use hardtack::{Application, Class, Key, Timestamp};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { id: u64 }
///
/// let shop = Application::new("shop", Key::generate()?)?;
/// let users = shop.session::<User>().build()?;
/// assert_eq!(users.name(), "__Host-shop");
///
/// let now = Timestamp::now();
/// let cookie = users.seal(&User { id: 7 }, &users.new_claims(Class::Standard, now)?, now)?;
/// let opened = users.open([cookie.value().as_bytes()], now)?.expect("a cookie was given");
/// assert_eq!(opened.data.id, 7);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Servers use it through an adapter for their framework, or through a [`slot`](Self::slot).
pub struct SessionCookie<T>(Arc<Inner<T>>);

/// The latest end of a session with this data, if the data sets one.
type ExpiresBy<T> = Box<dyn Fn(&T, &Claims) -> Option<Timestamp> + Send + Sync>;

struct Inner<T> {
    site: Arc<Site>,
    sealer: Sealer,
    csrf: CsrfTokens,
    template: Template,
    former: Vec<Template>,
    persistent: bool,
    room: Room,
    codec: Codec,
    written: Own,
    readers: Vec<Reader<T>>,
    expires_by: Option<ExpiresBy<T>>,
    removed_when: Option<fn(&T) -> bool>,
    revocation: Option<Arc<dyn Revocation<T>>>,
    /// The old cookies that sessions may come from.
    olds: Vec<Old<T>>,
    #[cfg(feature = "device-binding")]
    devices: Option<Devices>,
}

impl<T> SessionCookie<T> {
    /// Returns the cookie's name.
    pub fn name(&self) -> &str {
        self.0.template.name()
    }

    /// Returns how many bytes of encoded data fit into the cookie of a session of this class, within 4096 bytes and the
    /// [`header_budget`](SessionCookieBuilder::header_budget).
    pub fn capacity(&self, class: Class) -> usize {
        let Inner { sealer, .. } = &*self.0;
        sealer.mode().capacity(self.value_limit(class), sealer.block()).unwrap_or(0)
    }

    /// Returns the line that makes the browser delete this cookie.
    pub fn removal(&self) -> SetCookie {
        self.0.template.removal()
    }

    /// Returns the line that makes the browser delete this cookie, for each
    /// [`former_scope`](SessionCookieBuilder::former_scope).
    pub fn former_removals(&self) -> impl Iterator<Item = SetCookie> {
        self.0.former.iter().map(Template::removal)
    }

    /// Returns the cross-origin check with the rules of this cookie's application.
    pub fn cross_origin_protection(&self) -> CrossOriginProtection {
        CrossOriginProtection::of(&self.0.site)
    }

    /// Whether both are the same cookie: clones, not two that were built alike.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The number of the shape that this cookie writes.
    #[cfg(feature = "testing")]
    pub(crate) fn shape_number(&self) -> u32 {
        self.0.written.number
    }

    #[cfg(feature = "testing")]
    pub(crate) fn shape_text(&self) -> &'static str {
        self.0.written.shape.map_or("", crate::shape::Shape::text)
    }

    fn value_limit(&self, class: Class) -> usize {
        let Inner { template, room, .. } = &*self.0;
        room.value_limit(template, self.is_persistent(class))
    }

    fn is_persistent(&self, class: Class) -> bool {
        class == Class::Remembered || self.0.persistent
    }

    pub(crate) fn csrf(&self) -> &CsrfTokens {
        &self.0.csrf
    }

    /// Whether this data is stored as no cookie at all.
    pub(crate) fn says_nothing(&self, data: &T) -> bool {
        self.0.removed_when.is_some_and(|says_nothing| says_nothing(data))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.site.clock.now()
    }

    pub(crate) fn leeway(&self) -> Duration {
        Duration::from_secs(self.0.site.leeway)
    }

    pub(crate) fn revocation(&self) -> Option<&dyn Revocation<T>> {
        self.0.revocation.as_deref()
    }
}

/// What distinguishes the session cookies of one request, whatever their types.
pub(crate) trait AnyCookie: Send + Sync {
    fn name(&self) -> &str;
    fn site(&self) -> &Arc<Site>;
}

impl<T: Send + Sync> AnyCookie for Inner<T> {
    fn name(&self) -> &str {
        self.template.name()
    }

    fn site(&self) -> &Arc<Site> {
        &self.site
    }
}

impl<T: Send + Sync + 'static> SessionCookie<T> {
    /// Tells the hook, if there is one, that the session of `claims` is over.
    pub(crate) fn note_ended(&self, claims: &Claims) {
        if let Some(hook) = self.revocation() {
            hook.on_ended(claims, self.0.sealer.policy().over(claims));
        }
    }

    pub(crate) fn as_any(&self) -> Arc<dyn AnyCookie> {
        Arc::clone(&self.0) as Arc<dyn AnyCookie>
    }
}

impl<T> Clone for SessionCookie<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for SessionCookie<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionCookie").field("name", &self.name()).finish_non_exhaustive()
    }
}
