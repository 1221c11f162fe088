//! The report as rows: one column for each number of calls at once. The page and the terminal show the same.

use super::report::{Level, Report};
use crate::bench::Distribution;

/// Label and one cell for each level; a label without cells is a heading.
pub(super) struct Row {
    pub(super) label: String,
    pub(super) cells: Vec<String>,
}

/// The lines for the terminal.
pub(super) fn lines(report: &Report) -> Vec<String> {
    let mut lines =
        vec![report.machine.line(), format!("{} scripts, each {} times", report.scripts.len(), report.times)];
    for Row { label, cells } in rows(report) {
        let cells: String = cells.iter().map(|cell| format!(" {cell:>16}")).collect();
        lines.push(format!("{label:<44}{cells}").trim_end().to_owned());
    }
    lines
}

/// All rows.
pub(super) fn rows(report: &Report) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut row = |label: &str, cell: &dyn Fn(&Level) -> String| {
        rows.push(Row { label: label.to_owned(), cells: report.levels.iter().map(cell).collect() });
    };
    row("calls at once", &|level| level.calls_at_once.to_string());
    row("calls, turns", &|level| format!("{}, {}", level.calls, level.turns));
    row("turns without a spoken answer", &|level| level.unanswered.to_string());
    row("noises answered", &|level| format!("{} of {}", level.noises_answered, level.noises));
    for (name, value) in PERCENTILES {
        row(&format!("voice to voice, {name}, ms"), &|level| ms(level.voice_to_voice_ms, value));
    }
    row("  of which on average (p95)", &|_| String::new());
    let stages = report.levels.iter().max_by_key(|level| level.stages.len()).map(|level| &level.stages);
    for stage in stages.into_iter().flatten() {
        row(&format!("  {}", stage.name), &|level| {
            let stage = level.stages.iter().find(|other| other.name == stage.name);
            stage.map_or_else(dash, |stage| format!("{:.0} ({:.0})", stage.ms.mean, stage.ms.p95))
        });
    }
    row("  not explained", &|level| format!("{:.0}", level.residual_ms.abs()));
    row("  answers that could not be split", &|level| level.not_split.to_string());
    row("silent after an interruption, p50, ms", &|level| ms(level.silent_after_ms, |d| d.p50));
    row("silent after an interruption, p95, ms", &|level| ms(level.silent_after_ms, |d| d.p95));
    row("  stopped in a clause, in a pause, not", &|level| {
        let stopped = level.silent_after_ms.map_or(0, |d| d.count);
        format!("{stopped}, {}, {}", level.interruptions_in_pause, level.interruptions_not_stopped)
    });
    row("longest pause within an answer, p50, ms", &|level| ms(level.longest_pause_ms, |d| d.p50));
    row("longest pause within an answer, p95, ms", &|level| ms(level.longest_pause_ms, |d| d.p95));
    row("photo sent to described, p95, ms", &|level| ms(level.photo_to_words_ms, |d| d.p95));
    row("transcripts asked for, a turn", &|level| {
        format!("{:.2}", level.transcripts as f64 / level.turns.max(1) as f64)
    });
    row("CPU seconds a turn, server", &|level| format!("{:.2}", level.cpu_seconds_a_turn));
    let mut threads: Vec<&String> = report.levels.iter().flat_map(|level| level.cpu_seconds_by_thread.keys()).collect();
    threads.sort_unstable();
    threads.dedup();
    for name in threads {
        let seconds = |level: &Level| {
            level.cpu_seconds_by_thread.get(name).copied().unwrap_or_default() / level.turns.max(1) as f64
        };
        if report.levels.iter().any(|level| seconds(level) >= 0.005) {
            row(&format!("  {name}"), &|level| format!("{:.2}", seconds(level)));
        }
    }
    row("cores a call keeps busy (real-time factor)", &|level| format!("{:.3}", level.real_time_factor));
    row("cores kept busy by other programs", &|level| format!("{:.2}", level.cores_used_by_others));
    row("resident memory, MiB (most)", &|level| {
        format!("{} ({})", level.resident_bytes >> 20, level.peak_resident_bytes >> 20)
    });
    rows
}

/// A number of a distribution.
pub(super) type Percentile = fn(Distribution) -> f64;

/// What is told of a distribution.
pub(super) const PERCENTILES: [(&str, Percentile); 4] =
    [("p50", |d| d.p50), ("p95", |d| d.p95), ("p99", |d| d.p99), ("worst", |d| d.max)];

fn ms(distribution: Option<Distribution>, value: Percentile) -> String {
    distribution.map_or_else(dash, |distribution| format!("{:.0}", value(distribution)))
}

fn dash() -> String {
    "–".to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::report::tests::report;
    use super::*;

    #[test]
    fn the_table_has_a_column_a_level_and_says_what_was_not_measured() {
        let mut report = report(&[600.0, 1_000.0]);
        let mut other = report.levels[0].clone();
        other.silent_after_ms = None;
        report.levels.push(other);
        let lines = lines(&report);
        let line = |label: &str| lines.iter().find(|line| line.starts_with(label)).unwrap().as_str();
        assert!(line("voice to voice, p95").ends_with("1000             1000"), "{lines:#?}");
        assert!(line("silent after an interruption, p95").ends_with('–'));
        assert!(line("  final transcript").contains("500 (700)"));
        assert!(line("  transcriber").ends_with("0.50             0.50"));
    }
}
