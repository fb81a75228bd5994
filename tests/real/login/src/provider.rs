//! One OpenID provider: the address that visitors are sent to, and the exchange of a callback's code for who they are.

use std::fmt;
use std::io;

use hardtack::login::{FinishedFlow, LoginFlow};
use openidconnect::core::{CoreClient, CoreProviderMetadata, CoreResponseType};
use openidconnect::{
    AuthenticationFlow, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DiscoveryError,
    EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, PkceCodeVerifier, RedirectUrl,
};

use crate::http::HttpClient;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// A provider at which this site is registered.
#[derive(Clone)]
pub struct Provider {
    issuer: String,
    client: Client,
    http: HttpClient,
}

/// The provider did not say who the visitor is: a code that was used before, an ID token that is not this flow's, no answer.
#[derive(Clone, Copy, Debug)]
pub struct Refused;

impl Provider {
    /// Reads the provider's metadata (OpenID Connect Discovery), which must be those of this issuer.
    pub async fn discover(
        issuer: &str,
        id: &str,
        secret: &str,
        redirect_uri: &str,
    ) -> Result<Self, DiscoveryError<io::Error>> {
        let http = HttpClient::default();
        let url = IssuerUrl::new(issuer.to_owned()).map_err(DiscoveryError::UrlParse)?;
        let back = RedirectUrl::new(redirect_uri.to_owned()).map_err(DiscoveryError::UrlParse)?;
        let metadata =
            CoreProviderMetadata::discover_async(url, &|request| http.send(request)).await?;
        let (id, secret) = (ClientId::new(id.to_owned()), ClientSecret::new(secret.to_owned()));
        let client =
            CoreClient::from_provider_metadata(metadata, id, Some(secret)).set_redirect_uri(back);
        Ok(Self { issuer: issuer.to_owned(), client, http })
    }

    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Where the visitor goes to begin this flow.
    pub fn authorize_url(&self, flow: &LoginFlow) -> String {
        let (state, nonce) = (flow.state().to_owned(), flow.nonce().to_owned());
        let (url, ..) = self
            .client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                || CsrfToken::new(state),
                || Nonce::new(nonce),
            )
            .add_extra_param("code_challenge", flow.pkce_challenge())
            .add_extra_param("code_challenge_method", "S256")
            .url();
        url.into()
    }

    /// Who came back: exchanges the code with the flow's verifier, and holds the ID token to the provider's keys, to this client and
    /// to the flow's nonce.
    pub async fn who(&self, code: &str, flow: &FinishedFlow) -> Result<String, Refused> {
        let answer = self
            .client
            .exchange_code(AuthorizationCode::new(code.to_owned()))?
            .set_pkce_verifier(PkceCodeVerifier::new(flow.pkce_verifier().to_owned()))
            .request_async(&|request| self.http.send(request))
            .await?;
        let token = answer.extra_fields().id_token().ok_or(Refused)?;
        let nonce = Nonce::new(flow.nonce().to_owned());
        let claims = token.claims(&self.client.id_token_verifier(), &nonce)?;
        Ok(claims.subject().to_string())
    }
}

/// Whatever went wrong: the visitor is told one thing. A real site logs the error here.
impl<E: std::error::Error> From<E> for Refused {
    fn from(_: E) -> Self {
        Self
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
