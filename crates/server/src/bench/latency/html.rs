//! The report as one page that needs nothing else.

use std::fmt::Write;

use super::{
    plot::{self, Bar, Limit, Line},
    report::{Level, Report, Sample},
    table::{PERCENTILES, rows},
};
use crate::call::{Stages, escape};

const STYLE: &str = include_str!("report.css");
/// What is promised for one call: half of the answers within 0.8 s, 95 in a hundred within 1.2 s.
const PROMISED: [Limit; 2] = [Limit { at: 800.0, name: "p50" }, Limit { at: 1_200.0, name: "p95" }];

/// The page.
pub(super) fn page(report: &Report) -> String {
    let mut html = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>Ermu 耳目 – latency</title><style>{STYLE}</style><main><h1>Ermu 耳目 <small>latency</small></h1>\
         <p>{}<p>Real WebRTC calls on loopback: {}, each {} times. The time of an answer is read from the stereo recording, \
         from the caller's last sound to the agent's first. The dashed lines are what is promised for one call: half \
         of the answers within 800 ms, 95 in a hundred within 1200. docs/latency.md tells how to read this page.",
        escape(&report.machine.line()),
        escape(&report.scripts.join(", ")),
        report.times,
    );
    summary(&mut html, report);
    let split = |level: &Level| stage_means(level);
    section(&mut html, "Where the time goes", "Mean of every stage, in ms.");
    html.push_str(&plot::key(Stages::NAMES));
    let bars: Vec<Bar> = report.levels.iter().map(|level| Bar { name: at_once(level), parts: split(level) }).collect();
    html.push_str(&plot::bars(&bars, "ms", &PROMISED));
    section(&mut html, "Voice to voice", "Share of the answers that had begun after so many ms.");
    html.push_str(&plot::key(report.levels.iter().map(at_once)));
    let samples = report.levels.iter().map(|level| (at_once(level), latencies(level))).collect();
    html.push_str(&plot::cumulative(samples, "ms", &PROMISED));
    if let [first, ..] = &report.levels[..] {
        section(&mut html, &format!("Answers with {}", at_once(first)), "How many took so long.");
        html.push_str(&plot::histogram(&latencies(first), "ms", &PROMISED));
    }
    if report.levels.len() > 1 {
        concurrency(&mut html, report);
    }
    cpu(&mut html, report);
    turns(&mut html, report);
    html.push_str("</main></html>");
    html
}

fn summary(html: &mut String, report: &Report) {
    html.push_str("<table>");
    for row in rows(report) {
        let cells: String = row.cells.iter().map(|cell| format!("<td>{}", escape(cell))).collect();
        let class = if row.label.starts_with(' ') { " class=part" } else { "" };
        let _ = write!(html, "<tr><th{class}>{}{cells}", escape(row.label.trim()));
    }
    html.push_str("</table>");
}

fn concurrency(html: &mut String, report: &Report) {
    section(html, "Calls at once", "Voice to voice in ms.");
    let lines: Vec<Line> = PERCENTILES
        .iter()
        .take(3)
        .map(|(name, of)| {
            let points = report.levels.iter().enumerate();
            let points = points.filter_map(|(n, level)| Some((n as f64, of(level.voice_to_voice_ms?)))).collect();
            Line { name: (*name).to_owned(), points }
        })
        .collect();
    html.push_str(&plot::key(lines.iter().map(|line| &line.name)));
    let xs: Vec<String> = report.levels.iter().map(|level| level.calls_at_once.to_string()).collect();
    html.push_str(&plot::lines(&xs, &lines, "ms", &PROMISED));
}

fn cpu(html: &mut String, report: &Report) {
    section(html, "CPU time", "Milliseconds of CPU a turn, by kind of thread of the server.");
    let mut names: Vec<&String> = report.levels.iter().flat_map(|level| level.cpu_seconds_by_thread.keys()).collect();
    names.sort_unstable();
    names.dedup();
    let seconds = |level: &Level, name: &String| level.cpu_seconds_by_thread.get(name).copied().unwrap_or_default();
    names.retain(|name| report.levels.iter().any(|level| seconds(level, name) > 0.005 * level.turns.max(1) as f64));
    html.push_str(&plot::key(&names));
    let bar = |level: &Level| {
        let parts = names.iter().map(|name| seconds(level, name) * 1000.0 / level.turns.max(1) as f64).collect();
        Bar { name: at_once(level), parts }
    };
    html.push_str(&plot::bars(&report.levels.iter().map(bar).collect::<Vec<_>>(), "ms", &[]));
}

/// Every answer of the first level, slowest first.
fn turns(html: &mut String, report: &Report) {
    let Some(level) = report.levels.first() else { return };
    let mut samples: Vec<(&Sample, Stages)> =
        level.samples.iter().filter_map(|sample| Some((sample, sample.stages?))).collect();
    samples.sort_by(|(a, _), (b, _)| b.voice_to_voice_ms.total_cmp(&a.voice_to_voice_ms));
    let name = at_once(level);
    section(
        html,
        &format!("Every answer with {name}"),
        "In ms, slowest first; the sounds are those of audio-fixtures.",
    );
    html.push_str(&plot::key(Stages::NAMES));
    let bar = |(sample, stages): &(&Sample, Stages)| Bar {
        name: sample.file.trim_end_matches(".wav").to_owned(),
        parts: stages.values().to_vec(),
    };
    html.push_str(&plot::bars(&samples.iter().map(bar).collect::<Vec<_>>(), "ms", &PROMISED));
}

fn section(html: &mut String, title: &str, what: &str) {
    let _ = write!(html, "<h2>{}</h2><p>{}", escape(title), escape(what));
}

fn at_once(level: &Level) -> String {
    if level.calls_at_once == 1 { "1 call".to_owned() } else { format!("{} calls at once", level.calls_at_once) }
}

fn latencies(level: &Level) -> Vec<f64> {
    level.samples.iter().map(|sample| sample.voice_to_voice_ms).collect()
}

fn stage_means(level: &Level) -> Vec<f64> {
    level.stages.iter().map(|stage| stage.ms.mean).collect()
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::report;
    use super::*;

    #[test]
    fn the_page_needs_nothing_else_and_shows_every_answer() {
        let mut report = report(&[600.0, 1_000.0]);
        report.levels.push(Level { calls_at_once: 2, ..report.levels[0].clone() });
        let page = page(&report);
        assert!(page.contains("&lt;zh&gt;") && !page.contains("<zh>"));
        assert!(!page.contains("http") && !page.contains("<script"), "it needs no network");
        assert_eq!(page.matches("<title>b: ").count(), 5);
        assert!(page.contains("2 calls at once"));
    }
}
