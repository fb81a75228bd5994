//! Chromium over WebDriver: its profile, its pages, its cookie store.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::wd::{Capabilities, WebDriverCompatibleCommand, WindowHandle};
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

/// Beside what headless Chromium needs to run as root, nothing but silence on the network. No flag here touches cookies.
const ARGUMENTS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1000,1000",
];

/// A user data directory, which a restarted browser finds again.
pub struct Profile(PathBuf);

impl Profile {
    pub fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("hardtack-browser-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Default for Profile {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Profile {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A cookie as the browser's store holds it, HttpOnly or not.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Cookie {
    pub name: String,
    pub value: String,
    pub domain: String,
    pub path: String,
    /// Seconds since 1970; −1 in a session cookie.
    pub expires: f64,
    /// Bytes of name and value, as the browser counts them.
    pub size: usize,
    pub http_only: bool,
    pub secure: bool,
    pub session: bool,
    pub same_site: Option<String>,
}

/// A device that keeps passkeys and takes every question for a yes.
pub struct Authenticator(String);

/// One of a browser's tabs.
pub struct Tab(WindowHandle);

/// A running browser. Dropping it closes it, as a user would.
pub struct Browser {
    client: Client,
    driver: Url,
    session: String,
}

impl Browser {
    pub async fn open(profile: &Profile) -> Self {
        Self::open_with(profile, json!({})).await
    }

    /// With the user's settings, as the profile's `Preferences` file calls them.
    pub async fn open_with(profile: &Profile, settings: Value) -> Self {
        Self::open_as(profile, settings, &[]).await
    }

    /// The same with more of Chromium's arguments.
    pub async fn open_as(profile: &Profile, settings: Value, more: &[String]) -> Self {
        let driver = std::env::var("WEBDRIVER_URL")
            .expect("WEBDRIVER_URL names a running chromedriver; .ci/browser starts one");
        let mut arguments = ARGUMENTS.map(str::to_owned).to_vec();
        arguments.push(format!("--user-data-dir={}", profile.0.display()));
        arguments.extend_from_slice(more);
        let options = json!({ "args": arguments, "prefs": settings });
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(Capabilities::from_iter([("goog:chromeOptions".to_owned(), options)]))
            .connect(&driver)
            .await
            .expect("chromedriver opens a browser");
        // Closing is left to `drop`, which also runs where a test panics.
        client.persist().await.unwrap();
        let session = client.session_id().await.unwrap().expect("a session");
        Self { client, driver: driver.parse().unwrap(), session }
    }

