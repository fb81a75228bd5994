//! A provider that posts the callback (`response_mode=form_post`): its page is another site, so the flow's cookie must be one that
//! crosses, and the callback exempt from the check of where requests come from.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, Method, header::COOKIE};
use axum::response::{IntoResponse, Redirect, Result};
use axum::routing::get;
use axum::{Form, Router};
use hardtack::login::{LoginFlows, RequireIss};
use hardtack::{Application, Key, SessionLayer, SessionSlot};
use hardtack_browser::{Browser, Profile};
use hardtack_login::{Provider, User};
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::world::{Running, flow_cookies, sign_in};

#[derive(Deserialize)]
struct Posted {
    state: String,
    iss: String,
    code: String,
}

async fn login(
    State(site): State<Arc<(LoginFlows, Provider)>>,
    headers: HeaderMap,
) -> Result<impl IntoResponse> {
    let (flows, provider) = &*site;
    let flow = flows.begin(headers.get_all(COOKIE), provider.issuer(), "/")?;
    let authorize = provider.authorize_url(&flow) + "&response_mode=form_post";
    Ok((flow, Redirect::to(&authorize)))
}

async fn callback(
    State(site): State<Arc<(LoginFlows, Provider)>>,
    users: SessionSlot<User>,
    headers: HeaderMap,
    Form(posted): Form<Posted>,
) -> Result<impl IntoResponse> {
    let (flows, provider) = &*site;
    let flow = flows.finish(headers.get_all(COOKIE), &posted.state, Some(&posted.iss))?;
    let who = provider.who(&posted.code, &flow).await.map_err(|_| "refused")?;
    users.start(User { id: 1, name: who.clone(), proofs: Default::default() })?;
    Ok((flow, who))
}

#[tokio::test]
async fn a_posted_callback_needs_the_settings_for_it() {
    for (form_post, exempt) in [(true, true), (false, true), (true, false)] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let redirect = format!("{origin}/callback");
        let (_running, issuer) = Running::start(&redirect);
        let provider = Provider::discover(&issuer, "shop", "shop-secret", &redirect).await.unwrap();
        let shop = Application::new("shop", Key::generate().unwrap()).unwrap();
        let flows = shop.login_flows().issuer(&issuer, RequireIss::Yes);
        let flows = if form_post { flows.form_post() } else { flows }.build().unwrap();
        let users = SessionLayer::new(shop.session::<User>().build().unwrap());
        let users = if exempt { users.exempt(Method::POST, "/callback") } else { users };
        let app = Router::new()
            .route("/login", get(login))
            .route("/callback", get(|| async {}).post(callback))
            .layer(users)
            .with_state(Arc::new((flows, provider)));
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });

        let profile = Profile::new();
        let browser = Browser::open(&profile).await;
        browser.go(&format!("{origin}/login")).await;
        sign_in(&browser, "ada").await;
        // The provider's last page posts itself.
        for _ in 0..100 {
            if browser.address().await == redirect {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let came_back = browser.text("body").await == "ada";
        let open = flow_cookies(&browser).await.len();
        let sessions = browser.cookies_named("__Host-shop").await.len();
        // Without the one the browser keeps its cookie back, without the other the callback is taken for a forgery: the flow stays open.
        let expected = if form_post && exempt { (true, 0, 1) } else { (false, 1, 0) };
        assert_eq!((came_back, open, sessions), expected, "{form_post} {exempt}");
    }
}
