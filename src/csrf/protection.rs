//! The rule by which a request that may change something is this site's own: by its method and headers alone.

use std::fmt;
use std::sync::Arc;

use crate::cookie;
use crate::error::CrossOriginError;
use crate::head::RequestHead;
use crate::log;
use crate::origin::{Authority, Origin};
use crate::site::Site;

/// Methods that change nothing (RFC 9110 section 9.2.1); a method's name is case-sensitive. TRACE is left out: no browser sends it.
const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// Refuses requests that may change something and that another site had a browser send, by `Sec-Fetch-Site` and `Origin`.
///
/// The session layers of axum, actix-web and Rocket check by themselves, and so does `begin_http`. This type is for requests
/// without a session: it comes from [`Application::cross_origin_protection`](crate::Application::cross_origin_protection).
///
/// It needs no token in forms and guards the log-in form too. Sources: OWASP "Cross-Site Request Forgery Prevention Cheat
/// Sheet" (Fetch Metadata headers, with `Origin` where there are none), the Fetch Metadata specification, and
/// `CrossOriginProtection` of Go's `net/http`, than which it is stricter in the last two rows. The first row that holds decides:
///
/// | request | answer |
/// |---|---|
/// | an [exempt](Self::exempt) method and path | passes, without a session |
/// | GET, HEAD, OPTIONS, unless it asks for a WebSocket | passes: **change nothing on these** |
/// | `Sec-Fetch-Site: same-origin`, or `none` (the user's own doing) | passes |
/// | an `Origin` that the application [trusts](crate::ApplicationBuilder::trust) | passes |
/// | any other `Sec-Fetch-Site`, `same-site` too | refused |
/// | an `Origin` whose host and port are the request's | passes |
/// | any other `Origin`, `null` too | refused |
/// | neither header, but a session cookie of the application, or a predecessor's | refused, unless [told otherwise](Self::danger_pass_without_origin) |
/// | neither header, and no such cookie | passes: not a browser with a session |
///
/// Browsers have sent `Sec-Fetch-Site` since 2023 at the latest, to `https:` and `localhost`; before that, and over plain HTTP,
/// they send `Origin` with everything but GET and HEAD, and with the handshake of a WebSocket. No page can set either.
///
/// - A header that a request has twice, or spells in another way than browsers do, proves nothing: the request is refused.
/// - Host names are compared without regard to case. A trailing dot makes another host. No port and the default port of the
///   origin's scheme are the same. IPv6 addresses are compared as numbers.
/// - The request's host is its `:authority` or its `Host`; where it has several, all must agree. A proxy that replaces the
///   browser's `Host` makes old browsers' requests fail: trust the site's own public origin then.
/// - Whether the request came by HTTP or HTTPS is not known, so where there is no `Sec-Fetch-Site` a plain-HTTP page of the same
///   host passes. Strict Transport Security keeps such pages away.
/// - Where there is no `Sec-Fetch-Site`, a page with `Referrer-Policy: no-referrer` has its own forms refused: browsers send
///   `Origin: null` with them. `same-origin` is the policy that hides as much from others.
/// - A method override that is applied behind this, by a header or a query, makes a change of a GET that passed: apply it in front.
/// - A script on a page of this site is this site: nothing here helps against injection.
///
/// Each refusal is a `tracing` event (feature `tracing`) with what was compared and the setting that would let the request pass.
#[derive(Clone)]
pub struct CrossOriginProtection {
    site: Arc<Site>,
    /// Method and path.
    exempt: Vec<(String, String)>,
    pass_without_origin: Vec<String>,
    off: bool,
}

/// How a request passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an exempt request must not see a session"]
pub enum Passage {
    /// It may have a session.
    Checked,
    /// It is [exempt](CrossOriginProtection::exempt): give it no session that it brings.
    Exempt,
}

impl CrossOriginProtection {
    pub(crate) fn of(site: &Arc<Site>) -> Self {
        let site = Arc::clone(site);
        Self { site, exempt: Vec::new(), pass_without_origin: Vec::new(), off: false }
    }

