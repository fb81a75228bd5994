//! The targets, and by how much each is met.

use crate::contestant::{Kind, Level};
use crate::extras::Extras;
use crate::table::{Group, Row};

/// Medians on a shared machine vary by a few per cent from run to run, so a target counts as missed below nine tenths of it.
const TOLERANCE: f64 = 0.9;
/// Bytes that sealing adds to a payload: header, nonce, envelope, tag, and the pad with which envelope and payload fill blocks of 16.
const OVERHEAD: usize = 72;
const PAD: usize = 16;

/// What a build with one backend must achieve.
pub struct Backend {
    pub name: &'static str,
    /// Against PrivateJar, by size: sealing, opening, a header to `Session<T>`.
    jar: [(f64, f64, f64); 3],
    /// The most times the limit, by size. The two backends with a cheap AEAD leave the crate's own work visible. It is flat, so a
    /// number that grows has found something.
    limit: Option<[f64; 3]>,
}

pub const BACKEND: Backend = if cfg!(feature = "aws-lc-rs") {
    Backend {
        name: "aws-lc-rs",
        jar: [(1.8, 1.8, 2.5), (2.7, 2.0, 2.8), (4.5, 2.7, 3.9)],
        limit: Some([1.8, 1.5, 1.3]),
    }
} else if cfg!(feature = "graviola") {
    Backend {
        name: "graviola",
        jar: [(1.5, 1.4, 2.3), (2.4, 1.8, 2.7), (4.2, 2.5, 3.8)],
        limit: Some([1.8, 1.5, 1.3]),
    }
} else {
    Backend {
        name: "RustCrypto (default)",
        jar: [(1.2, 1.15, 1.9), (1.9, 1.5, 2.4), (3.0, 2.1, 3.0)],
        limit: None,
    }
};

pub struct Line {
    what: String,
    /// Above 1 the target is met, by this factor.
    margin: f64,
    exact: bool,
}

impl Line {
    fn at_least(what: String, found: f64, target: f64) -> Self {
        let what = format!("{what}: {found:.2}, at least {target}");
        Self { what, margin: found / target, exact: false }
    }

    fn at_most(what: String, found: f64, target: f64) -> Self {
        let what = format!("{what}: {found:.3}, at most {target}");
        Self { what, margin: target / found, exact: false }
    }

    fn exact(what: String, holds: bool) -> Self {
        Self { what, margin: if holds { 1.0 } else { 0.0 }, exact: true }
    }

    pub fn holds(&self) -> bool {
        self.margin >= if self.exact { 1.0 } else { TOLERANCE }
    }
}

pub fn print(lines: &[Line]) {
    println!(
        "## Targets (tolerance {:.0} % on times, none on counts)\n",
        (1.0 - TOLERANCE) * 100.0
    );
    for line in lines {
        let mark = match (line.margin >= 1.0, line.holds()) {
            (true, _) => "met      ",
            (false, true) => "tolerated",
            (false, false) => "MISSED   ",
        };
        println!("{mark} {}", line.what);
    }
    let missed = lines.iter().filter(|line| !line.holds()).count();
    println!("\n{} targets, {missed} missed", lines.len());
}

pub fn all(groups: &[Group], extras: &Extras) -> Vec<Line> {
    let mut lines = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        against_private_jar(group, index, &mut lines);
        against_all(group, &mut lines);
        counts(group, &mut lines);
        if let Some(limit) = BACKEND.limit {
            let ours = group.ours(Kind::Encrypted, Level::Token);
            let name = group.name;
            let what = |act| format!("{name}, {act}, times the limit");
            lines.push(Line::at_most(what("seal"), ours.seal / group.seal_limit(), limit[index]));
            lines.push(Line::at_most(what("open"), ours.open / group.open_limit(), limit[index]));
        }
    }
    // Compared with what a good cookie costs in the jar, because nanoseconds would only hold for one machine.
    let jar = groups[0].peer("cookie PrivateJar", Level::Token).open;
    let what = |which| format!("{which} refused, in parts of what PrivateJar takes to open small");
    lines.push(Line::at_most(what("over-long input"), extras.too_long / jar, 0.02));
    lines.push(Line::at_most(what("unknown key"), extras.unknown_key / jar, 0.05));
    lines.push(Line::at_most("ring of 64 against 1, seal".into(), extras.ring_seal, 1.05));
    lines.push(Line::at_most("ring of 64 against 1, open".into(), extras.ring_open, 1.05));
    if let Some((seal, open)) = extras.two_threads {
        lines.push(Line::at_least("two threads against one, seal".into(), seal, 1.8));
        lines.push(Line::at_least("two threads against one, open".into(), open, 1.8));
    }
    lines
}

fn against_private_jar(group: &Group, index: usize, lines: &mut Vec<Line>) {
    let (seal, open, header) = BACKEND.jar[index];
    let ours = group.ours(Kind::Encrypted, Level::Token);
    let jar = group.peer("cookie PrivateJar", Level::Token);
    let what = |act| format!("{}, {act}, against PrivateJar", group.name);
    lines.push(Line::at_least(what("seal"), jar.seal / ours.seal, seal));
    lines.push(Line::at_least(what("open"), jar.open / ours.open, open));
    let ours = group.ours(Kind::Encrypted, Level::Header);
    let jar = group.peer("cookie PrivateJar", Level::Header);
    lines.push(Line::at_least(what("header to Session<T>"), jar.open / ours.open, header));
}

fn against_all(group: &Group, lines: &mut Vec<Line>) {
    for (kind, level) in [
        (Kind::Encrypted, Level::Token),
        (Kind::Signed, Level::Token),
        (Kind::Encrypted, Level::Header),
        (Kind::Signed, Level::Header),
    ] {
        let ours = group.ours(kind, level);
        let fastest = |time: fn(&Row) -> f64| {
            let peers = group.peers(kind, level);
            peers.min_by(|a, b| time(a).total_cmp(&time(b))).expect("there are peers")
        };
        for (act, time) in [("seal", (|r| r.seal) as fn(&Row) -> f64), ("open", |r| r.open)] {
            let peer = fastest(time);
            let what = format!(
                "{}, {kind:?}, {level:?}, {act}, against the fastest peer ({})",
                group.name, peer.name
            );
            lines.push(Line::at_least(what, time(peer) / time(ours), 1.0));
        }
    }
}

fn counts(group: &Group, lines: &mut Vec<Line>) {
    for kind in [Kind::Encrypted, Kind::Signed] {
        let ours = group.ours(kind, Level::Token);
        let what = |text: &str| format!("{}, {kind:?}: {text}", group.name);
        lines.push(Line::exact(what("one allocation to seal"), ours.seal_allocations == 1));
        let own = ours.open_allocations - group.payload_allocations.min(ours.open_allocations);
        lines.push(Line::exact(what("no allocation to open but T's"), own == 0));
        for level in [Level::Token, Level::Header] {
            for peer in group.peers(kind, level).filter(|peer| peer.expires) {
                let text = format!("fewer bytes than {} ({})", peer.name, peer.bytes);
                lines.push(Line::exact(what(&text), ours.bytes < peer.bytes));
            }
        }
    }
    let bytes = (group.payload + OVERHEAD + PAD) * 4;
    let ours = group.ours(Kind::Encrypted, Level::Token).bytes;
    let what = format!(
        "{}: {ours} characters, at most {OVERHEAD} bytes and a pad of {PAD} above postcard",
        group.name
    );
    lines.push(Line::exact(what, ours <= bytes.div_ceil(3)));
}
