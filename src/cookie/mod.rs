//! What the browser sees: the `Set-Cookie` line, its limits, and the name prefixes with rules attached.
//!
//! Section numbers are those of RFC 6265bis (draft-ietf-httpbis-rfc6265bis), draft 20.

use std::fmt;

use crate::error::{Problem, SetupError};

mod header;
#[cfg(feature = "cookie")]
mod jar;
mod name;

pub(crate) use header::{pairs, values, values_by_prefix};
pub(crate) use name::{check_name, is_name};

/// How many bytes of name and value together a browser accepts (section 5.6 step 5).
pub(crate) const NAME_VALUE_LIMIT: usize = 4096;
/// How many bytes of one attribute's value a browser reads (section 5.6.1 step 6).
pub(crate) const ATTRIBUTE_LIMIT: usize = 1024;
/// The longest that browsers keep a cookie: 400 days (section 5.5).
const MAX_AGE_LIMIT: u64 = 400 * 86_400;

/// Which cross-site requests carry the cookie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SameSite {
    /// None, not even links: a user who follows a link from elsewhere arrives without the session.
    ///
    /// To the server, a cookie that the browser holds back looks like no cookie. Greet such visitors with a page that links on,
    /// and do not start a session for them: [`start`](crate::SessionSlot::start) or
    /// [`get_or_start`](crate::SessionSlot::get_or_start) would replace the session that they already have.
    Strict,
    /// Top-level navigations with a safe method: a user who follows a link from elsewhere stays logged in. The default.
    ///
    /// A POST from another site, such as a payment provider's return, arrives without the cookie, as with
    /// [`Strict`](Self::Strict).
    #[default]
    Lax,
    /// All of them. Needs Secure, and leaves protection against cross-site request forgery to you.
    None,
}

/// Where a browser keeps a cookie: path, domain and partition. One name in two scopes makes two cookies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    pub(crate) path: String,
    pub(crate) domain: Option<String>,
    pub(crate) partitioned: bool,
}

/// `Path=/`, this host only, not partitioned.
impl Default for Scope {
    fn default() -> Self {
        Self::new("/")
    }
}

impl Scope {
    /// Creates a scope with `Path=path`, for this host only, not partitioned.
    pub fn new(path: impl Into<String>) -> Self {
        Self { path: path.into(), domain: None, partitioned: false }
    }

    /// Extends the scope to all hosts under `domain`.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    /// Keeps a separate cookie for each top-level site that embeds this one (CHIPS).
    pub fn partitioned(mut self) -> Self {
        self.partitioned = true;
        self
    }

    /// Whether a browser keeps both in one place. It ignores a domain's case and leading dot (sections 5.1.2 and 5.6.3).
    pub(crate) fn is_same_place(&self, other: &Self) -> bool {
        let domain = |scope: &Self| {
            let domain = scope.domain.as_deref()?;
            Some(domain.strip_prefix('.').unwrap_or(domain).to_ascii_lowercase())
        };
        self.path == other.path
            && self.partitioned == other.partitioned
            && domain(self) == domain(other)
    }
}

/// All of a cookie except its name, value and age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) secure: bool,
    pub(crate) http_only: bool,
    pub(crate) same_site: SameSite,
    pub(crate) scope: Scope,
}

impl Default for Attributes {
    fn default() -> Self {
        Self { secure: true, http_only: true, same_site: SameSite::Lax, scope: Scope::default() }
    }
}

/// A cookie's name and attributes, checked and rendered once.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    /// The name and `=`.
    front: String,
    attributes: String,
}