    /// Lets other sites send requests of this method to this path, as they arrive: a provider's callback that is posted through
    /// the browser, say. **An exempt request sees no session**, wherever it comes from; it may start one.
    ///
    /// The path is exact, and the request's original one: behind axum's `nest` it has the prefix that `nest` strips. To let one
    /// origin in everywhere, *with* its sessions, [trust](crate::ApplicationBuilder::trust) it.
    pub fn exempt(mut self, method: impl AsRef<str>, path: impl Into<String>) -> Self {
        let (method, path) = (method.as_ref().to_owned(), path.into());
        let is_method = !method.is_empty() && method.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_method || !path.starts_with('/') || path.contains(['?', '#', '*']) {
            log::exempts_nothing(&method, &path);
        }
        self.exempt.push((method, path));
        self
    }

    /// Passes requests to this path that carry a session cookie and have neither `Sec-Fetch-Site` nor `Origin`: for programs
    /// that are not browsers and use a session all the same. A path that ends in `/*` stands for all below it.
    ///
    /// # Warning
    /// A browser that leaves out both headers, or a proxy or extension between it and here that removes them, looks like such a
    /// program, and whatever another site has it send passes. Better let those programs send `Origin`.
    pub fn danger_pass_without_origin(mut self, path: impl Into<String>) -> Self {
        self.pass_without_origin.push(path.into());
        self
    }

    /// Passes every request.
    ///
    /// # Warning
    /// Any site can then post in the name of whoever is logged in here, as far as the cookie's `SameSite` lets it, and a page of
    /// a sibling host always. Only for a site that demands its own token with each request.
    pub fn danger_without_cross_origin_check(mut self) -> Self {
        self.off = true;
        self
    }

    /// Whether a request may be served.
    ///
    /// # Errors
    /// Why it is taken for another site's: answer 403, and do nothing. The reason has been logged.
    pub fn check(&self, request: &impl RequestHead) -> Result<Passage, CrossOriginError> {
        let is_exempt = |(method, path): &(String, String)| {
            method == request.method() && path == request.path()
        };
        if self.exempt.iter().any(is_exempt) {
            return Ok(Passage::Exempt);
        }
        let changes_nothing = SAFE.contains(&request.method()) && !is_websocket(request);
        if changes_nothing || self.off {
            return Ok(Passage::Checked);
        }
        let judged = self.judge(request);
        // A browser's own request about its device: a proof that no page can make.
        #[cfg(feature = "device-binding")]
        if judged.is_err() && request.method() == "POST" && self.site.is_device(request.path()) {
            return Ok(Passage::Checked);
        }
        if let Err(refusal) = judged {
            log_refusal(request, refusal);
        }
        judged
    }

    fn judge(&self, request: &impl RequestHead) -> Result<Passage, CrossOriginError> {
        let site = Line::read(request, "sec-fetch-site", |site| {
            [&b"same-origin"[..], b"none"].contains(&site)
        });
        if matches!(site, Line::One(true)) {
            return Ok(Passage::Checked);
        }
        let origin = Line::read(request, "origin", |origin| match Origin::parse(origin) {
            Some(origin) => Ok(origin),
            None if origin == b"null" => Err(CrossOriginError::OpaqueOrigin),
            None => Err(CrossOriginError::Malformed),
        });
        if let Line::One(Ok(origin)) = &origin
            && self.site.trusted.contains(origin)
        {
            return Ok(Passage::Checked);
        }
        if !matches!(site, Line::None) {
            return Err(CrossOriginError::CrossSite);
        }
        match origin {
            Line::None => self.judge_without_origin(request),
            Line::One(Err(refusal)) => Err(refusal),
            Line::Several => Err(CrossOriginError::Malformed),
            Line::One(Ok(origin)) => {
                let host = host(request)?;
                let same = origin.may_be(&host);
                if same { Ok(Passage::Checked) } else { Err(CrossOriginError::OtherOrigin) }
            }
        }
    }

