//! The rule by which a request that may change something is this site's own: by its method and headers alone.

use std::fmt;

use super::origin::{Authority, Origin};
use crate::cookie;
use crate::error::{ConfigError, CrossOriginError};

/// Methods that change nothing (RFC 9110 section 9.2.1); a method's name is case-sensitive. TRACE is left out: no browser sends it.
const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// Refuses requests that may change something and that another site had a browser send, by `Sec-Fetch-Site` and `Origin`.
///
/// It needs no token in forms and guards the log-in form too. Sources: OWASP "Cross-Site Request Forgery Prevention Cheat Sheet" (Fetch
/// Metadata headers, with `Origin` where there are none), the Fetch Metadata specification, and `CrossOriginProtection` of Go's `net/http`, than
/// which it is stricter in the last row. The first row that holds decides:
///
/// | request | answer |
/// |---|---|
/// | GET, HEAD, OPTIONS | passes: **change nothing on these** |
/// | `Sec-Fetch-Site: same-origin`, or `none` (the user's own doing) | passes |
/// | an `Origin` that is [trusted](Self::trust) | passes |
/// | any other `Sec-Fetch-Site`, `same-site` too | refused |
/// | an `Origin` whose host and port are the request's | passes |
/// | any other `Origin`, `null` too | refused |
/// | neither header, but one of the protected cookies | refused, unless [told otherwise](Self::danger_pass_without_origin) |
/// | neither header, and none of them | passes: no browser with a session |
///
/// Browsers have sent `Sec-Fetch-Site` since 2023 at the latest, to `https:` and `localhost`; before that, and over plain HTTP, they send `Origin` with
/// what is no GET or HEAD. No page can set either.
///
/// - A header that stands there twice, or is spelt in another way than browsers do, proves nothing: the request is refused.
/// - Host names are compared without regard to case. A trailing dot makes another host. No port and the default port of the origin's scheme
///   are the same. IPv6 addresses are compared as numbers.
/// - The request's host is its `:authority` or its `Host`; where it has several, all must agree. A proxy that puts another `Host` in the
///   place of the browser's makes old browsers' requests fail: [trust](Self::trust) the site's own public origin then.
/// - Whether the request came by HTTP or HTTPS is not known, so where there is no `Sec-Fetch-Site` a plain-HTTP page of the same host passes. Strict
///   Transport Security keeps such pages away.
/// - Where there is no `Sec-Fetch-Site`, a page with `Referrer-Policy: no-referrer` has its own forms refused: browsers send `Origin: null` with
///   them. `same-origin` is the policy that hides as much from others.
/// - A WebSocket's handshake is a GET: look at its `Origin` yourself.
/// - A method override that is applied behind this, by a header or a query, makes a change of a GET that passed: apply it in front.
/// - A script on a page of this site is this site: nothing here helps against injection.
///
/// ```
/// use hardtack::{CrossOriginError, CrossOriginProtection, Key, SessionCookie};
///
/// let users = SessionCookie::<u64>::new("shop", Key::generate()?)?;
/// let protection = CrossOriginProtection::of(&users).trust("https://sso.example")?;
///
/// let forged = [("host", "shop.example"), ("origin", "https://evil.example")];
/// let lines = |name: &'static str| {
///     forged.into_iter().filter(move |line| line.0 == name).map(|line| line.1)
/// };
/// assert_eq!(protection.check("POST", None, lines), Err(CrossOriginError::OtherOrigin));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct CrossOriginProtection {
    /// The names of the cookies that make a request worth forging.
    cookies: Vec<String>,
    trusted: Vec<Origin>,
    pass_without_origin: bool,
}

impl CrossOriginProtection {
    pub(crate) fn of_name(name: &str) -> Self {
        let cookies = vec![name.to_owned()];
        Self { cookies, trusted: Vec::new(), pass_without_origin: false }
    }

    pub(crate) fn and_name(mut self, name: &str) -> Self {
        self.cookies.push(name.to_owned());
        self
    }

