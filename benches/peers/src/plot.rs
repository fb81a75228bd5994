//! Time over payload size, as an SVG that reads on light and on dark ground.

use std::fmt::Write;

use crate::contestant::{Contestant, Kind};
use crate::data;
use crate::measure::{self, Plan};
use crate::{ours, peers};

const SIZES: [usize; 9] = [32, 64, 128, 256, 512, 1024, 1536, 2048, 2900];
const PANEL: (f64, f64) = (330.0, 300.0);
const TOP: f64 = 64.0;
const LEFTS: [f64; 2] = [58.0, 528.0];
/// Nanoseconds at the bottom and at the top of a panel; the scale is logarithmic, or branca would flatten all others.
const LEAST: f64 = 200.0;
const MOST: f64 = 2e6;
const STYLE: &str = "text{font:12px system-ui,sans-serif;fill:#57606a}.t{font-size:14px;font-weight:600;fill:#24292f}\
.g{stroke:#d0d7de}.p{fill:none;stroke:#8c959f;stroke-width:1.5}.o{fill:none;stroke:#0969da;stroke-width:3}\
.ol{fill:#0969da;font-weight:600}.k{stroke:#8c959f;stroke-width:.7;fill:none}\
@media(prefers-color-scheme:dark){text{fill:#9198a1}.t{fill:#e6edf3}.g{stroke:#3d444d}.p{stroke:#7d8590}\
.o{stroke:#4493f8}.ol{fill:#4493f8}.k{stroke:#7d8590}}";

struct Line {
    name: &'static str,
    /// Nanoseconds at each of [`SIZES`], sealing and opening.
    times: [Vec<f64>; 2],
}

pub fn draw(plan: Plan) -> String {
    let plan = Plan { batch: plan.batch / 2, ..plan };
    let lines = run(plan);
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1000 420\" role=\"img\" \
         aria-label=\"Time to seal and to open a session over the payload's size\">",
    );
    write!(svg, "<style>{STYLE}</style>").unwrap();
    for (panel, title) in ["T to the cookie's value", "the cookie's value to T"].iter().enumerate()
    {
        draw_panel(&mut svg, panel, title, &lines);
    }
    svg.push_str("</svg>\n");
    svg
}

fn run(plan: Plan) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for size in SIZES {
        // A record of one text: its length is one byte or two of postcard, 2 of JSON.
        let data = data::text(size - 2);
        let contestants: Vec<Contestant> = vec![
            ours::token(&data, Kind::Encrypted),
            peers::jar(&data, Kind::Encrypted),
            peers::biscotti(&data, Kind::Encrypted),
            peers::actix_session(&data),
            peers::tower_sessions(&data, Kind::Encrypted),
            peers::pasetors(&data),
            peers::branca(&data),
            peers::fernet(&data),
        ];
        let count = contestants.len();
        let names: Vec<_> = contestants.iter().map(|c| c.name).collect();
        let (seals, opens): (Vec<_>, Vec<_>) =
            contestants.into_iter().map(|c| (c.seal, c.open)).unzip();
        let mut acts: Vec<_> = seals.into_iter().chain(opens).collect();
        let medians = measure::medians(&mut acts, plan);
        for (index, name) in names.into_iter().enumerate() {
            if lines.len() <= index {
                lines.push(Line { name, times: [Vec::new(), Vec::new()] });
            }
            lines[index].times[0].push(medians[index]);
            lines[index].times[1].push(medians[count + index]);
        }
    }
    lines
}

fn draw_panel(svg: &mut String, panel: usize, title: &str, lines: &[Line]) {
    let left = LEFTS[panel];
    let (width, height) = PANEL;
    let bottom = TOP + height;
    let x = |bytes: f64| left + width * bytes / 3000.0;
    let y = |ns: f64| bottom - height * (ns / LEAST).ln() / (MOST / LEAST).ln();
    write!(svg, "<text class=\"t\" x=\"{left}\" y=\"36\">{title}</text>").unwrap();
    for (ns, label) in [(1e3, "1 µs"), (1e4, "10 µs"), (1e5, "100 µs"), (1e6, "1 ms")] {
        let (at, right) = (y(ns), left + width);
        write!(svg, "<path class=\"g\" d=\"M{left} {at:.1}H{right}\"/>").unwrap();
        write!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            left - 8.0,
            at + 4.0
        )
        .unwrap();
    }
    for bytes in [0, 1000, 2000, 3000] {
        let at = x(f64::from(bytes));
        write!(
            svg,
            "<text x=\"{at:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{bytes}</text>",
            bottom + 18.0
        )
        .unwrap();
    }
    let middle = left + width / 2.0;
    write!(
        svg,
        "<text x=\"{middle}\" y=\"{:.1}\" text-anchor=\"middle\">bytes of data</text>",
        bottom + 38.0
    )
    .unwrap();
    for line in lines.iter().rev() {
        let class = if is_ours(line) { "o" } else { "p" };
        let points: Vec<_> = SIZES
            .iter()
            .zip(&line.times[panel])
            .map(|(&n, &t)| format!("{:.1} {:.1}", x(n as f64), y(t)))
            .collect();
        write!(svg, "<path class=\"{class}\" d=\"M{}\"/>", points.join("L")).unwrap();
    }
    label(svg, panel, lines, x(2900.0), y);
}

fn is_ours(line: &Line) -> bool {
    line.name.starts_with("hardtack")
}

/// Names at the right ends, pushed apart where lines end close together.
fn label(svg: &mut String, panel: usize, lines: &[Line], end: f64, y: impl Fn(f64) -> f64) {
    let mut ends: Vec<_> =
        lines.iter().map(|line| (y(*line.times[panel].last().unwrap()), line)).collect();
    ends.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut last = f64::INFINITY;
    for (at, line) in ends {
        let place = at.min(last - 14.0);
        last = place;
        let class = if is_ours(line) { " class=\"ol\"" } else { "" };
        write!(
            svg,
            "<path class=\"k\" d=\"M{:.1} {at:.1}L{:.1} {place:.1}\"/>",
            end + 3.0,
            end + 16.0
        )
        .unwrap();
        let name = line.name.strip_suffix("-cookie-store").unwrap_or(line.name);
        write!(svg, "<text{class} x=\"{:.1}\" y=\"{:.1}\">{name}</text>", end + 19.0, place + 4.0)
            .unwrap();
    }
}
