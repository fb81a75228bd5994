//! Converts to and from the `cookie` crate, for programs that keep their cookies in its types.

use ::cookie::Cookie;

use super::{SetCookie, is_name};
use crate::error::{Problem, SetupError};

impl From<SetCookie> for Cookie<'static> {
    #[expect(clippy::expect_used, reason = "this crate rendered the text that is parsed here")]
    fn from(set_cookie: SetCookie) -> Self {
        Cookie::parse(set_cookie.text).expect("a SetCookie starts with a valid name and `=`")
    }
}

/// Fails if the name is not a token, or if the value holds white space, a control character, `;`, `,`, `"` or `\` (RFC 6265bis
/// section 4.1.1): the browser would send such a cookie back changed.
impl TryFrom<&Cookie<'_>> for SetCookie {
    type Error = SetupError;

    fn try_from(cookie: &Cookie<'_>) -> Result<Self, Self::Error> {
        let in_value = |byte: u8| byte.is_ascii_graphic() && !b";,\"\\".contains(&byte);
        if !is_name(cookie.name()) {
            return Err(Problem::CookieName { name: cookie.name().to_owned() }.into());
        }
        if !cookie.value().bytes().all(in_value) {
            return Err(Problem::CookieValue.into());
        }
        if cookie.path().is_some_and(has_separator) {
            return Err(Problem::Path.into());
        }
        if cookie.domain().is_some_and(has_separator) {
            return Err(Problem::Domain.into());
        }
        let (name_len, value_len) = (cookie.name().len(), cookie.value().len());
        Ok(Self { text: cookie.to_string(), name_len, value_len })
    }
}

fn has_separator(attribute: &str) -> bool {
    attribute.bytes().any(|byte| byte == b';' || byte.is_ascii_control())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cookie::{Attributes, SameSite, Scope, Template};

    #[test]
    fn every_attribute_crosses_over_and_back() {
        let attributes = Attributes {
            same_site: SameSite::None,
            scope: Scope {
                path: "/shop".to_owned(),
                domain: Some("example.com".to_owned()),
                partitioned: true,
            },
            ..Attributes::default()
        };
        let template = Template::new("__Secure-s", &attributes).unwrap();
        let text = format!("{}abc", template.front());
        let ours = template.finish(text, Some(60));
        let theirs = Cookie::from(ours.clone());
        assert_eq!((theirs.name(), theirs.value()), ("__Secure-s", "abc"));
        assert_eq!((theirs.path(), theirs.domain()), (Some("/shop"), Some("example.com")));
        assert_eq!(theirs.same_site(), Some(::cookie::SameSite::None));
        let flags = [theirs.secure(), theirs.http_only(), theirs.partitioned()];
        assert_eq!(flags, [Some(true); 3]);
        assert_eq!(theirs.max_age(), Some(time::Duration::seconds(60)));
        let back = SetCookie::try_from(&theirs).unwrap();
        assert_eq!((back.name(), back.value()), (ours.name(), ours.value()));
        let removal = Cookie::from(template.removal());
        assert_eq!((removal.value(), removal.max_age()), ("", Some(time::Duration::ZERO)));
    }

    #[test]
    fn a_cookie_that_would_split_is_refused() {
        let refused = |cookie: Cookie<'_>| {
            SetCookie::try_from(&cookie).err().map(|error| error.problem().clone())
        };
        let name = "a b".to_owned();
        assert_eq!(refused(Cookie::new("a b", "1")), Some(Problem::CookieName { name }));
        assert_eq!(refused(Cookie::new("a", "1; Path=/")), Some(Problem::CookieValue));
        assert_eq!(refused(Cookie::new("a", "1\r\nX: y")), Some(Problem::CookieValue));
        let path = Cookie::build(("a", "1")).path("/; Domain=evil").build();
        assert_eq!(refused(path), Some(Problem::Path));
        let domain = Cookie::build(("a", "1")).domain("a; Path=/").build();
        assert_eq!(refused(domain), Some(Problem::Domain));
    }
}
