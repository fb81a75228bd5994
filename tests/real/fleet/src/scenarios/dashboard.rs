//! The queries and rules of docs/operations.md, asked of a Prometheus that scrapes a fleet in trouble.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Step, demand, rotate};
use crate::address::Address;
use crate::fleet::Fleet;
use crate::line::{Browser, get_once, raw, wait_until_up};
use crate::process::{PATIENCE, Tied};
use crate::release::{Release, Site};
use crate::{Error, scale};

const PAGE: &str = include_str!("../../../../../docs/operations.md");
const CODE: &str = include_str!("../metrics.rs");
/// More than the alarm wants.
const REFUSALS: usize = 20;

/// What each panel must show of what happened to the fleet, in the order of the page. `{behind}` is the node that is behind.
const SHOWN: [&[&str]; 6] = [
    &["\"unknown key\"", "\"unknown shape\"", "\"not authentic\"", "\"malformed\""],
    &["{behind}"],
    &["\"2\"", "\"1\""],
    &["{behind}", "\"syntax\""],
    &["\"session change failed\"", "\"refused\""],
    &["\"cross-origin request refused\"", "\"cross site\""],
];

pub fn shows_what_happened() -> Result<(), Error> {
    let code = ["fn on_event", "fn ring_metrics"].map(|what| block("rust", what));
    for block in code {
        let block = block?;
        demand(
            "the page's code is the node's",
            CODE.contains(&block.replace("\nfn ring_metrics", "\npub fn ring_metrics")),
        )?;
    }
    let folder = std::env::temp_dir().join(format!("dashboard-{}", std::process::id()));
    fs::create_dir(&folder)?;
    let done = in_folder(&folder);
    let _ = fs::remove_dir_all(&folder);
    done
}

