//! A site over TLS that binds its sessions, what it saw, and browsers that know of bindings.

use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{Html, Response};
use axum::routing::get;
use axum::{Router, serve};
use hardtack::denylist::Denylist;
use hardtack::device::DeviceBinding;
use hardtack::{
    Application, Clock, Key, Session, SessionCookie, SessionError, SessionLayer, SessionSlot,
    SystemClock, Timestamp,
};
use hardtack_browser::{Browser, Cookie, Profile, Visitor};
use serde_json::json;
use tokio::time::sleep;

pub const NAME: &str = "__Host-shop";
pub const PROOF: &str = "__Host-shop~device";
pub const REGISTER: &str = "/hardtack-device/register";
pub const REFRESH: &str = "/hardtack-device/refresh";
/// Seconds of a proof, so short that a test can wait; the browser is told one less.
pub const LIFE: u64 = 8;

/// A request, and how it was answered.
#[derive(Clone, Debug)]
pub struct Seen {
    pub what: String,
    pub status: u16,
    pub headers: HeaderMap,
    /// The proof that the answer sets.
    pub proof: Option<String>,
    pub offers: bool,
}

pub struct World {
    proxy: Child,
    folder: PathBuf,
    tls: u16,
    plain: u16,
    pub users: SessionCookie<Visitor>,
    pub ahead: Arc<AtomicU64>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

/// The system's clock, moved ahead by seconds.
struct Ahead(Arc<AtomicU64>);

impl Clock for Ahead {
    fn now(&self) -> Timestamp {
        SystemClock.now() + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

impl World {
    pub async fn serve() -> Self {
        let ahead = Arc::<AtomicU64>::default();
        let shop = Application::builder("shop", Key::generate().unwrap());
        let shop = shop.clock(Ahead(Arc::clone(&ahead))).build().unwrap();
        let denylist: Denylist<str> = shop.denylist();
        let binding = DeviceBinding::default().proof_lifetime(Duration::from_secs(LIFE));
        let hook = denylist.by_subject(|visitor: &Visitor| visitor.name.as_str());
        let users = shop.session().device_binding(binding).revocation(hook).build().unwrap();
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let app = Router::new()
            .route("/login/{name}", get(log_in))
            .route("/who", get(who))
            .route("/me", get(me))
            .route("/logout", get(log_out))
            .layer(SessionLayer::new(users.clone()))
            .layer(from_fn_with_state(Arc::clone(&seen), record));
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let plain = listener.local_addr().unwrap().port();
        tokio::spawn(async move { serve(listener, app).await.unwrap() });
        let (proxy, folder, tls) = start_proxy(plain);
        let world = Self { proxy, folder, tls, plain, users, ahead, seen };
        world.until(|| tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, tls))).await;
        world
    }

    async fn until<F: Future<Output = std::io::Result<R>>, R>(&self, mut act: impl FnMut() -> F) {
        for _ in 0..100 {
            if act().await.is_ok() {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("nginx does not listen: {}", self.folder.display());
    }

    pub fn at(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.tls)
    }

    /// Chromium with bindings, and keys in software: no machine of CI has a TPM.
    pub async fn open(&self, profile: &Profile) -> Browser {
        let bindings = "--enable-features=DeviceBoundSessions:RefreshQuota/false,EnableBoundSessionCredentialsSoftwareKeysForManualTesting";
        Browser::open_as(profile, json!({}), &[bindings.to_owned(), trusted()]).await
    }

    /// Chromium as it comes.
    pub async fn open_plain(&self, profile: &Profile) -> Browser {
        Browser::open_as(profile, json!({}), &[trusted()]).await
    }

    /// What `curl` is answered: the status, and the body. No browser, no TLS, all headers as the test says.
    pub async fn curl(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
        let mut curl = Command::new("curl");
        curl.args(["-s", "-X", method, "-w", "\n%{http_code}"]);
        curl.args(["-H", &format!("host: localhost:{}", self.tls), "-H", "content-length: 0"]);
        for (name, value) in headers {
            curl.args(["-H", &format!("{name}: {value}")]);
        }
        curl.arg(format!("http://127.0.0.1:{}{path}", self.plain));
        let answer = tokio::task::spawn_blocking(move || curl.output().unwrap()).await.unwrap();
        let text = String::from_utf8(answer.stdout).unwrap();
        let (body, status) = text.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), body.to_owned())
    }

    /// What was asked of the endpoints since the last call, in order.
    pub fn asked(&self) -> Vec<Seen> {
        let seen = std::mem::take(&mut *self.seen.lock().unwrap());
        seen.into_iter().filter(|seen| seen.what.starts_with("POST /hardtack-device/")).collect()
    }

