//! One flow: what the authorization request needs, and what the callback returns.

use std::fmt;

use super::Contents;
use crate::ceremony::Begun;
use crate::cookie::SetCookie;
use crate::crypto::{Zeroizing, sha256};
use crate::encoding;

/// A flow that has begun: what goes into the authorization request, and the cookies for the response that redirects to it.
#[must_use = "a flow that is not sent to the browser cannot be finished"]
pub struct LoginFlow {
    state: Zeroizing<String>,
    nonce: Zeroizing<String>,
    challenge: String,
    set_cookies: Vec<SetCookie>,
}

impl LoginFlow {
    pub(super) fn new(begun: Begun, contents: &Contents) -> Self {
        let (state, set_cookies) = begun.into_parts();
        Self {
            state,
            nonce: contents.nonce.text(),
            challenge: challenge(&contents.verifier.text()),
            set_cookies,
        }
    }

    /// Returns the parameter `state`: 36 characters.
    pub fn state(&self) -> &str {
        &self.state
    }

    /// Returns the parameter `nonce` (OpenID Connect Core section 3.1.2.1): 36 characters.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Returns the parameter `code_challenge`, 43 characters; `code_challenge_method` is `S256` (RFC 7636 section 4.3).
    pub fn pkce_challenge(&self) -> &str {
        &self.challenge
    }

    /// Returns the `Set-Cookie` lines for the response, one header each: removals of the oldest flows first, the flow's cookie
    /// last.
    ///
    /// Unless an adapter does it, also add `Cache-Control: no-store`: Set-Cookie does not keep a cache from giving this flow to
    /// others (RFC 9111 section 7.3). Redirect with status 302 or 303, which caches do not store unless told to. In axum the flow
    /// is a part of the response and sets all this itself: `(flow, Redirect::to(&authorize))`.
    pub fn set_cookies(&self) -> impl Iterator<Item = &SetCookie> {
        self.set_cookies.iter()
    }
}

/// A flow whose callback was accepted. The log-in is not done yet: exchange the code, and check the nonce in the ID token.
#[must_use = "the flow's cookie stays until `removal` is on the response"]
pub struct FinishedFlow {
    nonce: Zeroizing<String>,
    verifier: Zeroizing<String>,
    issuer: String,
    return_to: String,
    removal: SetCookie,
}

impl FinishedFlow {
    pub(super) fn new(contents: Contents, removal: SetCookie) -> Self {
        Self {
            nonce: contents.nonce.text(),
            verifier: contents.verifier.text(),
            issuer: contents.issuer,
            return_to: contents.return_to,
            removal,
        }
    }

    /// Returns the value that the ID token's `nonce` must have.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// Returns the token request's parameter `code_verifier` (RFC 7636 section 4.5): 43 characters.
    pub fn pkce_verifier(&self) -> &str {
        &self.verifier
    }

    /// Returns the provider that the flow began with. Send the code to no other.
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the path that the flow began with, where the visitor goes now.
    pub fn return_to(&self) -> &str {
        &self.return_to
    }

    /// Returns the `Set-Cookie` line that ends the flow. Set it whether or not the code turns out good, so that a callback works
    /// only once. In axum the flow is a part of the response and sets it itself: `(flow, redirect)`.
    pub fn removal(&self) -> &SetCookie {
        &self.removal
    }
}

/// The challenge of a PKCE verifier, method S256 (RFC 7636 section 4.2).
fn challenge(verifier: &str) -> String {
    let mut text = String::new();
    encoding::encode(&sha256(&[verifier.as_bytes()]), &mut text);
    text
}

/// Omits state, nonce and challenge.
impl fmt::Debug for LoginFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginFlow").field("set_cookies", &self.set_cookies).finish_non_exhaustive()
    }
}

/// Omits nonce and verifier.
impl fmt::Debug for FinishedFlow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FinishedFlow")
            .field("issuer", &self.issuer)
            .field("return_to", &self.return_to)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::Application;
    use crate::ceremony::Secret;
    use crate::key::Key;
    use crate::login::RequireIss;

    // RFC 7636 appendix B.
    #[test]
    fn the_challenge_is_the_one_of_the_rfc() {
        let bytes = [
            116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212,
            37, 77, 105, 214, 191, 240, 91, 88, 5, 88, 83, 132, 141, 121,
        ];
        let verifier = Secret::new(bytes).text();
        assert_eq!(*verifier, "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn the_challenge_is_of_the_verifier_that_comes_back() {
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let flows =
            shop.login_flows().issuer("https://id.example", RequireIss::No).build().unwrap();
        let flow = flows.begin([""], "https://id.example", "/").unwrap();
        let line = flow.set_cookies().next().unwrap();
        let line = format!("{}={}", line.name(), line.value());
        let done = flows.finish([line], flow.state(), None).unwrap();
        assert_eq!(challenge(done.pkce_verifier()), flow.pkce_challenge());
        assert_eq!(done.nonce(), flow.nonce());
    }
}
