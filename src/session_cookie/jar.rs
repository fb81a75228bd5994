//! Reading a session out of a `cookie::CookieJar`, for programs that hold their request's cookies in one.

use ::cookie::CookieJar;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::SessionCookie;
use crate::error::OpenError;
use crate::sealer::Opened;
use crate::time::Timestamp;

impl<T: Serialize + DeserializeOwned + Send + Sync + 'static> SessionCookie<T> {
    /// Opens the session in `jar`: `Ok(None)` where the jar holds no cookie of this name.
    ///
    /// A jar keeps one cookie a name: where a request carries several, it has already picked one, and two different sessions are not
    /// seen as [`OpenError::Ambiguous`]. Where the header lines are at hand, [`find`](Self::find) and [`open`](Self::open) see them all.
    ///
    /// ```
    /// # use hardtack::{Key, SessionCookie, Timestamp};
    /// use cookie::{Cookie, CookieJar};
    ///
    /// # let users = SessionCookie::<u64>::new("shop", Key::generate()?)?;
    /// # let now = Timestamp::now();
    /// let mut jar = CookieJar::new();
    /// jar.add(Cookie::from(users.seal(&7, &users.fresh(now)?, now)?));
    /// let opened = users.open_jar(&jar, now)?.expect("the jar holds the cookie");
    /// assert_eq!(opened.data, 7);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Why the cookie was refused.
    pub fn open_jar(
        &self,
        jar: &CookieJar,
        now: Timestamp,
    ) -> Result<Option<Opened<T>>, OpenError> {
        self.open(jar.get(self.name()).map(|cookie| cookie.value().as_bytes()), now)
    }
}
