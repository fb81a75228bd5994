//! The site: a button for each provider, the callback, a page for those who are logged in, and the way out.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header::COOKIE};
use axum::response::{Html, IntoResponse, Redirect, Response, Result};
use axum::routing::{get, post};
use axum::{Router, response::ErrorResponse};
use hardtack::flash::{Flash, FlashLevel};
use hardtack::login::{LoginFlowError, LoginFlows, RequireIss};
use hardtack::{Application, Session, SessionLayer, SessionSlot, SetupError};
use serde::{Deserialize, Serialize};

use crate::Provider;
use crate::page::{escape, page};

/// Who is logged in. A subject is unique at its issuer only: the two together name a user.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    pub issuer: String,
    pub subject: String,
}

pub struct Shop {
    providers: Vec<Provider>,
    flows: LoginFlows,
}

impl Shop {
    /// The site's routes. The application makes all three kinds of cookie, and seals each under its own key.
    pub fn router(shop: &Application, providers: Vec<Provider>) -> Result<Router, SetupError> {
        let mut flows = shop.login_flows().return_to(["/", "/account/*"]);
        for provider in &providers {
            // Their metadata say so: authorization_response_iss_parameter_supported.
            flows = flows.issuer(provider.issuer(), RequireIss::Yes);
        }
        let flows = flows.build()?;
        let users = shop.session::<User>().build()?;
        let flash = shop.flash().build()?;
        Ok(Router::new()
            .route("/", get(home))
            .route("/login", get(login))
            .route("/callback", get(callback))
            .route("/account/orders", get(orders))
            .route("/logout", post(logout))
            .layer(SessionLayer::new(users))
            .layer(SessionLayer::new(flash))
            .with_state(Arc::new(Self { providers, flows })))
    }

    fn provider(&self, issuer: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.issuer() == issuer)
    }
}

async fn home(
    State(shop): State<Arc<Shop>>,
    user: Option<Session<User>>,
    flash: SessionSlot<Flash>,
) -> Result<Html<String>> {
    let body = match user {
        Some(user) => format!(
            "<p>You are <b id=who>{}</b>.<p><a id=orders href=/account/orders>Orders</a>\
             <form method=post action=/logout><button id=log-out>Log out</button></form>",
            escape(&user.subject)
        ),
        None => {
            let button = |number| {
                format!(
                    "<p><a class=log-in href='/login?provider={number}&return_to=/account/orders'>Log in at provider {number}</a>"
                )
            };
            (0..shop.providers.len()).map(button).collect()
        }
    };
    Ok(page(&flash.take()?, &body))
}

#[derive(Deserialize)]
struct Login {
    provider: usize,
    return_to: String,
}

/// Sends the visitor to the provider. Its issuer is the site's own knowledge: the request says only which of them.
async fn login(
    State(shop): State<Arc<Shop>>,
    headers: HeaderMap,
    Query(asked): Query<Login>,
) -> Result<impl IntoResponse> {
    let provider = shop.providers.get(asked.provider).ok_or(StatusCode::NOT_FOUND)?;
    let flow = shop
        .flows
        .begin(headers.get_all(COOKIE), provider.issuer(), &asked.return_to)
        .map_err(refused)?;
    let authorize = provider.authorize_url(&flow);
    Ok((flow, Redirect::to(&authorize)))
}

#[derive(Deserialize)]
struct Callback {
    #[serde(default)]
    state: String,
    iss: Option<String>,
    /// What the visitor brings from the provider, unless the provider refused (`error=…` in its place).
    code: Option<String>,
}

/// The provider sent somebody back. First: did this browser go there, and for this answer? Then: who is it?
async fn callback(
    State(shop): State<Arc<Shop>>,
    headers: HeaderMap,
    Query(answer): Query<Callback>,
    users: SessionSlot<User>,
    flash: SessionSlot<Flash>,
) -> Result<Response> {
    let iss = answer.iss.as_deref();
    let flow = shop.flows.finish(headers.get_all(COOKIE), &answer.state, iss).map_err(refused)?;
    let provider = shop.provider(flow.issuer()).ok_or(StatusCode::BAD_REQUEST)?;
    let Some(code) = answer.code else {
        flash.push(FlashLevel::Warning, "you were not signed in")?;
        return Ok((flow, Redirect::to("/")).into_response());
    };
    let Ok(subject) = provider.who(&code, &flow).await else {
        return Ok((StatusCode::BAD_REQUEST, flow, try_again()).into_response());
    };
    flash.push(FlashLevel::Success, format!("signed in as {subject}"))?;
    // A new session, whatever this browser held before: it may have been planted.
    users.start(User { issuer: flow.issuer().to_owned(), subject })?;
    let back = Redirect::to(flow.return_to());
    Ok((flow, back).into_response())
}

async fn orders(user: Session<User>, flash: SessionSlot<Flash>) -> Result<Html<String>> {
    let body = format!(
        "<h1>Orders of <span id=who>{}</span></h1><p><a id=home href=/>Home</a>",
        escape(&user.subject)
    );
    Ok(page(&flash.take()?, &body))
}

async fn logout(users: SessionSlot<User>, flash: SessionSlot<Flash>) -> Result<Redirect> {
    users.end()?;
    flash.push(FlashLevel::Info, "signed out")?;
    Ok(Redirect::to("/"))
}

/// The status that belongs to the error, whose reason is logged, and a page for the visitor, who is told none.
fn refused(error: LoginFlowError) -> ErrorResponse {
    (error.into_response().status(), try_again()).into()
}

fn try_again() -> Html<String> {
    page(&[], "<p id=refused>Signing in did not work. <a href=/>Start again</a>")
}