    /// A request that does not tell where it comes from: harmless without a session.
    fn judge_without_origin(
        &self,
        request: &impl RequestHead,
    ) -> Result<Passage, CrossOriginError> {
        let names = self.site.session_names();
        let mut carries_session = false;
        request.lines("cookie", &mut |line| {
            let carries = |name: &String| cookie::values(line, name).next().is_some();
            carries_session |= names.iter().any(carries);
        });
        let is_told = |path: &String| match path.strip_suffix('*') {
            Some(folder) if folder.ends_with('/') => request.path().starts_with(folder),
            _ => request.path() == path,
        };
        if carries_session && !self.pass_without_origin.iter().any(is_told) {
            return Err(CrossOriginError::NoOrigin);
        }
        Ok(Passage::Checked)
    }
}

/// Whether a GET is the handshake of a WebSocket (RFC 6455 section 4.1), over which changes may come. With HTTP/2 it is a
/// CONNECT (RFC 8441).
fn is_websocket(request: &impl RequestHead) -> bool {
    let mut found = false;
    request.lines("upgrade", &mut |line| {
        let mut protocols = line.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        found |= protocols.any(|protocol| protocol.eq_ignore_ascii_case(b"websocket"));
    });
    found
}

/// A header that a request may have once.
enum Line<V> {
    None,
    One(V),
    Several,
}

impl<V> Line<V> {
    fn read(
        request: &impl RequestHead,
        name: &'static str,
        mut read: impl FnMut(&[u8]) -> V,
    ) -> Self {
        let mut line = Self::None;
        request.lines(name, &mut |value| {
            line = if let Self::None = line { Self::One(read(value)) } else { Self::Several };
        });
        line
    }
}

/// What all of a request's hosts agree on.
fn host(request: &impl RequestHead) -> Result<Authority, CrossOriginError> {
    let mut hosts =
        Vec::from_iter(request.authority().map(|text| Authority::parse(text.as_bytes())));
    request.lines("host", &mut |line| hosts.push(Authority::parse(line)));
    let first = hosts.first().ok_or(CrossOriginError::NoHost)?.clone();
    let first = first.ok_or(CrossOriginError::Malformed)?;
    let agree = hosts.into_iter().all(|other| other.as_ref() == Some(&first));
    if agree { Ok(first) } else { Err(CrossOriginError::Malformed) }
}

/// Tells the operator what was compared, and which setting would let the request pass.
fn log_refusal(request: &impl RequestHead, refusal: CrossOriginError) {
    let shown = |name| {
        let mut shown = String::new();
        request.lines(name, &mut |line| log::append_shown(line, &mut shown));
        shown
    };
    let mut host = shown("host");
    if let Some(authority) = request.authority() {
        log::append_shown(authority.as_bytes(), &mut host);
    }
    let remedy = match refusal {
        CrossOriginError::CrossSite | CrossOriginError::OtherOrigin => {
            "Application::builder(…).trust(origin), or .exempt(method, path) on the outermost session layer"
        }
        CrossOriginError::OpaqueOrigin => {
            "Referrer-Policy: same-origin on the page, or .exempt(method, path) on the outermost session layer"
        }
        CrossOriginError::NoOrigin => {
            "send Origin, or .danger_pass_without_origin(path) on the outermost session layer"
        }
        CrossOriginError::NoHost => "send Host; a test in memory: Sec-Fetch-Site: same-origin",
        CrossOriginError::Malformed => {
            "Origin is scheme://host[:port] without a slash at the end, once; Host likewise"
        }
    };
    let mut path = String::new();
    log::append_shown(request.path().as_bytes(), &mut path);
    let compared = log::Compared {
        method: request.method(),
        path: &path,
        sec_fetch_site: &shown("sec-fetch-site"),
        origin: &shown("origin"),
        host: &host,
    };
    log::cross_origin_refused(refusal.label(), &compared, remedy);
}

impl fmt::Debug for CrossOriginProtection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrossOriginProtection")
            .field("application", &self.site.name)
            .field("exempt", &self.exempt)
            .field("pass_without_origin", &self.pass_without_origin)
            .field("off", &self.off)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
