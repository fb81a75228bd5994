//! The measurements for one size, printed as Markdown so that a run can be pasted.

use crate::contestant::{Contestant, Kind, Level};
use crate::limit;

pub struct Row {
    pub name: &'static str,
    pub kind: Kind,
    pub level: Level,
    pub expires: bool,
    pub bytes: usize,
    pub seal: f64,
    pub open: f64,
    pub seal_allocations: u64,
    pub open_allocations: u64,
    pub ours: bool,
}

impl Row {
    pub fn unmeasured(from: &Contestant) -> Self {
        Self {
            name: from.name,
            kind: from.kind,
            level: from.level,
            expires: from.expires,
            bytes: from.bytes,
            seal: f64::NAN,
            open: f64::NAN,
            seal_allocations: from.seal_allocations,
            open_allocations: from.open_allocations,
            ours: from.is_ours(),
        }
    }
}

pub struct Group {
    pub name: &'static str,
    /// Bytes of postcard.
    pub payload: usize,
    /// What decoding T itself allocates.
    pub payload_allocations: u64,
    pub rows: Vec<Row>,
    pub seal_stages: Vec<f64>,
    pub open_stages: Vec<f64>,
}

impl Group {
    pub fn ours(&self, kind: Kind, level: Level) -> &Row {
        let found = self.rows.iter().find(|r| r.ours && r.kind == kind && r.level == level);
        found.expect("hardtack runs in every kind and level")
    }

    /// Everybody of this kind and level except us.
    pub fn peers(&self, kind: Kind, level: Level) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |r| !r.ours && r.kind == kind && r.level == level)
    }

    pub fn peer(&self, name: &str, level: Level) -> &Row {
        let found = self.rows.iter().find(|r| r.name == name && r.level == level);
        found.expect("the peer takes part")
    }

    pub fn seal_limit(&self) -> f64 {
        self.seal_stages.iter().sum()
    }

    pub fn open_limit(&self) -> f64 {
        self.open_stages.iter().sum()
    }
}

pub fn print(group: &Group) {
    println!("## {} ({} bytes of postcard)\n", group.name, group.payload);
    for (level, kind) in [
        (Level::Token, Kind::Encrypted),
        (Level::Token, Kind::Signed),
        (Level::Header, Kind::Encrypted),
        (Level::Header, Kind::Signed),
    ] {
        let level_text = match level {
            Level::Token => "token with T",
            Level::Header => "header to T, T to header",
        };
        println!("{level_text}, {kind:?}\n");
        println!("| | seal ns | ratio | open ns | ratio | allocations seal/open | value bytes |");
        println!("|---|--:|--:|--:|--:|--:|--:|");
        let ours = group.ours(kind, level);
        for row in std::iter::once(ours).chain(group.peers(kind, level)) {
            println!(
                "| {} | {:.0} | {:.2} | {:.0} | {:.2} | {} / {} | {} |",
                row.name,
                row.seal,
                row.seal / ours.seal,
                row.open,
                row.open / ours.open,
                row.seal_allocations,
                row.open_allocations,
                row.bytes,
            );
        }
        println!();
    }
    let ours = group.ours(Kind::Encrypted, Level::Token);
    limit_line("seal", &limit::SEAL, &group.seal_stages, ours.seal);
    limit_line("open", &limit::OPEN, &group.open_stages, ours.open);
    println!();
}

fn limit_line(act: &str, names: &[&str], stages: &[f64], ours: f64) {
    let parts: Vec<_> = names.iter().zip(stages).map(|(n, s)| format!("{n} {s:.0}")).collect();
    let limit: f64 = stages.iter().sum();
    println!("limit, {act}: {} = {limit:.0} ns; hardtack {:.2}×", parts.join(" + "), ours / limit);
}
