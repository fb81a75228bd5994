//! Tools for testing your application (feature `testing`): a manual clock, requests that carry a session, a reader for responses,
//! and a guard for the shape of `T`.
#![allow(clippy::panic, reason = "a test assertion panics")]

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::claims::Class;
use crate::cookie::SetCookie;
use crate::error::{OpenError, SessionError};
use crate::head::ResponseHead;
use crate::payload::SessionData;
use crate::sealer::Opened;
use crate::session_cookie::SessionCookie;
use crate::time::{Clock, Timestamp};

#[cfg(feature = "device-binding")]
mod device;
mod shape;

#[cfg(feature = "device-binding")]
pub use device::SoftwareDevice;
pub use shape::{assert_shape, shape};

/// A clock that moves only when you tell it to. Clones share one clock.
///
/// ```
/// use hardtack::testing::{ManualClock, request_cookie};
/// use hardtack::{Application, Class, Key, MINUTE, OpenError, Timestamp};
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct User { id: u64 }
///
/// let clock = ManualClock::at(Timestamp::now());
/// let shop = Application::builder("shop", Key::generate()?).clock(clock.clone()).build()?;
/// let users = shop.session::<User>().build()?;
/// let cookie = request_cookie(&users, Class::Standard, &User { id: 7 })?; // logged in, without the form
/// assert!(users.slot([&cookie]).get().is_some());
/// clock.advance(30 * MINUTE);
/// assert!(matches!(users.slot([&cookie]).open(), Err(OpenError::Expired { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Everything that the application makes reads this clock.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<AtomicU64>);

impl ManualClock {
    /// Makes a clock that shows `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicU64::new(now.as_secs())))
    }

    /// Moves the clock forward by whole seconds.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(by.as_secs(), Ordering::SeqCst);
    }

    /// Sets the clock, backwards if necessary.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_secs(), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// Returns the `Cookie` header line of a request with a new session of this class, sealed at the cookie's own time.
///
/// # Errors
/// Those of [`SessionCookie::seal`], and [`SessionError::TooEarly`].
pub fn request_cookie<T: SessionData>(
    cookie: &SessionCookie<T>,
    class: Class,
    data: &T,
) -> Result<String, SessionError> {
    let sealed = cookie.seal(data, &cookie.new_claims_for(data, class)?, cookie.now())?;
    Ok(format!("{}={}", sealed.name(), sealed.value()))
}

/// What a response does to a session.
pub enum Change<T> {
    /// Nothing: the browser keeps what it has.
    None,
    /// Sets this session.
    Set(Opened<T>),
    /// Removes the cookie.
    Removed,
}

impl<T> Change<T> {
    /// Returns the session that was set, if one was.
    pub fn session(self) -> Option<Opened<T>> {
        match self {
            Self::Set(opened) => Some(opened),
            Self::None | Self::Removed => None,
        }
    }
}

/// Omits the data.
impl<T> fmt::Debug for Change<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Set(opened) => f.debug_tuple("Set").field(opened).finish(),
            Self::Removed => f.write_str("Removed"),
        }
    }
}

/// Reads what a response's `Set-Cookie` lines do to this cookie, at the cookie's own time. The last line with its name counts.
///
/// # Errors
/// The value does not open.
pub fn change<T: SessionData>(
    cookie: &SessionCookie<T>,
    set_cookie_lines: impl IntoIterator<Item = impl AsRef<[u8]>>,
) -> Result<Change<T>, OpenError> {
    let mut change = Change::None;
    for line in set_cookie_lines {
        let line = String::from_utf8_lossy(line.as_ref());
        let (pair, attributes) = line.split_once(';').unwrap_or((&line, ""));
        let Some(value) = cookie.find(pair.as_bytes()).next() else { continue };
        let removes = attributes.split(';').any(|a| a.trim().eq_ignore_ascii_case("max-age=0"));
        change = if removes {
            Change::Removed
        } else {
            Change::Set(cookie.open_one(value, cookie.now())?)
        };
    }
    Ok(change)
}

/// A response head in memory, to test slots without a framework. `Debug` hides the values of cookies.
#[derive(Clone)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// Names in lower case with their values, in order.
    pub lines: Vec<(String, String)>,
}

impl Head {
    /// Makes a head without lines.
    pub fn new(status: u16) -> Self {
        Self { status, lines: Vec::new() }
    }

    /// Adds one line.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.lines.push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Iterates over the values of all lines with this name.
    pub fn all<'h>(&'h self, name: &str) -> impl Iterator<Item = &'h str> {
        let name = name.to_ascii_lowercase();
        self.lines.iter().filter(move |line| line.0 == name).map(|line| line.1.as_str())
    }
}

impl fmt::Debug for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.lines.iter().map(|(name, value)| match name.as_str() {
            "set-cookie" => (name, format!("[{} bytes]", value.len())),
            _ => (name, value.clone()),
        });
        let lines: Vec<_> = shown.collect();
        f.debug_struct("Head").field("status", &self.status).field("lines", &lines).finish()
    }
}

impl ResponseHead for Head {
    fn status(&self) -> u16 {
        self.status
    }

    fn lines(&self, name: &str, each: &mut dyn FnMut(&[u8])) {
        self.all(name).for_each(|value| each(value.as_bytes()));
    }

    fn append(&mut self, name: &'static str, value: &str) {
        self.lines.push((name.to_owned(), value.to_owned()));
    }

    fn replace(&mut self, name: &'static str, value: &str) {
        self.lines.retain(|line| line.0 != name);
        self.append(name, value);
    }
}

/// Returns the `Cookie` header line that a browser would send back for a `Set-Cookie`.
pub fn sent_back(set_cookie: &SetCookie) -> String {
    format!("{}={}", set_cookie.name(), set_cookie.value())
}