impl Template {
    pub(crate) fn new(name: &str, attributes: &Attributes) -> Result<Self, SetupError> {
        check_name(name, attributes)?;
        let Attributes { secure, http_only, same_site, scope } = attributes;
        check_scope(scope)?;
        if *same_site == SameSite::None && !secure {
            return Err(Problem::SameSiteNoneNeedsSecure.into());
        }
        if scope.partitioned && !secure {
            return Err(Problem::PartitionedNeedsSecure.into());
        }
        let mut rendered = format!("; Path={}", scope.path);
        if let Some(domain) = &scope.domain {
            rendered.push_str("; Domain=");
            rendered.push_str(domain);
        }
        if *http_only {
            rendered.push_str("; HttpOnly");
        }
        if *secure {
            rendered.push_str("; Secure");
        }
        rendered.push_str(match same_site {
            SameSite::Strict => "; SameSite=Strict",
            SameSite::Lax => "; SameSite=Lax",
            SameSite::None => "; SameSite=None",
        });
        if scope.partitioned {
            rendered.push_str("; Partitioned");
        }
        Ok(Self { front: format!("{name}="), attributes: rendered })
    }

    pub(crate) fn name(&self) -> &str {
        &self.front[..self.front.len() - 1]
    }

    /// What the line ends with, from the first `;` on.
    #[cfg(feature = "device-binding")]
    pub(crate) fn attributes(&self) -> &str {
        &self.attributes
    }

    /// The start of the line, up to the value.
    pub(crate) fn front(&self) -> &str {
        &self.front
    }

    /// The same cookie under a longer name. `suffix` must consist of token characters.
    pub(crate) fn with_suffix(&self, suffix: &str) -> Self {
        Self { front: format!("{}{suffix}=", self.name()), attributes: self.attributes.clone() }
    }

    /// Bytes of the line without the value, including room for the longest Max-Age if `persistent`.
    pub(crate) fn overhead(&self, persistent: bool) -> usize {
        let max_age = if persistent { "; Max-Age=34560000".len() } else { 0 };
        self.front.len() + self.attributes.len() + max_age
    }

    /// How many bytes [`finish`](Self::finish) may add.
    pub(crate) fn spare(&self) -> usize {
        self.overhead(true) - self.front.len()
    }

    /// Completes a line that holds [`front`](Self::front) and the value. `max_age` is in seconds.
    pub(crate) fn finish(&self, mut text: String, max_age: Option<u64>) -> SetCookie {
        let name_len = self.front.len() - 1;
        let value_len = text.len() - self.front.len();
        text.push_str(&self.attributes);
        if let Some(seconds) = max_age {
            text.push_str("; Max-Age=");
            push_decimal(seconds.min(MAX_AGE_LIMIT), &mut text);
        }
        SetCookie { text, name_len, value_len }
    }

