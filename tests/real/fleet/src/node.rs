//! One server of the fleet: axum, a session, a ring that follows a file, a log beside it. It ends when its parent does.

use std::fs::File;
use std::path::Path;
use std::sync::Mutex;

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use hardtack::keys::Keys;
use hardtack::migrate::{Jar, JarKey, Moving, Predecessor};
use hardtack::{Application, SessionCookie, SessionCookieBuilder, SessionLayer, Timestamp};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::metrics::{CountEvents, begin_at_zero, ring_metrics};
use crate::release::{Release, Site};
use crate::visit::{After, Before, Visit};
use crate::{Error, old, pages, scale};

#[tokio::main(flavor = "current_thread")]
pub async fn serve(address: &str, ring: &str, site: &str, release: &str) -> Result<(), Error> {
    let site = Site::named(site).ok_or("no such site")?;
    let release = Release::named(release).ok_or("no such release")?;
    let (keys, fleet) = start(ring)?;
    let recorder = PrometheusBuilder::new().install_recorder()?;
    begin_at_zero();
    let pages = match release {
        Release::Before => pages(site, cookie::<Before>(&fleet).build()?),
        Release::ReadsNewer => {
            pages(site, cookie::<Before>(&fleet).reads_newer(|new: After| new.into()).build()?)
        }
        Release::After => pages(site, cookie::<After>(&fleet).upgrade_from::<Before>().build()?),
    };
    let app = pages
        .route("/metrics", get(metrics).with_state((recorder, keys.clone())))
        .route("/ring", get(status).with_state(keys));
    listen(address, app).await
}

/// One to which users move from the old site, until the cut-off.
#[tokio::main(flavor = "current_thread")]
pub async fn serve_moved(address: &str, ring: &str, key: &str, until: &str) -> Result<(), Error> {
    let (_, fleet) = start(ring)?;
    let moving = Moving { since: Timestamp::now(), until: Timestamp::from_secs(until.parse()?) };
    let read = Jar::private(&JarKey::new(key.as_bytes())?).actix_session(After::from_old);
    let old = Predecessor::new(old::COOKIE, moving, read).kept();
    listen(address, pages(Site::Members, cookie(&fleet).predecessor(old).build()?)).await
}

fn start(ring: &str) -> Result<(Keys, Application), Error> {
    let log = Path::new(ring).with_extension("log");
    let log = File::options().create(true).append(true).open(log)?;
    let log = tracing_subscriber::fmt::layer().with_writer(Mutex::new(log));
    tracing_subscriber::registry().with(LevelFilter::INFO).with(log).with(CountEvents).init();
    let keys = Keys::watch(ring, scale::LOOK)?;
    let fleet = Application::builder("fleet", &keys).leeway(scale::LEEWAY).build()?;
    Ok((keys, fleet))
}

pub async fn listen(address: &str, app: Router) -> Result<(), Error> {
    let listener = TcpListener::bind(address).await?;
    let mut parent = tokio::io::stdin();
    tokio::select! {
        served = async { axum::serve(listener, app).await } => Ok(served?),
        // Nobody writes: this ends with the parent, however it ended.
        _ = parent.read_u8() => Ok(()),
    }
}

fn cookie<V: Visit>(fleet: &Application) -> SessionCookieBuilder<V> {
    fleet.session::<V>().timeouts(scale::TIMEOUTS).remember_me(None)
}

fn pages<V: Visit>(site: Site, cookie: SessionCookie<V>) -> Router {
    let pages = match site {
        Site::Members => pages::members::<V>(),
        Site::Guests => pages::guests::<V>(),
    };
    pages.layer(SessionLayer::new(cookie))
}

async fn metrics(State((recorder, keys)): State<(PrometheusHandle, Keys)>) -> String {
    recorder.render() + &ring_metrics(&keys).unwrap_or_default()
}

/// The ids of the ring's keys, then how following the file went.
async fn status(State(keys): State<Keys>) -> String {
    let Some(status) = keys.status() else { return String::new() };
    let ids: Vec<_> = status.key_ids.iter().map(ToString::to_string).collect();
    let (loads, early, failures) = (status.loads, status.early, status.failures);
    format!("{}\nloads {loads}, early looks {early}, failures {failures}", ids.join(" "))
}
