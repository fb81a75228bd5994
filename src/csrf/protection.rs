//! Decides from method and headers alone whether a request that may change something comes from this site.

use std::fmt;
use std::sync::Arc;

use crate::cookie;
use crate::error::CrossOriginError;
use crate::head::RequestHead;
use crate::log;
use crate::origin::{Authority, Origin};
use crate::site::Site;

/// Methods that change nothing (RFC 9110 section 9.2.1), case-sensitive. TRACE is not listed: no browser sends it.
const SAFE: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// Refuses state-changing requests that another site made the browser send, judging by `Sec-Fetch-Site` and `Origin`.
///
/// The session layers of axum, actix-web and Rocket run this check themselves, and so does `begin_http`. Use this type for routes
/// without a session; [`Application::cross_origin_protection`](crate::Application::cross_origin_protection) returns it.
///
/// It needs no token in your forms, and protects the log-in form too. The rules follow OWASP's "Cross-Site Request Forgery
/// Prevention Cheat Sheet" (Fetch Metadata headers, falling back to `Origin`), the Fetch Metadata specification, and
/// `CrossOriginProtection` of Go's `net/http`. The last two rows are stricter than Go's. The first row that matches decides:
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
/// Browsers have sent `Sec-Fetch-Site` since 2023 at the latest, to `https:` and `localhost`. Older ones, and all of them over
/// plain HTTP, send `Origin` with everything but GET and HEAD, and with a WebSocket handshake. No page can set either header.
///
/// - A request that repeats one of these headers, or spells it differently than browsers do, is refused.
/// - Host names are compared without regard to case. A trailing dot makes a different host. Leaving out the port means the
///   default port of the origin's scheme. IPv6 addresses are compared as numbers.
/// - The request's host is its `:authority` or its `Host`; if it has several, all must agree. If your proxy replaces the
///   browser's `Host`, requests from old browsers fail: trust the site's own public origin then.
/// - The check does not know whether the request came over HTTP or HTTPS. Without `Sec-Fetch-Site`, a plain-HTTP page of the same
///   host passes. Strict Transport Security keeps such pages away.
/// - Without `Sec-Fetch-Site`, a page with `Referrer-Policy: no-referrer` has its own forms refused, because browsers send
///   `Origin: null` with them. Use `same-origin`, which hides just as much from other sites.
/// - A method override behind this check, by header or query, turns a GET that passed into a change. Apply overrides in front of
///   it.
/// - A script on one of your pages counts as your site: this check does not help against injection.
///
/// Each refusal is a `tracing` event (feature `tracing`). It says what was compared, and which setting would let the request
/// pass. The guide has [what to set](crate::guide::login#7-requests-from-elsewhere) for proxies, other hosts, payments and
/// programs.
#[derive(Clone)]
pub struct CrossOriginProtection {
    site: Arc<Site>,
    /// Method and path.
    exempt: Vec<(String, String)>,
    pass_without_origin: Vec<String>,
    off: bool,
}

/// How a request passed the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "an exempt request must not see a session"]
pub enum Passage {
    /// The request may use its session.
    Checked,
    /// The request is [exempt](CrossOriginProtection::exempt): ignore any session that it carries.
    Exempt,
}

impl CrossOriginProtection {
    pub(crate) fn of(site: &Arc<Site>) -> Self {
        let site = Arc::clone(site);
        Self { site, exempt: Vec::new(), pass_without_origin: Vec::new(), off: false }
    }

    /// Lets other sites send requests with this method to this path, such as a provider's callback that is posted through the
    /// browser. **An exempt request sees no session**, wherever it comes from; it may start one.
    ///
    /// Give the exact, original path of the request: behind axum's `nest` that includes the prefix that `nest` strips. To let one
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

    /// Lets requests to this path pass if they carry a session cookie but neither `Sec-Fetch-Site` nor `Origin`. This is for
    /// programs that use a session without being browsers. A path that ends in `/*` covers everything below it.
    ///
    /// # Warning
    /// A browser may leave out both headers, or a proxy or extension may remove them on the way. The server cannot tell such a
    /// browser from your program, so whatever another site makes it send passes too. It is better to have those programs send
    /// `Origin`.
    pub fn danger_pass_without_origin(mut self, path: impl Into<String>) -> Self {
        self.pass_without_origin.push(path.into());
        self
    }

    /// Turns the check off: every request passes.
    ///
    /// # Warning
    /// Any site can then post in the name of a logged-in user, as far as the cookie's `SameSite` allows; a page on a sibling host
    /// always can. Use this only if your site demands its own token with each request.
    pub fn danger_without_cross_origin_check(mut self) -> Self {
        self.off = true;
        self
    }

    /// Checks whether a request may be served.
    ///
    /// # Errors
    /// Why the request looks like another site's. Answer 403 and do nothing else; the reason is already logged.
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

    /// A request that does not say where it comes from is harmless without a session.
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

/// Whether a GET is a WebSocket handshake (RFC 6455 section 4.1), since changes can arrive over the socket. In HTTP/2 the
/// handshake is a CONNECT (RFC 8441).
fn is_websocket(request: &impl RequestHead) -> bool {
    let mut found = false;
    request.lines("upgrade", &mut |line| {
        let mut protocols = line.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
        found |= protocols.any(|protocol| protocol.eq_ignore_ascii_case(b"websocket"));
    });
    found
}

/// A header that a request may have at most once.
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

/// The host that all of a request's host headers agree on.
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