    pub async fn go(&self, url: &str) {
        self.client.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// The tab that has the keyboard, where all calls go.
    pub async fn tab(&self) -> Tab {
        Tab(self.client.window().await.unwrap())
    }

    /// Opens a tab and goes to it.
    pub async fn new_tab(&self) -> Tab {
        let tab = Tab(self.client.new_window(true).await.unwrap().handle);
        self.switch(&tab).await;
        tab
    }

    pub async fn switch(&self, tab: &Tab) {
        self.client.switch_to_window(tab.0.clone()).await.unwrap();
    }

    pub async fn address(&self) -> String {
        self.client.current_url().await.unwrap().into()
    }

    pub async fn back(&self) {
        self.client.back().await.unwrap();
    }

    #[track_caller]
    pub fn find(&self, css: &'static str) -> impl Future<Output = Element> {
        let at = std::panic::Location::caller();
        async move {
            self.client
                .find(Locator::Css(css))
                .await
                .unwrap_or_else(|error| panic!("{css} at {at}: {error}"))
        }
    }

    pub async fn has(&self, css: &str) -> bool {
        !self.client.find_all(Locator::Css(css)).await.unwrap().is_empty()
    }

    pub async fn text(&self, css: &'static str) -> String {
        self.find(css).await.text().await.unwrap()
    }

    pub async fn fill(&self, css: &'static str, text: &str) {
        let field = self.find(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Sends keys to whatever has the focus.
    pub async fn keys(&self, keys: &str) {
        self.client.active_element().await.unwrap().send_keys(keys).await.unwrap();
    }

    /// Clicks what leads to another page, and waits until that page is there.
    pub async fn follow(&self, css: &'static str) {
        let link = self.find(css).await;
        self.leave(async || link.click().await.unwrap()).await;
    }

    /// Does what leads to another page, and waits until that page is there.
    pub async fn leave(&self, act: impl AsyncFnOnce()) {
        self.script("window.hardtackLeaving = true").await;
        act().await;
        for _ in 0..200 {
            // While the page changes there may be no document to ask.
            let there = self.client.execute(
                "return !window.hardtackLeaving && document.readyState === 'complete'",
                Vec::new(),
            );
            if there.await.is_ok_and(|there| there == json!(true)) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no other page came");
    }

    /// Runs the body of a function in the page, beside its Content-Security-Policy.
    pub async fn script(&self, body: &str) -> Value {
        self.client.execute(body, Vec::new()).await.unwrap_or_else(|e| panic!("{body}: {e}"))
    }

    /// The same for a function that calls `arguments[0]` when it is done.
    pub async fn script_async(&self, body: &str) -> Value {
        self.client.execute_async(body, Vec::new()).await.unwrap_or_else(|e| panic!("{body}: {e}"))
    }

    /// All cookies of the store, of whatever site.
    pub async fn cookies(&self) -> Vec<Cookie> {
        let found = self.devtools("Storage.getCookies", json!({})).await;
        serde_json::from_value(found["cookies"].clone()).unwrap()
    }

    /// The store's cookies of this name.
    pub async fn cookies_named(&self, name: &str) -> Vec<Cookie> {
        self.cookies().await.into_iter().filter(|cookie| cookie.name == name).collect()
    }

    #[track_caller]
    pub fn only_cookie(&self, name: &str) -> impl Future<Output = Cookie> {
        let at = std::panic::Location::caller();
        async move {
            let mut found = self.cookies_named(name).await;
            assert_eq!(found.len(), 1, "cookies called {name} at {at}: {found:?}");
            found.remove(0)
        }
    }

    pub async fn forget_cookies(&self) {
        self.devtools("Storage.clearCookies", json!({})).await;
    }

    /// Makes pages see `light` or `dark` as what the user prefers.
    pub async fn prefer(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    }

    /// Into `tests/real/browser/screenshots/`, which git ignores.
    pub async fn screenshot(&self, name: &str) {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("screenshots");
        std::fs::create_dir_all(&folder).unwrap();
        let png = self.client.screenshot().await.unwrap();
        std::fs::write(folder.join(name).with_extension("png"), png).unwrap();
    }

    /// Plugs in a device for passkeys (WebDriver's extension in Web Authentication section 11).
    pub async fn authenticator(&self) -> Authenticator {
        let kind = json!({ "protocol": "ctap2", "transport": "internal", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true });
        let id = self.webauthn(http::Method::POST, String::new(), Some(kind)).await;
        Authenticator(id.as_str().expect("an id").to_owned())
    }

    /// The passkeys of a device, private keys and counters included.
    pub async fn passkeys(&self, device: &Authenticator) -> Vec<Value> {
        let path = format!("/{}/credentials", device.0);
        self.webauthn(http::Method::GET, path, None).await.as_array().expect("a list").clone()
    }

    /// Takes all passkeys out of a device and puts this one in.
    pub async fn replace_passkeys(&self, device: &Authenticator, passkey: Value) {
        self.webauthn(http::Method::DELETE, format!("/{}/credentials", device.0), None).await;
        self.webauthn(http::Method::POST, format!("/{}/credential", device.0), Some(passkey)).await;
    }

    async fn webauthn(&self, method: http::Method, path: String, body: Option<Value>) -> Value {
        let body = body.map(|body| body.to_string());
        let command = WebAuthn { method, path, body };
        self.client.issue_cmd(command).await.unwrap_or_else(|e| panic!("webauthn: {e}"))
    }

    async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({ "cmd": command, "params": parameters }).to_string();
        self.client.issue_cmd(DevTools(body)).await.unwrap_or_else(|e| panic!("{command}: {e}"))
    }
}

/// Blocking, and without the client: a panicking test has no running executor to wait on.
impl Drop for Browser {
    fn drop(&mut self) {
        let address = (self.driver.host_str().unwrap(), self.driver.port().unwrap());
        let Ok(mut stream) = TcpStream::connect(address) else { return };
        let _ = stream.set_read_timeout(Some(Duration::from_secs(30)));
        let (session, host) = (&self.session, address.0);
        let request = format!(
            "DELETE /session/{session} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        );
        // The answer comes once the browser has exited and its cookies are on the disk.
        let _ = stream.write_all(request.as_bytes()).and_then(|()| stream.read(&mut [0; 64]));
    }
}

/// A command of WebDriver's extension for Web Authentication.
#[derive(Debug)]
struct WebAuthn {
    method: http::Method,
    path: String,
    body: Option<String>,
}

impl WebDriverCompatibleCommand for WebAuthn {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        let (session, path) = (session.unwrap_or_default(), &self.path);
        base.join(&format!("session/{session}/webauthn/authenticator{path}"))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (self.method.clone(), self.body.clone())
    }
}

/// chromedriver's way to the DevTools protocol, which knows cookies that pages and WebDriver do not.
#[derive(Debug)]
struct DevTools(String);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.0.clone()))
    }
}
