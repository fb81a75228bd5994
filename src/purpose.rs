//! What a token is for, which is part of its key (docs/format-v1.md section 3).

use std::fmt;

use crate::cookie::is_name;
use crate::error::{Problem, SetupError};

/// A token made for one application, cookie or use does not open for another.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Purpose(String);

impl Purpose {
    /// The purpose of the cookie `name` of the application `app`.
    pub(crate) fn cookie(app: &str, name: &str) -> Result<Self, SetupError> {
        if !is_name(name) {
            return Err(Problem::CookieName { name: name.to_owned() }.into());
        }
        check_label("application", app)?;
        Ok(Self(format!("cookie:{app}/{name}")))
    }

    /// The purpose of any other use in the application `app`.
    pub(crate) fn token(app: &str, use_: &str) -> Result<Self, SetupError> {
        check_label("application", app)?;
        check_label("use", use_)?;
        Ok(Self(format!("token:{app}/{use_}")))
    }

    /// The same use, for tokens that are bound to a fact.
    pub(crate) fn of_bound_tokens(self) -> Self {
        Self(format!("bound:{}", self.0))
    }

    /// What a browser is given to bind the sessions in the cookie `name` of `app`. `what` is of a label's characters.
    #[cfg(feature = "device-binding")]
    pub(crate) fn device(app: &str, what: &str, name: &str) -> Result<Self, SetupError> {
        let Self(cookie) = Self::cookie(app, name)?;
        Ok(Self(cookie.replacen("cookie", what, 1)))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Purpose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Purpose({})", self.0)
    }
}

/// Checks a name. `what` says in the error whether it names an application or a use.
pub(crate) fn check_label(what: &'static str, name: &str) -> Result<(), SetupError> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if (1..=64).contains(&name.len()) && name.bytes().all(allowed) {
        Ok(())
    } else {
        Err(Problem::Label { what, name: name.to_owned() }.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_outside_the_alphabet_are_refused() {
        for name in ["", "a/b", "a b", "a~b", "caf\u{e9}", &"a".repeat(65)] {
            let refused = |what| Err(Problem::Label { what, name: name.to_owned() }.into());
            assert_eq!(Purpose::token(name, "x"), refused("application"));
            assert_eq!(Purpose::token("x", name), refused("use"));
            assert_eq!(Purpose::cookie(name, "x"), refused("application"));
        }
        let name = "a/b".to_owned();
        assert_eq!(Purpose::cookie("x", "a/b"), Err(Problem::CookieName { name }.into()));
        assert!(Purpose::token(&"a".repeat(64), "A-Z_a.z09").is_ok());
    }

    #[test]
    fn debug_shows_the_purpose() {
        let purpose = Purpose::token("shop", "api").unwrap();
        assert_eq!(format!("{purpose:?}"), "Purpose(token:shop/api)");
    }
}
