//! The site: the page with all doors, the provider's door and its callback, a page for those who are logged in, and the ways out.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header::COOKIE};
use axum::response::{Html, IntoResponse, Redirect, Response, Result};
use axum::routing::{get, post};
use axum::{Router, response::ErrorResponse};
use hardtack::ceremony::Ceremony;
use hardtack::denylist::Denylist;
use hardtack::flash::{Flash, FlashLevel};
use hardtack::login::{HasProofs, LoginFlows, Proof, Proofs, RequireIss};
use hardtack::{Application, Session, SessionLayer, SessionSlot, SetupError};
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude::Url;

use crate::link::{Links, Mail};
use crate::page::{escape, page};
use crate::passkey::Passkeys;
use crate::store::{Account, Store};
use crate::{Provider, form};

/// Who is logged in, and what they proved when.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
pub struct User {
    pub id: i64,
    pub name: String,
    pub proofs: Proofs,
}

impl User {
    /// Without a proof: each door says which it was.
    pub fn of(account: &Account) -> Self {
        // A provider's user is called `subject at issuer` among the accounts.
        let name = account.name.split(" at ").next().unwrap_or_default().to_owned();
        Self { id: account.id, name, proofs: Proofs::default() }
    }
}

impl HasProofs for User {
    fn proofs(&self) -> &Proofs {
        &self.proofs
    }

    fn proofs_mut(&mut self) -> &mut Proofs {
        &mut self.proofs
    }
}

pub struct Shop {
    pub(crate) application: Application,
    pub(crate) store: Store,
    providers: Vec<Provider>,
    flows: LoginFlows,
    pub(crate) passkeys: Passkeys,
    pub(crate) links: Links,
    /// The page to return to after the question for the password.
    pub(crate) confirm: Ceremony<String>,
    pub(crate) everywhere: Denylist<i64>,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl Shop {
    /// The site's routes. The application makes all kinds of cookies and tokens, and seals each under its own key. `origin` is the
    /// site's, as browsers show it; `mails` is what it would send.
    pub fn router(
        application: &Application,
        origin: &Url,
        store: Store,
        providers: Vec<Provider>,
        mails: Arc<Mutex<Vec<Mail>>>,
    ) -> Result<Router, SetupError> {
        let mut flows = application.login_flows().return_to(["/", "/account/*"]);
        for provider in &providers {
            // Their metadata say so: authorization_response_iss_parameter_supported.
            flows = flows.issuer(provider.issuer(), RequireIss::Yes);
        }
        let flows = flows.build()?;
        let everywhere = application.denylist();
        let users = application
            .session()
            .revocation(everywhere.by_subject(|user: &User| &user.id))
            .build()?;
        let flash = application.flash().build()?;
        Ok(Router::new()
            .route("/", get(home))
            .route("/login", get(login))
            .route("/callback", get(callback))
            .merge(form::routes())
            .merge(Passkeys::routes())
            .merge(Links::routes())
            .route("/account/orders", get(orders))
            .route("/logout", post(logout))
            .route("/everywhere", post(log_out_everywhere))
            .layer(SessionLayer::new(users))
            .layer(SessionLayer::new(flash))
            .with_state(Arc::new(Self {
                application: application.clone(),
                store,
                providers,
                flows,
                passkeys: Passkeys::new(application, origin)?,
                links: Links::new(application)?,
                confirm: application.ceremony("confirm").build()?,
                everywhere,
                mails,
            })))
    }

    fn provider(&self, issuer: &str) -> Option<&Provider> {
        self.providers.iter().find(|provider| provider.issuer() == issuer)
    }

    pub(crate) fn mail(&self, to: &str, link: String) {
        let mail = Mail { to: to.to_owned(), link };
        self.mails.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
    }
}

const DOORS: &str = "\
    <form id=sign-up method=post action=/sign-up><input name=name><input name=email>\
    <input type=password name=password><button>Sign up</button></form>\
    <form id=password method=post action=/password><input name=name>\
    <input type=password name=password><button>Log in</button></form>\
    <form id=passkey method=post action=/passkey/log-in/done data-begin=/passkey/log-in>\
    <input type=hidden name=id><input type=hidden name=credential><button>Log in with a passkey</button></form>\
    <form id=link method=post action=/link/ask><input name=name><button>Mail me a link</button></form>\
    <form id=reset method=post action=/reset/ask><input name=name><button>I forgot my password</button></form>\
    <script src=/passkey.js></script>";

const INSIDE: &str = "\
    <p><a id=orders href=/account/orders>Orders</a> <a id=email href=/account/email>Mail address</a>\
    <form id=new-passkey method=post action=/passkey/new/done data-begin=/passkey/new data-new=yes>\
    <input type=hidden name=id><input type=hidden name=credential><button>Add a passkey</button></form>\
    <form method=post action=/logout><button id=log-out>Log out</button></form>\
    <form method=post action=/everywhere><button id=everywhere>Log out everywhere</button></form>\
    <script src=/passkey.js></script>";

async fn home(
    State(shop): State<Arc<Shop>>,
    user: Option<Session<User>>,
    flash: SessionSlot<Flash>,
) -> Result<Html<String>> {
    let body = match user {
        Some(user) => format!("<p>You are <b id=who>{}</b>.{INSIDE}", escape(&user.name)),
        None => {
            let button = |number| {
                format!(
                    "<p><a class=log-in href='/login?provider={number}&return_to=/account/orders'>Log in at provider {number}</a>"
                )
            };
            (0..shop.providers.len()).map(button).chain([DOORS.to_owned()]).collect()
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
    let account = shop.store.by_provider(flow.issuer(), &subject);
    let account = account.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
    flash.push(FlashLevel::Success, format!("signed in as {subject}"))?;
    // A new session, whatever this browser held before: it may have been planted.
    users.start(User::of(&account))?.prove(Proof::Provider)?;
    let back = Redirect::to(flow.return_to());
    Ok((flow, back).into_response())
}

async fn orders(user: Session<User>, flash: SessionSlot<Flash>) -> Result<Html<String>> {
    let body = format!(
        "<h1>Orders of <span id=who>{}</span></h1><p><a id=home href=/>Home</a>",
        escape(&user.name)
    );
    Ok(page(&flash.take()?, &body))
}

async fn logout(users: SessionSlot<User>, flash: SessionSlot<Flash>) -> Result<Redirect> {
    users.end()?;
    flash.push(FlashLevel::Info, "signed out")?;
    Ok(Redirect::to("/"))
}

/// Ends all sessions of this user, this one too.
async fn log_out_everywhere(
    State(shop): State<Arc<Shop>>,
    user: Session<User>,
    users: SessionSlot<User>,
    flash: SessionSlot<Flash>,
) -> Result<Redirect> {
    shop.everywhere.log_out_everywhere(&user.id);
    users.end()?;
    flash.push(FlashLevel::Info, "signed out everywhere")?;
    Ok(Redirect::to("/"))
}

/// The status and the cookies that belong to the error, whose reason is logged, and a page for the visitor, who is told none.
pub fn refused(error: impl IntoResponse) -> ErrorResponse {
    let (head, _) = error.into_response().into_parts();
    (head.status, head.headers, try_again()).into()
}

/// What did not convince: a wrong password, a signature, a link. One answer for all of them.
pub fn not_accepted() -> Response {
    (StatusCode::BAD_REQUEST, try_again()).into_response()
}

fn try_again() -> Html<String> {
    page(&[], "<p id=refused>Signing in did not work. <a href=/>Start again</a>")
}