    /// The line that makes the browser delete the cookie. It repeats every attribute: browsers ignore a `__Host-` removal without
    /// Secure, and with another Path or Domain it would remove another cookie.
    pub(crate) fn removal(&self) -> SetCookie {
        let mut removal = self.finish(self.front.clone(), Some(0));
        removal.text.push_str("; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
        removal
    }
}

/// Writes decimal digits without the formatting machinery, which costs more than the rest of the line.
fn push_decimal(number: u64, text: &mut String) {
    if number >= 10 {
        push_decimal(number / 10, text);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

pub(crate) fn check_scope(scope: &Scope) -> Result<(), SetupError> {
    let Scope { path, domain, .. } = scope;
    let in_path = |byte: u8| (0x20..0x7F).contains(&byte) && byte != b';';
    let is_path = path.starts_with('/') && !path.ends_with(' ');
    if !is_path || path.len() > ATTRIBUTE_LIMIT || !path.bytes().all(in_path) {
        return Err(Problem::Path.into());
    }
    let Some(domain) = domain else { return Ok(()) };
    let in_domain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    let has_empty_label = domain.strip_prefix('.').unwrap_or(domain).split('.').any(str::is_empty);
    if has_empty_label || domain.len() > ATTRIBUTE_LIMIT || !domain.bytes().all(in_domain) {
        return Err(Problem::Domain.into());
    }
    Ok(())
}

/// The complete value of one `Set-Cookie` header. `Debug` hides the cookie's value.
#[derive(Clone, PartialEq, Eq)]
#[must_use = "a cookie does nothing until it is in a response"]
pub struct SetCookie {
    text: String,
    name_len: usize,
    value_len: usize,
}

impl SetCookie {
    /// Returns the header's value: `name=value; Path=/; …`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Converts into the header's value.
    pub fn into_string(self) -> String {
        self.text
    }

    /// Returns the cookie's name.
    pub fn name(&self) -> &str {
        &self.text[..self.name_len]
    }

    /// Returns the cookie's value: the token, or the empty text in a removal.
    pub fn value(&self) -> &str {
        &self.text[self.name_len + 1..][..self.value_len]
    }

    /// Returns the attributes, from the first `;` on.
    pub fn attributes(&self) -> &str {
        &self.text[self.name_len + 1 + self.value_len..]
    }
}

impl AsRef<str> for SetCookie {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Debug for SetCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, length, attributes) = (self.name(), self.value_len, self.attributes());
        write!(f, "SetCookie({name}=[{length} bytes]{attributes})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn template(change: impl FnOnce(&mut Attributes)) -> Result<Template, SetupError> {
        let mut attributes = Attributes::default();
        change(&mut attributes);
        Template::new("session", &attributes)
    }

    #[test]
    fn a_line_is_rendered_whole() {
        let template = template(|_| ()).unwrap();
        let mut text = template.front().to_owned();
        text.push_str("abc");
        let cookie = template.finish(text, Some(1_209_600));
        let expected = "session=abc; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=1209600";
        assert_eq!(cookie.as_str(), expected);
        assert_eq!((cookie.name(), cookie.value()), ("session", "abc"));
        assert_eq!(
            format!("{cookie:?}"),
            "SetCookie(session=[3 bytes]; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=1209600)"
        );
        assert!(cookie.as_str().len() <= template.overhead(true) + 3);
    }

    #[test]
    fn a_removal_keeps_every_attribute() {
        let template = template(|a| {
            a.http_only = false;
            a.same_site = SameSite::None;
            a.scope.path = "/shop".to_owned();
            a.scope.domain = Some("example.com".to_owned());
            a.scope.partitioned = true;
        });
        assert_eq!(
            template.unwrap().removal().as_str(),
            "session=; Path=/shop; Domain=example.com; Secure; SameSite=None; Partitioned; Max-Age=0; \
             Expires=Thu, 01 Jan 1970 00:00:00 GMT"
        );
    }

    #[test]
    fn no_life_is_longer_than_400_days() {
        let template = template(|_| ()).unwrap();
        let longest = template.finish(template.front().to_owned(), Some(u64::MAX));
        assert!(longest.as_str().ends_with("; Max-Age=34560000"));
        assert_eq!(longest.as_str().len(), template.overhead(true));
        let session = template.finish(template.front().to_owned(), None);
        assert_eq!(session.as_str().len(), template.overhead(false));
    }

    #[test]
    fn attributes_that_browsers_would_drop_are_refused() {
        let refused = |change: fn(&mut Attributes)| {
            template(change).err().map(|error| error.problem().clone())
        };
        let long = || "/".repeat(1025);
        assert_eq!(
            refused(|a| (a.secure, a.same_site) = (false, SameSite::None)),
            Some(Problem::SameSiteNoneNeedsSecure)
        );
        assert_eq!(
            refused(|a| (a.secure, a.scope.partitioned) = (false, true)),
            Some(Problem::PartitionedNeedsSecure)
        );
        for path in ["", "shop", "/a ", "/a;b", "/a\n", "/\u{e9}", &long()] {
            let checked = check_scope(&Scope { path: path.to_owned(), ..Scope::default() });
            assert_eq!(checked, Err(Problem::Path.into()), "{path:?}");
        }
        for domain in ["", ".", "..a", "a..b", "a.", "a b", "a;b", "a/b", &long()] {
            let domain = Some(domain.to_owned());
            let checked = check_scope(&Scope { domain, ..Scope::default() });
            assert_eq!(checked, Err(Problem::Domain.into()));
        }
        assert_eq!(refused(|a| a.scope.path = "/".repeat(1024)), None);
    }
}
