//! A provider that posts the callback (`response_mode=form_post`): its page is another site, so the flow's cookie must be one that crosses.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect, Result};
use axum::routing::get;
use axum::{Form, Router};
use hardtack::{Key, LoginFlows};
use hardtack_browser::{Browser, Profile};
use hardtack_login::Provider;
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
    let flow = flows.begin_from(&headers, provider.issuer(), "/")?;
    let authorize = provider.authorize_url(&flow) + "&response_mode=form_post";
    Ok((flow, Redirect::to(&authorize)))
}

async fn callback(
    State(site): State<Arc<(LoginFlows, Provider)>>,
    headers: HeaderMap,
    Form(posted): Form<Posted>,
) -> Result<impl IntoResponse> {
    let (flows, provider) = &*site;
    let flow = flows.finish_from(&headers, &posted.state, Some(&posted.iss))?;
    let who = provider.who(&posted.code, &flow).await.map_err(|_| "refused")?;
    Ok((flow, who))
}

#[tokio::test]
async fn a_posted_callback_needs_the_setting_for_it() {
    for form_post in [true, false] {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let redirect = format!("{origin}/callback");
        let (_running, issuer) = Running::start(&redirect);
        let provider = Provider::discover(&issuer, "shop", "shop-secret", &redirect).await.unwrap();
        let builder = LoginFlows::builder("shop", Key::generate().unwrap());
        let builder = if form_post { builder.form_post() } else { builder };
        let app = Router::new()
            .route("/login", get(login))
            .route("/callback", get(|| async {}).post(callback))
            .with_state(Arc::new((builder.build().unwrap(), provider)));
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
        // Without it the browser keeps its cookie back, and the flow stays open.
        assert_eq!((came_back, open), if form_post { (true, 0) } else { (false, 1) });
    }
}