    /// Lets the pages of another origin send requests that change something here, with the user's session where the cookie's `SameSite` lets it
    /// come along: `scheme://host[:port]`, one a call. What an identity provider posts to a callback takes this.
    ///
    /// # Errors
    /// [`ConfigError::Origin`] for everything else: a path (a lone `/` too), a wildcard, a name that is not ASCII (write it as `xn--…`), `null`.
    pub fn trust(mut self, origin: &str) -> Result<Self, ConfigError> {
        self.trusted.push(Origin::parse(origin.as_bytes()).ok_or(ConfigError::Origin)?);
        Ok(self)
    }

    /// Passes requests that carry a protected cookie and have neither `Sec-Fetch-Site` nor `Origin`, for programs that are no browsers and
    /// use a session all the same.
    ///
    /// # Warning
    /// A browser, or a proxy or extension between it and here, that leaves out both headers is then not told from such a program, and whatever
    /// another site has it send passes. Better let those programs send `Origin`.
    pub fn danger_pass_without_origin(mut self) -> Self {
        self.pass_without_origin = true;
        self
    }

    /// Whether a request may be served, by its method, the authority of its target where it has one (HTTP/2's `:authority`), and the
    /// lines of a header, whose name is asked for in lower case.
    ///
    /// The adapters ask this; with the feature `http`, `check_http` does.
    ///
    /// # Errors
    /// Why it is taken for another site's: answer 403, and do nothing.
    pub fn check<L: AsRef<[u8]>, I: IntoIterator<Item = L>>(
        &self,
        method: &str,
        authority: Option<&str>,
        lines: impl Fn(&'static str) -> I,
    ) -> Result<(), CrossOriginError> {
        if SAFE.contains(&method) {
            return Ok(());
        }
        let site = Line::of(lines("sec-fetch-site"));
        if matches!(&site, Line::One(site) if [&b"same-origin"[..], b"none"].contains(&site.as_ref()))
        {
            return Ok(());
        }
        let origin = Line::of(lines("origin"));
        let parsed = match &origin {
            Line::One(origin) => Origin::parse(origin.as_ref()),
            Line::None | Line::Several => None,
        };
        if parsed.as_ref().is_some_and(|origin| self.trusted.contains(origin)) {
            return Ok(());
        }
        if !matches!(site, Line::None) {
            return Err(CrossOriginError::CrossSite);
        }
        match (origin, parsed) {
            (Line::None, _) => self.check_cookies(lines("cookie")),
            (Line::One(origin), _) if origin.as_ref() == b"null" => {
                Err(CrossOriginError::OpaqueOrigin)
            }
            (_, None) => Err(CrossOriginError::Malformed),
            (_, Some(origin)) => {
                let host = host(authority, lines("host")).ok_or(CrossOriginError::Malformed)?;
                if origin.may_be(&host) { Ok(()) } else { Err(CrossOriginError::OtherOrigin) }
            }
        }
    }

    /// A request that does not tell where it comes from: harmless without a session.
    fn check_cookies<L: AsRef<[u8]>>(
        &self,
        lines: impl IntoIterator<Item = L>,
    ) -> Result<(), CrossOriginError> {
        let is_in = |line: &L| {
            let carries = |name: &String| cookie::values(line.as_ref(), name).next().is_some();
            self.cookies.iter().any(carries)
        };
        let refused = !self.pass_without_origin && lines.into_iter().any(|line| is_in(&line));
        if refused { Err(CrossOriginError::NoOrigin) } else { Ok(()) }
    }
}

/// A header that a request may have once.
enum Line<L> {
    None,
    One(L),
    Several,
}

impl<L> Line<L> {
    fn of(lines: impl IntoIterator<Item = L>) -> Self {
        let mut lines = lines.into_iter();
        match (lines.next(), lines.next()) {
            (None, _) => Self::None,
            (Some(line), None) => Self::One(line),
            (Some(_), Some(_)) => Self::Several,
        }
    }
}

/// What all of a request's hosts agree on.
fn host<L: AsRef<[u8]>>(
    authority: Option<&str>,
    lines: impl IntoIterator<Item = L>,
) -> Option<Authority> {
    let lines = lines.into_iter().map(|line| Authority::parse(line.as_ref()));
    let mut hosts =
        authority.map(|text| Authority::parse(text.as_bytes())).into_iter().chain(lines);
    let first = hosts.next()??;
    hosts.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

impl fmt::Debug for CrossOriginProtection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrossOriginProtection")
            .field("cookies", &self.cookies)
            .finish_non_exhaustive()
    }
}
