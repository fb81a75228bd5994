//! `Cookie` headers that no browser sends. What a framework refuses in any header it may refuse here; all else is served as if there
//! were no session, and the operator reads why.

use crate::scenarios::NAME;
use crate::server::Server;
use crate::site::Asked;
use crate::site::Verdict::{self, Held};
use crate::{client, heard, panics};

/// All that an operator may read of a refusal here: fixed words.
const REASONS: [&str; 5] =
    ["too long", "malformed", "wrong version", "unknown key", "not authentic"];

/// Up to here every length in small steps, beyond it powers of two.
const DENSE: usize = 6_000;

fn lengths() -> impl Iterator<Item = usize> {
    let dense = (0..150).chain((150..DENSE).step_by(67)).chain(4_070..4_110);
    dense.chain((13..=20).map(|power| 1 << power))
}

/// The status of the site's answer to this `Cookie` line, `None` where it closed, after the checks that hold for all lines.
fn assert_harmless(site: &Server, line: &[u8]) -> Option<u16> {
    let addr = site.running.addr;
    let before = panics::in_servers();
    let shown = || line[..line.len().min(60)].escape_ascii().to_string();
    let answer = client::send_bytes(addr, "/maybe", "Cookie", line);
    let found = heard::take(site);
    assert!(found.len() <= 1, "{found:?}");
    let known = |event: &String| REASONS.iter().any(|reason| heard::is_refusal(event, reason));
    assert!(found.iter().all(known), "{found:?}");
    assert_eq!(panics::in_servers(), before, "{}", shown());
    let status = answer.as_ref().map(|answer| answer.0);
    match &answer {
        Some((200, response)) => {
            assert!(response.contains("none"), "{response}");
            assert!(!response.to_ascii_lowercase().contains("set-cookie"), "{response}");
        }
        // The framework's own limit or grammar: the same bytes elsewhere fare no better.
        Some((400..=499, _)) | None => {
            let elsewhere = client::send_bytes(addr, "/maybe", "X-Other", line);
            let refused = elsewhere.as_ref().is_none_or(|other| (400..=499).contains(&other.0));
            assert!(refused, "{status:?}, but {elsewhere:?} in another header: {}", shown());
        }
        Some((status, _)) => panic!("{status}: {} ({} bytes)", shown(), line.len()),
    }
    let is_ours = line.starts_with(NAME.as_bytes()) && line.get(NAME.len()) == Some(&b'=');
    if is_ours && status == Some(200) && site.traits.drops_lines.is_none_or(|_| line.is_ascii()) {
        assert_eq!(found.len(), 1, "no reason to be read: {}", shown());
    }
    status
}

/// Served for certain: far below the limits of all seven.
fn assert_served(site: &Server, line: &[u8]) {
    let status = assert_harmless(site, line);
    assert!(status == Some(200) || line.len() > DENSE, "{status:?} at {} bytes", line.len());
}

pub fn of_all_lengths(site: &Server) -> Verdict {
    let ada = site.ada();
    let value = ada.split_once('=').unwrap().1;
    for length in lengths() {
        let filler = "A".repeat(length);
        assert_served(site, format!("{NAME}={filler}").as_bytes());
        // A true token cut short, or with a tail.
        if length < value.len() {
            assert_served(site, format!("{NAME}={}", &value[..length]).as_bytes());
        } else if length > value.len() {
            assert_served(site, format!("{NAME}={value}{}", &filler[value.len()..]).as_bytes());
        }
    }
    Held
}

pub fn of_many_cookies(site: &Server) -> Verdict {
    let ada = site.ada();
    for length in lengths() {
        for unit in [";", "=", "; ", "\t", "a=b; ", "__Host-shop=x;", "=;__Host-shop=;"] {
            let mut line = unit.repeat(length / unit.len() + 1);
            line.truncate(length);
            assert_served(site, line.as_bytes());
        }
    }
    // The name over and over, and one session among it all.
    let crowd = "__Host-shop=x; ".repeat(200);
    let status = client::send_bytes(
        site.running.addr,
        "/maybe",
        "Cookie",
        format!("{crowd}{ada}; {crowd}").as_bytes(),
    );
    assert!(matches!(status, Some((200, response)) if response.contains("some")));
    Held
}

pub fn of_odd_bytes(site: &Server) -> Verdict {
    for byte in 0..=u8::MAX {
        for line in [
            [NAME.as_bytes(), b"=AA", &[byte], b"AA"].concat(),
            [b"a", &[byte][..], b"b; ", NAME.as_bytes(), b"=A"].concat(),
            [NAME.as_bytes(), &[byte], b"=AA"].concat(),
        ] {
            // CR and LF end the header; what follows is another request's business.
            if byte != b'\r' && byte != b'\n' {
                assert_harmless(site, &line);
            }
        }
    }
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    for length in lengths().filter(|length| *length <= DENSE) {
        let noise = (0..length).map(|_| {
            // xorshift64: noise that is the same in each run.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state as u8) | 0x20
        });
        let line: Vec<u8> = format!("{NAME}=").into_bytes().into_iter().chain(noise).collect();
        assert_harmless(site, &line);
    }
    Held
}

pub fn over_http2(site: &Server) -> Verdict {
    let before = panics::in_servers();
    let mut refused = None;
    for length in [0, 1, 100, 1_000, 4_070, 4_097, 5_000, 10_000, 100_000] {
        let line = format!("{NAME}={}", "A".repeat(length));
        let request =
            client::request(&Asked::by_the_site("/maybe", None, &[&line, "__Host-shop=x"]));
        let replies = site.run(client::send_h2(site.running.addr, vec![request]));
        match replies.and_then(|mut replies| replies.remove(0)) {
            Ok(reply) if reply.status == 200 => {
                assert_eq!(reply.body, "none");
                reply.assert_sets_nothing();
                assert_eq!(heard::take(site).len(), 1);
            }
            Ok(reply) => assert!((400..500).contains(&reply.status), "{}", reply.status),
            Err(dropped) => refused = Some((length, dropped)),
        }
        assert!(refused.is_none() || length > DENSE, "{refused:?}");
    }
    assert_eq!(panics::in_servers(), before);
    heard::take(site);
    Held
}