    /// Waits for the registration, which the browser makes beside everything else, until the browser holds what it was answered, or
    /// what it was given since: Chromium may refresh a new proof at once.
    pub async fn until_bound(&self, browser: &Browser) {
        for _ in 0..200 {
            let proofs = self.proofs();
            let has = |cookie: &Cookie| cookie.name == PROOF && proofs.contains(&cookie.value);
            if !proofs.is_empty() && browser.cookies().await.iter().any(has) {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        let seen = self.seen.lock().unwrap();
        panic!("not bound: {:?}", seen.iter().map(|seen| &seen.what).collect::<Vec<_>>());
    }

    /// The proofs from the last registration on.
    fn proofs(&self) -> Vec<String> {
        let what = format!("POST {REGISTER}");
        let seen = self.seen.lock().unwrap();
        let last = seen.iter().rposition(|seen| seen.what == what && seen.status == 200);
        let since = last.map_or(&[][..], |last| &seen[last..]);
        since.iter().filter_map(|seen| seen.proof.clone()).collect()
    }

    pub fn count(&self, what: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|seen| seen.what == what).count()
    }

    pub fn offers(&self) -> usize {
        self.seen.lock().unwrap().iter().filter(|seen| seen.offers).count()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        let _ = self.proxy.kill();
        let _ = self.proxy.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Waits until the browser has dropped a proof and the server takes it no more.
pub async fn proof_ends() {
    sleep(Duration::from_secs(LIFE + 1)).await;
}

/// `Cookie` line of all that a browser holds for the site.
pub async fn copied(browser: &Browser) -> String {
    let cookies = browser.cookies().await;
    let pairs = cookies.iter().map(|cookie| format!("{}={}", cookie.name, cookie.value));
    pairs.collect::<Vec<_>>().join("; ")
}

fn trusted() -> String {
    let spki = std::env::var("DEVICE_SPKI").expect("DEVICE_SPKI; .ci/device sets it");
    format!("--ignore-certificate-errors-spki-list={spki}")
}

fn start_proxy(plain: u16) -> (Child, PathBuf, u16) {
    let folder =
        std::env::temp_dir().join(format!("hardtack-device-{}-{plain}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let tls = free.local_addr().unwrap().port();
    drop(free);
    let certificate = std::env::var("DEVICE_CERTIFICATE").expect(".ci/device sets it");
    let at = folder.display();
    let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|what| format!("{what}_temp_path {at}/{what};"))
        .join(" ");
    let configuration = format!(
        "daemon off; master_process off; pid {at}/pid; error_log {at}/errors;
        events {{}}
        http {{ access_log off; {temporary}
            server {{
                listen 127.0.0.1:{tls} ssl;
                ssl_certificate {certificate}.pem; ssl_certificate_key {certificate}.key;
                location / {{
                    proxy_pass http://127.0.0.1:{plain};
                    proxy_http_version 1.1;
                    proxy_set_header Host $http_host;
                }}
            }}
        }}"
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, configuration).unwrap();
    let mut nginx = Command::new("nginx");
    let proxy = nginx.arg("-e").arg(folder.join("errors")).arg("-c").arg(&file).spawn().unwrap();
    (proxy, folder, tls)
}

async fn record(
    State(seen): State<Arc<Mutex<Vec<Seen>>>>,
    request: Request,
    next: Next,
) -> Response {
    let what = format!("{} {}", request.method(), request.uri().path());
    let headers = request.headers().clone();
    let response = next.run(request).await;
    let proof = response.headers().get_all("set-cookie").iter().find_map(|line| {
        let (cookie, rest) = line.to_str().unwrap().split_once(';').unwrap();
        let value = cookie.strip_prefix(PROOF)?.strip_prefix('=')?;
        (!rest.contains("Max-Age=0;")).then(|| value.to_owned())
    });
    let offers = response.headers().contains_key("secure-session-registration");
    let status = response.status().as_u16();
    seen.lock().unwrap().push(Seen { what, status, headers, proof, offers });
    response
}

async fn log_in(
    slot: SessionSlot<Visitor>,
    Path(name): Path<String>,
) -> Result<Html<&'static str>, SessionError> {
    slot.start_remembered(Visitor { name })?;
    Ok(Html("<!doctype html><p id=who>welcome</p>"))
}

async fn who(slot: SessionSlot<Visitor>) -> Html<String> {
    let who = match slot.open() {
        Ok(Some(visitor)) => format!("{} {:?}", visitor.name, visitor.device()),
        Ok(None) => "nobody".to_owned(),
        Err(refusal) => format!("refused: {}", refusal.label()),
    };
    Html(format!("<!doctype html><p id=who>{who}</p>"))
}

/// 401 without a session, as most routes have it.
async fn me(visitor: Session<Visitor>) -> (StatusCode, String) {
    (StatusCode::OK, visitor.name.clone())
}

async fn log_out(slot: SessionSlot<Visitor>) -> Result<Html<&'static str>, SessionError> {
    slot.end()?;
    Ok(Html("<!doctype html><p id=who>bye</p>"))
}