fn in_folder(folder: &Path) -> Result<(), Error> {
    let rules = folder.join("rules.yml");
    fs::write(&rules, block("yaml", "groups:")?)?;
    promtool(&["check", "rules"], &rules)?;
    let cases = folder.join("cases.yml");
    fs::write(&cases, CASES)?;
    promtool(&["test", "rules"], &cases)?;
    // The same, where nothing is wrong: a test that always passes shows nothing.
    fs::write(&cases, CASES.replace("0+30x20", "0+0x20"))?;
    demand(
        "the cases fail where the node is not behind",
        promtool(&["test", "rules"], &cases).is_err(),
    )?;

    let mut fleet = Fleet::start(Site::Guests, Release::Before)?;
    let nodes: Vec<SocketAddr> = fleet.nodes.iter().map(|node| node.address).collect();
    let (own, targets) = (Address::take()?, nodes.iter().map(|node| format!("'{node}'")));
    let prometheus = own.ports(1)?[0];
    let targets = targets.collect::<Vec<_>>().join(", ");
    fs::write(
        folder.join("prometheus.yml"),
        format!(
            "global: {{ scrape_interval: 500ms, evaluation_interval: 500ms }}\n\
             rule_files: [rules.yml]\n\
             scrape_configs: [{{ job_name: fleet, static_configs: [{{ targets: [{targets}] }}] }}]\n"
        ),
    )?;
    let _prometheus = Tied::start(
        Command::new("prometheus")
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address={prometheus}"))
            .arg("--log.level=error"),
    )?;
    wait_until_up(prometheus, PATIENCE)?;
    shown(prometheus, "count(up == 1)", &["\"3\""])?;
    // Once more, so that a rise has a beginning.
    sleep(Duration::from_secs(2));
    trouble(&mut fleet)?;

    let behind = nodes[1].to_string();
    let panels = blocks("promql");
    demand("the page has six panels", panels.len() == SHOWN.len())?;
    for (query, expected) in panels.iter().zip(SHOWN) {
        let expected: Vec<_> =
            expected.iter().map(|text| text.replace("{behind}", &behind)).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        shown(prometheus, query, &expected)?;
        println!("  ok:     {}", query.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    // An alarm that waits for its time is listed too.
    let alerts =
        answered(prometheus, "/api/v1/alerts", &["UnknownOnOneNode", "RingFileNotLoaded"])?;
    let of = |node: &SocketAddr| alerts.matches(&format!("\"instance\":\"{node}\"")).count();
    demand(
        "two alarms are on their way, for the node that is behind alone",
        nodes.iter().map(of).eq([0, 2, 0]),
    )
}

/// One node lacks a key and has a broken file, one writes another shape, and browsers send what they should not.
fn trouble(fleet: &mut Fleet) -> Result<(), Error> {
    let [ahead, behind, newer] = [0, 1, 2].map(|index| fleet.nodes[index].address);
    let logged_in = |node: SocketAddr| -> Result<Browser, Error> {
        let mut browser = Browser::new(node)?;
        browser.ask("PUT", "/session/7")?;
        Ok(browser)
    };
    let at =
        |node: SocketAddr, from: &Browser, change: fn(&str) -> String| -> Result<Browser, Error> {
            let mut browser = Browser::new(node)?;
            let cookies = from.line.cookies.iter();
            browser.line.cookies =
                cookies.map(|(name, value)| (name.clone(), change(value))).collect();
            Ok(browser)
        };
    let same = |value: &str| value.to_owned();

    fleet.nodes[1].hold();
    rotate(fleet, Step::AtOnce)?;
    let start = Instant::now();
    while fleet.rings()?[0].0 == fleet.rings()?[1].0 || fleet.rings()?[0].0 != fleet.rings()?[2].0 {
        if start.elapsed() > PATIENCE {
            return Err("the new key did not come".into());
        }
        sleep(scale::LOOK);
    }
    sleep(Duration::from_secs(1));
    let good = logged_in(ahead)?;
    let mut unknown = at(behind, &good, same)?;
    for _ in 0..REFUSALS {
        unknown.ask("GET", "/count")?;
    }
    unknown = at(behind, &good, same)?;
    let (status, _) = unknown.ask("PUT", "/count/1")?;
    demand("a change at the node that is behind is refused", status == 500)?;

    fleet.nodes[2].replace(Release::After)?;
    at(ahead, &logged_in(newer)?, same)?.ask("GET", "/count")?;
    at(ahead, &good, |value| value[..value.len() - 4].to_owned() + "AAAA")?.ask("GET", "/count")?;
    at(ahead, &good, |_| "x".to_owned())?.ask("GET", "/count")?;
    let forged = raw(
        ahead,
        "PUT",
        "/session/7",
        "sec-fetch-site: cross-site\r\norigin: http://elsewhere\r\n",
    )?;
    demand("a forged request is refused", forged.status == 403)?;
    fleet.nodes[1].spoil()
}

/// Asks Prometheus until all of this is in the answer.
fn shown(prometheus: SocketAddr, query: &str, expected: &[&str]) -> Result<(), Error> {
    let escaped: String = query.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let done = answered(prometheus, &format!("/api/v1/query?query={escaped}"), expected);
    done.map(drop).map_err(|error| format!("{query}: {error}").into())
}

fn answered(prometheus: SocketAddr, path: &str, expected: &[&str]) -> Result<String, Error> {
    let start = Instant::now();
    loop {
        // A 503 until it has read its configuration.
        let answer = get_once(prometheus, path).unwrap_or_else(|error| error.to_string());
        if expected.iter().all(|text| answer.contains(text)) {
            return Ok(answer);
        }
        if start.elapsed() > PATIENCE {
            return Err(format!("{expected:?} is not all in {answer}").into());
        }
        sleep(Duration::from_millis(250));
    }
}

fn promtool(words: &[&str], file: &Path) -> Result<(), Error> {
    let output = Command::new("promtool").args(words).arg(file).output()?;
    if output.status.success() {
        return Ok(());
    }
    let [out, err] =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    Err(format!("promtool: {out}{err}").into())
}

/// The page's blocks in this language.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("\n```{language}");
    let parts = PAGE.split(&fence).skip(1);
    // Behind the language there may be a word for rustdoc.
    parts
        .filter_map(|part| Some(part.split_once('\n')?.1.split_once("\n```")?.0.to_owned() + "\n"))
        .collect()
}

fn block(language: &str, what: &str) -> Result<String, Error> {
    let found = blocks(language).into_iter().find(|block| block.contains(what));
    found.ok_or_else(|| format!("the page has no {language} with {what}").into())
}

/// An alarm comes from what it is for, after its time, and from nothing else.
const CASES: &str = r#"
rule_files: [rules.yml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: 'hardtack_events_total{event="session cookie refused", reason="unknown key", instance="a"}'
        values: '0+0x20'
      - series: 'hardtack_events_total{event="session cookie refused", reason="unknown key", instance="b"}'
        values: '0+30x20'
      - series: 'hardtack_ring_failing{instance="a", reason=""}'
        values: '0x20'
      - series: 'hardtack_ring_failing{instance="b", reason="syntax"}'
        values: '1x20'
      - series: 'hardtack_ring_check_exit_code'
        values: '0x5 1x15'
      - series: 'hardtack_ring_check_time_seconds'
        values: '0x20'
    alert_rule_test:
      - eval_time: 1m
        alertname: SessionKeyUnknownOnOneNode
      - eval_time: 10m
        alertname: SessionKeyUnknownOnOneNode
        exp_alerts: [{ exp_labels: { instance: b } }]
      - eval_time: 2m
        alertname: RingFileNotLoaded
      - eval_time: 10m
        alertname: RingFileNotLoaded
        exp_alerts: [{ exp_labels: { instance: b, reason: syntax } }]
      - eval_time: 3m
        alertname: RingNeedsAttention
      - eval_time: 15m
        alertname: RingNeedsAttention
        exp_alerts: [{}]
  # All nodes refuse alike: somebody makes keys up, or one was taken away. That is no alarm of one node's.
  - interval: 1m
    input_series:
      - series: 'hardtack_events_total{event="session cookie refused", reason="unknown key", instance="a"}'
        values: '0+25x20'
      - series: 'hardtack_events_total{event="session cookie refused", reason="unknown key", instance="b"}'
        values: '0+30x20'
    alert_rule_test:
      - eval_time: 10m
        alertname: SessionKeyUnknownOnOneNode
  # The daily job has not run for two days.
  - interval: 1m
    input_series:
      - series: 'hardtack_ring_check_exit_code'
        values: '0x2880'
      - series: 'hardtack_ring_check_time_seconds'
        values: '0x2880'
    alert_rule_test:
      - eval_time: 30h
        alertname: RingNeedsAttention
      - eval_time: 40h
        alertname: RingNeedsAttention
        exp_alerts: [{}]
"#;
