//! The shop, two providers that it knows, and what the shop answered.

use std::io::{BufRead, BufReader};
use std::net::Ipv4Addr;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::extract::Request;
use axum::http::header::{REFERER, SET_COOKIE};
use axum::middleware::{Next, from_fn};
use hardtack::testing::ManualClock;
use hardtack::{Application, Key, Timestamp};
use hardtack_browser::Browser;
use hardtack_login::{Mail, Provider, Shop, Store};
use tokio::net::TcpListener;

/// One answer of the shop.
#[derive(Clone, Debug)]
pub struct Answer {
    pub target: String,
    pub referer: Option<String>,
    pub status: u16,
    pub set_cookies: Vec<String>,
}

impl Answer {
    pub fn starts_a_session(&self) -> bool {
        self.set_cookies
            .iter()
            .any(|line| line.starts_with("__Host-shop=") && !line.starts_with("__Host-shop=;"))
    }
}

pub struct World {
    /// Where the shop is.
    pub origin: String,
    pub clock: ManualClock,
    pub issuers: Vec<String>,
    pub store: Store,
    answers: Arc<Mutex<Vec<Answer>>>,
    mails: Arc<Mutex<Vec<Mail>>>,
    _providers: Vec<Running>,
}

impl World {
    pub async fn new() -> Self {
        Self::with_providers(2).await
    }

    pub async fn with_providers(number: usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        // Another site than the providers at 127.0.0.1, and a name to which browsers grant Secure cookies without TLS.
        let origin = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let callback = format!("{origin}/callback");
        let (mut running, mut issuers, mut providers) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..number {
            let (process, issuer) = Running::start(&callback);
            let known = Provider::discover(&issuer, "shop", "shop-secret", &callback).await;
            providers.push(known.unwrap());
            running.push(process);
            issuers.push(issuer);
        }
        let clock = ManualClock::at(Timestamp::now());
        let shop = Application::builder("shop", Key::generate().unwrap()).clock(clock.clone());
        let answers = Arc::<Mutex<Vec<Answer>>>::default();
        let seen = Arc::clone(&answers);
        let note = from_fn(move |request: Request, next: Next| {
            let (seen, target) = (Arc::clone(&seen), request.uri().to_string());
            let referer = request.headers().get(REFERER);
            let referer = referer.map(|from| from.to_str().unwrap().to_owned());
            async move {
                let response = next.run(request).await;
                let lines = response.headers().get_all(SET_COOKIE).iter();
                let set_cookies = lines.map(|line| line.to_str().unwrap().to_owned()).collect();
                let status = response.status().as_u16();
                seen.lock().unwrap().push(Answer { target, referer, status, set_cookies });
                response
            }
        });
        let (store, mails) = (Store::in_memory().unwrap(), Arc::default());
        let (at, sent) = (origin.parse().unwrap(), Arc::clone(&mails));
        let shop = Shop::router(&shop.build().unwrap(), &at, store.clone(), providers, sent);
        let shop = shop.unwrap().layer(note);
        tokio::spawn(async move { axum::serve(listener, shop).await.unwrap() });
        Self { origin, clock, issuers, store, answers, mails, _providers: running }
    }

    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The newest answer to a request for this path.
    #[track_caller]
    pub fn answer(&self, path: &str) -> Answer {
        let answers = self.answers.lock().unwrap();
        let found =
            answers.iter().rev().find(|answer| answer.target.split('?').next() == Some(path));
        found.unwrap_or_else(|| panic!("{path} was not asked for: {answers:?}")).clone()
    }

    /// All that a log of the server may hold: what was asked for, and from which page.
    pub fn log(&self) -> String {
        let answers = self.answers.lock().unwrap();
        answers.iter().map(|answer| format!("{} {:?}\n", answer.target, answer.referer)).collect()
    }

    /// Where the newest mail's link leads.
    pub fn mailed(&self) -> String {
        let mails = self.mails.lock().unwrap();
        self.at(&mails.last().expect("a mail was sent").link)
    }

    pub fn mails(&self) -> usize {
        self.mails.lock().unwrap().len()
    }

    /// The newest answer to a request for this path refuses, and no session came of it.
    #[track_caller]
    pub fn refused_at(&self, path: &str) {
        let answer = self.answer(path);
        assert_eq!(answer.status, 400, "{answer:?}");
        assert!(!answer.starts_a_session(), "{answer:?}");
    }

    /// The newest answer to a callback is 400, and no session came of it.
    #[track_caller]
    pub fn refused(&self, browser: &Browser) -> impl Future<Output = ()> {
        let at = std::panic::Location::caller();
        let answer = self.answer("/callback");
        async move {
            assert_eq!(answer.status, 400, "{answer:?} at {at}");
            assert!(!answer.starts_a_session(), "{answer:?} at {at}");
            assert!(browser.has("#refused").await, "no page for the visitor at {at}");
            assert_eq!(browser.cookies_named("__Host-shop").await, [], "at {at}");
        }
    }
}

/// A provider's process, and what it prints, which must go on being open. Dropping it ends it.
pub struct Running(Child, #[allow(dead_code, reason = "kept open")] BufReader<ChildStdout>);

impl Running {
    pub fn start(callback: &str) -> (Self, String) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/provider");
        let mut child = Command::new("node")
            .args(["provider.mjs", callback])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node is installed");
        let mut issuer = String::new();
        let mut printed = BufReader::new(child.stdout.take().unwrap());
        printed.read_line(&mut issuer).unwrap();
        let issuer = issuer.trim_end().to_owned();
        assert!(
            issuer.starts_with("http://127.0.0.1:"),
            "the provider printed {issuer:?}; npm ci in {folder}?"
        );
        (Self(child, printed), issuer)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Chooses a provider on the shop's page and stops at its form.
pub async fn begin(browser: &Browser, world: &World, provider: usize) {
    browser.go(&world.at("/")).await;
    browser.follow(["p:nth-of-type(1) .log-in", "p:nth-of-type(2) .log-in"][provider]).await;
    assert!(browser.address().await.starts_with(&world.issuers[provider]));
}

/// Fills in the provider's form and agrees to what it asks.
pub async fn sign_in(browser: &Browser, name: &str) {
    browser.fill("[name=login]", name).await;
    browser.fill("[name=password]", "any").await;
    browser.follow("[type=submit]").await;
    if browser.has("[name=prompt][value=consent]").await {
        browser.follow("[type=submit]").await;
    }
}

/// The cookies of flows that are open.
pub async fn flow_cookies(browser: &Browser) -> Vec<hardtack_browser::Cookie> {
    let all = browser.cookies().await;
    all.into_iter().filter(|cookie| cookie.name.starts_with("__Host-shop~login-")).collect()
}
